// An MDL goes down with an IRP as the context of its completion routine. What becomes of it is what that routine does with it.
#include <wdm.h>

void trace_completion(PVOID context);

typedef struct _TICKET {
    LIST_ENTRY Link;
    PMDL Mdl;
} TICKET;

static LIST_ENTRY tickets;

static NTSTATUS NTAPI irp_alone(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    UNREFERENCED_PARAMETER(device);
    UNREFERENCED_PARAMETER(context);
    IoFreeIrp(irp);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS NTAPI both(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    UNREFERENCED_PARAMETER(device);
    IoFreeMdl((PMDL)context);
    IoFreeIrp(irp);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS NTAPI told(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    UNREFERENCED_PARAMETER(device);
    trace_completion(context);
    IoFreeIrp(irp);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS NTAPI put_back(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    TICKET *ticket = context;

    UNREFERENCED_PARAMETER(device);
    InsertTailList(&tickets, &ticket->Link);
    IoFreeIrp(irp);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS NTAPI only_if_it_failed(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    UNREFERENCED_PARAMETER(device);
    if (!NT_SUCCESS(irp->IoStatus.Status))
        IoFreeMdl((PMDL)context);
    IoFreeIrp(irp);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS NTAPI goes_on(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    UNREFERENCED_PARAMETER(device);
    UNREFERENCED_PARAMETER(context);
    if (irp->PendingReturned)
        IoMarkIrpPending(irp);
    return STATUS_SUCCESS;
}

static PMDL mdl_of(PVOID pool, ULONG length)
{
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (mdl != NULL)
        MmBuildMdlForNonPagedPool(mdl);
    return mdl;
}

NTSTATUS context_is_not_looked_at_bad(PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    PIRP irp = IoAllocateIrp(target->StackSize, FALSE);
    PMDL mdl;

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    mdl = mdl_of(pool, length); // expect: MDL020
    if (mdl == NULL) {
        IoFreeIrp(irp);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    IoSetCompletionRoutine(irp, irp_alone, mdl, TRUE, TRUE, TRUE);
    return IoCallDriver(target, irp);
}

static NTSTATUS send(PDEVICE_OBJECT target, PIRP irp, PIO_COMPLETION_ROUTINE routine, PVOID context)
{
    IoSetCompletionRoutine(irp, routine, context, TRUE, TRUE, TRUE);
    return IoCallDriver(target, irp);
}

NTSTATUS context_is_freed_ok(PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    PIRP irp = IoAllocateIrp(target->StackSize, FALSE);
    PMDL mdl;

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    mdl = mdl_of(pool, length);
    if (mdl == NULL) {
        IoFreeIrp(irp);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    return send(target, irp, both, mdl);
}

NTSTATUS context_is_told_to_others_ok(PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    PIRP irp = IoAllocateIrp(target->StackSize, FALSE);
    PMDL mdl;

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    mdl = mdl_of(pool, length);
    if (mdl == NULL) {
        IoFreeIrp(irp);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    IoSetCompletionRoutine(irp, told, mdl, TRUE, TRUE, TRUE);
    return IoCallDriver(target, irp);
}

NTSTATUS context_is_freed_sometimes_ok(PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    PIRP irp = IoAllocateIrp(target->StackSize, FALSE);
    PMDL mdl;

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    mdl = mdl_of(pool, length);
    if (mdl == NULL) {
        IoFreeIrp(irp);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    IoSetCompletionRoutine(irp, only_if_it_failed, mdl, TRUE, TRUE, TRUE);
    return IoCallDriver(target, irp);
}

/* Whose routine it is knows the caller. */
NTSTATUS routine_of_others_ok(PDEVICE_OBJECT target, PVOID pool, ULONG length, PIO_COMPLETION_ROUTINE routine)
{
    PIRP irp = IoAllocateIrp(target->StackSize, FALSE);
    PMDL mdl;

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    mdl = mdl_of(pool, length);
    if (mdl == NULL) {
        IoFreeIrp(irp);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    IoSetCompletionRoutine(irp, routine, mdl, TRUE, TRUE, TRUE);
    return IoCallDriver(target, irp);
}

/* The context holds the MDL, and the routine puts it into a list. */
NTSTATUS ticket_is_put_back_ok(PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    TICKET *ticket = ExAllocatePoolWithTag(NonPagedPool, sizeof(TICKET), 'tkcT');
    PIRP irp;

    if (ticket == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    irp = IoAllocateIrp(target->StackSize, FALSE);
    if (irp == NULL) {
        ExFreePoolWithTag(ticket, 'tkcT');
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    ticket->Mdl = mdl_of(pool, length);
    if (ticket->Mdl == NULL) {
        IoFreeIrp(irp);
        ExFreePoolWithTag(ticket, 'tkcT');
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    IoSetCompletionRoutine(irp, put_back, ticket, TRUE, TRUE, TRUE);
    return IoCallDriver(target, irp);
}

/* An IRP that somebody else sent goes on, and the driver above may know what hangs from it. */
NTSTATUS filter_ok(PDEVICE_OBJECT target, PIRP irp, PMDL mdl)
{
    IoCopyCurrentIrpStackLocationToNext(irp);
    IoSetCompletionRoutine(irp, goes_on, mdl, TRUE, TRUE, TRUE);
    return IoCallDriver(target, irp);
}
