// clean: a helper builds an IRP with an MDL on it and hands both out through a pointer; the caller frees them together.
#include <wdm.h>

#define KIND_READ 1
#define KIND_WRITE 2

NTSTATUS send_and_wait(PIRP irp);

static void irp_release(PIRP irp)
{
    if (irp->MdlAddress != NULL) {
        IoFreeMdl(irp->MdlAddress);
        irp->MdlAddress = NULL;
    }
    IoFreeIrp(irp);
}

static NTSTATUS irp_build(PMDL source, ULONG length, UCHAR kind, CCHAR stack, PIRP *result)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    PIO_STACK_LOCATION next;
    PMDL mdl;
    PIRP irp = IoAllocateIrp(stack, FALSE);

    if (irp == NULL)
        goto done;
    mdl = IoAllocateMdl(MmGetMdlVirtualAddress(source), length, FALSE, FALSE, NULL);
    if (mdl == NULL)
        goto free_irp;
    IoBuildPartialMdl(source, mdl, MmGetMdlVirtualAddress(source), length);
    irp->MdlAddress = mdl;
    next = IoGetNextIrpStackLocation(irp);
    switch (kind) {
    case KIND_READ:
        next->Parameters.Read.Length = length;
        break;
    case KIND_WRITE:
        next->Parameters.Write.Length = length;
        break;
    default:
        break;
    }
    *result = irp;
    irp = NULL;
    status = STATUS_SUCCESS;

free_irp:
    if (irp != NULL)
        IoFreeIrp(irp);
done:
    return status;
}

NTSTATUS transfer_ok(PMDL source, ULONG length, UCHAR kind)
{
    PIRP irp = NULL;
    NTSTATUS status = irp_build(source, length, kind, 2, &irp);

    if (!NT_SUCCESS(status))
        goto done;
    status = send_and_wait(irp);
    if (irp != NULL)
        irp_release(irp);
done:
    return status;
}
