// Two MDLs are mapped behind one another in one reserved range; one is taken out, and the pages of the other are unlocked.
#include "wdk/iommu.h"

void run(IOMMU_DMA_LOGICAL_ADDRESS address, SIZE_T bytes);

struct frame {
    PMDL header;
    PMDL body;
    IOMMU_DMA_LOGICAL_ADDRESS_TOKEN_MAPPED_SEGMENT first, second;
};

static NTSTATUS map(PDMA_IOMMU_INTERFACE_EX iommu, PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN range, SIZE_T offset, PMDL mdl,
                    PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN_MAPPED_SEGMENT segment)
{
    IOMMU_MAP_PHYSICAL_ADDRESS memory = {.MapType = MapPhysicalAddressTypeMdl};

    memory.Mdl.Mdl = mdl;
    return iommu->V2.MapReservedLogicalRange(range, offset, 3, &memory, segment);
}

static NTSTATUS map_both(PDMA_IOMMU_INTERFACE_EX iommu, PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN range, struct frame *frame)
{
    NTSTATUS status = map(iommu, range, 0, frame->header, &frame->first);

    if (!NT_SUCCESS(status))
        return status;
    status = map(iommu, range, 0x10000, frame->body, &frame->second);
    if (!NT_SUCCESS(status))
        iommu->V2.UnmapReservedLogicalRange(&frame->first);
    return status;
}

NTSTATUS header_stays_bad(PDMA_IOMMU_INTERFACE_EX iommu, PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN range, struct frame *frame)
{
    NTSTATUS status = map_both(iommu, range, frame);

    if (!NT_SUCCESS(status))
        return status;
    run(range->LogicalAddressBase, range->Size);
    iommu->V2.UnmapReservedLogicalRange(&frame->second);
    MmUnlockPages(frame->body);
    MmUnlockPages(frame->header); // expect: MDL102
    return iommu->V2.UnmapReservedLogicalRange(&frame->first);
}

NTSTATUS header_stays_ok(PDMA_IOMMU_INTERFACE_EX iommu, PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN range, struct frame *frame)
{
    NTSTATUS status = map_both(iommu, range, frame);

    if (!NT_SUCCESS(status))
        return status;
    run(range->LogicalAddressBase, range->Size);
    iommu->V2.UnmapReservedLogicalRange(&frame->first);
    MmUnlockPages(frame->header);
    status = iommu->V2.UnmapReservedLogicalRange(&frame->second);
    MmUnlockPages(frame->body);
    return status;
}
