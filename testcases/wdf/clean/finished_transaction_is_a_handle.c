// clean: a finished DMA transaction is a handle still: its context is looked at, it is asked how much it moved, and released.
#include <wdm.h>

typedef PVOID WDFDMATRANSACTION;
BOOLEAN WdfDmaTransactionDmaCompleted(WDFDMATRANSACTION transaction, NTSTATUS *status);
SIZE_T WdfDmaTransactionGetBytesTransferred(WDFDMATRANSACTION transaction);
NTSTATUS WdfDmaTransactionRelease(WDFDMATRANSACTION transaction);
void finish(WDFDMATRANSACTION transaction, NTSTATUS status);

typedef struct _EXTENSION {
    WDFDMATRANSACTION write;
    SIZE_T moved;
} EXTENSION;

void write_done_ok(EXTENSION *extension)
{
    WDFDMATRANSACTION transaction = extension->write;
    NTSTATUS status;

    if (WdfDmaTransactionDmaCompleted(transaction, &status))
        finish(transaction, status);
}

void read_done_ok(EXTENSION *extension, WDFDMATRANSACTION transaction)
{
    NTSTATUS status;

    if (!WdfDmaTransactionDmaCompleted(transaction, &status))
        return;
    extension->moved = WdfDmaTransactionGetBytesTransferred(transaction);
    (void)WdfDmaTransactionRelease(transaction);
}
