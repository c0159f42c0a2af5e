// The jump lands behind the unmap: pages and MDL go while the IOMMU keeps them.
#include "wdk/d3dkmddi_iommu.h"

NTSTATUS submit_work(ULONG length);

NTSTATUS job_bad(const DXGKRNL_INTERFACE *dxgk, PVOID buffer, ULONG length)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {0};
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {0};
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_NO_MEMORY;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoModifyAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        goto free;
    }
    map.pMdl = mdl;
    status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &map); // step: MDL102
    if (!NT_SUCCESS(status))
        goto unlock;
    status = submit_work(length);
    if (status == STATUS_DEVICE_BUSY)
        goto unlock;
    unmap.hMemoryHandle = map.hMemoryHandle;
    dxgk->DxgkCbUnmapMdlFromIoMmu(dxgk->DeviceHandle, &unmap);
unlock:
    MmUnlockPages(mdl); // expect: MDL102
free:
    IoFreeMdl(mdl);
    return status;
}

NTSTATUS job_ok(const DXGKRNL_INTERFACE *dxgk, PVOID buffer, ULONG length)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {0};
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {0};
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_NO_MEMORY;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoModifyAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        goto free;
    }
    map.pMdl = mdl;
    status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &map);
    if (!NT_SUCCESS(status))
        goto unlock;
    status = submit_work(length);
    unmap.hMemoryHandle = map.hMemoryHandle;
    dxgk->DxgkCbUnmapMdlFromIoMmu(dxgk->DeviceHandle, &unmap);
unlock:
    MmUnlockPages(mdl);
free:
    IoFreeMdl(mdl);
    return status;
}
