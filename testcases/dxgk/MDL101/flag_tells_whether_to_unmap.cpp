// clean: a bool member says whether the IOMMU mapping exists; the release asks it before the free.
#include "wdk/d3dkmddi_iommu.h"

namespace video {

class Buffer {
public:
    Buffer(DXGKRNL_INTERFACE *dxgk, PMDL mdl) : m_dxgk(dxgk), m_mdl(mdl), m_memory(nullptr), m_mapped(false) {}

    NTSTATUS map()
    {
        DXGKARGCB_MAPMDLTOIOMMU args = {};

        args.pMdl = m_mdl;
        NTSTATUS status = m_dxgk->DxgkCbMapMdlToIoMmu(m_dxgk->DeviceHandle, &args);
        if (NT_SUCCESS(status)) {
            m_memory = args.hMemoryHandle;
            m_mapped = true;
        }
        return status;
    }

    void release()
    {
        if (m_mapped) {
            DXGKARGCB_UNMAPMDLFROMIOMMU args = {};

            args.hMemoryHandle = m_memory;
            m_dxgk->DxgkCbUnmapMdlFromIoMmu(m_dxgk->DeviceHandle, &args);
            m_mapped = false;
        }
        if (m_mdl) {
            IoFreeMdl(m_mdl);
            m_mdl = nullptr;
        }
    }

private:
    DXGKRNL_INTERFACE *m_dxgk;
    PMDL m_mdl;
    HANDLE m_memory;
    bool m_mapped;
};

NTSTATUS probe_ok(DXGKRNL_INTERFACE *dxgk, PVOID pool)
{
    PMDL mdl = IoAllocateMdl(pool, PAGE_SIZE, FALSE, FALSE, nullptr);

    if (!mdl)
        return STATUS_NO_MEMORY;
    MmBuildMdlForNonPagedPool(mdl);
    Buffer buffer(dxgk, mdl);
    NTSTATUS status = buffer.map();
    buffer.release();
    return status;
}

} // namespace video
