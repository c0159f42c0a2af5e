// The MDL of a request is its maker's: neither its pages nor the memory of its descriptor are the dispatch routine's to free.
#include <ntddk.h>

static NTSTATUS read_bad(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    if (irp->MdlAddress != NULL)
        MmFreePagesFromMdl(irp->MdlAddress); // expect: MDL041
    return STATUS_SUCCESS;
}

static NTSTATUS write_bad(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    if (irp->MdlAddress != NULL)
        ExFreePool(irp->MdlAddress); // expect: MDL041
    return STATUS_SUCCESS;
}

static NTSTATUS read_ok(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    return irp->MdlAddress != NULL && MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority) != NULL ? STATUS_SUCCESS
                                                                                                              : STATUS_UNSUCCESSFUL;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    (void)path;
    driver->MajorFunction[IRP_MJ_READ] = read_bad;
    driver->MajorFunction[IRP_MJ_WRITE] = write_bad;
    driver->MajorFunction[IRP_MJ_CREATE] = read_ok;
    return STATUS_SUCCESS;
}
