// IoAllocateMdl with SecondaryBuffer TRUE appends to the IRP's chain, with FALSE it puts the new MDL in the place of what was there.
#include <wdm.h>

NTSTATUS send_and_wait(PIRP irp);
NTSTATUS reserve_slot(void);

static PIRP irp_with_header(PVOID header, CCHAR stack)
{
    PIRP irp = IoAllocateIrp(stack, FALSE);

    if (irp == NULL)
        return NULL;
    if (IoAllocateMdl(header, 64, FALSE, FALSE, irp) == NULL) {
        IoFreeIrp(irp);
        return NULL;
    }
    MmBuildMdlForNonPagedPool(irp->MdlAddress);
    return irp;
}

static VOID irp_free(PIRP irp)
{
    PMDL mdl, next;

    for (mdl = irp->MdlAddress; mdl != NULL; mdl = next) {
        next = mdl->Next;
        IoFreeMdl(mdl);
    }
    irp->MdlAddress = NULL;
    IoFreeIrp(irp);
}

NTSTATUS append_ok(PVOID header, PVOID body, ULONG length, CCHAR stack)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    PIRP irp = irp_with_header(header, stack);
    PMDL second;

    if (irp == NULL)
        return status;
    second = IoAllocateMdl(body, length, TRUE, FALSE, irp);
    if (second != NULL) {
        MmBuildMdlForNonPagedPool(second);
        status = send_and_wait(irp);
    }
    irp_free(irp);
    return status;
}

/* The second hangs behind the first, and is lost with the IRP. */
NTSTATUS free_the_head_bad(PVOID header, PVOID body, ULONG length, CCHAR stack)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    PIRP irp = irp_with_header(header, stack);

    if (irp == NULL)
        return status;
    if (IoAllocateMdl(body, length, TRUE, FALSE, irp) != NULL) // expect: MDL024
        status = reserve_slot();
    IoFreeMdl(irp->MdlAddress);
    irp->MdlAddress = NULL;
    IoFreeIrp(irp);
    return status;
}

/* An empty chain begins with it; a longer one is taken apart as a whole. */
NTSTATUS append_three_ok(PVOID header, PVOID body, PVOID trailer, ULONG length)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    PIRP irp = IoAllocateIrp(2, FALSE);

    if (irp == NULL)
        return status;
    if (IoAllocateMdl(header, 64, TRUE, FALSE, irp) != NULL && IoAllocateMdl(body, length, TRUE, FALSE, irp) != NULL &&
        IoAllocateMdl(trailer, 64, TRUE, FALSE, irp) != NULL)
        status = reserve_slot();
    irp_free(irp);
    return status;
}

/* The IRP is somebody else's, and with it what is appended. */
NTSTATUS append_to_theirs_ok(PIRP irp, PVOID body, ULONG length)
{
    PMDL mdl = IoAllocateMdl(body, length, TRUE, FALSE, irp);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    return STATUS_SUCCESS;
}

/* The first MDL is no longer on the IRP, and nobody else knows it. */
NTSTATUS replace_bad(PVOID header, PVOID body, ULONG length)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    PIRP irp = IoAllocateIrp(2, FALSE);

    if (irp == NULL)
        return status;
    if (IoAllocateMdl(header, 64, FALSE, FALSE, irp) == NULL) { // expect: MDL020
        IoFreeIrp(irp);
        return status;
    }
    MmBuildMdlForNonPagedPool(irp->MdlAddress);
    if (IoAllocateMdl(body, length, FALSE, FALSE, irp) != NULL) {
        MmBuildMdlForNonPagedPool(irp->MdlAddress);
        status = send_and_wait(irp);
    }
    irp_free(irp);
    return status;
}

/* What was there before is kept, and put back. */
NTSTATUS replace_and_put_back_ok(PVOID header, PVOID body, ULONG length)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    PIRP irp = IoAllocateIrp(2, FALSE);
    PMDL first;

    if (irp == NULL)
        return status;
    first = IoAllocateMdl(header, 64, FALSE, FALSE, irp);
    if (first == NULL) {
        IoFreeIrp(irp);
        return status;
    }
    MmBuildMdlForNonPagedPool(first);
    if (IoAllocateMdl(body, length, FALSE, FALSE, irp) != NULL) {
        MmBuildMdlForNonPagedPool(irp->MdlAddress);
        status = send_and_wait(irp);
        IoFreeMdl(irp->MdlAddress);
        irp->MdlAddress = first;
    }
    irp_free(irp);
    return status;
}
