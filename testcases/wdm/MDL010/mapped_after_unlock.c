// The unlock comes first, then a kernel view of pages that may be somebody else's by now.
#include <wdm.h>

NTSTATUS snapshot_bad(PMDL mdl, PVOID target, ULONG length)
{
    PVOID view;

    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return STATUS_INVALID_USER_BUFFER;
    }
    MmUnlockPages(mdl); // step: MDL010
    view = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority); // expect: MDL010
    if (view == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlCopyMemory(target, view, length);
    MmUnmapLockedPages(view, mdl);
    return STATUS_SUCCESS;
}

NTSTATUS snapshot_ok(PMDL mdl, PVOID target, ULONG length)
{
    PVOID view;

    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return STATUS_INVALID_USER_BUFFER;
    }
    view = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    if (view == NULL) {
        MmUnlockPages(mdl);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    RtlCopyMemory(target, view, length);
    MmUnmapLockedPages(view, mdl);
    MmUnlockPages(mdl);
    return STATUS_SUCCESS;
}
