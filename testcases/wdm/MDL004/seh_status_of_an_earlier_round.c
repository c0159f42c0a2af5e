// clean: A lock in each round of a loop that goes on only after success: a failure seen behind the lock is that of this round's lock.
#include <wdm.h>

NTSTATUS lock_all_ok(PVOID *user, ULONG count, PMDL *mdls)
{
    NTSTATUS status = STATUS_SUCCESS;
    ULONG i;

    for (i = 0; i < count; i++) {
        mdls[i] = IoAllocateMdl(user[i], PAGE_SIZE, FALSE, FALSE, NULL);
        if (mdls[i] == NULL) {
            status = STATUS_INSUFFICIENT_RESOURCES;
            break;
        }
        __try {
            MmProbeAndLockPages(mdls[i], UserMode, IoReadAccess);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            status = GetExceptionCode();
        }
        if (!NT_SUCCESS(status)) {
            IoFreeMdl(mdls[i]);
            break;
        }
    }
    if (NT_SUCCESS(status))
        return status;
    while (i-- > 0) {
        MmUnlockPages(mdls[i]);
        IoFreeMdl(mdls[i]);
    }
    return status;
}
