// Pages of DxgkCbAllocatePagesForMdl go by their handle: a driver that keeps it has not lost the MDL.
#include "wdk/d3dkmddi_iommu.h"

typedef struct _RING {
    HANDLE Memory;
    BOOLEAN IsMade;
} RING;

NTSTATUS ring_start(PVOID device);

NTSTATUS ring_make_ok(RING *ring, DXGKRNL_INTERFACE *dxgk, SIZE_T bytes)
{
    DXGKARGCB_ALLOCATEPAGESFORMDL allocation = {0};
    NTSTATUS status;

    allocation.TotalBytes = bytes;
    status = dxgk->DxgkCbAllocatePagesForMdl(dxgk->DeviceHandle, &allocation);
    if (!NT_SUCCESS(status))
        return status;
    ring->Memory = allocation.hMemoryHandle;
    ring->IsMade = TRUE;
    return STATUS_SUCCESS;
}

void ring_drop(RING *ring, DXGKRNL_INTERFACE *dxgk)
{
    DXGKARGCB_FREEPAGESFROMMDL release = {0};

    release.hMemoryHandle = ring->Memory;
    dxgk->DxgkCbFreePagesFromMdl(dxgk->DeviceHandle, &release);
    ring->IsMade = FALSE;
}

NTSTATUS ring_use_ok(RING *ring, DXGKRNL_INTERFACE *dxgk, PVOID device)
{
    NTSTATUS status = ring_make_ok(ring, dxgk, PAGE_SIZE);

    if (!NT_SUCCESS(status))
        return status;
    status = ring_start(device);
    ring_drop(ring, dxgk);
    return status;
}

/* The handle is in a variable, and the descriptor that it was copied from is not read any more. */
NTSTATUS ring_once_ok(DXGKRNL_INTERFACE *dxgk, PVOID device)
{
    DXGKARGCB_ALLOCATEPAGESFORMDL allocation = {0};
    RING ring = {0};
    NTSTATUS status;

    allocation.TotalBytes = PAGE_SIZE;
    status = dxgk->DxgkCbAllocatePagesForMdl(dxgk->DeviceHandle, &allocation);
    if (!NT_SUCCESS(status))
        return status;
    ring.Memory = allocation.hMemoryHandle;
    status = ring_start(device);
    if (status == STATUS_PENDING)
        status = STATUS_SUCCESS;
    ring_drop(&ring, dxgk);
    return status;
}

NTSTATUS ring_make_bad(RING *ring, DXGKRNL_INTERFACE *dxgk, SIZE_T bytes, PVOID device)
{
    DXGKARGCB_ALLOCATEPAGESFORMDL allocation = {0};
    NTSTATUS status;

    allocation.TotalBytes = bytes;
    status = dxgk->DxgkCbAllocatePagesForMdl(dxgk->DeviceHandle, &allocation); // expect: MDL023
    if (!NT_SUCCESS(status))
        return status;
    status = ring_start(device);
    if (!NT_SUCCESS(status))
        return status;
    ring->Memory = allocation.hMemoryHandle;
    return STATUS_SUCCESS;
}

/* The handle is freed already when the caller frees it again. */
static NTSTATUS ring_make_and_drop(RING *ring, DXGKRNL_INTERFACE *dxgk, SIZE_T bytes)
{
    DXGKARGCB_ALLOCATEPAGESFORMDL allocation = {0};
    DXGKARGCB_FREEPAGESFROMMDL release = {0};
    NTSTATUS status;

    allocation.TotalBytes = bytes;
    status = dxgk->DxgkCbAllocatePagesForMdl(dxgk->DeviceHandle, &allocation);
    if (!NT_SUCCESS(status))
        return status;
    ring->Memory = allocation.hMemoryHandle;
    release.hMemoryHandle = ring->Memory;
    dxgk->DxgkCbFreePagesFromMdl(dxgk->DeviceHandle, &release);
    return STATUS_SUCCESS;
}

NTSTATUS ring_probe_bad(RING *ring, DXGKRNL_INTERFACE *dxgk)
{
    NTSTATUS status = ring_make_and_drop(ring, dxgk, PAGE_SIZE);

    if (!NT_SUCCESS(status))
        return status;
    ring_drop(ring, dxgk); // expect: MDL106
    return STATUS_SUCCESS;
}
