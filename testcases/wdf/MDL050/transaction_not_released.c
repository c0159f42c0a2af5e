// A DMA transaction keeps its MDL until it is completed or released.
#include <wdm.h>

typedef PVOID WDFDMATRANSACTION;
NTSTATUS WdfDmaTransactionInitialize(WDFDMATRANSACTION transaction, PVOID program, int direction, PMDL mdl, PVOID address, SIZE_T length);
NTSTATUS WdfDmaTransactionExecute(WDFDMATRANSACTION transaction, PVOID context);
NTSTATUS WdfDmaTransactionRelease(WDFDMATRANSACTION transaction);

NTSTATUS start_bad(WDFDMATRANSACTION transaction, PMDL mdl, PVOID program)
{
    NTSTATUS status =
        WdfDmaTransactionInitialize(transaction, program, 0, mdl, MmGetMdlVirtualAddress(mdl), MmGetMdlByteCount(mdl));

    if (!NT_SUCCESS(status))
        return status;
    MmUnlockPages(mdl); // expect: MDL050
    return WdfDmaTransactionRelease(transaction);
}

NTSTATUS start_ok(WDFDMATRANSACTION transaction, PMDL mdl, PVOID program)
{
    NTSTATUS status =
        WdfDmaTransactionInitialize(transaction, program, 0, mdl, MmGetMdlVirtualAddress(mdl), MmGetMdlByteCount(mdl));

    if (NT_SUCCESS(status))
        WdfDmaTransactionRelease(transaction);
    MmUnlockPages(mdl);
    return status;
}

/* Once it runs, the interrupt may end it. */
NTSTATUS run_ok(WDFDMATRANSACTION transaction, PMDL mdl, PVOID program, PKEVENT done)
{
    NTSTATUS status =
        WdfDmaTransactionInitialize(transaction, program, 0, mdl, MmGetMdlVirtualAddress(mdl), MmGetMdlByteCount(mdl));

    if (NT_SUCCESS(status))
        status = WdfDmaTransactionExecute(transaction, done);
    if (NT_SUCCESS(status))
        KeWaitForSingleObject(done, Executive, KernelMode, FALSE, NULL);
    MmUnlockPages(mdl);
    return status;
}
