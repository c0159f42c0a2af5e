// A transaction that is deleted lets go of its MDL; how a part of it ended comes back through a pointer.
#include <wdm.h>

typedef PVOID WDFDMATRANSACTION;
NTSTATUS WdfDmaTransactionInitialize(WDFDMATRANSACTION transaction, PVOID program, int direction, PMDL mdl, PVOID address, SIZE_T length);
BOOLEAN WdfDmaTransactionDmaCompleted(WDFDMATRANSACTION transaction, NTSTATUS *status);
BOOLEAN WdfDmaTransactionDmaCompletedFinal(WDFDMATRANSACTION transaction, SIZE_T length, NTSTATUS *status);
VOID WdfObjectDelete(PVOID object);

NTSTATUS drop_bad(WDFDMATRANSACTION transaction, PMDL mdl, PVOID program)
{
    NTSTATUS status =
        WdfDmaTransactionInitialize(transaction, program, 0, mdl, MmGetMdlVirtualAddress(mdl), MmGetMdlByteCount(mdl));

    if (!NT_SUCCESS(status))
        return status;
    MmUnlockPages(mdl); // expect: MDL050
    WdfObjectDelete(transaction);
    return STATUS_CANCELLED;
}

NTSTATUS drop_ok(WDFDMATRANSACTION transaction, PMDL mdl, PVOID program)
{
    NTSTATUS status =
        WdfDmaTransactionInitialize(transaction, program, 0, mdl, MmGetMdlVirtualAddress(mdl), MmGetMdlByteCount(mdl));

    WdfObjectDelete(transaction);
    MmUnlockPages(mdl);
    return status;
}

/* The status that comes back is the only one that counts. */
NTSTATUS completed_ok(WDFDMATRANSACTION transaction, PMDL mdl, SIZE_T length)
{
    NTSTATUS status = STATUS_SUCCESS;

    if (length != 0 ? WdfDmaTransactionDmaCompletedFinal(transaction, length, &status) : WdfDmaTransactionDmaCompleted(transaction, &status)) {
        if (!NT_SUCCESS(status))
            IoFreeMdl(mdl);
    }
    return status;
}

NTSTATUS completed_bad(WDFDMATRANSACTION transaction, PMDL mdl, SIZE_T length)
{
    NTSTATUS status = STATUS_SUCCESS;

    if (!WdfDmaTransactionDmaCompletedFinal(transaction, length, &status))
        return status;
    IoFreeMdl(mdl);
    if (!NT_SUCCESS(status))
        IoFreeMdl(mdl); // expect: MDL006
    return status;
}
