// MapTransfer has given the pages to the device; they are unlocked before FlushAdapterBuffers takes them back.
#include <wdm.h>

BOOLEAN start_and_wait(PHYSICAL_ADDRESS address, ULONG bytes);

static void transfer(PDMA_ADAPTER adapter, PMDL mdl, PVOID base, ULONG bytes)
{
    PHYSICAL_ADDRESS address =
        adapter->DmaOperations->MapTransfer(adapter, mdl, base, MmGetMdlVirtualAddress(mdl), &bytes, TRUE);

    start_and_wait(address, bytes);
}

void send_bad(PDMA_ADAPTER adapter, PMDL mdl, PVOID base, ULONG bytes)
{
    transfer(adapter, mdl, base, bytes); // step: MDL050
    MmUnlockPages(mdl);                  // expect: MDL050 "before the DMA"
    adapter->DmaOperations->FlushAdapterBuffers(adapter, mdl, base, MmGetMdlVirtualAddress(mdl), bytes, TRUE);
    adapter->DmaOperations->FreeMapRegisters(adapter, base, 1);
}

void send_ok(PDMA_ADAPTER adapter, PMDL mdl, PVOID base, ULONG bytes)
{
    transfer(adapter, mdl, base, bytes);
    adapter->DmaOperations->FlushAdapterBuffers(adapter, mdl, base, MmGetMdlVirtualAddress(mdl), bytes, TRUE);
    adapter->DmaOperations->FreeMapRegisters(adapter, base, 1);
    MmUnlockPages(mdl);
}

/* A packet in pieces: one flush for all of them. */
void pieces_ok(PDMA_ADAPTER adapter, PMDL mdl, PVOID base)
{
    PUCHAR va = MmGetMdlVirtualAddress(mdl);
    ULONG left = MmGetMdlByteCount(mdl), part;

    while (left) {
        part = left;
        start_and_wait(adapter->DmaOperations->MapTransfer(adapter, mdl, base, va, &part, FALSE), part);
        va += part;
        left -= part;
    }
    adapter->DmaOperations->FlushAdapterBuffers(adapter, mdl, base, MmGetMdlVirtualAddress(mdl), MmGetMdlByteCount(mdl), FALSE);
    MmUnlockPages(mdl);
}

/* The request goes back to its owner, who has its pages unlocked, while the device still writes. */
void complete_bad(PDMA_ADAPTER adapter, PIRP irp, PVOID base, ULONG bytes)
{
    transfer(adapter, irp->MdlAddress, base, bytes);
    irp->IoStatus.Status = STATUS_SUCCESS;
    IoCompleteRequest(irp, IO_NO_INCREMENT); // expect: MDL050 "completed before"
}

void complete_ok(PDMA_ADAPTER adapter, PIRP irp, PVOID base, ULONG bytes)
{
    transfer(adapter, irp->MdlAddress, base, bytes);
    adapter->DmaOperations->FlushAdapterBuffers(adapter, irp->MdlAddress, base, MmGetMdlVirtualAddress(irp->MdlAddress), bytes, TRUE);
    irp->IoStatus.Status = STATUS_SUCCESS;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
}
