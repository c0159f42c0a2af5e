// The address of a mapping that may have failed is put into an IRP and sent down: the next driver writes through it.
#include <wdm.h>

typedef struct _NEXT_DRIVER {
    PDEVICE_OBJECT Device;
    PFILE_OBJECT File;
} NEXT_DRIVER, *PNEXT_DRIVER;

IO_COMPLETION_ROUTINE read_done;

static NTSTATUS send(PNEXT_DRIVER lower, PIRP own, ULONG length)
{
    PIO_STACK_LOCATION next = IoGetNextIrpStackLocation(own);

    next->MajorFunction = IRP_MJ_READ;
    next->FileObject = lower->File;
    next->Parameters.Read.Length = length;
    IoSetCompletionRoutine(own, read_done, lower, TRUE, TRUE, TRUE);
    return IoCallDriver(lower->Device, own);
}

NTSTATUS pass_down_bad(PNEXT_DRIVER lower, PIRP irp, ULONG length)
{
    PIRP own = IoAllocateIrp(lower->Device->StackSize, FALSE);

    if (own == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (lower->Device->Flags & DO_BUFFERED_IO) {
        own->AssociatedIrp.SystemBuffer = MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority);
        own->Flags |= IRP_BUFFERED_IO;
    } else if (lower->Device->Flags & DO_DIRECT_IO) {
        own->MdlAddress = irp->MdlAddress;
    }
    return send(lower, own, length); // expect: MDL015
}

NTSTATUS pass_neither_bad(PNEXT_DRIVER lower, PIRP irp, ULONG length)
{
    PIRP own = IoAllocateIrp(lower->Device->StackSize, FALSE);

    if (own == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    own->UserBuffer = MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority);
    IoGetNextIrpStackLocation(own)->Parameters.Read.Length = length;
    return IoCallDriver(lower->Device, own); // expect: MDL015
}

NTSTATUS pass_down_ok(PNEXT_DRIVER lower, PIRP irp, ULONG length)
{
    PIRP own = IoAllocateIrp(lower->Device->StackSize, FALSE);

    if (own == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (lower->Device->Flags & DO_BUFFERED_IO) {
        own->AssociatedIrp.SystemBuffer = MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority);
        if (own->AssociatedIrp.SystemBuffer == NULL) {
            IoFreeIrp(own);
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        own->Flags |= IRP_BUFFERED_IO;
    } else if (lower->Device->Flags & DO_DIRECT_IO) {
        own->MdlAddress = irp->MdlAddress;
    }
    return send(lower, own, length);
}

/* The IRP that came from above goes on as it is, with whatever buffer it has. */
NTSTATUS pass_through_ok(PNEXT_DRIVER lower, PIRP irp)
{
    PVOID data = MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority);

    if (data != NULL)
        RtlZeroMemory(data, MmGetMdlByteCount(irp->MdlAddress));
    IoSkipCurrentIrpStackLocation(irp);
    return IoCallDriver(lower->Device, irp);
}

/* No buffer at all is said in so many words. */
NTSTATUS flush_ok(PNEXT_DRIVER lower)
{
    PIRP own = IoAllocateIrp(lower->Device->StackSize, FALSE);

    if (own == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    own->UserBuffer = NULL;
    own->AssociatedIrp.SystemBuffer = NULL;
    IoGetNextIrpStackLocation(own)->MajorFunction = IRP_MJ_FLUSH_BUFFERS;
    return IoCallDriver(lower->Device, own);
}
