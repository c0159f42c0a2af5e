// Three ways to map an MDL into a domain, three ways to name the mapping; in each of them the pages are unlocked first.
#include "wdk/iommu.h"

void run(void);

/* The MDL is the key of the unmap. */
NTSTATUS identity_bad(PDMA_IOMMU_INTERFACE iommu, PIOMMU_DMA_DOMAIN domain, PMDL mdl)
{
    NTSTATUS status = iommu->MapIdentityRange(domain, 3, mdl); // step: MDL102

    if (!NT_SUCCESS(status))
        return status;
    run();
    MmUnlockPages(mdl); // expect: MDL102
    return iommu->UnmapIdentityRange(domain, mdl);
}

NTSTATUS identity_ok(PDMA_IOMMU_INTERFACE iommu, PIOMMU_DMA_DOMAIN domain, PMDL mdl)
{
    NTSTATUS status = iommu->MapIdentityRange(domain, 3, mdl);

    if (NT_SUCCESS(status)) {
        run();
        status = iommu->UnmapIdentityRange(domain, mdl);
    }
    MmUnlockPages(mdl);
    return status;
}

/* The address is. */
NTSTATUS logical_bad(PDMA_IOMMU_INTERFACE iommu, PIOMMU_DMA_DOMAIN domain, PMDL mdl, ULONGLONG address)
{
    NTSTATUS status = iommu->MapLogicalRange(domain, 3, mdl, address);

    if (!NT_SUCCESS(status))
        return status;
    run();
    MmUnlockPages(mdl); // expect: MDL102
    return iommu->UnmapLogicalRange(domain, address, 1);
}

NTSTATUS logical_ok(PDMA_IOMMU_INTERFACE iommu, PIOMMU_DMA_DOMAIN domain, PMDL mdl, ULONGLONG address)
{
    NTSTATUS status = iommu->MapLogicalRange(domain, 3, mdl, address);

    if (NT_SUCCESS(status)) {
        run();
        status = iommu->UnmapLogicalRange(domain, address, 1);
    }
    MmUnlockPages(mdl);
    return status;
}

/* Address 0 of a domain is an address like any other. */
NTSTATUS address_0_ok(PDMA_IOMMU_INTERFACE iommu, PIOMMU_DMA_DOMAIN domain, PMDL mdl)
{
    NTSTATUS status = iommu->MapLogicalRange(domain, 3, mdl, 0);

    if (NT_SUCCESS(status))
        status = iommu->UnmapLogicalRange(domain, 0, 1);
    MmUnlockPages(mdl);
    return status;
}

/* The segment is, wherever it is copied to. */
struct window {
    IOMMU_DMA_LOGICAL_ADDRESS_TOKEN_MAPPED_SEGMENT segment;
    PMDL mdl;
};

static NTSTATUS window_map(PDMA_IOMMU_INTERFACE_EX iommu, PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN token, struct window *window)
{
    IOMMU_MAP_PHYSICAL_ADDRESS what = {.MapType = MapPhysicalAddressTypeMdl};
    IOMMU_DMA_LOGICAL_ADDRESS_TOKEN_MAPPED_SEGMENT segment;
    NTSTATUS status;

    what.Mdl.Mdl = window->mdl;
    status = iommu->V2.MapReservedLogicalRange(token, 0, 3, &what, &segment);
    if (NT_SUCCESS(status))
        window->segment = segment;
    return status;
}

NTSTATUS window_bad(PDMA_IOMMU_INTERFACE_EX iommu, PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN token, struct window *window)
{
    NTSTATUS status = window_map(iommu, token, window);

    if (!NT_SUCCESS(status))
        return status;
    MmUnlockPages(window->mdl); // expect: MDL102
    return iommu->V2.UnmapReservedLogicalRange(&window->segment);
}

NTSTATUS window_ok(PDMA_IOMMU_INTERFACE_EX iommu, PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN token, struct window *window)
{
    NTSTATUS status = window_map(iommu, token, window);

    if (!NT_SUCCESS(status))
        return status;
    status = iommu->V2.UnmapReservedLogicalRange(&window->segment);
    MmUnlockPages(window->mdl);
    return status;
}

/* Memory without an MDL is none of ours. */
NTSTATUS range_ok(PDMA_IOMMU_INTERFACE_EX iommu, PIOMMU_DMA_DOMAIN domain, PHYSICAL_ADDRESS base, PMDL mdl)
{
    IOMMU_MAP_PHYSICAL_ADDRESS what = {.MapType = MapPhysicalAddressTypeContiguousRange};
    NTSTATUS status;

    what.ContiguousRange.Base = base;
    what.ContiguousRange.Size = PAGE_SIZE;
    status = iommu->V2.MapIdentityRangeEx(domain, 3, &what);
    MmUnlockPages(mdl);
    return status;
}
