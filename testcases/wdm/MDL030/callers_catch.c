// A helper that locks and leaves the exception to its callers is right when every one of them catches it.
#include <wdm.h>

static void lock_for_read(PMDL mdl)
{
    MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
}

static void lock_range(PMDL mdl, BOOLEAN write)
{
    if (write)
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
    else
        lock_for_read(mdl);
}

NTSTATUS read_ok(PMDL mdl)
{
    __try {
        lock_range(mdl, FALSE);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    MmUnlockPages(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS write_ok(PMDL mdl)
{
    __try {
        lock_range(mdl, TRUE);
        MmUnlockPages(mdl);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

/* One of the two callers of this one does not. */
static void lock_for_copy(PMDL mdl)
{
    MmProbeAndLockPages(mdl, UserMode, IoReadAccess); // expect: MDL030
}

NTSTATUS copy_ok(PMDL mdl)
{
    __try {
        lock_for_copy(mdl);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    MmUnlockPages(mdl);
    return STATUS_SUCCESS;
}

void copy_quickly(PMDL mdl)
{
    lock_for_copy(mdl);
    MmUnlockPages(mdl);
}

/* Whoever cleans up in a __finally knows that it raises; the handler is further up. */
void lock_with_cleanup_ok(PVOID buffer, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
        MmUnlockPages(mdl);
    } __finally {
        IoFreeMdl(mdl);
    }
}
