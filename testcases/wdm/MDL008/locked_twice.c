// A second probe-and-lock of an MDL that is still locked.
#include <wdm.h>

static NTSTATUS lock_for(PMDL mdl, LOCK_OPERATION operation)
{
    __try {
        MmProbeAndLockPages(mdl, UserMode, operation);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

NTSTATUS read_then_write_bad(PMDL mdl)
{
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);  // step: MDL008
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess); // expect: MDL008
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    MmUnlockPages(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS read_then_write_ok(PMDL mdl)
{
    NTSTATUS status = lock_for(mdl, IoReadAccess);

    if (!NT_SUCCESS(status))
        return status;
    MmUnlockPages(mdl);
    status = lock_for(mdl, IoWriteAccess);
    if (!NT_SUCCESS(status))
        return status;
    MmUnlockPages(mdl);
    return STATUS_SUCCESS;
}
