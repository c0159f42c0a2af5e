// Who sets the completion routine and who sends the IRP are different functions: their caller knows what runs.
#include <wdm.h>

struct request { PIRP irp; PMDL mdl; PVOID pool; ULONG length; };

static NTSTATUS NTAPI irp_alone(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    UNREFERENCED_PARAMETER(device);
    UNREFERENCED_PARAMETER(context);
    IoFreeIrp(irp); // step: MDL040
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS NTAPI irp_and_mdl(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    UNREFERENCED_PARAMETER(device);
    UNREFERENCED_PARAMETER(context);
    IoFreeMdl(irp->MdlAddress);
    irp->MdlAddress = NULL;
    IoFreeIrp(irp);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS NTAPI request_done(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    struct request *request = context;

    UNREFERENCED_PARAMETER(device);
    IoFreeMdl(request->mdl);
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

static void prepare(PIRP irp, PIO_COMPLETION_ROUTINE routine, PVOID context)
{
    IoSetCompletionRoutine(irp, routine, context, TRUE, TRUE, TRUE);
}

static NTSTATUS pass(PDEVICE_OBJECT target, PIRP irp)
{
    return IoCallDriver(target, irp);
}

/* Two calls away from whoever knows. */
static NTSTATUS pass_if(PDEVICE_OBJECT target, PIRP irp, BOOLEAN now)
{
    if (!now)
        return STATUS_DEVICE_NOT_READY;
    return pass(target, irp);
}

NTSTATUS sent_by_helper_bad(PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    PIRP irp = make(target, pool, length);

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    IoSetCompletionRoutine(irp, irp_alone, NULL, TRUE, TRUE, TRUE);
    return pass(target, irp); // expect: MDL040
}

NTSTATUS sent_by_helper_ok(PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    PIRP irp = make(target, pool, length);

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    IoSetCompletionRoutine(irp, irp_and_mdl, NULL, TRUE, TRUE, TRUE);
    return pass(target, irp);
}

NTSTATUS set_by_helper_bad(PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    PIRP irp = make(target, pool, length);

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    prepare(irp, irp_alone, NULL);
    return IoCallDriver(target, irp); // expect: MDL040
}

NTSTATUS set_by_helper_ok(PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    PIRP irp = make(target, pool, length);

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    prepare(irp, irp_and_mdl, NULL);
    return IoCallDriver(target, irp);
}

/* It may not have been sent: then all of it is still here. */
NTSTATUS both_by_helpers_ok(PDEVICE_OBJECT target, PVOID pool, ULONG length, BOOLEAN now)
{
    PIRP irp = make(target, pool, length);

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    prepare(irp, irp_and_mdl, NULL);
    if (!now) {
        IoFreeMdl(irp->MdlAddress);
        IoFreeIrp(irp);
        return STATUS_DEVICE_NOT_READY;
    }
    return pass_if(target, irp, now);
}

NTSTATUS both_by_helpers_bad(PDEVICE_OBJECT target, PVOID pool, ULONG length, BOOLEAN now)
{
    PIRP irp = make(target, pool, length);

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    prepare(irp, irp_and_mdl, NULL);
    if (!now) {
        IoFreeIrp(irp); // expect: MDL040
        return STATUS_DEVICE_NOT_READY;
    }
    return pass_if(target, irp, now);
}

/* The routine frees the MDL, which is no member of the IRP here. */
NTSTATUS freed_by_routine_bad(PDEVICE_OBJECT target, struct request *request)
{
    NTSTATUS status;

    request->irp = IoAllocateIrp(target->StackSize, FALSE);
    if (request->irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    request->mdl = IoAllocateMdl(request->pool, request->length, FALSE, FALSE, NULL);
    if (request->mdl == NULL) {
        IoFreeIrp(request->irp);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MmBuildMdlForNonPagedPool(request->mdl);
    prepare(request->irp, request_done, request);
    status = pass(target, request->irp);
    IoFreeMdl(request->mdl); // expect: MDL006
    return status;
}

NTSTATUS freed_by_routine_ok(PDEVICE_OBJECT target, struct request *request)
{
    request->irp = IoAllocateIrp(target->StackSize, FALSE);
    if (request->irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    request->mdl = IoAllocateMdl(request->pool, request->length, FALSE, FALSE, NULL);
    if (request->mdl == NULL) {
        IoFreeIrp(request->irp);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MmBuildMdlForNonPagedPool(request->mdl);
    prepare(request->irp, request_done, request);
    return pass(target, request->irp);
}

/* The routine gives the IRP back, and its MDL with it. */
NTSTATUS waited_for_ok(PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    PIRP irp = make(target, pool, length);
    KEVENT event;
    NTSTATUS status;

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    prepare(irp, signal, &event);
    status = pass(target, irp);
    if (status == STATUS_PENDING)
        KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
    IoFreeMdl(irp->MdlAddress);
    IoFreeIrp(irp);
    return status;
}

NTSTATUS waited_for_bad(PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    PIRP irp = make(target, pool, length);
    KEVENT event;
    NTSTATUS status;

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    prepare(irp, signal, &event);
    status = pass(target, irp);
    if (status == STATUS_PENDING)
        KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
    IoFreeIrp(irp); // expect: MDL040
    return status;
}
