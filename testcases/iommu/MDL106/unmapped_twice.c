// Unmapped from the domain what is not there, or not any more; and what is lost sight of.
#include "wdk/iommu.h"

NTSTATUS run(IOMMU_DMA_LOGICAL_ADDRESS address);

NTSTATUS out_bad(PDMA_IOMMU_INTERFACE_EX iommu, PIOMMU_DMA_DOMAIN domain, PMDL mdl)
{
    IOMMU_MAP_PHYSICAL_ADDRESS what = {.MapType = MapPhysicalAddressTypeMdl};
    IOMMU_DMA_LOGICAL_ADDRESS address;
    NTSTATUS status;

    what.Mdl.Mdl = mdl;
    status = iommu->V2.MapLogicalRangeEx(domain, 3, &what, NULL, NULL, NULL, &address);
    if (!NT_SUCCESS(status))
        return status;
    status = run(address);
    if (!NT_SUCCESS(status))
        iommu->V2.UnmapLogicalRange(domain, address, 1);
    return iommu->V2.UnmapLogicalRange(domain, address, 1); // expect: MDL106
}

NTSTATUS out_ok(PDMA_IOMMU_INTERFACE_EX iommu, PIOMMU_DMA_DOMAIN domain, PMDL mdl)
{
    IOMMU_MAP_PHYSICAL_ADDRESS what = {.MapType = MapPhysicalAddressTypeMdl};
    IOMMU_DMA_LOGICAL_ADDRESS address;
    NTSTATUS status;

    what.Mdl.Mdl = mdl;
    status = iommu->V2.MapLogicalRangeEx(domain, 3, &what, NULL, NULL, NULL, &address);
    if (!NT_SUCCESS(status))
        return status;
    status = run(address);
    iommu->V2.UnmapLogicalRange(domain, address, 1);
    return status;
}

/* The address was the only name. */
NTSTATUS lost_bad(PDMA_IOMMU_INTERFACE_EX iommu, PIOMMU_DMA_DOMAIN domain, PMDL mdl)
{
    IOMMU_MAP_PHYSICAL_ADDRESS what = {.MapType = MapPhysicalAddressTypeMdl};
    IOMMU_DMA_LOGICAL_ADDRESS address;

    what.Mdl.Mdl = mdl;
    return iommu->V2.MapLogicalRangeEx(domain, 3, &what, NULL, NULL, NULL, &address); // expect: MDL105
}

NTSTATUS identity_of_own_bad(PDMA_IOMMU_INTERFACE_EX iommu, PIOMMU_DMA_DOMAIN domain, PVOID pool)
{
    IOMMU_MAP_PHYSICAL_ADDRESS what = {.MapType = MapPhysicalAddressTypeMdl};
    NTSTATUS status;

    what.Mdl.Mdl = IoAllocateMdl(pool, PAGE_SIZE, FALSE, FALSE, NULL);
    if (!what.Mdl.Mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(what.Mdl.Mdl);
    status = iommu->V2.UnmapIdentityRangeEx(domain, &what); // expect: MDL106
    IoFreeMdl(what.Mdl.Mdl);
    return status;
}

NTSTATUS identity_of_own_ok(PDMA_IOMMU_INTERFACE_EX iommu, PIOMMU_DMA_DOMAIN domain, PVOID pool)
{
    IOMMU_MAP_PHYSICAL_ADDRESS what = {.MapType = MapPhysicalAddressTypeMdl};
    NTSTATUS status;

    what.Mdl.Mdl = IoAllocateMdl(pool, PAGE_SIZE, FALSE, FALSE, NULL);
    if (!what.Mdl.Mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(what.Mdl.Mdl);
    status = iommu->V2.MapIdentityRangeEx(domain, 3, &what);
    if (NT_SUCCESS(status))
        status = iommu->V2.UnmapIdentityRangeEx(domain, &what);
    IoFreeMdl(what.Mdl.Mdl);
    return status;
}
