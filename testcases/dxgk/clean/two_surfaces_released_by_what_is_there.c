// clean: a release helper asks handles, pointers and MdlFlags of two surfaces, which is more ways than can be kept apart.
// That a handle is unmapped on some of them must not get lost.
#include "wdk/d3dkmddi_iommu.h"

typedef struct _SURFACES {
    PMDL First;
    PVOID FirstView;
    HANDLE FirstHandle;
    PMDL Second;
    PVOID SecondView;
    HANDLE SecondHandle;
} SURFACES;

static void unmap(HANDLE handle, DXGKRNL_INTERFACE *dxgk)
{
    DXGKARGCB_UNMAPMDLFROMIOMMU args = {0};

    args.hMemoryHandle = handle;
    dxgk->DxgkCbUnmapMdlFromIoMmu(dxgk->DeviceHandle, &args);
}

static void release_all(SURFACES *surfaces, DXGKRNL_INTERFACE *dxgk)
{
    if (surfaces->SecondHandle != NULL)
        unmap(surfaces->SecondHandle, dxgk);
    if (surfaces->Second != NULL && (surfaces->Second->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA))
        MmUnmapLockedPages(surfaces->SecondView, surfaces->Second);
    if (surfaces->Second != NULL) {
        MmFreePagesFromMdl(surfaces->Second);
        ExFreePool(surfaces->Second);
    }
    if (surfaces->FirstHandle != NULL)
        unmap(surfaces->FirstHandle, dxgk);
    if (surfaces->First != NULL && (surfaces->First->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA))
        MmUnmapLockedPages(surfaces->FirstView, surfaces->First);
    if (surfaces->First != NULL) {
        MmFreePagesFromMdl(surfaces->First);
        ExFreePool(surfaces->First);
    }
}

static NTSTATUS make(PMDL *mdl, PVOID *view, HANDLE *handle, DXGKRNL_INTERFACE *dxgk)
{
    DXGKARGCB_MAPMDLTOIOMMU args = {0};
    PHYSICAL_ADDRESS low, high;
    NTSTATUS status;

    low.QuadPart = 0;
    high.QuadPart = -1;
    *mdl = MmAllocatePagesForMdlEx(low, high, low, PAGE_SIZE, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
    if (*mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    *view = MmGetSystemAddressForMdlSafe(*mdl, NormalPagePriority);
    if (*view == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    args.pMdl = *mdl;
    status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &args);
    if (NT_SUCCESS(status))
        *handle = args.hMemoryHandle;
    return status;
}

NTSTATUS flip(DXGKRNL_INTERFACE *dxgk)
{
    SURFACES surfaces = {0};
    NTSTATUS status;

    status = make(&surfaces.First, &surfaces.FirstView, &surfaces.FirstHandle, dxgk);
    if (NT_SUCCESS(status))
        status = make(&surfaces.Second, &surfaces.SecondView, &surfaces.SecondHandle, dxgk);
    if (NT_SUCCESS(status))
        RtlZeroMemory(surfaces.SecondView, PAGE_SIZE);
    release_all(&surfaces, dxgk);
    return status;
}
