// For a device with direct I/O IoBuildAsynchronousFsdRequest locks the buffer, and be it nonpaged pool: the MDL is unlocked before it is freed.
#include <wdm.h>

NTSTATUS send_and_wait(PDEVICE_OBJECT target, PIRP irp);
NTSTATUS reserve_slot(PDEVICE_OBJECT target);
VOID send_and_free(PDEVICE_OBJECT target, PIRP irp);

NTSTATUS write_sector_bad(PDEVICE_OBJECT target, LARGE_INTEGER offset, PIO_STATUS_BLOCK block)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    PVOID sector = ExAllocatePoolWithTag(NonPagedPool, 512, 'tces');
    PIRP irp;

    if (sector == NULL)
        return status;
    RtlZeroMemory(sector, 512);
    irp = IoBuildAsynchronousFsdRequest(IRP_MJ_WRITE, target, sector, 512, &offset, block);
    if (irp != NULL) {
        status = send_and_wait(target, irp);
        if (irp->MdlAddress != NULL) {
            IoFreeMdl(irp->MdlAddress); // miss: MDL004 — what the unknown function has left on the IRP is not known
            irp->MdlAddress = NULL;
        }
        IoFreeIrp(irp);
    }
    ExFreePoolWithTag(sector, 'tces');
    return status;
}

NTSTATUS write_sector_ok(PDEVICE_OBJECT target, LARGE_INTEGER offset, PIO_STATUS_BLOCK block)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    PVOID sector = ExAllocatePoolWithTag(NonPagedPool, 512, 'tces');
    PMDL mdl, next;
    PIRP irp;

    if (sector == NULL)
        return status;
    RtlZeroMemory(sector, 512);
    irp = IoBuildAsynchronousFsdRequest(IRP_MJ_WRITE, target, sector, 512, &offset, block);
    if (irp != NULL) {
        status = send_and_wait(target, irp);
        for (mdl = irp->MdlAddress; mdl != NULL; mdl = next) {
            next = mdl->Next;
            MmUnlockPages(mdl);
            IoFreeMdl(mdl);
        }
        IoFreeIrp(irp);
    }
    ExFreePoolWithTag(sector, 'tces');
    return status;
}

/* The request is given up before it was sent. */
NTSTATUS write_reserved_bad(PDEVICE_OBJECT target, PVOID sector, LARGE_INTEGER offset, PIO_STATUS_BLOCK block)
{
    PIRP irp = IoBuildAsynchronousFsdRequest(IRP_MJ_WRITE, target, sector, 512, &offset, block); // step: MDL004
    NTSTATUS status;

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = reserve_slot(target);
    if (!NT_SUCCESS(status)) {
        if (irp->MdlAddress != NULL)
            IoFreeMdl(irp->MdlAddress); // expect: MDL004
        irp->MdlAddress = NULL;
        IoFreeIrp(irp);
        return status;
    }
    send_and_free(target, irp);
    return STATUS_PENDING;
}

NTSTATUS write_reserved_ok(PDEVICE_OBJECT target, PVOID sector, LARGE_INTEGER offset, PIO_STATUS_BLOCK block)
{
    PIRP irp = IoBuildAsynchronousFsdRequest(IRP_MJ_WRITE, target, sector, 512, &offset, block);
    NTSTATUS status;

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = reserve_slot(target);
    if (!NT_SUCCESS(status)) {
        if (irp->MdlAddress != NULL) {
            MmUnlockPages(irp->MdlAddress);
            IoFreeMdl(irp->MdlAddress);
        }
        irp->MdlAddress = NULL;
        IoFreeIrp(irp);
        return status;
    }
    send_and_free(target, irp);
    return STATUS_PENDING;
}

/* A request without a buffer has no MDL. */
NTSTATUS flush_ok(PDEVICE_OBJECT target, PIO_STATUS_BLOCK block)
{
    NTSTATUS status;
    PIRP irp = IoBuildAsynchronousFsdRequest(IRP_MJ_FLUSH_BUFFERS, target, NULL, 0, NULL, block);

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = send_and_wait(target, irp);
    IoFreeIrp(irp);
    return status;
}

/* Nor has one for a device that takes its data in a buffer of the system's; a driver that knows its device need not look. */
NTSTATUS read_buffered_ok(PDEVICE_OBJECT target, PVOID buffer, ULONG length, PIO_STATUS_BLOCK block)
{
    LARGE_INTEGER offset = {0};
    NTSTATUS status;
    PIRP irp = IoBuildAsynchronousFsdRequest(IRP_MJ_READ, target, buffer, length, &offset, block);

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = send_and_wait(target, irp);
    IoFreeIrp(irp);
    return status;
}
