// MapTransferEx and common buffers made from an MDL: what was made of it goes first.
#include "wdk/dma_v3.h"

void run(ULONG bytes);

NTSTATUS twice_without_flush_bad(DMA_OPERATIONS_V3 *operations, PDMA_ADAPTER adapter, PMDL mdl, PVOID base, ULONG bytes)
{
    ULONG first = bytes, second = bytes;
    NTSTATUS status = operations->MapTransferEx(adapter, mdl, base, 0, 0, &first, TRUE, NULL, 0, NULL, NULL);

    if (!NT_SUCCESS(status))
        return status;
    run(first);
    status = operations->MapTransferEx(adapter, mdl, base, first, 0, &second, TRUE, NULL, 0, NULL, NULL); // expect: MDL050 "again"
    operations->FlushAdapterBuffersEx(adapter, mdl, base, 0, bytes, TRUE);
    return status;
}

NTSTATUS flush_between_ok(DMA_OPERATIONS_V3 *operations, PDMA_ADAPTER adapter, PMDL mdl, PVOID base, ULONG bytes)
{
    ULONG done = 0;

    while (done < bytes) {
        ULONG part = bytes - done;
        NTSTATUS status = operations->MapTransferEx(adapter, mdl, base, done, 0, &part, TRUE, NULL, 0, NULL, NULL);

        if (!NT_SUCCESS(status))
            return status;
        run(part);
        operations->FlushAdapterBuffersEx(adapter, mdl, base, done, part, TRUE);
        done += part;
    }
    MmUnlockPages(mdl);
    return STATUS_SUCCESS;
}

struct ring {
    PMDL mdl;
    PVOID address;
    PHYSICAL_ADDRESS logical;
    ULONG bytes;
};

static NTSTATUS ring_make(DMA_OPERATIONS_V3 *operations, PDMA_ADAPTER adapter, struct ring *ring)
{
    ring->address = MmGetSystemAddressForMdlSafe(ring->mdl, NormalPagePriority);
    if (ring->address == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    return operations->CreateCommonBufferFromMdl(adapter, ring->mdl, NULL, 0, &ring->logical);
}

NTSTATUS pages_first_bad(DMA_OPERATIONS_V3 *operations, PDMA_ADAPTER adapter, struct ring *ring)
{
    NTSTATUS status = ring_make(operations, adapter, ring);

    if (!NT_SUCCESS(status))
        return status;
    run(ring->bytes);
    MmFreePagesFromMdl(ring->mdl); // expect: MDL050
    ExFreePool(ring->mdl);
    adapter->DmaOperations->FreeCommonBuffer(adapter, ring->bytes, ring->logical, ring->address, TRUE);
    return STATUS_SUCCESS;
}

NTSTATUS buffer_first_ok(DMA_OPERATIONS_V3 *operations, PDMA_ADAPTER adapter, struct ring *ring)
{
    NTSTATUS status = ring_make(operations, adapter, ring);

    if (NT_SUCCESS(status)) {
        run(ring->bytes);
        adapter->DmaOperations->FreeCommonBuffer(adapter, ring->bytes, ring->logical, ring->address, TRUE);
    }
    MmFreePagesFromMdl(ring->mdl);
    ExFreePool(ring->mdl);
    return status;
}

/* Over nonpaged pool the address is the pool's own. */
NTSTATUS pool_ok(DMA_OPERATIONS_V3 *operations, PDMA_ADAPTER adapter, PVOID pool, ULONG bytes)
{
    struct ring ring = {IoAllocateMdl(pool, bytes, FALSE, FALSE, NULL), pool, {{0}}, bytes};
    NTSTATUS status;

    if (ring.mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(ring.mdl);
    status = ring_make(operations, adapter, &ring);
    if (NT_SUCCESS(status))
        adapter->DmaOperations->FreeCommonBuffer(adapter, bytes, ring.logical, ring.address, TRUE);
    IoFreeMdl(ring.mdl);
    return status;
}

NTSTATUS pool_bad(DMA_OPERATIONS_V3 *operations, PDMA_ADAPTER adapter, PVOID pool, ULONG bytes)
{
    struct ring ring = {IoAllocateMdl(pool, bytes, FALSE, FALSE, NULL), pool, {{0}}, bytes};
    NTSTATUS status;

    if (ring.mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(ring.mdl);
    status = ring_make(operations, adapter, &ring);
    IoFreeMdl(ring.mdl); // expect: MDL050
    return status;
}
