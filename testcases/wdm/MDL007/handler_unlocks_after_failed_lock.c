// When MmProbeAndLockPages raises, nothing is locked: the handler must not unlock.
#include <wdm.h>

NTSTATUS lock_in_handler_bad(PVOID buffer, ULONG length, PMDL *result)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        MmUnlockPages(mdl); // expect: MDL007
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    *result = mdl;
    return STATUS_SUCCESS;
}

NTSTATUS lock_in_handler_ok(PVOID buffer, ULONG length, PMDL *result)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    *result = mdl;
    return STATUS_SUCCESS;
}
