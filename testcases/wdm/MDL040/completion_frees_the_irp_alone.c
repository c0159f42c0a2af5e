// The completion routine frees the driver's own IRP and forgets the MDL that the sender has locked for it.
#include <wdm.h>

typedef struct _DISK {
    PDEVICE_OBJECT Device;
    PFILE_OBJECT File;
} DISK, *PDISK;

static NTSTATUS NTAPI written_bad(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    UNREFERENCED_PARAMETER(device);
    KeSetEvent((PKEVENT)context, IO_DISK_INCREMENT, FALSE);
    IoFreeIrp(irp); // miss: MDL040 — the IRP has an MDL only when the device wants direct I/O
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS NTAPI written_ok(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    PMDL mdl, next;

    UNREFERENCED_PARAMETER(device);
    for (mdl = irp->MdlAddress; mdl != NULL; mdl = next) {
        next = mdl->Next;
        if (mdl->MdlFlags & MDL_PAGES_LOCKED)
            MmUnlockPages(mdl);
        IoFreeMdl(mdl);
    }
    irp->MdlAddress = NULL;
    KeSetEvent((PKEVENT)context, IO_DISK_INCREMENT, FALSE);
    IoFreeIrp(irp);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS write_block(PDISK disk, PVOID data, ULONG length, LARGE_INTEGER offset, PIO_COMPLETION_ROUTINE done)
{
    IO_STATUS_BLOCK block = {0};
    KEVENT event;
    PIRP irp = IoBuildAsynchronousFsdRequest(IRP_MJ_WRITE, disk->Device, data, length, &offset, &block);

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    IoGetNextIrpStackLocation(irp)->FileObject = disk->File;
    IoSetCompletionRoutine(irp, done, &event, TRUE, TRUE, TRUE);
    if (IoCallDriver(disk->Device, irp) == STATUS_PENDING)
        KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
    return block.Status;
}

NTSTATUS save(PDISK disk, PVOID data, ULONG length, LARGE_INTEGER offset)
{
    return write_block(disk, data, length, offset, written_bad);
}

NTSTATUS save_and_release_ok(PDISK disk, PVOID data, ULONG length, LARGE_INTEGER offset)
{
    return write_block(disk, data, length, offset, written_ok);
}
