// The jump goes to the last label instead of the one that unlocks.
#include <wdm.h>

NTSTATUS reserve_slot(PULONG slot);
void release_slot(ULONG slot);
NTSTATUS run_slot(ULONG slot);

NTSTATUS post_bad(PVOID buffer, ULONG length)
{
    ULONG slot;
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess); // expect: MDL021
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        goto free;
    }
    status = reserve_slot(&slot);
    if (!NT_SUCCESS(status))
        goto out;
    status = run_slot(slot);
    release_slot(slot);
    MmUnlockPages(mdl);
free:
    IoFreeMdl(mdl);
out:
    return status;
}

NTSTATUS post_ok(PVOID buffer, ULONG length)
{
    ULONG slot;
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        goto free;
    }
    status = reserve_slot(&slot);
    if (!NT_SUCCESS(status))
        goto unlock;
    status = run_slot(slot);
    release_slot(slot);
unlock:
    MmUnlockPages(mdl);
free:
    IoFreeMdl(mdl);
    return status;
}
