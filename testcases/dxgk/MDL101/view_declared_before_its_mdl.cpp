// Members in the wrong order: the MDL's owner is destroyed before the IOMMU view of it.
#include "wdk/d3dkmddi_iommu.h"

class OwnedMdl {
public:
    OwnedMdl(PVOID buffer, ULONG length) : m_mdl(IoAllocateMdl(buffer, length, FALSE, FALSE, nullptr))
    {
        if (m_mdl)
            MmBuildMdlForNonPagedPool(m_mdl);
    }
    ~OwnedMdl()
    {
        if (m_mdl)
            IoFreeMdl(m_mdl);
    }
    PMDL get() const { return m_mdl; }

private:
    PMDL m_mdl;
};

class IommuView {
public:
    explicit IommuView(DXGKRNL_INTERFACE &dxgk) : m_dxgk(dxgk) {}
    ~IommuView() { unmap(); }
    NTSTATUS map(PMDL mdl)
    {
        DXGKARGCB_MAPMDLTOIOMMU args = {mdl};
        NTSTATUS status = m_dxgk.DxgkCbMapMdlToIoMmu(m_dxgk.DeviceHandle, &args);
        if (NT_SUCCESS(status)) {
            m_memory = args.hMemoryHandle;
            m_isMapped = true;
        }
        return status;
    }
    void unmap()
    {
        if (!m_isMapped)
            return;
        DXGKARGCB_UNMAPMDLFROMIOMMU args{m_memory};
        m_dxgk.DxgkCbUnmapMdlFromIoMmu(m_dxgk.DeviceHandle, &args);
        m_isMapped = false;
    }

private:
    DXGKRNL_INTERFACE &m_dxgk;
    HANDLE m_memory = nullptr;
    bool m_isMapped = false;
};

NTSTATUS copy(ULONG length);

struct WrongOrder {
    IommuView view;
    OwnedMdl mdl;
    WrongOrder(DXGKRNL_INTERFACE &dxgk, PVOID buffer) : view(dxgk), mdl(buffer, PAGE_SIZE) {}
};

struct RightOrder {
    OwnedMdl mdl;
    IommuView view;
    RightOrder(DXGKRNL_INTERFACE &dxgk, PVOID buffer) : mdl(buffer, PAGE_SIZE), view(dxgk) {}
};

NTSTATUS transfer_bad(DXGKRNL_INTERFACE &dxgk, PVOID pool)
{
    WrongOrder work(dxgk, pool);
    if (!work.mdl.get())
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS status = work.view.map(work.mdl.get());
    if (!NT_SUCCESS(status))
        return status;
    return copy(PAGE_SIZE); // expect: MDL101
}

NTSTATUS transfer_ok(DXGKRNL_INTERFACE &dxgk, PVOID pool)
{
    RightOrder work(dxgk, pool);
    if (!work.mdl.get())
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS status = work.view.map(work.mdl.get());
    if (!NT_SUCCESS(status))
        return status;
    return copy(PAGE_SIZE);
}

NTSTATUS unmapped_by_hand_ok(DXGKRNL_INTERFACE &dxgk, PVOID pool)
{
    WrongOrder work(dxgk, pool);
    if (!work.mdl.get())
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS status = work.view.map(work.mdl.get());
    if (NT_SUCCESS(status))
        status = copy(PAGE_SIZE);
    work.view.unmap();
    return status;
}
