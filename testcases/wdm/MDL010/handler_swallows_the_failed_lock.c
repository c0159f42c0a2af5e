// The exception is swallowed and the work goes on as if the pages were locked.
#include <wdm.h>

NTSTATUS hash_buffer(PVOID view, ULONG length, PULONG hash);

NTSTATUS hash_user_bad(PVOID buffer, ULONG length, PULONG hash)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    BOOLEAN locked = FALSE;
    PVOID view;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return status;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
        locked = TRUE;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    view = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority); // expect: MDL010
    if (view != NULL)
        status = hash_buffer(view, length, hash);
    if (locked)
        MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}

NTSTATUS hash_user_ok(PVOID buffer, ULONG length, PULONG hash)
{
    NTSTATUS status = STATUS_SUCCESS;
    PVOID view;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (NT_SUCCESS(status)) {
        view = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
        status = view != NULL ? hash_buffer(view, length, hash) : STATUS_INSUFFICIENT_RESOURCES;
        MmUnlockPages(mdl);
    }
    IoFreeMdl(mdl);
    return status;
}
