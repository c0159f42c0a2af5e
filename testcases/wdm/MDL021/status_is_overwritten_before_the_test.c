// One status is carried through lock, map and transfer; a late call overwrites the failure that the cleanup asks for.
#include <wdm.h>

NTSTATUS PumpReserve(ULONG Length);
NTSTATUS PumpTransfer(PVOID View, ULONG Length);
NTSTATUS PumpReport(ULONG Code);

static NTSTATUS PumpLock(PMDL Mdl)
{
    NTSTATUS status = STATUS_SUCCESS;

    __try {
        MmProbeAndLockPages(Mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    return status;
}

NTSTATUS PumpWrite_ok(PVOID Buffer, ULONG Length)
{
    PMDL mdl = NULL;
    PVOID view = NULL;
    NTSTATUS status = PumpReserve(Length);

    if (NT_SUCCESS(status)) {
        mdl = IoAllocateMdl(Buffer, Length, FALSE, FALSE, NULL);
        if (mdl == NULL)
            status = STATUS_INSUFFICIENT_RESOURCES;
    }
    if (NT_SUCCESS(status)) {
        status = PumpLock(mdl);
        if (!NT_SUCCESS(status)) {
            IoFreeMdl(mdl);
            mdl = NULL;
        }
    }
    if (NT_SUCCESS(status)) {
        view = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
        if (view == NULL)
            status = STATUS_INSUFFICIENT_RESOURCES;
    }
    if (NT_SUCCESS(status))
        status = PumpTransfer(view, Length);
    if (mdl != NULL) {
        MmUnlockPages(mdl);
        IoFreeMdl(mdl);
    }
    return status;
}

/* Here the status itself, and nothing else, says whether the lock was got. */
NTSTATUS PumpProbe_ok(PVOID Buffer, ULONG Length)
{
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(Buffer, Length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = PumpLock(mdl);
    if (NT_SUCCESS(status))
        PumpReport(1);
    if (NT_SUCCESS(status))
        MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}

NTSTATUS PumpProbe_bad(PVOID Buffer, ULONG Length)
{
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(Buffer, Length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = PumpLock(mdl);
    if (NT_SUCCESS(status))
        status = PumpReport(1);
    if (NT_SUCCESS(status))
        MmUnlockPages(mdl);
    IoFreeMdl(mdl); // expect: MDL004
    return status;
}

NTSTATUS PumpKeep_bad(PVOID Buffer, ULONG Length, PMDL *Kept)
{
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(Buffer, Length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = PumpLock(mdl); // expect: MDL021
    if (!NT_SUCCESS(status)) {
        IoFreeMdl(mdl);
        return status;
    }
    status = PumpReport(2);
    if (NT_SUCCESS(status))
        *Kept = mdl;
    return status;
}
