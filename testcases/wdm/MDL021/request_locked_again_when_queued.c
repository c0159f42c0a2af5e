// clean: a request is locked when it has to wait, and once more, where that is still needed, when it is queued; its MDL stays in the IRP.
#include <ntifs.h>

typedef struct _REQUEST {
    PIRP Irp;
    PDEVICE_OBJECT Device;
    ULONG Flags;
    UCHAR Major, Minor;
    WORK_QUEUE_ITEM Item;
} REQUEST, *PREQUEST;

#define REQUEST_QUEUED 1
#define REQUEST_ENDS 4
#define REQUEST_UNCACHED 8

extern NPAGED_LOOKASIDE_LIST requests;
NTSTATUS handle(PREQUEST request);
NTSTATUS copy_to_cache(PIRP irp);

static NTSTATUS lock_buffer(PIRP irp, ULONG length, LOCK_OPERATION access)
{
    if (irp->MdlAddress != NULL)
        return STATUS_SUCCESS;
    IoAllocateMdl(irp->UserBuffer, length, FALSE, FALSE, irp);
    if (irp->MdlAddress == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(irp->MdlAddress, irp->RequestorMode, access);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(irp->MdlAddress);
        irp->MdlAddress = NULL;
        return STATUS_INVALID_USER_BUFFER;
    }
    return STATUS_SUCCESS;
}

static VOID NTAPI work(PVOID context)
{
    handle(context);
}

static NTSTATUS queue(PREQUEST request)
{
    request->Flags |= REQUEST_QUEUED;
    if (request->Irp != NULL && (request->Major == IRP_MJ_READ || request->Major == IRP_MJ_WRITE))
        if (!(request->Minor & IRP_MN_MDL))
            lock_buffer(request->Irp, PAGE_SIZE, request->Major == IRP_MJ_READ ? IoWriteAccess : IoReadAccess);
    IoMarkIrpPending(request->Irp);
    ExInitializeWorkItem(&request->Item, work, request);
    ExQueueWorkItem(&request->Item, CriticalWorkQueue);
    return STATUS_PENDING;
}

static NTSTATUS complete(PREQUEST request, NTSTATUS status)
{
    PIRP irp = request->Irp;

    if (irp != NULL) {
        irp->IoStatus.Status = status;
        IoCompleteRequest(irp, NT_SUCCESS(status) ? IO_DISK_INCREMENT : IO_NO_INCREMENT);
        request->Irp = NULL;
    }
    ExFreeToNPagedLookasideList(&requests, request);
    return status;
}

/* The lower driver completes the IRP. */
static NTSTATUS send(PREQUEST request)
{
    PIRP irp = request->Irp;

    IoMarkIrpPending(irp);
    request->Irp = NULL;
    return IoCallDriver(request->Device, irp);
}

NTSTATUS write_ok(PREQUEST request, ULONG length)
{
    NTSTATUS status = STATUS_SUCCESS;
    PIRP irp = NULL;

    __try {
        irp = request->Irp;
        if (request->Flags & REQUEST_ENDS) {
            irp = NULL;
            __leave;
        }
        status = copy_to_cache(irp);
        if (request->Flags & REQUEST_UNCACHED) {
            status = lock_buffer(request->Irp, length, IoReadAccess);
            if (!NT_SUCCESS(status))
                __leave;
            status = send(request);
            irp = request->Irp;
        }
    } __finally {
        if (irp == NULL) {
            ExFreeToNPagedLookasideList(&requests, request);
        } else if (status == STATUS_PENDING) {
            status = lock_buffer(request->Irp, length, IoReadAccess);
            if (NT_SUCCESS(status))
                status = queue(request);
            else
                complete(request, status);
        } else {
            complete(request, status);
        }
    }
    return status;
}
