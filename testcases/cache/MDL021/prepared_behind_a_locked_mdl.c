// An MDL write that is prepared puts its MDLs behind those that are there: what was locked before is still on the IRP, however it ended.
#include <ntifs.h>

static NTSTATUS lock_user_buffer(PIRP irp, ULONG length)
{
    PMDL mdl;

    if (irp->MdlAddress)
        return STATUS_SUCCESS;
    mdl = IoAllocateMdl(irp->UserBuffer, length, FALSE, FALSE, NULL);
    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, irp->RequestorMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return STATUS_INVALID_USER_BUFFER;
    }
    irp->MdlAddress = mdl;
    return STATUS_SUCCESS;
}

static NTSTATUS prepare(PFILE_OBJECT file, PLARGE_INTEGER offset, ULONG length, PMDL *chain, PIO_STATUS_BLOCK block)
{
    __try {
        CcPrepareMdlWrite(file, offset, length, chain, block);
        return block->Status;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
}

static NTSTATUS prepare_anew(PFILE_OBJECT file, PLARGE_INTEGER offset, ULONG length, PMDL *chain, PIO_STATUS_BLOCK block)
{
    *chain = NULL;
    return prepare(file, offset, length, chain, block);
}

/* The IRP goes back to the I/O manager, which unlocks what is on it. */
NTSTATUS write_ok(PIRP irp, PIO_STACK_LOCATION stack, LARGE_INTEGER offset, ULONG length)
{
    NTSTATUS status = lock_user_buffer(irp, length);

    if (!NT_SUCCESS(status))
        return status;
    if (stack->MinorFunction & IRP_MN_MDL)
        status = prepare(stack->FileObject, &offset, length, &irp->MdlAddress, &irp->IoStatus);
    return status;
}

NTSTATUS write_bad(PIRP irp, PIO_STACK_LOCATION stack, LARGE_INTEGER offset, ULONG length)
{
    NTSTATUS status = lock_user_buffer(irp, length); // expect: MDL021

    if (!NT_SUCCESS(status))
        return status;
    if (stack->MinorFunction & IRP_MN_MDL)
        status = prepare_anew(stack->FileObject, &offset, length, &irp->MdlAddress, &irp->IoStatus);
    return status;
}
