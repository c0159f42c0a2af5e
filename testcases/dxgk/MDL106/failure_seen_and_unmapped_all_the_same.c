// The failed map call jumps to the label that unmaps.
#include "wdk/d3dkmddi_iommu.h"

NTSTATUS run_queue(void);

NTSTATUS queue_bad(const DXGKRNL_INTERFACE *dxgk, PMDL mdl)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {0};
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {0};
    NTSTATUS status;

    map.pMdl = mdl;
    status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &map);
    if (!NT_SUCCESS(status))
        goto done;
    status = run_queue();
done:
    unmap.hMemoryHandle = map.hMemoryHandle;
    dxgk->DxgkCbUnmapMdlFromIoMmu(dxgk->DeviceHandle, &unmap); // expect: MDL106
    return status;
}

NTSTATUS queue_ok(const DXGKRNL_INTERFACE *dxgk, PMDL mdl)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {0};
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {0};
    NTSTATUS status;

    map.pMdl = mdl;
    status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &map);
    if (!NT_SUCCESS(status))
        goto done;
    status = run_queue();
    unmap.hMemoryHandle = map.hMemoryHandle;
    dxgk->DxgkCbUnmapMdlFromIoMmu(dxgk->DeviceHandle, &unmap);
done:
    return status;
}
