// The handle is in a local structure; the early return loses it, and with it the only way to unmap.
#include "wdk/d3dkmddi_iommu.h"

NTSTATUS check_domain(ULONG domain);

NTSTATUS touch_bad(DXGKRNL_INTERFACE *dxgk, PMDL mdl, ULONG domain)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {};
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {};

    map.pMdl = mdl;
    NTSTATUS status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &map); // expect: MDL105
    if (!NT_SUCCESS(status))
        return status;
    status = check_domain(domain);
    if (!NT_SUCCESS(status))
        return status; // step: MDL105
    unmap.hMemoryHandle = map.hMemoryHandle;
    dxgk->DxgkCbUnmapMdlFromIoMmu(dxgk->DeviceHandle, &unmap);
    return STATUS_SUCCESS;
}

NTSTATUS touch_ok(DXGKRNL_INTERFACE *dxgk, PMDL mdl, ULONG domain)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {};
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {};

    map.pMdl = mdl;
    NTSTATUS status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &map);
    if (!NT_SUCCESS(status))
        return status;
    status = check_domain(domain);
    unmap.hMemoryHandle = map.hMemoryHandle;
    dxgk->DxgkCbUnmapMdlFromIoMmu(dxgk->DeviceHandle, &unmap);
    return status;
}
