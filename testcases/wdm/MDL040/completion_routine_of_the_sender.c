// A completion routine frees the driver's own IRP and not its MDL. Whoever sends the IRP, and has set the routine, can know.
#include <wdm.h>

static NTSTATUS NTAPI irp_alone(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    UNREFERENCED_PARAMETER(device);
    UNREFERENCED_PARAMETER(context);
    IoFreeIrp(irp); // step: MDL040
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS NTAPI irp_and_mdls(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    PMDL mdl, next;

    UNREFERENCED_PARAMETER(device);
    UNREFERENCED_PARAMETER(context);
    for (mdl = irp->MdlAddress; mdl != NULL; mdl = next) {
        next = mdl->Next;
        IoFreeMdl(mdl);
    }
    irp->MdlAddress = NULL;
    IoFreeIrp(irp);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS NTAPI context_and_irp(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    UNREFERENCED_PARAMETER(device);
    IoFreeMdl((PMDL)context);
    IoFreeIrp(irp);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS NTAPI whichever_there_is(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    UNREFERENCED_PARAMETER(device);
    if (irp->PendingReturned && context == NULL)
        IoMarkIrpPending(irp);
    if (irp->MdlAddress != NULL)
        IoFreeMdl(irp->MdlAddress);
    IoFreeIrp(irp);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS NTAPI signal(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    UNREFERENCED_PARAMETER(device);
    UNREFERENCED_PARAMETER(irp);
    KeSetEvent((PKEVENT)context, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS NTAPI forget_then_free(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    UNREFERENCED_PARAMETER(device);
    UNREFERENCED_PARAMETER(context);
    irp->MdlAddress = NULL;
    IoFreeIrp(irp);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static PIRP make(PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    PIRP irp = IoAllocateIrp(target->StackSize, FALSE);

    if (irp == NULL)
        return NULL;
    if (IoAllocateMdl(pool, length, FALSE, FALSE, irp) == NULL) {
        IoFreeIrp(irp);
        return NULL;
    }
    MmBuildMdlForNonPagedPool(irp->MdlAddress);
    return irp;
}

NTSTATUS send_bad(PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    PIRP irp = make(target, pool, length);

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    IoSetCompletionRoutine(irp, irp_alone, NULL, TRUE, TRUE, TRUE);
    return IoCallDriver(target, irp); // expect: MDL040
}

NTSTATUS send_ok(PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    PIRP irp = make(target, pool, length);

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    IoSetCompletionRoutine(irp, irp_and_mdls, NULL, TRUE, TRUE, TRUE);
    return IoCallDriver(target, irp);
}

NTSTATUS send_with_mdl_as_context_ok(PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    PIRP irp = make(target, pool, length);

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    IoSetCompletionRoutine(irp, context_and_irp, irp->MdlAddress, TRUE, TRUE, TRUE);
    return IoCallDriver(target, irp);
}

NTSTATUS send_and_forget_ok(PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    PIRP irp = make(target, pool, length);

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    IoSetCompletionRoutine(irp, whichever_there_is, NULL, TRUE, TRUE, TRUE);
    (VOID)IoCallDriver(target, irp);
    return STATUS_PENDING;
}

NTSTATUS send_and_take_off_bad(PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    PIRP irp = make(target, pool, length); // expect: MDL020

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    IoSetCompletionRoutine(irp, forget_then_free, NULL, TRUE, TRUE, TRUE);
    return IoCallDriver(target, irp);
}

/* The MDL is the context as well, of which the routine makes nothing. */
NTSTATUS send_mdl_as_context_bad(PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    PIRP irp = make(target, pool, length);

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    IoSetCompletionRoutine(irp, irp_alone, irp->MdlAddress, TRUE, TRUE, TRUE);
    return IoCallDriver(target, irp); // expect: MDL040
}

/* Here the routine only gives the IRP back: what hangs from it is the sender's again. */
NTSTATUS send_and_wait_bad(PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    PIRP irp = make(target, pool, length);
    KEVENT event;
    NTSTATUS status;

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    IoSetCompletionRoutine(irp, signal, &event, TRUE, TRUE, TRUE);
    status = IoCallDriver(target, irp);
    if (status == STATUS_PENDING) {
        KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
        status = irp->IoStatus.Status;
    }
    IoFreeIrp(irp); // expect: MDL040
    return status;
}

NTSTATUS send_and_wait_ok(PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    PIRP irp = make(target, pool, length);
    KEVENT event;
    NTSTATUS status;

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    IoSetCompletionRoutine(irp, signal, &event, TRUE, TRUE, TRUE);
    status = IoCallDriver(target, irp);
    if (status == STATUS_PENDING) {
        KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
        status = irp->IoStatus.Status;
    }
    IoFreeMdl(irp->MdlAddress);
    IoFreeIrp(irp);
    return status;
}
