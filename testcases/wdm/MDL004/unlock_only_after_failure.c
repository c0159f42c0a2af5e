// The cleanup unlocks only when the work failed; after success the MDL is freed locked.
#include <wdm.h>

NTSTATUS process(PMDL mdl);

NTSTATUS flagged_bad(PVOID buffer, ULONG length)
{
    NTSTATUS status = STATUS_SUCCESS;
    BOOLEAN locked = FALSE;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
        locked = TRUE;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (locked)
        status = process(mdl);
    if (locked && !NT_SUCCESS(status))
        MmUnlockPages(mdl);
    IoFreeMdl(mdl); // expect: MDL004
    return status;
}

NTSTATUS flagged_ok(PVOID buffer, ULONG length)
{
    NTSTATUS status = STATUS_SUCCESS;
    BOOLEAN locked = FALSE;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
        locked = TRUE;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (locked) {
        status = process(mdl);
        MmUnlockPages(mdl);
    }
    IoFreeMdl(mdl);
    return status;
}
