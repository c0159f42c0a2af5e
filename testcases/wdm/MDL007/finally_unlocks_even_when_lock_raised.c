// The __finally runs on the exception edge too, where the lock has not happened.
#include <wdm.h>

NTSTATUS copy_out(PMDL mdl, PVOID source, ULONG length);

NTSTATUS copy_to_user_bad(PMDL mdl, PVOID source, ULONG length)
{
    NTSTATUS status = STATUS_SUCCESS;

    __try {
        __try {
            MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
            status = copy_out(mdl, source, length);
        } __finally {
            MmUnlockPages(mdl); // expect: MDL007
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    return status;
}

NTSTATUS copy_own_mdl_bad(PVOID buffer, PVOID source, ULONG length)
{
    NTSTATUS status = STATUS_SUCCESS;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        __try {
            MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
            status = copy_out(mdl, source, length);
        } __finally {
            MmUnlockPages(mdl); // expect: MDL007
            IoFreeMdl(mdl);
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    return status;
}

NTSTATUS copy_own_mdl_ok(PVOID buffer, PVOID source, ULONG length)
{
    NTSTATUS status = STATUS_SUCCESS;
    BOOLEAN locked = FALSE;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        __try {
            MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
            locked = TRUE;
            status = copy_out(mdl, source, length);
        } __finally {
            if (locked)
                MmUnlockPages(mdl);
            IoFreeMdl(mdl);
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    return status;
}
