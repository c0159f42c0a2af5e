// clean: a common buffer that the system allocates has no MDL of its own; one that the driver makes over it is freed before it.
#include "wdk/dma_v3.h"

void run(PVOID ring, PHYSICAL_ADDRESS logical);

NTSTATUS allocate_ok(PDMA_ADAPTER adapter, ULONG bytes)
{
    PHYSICAL_ADDRESS logical;
    PVOID ring = adapter->DmaOperations->AllocateCommonBuffer(adapter, bytes, &logical, TRUE);
    PMDL mdl;

    if (ring == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    mdl = IoAllocateMdl(ring, bytes, FALSE, FALSE, NULL);
    if (mdl != NULL) {
        MmBuildMdlForNonPagedPool(mdl);
        run(MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority), logical);
        IoFreeMdl(mdl);
    }
    adapter->DmaOperations->FreeCommonBuffer(adapter, bytes, logical, ring, TRUE);
    return mdl != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

/* While the MDL is mapped for the device, some other buffer is freed, which is none of its business. */
NTSTATUS beside_a_transfer_ok(DMA_OPERATIONS_V3 *operations, PDMA_ADAPTER adapter, PMDL mdl, PVOID base)
{
    ULONG bytes = MmGetMdlByteCount(mdl);
    PHYSICAL_ADDRESS last, logical;
    PVOID ring;
    NTSTATUS status;

    last.QuadPart = 0xffffffff;
    ring = operations->AllocateCommonBufferEx(adapter, &last, PAGE_SIZE, &logical, TRUE, 0);
    if (ring == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = operations->MapTransferEx(adapter, mdl, base, 0, 0, &bytes, TRUE, NULL, 0, NULL, NULL);
    adapter->DmaOperations->FreeCommonBuffer(adapter, PAGE_SIZE, logical, ring, TRUE);
    if (NT_SUCCESS(status))
        status = operations->FlushAdapterBuffersEx(adapter, mdl, base, 0, bytes, TRUE);
    MmUnlockPages(mdl);
    return status;
}
