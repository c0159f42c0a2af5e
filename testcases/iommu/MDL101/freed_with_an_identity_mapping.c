// The MDL over the ring is freed before the domain has lost it: the unmap needs it, and the device still reaches the pages.
#include "wdk/iommu.h"

void run(PVOID ring);

static IOMMU_MAP_PHYSICAL_ADDRESS memory_of(PMDL mdl)
{
    IOMMU_MAP_PHYSICAL_ADDRESS memory = {.MapType = MapPhysicalAddressTypeMdl};

    memory.Mdl.Mdl = mdl;
    return memory;
}

static PMDL ring_mdl(PVOID pool)
{
    PMDL mdl = IoAllocateMdl(pool, PAGE_SIZE, FALSE, FALSE, NULL);

    if (mdl != NULL)
        MmBuildMdlForNonPagedPool(mdl);
    return mdl;
}

NTSTATUS show_bad(PDMA_IOMMU_INTERFACE_EX iommu, PIOMMU_DMA_DOMAIN domain, PVOID pool)
{
    PMDL mdl = ring_mdl(pool);
    IOMMU_MAP_PHYSICAL_ADDRESS memory = memory_of(mdl);
    NTSTATUS status;

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = iommu->V2.MapIdentityRangeEx(domain, 3, &memory); // step: MDL101
    if (NT_SUCCESS(status))
        run(pool);
    IoFreeMdl(mdl); // expect: MDL101
    return status;
}

NTSTATUS show_ok(PDMA_IOMMU_INTERFACE_EX iommu, PIOMMU_DMA_DOMAIN domain, PVOID pool)
{
    PMDL mdl = ring_mdl(pool);
    IOMMU_MAP_PHYSICAL_ADDRESS memory = memory_of(mdl);
    NTSTATUS status;

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = iommu->V2.MapIdentityRangeEx(domain, 3, &memory);
    if (NT_SUCCESS(status)) {
        run(pool);
        iommu->V2.UnmapIdentityRangeEx(domain, &memory);
    }
    IoFreeMdl(mdl);
    return status;
}
