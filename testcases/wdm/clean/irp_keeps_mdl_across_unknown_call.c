// clean: the MDL hangs on the IRP while code that we do not see works with the IRP; it is not lost there.
#include <wdm.h>

NTSTATUS try_later(PIRP irp, NTSTATUS (*again)(PIRP));
NTSTATUS check_lock(PIRP irp);

static NTSTATUS lock_user_buffer(PIRP irp, ULONG length, LOCK_OPERATION operation)
{
    PMDL mdl;

    if (length == 0 || irp->MdlAddress != NULL)
        return STATUS_SUCCESS;
    mdl = IoAllocateMdl(irp->UserBuffer, length, FALSE, FALSE, NULL);
    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, irp->RequestorMode, operation);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    irp->MdlAddress = mdl;
    return STATUS_SUCCESS;
}

NTSTATUS read_uncached(PIRP irp, ULONG length, BOOLEAN paging)
{
    NTSTATUS status = lock_user_buffer(irp, length, IoWriteAccess);

    if (!NT_SUCCESS(status))
        return status;
    if (!paging) {
        status = check_lock(irp);
        if (status == STATUS_PENDING)
            return status;
        if (!NT_SUCCESS(status))
            return try_later(irp, check_lock);
    }
    return STATUS_SUCCESS;
}
