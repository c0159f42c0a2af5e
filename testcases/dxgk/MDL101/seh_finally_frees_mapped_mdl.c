// The termination handler frees the descriptor on every way out, also on the one that leaves the body before the unmap.
#include "wdk/d3dkmddi_iommu.h"

NTSTATUS wait_for_fence(ULONG value);

NTSTATUS cursor_show_bad(const DXGKRNL_INTERFACE *dxgk, PVOID pool, ULONG length)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {0};
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {0};
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_NO_MEMORY;
    MmBuildMdlForNonPagedPool(mdl);
    __try {
        map.pMdl = mdl;
        status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &map); // step: MDL101
        if (!NT_SUCCESS(status))
            __leave;
        status = wait_for_fence(7);
        if (!NT_SUCCESS(status))
            __leave;
        unmap.hMemoryHandle = map.hMemoryHandle;
        dxgk->DxgkCbUnmapMdlFromIoMmu(dxgk->DeviceHandle, &unmap);
    } __finally {
        IoFreeMdl(mdl); // expect: MDL101 "mapped to the IOMMU"
    }
    return status;
}

NTSTATUS cursor_show_ok(const DXGKRNL_INTERFACE *dxgk, PVOID pool, ULONG length)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {0};
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {0};
    BOOLEAN mapped = FALSE;
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_NO_MEMORY;
    MmBuildMdlForNonPagedPool(mdl);
    __try {
        map.pMdl = mdl;
        status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &map);
        if (!NT_SUCCESS(status))
            __leave;
        mapped = TRUE;
        status = wait_for_fence(7);
    } __finally {
        if (mapped) {
            unmap.hMemoryHandle = map.hMemoryHandle;
            dxgk->DxgkCbUnmapMdlFromIoMmu(dxgk->DeviceHandle, &unmap);
        }
        IoFreeMdl(mdl);
    }
    return status;
}
