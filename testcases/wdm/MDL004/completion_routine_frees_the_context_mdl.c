// An asynchronous write keeps its MDL in a context that the completion routine takes down; one of them forgets the lock.
#include <wdm.h>

#define ASYNC_TAG 'cnsA'

typedef struct _ASYNC_WRITE {
    PMDL Mdl;
    PIRP Irp;
    PIO_WORKITEM Item;
    LONG *Outstanding;
} ASYNC_WRITE, *PASYNC_WRITE;

static NTSTATUS NTAPI AsyncDone_ok(PDEVICE_OBJECT Device, PIRP Irp, PVOID Context)
{
    PASYNC_WRITE write = Context;

    UNREFERENCED_PARAMETER(Device);
    InterlockedDecrement(write->Outstanding);
    if (write->Mdl != NULL) {
        MmUnlockPages(write->Mdl);
        IoFreeMdl(write->Mdl);
    }
    Irp->MdlAddress = NULL;
    IoFreeIrp(Irp);
    ExFreePoolWithTag(write, ASYNC_TAG);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

/* Locks again to look at the pages, then goes out without undoing its own lock. */
static NTSTATUS NTAPI AsyncDone_bad(PDEVICE_OBJECT Device, PIRP Irp, PVOID Context)
{
    PASYNC_WRITE write = (PASYNC_WRITE)Context;

    UNREFERENCED_PARAMETER(Device);
    if (!NT_SUCCESS(Irp->IoStatus.Status)) {
        MmUnlockPages(write->Mdl);
        __try {
            MmProbeAndLockPages(write->Mdl, KernelMode, IoReadAccess);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            IoFreeMdl(write->Mdl);
            goto done;
        }
    }
    if (NT_SUCCESS(Irp->IoStatus.Status))
        MmUnlockPages(write->Mdl);
    IoFreeMdl(write->Mdl); // expect: MDL004
done:
    Irp->MdlAddress = NULL;
    IoFreeIrp(Irp);
    ExFreePoolWithTag(write, ASYNC_TAG);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS AsyncStart(PDEVICE_OBJECT Target, PVOID Buffer, ULONG Bytes, LONG *Outstanding,
                           PIO_COMPLETION_ROUTINE Done)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    PASYNC_WRITE write = ExAllocatePoolWithTag(NonPagedPool, sizeof(*write), ASYNC_TAG);

    if (write == NULL)
        return status;
    write->Outstanding = Outstanding;
    write->Irp = IoAllocateIrp(Target->StackSize, FALSE);
    if (write->Irp == NULL)
        goto free_context;
    write->Mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, NULL);
    if (write->Mdl == NULL)
        goto free_irp;
    __try {
        MmProbeAndLockPages(write->Mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        goto free_mdl;
    }
    write->Irp->MdlAddress = write->Mdl;
    IoGetNextIrpStackLocation(write->Irp)->MajorFunction = IRP_MJ_WRITE;
    IoSetCompletionRoutine(write->Irp, Done, write, TRUE, TRUE, TRUE);
    InterlockedIncrement(Outstanding);
    IoCallDriver(Target, write->Irp);
    return STATUS_PENDING;

free_mdl:
    IoFreeMdl(write->Mdl);
free_irp:
    IoFreeIrp(write->Irp);
free_context:
    ExFreePoolWithTag(write, ASYNC_TAG);
    return status;
}

NTSTATUS AsyncWrite_ok(PDEVICE_OBJECT Target, PVOID Buffer, ULONG Bytes, LONG *Outstanding)
{
    return AsyncStart(Target, Buffer, Bytes, Outstanding, AsyncDone_ok);
}

NTSTATUS AsyncWriteChecked_ok(PDEVICE_OBJECT Target, PVOID Buffer, ULONG Bytes, LONG *Outstanding)
{
    return AsyncStart(Target, Buffer, Bytes, Outstanding, AsyncDone_bad);
}
