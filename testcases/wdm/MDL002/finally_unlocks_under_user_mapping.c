// The __finally of the lock runs while the user mapping, whose unmap stands behind it, is live.
#include <wdm.h>

NTSTATUS use_view(PVOID view);

NTSTATUS map_for_caller_bad(PMDL mdl)
{
    PVOID view = NULL;
    NTSTATUS status = STATUS_SUCCESS;

    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
        __try {
            view = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
            status = use_view(view);
        } __finally {
            MmUnlockPages(mdl); // expect: MDL002
        }
        MmUnmapLockedPages(view, mdl);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    return status;
}

NTSTATUS map_for_caller_ok(PMDL mdl)
{
    PVOID view = NULL;
    NTSTATUS status = STATUS_SUCCESS;

    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
        __try {
            view = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
            status = use_view(view);
        } __finally {
            if (view != NULL)
                MmUnmapLockedPages(view, mdl);
            MmUnlockPages(mdl);
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    return status;
}
