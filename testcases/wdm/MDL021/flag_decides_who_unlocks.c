// The MDL goes to the request when it is asynchronous; otherwise it is unlocked here.
#include <wdm.h>

typedef struct _TRANSFER {
    PMDL Mdl;
    BOOLEAN Asynchronous;
} TRANSFER;

NTSTATUS copy_now(PVOID view, ULONG length);

NTSTATUS start_ok(TRANSFER *transfer, PVOID buffer, ULONG length)
{
    PVOID view;
    NTSTATUS status = STATUS_PENDING;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    if (transfer->Asynchronous) {
        transfer->Mdl = mdl;
        return STATUS_PENDING;
    }
    view = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    status = view != NULL ? copy_now(view, length) : STATUS_INSUFFICIENT_RESOURCES;
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}

NTSTATUS start_bad(TRANSFER *transfer, PVOID buffer, ULONG length)
{
    NTSTATUS status = STATUS_SUCCESS;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess); // expect: MDL021
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    if (!transfer->Asynchronous) {
        MmUnlockPages(mdl);
        IoFreeMdl(mdl);
    } else {
        status = STATUS_PENDING;
    }
    return status;
}
