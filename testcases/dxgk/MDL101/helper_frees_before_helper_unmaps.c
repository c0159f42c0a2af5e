// Two helpers of a C miniport, called in the wrong order.
#include "wdk/d3dkmddi_iommu.h"

typedef struct _SURFACE {
    const DXGKRNL_INTERFACE *Dxgk;
    PMDL Mdl;
    HANDLE Memory;
} SURFACE;

static NTSTATUS surface_map(SURFACE *surface)
{
    DXGKARGCB_MAPMDLTOIOMMU map;
    NTSTATUS status;

    map.pMdl = surface->Mdl;
    map.hMemoryHandle = NULL;
    status = surface->Dxgk->DxgkCbMapMdlToIoMmu(surface->Dxgk->DeviceHandle, &map);
    surface->Memory = NT_SUCCESS(status) ? map.hMemoryHandle : NULL;
    return status;
}

static void surface_unmap(SURFACE *surface)
{
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap;

    unmap.hMemoryHandle = surface->Memory;
    surface->Dxgk->DxgkCbUnmapMdlFromIoMmu(surface->Dxgk->DeviceHandle, &unmap);
    surface->Memory = NULL;
}

static void surface_free(SURFACE *surface)
{
    IoFreeMdl(surface->Mdl);
    surface->Mdl = NULL;
}

NTSTATUS surface_flip_bad(SURFACE *surface, PVOID pool, ULONG length)
{
    NTSTATUS status;

    surface->Mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);
    if (surface->Mdl == NULL)
        return STATUS_NO_MEMORY;
    MmBuildMdlForNonPagedPool(surface->Mdl);
    status = surface_map(surface);
    if (NT_SUCCESS(status)) {
        surface_free(surface); // expect: MDL101
        surface_unmap(surface);
    } else {
        surface_free(surface);
    }
    return status;
}

NTSTATUS surface_flip_ok(SURFACE *surface, PVOID pool, ULONG length)
{
    NTSTATUS status;

    surface->Mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);
    if (surface->Mdl == NULL)
        return STATUS_NO_MEMORY;
    MmBuildMdlForNonPagedPool(surface->Mdl);
    status = surface_map(surface);
    if (NT_SUCCESS(status))
        surface_unmap(surface);
    surface_free(surface);
    return status;
}
