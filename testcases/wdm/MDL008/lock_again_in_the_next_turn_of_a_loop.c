// A continue skips the unlock at the end of the loop body: the next turn locks a locked MDL.
#include <wdm.h>

BOOLEAN device_ready(void);
void start_device(PMDL mdl);

NTSTATUS retry_bad(PMDL mdl)
{
    for (;;) {
        __try {
            MmProbeAndLockPages(mdl, UserMode, IoReadAccess); // expect: MDL008
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            return STATUS_INVALID_USER_BUFFER;
        }
        if (!device_ready())
            continue;
        start_device(mdl);
        MmUnlockPages(mdl);
        return STATUS_SUCCESS;
    }
}

NTSTATUS retry_ok(PMDL mdl, ULONG attempts)
{
    ULONG i;

    for (i = 0; i < attempts; i++) {
        __try {
            MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            return STATUS_INVALID_USER_BUFFER;
        }
        if (device_ready()) {
            start_device(mdl);
            MmUnlockPages(mdl);
            return STATUS_SUCCESS;
        }
        MmUnlockPages(mdl);
    }
    return STATUS_DEVICE_NOT_READY;
}
