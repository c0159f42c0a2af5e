// release() gives the MDL out of the owner's hands; nobody takes it.
#include "wdk/d3dkmddi_iommu.h"

template <typename T, void (*Close)(T *)> class Unique {
public:
    explicit Unique(T *object = nullptr) : m_object(object) {}
    Unique(const Unique &) = delete;
    ~Unique()
    {
        if (m_object)
            Close(m_object);
    }
    T *release()
    {
        T *object = m_object;
        m_object = nullptr;
        return object;
    }
    T *get() const { return m_object; }
    bool operator!() const { return m_object == nullptr; }

private:
    T *m_object;
};

static void free_mdl(MDL *mdl)
{
    IoFreeMdl(mdl);
}

using UniqueMdl = Unique<MDL, free_mdl>;

NTSTATUS submit(ULONG length);

NTSTATUS lost_bad(PVOID buffer)
{
    UniqueMdl mdl(IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, nullptr)); // expect: MDL020
    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    return submit(MmGetMdlByteCount(mdl.release()));
}

NTSTATUS kept_ok(PVOID buffer)
{
    UniqueMdl mdl(IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, nullptr));
    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    return submit(MmGetMdlByteCount(mdl.get()));
}

NTSTATUS handed_out_ok(PVOID buffer, PMDL *result)
{
    UniqueMdl mdl(IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, nullptr));
    *result = mdl.release();
    return *result ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}
