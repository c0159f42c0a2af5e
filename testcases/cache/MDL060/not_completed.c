// What CcMdlRead and CcPrepareMdlWrite hand out wants its "complete" on every path, error paths too.
#include <ntifs.h>

NTSTATUS send(PMDL chain, ULONG bytes);

NTSTATUS send_file_bad(PFILE_OBJECT file, LARGE_INTEGER offset, ULONG bytes)
{
    PMDL chain = NULL;
    IO_STATUS_BLOCK iosb;
    NTSTATUS status;

    __try {
        CcMdlRead(file, &offset, bytes, &chain, &iosb); // expect: MDL060 "chain"
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    if (iosb.Information < bytes)
        return STATUS_END_OF_FILE;
    status = send(chain, bytes);
    CcMdlReadComplete(file, chain);
    return status;
}

NTSTATUS send_file_ok(PFILE_OBJECT file, LARGE_INTEGER offset, ULONG bytes)
{
    PMDL chain = NULL;
    IO_STATUS_BLOCK iosb;
    NTSTATUS status = STATUS_END_OF_FILE;

    __try {
        CcMdlRead(file, &offset, bytes, &chain, &iosb);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    if (iosb.Information == bytes)
        status = send(chain, bytes);
    CcMdlReadComplete(file, chain);
    return status;
}

/* In the request it waits for the IRP with IRP_MN_COMPLETE. */
NTSTATUS mdl_read_ok(PFILE_OBJECT file, PIRP irp, LARGE_INTEGER offset, ULONG bytes)
{
    irp->MdlAddress = NULL;
    CcMdlRead(file, &offset, bytes, &irp->MdlAddress, &irp->IoStatus);
    return irp->IoStatus.Status;
}

NTSTATUS mdl_complete_ok(PFILE_OBJECT file, PIRP irp)
{
    CcMdlReadComplete(file, irp->MdlAddress);
    irp->MdlAddress = NULL;
    irp->IoStatus.Status = STATUS_SUCCESS;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

/* The chain is still in the request, and the I/O manager frees it once more. */
NTSTATUS mdl_complete_bad(PFILE_OBJECT file, PIRP irp)
{
    CcMdlReadComplete(file, irp->MdlAddress);
    irp->IoStatus.Status = STATUS_SUCCESS;
    IoCompleteRequest(irp, IO_NO_INCREMENT); // expect: MDL006
    return STATUS_SUCCESS;
}

/* A write that is given up is aborted. */
NTSTATUS receive_ok(PFILE_OBJECT file, LARGE_INTEGER offset, ULONG bytes)
{
    PMDL chain = NULL;
    IO_STATUS_BLOCK iosb;
    NTSTATUS status;

    CcPrepareMdlWrite(file, &offset, bytes, &chain, &iosb);
    status = send(chain, bytes);
    if (NT_SUCCESS(status))
        CcMdlWriteComplete(file, &offset, chain);
    else
        CcMdlWriteAbort(file, chain);
    return status;
}

NTSTATUS receive_bad(PFILE_OBJECT file, LARGE_INTEGER offset, ULONG bytes)
{
    PMDL chain = NULL;
    IO_STATUS_BLOCK iosb;
    NTSTATUS status;

    CcPrepareMdlWrite(file, &offset, bytes, &chain, &iosb); // expect: MDL060
    status = send(NULL, bytes);
    if (NT_SUCCESS(status))
        CcMdlWriteComplete(file, &offset, chain);
    return status;
}
