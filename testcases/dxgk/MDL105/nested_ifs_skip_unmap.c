// One of the inner branches leaves the mapping behind.
#include "wdk/d3dkmddi_iommu.h"

BOOLEAN engine_idle(void);
void engine_kick(void);

NTSTATUS kick_bad(const DXGKRNL_INTERFACE *dxgk, PMDL mdl, BOOLEAN wait)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {0};
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {0};
    NTSTATUS status;

    map.pMdl = mdl;
    status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &map); // expect: MDL105
    if (NT_SUCCESS(status)) {
        if (engine_idle()) {
            engine_kick();
            if (wait) {
                unmap.hMemoryHandle = map.hMemoryHandle;
                dxgk->DxgkCbUnmapMdlFromIoMmu(dxgk->DeviceHandle, &unmap);
            }
        } else {
            unmap.hMemoryHandle = map.hMemoryHandle;
            dxgk->DxgkCbUnmapMdlFromIoMmu(dxgk->DeviceHandle, &unmap);
            status = STATUS_DEVICE_BUSY;
        }
    }
    return status;
}

NTSTATUS kick_ok(const DXGKRNL_INTERFACE *dxgk, PMDL mdl)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {0};
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {0};
    NTSTATUS status;

    map.pMdl = mdl;
    status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &map);
    if (NT_SUCCESS(status)) {
        if (engine_idle())
            engine_kick();
        else
            status = STATUS_DEVICE_BUSY;
        unmap.hMemoryHandle = map.hMemoryHandle;
        dxgk->DxgkCbUnmapMdlFromIoMmu(dxgk->DeviceHandle, &unmap);
    }
    return status;
}
