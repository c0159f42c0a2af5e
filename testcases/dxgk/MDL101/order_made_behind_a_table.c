// A struct of function pointers hides which half comes first: the descriptor is dropped before the handle is given back.
#include "wdk/d3dkmddi_iommu.h"

typedef struct _SURFACE SURFACE, *PSURFACE;

typedef struct _SURFACE_METHODS {
    NTSTATUS (*Attach)(PSURFACE Surface);
    VOID (*Detach)(PSURFACE Surface);
    VOID (*Drop)(PSURFACE Surface);
} SURFACE_METHODS;

struct _SURFACE {
    const SURFACE_METHODS *Methods;
    const DXGKRNL_INTERFACE *Dxgk;
    PMDL Mdl;
    HANDLE Memory;
};

NTSTATUS surface_draw(ULONG length);

static NTSTATUS IommuAttach(PSURFACE surface)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {0};
    NTSTATUS status;

    map.pMdl = surface->Mdl;
    status = surface->Dxgk->DxgkCbMapMdlToIoMmu(surface->Dxgk->DeviceHandle, &map); // step: MDL101
    surface->Memory = NT_SUCCESS(status) ? map.hMemoryHandle : NULL;
    return status;
}

static VOID IommuDetach(PSURFACE surface)
{
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {0};

    unmap.hMemoryHandle = surface->Memory;
    surface->Dxgk->DxgkCbUnmapMdlFromIoMmu(surface->Dxgk->DeviceHandle, &unmap);
    surface->Memory = NULL;
}

/* For devices behind no IOMMU. */
static NTSTATUS PlainAttach(PSURFACE surface)
{
    surface->Memory = NULL;
    return STATUS_SUCCESS;
}

static VOID PlainDetach(PSURFACE surface)
{
    UNREFERENCED_PARAMETER(surface);
}

static VOID AnyDrop(PSURFACE surface)
{
    IoFreeMdl(surface->Mdl);
    surface->Mdl = NULL;
}

static const SURFACE_METHODS IommuMethods = {IommuAttach, IommuDetach, AnyDrop};
static const SURFACE_METHODS PlainMethods = {PlainAttach, PlainDetach, AnyDrop};

static NTSTATUS surface_begin(PSURFACE surface, PVOID memory, ULONG length)
{
    NTSTATUS status;

    surface->Mdl = IoAllocateMdl(memory, length, FALSE, FALSE, NULL);
    if (surface->Mdl == NULL)
        return STATUS_NO_MEMORY;
    MmBuildMdlForNonPagedPool(surface->Mdl);
    status = surface->Methods->Attach(surface);
    if (!NT_SUCCESS(status))
        surface->Methods->Drop(surface);
    return status;
}

NTSTATUS present_bad(PSURFACE surface, PVOID memory, ULONG length)
{
    NTSTATUS status;

    surface->Methods = &IommuMethods;
    status = surface_begin(surface, memory, length);
    if (!NT_SUCCESS(status))
        return status;
    status = surface_draw(length);
    surface->Methods->Drop(surface); // expect: MDL101 "mapped to the IOMMU"
    surface->Methods->Detach(surface);
    return status;
}

NTSTATUS present_ok(PSURFACE surface, PVOID memory, ULONG length, BOOLEAN iommu)
{
    NTSTATUS status;

    surface->Methods = iommu ? &IommuMethods : &PlainMethods;
    status = surface_begin(surface, memory, length);
    if (!NT_SUCCESS(status))
        return status;
    status = surface_draw(length);
    surface->Methods->Detach(surface);
    surface->Methods->Drop(surface);
    return status;
}

/* Nothing was mapped: the order does not matter. */
NTSTATUS plain_ok(PSURFACE surface, PVOID memory, ULONG length)
{
    NTSTATUS status;

    surface->Methods = &PlainMethods;
    status = surface_begin(surface, memory, length);
    if (!NT_SUCCESS(status))
        return status;
    surface->Methods->Drop(surface);
    surface->Methods->Detach(surface);
    return status;
}
