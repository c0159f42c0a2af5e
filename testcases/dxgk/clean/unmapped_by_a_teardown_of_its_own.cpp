// clean: CloseAllocation takes the pages out of the IOMMU, DestroyAllocation unlocks them; the handle is all that the two share.
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
    NTSTATUS status = surface->Dxgk->DxgkCbMapMdlToIoMmu(surface->Dxgk->DeviceHandle, &map);
    if (!NT_SUCCESS(status))
        return status;
    surface->Memory = map.hMemoryHandle;
    return STATUS_SUCCESS;
}

NTSTATUS CloseAllocation(Surface *surface)
{
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {};

    unmap.hMemoryHandle = surface->Memory;
    surface->Dxgk->DxgkCbUnmapMdlFromIoMmu(surface->Dxgk->DeviceHandle, &unmap);
    return STATUS_SUCCESS;
}

NTSTATUS DestroyAllocation(Surface *surface)
{
    MmUnlockPages(surface->Mdl);
    IoFreeMdl(surface->Mdl);
    return STATUS_SUCCESS;
}
