// Two mappings of one MDL are left behind on one path: the one that a device can still write through is reported.
#include "wdk/d3dkmddi_iommu.h"

BOOLEAN engine_is_ready(PVOID engine);

NTSTATUS show_bad(DXGKRNL_INTERFACE *dxgk, PVOID engine, PMDL mdl)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {0};
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {0};
    NTSTATUS status;
    PVOID user;

    __try {
        user = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    map.pMdl = mdl;
    status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &map); // expect: MDL105
    if (!NT_SUCCESS(status)) {
        MmUnmapLockedPages(user, mdl);
        return status;
    }
    if (!engine_is_ready(engine))
        return STATUS_DEVICE_NOT_READY;
    unmap.hMemoryHandle = map.hMemoryHandle;
    dxgk->DxgkCbUnmapMdlFromIoMmu(dxgk->DeviceHandle, &unmap);
    MmUnmapLockedPages(user, mdl);
    return STATUS_SUCCESS;
}

NTSTATUS show_ok(DXGKRNL_INTERFACE *dxgk, PVOID engine, PMDL mdl)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {0};
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {0};
    NTSTATUS status;
    PVOID user;

    __try {
        user = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    map.pMdl = mdl;
    status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &map);
    if (NT_SUCCESS(status)) {
        if (!engine_is_ready(engine))
            status = STATUS_DEVICE_NOT_READY;
        unmap.hMemoryHandle = map.hMemoryHandle;
        dxgk->DxgkCbUnmapMdlFromIoMmu(dxgk->DeviceHandle, &unmap);
    }
    MmUnmapLockedPages(user, mdl);
    return status;
}
