// clean: one handler serves every request, and aborts the MDL write of those that complete one.
#include <ntifs.h>

typedef struct _REQUEST {
    UCHAR major, minor;
    NTSTATUS status;
} REQUEST;

NTSTATUS transfer(ULONG length);

NTSTATUS give_up(REQUEST *context, PIRP irp, NTSTATUS status)
{
    if (context->major == IRP_MJ_WRITE && (context->minor & IRP_MN_COMPLETE_MDL) == IRP_MN_COMPLETE_MDL && irp->MdlAddress) {
        CcMdlWriteAbort(IoGetCurrentIrpStackLocation(irp)->FileObject, irp->MdlAddress);
        irp->MdlAddress = NULL;
    }
    irp->IoStatus.Status = status;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static void lock_buffer(PIRP irp, ULONG length)
{
    PMDL mdl;

    if (irp->MdlAddress)
        return;
    mdl = IoAllocateMdl(irp->UserBuffer, length, FALSE, FALSE, irp);
    if (!mdl)
        ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
    __try {
        MmProbeAndLockPages(mdl, irp->RequestorMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        irp->MdlAddress = NULL;
        ExRaiseStatus(STATUS_INVALID_USER_BUFFER);
    }
}

NTSTATUS write_ok(REQUEST *context, PIRP irp, ULONG length)
{
    NTSTATUS status;

    __try {
        lock_buffer(irp, length);
        status = transfer(length);
        if (!NT_SUCCESS(status))
            ExRaiseStatus(status);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = give_up(context, irp, GetExceptionCode());
    }
    return status;
}
