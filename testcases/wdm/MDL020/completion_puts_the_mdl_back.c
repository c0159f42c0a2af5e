// A transfer lends the request another MDL, and its completion routine puts the first one back before the transfer returns.
#include <ntifs.h>

typedef struct _LOAN {
    KEVENT done;
    PMDL kept;
} LOAN;

PMDL reserve;

static NTSTATUS give_back(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    LOAN *loan = context;

    UNREFERENCED_PARAMETER(device);
    irp->MdlAddress = loan->kept;
    KeSetEvent(&loan->done, 0, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static void transfer(PDEVICE_OBJECT device, PIRP irp, ULONG length, BOOLEAN is_scarce)
{
    LOAN loan;

    if (!is_scarce)
        return;
    KeInitializeEvent(&loan.done, NotificationEvent, FALSE);
    IoBuildPartialMdl(irp->MdlAddress, reserve, irp->UserBuffer, length);
    loan.kept = irp->MdlAddress;
    irp->MdlAddress = reserve;
    IoSetCompletionRoutine(irp, give_back, &loan, TRUE, TRUE, TRUE);
    (void)IoCallDriver(device, irp);
    KeWaitForSingleObject(&loan.done, Executive, KernelMode, FALSE, NULL);
}

NTSTATUS tail_ok(PDEVICE_OBJECT device, PIRP irp, ULONG length, BOOLEAN is_scarce)
{
    PMDL saved = irp->MdlAddress;
    PMDL mdl = IoAllocateMdl(irp->UserBuffer, length, FALSE, FALSE, NULL);

    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    IoBuildPartialMdl(saved, mdl, irp->UserBuffer, length);
    irp->MdlAddress = mdl;
    transfer(device, irp, length, is_scarce);
    IoFreeMdl(irp->MdlAddress);
    irp->MdlAddress = saved;
    return STATUS_SUCCESS;
}

static void lend(PIRP irp, ULONG length, BOOLEAN is_scarce)
{
    if (!is_scarce)
        return;
    IoBuildPartialMdl(irp->MdlAddress, reserve, irp->UserBuffer, length);
    irp->MdlAddress = reserve;
}

/* Nobody has kept the first one. */
NTSTATUS tail_bad(PIRP irp, ULONG length, BOOLEAN is_scarce)
{
    PMDL saved = irp->MdlAddress;
    PMDL mdl = IoAllocateMdl(irp->UserBuffer, length, FALSE, FALSE, NULL); // expect: MDL020

    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    IoBuildPartialMdl(saved, mdl, irp->UserBuffer, length);
    irp->MdlAddress = mdl;
    lend(irp, length, is_scarce);
    IoFreeMdl(irp->MdlAddress);
    irp->MdlAddress = saved;
    return STATUS_SUCCESS;
}
