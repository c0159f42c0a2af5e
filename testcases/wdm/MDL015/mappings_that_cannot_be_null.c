// clean: BugCheckOnFailure never returns NULL, a user mapping raises instead, and nonpaged pool needs no mapping.
#include <wdm.h>

void fatal_on_failure_ok(PMDL locked)
{
    PULONG view = MmMapLockedPagesSpecifyCache(locked, KernelMode, MmCached, NULL, TRUE, HighPagePriority);

    view[0] = 0;
    MmUnmapLockedPages(view, locked);
}

NTSTATUS user_view_ok(PMDL locked)
{
    NTSTATUS status = STATUS_SUCCESS;
    PULONG view;

    __try {
        view = MmMapLockedPagesSpecifyCache(locked, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    __try {
        view[0] = 0;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    MmUnmapLockedPages(view, locked);
    return status;
}

NTSTATUS pool_view_ok(PVOID pool, ULONG length)
{
    PULONG words;
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    words = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    words[0] = length;
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}
