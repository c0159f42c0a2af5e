// The size check after the mapping frees the pages and returns.
#include "wdk/d3dkmddi_iommu.h"

struct Heap {
    PMDL mdl;
    HANDLE memory;
    SIZE_T bytes;
};

NTSTATUS heap_init_bad(DXGKRNL_INTERFACE *dxgk, Heap *heap, SIZE_T bytes, SIZE_T limit)
{
    PHYSICAL_ADDRESS zero = {}, high = {};
    DXGKARGCB_MAPMDLTOIOMMU map = {};

    high.QuadPart = -1;
    heap->mdl = MmAllocatePagesForMdlEx(zero, high, zero, bytes, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
    if (heap->mdl == nullptr)
        return STATUS_NO_MEMORY;
    map.pMdl = heap->mdl;
    if (!NT_SUCCESS(dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &map))) {
        MmFreePagesFromMdl(heap->mdl);
        ExFreePool(heap->mdl);
        return STATUS_UNSUCCESSFUL;
    }
    if (bytes > limit) {
        MmFreePagesFromMdl(heap->mdl); // expect: MDL103
        ExFreePool(heap->mdl);
        return STATUS_INVALID_PARAMETER;
    }
    heap->memory = map.hMemoryHandle;
    heap->bytes = bytes;
    return STATUS_SUCCESS;
}

NTSTATUS heap_init_ok(DXGKRNL_INTERFACE *dxgk, Heap *heap, SIZE_T bytes, SIZE_T limit)
{
    PHYSICAL_ADDRESS zero = {}, high = {};
    DXGKARGCB_MAPMDLTOIOMMU map = {};

    if (bytes > limit)
        return STATUS_INVALID_PARAMETER;
    high.QuadPart = -1;
    heap->mdl = MmAllocatePagesForMdlEx(zero, high, zero, bytes, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
    if (heap->mdl == nullptr)
        return STATUS_NO_MEMORY;
    map.pMdl = heap->mdl;
    if (!NT_SUCCESS(dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &map))) {
        MmFreePagesFromMdl(heap->mdl);
        ExFreePool(heap->mdl);
        heap->mdl = nullptr;
        return STATUS_UNSUCCESSFUL;
    }
    heap->memory = map.hMemoryHandle;
    heap->bytes = bytes;
    return STATUS_SUCCESS;
}
