// lock_buffer returns a locked MDL; one caller treats it as a bare descriptor.
#include <wdm.h>

static PMDL lock_buffer(PVOID buffer, ULONG length, LOCK_OPERATION operation)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return NULL;
    __try {
        MmProbeAndLockPages(mdl, UserMode, operation);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return NULL;
    }
    return mdl;
}

static void unlock_buffer(PMDL mdl)
{
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
}

NTSTATUS probe_range_bad(PVOID buffer, ULONG length)
{
    PMDL mdl = lock_buffer(buffer, length, IoReadAccess);

    if (mdl == NULL)
        return STATUS_INVALID_USER_BUFFER;
    IoFreeMdl(mdl); // expect: MDL004
    return STATUS_SUCCESS;
}

NTSTATUS probe_range_ok(PVOID buffer, ULONG length)
{
    PMDL mdl = lock_buffer(buffer, length, IoReadAccess);

    if (mdl == NULL)
        return STATUS_INVALID_USER_BUFFER;
    unlock_buffer(mdl);
    return STATUS_SUCCESS;
}
