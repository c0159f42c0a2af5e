// clean: a release routine for more combinations of bits than a summary has cases for, with pages that only their handle names.
#include "wdk/d3dkmddi_iommu.h"

typedef struct _HELD {
    HANDLE Handle;
    PMDL Mdl;
    PVOID User, View;
    ULONG What;
} HELD;

NTSTATUS device_start(PVOID device);

static void release(HELD *held, DXGKRNL_INTERFACE *dxgk)
{
    DXGKARGCB_FREEPAGESFROMMDL pages = {0};

    if (held->What & 0x20)
        MmUnmapLockedPages(held->User, held->Mdl);
    if (held->What & 0x10)
        MmUnmapLockedPages(held->View, held->Mdl);
    if (held->What & 0x8)
        MmUnlockPages(held->Mdl);
    if (held->What & 0x4)
        IoFreeMdl(held->Mdl);
    if (held->What & 0x2) {
        pages.hMemoryHandle = held->Handle;
        dxgk->DxgkCbFreePagesFromMdl(dxgk->DeviceHandle, &pages);
    }
}

NTSTATUS hold(DXGKRNL_INTERFACE *dxgk, PVOID device, PVOID buffer, ULONG length)
{
    DXGKARGCB_ALLOCATEPAGESFORMDL allocation = {0};
    HELD held = {0};
    NTSTATUS status;

    allocation.TotalBytes = length;
    status = dxgk->DxgkCbAllocatePagesForMdl(dxgk->DeviceHandle, &allocation);
    if (!NT_SUCCESS(status))
        goto exit;
    held.Handle = allocation.hMemoryHandle;
    held.What |= 0x2;
    status = device_start(device);
    if (!NT_SUCCESS(status))
        goto exit;
    held.Mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (held.Mdl == NULL) {
        status = STATUS_INSUFFICIENT_RESOURCES;
        goto exit;
    }
    held.What |= 0x4;
exit:
    release(&held, dxgk);
    return status;
}
