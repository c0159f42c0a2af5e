// The interface and a reserved range are asked for before anything is mapped; a failure there has nothing to undo but the lock.
#include "wdk/iommu.h"

NTSTATUS show_bad(PIOMMU_DMA_DOMAIN domain, PMDL mdl)
{
    DMA_IOMMU_INTERFACE iommu;
    NTSTATUS status = IoGetIommuInterface(1, &iommu);

    if (!NT_SUCCESS(status))
        return status;
    status = iommu.MapIdentityRange(domain, 3, mdl);
    if (!NT_SUCCESS(status))
        return status;
    MmUnlockPages(mdl); // expect: MDL102
    return iommu.UnmapIdentityRange(domain, mdl);
}

NTSTATUS show_ok(PIOMMU_DMA_DOMAIN domain, PMDL mdl)
{
    DMA_IOMMU_INTERFACE iommu;
    NTSTATUS status = IoGetIommuInterface(1, &iommu);

    if (NT_SUCCESS(status))
        status = iommu.MapIdentityRange(domain, 3, mdl);
    if (NT_SUCCESS(status))
        iommu.UnmapIdentityRange(domain, mdl);
    MmUnlockPages(mdl);
    return status;
}

NTSTATUS reserve_bad(PIOMMU_RESERVE_LOGICAL_ADDRESS_RANGE reserve, PIOMMU_DMA_DOMAIN domain, PMDL mdl, PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN *token)
{
    DMA_IOMMU_INTERFACE_EX iommu;
    IOMMU_MAP_PHYSICAL_ADDRESS what = {.MapType = MapPhysicalAddressTypeMdl};
    IOMMU_DMA_LOGICAL_ADDRESS address;
    NTSTATUS status = IoGetIommuInterfaceEx(2, 0, &iommu);

    if (NT_SUCCESS(status))
        status = reserve(domain, PAGE_SIZE, NULL, NULL, NULL, token);
    if (!NT_SUCCESS(status))
        return status;
    what.Mdl.Mdl = mdl;
    status = iommu.V2.MapLogicalRangeEx(domain, 3, &what, NULL, NULL, NULL, &address);
    if (!NT_SUCCESS(status))
        return status;
    MmUnlockPages(mdl); // expect: MDL102
    return iommu.V2.UnmapLogicalRange(domain, address, 1);
}

NTSTATUS reserve_ok(PIOMMU_RESERVE_LOGICAL_ADDRESS_RANGE reserve, PIOMMU_DMA_DOMAIN domain, PMDL mdl)
{
    DMA_IOMMU_INTERFACE_EX iommu;
    PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN token = NULL;
    NTSTATUS status = IoGetIommuInterfaceEx(2, 0, &iommu);

    if (NT_SUCCESS(status))
        status = reserve(domain, PAGE_SIZE, NULL, NULL, NULL, &token);
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return NT_SUCCESS(status) && token == NULL ? STATUS_UNSUCCESSFUL : status;
}
