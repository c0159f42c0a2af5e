// The MDL of the transfer buffer is made once and kept; the function that frees the buffer forgets it, and so do all others.
#include <wdm.h>

typedef struct _TRANSFER {
    PVOID Buffer;
    PMDL Mdl;
} TRANSFER, *PTRANSFER;

NTSTATUS NTAPI transfer_make_bad(PDEVICE_OBJECT device, PIRP irp)
{
    PTRANSFER transfer = device->DeviceExtension;

    UNREFERENCED_PARAMETER(irp);
    transfer->Buffer = ExAllocatePoolWithTag(NonPagedPool, PAGE_SIZE, 'fsrT');
    if (transfer->Buffer == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    transfer->Mdl = IoAllocateMdl(transfer->Buffer, PAGE_SIZE, FALSE, FALSE, NULL); // expect: MDL020 "nothing in the program frees it"
    if (transfer->Mdl == NULL) {
        ExFreePoolWithTag(transfer->Buffer, 'fsrT');
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MmBuildMdlForNonPagedPool(transfer->Mdl);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI transfer_free_ok(PDEVICE_OBJECT device, PIRP irp)
{
    PTRANSFER transfer = device->DeviceExtension;

    UNREFERENCED_PARAMETER(irp);
    ExFreePoolWithTag(transfer->Buffer, 'fsrT');
    transfer->Buffer = NULL;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    UNREFERENCED_PARAMETER(path);
    driver->MajorFunction[IRP_MJ_CREATE] = transfer_make_bad;
    driver->MajorFunction[IRP_MJ_CLOSE] = transfer_free_ok;
    return STATUS_SUCCESS;
}
