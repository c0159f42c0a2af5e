// What was probed is the user's: reading it may raise, and the lock that was taken before stays when the handler does not undo it.
#include <ntddk.h>

NTSTATUS lock_bad(PULONG user, ULONG *sum)
{
    NTSTATUS status = STATUS_SUCCESS;
    PMDL mdl = IoAllocateMdl(user, sizeof(ULONG), FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        ProbeForWrite(user, sizeof(ULONG), sizeof(ULONG));
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
        *sum = *user;
        MmUnlockPages(mdl);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    IoFreeMdl(mdl); // expect: MDL004
    return status;
}

NTSTATUS lock_ok(PULONG user, ULONG *sum)
{
    NTSTATUS status = STATUS_SUCCESS;
    PMDL mdl = IoAllocateMdl(user, sizeof(ULONG), FALSE, FALSE, NULL);
    BOOLEAN locked = FALSE;

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        ProbeForWrite(user, sizeof(ULONG), sizeof(ULONG));
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
        locked = TRUE;
        *sum = *user;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (locked)
        MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}
