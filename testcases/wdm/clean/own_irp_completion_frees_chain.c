// clean: the completion routine of the driver's own IRP unlocks and frees the chain before IoFreeIrp.
#include <wdm.h>

NTSTATUS NTAPI own_irp_done(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    PMDL mdl, next;

    UNREFERENCED_PARAMETER(device);
    UNREFERENCED_PARAMETER(context);
    for (mdl = irp->MdlAddress; mdl != NULL; mdl = next) {
        next = mdl->Next;
        MmUnlockPages(mdl);
        IoFreeMdl(mdl);
    }
    irp->MdlAddress = NULL;
    IoFreeIrp(irp);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

NTSTATUS own_irp_send(PDEVICE_OBJECT target, PVOID buffer, ULONG length)
{
    PIO_STACK_LOCATION stack;
    PIRP irp = IoAllocateIrp(target->StackSize, FALSE);

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (IoAllocateMdl(buffer, length, FALSE, FALSE, irp) == NULL) {
        IoFreeIrp(irp);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    __try {
        MmProbeAndLockPages(irp->MdlAddress, KernelMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(irp->MdlAddress);
        irp->MdlAddress = NULL;
        IoFreeIrp(irp);
        return GetExceptionCode();
    }
    stack = IoGetNextIrpStackLocation(irp);
    stack->MajorFunction = IRP_MJ_WRITE;
    stack->Parameters.Write.Length = length;
    IoSetCompletionRoutine(irp, own_irp_done, NULL, TRUE, TRUE, TRUE);
    return IoCallDriver(target, irp);
}
