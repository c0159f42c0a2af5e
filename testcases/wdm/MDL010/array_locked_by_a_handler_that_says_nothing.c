// The handler forgets to say that the lock failed: what is mapped then was never locked.
// The roll-back begins at the element before the one that gave up.
#include <wdm.h>

#define PARTS 3

NTSTATUS lock_parts_bad(PVOID buffer, ULONG length)
{
    PMDL mdls[4] = {0};
    PVOID views[4] = {0};
    NTSTATUS status = STATUS_SUCCESS;
    ULONG i;

    for (i = 0; i < PARTS; i++) {
        mdls[i] = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
        if (!mdls[i]) {
            status = STATUS_INSUFFICIENT_RESOURCES;
            goto roll_back;
        }
        __try {
            MmProbeAndLockPages(mdls[i], KernelMode, IoWriteAccess);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
        }
        views[i] = MmMapLockedPagesSpecifyCache(mdls[i], KernelMode, MmCached, NULL, FALSE, NormalPagePriority); // expect: MDL010
        if (!views[i]) {
            MmUnlockPages(mdls[i]);
            IoFreeMdl(mdls[i]);
            status = STATUS_INSUFFICIENT_RESOURCES;
            goto roll_back;
        }
    }
roll_back:
    while (i-- > 0) {
        MmUnlockPages(mdls[i]); // false: MDL005 — behind the element that is given up after its finding, the elements of the roll-back are not told apart
        IoFreeMdl(mdls[i]);
    }
    return status;
}
