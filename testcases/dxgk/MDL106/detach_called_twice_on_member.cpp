// detach() leaves the handle in the member, so that stop() after suspend() unmaps it again.
#include "wdk/d3dkmddi_iommu.h"

class Scanout {
public:
    NTSTATUS cycle_bad(PMDL mdl);
    NTSTATUS cycle_ok(PMDL mdl);

private:
    NTSTATUS attach(PMDL mdl)
    {
        DXGKARGCB_MAPMDLTOIOMMU args = {};

        m_memory = nullptr;
        args.pMdl = mdl;
        NTSTATUS status = m_dxgk->DxgkCbMapMdlToIoMmu(m_dxgk->DeviceHandle, &args);
        if (NT_SUCCESS(status))
            m_memory = args.hMemoryHandle;
        return status;
    }

    void detach_and_forget()
    {
        if (m_memory != nullptr) {
            detach();
            m_memory = nullptr;
        }
    }

    void detach()
    {
        DXGKARGCB_UNMAPMDLFROMIOMMU args = {};

        args.hMemoryHandle = m_memory;
        m_dxgk->DxgkCbUnmapMdlFromIoMmu(m_dxgk->DeviceHandle, &args);
    }

    DXGKRNL_INTERFACE *m_dxgk;
    HANDLE m_memory;
};

NTSTATUS Scanout::cycle_bad(PMDL mdl)
{
    NTSTATUS status = attach(mdl);

    if (!NT_SUCCESS(status))
        return status;
    detach();
    detach(); // expect: MDL106
    return STATUS_SUCCESS;
}

NTSTATUS Scanout::cycle_ok(PMDL mdl)
{
    NTSTATUS status = attach(mdl);

    if (!NT_SUCCESS(status))
        return status;
    detach_and_forget();
    detach_and_forget();
    return STATUS_SUCCESS;
}
