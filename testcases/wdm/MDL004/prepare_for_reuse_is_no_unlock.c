// MmPrepareMdlForReuse acts on partial MDLs alone: an MDL that was locked stays locked, and mapped.
#include <wdm.h>

NTSTATUS consume(PVOID view, ULONG length);

static NTSTATUS lock(PMDL mdl)
{
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

NTSTATUS read_user_bad(PVOID buffer, ULONG length)
{
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = lock(mdl);
    if (NT_SUCCESS(status))
        MmPrepareMdlForReuse(mdl);
    IoFreeMdl(mdl); // expect: MDL004
    return status;
}

NTSTATUS read_user_ok(PVOID buffer, ULONG length)
{
    PVOID view;
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = lock(mdl);
    if (!NT_SUCCESS(status)) {
        IoFreeMdl(mdl);
        return status;
    }
    view = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    MmPrepareMdlForReuse(mdl);
    status = view != NULL ? consume(view, length) : STATUS_INSUFFICIENT_RESOURCES;
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}
