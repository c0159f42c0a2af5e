// The MDL has no pages yet when the domain gets them: the device would reach whatever its array of page numbers holds.
#include "wdk/iommu.h"

void run(void);

NTSTATUS early_bad(PDMA_IOMMU_INTERFACE_EX iommu, PIOMMU_DMA_DOMAIN domain, PVOID pool)
{
    IOMMU_MAP_PHYSICAL_ADDRESS memory = {.MapType = MapPhysicalAddressTypeMdl};
    PMDL mdl = IoAllocateMdl(pool, PAGE_SIZE, FALSE, FALSE, NULL);
    NTSTATUS status;

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    memory.Mdl.Mdl = mdl;
    status = iommu->V2.MapIdentityRangeEx(domain, 3, &memory); // expect: MDL107
    if (NT_SUCCESS(status)) {
        MmBuildMdlForNonPagedPool(mdl);
        run();
        iommu->V2.UnmapIdentityRangeEx(domain, &memory);
    }
    IoFreeMdl(mdl);
    return status;
}

NTSTATUS early_ok(PDMA_IOMMU_INTERFACE_EX iommu, PIOMMU_DMA_DOMAIN domain, PVOID pool)
{
    IOMMU_MAP_PHYSICAL_ADDRESS memory = {.MapType = MapPhysicalAddressTypeMdl};
    PMDL mdl = IoAllocateMdl(pool, PAGE_SIZE, FALSE, FALSE, NULL);
    NTSTATUS status;

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    memory.Mdl.Mdl = mdl;
    status = iommu->V2.MapIdentityRangeEx(domain, 3, &memory);
    if (NT_SUCCESS(status)) {
        run();
        iommu->V2.UnmapIdentityRangeEx(domain, &memory);
    }
    IoFreeMdl(mdl);
    return status;
}
