// The map call can fail and then gives no handle; the result is thrown away.
#include "wdk/d3dkmddi_iommu.h"

void poke(ULONG value);

void warm_up_bad(DXGKRNL_INTERFACE *dxgk, PMDL mdl)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {};
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {};

    map.pMdl = mdl;
    dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &map); // step: MDL106
    poke(1);
    unmap.hMemoryHandle = map.hMemoryHandle;
    dxgk->DxgkCbUnmapMdlFromIoMmu(dxgk->DeviceHandle, &unmap); // expect: MDL106
}

void warm_up_ok(DXGKRNL_INTERFACE *dxgk, PMDL mdl)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {};
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {};

    map.pMdl = mdl;
    if (NT_SUCCESS(dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &map))) {
        poke(1);
        unmap.hMemoryHandle = map.hMemoryHandle;
        dxgk->DxgkCbUnmapMdlFromIoMmu(dxgk->DeviceHandle, &unmap);
    }
}
