// A nonpaged buffer is shown to a process; the MDL is freed first and the user mapping is removed after it.
#include <wdm.h>

NTSTATUS serve_process(PVOID user);

NTSTATUS share_buffer_bad(PVOID pool, ULONG length)
{
    NTSTATUS status;
    PVOID user;
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    __try {
        user = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority); // step: MDL001
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    status = serve_process(user);
    IoFreeMdl(mdl);                // expect: MDL001
    MmUnmapLockedPages(user, mdl); // step: MDL001
    return status;
}

NTSTATUS share_buffer_ok(PVOID pool, ULONG length)
{
    NTSTATUS status;
    PVOID user;
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    __try {
        user = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    status = serve_process(user);
    MmUnmapLockedPages(user, mdl);
    IoFreeMdl(mdl);
    return status;
}
