// acquire() gives a locked MDL; the caller's second way out forgets release().
#include <wdm.h>

NTSTATUS run(ULONG mode);

static NTSTATUS acquire(PVOID buffer, ULONG length, PMDL *result)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    *result = NULL;
    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoModifyAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return STATUS_ACCESS_VIOLATION;
    }
    *result = mdl;
    return STATUS_SUCCESS;
}

static void release(PMDL mdl)
{
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
}

NTSTATUS command_bad(PVOID buffer, ULONG length, ULONG mode)
{
    PMDL mdl;
    NTSTATUS status = acquire(buffer, length, &mdl); // expect: MDL021

    if (!NT_SUCCESS(status))
        return status;
    if (mode == 0)
        return STATUS_INVALID_PARAMETER;
    status = run(mode);
    release(mdl);
    return status;
}

NTSTATUS command_ok(PVOID buffer, ULONG length, ULONG mode)
{
    PMDL mdl;
    NTSTATUS status = acquire(buffer, length, &mdl);

    if (!NT_SUCCESS(status))
        return status;
    status = mode == 0 ? STATUS_INVALID_PARAMETER : run(mode);
    release(mdl);
    return status;
}
