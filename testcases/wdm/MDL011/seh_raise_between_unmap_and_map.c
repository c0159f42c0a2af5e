// The handler unmaps a user view that was never made, or that the code before the exception has unmapped already.
#include <wdm.h>

NTSTATUS never_made_bad(PMDL mdl, PVOID *view)
{
    PVOID user = NULL;

    __try {
        user = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        MmUnmapLockedPages(user, mdl); // expect: MDL011
        return GetExceptionCode();
    }
    *view = user;
    return STATUS_SUCCESS;
}

NTSTATUS unmapped_already_bad(PMDL mdl, PULONG result)
{
    NTSTATUS status = STATUS_SUCCESS;
    PULONG user = NULL;

    __try {
        user = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
        user[3] = 1;
        MmUnmapLockedPages(user, mdl); // step: MDL011
        ProbeForWrite(result, sizeof(*result), 1);
        *result = 1;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        if (user != NULL)
            MmUnmapLockedPages(user, mdl); // expect: MDL011
        status = GetExceptionCode();
    }
    return status;
}

NTSTATUS unmapped_already_ok(PMDL mdl, PULONG result)
{
    NTSTATUS status = STATUS_SUCCESS;
    PULONG user = NULL;

    __try {
        user = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
        user[3] = 1;
        MmUnmapLockedPages(user, mdl);
        user = NULL;
        ProbeForWrite(result, sizeof(*result), 1);
        *result = 1;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        if (user != NULL)
            MmUnmapLockedPages(user, mdl);
        status = GetExceptionCode();
    }
    return status;
}

/* Two views: the second map may raise while the first is there. */
NTSTATUS second_view_bad(PMDL in, PMDL out, PVOID views[2])
{
    views[0] = views[1] = NULL;
    __try {
        views[0] = MmMapLockedPagesSpecifyCache(in, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
        views[1] = MmMapLockedPagesSpecifyCache(out, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        MmUnmapLockedPages(views[0], in); // expect: MDL011
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

NTSTATUS second_view_ok(PMDL in, PMDL out, PVOID views[2])
{
    views[0] = views[1] = NULL;
    __try {
        views[0] = MmMapLockedPagesSpecifyCache(in, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
        views[1] = MmMapLockedPagesSpecifyCache(out, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        if (views[0] != NULL)
            MmUnmapLockedPages(views[0], in);
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}
