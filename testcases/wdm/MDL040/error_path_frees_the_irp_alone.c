// IoFreeIrp frees the IRP and nothing that hangs from it: the driver has to take its MDL off first.
#include <wdm.h>

NTSTATUS send(PDEVICE_OBJECT target, PIRP irp);
BOOLEAN is_ready(PDEVICE_OBJECT target);

PIRP make_write_bad(PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    PIRP irp = IoAllocateIrp(target->StackSize, FALSE);

    if (irp == NULL)
        return NULL;
    irp->MdlAddress = IoAllocateMdl(pool, length, FALSE, FALSE, NULL); // step: MDL040
    if (irp->MdlAddress == NULL) {
        IoFreeIrp(irp);
        return NULL;
    }
    MmBuildMdlForNonPagedPool(irp->MdlAddress);
    if (!is_ready(target)) {
        IoFreeIrp(irp); // expect: MDL040 "irp->MdlAddress"
        return NULL;
    }
    return irp;
}

PIRP make_write_ok(PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    PIRP irp = IoAllocateIrp(target->StackSize, FALSE);

    if (irp == NULL)
        return NULL;
    irp->MdlAddress = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);
    if (irp->MdlAddress == NULL) {
        IoFreeIrp(irp);
        return NULL;
    }
    MmBuildMdlForNonPagedPool(irp->MdlAddress);
    if (!is_ready(target)) {
        IoFreeMdl(irp->MdlAddress);
        irp->MdlAddress = NULL;
        IoFreeIrp(irp);
        return NULL;
    }
    return irp;
}

/* The IRP goes first, the MDL right after it: nothing is lost. */
void irp_first_ok(PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    PIRP irp = IoAllocateIrp(target->StackSize, FALSE);
    PMDL mdl;

    if (irp == NULL)
        return;
    mdl = IoAllocateMdl(pool, length, FALSE, FALSE, irp);
    IoFreeIrp(irp);
    if (mdl)
        IoFreeMdl(mdl);
}

/* IoAllocateMdl itself has put it there. */
NTSTATUS attached_by_the_allocation_bad(PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    PIRP irp = IoAllocateIrp(target->StackSize, FALSE);

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (IoAllocateMdl(pool, length, FALSE, FALSE, irp) == NULL) {
        IoFreeIrp(irp);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    IoFreeIrp(irp); // expect: MDL040
    return STATUS_DEVICE_NOT_READY;
}
