// The handler returns with the pages still locked: what raised stands between lock and unlock.
#include <wdm.h>

NTSTATUS look_bad(PVOID buffer, ULONG length, PULONG user, PVOID *kept)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        ProbeForWrite(user, sizeof(*user), 1);
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess); // expect: MDL021
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    __try {
        *user = MmGetMdlByteCount(mdl); // step: MDL021
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    *kept = mdl;
    return STATUS_SUCCESS;
}

NTSTATUS look_ok(PVOID buffer, ULONG length, PULONG user, PVOID *kept)
{
    BOOLEAN locked = FALSE;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        ProbeForWrite(user, sizeof(*user), 1);
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
        locked = TRUE;
        *user = MmGetMdlByteCount(mdl);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        if (locked)
            MmUnlockPages(mdl);
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    *kept = mdl;
    return STATUS_SUCCESS;
}
