// clean: pages that dxgkrnl allocates are mapped for their whole life; one call ends everything.
#include "wdk/d3dkmddi_iommu.h"

NTSTATUS start_ring(PMDL ring);

NTSTATUS ring_ok(DXGKRNL_INTERFACE &dxgk, SIZE_T bytes)
{
    DXGKARGCB_ALLOCATEPAGESFORMDL pages = {};
    DXGKARGCB_FREEPAGESFROMMDL free = {};

    pages.HighAddress.QuadPart = -1;
    pages.TotalBytes = bytes;
    pages.CacheType = DXGK_MEMORY_CACHING_TYPE_CACHED;
    NTSTATUS status = dxgk.DxgkCbAllocatePagesForMdl(dxgk.DeviceHandle, &pages);
    if (!NT_SUCCESS(status))
        return status;
    status = start_ring(pages.pMdl);
    free.hMemoryHandle = pages.hMemoryHandle;
    dxgk.DxgkCbFreePagesFromMdl(dxgk.DeviceHandle, &free);
    return status;
}
