// The cleanup labels stand in the order of creation instead of the reverse of it.
#include <wdm.h>

NTSTATUS run_transfer(PVOID address, ULONG length);

NTSTATUS transfer_bad(PVOID buffer, ULONG length)
{
    NTSTATUS status;
    PVOID user = NULL;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoModifyAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        goto free;
    }
    __try {
        user = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority); // step: MDL002
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        goto unlock;
    }
    status = run_transfer(user, length);

unlock:
    MmUnlockPages(mdl); // expect: MDL002
    if (user != NULL)
        MmUnmapLockedPages(user, mdl);
free:
    IoFreeMdl(mdl);
    return status;
}

NTSTATUS transfer_ok(PVOID buffer, ULONG length)
{
    NTSTATUS status;
    PVOID user;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoModifyAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        goto free;
    }
    __try {
        user = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        goto unlock;
    }
    status = run_transfer(user, length);
    MmUnmapLockedPages(user, mdl);
unlock:
    MmUnlockPages(mdl);
free:
    IoFreeMdl(mdl);
    return status;
}
