// The handle is NULL until something is mapped: the test for it says whether there is anything to unmap.
#include "wdk/d3dkmddi_iommu.h"

NTSTATUS run_queue(void);

NTSTATUS queue_ok(const DXGKRNL_INTERFACE *dxgk, PVOID buffer, ULONG length)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {0};
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {0};
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    HANDLE handle = NULL;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return status;
    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    map.pMdl = mdl;
    status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &map);
    if (NT_SUCCESS(status)) {
        handle = map.hMemoryHandle;
        status = run_queue();
    }
    if (handle != NULL) {
        unmap.hMemoryHandle = handle;
        dxgk->DxgkCbUnmapMdlFromIoMmu(dxgk->DeviceHandle, &unmap);
    }
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}

NTSTATUS queue_bad(const DXGKRNL_INTERFACE *dxgk, PVOID buffer, ULONG length)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {0};
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {0};
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    HANDLE handle = NULL;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return status;
    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    map.pMdl = mdl;
    status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &map);
    if (NT_SUCCESS(status)) {
        status = run_queue();
        if (NT_SUCCESS(status))
            handle = map.hMemoryHandle;
    }
    if (handle != NULL) {
        unmap.hMemoryHandle = handle;
        dxgk->DxgkCbUnmapMdlFromIoMmu(dxgk->DeviceHandle, &unmap);
    }
    MmUnlockPages(mdl); // expect: MDL102
    IoFreeMdl(mdl);
    return status;
}
