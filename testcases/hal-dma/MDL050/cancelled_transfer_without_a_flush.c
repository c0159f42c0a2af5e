// A mapped transfer that was cancelled still holds its pages: only the flush takes them back from the device.
#include "wdk/dma_v3.h"

BOOLEAN wait_for_device(void);

static NTSTATUS start(DMA_OPERATIONS_V3 *operations, PDMA_ADAPTER adapter, PMDL mdl, PVOID base)
{
    ULONG bytes = MmGetMdlByteCount(mdl);

    return operations->MapTransferEx(adapter, mdl, base, 0, 0, &bytes, TRUE, NULL, 0, NULL, NULL);
}

NTSTATUS give_up_bad(DMA_OPERATIONS_V3 *operations, PDMA_ADAPTER adapter, PMDL mdl, PVOID base, PVOID transfer)
{
    NTSTATUS status = start(operations, adapter, mdl, base); // step: MDL050

    if (!NT_SUCCESS(status))
        return status;
    if (!wait_for_device()) {
        status = operations->CancelMappedTransfer(adapter, transfer);
        MmUnlockPages(mdl); // expect: MDL050
        return status;
    }
    status = operations->FlushAdapterBuffersEx(adapter, mdl, base, 0, MmGetMdlByteCount(mdl), TRUE);
    MmUnlockPages(mdl);
    return status;
}

NTSTATUS give_up_ok(DMA_OPERATIONS_V3 *operations, PDMA_ADAPTER adapter, PMDL mdl, PVOID base, PVOID transfer)
{
    NTSTATUS status = start(operations, adapter, mdl, base);

    if (!NT_SUCCESS(status))
        return status;
    if (!wait_for_device())
        operations->CancelMappedTransfer(adapter, transfer);
    status = operations->FlushAdapterBuffersEx(adapter, mdl, base, 0, MmGetMdlByteCount(mdl), TRUE);
    MmUnlockPages(mdl);
    return status;
}
