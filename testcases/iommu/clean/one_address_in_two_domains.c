// clean: a logical address is one of its domain; another domain may use the same for other pages.
#include "wdk/iommu.h"

void run(ULONGLONG address);

NTSTATUS both_ok(PDMA_IOMMU_INTERFACE iommu, PIOMMU_DMA_DOMAIN first, PMDL one, PMDL two, ULONGLONG address)
{
    PIOMMU_DMA_DOMAIN second;
    NTSTATUS status = iommu->CreateDomain(TRUE, &second);

    if (!NT_SUCCESS(status))
        return status;
    status = iommu->MapLogicalRange(first, 3, one, address);
    if (NT_SUCCESS(status)) {
        status = iommu->MapLogicalRange(second, 3, two, address);
        if (NT_SUCCESS(status)) {
            run(address);
            iommu->UnmapLogicalRange(second, address, 1);
        }
        iommu->UnmapLogicalRange(first, address, 1);
    }
    MmUnlockPages(two);
    MmUnlockPages(one);
    iommu->DeleteDomain(second);
    return status;
}

/* Both are there, and the older one goes. */
NTSTATUS older_ends_ok(PDMA_IOMMU_INTERFACE iommu, PIOMMU_DMA_DOMAIN first, PIOMMU_DMA_DOMAIN second, PMDL one, PMDL two, ULONGLONG address)
{
    NTSTATUS status = iommu->MapLogicalRange(first, 3, one, address);

    if (!NT_SUCCESS(status))
        return status;
    status = iommu->MapLogicalRange(second, 3, two, address);
    if (NT_SUCCESS(status)) {
        iommu->UnmapLogicalRange(first, address, 1);
        run(address);
        iommu->UnmapLogicalRange(second, address, 1);
    } else
        iommu->UnmapLogicalRange(first, address, 1);
    MmUnlockPages(two);
    MmUnlockPages(one);
    return status;
}

/* The older of the two goes first. */
NTSTATUS older_first_ok(PDMA_IOMMU_INTERFACE iommu, PIOMMU_DMA_DOMAIN first, PIOMMU_DMA_DOMAIN second, PMDL one, PMDL two, ULONGLONG address)
{
    NTSTATUS status = iommu->MapLogicalRange(first, 3, one, address);

    if (!NT_SUCCESS(status))
        return status;
    status = iommu->MapLogicalRange(second, 3, two, address);
    iommu->UnmapLogicalRange(first, address, 1);
    MmUnlockPages(one);
    if (!NT_SUCCESS(status))
        return status;
    run(address);
    status = iommu->UnmapLogicalRange(second, address, 1);
    MmUnlockPages(two);
    return status;
}
