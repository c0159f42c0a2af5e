// MmProbeAndLockPages raises when the buffer is not what the caller said; nothing catches it, here or in the dispatch routine above.
#include <wdm.h>

static NTSTATUS pin_user_buffer(PVOID buffer, ULONG length, PMDL *mdl)
{
    *mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (*mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmProbeAndLockPages(*mdl, UserMode, IoWriteAccess); // expect: MDL030 "no exception handler"
    return STATUS_SUCCESS;
}

NTSTATUS fill_ok(PVOID buffer, ULONG length)
{
    PMDL mdl;
    NTSTATUS status = pin_user_buffer(buffer, length, &mdl);

    if (!NT_SUCCESS(status))
        return status;
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

/* The same in a handler of the function's own. */
NTSTATUS pin_ok(PVOID buffer, ULONG length, PMDL *out)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    *out = mdl;
    return STATUS_SUCCESS;
}

/* The __try ends before the lock. */
NTSTATUS probe_is_guarded_lock_is_not_bad(PVOID buffer, ULONG length)
{
    PMDL mdl;

    __try {
        ProbeForWrite(buffer, length, 1);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmProbeAndLockPages(mdl, UserMode, IoWriteAccess); // expect: MDL030
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

/* The finding is about the call alone: what is wrong with the MDL is still found. */
void lock_without_handler_and_leak_bad(PMDL mdl)
{
    MmProbeAndLockPages(mdl, KernelMode, IoReadAccess); // expect: MDL030
    IoFreeMdl(mdl);                                     // expect: MDL004
}
