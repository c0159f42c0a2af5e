// The cache manager has locked pages before its read failed, as the status block tells; the request is completed with the chain in it.
#include <ntifs.h>

NTSTATUS read_mdl_bad(PIRP irp, PFILE_OBJECT file, PLARGE_INTEGER offset, ULONG length)
{
    NTSTATUS status;

    __try {
        CcMdlRead(file, offset, length, &irp->MdlAddress, &irp->IoStatus); // miss: MDL060 — a chain in the system's IRP is the system's, whatever the status
        status = irp->IoStatus.Status;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        irp->IoStatus.Information = 0;
    }
    irp->IoStatus.Status = status;
    IoCompleteRequest(irp, IO_DISK_INCREMENT);
    return status;
}

NTSTATUS read_mdl_ok(PIRP irp, PFILE_OBJECT file, PLARGE_INTEGER offset, ULONG length)
{
    NTSTATUS status;

    __try {
        CcMdlRead(file, offset, length, &irp->MdlAddress, &irp->IoStatus);
        status = irp->IoStatus.Status;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        irp->IoStatus.Information = 0;
    }
    if (!NT_SUCCESS(status) && irp->IoStatus.Information > 0) {
        CcMdlReadComplete(file, irp->MdlAddress);
        irp->MdlAddress = NULL;
    }
    irp->IoStatus.Status = status;
    IoCompleteRequest(irp, IO_DISK_INCREMENT);
    return status;
}
