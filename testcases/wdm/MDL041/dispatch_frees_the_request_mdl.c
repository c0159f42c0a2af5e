// The MDL of a request is the I/O manager's, which unlocks and frees it when the request is completed. A driver that does so first, frees it twice.
#include <wdm.h>

NTSTATUS copy_out(PVOID target, ULONG length);

NTSTATUS read_bad(PDEVICE_OBJECT device, PIRP irp)
{
    PVOID address = MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority);
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;

    (void)device;
    if (address)
        status = copy_out(address, MmGetMdlByteCount(irp->MdlAddress));
    MmUnlockPages(irp->MdlAddress); // expect: MDL041 "irp->MdlAddress"
    irp->IoStatus.Status = status;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

NTSTATUS read_ok(PDEVICE_OBJECT device, PIRP irp)
{
    PVOID address = MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority);
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;

    (void)device;
    if (address)
        status = copy_out(address, MmGetMdlByteCount(irp->MdlAddress));
    irp->IoStatus.Status = status;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static void release(PMDL mdl)
{
    if (mdl)
        IoFreeMdl(mdl);
}

NTSTATUS cleanup_bad(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    release(irp->MdlAddress); // expect: MDL041
    irp->IoStatus.Status = STATUS_SUCCESS;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

/* A partial MDL of the driver's own over the request's pages is the driver's to free. */
NTSTATUS forward_part_ok(PDEVICE_OBJECT device, PIRP irp)
{
    PMDL part = IoAllocateMdl(MmGetMdlVirtualAddress(irp->MdlAddress), PAGE_SIZE, FALSE, FALSE, NULL);

    (void)device;
    if (part) {
        IoBuildPartialMdl(irp->MdlAddress, part, MmGetMdlVirtualAddress(irp->MdlAddress), PAGE_SIZE);
        IoFreeMdl(part);
    }
    irp->IoStatus.Status = STATUS_SUCCESS;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

/* The driver sets up the MDL of a METHOD_NEITHER request by itself, and takes it down on the way out: it is its own. */
NTSTATUS neither_ok(PDEVICE_OBJECT device, PIRP irp)
{
    NTSTATUS status = STATUS_SUCCESS;

    (void)device;
    irp->MdlAddress = IoAllocateMdl(irp->UserBuffer, PAGE_SIZE, FALSE, FALSE, NULL);
    if (irp->MdlAddress) {
        __try {
            MmProbeAndLockPages(irp->MdlAddress, irp->RequestorMode, IoWriteAccess);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            IoFreeMdl(irp->MdlAddress);
            irp->MdlAddress = NULL;
            status = GetExceptionCode();
        }
    }
    irp->IoStatus.Status = status;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    (void)path;
    driver->MajorFunction[IRP_MJ_READ] = read_bad;
    driver->MajorFunction[IRP_MJ_WRITE] = read_ok;
    driver->MajorFunction[IRP_MJ_CLEANUP] = cleanup_bad;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = forward_part_ok;
    driver->MajorFunction[IRP_MJ_INTERNAL_DEVICE_CONTROL] = neither_ok;
    return STATUS_SUCCESS;
}
