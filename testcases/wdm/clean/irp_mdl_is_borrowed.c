// clean: the MDL of a direct I/O request is used and left alone; completion takes care of it.
#include <wdm.h>

NTSTATUS fifo_read(PVOID target, ULONG length, PULONG done);

NTSTATUS NTAPI dispatch_read(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    ULONG length = stack->Parameters.Read.Length;
    ULONG done = 0;
    PVOID target;
    NTSTATUS status = STATUS_SUCCESS;

    UNREFERENCED_PARAMETER(device);
    if (length != 0) {
        target = irp->MdlAddress != NULL ? MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority) : NULL;
        if (target == NULL)
            status = STATUS_INSUFFICIENT_RESOURCES;
        else
            status = fifo_read(target, length, &done);
    }
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = done;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}
