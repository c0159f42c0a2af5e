// clean: user mappings of one MDL may be many, beside the one system mapping.
#include <wdm.h>

NTSTATUS two_user_views_ok(PMDL locked, PVOID views[2])
{
    NTSTATUS status = STATUS_SUCCESS;

    views[0] = NULL;
    views[1] = NULL;
    __try {
        views[0] = MmMapLockedPagesSpecifyCache(locked, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
        views[1] = MmMapLockedPagesSpecifyCache(locked, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (!NT_SUCCESS(status) && views[0] != NULL) {
        MmUnmapLockedPages(views[0], locked);
        views[0] = NULL;
    }
    return status;
}
