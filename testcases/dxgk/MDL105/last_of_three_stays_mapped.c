// Three planes are mapped to the IOMMU; the loop that unmaps them ends one early.
#include "wdk/d3dkmddi_iommu.h"

#define PLANES 3

struct plane {
    PMDL Mdl;
    HANDLE Handle;
};

static NTSTATUS plane_map(const DXGKRNL_INTERFACE *dxgk, struct plane *plane, PVOID buffer, ULONG length)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {0};
    NTSTATUS status;

    plane->Mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (plane->Mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(plane->Mdl);
    map.pMdl = plane->Mdl;
    status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &map);
    if (NT_SUCCESS(status))
        plane->Handle = map.hMemoryHandle;
    else
        IoFreeMdl(plane->Mdl);
    return status;
}

static void plane_unmap(const DXGKRNL_INTERFACE *dxgk, struct plane *plane)
{
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {0};

    unmap.hMemoryHandle = plane->Handle;
    dxgk->DxgkCbUnmapMdlFromIoMmu(dxgk->DeviceHandle, &unmap);
    IoFreeMdl(plane->Mdl);
}

NTSTATUS flip_bad(const DXGKRNL_INTERFACE *dxgk, PVOID buffer, ULONG length)
{
    struct plane planes[PLANES] = {0};
    NTSTATUS status = STATUS_SUCCESS;
    ULONG i;

    for (i = 0; i < PLANES; i++) {
        status = plane_map(dxgk, &planes[i], buffer, length); // expect: MDL105
        if (!NT_SUCCESS(status))
            goto roll_back;
    }
    for (i = 0; i + 1 < PLANES; i++)
        plane_unmap(dxgk, &planes[i]);
    return STATUS_SUCCESS;
roll_back:
    while (i-- > 0)
        plane_unmap(dxgk, &planes[i]);
    return status;
}

NTSTATUS flip_ok(const DXGKRNL_INTERFACE *dxgk, PVOID buffer, ULONG length)
{
    struct plane planes[PLANES] = {0};
    NTSTATUS status = STATUS_SUCCESS;
    ULONG i;

    for (i = 0; i < PLANES; i++) {
        status = plane_map(dxgk, &planes[i], buffer, length);
        if (!NT_SUCCESS(status))
            goto roll_back;
    }
    for (i = 0; i < PLANES; i++)
        plane_unmap(dxgk, &planes[i]);
    return STATUS_SUCCESS;
roll_back:
    while (i-- > 0)
        plane_unmap(dxgk, &planes[i]);
    return status;
}
