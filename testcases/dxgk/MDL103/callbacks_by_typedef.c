// The callbacks are kept in variables of their pointer types instead of the interface.
#include "wdk/d3dkmddi_iommu.h"

typedef struct _MMU {
    HANDLE Device;
    DXGKCB_MAPMDLTOIOMMU Map;
    DXGKCB_UNMAPMDLFROMIOMMU Unmap;
} MMU;

static PMDL one_page(void)
{
    PHYSICAL_ADDRESS zero = {0}, high;

    high.QuadPart = -1;
    return MmAllocatePagesForMdlEx(zero, high, zero, PAGE_SIZE, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
}

NTSTATUS mmu_test_bad(MMU *mmu)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {0};
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {0};
    NTSTATUS status;

    map.pMdl = one_page();
    if (map.pMdl == NULL)
        return STATUS_NO_MEMORY;
    status = mmu->Map(mmu->Device, &map);
    if (NT_SUCCESS(status)) {
        MmFreePagesFromMdl(map.pMdl); // expect: MDL103
        unmap.hMemoryHandle = map.hMemoryHandle;
        mmu->Unmap(mmu->Device, &unmap); // step: MDL103
    } else {
        MmFreePagesFromMdl(map.pMdl);
    }
    ExFreePool(map.pMdl);
    return status;
}

NTSTATUS mmu_test_ok(MMU *mmu)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {0};
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {0};
    NTSTATUS status;

    map.pMdl = one_page();
    if (map.pMdl == NULL)
        return STATUS_NO_MEMORY;
    status = mmu->Map(mmu->Device, &map);
    if (NT_SUCCESS(status)) {
        unmap.hMemoryHandle = map.hMemoryHandle;
        mmu->Unmap(mmu->Device, &unmap);
    }
    MmFreePagesFromMdl(map.pMdl);
    ExFreePool(map.pMdl);
    return status;
}
