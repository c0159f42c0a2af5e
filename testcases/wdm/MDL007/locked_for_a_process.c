// Pages of another process, or selected ones, are locked like the others: the lock may raise, and is undone once.
#include <ntddk.h>

VOID MmProbeAndLockSelectedPages(PMDL mdl, LARGE_INTEGER *segments, KPROCESSOR_MODE mode, LOCK_OPERATION operation);
void look(PMDL mdl);

NTSTATUS process_bad(PMDL mdl, PEPROCESS process)
{
    NTSTATUS status = STATUS_SUCCESS;

    __try {
        MmProbeAndLockProcessPages(mdl, process, UserMode, IoReadAccess);
        look(mdl);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (NT_SUCCESS(status))
        MmUnlockPages(mdl);
    MmUnlockPages(mdl); // expect: MDL007
    return status;
}

NTSTATUS process_ok(PMDL mdl, PEPROCESS process)
{
    __try {
        MmProbeAndLockProcessPages(mdl, process, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    look(mdl);
    MmUnlockPages(mdl);
    return STATUS_SUCCESS;
}

void segments_bad(PMDL mdl, LARGE_INTEGER *segments)
{
    __try {
        MmProbeAndLockSelectedPages(mdl, segments, UserMode, IoWriteAccess);
        look(mdl);
    } __finally {
        MmUnlockPages(mdl); // expect: MDL007
    }
}

NTSTATUS segments_ok(PMDL mdl, LARGE_INTEGER *segments)
{
    NTSTATUS status = STATUS_SUCCESS;

    __try {
        MmProbeAndLockSelectedPages(mdl, segments, UserMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (NT_SUCCESS(status))
        MmUnlockPages(mdl);
    return status;
}
