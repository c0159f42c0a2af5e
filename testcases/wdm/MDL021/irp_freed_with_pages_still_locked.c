// IoAllocateMdl with an Irp hands the MDL to the IRP; whoever frees the IRP has to unlock and free the MDL first.
#include <wdm.h>

static NTSTATUS NTAPI RawDone(PDEVICE_OBJECT Device, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(Irp);
    KeSetEvent((PKEVENT)Context, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS RawSendAndWait(PDEVICE_OBJECT Target, PIRP Irp)
{
    KEVENT event;
    NTSTATUS status;

    KeInitializeEvent(&event, NotificationEvent, FALSE);
    IoSetCompletionRoutine(Irp, RawDone, &event, TRUE, TRUE, TRUE);
    status = IoCallDriver(Target, Irp);
    if (status == STATUS_PENDING) {
        KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
        status = Irp->IoStatus.Status;
    }
    return status;
}

static VOID RawFreeIrp(PIRP Irp)
{
    PMDL mdl, next;

    for (mdl = Irp->MdlAddress; mdl != NULL; mdl = next) {
        next = mdl->Next;
        if (mdl->MdlFlags & MDL_PAGES_LOCKED)
            MmUnlockPages(mdl);
        IoFreeMdl(mdl);
    }
    Irp->MdlAddress = NULL;
    IoFreeIrp(Irp);
}

NTSTATUS RawWrite_ok(PDEVICE_OBJECT Target, PVOID Buffer, ULONG Bytes)
{
    NTSTATUS status;
    PIRP irp = IoAllocateIrp(Target->StackSize, FALSE);

    if (!irp)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (!IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, irp)) {
        IoFreeIrp(irp);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    __try {
        MmProbeAndLockPages(irp->MdlAddress, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        RawFreeIrp(irp);
        return status;
    }
    IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_WRITE;
    status = RawSendAndWait(Target, irp);
    RawFreeIrp(irp);
    return status;
}

NTSTATUS RawWriteUnlocked_bad(PDEVICE_OBJECT Target, PVOID Buffer, ULONG Bytes)
{
    NTSTATUS status;
    PIRP irp = IoAllocateIrp(Target->StackSize, FALSE);

    if (!irp)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (!IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, irp)) {
        IoFreeIrp(irp);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    __try {
        MmProbeAndLockPages(irp->MdlAddress, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        RawFreeIrp(irp);
        return status;
    }
    IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_WRITE;
    status = RawSendAndWait(Target, irp);
    IoFreeMdl(irp->MdlAddress); // expect: MDL004
    irp->MdlAddress = NULL;
    IoFreeIrp(irp);
    return status;
}

NTSTATUS RawWriteForgotten_bad(PDEVICE_OBJECT Target, PVOID Buffer, ULONG Bytes)
{
    NTSTATUS status;
    PMDL mdl;
    PIRP irp = IoAllocateIrp(Target->StackSize, FALSE);

    if (!irp)
        return STATUS_INSUFFICIENT_RESOURCES;
    mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, irp);
    if (!mdl) {
        IoFreeIrp(irp);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        RawFreeIrp(irp);
        return status;
    }
    IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_WRITE;
    status = RawSendAndWait(Target, irp);
    IoFreeIrp(irp); // expect: MDL040
    return status;
}
