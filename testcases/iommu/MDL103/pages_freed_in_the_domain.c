// Pages of the driver's own are freed while the domain maps them to a logical address.
#include "wdk/iommu.h"

void run(IOMMU_DMA_LOGICAL_ADDRESS address);

static PMDL new_pages(void)
{
    PHYSICAL_ADDRESS low = {{0}}, high = {{0}}, skip = {{0}};

    high.QuadPart = -1;
    return MmAllocatePagesForMdlEx(low, high, skip, PAGE_SIZE, MmCached, 4 /* MM_ALLOCATE_FULLY_REQUIRED */);
}

NTSTATUS scratch_bad(PDMA_IOMMU_INTERFACE_EX iommu, PIOMMU_DMA_DOMAIN domain)
{
    IOMMU_MAP_PHYSICAL_ADDRESS memory = {.MapType = MapPhysicalAddressTypeMdl};
    IOMMU_DMA_LOGICAL_ADDRESS address;
    PMDL mdl = new_pages();
    NTSTATUS status;

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    memory.Mdl.Mdl = mdl;
    status = iommu->V2.MapLogicalRangeEx(domain, 3, &memory, NULL, NULL, NULL, &address);
    if (NT_SUCCESS(status))
        run(address);
    MmFreePagesFromMdl(mdl); // expect: MDL103
    ExFreePool(mdl);
    if (NT_SUCCESS(status))
        iommu->V2.UnmapLogicalRange(domain, address, 1);
    return status;
}

NTSTATUS scratch_ok(PDMA_IOMMU_INTERFACE_EX iommu, PIOMMU_DMA_DOMAIN domain)
{
    IOMMU_MAP_PHYSICAL_ADDRESS memory = {.MapType = MapPhysicalAddressTypeMdl};
    IOMMU_DMA_LOGICAL_ADDRESS address;
    PMDL mdl = new_pages();
    NTSTATUS status;

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    memory.Mdl.Mdl = mdl;
    status = iommu->V2.MapLogicalRangeEx(domain, 3, &memory, NULL, NULL, NULL, &address);
    if (NT_SUCCESS(status)) {
        run(address);
        iommu->V2.UnmapLogicalRange(domain, address, 1);
    }
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
    return status;
}
