// The completion routine frees the MDL, and so does the sender. One that frees it in some cases, or takes it out of a context, leaves it open who has to.
#include <wdm.h>

typedef struct _TRANSFER {
    PMDL Mdl;
    KEVENT Event;
    NTSTATUS Status;
} TRANSFER, *PTRANSFER;

static NTSTATUS NTAPI free_always(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    PTRANSFER transfer = context;

    UNREFERENCED_PARAMETER(device);
    transfer->Status = irp->IoStatus.Status;
    IoFreeMdl(transfer->Mdl); // step: MDL006 // step: MDL005
    transfer->Mdl = NULL;
    KeSetEvent(&transfer->Event, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS NTAPI free_when_done(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    PTRANSFER transfer = context;

    UNREFERENCED_PARAMETER(device);
    transfer->Status = irp->IoStatus.Status;
    if (NT_SUCCESS(irp->IoStatus.Status)) {
        IoFreeMdl(irp->MdlAddress);
        irp->MdlAddress = NULL;
    }
    KeSetEvent(&transfer->Event, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static PIRP prepare(PTRANSFER transfer, PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    PIRP irp = IoAllocateIrp(target->StackSize, FALSE);

    if (irp == NULL)
        return NULL;
    transfer->Mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);
    if (transfer->Mdl == NULL) {
        IoFreeIrp(irp);
        return NULL;
    }
    MmBuildMdlForNonPagedPool(transfer->Mdl);
    irp->MdlAddress = transfer->Mdl;
    KeInitializeEvent(&transfer->Event, NotificationEvent, FALSE);
    return irp;
}

static VOID send(PTRANSFER transfer, PDEVICE_OBJECT target, PIRP irp, PIO_COMPLETION_ROUTINE done)
{
    IoSetCompletionRoutine(irp, done, transfer, TRUE, TRUE, TRUE);
    if (IoCallDriver(target, irp) == STATUS_PENDING)
        KeWaitForSingleObject(&transfer->Event, Executive, KernelMode, FALSE, NULL);
}

NTSTATUS twice_bad(PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    TRANSFER transfer;
    PIRP irp = prepare(&transfer, target, pool, length);

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    send(&transfer, target, irp, free_always);
    IoFreeMdl(irp->MdlAddress); // expect: MDL006
    IoFreeIrp(irp);
    return transfer.Status;
}

/* The routine may have run by now, or will. */
NTSTATUS used_after_sending_bad(PDEVICE_OBJECT target, PVOID pool, ULONG length, PULONG sent)
{
    TRANSFER transfer;
    PIRP irp = prepare(&transfer, target, pool, length);
    PMDL mdl;

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    mdl = transfer.Mdl;
    IoSetCompletionRoutine(irp, free_always, &transfer, TRUE, TRUE, TRUE);
    (VOID)IoCallDriver(target, irp);
    *sent = MmGetMdlByteCount(mdl); // expect: MDL005
    KeWaitForSingleObject(&transfer.Event, Executive, KernelMode, FALSE, NULL);
    IoFreeIrp(irp);
    return transfer.Status;
}

NTSTATUS once_ok(PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    TRANSFER transfer;
    PIRP irp = prepare(&transfer, target, pool, length);

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    send(&transfer, target, irp, free_always);
    if (transfer.Mdl != NULL)
        IoFreeMdl(transfer.Mdl);
    IoFreeIrp(irp);
    return transfer.Status;
}

NTSTATUS what_is_left_ok(PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    TRANSFER transfer;
    PIRP irp = prepare(&transfer, target, pool, length);

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    send(&transfer, target, irp, free_when_done);
    if (irp->MdlAddress != NULL)
        IoFreeMdl(irp->MdlAddress);
    IoFreeIrp(irp);
    return transfer.Status;
}

NTSTATUS by_status_ok(PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    TRANSFER transfer;
    PIRP irp = prepare(&transfer, target, pool, length);

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    send(&transfer, target, irp, free_when_done);
    if (!NT_SUCCESS(transfer.Status))
        IoFreeMdl(transfer.Mdl);
    IoFreeIrp(irp);
    return transfer.Status;
}

/* Asked for success alone, the routine does not run when the request fails. */
NTSTATUS on_success_only_ok(PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    TRANSFER transfer;
    PIRP irp = prepare(&transfer, target, pool, length);
    NTSTATUS status;

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    IoSetCompletionRoutine(irp, free_always, &transfer, TRUE, FALSE, FALSE);
    status = IoCallDriver(target, irp);
    if (!NT_SUCCESS(status)) {
        IoFreeMdl(transfer.Mdl);
        IoFreeIrp(irp);
        return status;
    }
    KeWaitForSingleObject(&transfer.Event, Executive, KernelMode, FALSE, NULL);
    IoFreeIrp(irp);
    return transfer.Status;
}

/* A routine runs once: the second time the IRP goes down with none. */
NTSTATUS sent_again_ok(PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    TRANSFER transfer;
    PIRP irp = prepare(&transfer, target, pool, length);

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    send(&transfer, target, irp, free_always);
    irp->MdlAddress = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);
    if (irp->MdlAddress == NULL) {
        IoFreeIrp(irp);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    transfer.Mdl = irp->MdlAddress;
    (VOID)IoCallDriver(target, irp);
    IoFreeMdl(transfer.Mdl);
    IoFreeIrp(irp);
    return transfer.Status;
}

/* The last routine that was set is the one that runs; setting none takes the first one away. */
NTSTATUS taken_back_ok(PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    TRANSFER transfer;
    PIRP irp = prepare(&transfer, target, pool, length);

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    IoSetCompletionRoutine(irp, free_always, &transfer, TRUE, TRUE, TRUE);
    send(&transfer, target, irp, free_when_done);
    if (irp->MdlAddress != NULL)
        IoFreeMdl(irp->MdlAddress);
    IoFreeIrp(irp);
    return transfer.Status;
}
