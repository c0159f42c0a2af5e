// map_user() hands out an address; the caller drops it when the version does not fit.
#include <wdm.h>

static NTSTATUS map_user(PMDL locked, PVOID *view)
{
    __try {
        *view = MmMapLockedPagesSpecifyCache(locked, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        *view = NULL;
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

NTSTATUS show_version_bad(PMDL locked, ULONG version, PVOID *result)
{
    PVOID view;
    NTSTATUS status = map_user(locked, &view); // expect: MDL022

    if (!NT_SUCCESS(status))
        return status;
    if (version != 2)
        return STATUS_REVISION_MISMATCH;
    *result = view;
    return STATUS_SUCCESS;
}

NTSTATUS show_version_ok(PMDL locked, ULONG version, PVOID *result)
{
    PVOID view;
    NTSTATUS status = map_user(locked, &view);

    if (!NT_SUCCESS(status))
        return status;
    if (version != 2) {
        MmUnmapLockedPages(view, locked);
        return STATUS_REVISION_MISMATCH;
    }
    *result = view;
    return STATUS_SUCCESS;
}
