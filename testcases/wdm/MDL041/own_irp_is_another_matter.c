// The IRP that a completion routine gets may be the driver's own: then its MDLs are the driver's to release.
#include <wdm.h>

NTSTATUS own_irp_done_ok(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    PMDL mdl, next;

    (void)device;
    (void)context;
    for (mdl = irp->MdlAddress; mdl; mdl = next) {
        next = mdl->Next;
        MmUnlockPages(mdl);
        IoFreeMdl(mdl);
    }
    IoFreeIrp(irp);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

/* Freed, still attached, and completed: the I/O manager frees it again. */
NTSTATUS complete_with_a_freed_mdl_bad(PIRP irp)
{
    MmUnlockPages(irp->MdlAddress);
    IoFreeMdl(irp->MdlAddress);
    irp->IoStatus.Status = STATUS_SUCCESS;
    IoCompleteRequest(irp, IO_NO_INCREMENT); // expect: MDL006 "attached"
    return STATUS_SUCCESS;
}

NTSTATUS complete_without_it_ok(PIRP irp)
{
    MmUnlockPages(irp->MdlAddress);
    IoFreeMdl(irp->MdlAddress);
    irp->MdlAddress = NULL;
    irp->IoStatus.Status = STATUS_SUCCESS;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

/* A buffer swap in a dispatch routine: the request's MDL is put back, the driver's own is freed. */
NTSTATUS swap_ok(PDEVICE_OBJECT device, PIRP irp)
{
    PMDL theirs = irp->MdlAddress, ours = IoAllocateMdl(device, PAGE_SIZE, FALSE, FALSE, NULL);

    if (ours) {
        MmBuildMdlForNonPagedPool(ours);
        irp->MdlAddress = ours;
        irp->MdlAddress = theirs;
        IoFreeMdl(ours);
    }
    irp->IoStatus.Status = STATUS_SUCCESS;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

NTSTATUS swap_back_wrongly_bad(PDEVICE_OBJECT device, PIRP irp)
{
    PMDL theirs = irp->MdlAddress, ours = IoAllocateMdl(device, PAGE_SIZE, FALSE, FALSE, NULL);

    if (ours) {
        MmBuildMdlForNonPagedPool(ours);
        irp->MdlAddress = ours;
        IoFreeMdl(theirs); // expect: MDL041
    }
    irp->IoStatus.Status = STATUS_SUCCESS;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    (void)path;
    driver->MajorFunction[IRP_MJ_WRITE] = swap_ok;
    driver->MajorFunction[IRP_MJ_READ] = swap_back_wrongly_bad;
    return STATUS_SUCCESS;
}
