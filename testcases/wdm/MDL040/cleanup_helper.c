// A helper frees the IRP; only its caller knows that an MDL hangs from it. What a context keeps, or what was sent, is not lost.
#include <wdm.h>

struct transfer {
    PMDL mdl;
    PIRP irp;
};

static void discard(PIRP irp)
{
    if (irp)
        IoFreeIrp(irp);
}

NTSTATUS prepare_bad(PDEVICE_OBJECT target, PVOID pool, ULONG length, PIRP *out)
{
    PIRP irp = IoAllocateIrp(target->StackSize, FALSE);
    PMDL mdl;

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);
    if (mdl == NULL) {
        discard(irp);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MmBuildMdlForNonPagedPool(mdl);
    irp->MdlAddress = mdl;
    if (target->Flags & DO_POWER_PAGABLE) {
        discard(irp); // expect: MDL040
        return STATUS_NOT_SUPPORTED;
    }
    *out = irp;
    return STATUS_SUCCESS;
}

/* The context keeps the MDL for the next transfer. */
NTSTATUS keep_ok(struct transfer *transfer, PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    transfer->irp = IoAllocateIrp(target->StackSize, FALSE);
    if (transfer->irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    transfer->mdl = IoAllocateMdl(pool, length, FALSE, FALSE, transfer->irp);
    if (transfer->mdl == NULL) {
        discard(transfer->irp);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MmBuildMdlForNonPagedPool(transfer->mdl);
    discard(transfer->irp);
    transfer->irp = NULL;
    return STATUS_SUCCESS;
}

/* What comes back from below may have lost its MDL on the way: a completion routine can have released it. */
NTSTATUS send_ok(PDEVICE_OBJECT target, PVOID pool, ULONG length)
{
    PIRP irp = IoAllocateIrp(target->StackSize, FALSE);

    if (irp == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (!IoAllocateMdl(pool, length, FALSE, FALSE, irp)) {
        discard(irp);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MmBuildMdlForNonPagedPool(irp->MdlAddress);
    IoCallDriver(target, irp);
    discard(irp);
    return STATUS_SUCCESS;
}
