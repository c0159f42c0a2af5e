// unpin() is called before detach(): each is right by itself, their order is not.
#include "wdk/d3dkmddi_iommu.h"

class Allocation {
public:
    NTSTATUS cycle_bad(PMDL mdl);
    NTSTATUS cycle_ok(PMDL mdl);

private:
    NTSTATUS pin();
    NTSTATUS attach();
    void detach();
    void unpin();

    DXGKRNL_INTERFACE *m_dxgk;
    PMDL m_mdl;
    HANDLE m_memory;
};

NTSTATUS Allocation::pin()
{
    __try {
        MmProbeAndLockPages(m_mdl, UserMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return STATUS_ACCESS_VIOLATION;
    }
    return STATUS_SUCCESS;
}

NTSTATUS Allocation::attach()
{
    DXGKARGCB_MAPMDLTOIOMMU args = {};

    args.pMdl = m_mdl;
    NTSTATUS status = m_dxgk->DxgkCbMapMdlToIoMmu(m_dxgk->DeviceHandle, &args);
    if (NT_SUCCESS(status))
        m_memory = args.hMemoryHandle;
    return status;
}

void Allocation::detach()
{
    DXGKARGCB_UNMAPMDLFROMIOMMU args = {};

    args.hMemoryHandle = m_memory;
    m_dxgk->DxgkCbUnmapMdlFromIoMmu(m_dxgk->DeviceHandle, &args);
    m_memory = nullptr;
}

void Allocation::unpin()
{
    MmUnlockPages(m_mdl);
}

NTSTATUS Allocation::cycle_bad(PMDL mdl)
{
    m_mdl = mdl;
    NTSTATUS status = pin();
    if (!NT_SUCCESS(status))
        return status;
    status = attach();
    unpin(); // expect: MDL102
    if (NT_SUCCESS(status))
        detach();
    return status;
}

NTSTATUS Allocation::cycle_ok(PMDL mdl)
{
    m_mdl = mdl;
    NTSTATUS status = pin();
    if (!NT_SUCCESS(status))
        return status;
    status = attach();
    if (NT_SUCCESS(status))
        detach();
    unpin();
    return status;
}
