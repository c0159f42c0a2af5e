// CreateAllocation maps and keeps the handle; DestroyAllocation unlocks first and takes the pages out of the IOMMU afterwards.
#include "wdk/d3dkmddi_iommu.h"

struct Surface {
    const DXGKRNL_INTERFACE *Dxgk;
    PMDL Mdl;
    HANDLE Memory;
};

NTSTATUS CreateAllocation(Surface *surface)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {};

    map.pMdl = surface->Mdl;
    NTSTATUS status = surface->Dxgk->DxgkCbMapMdlToIoMmu(surface->Dxgk->DeviceHandle, &map); // step: MDL102
    if (!NT_SUCCESS(status))
        return status;
    surface->Memory = map.hMemoryHandle;
    return STATUS_SUCCESS;
}

static void Destroy(Surface *surface)
{
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {};

    MmUnlockPages(surface->Mdl); // step: MDL102
    unmap.hMemoryHandle = surface->Memory;
    surface->Dxgk->DxgkCbUnmapMdlFromIoMmu(surface->Dxgk->DeviceHandle, &unmap);
    IoFreeMdl(surface->Mdl);
}

NTSTATUS DestroyAllocation_bad(Surface *surface)
{
    Destroy(surface); // expect: MDL102
    return STATUS_SUCCESS;
}

NTSTATUS DestroyDevice(Surface *surface)
{
    Destroy(surface);
    return STATUS_SUCCESS;
}
