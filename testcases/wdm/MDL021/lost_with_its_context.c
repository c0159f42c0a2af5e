// The MDL is kept in a context from the pool alone: freeing the context, or losing it, loses the locked pages.
#include <wdm.h>

#define TAG 'xtcL'

typedef struct _TRANSFER {
    LIST_ENTRY Link;
    PMDL Mdl;
} TRANSFER, *PTRANSFER;

typedef struct _QUEUE {
    LIST_ENTRY Transfers;
} QUEUE, *PQUEUE;

BOOLEAN device_is_ready(PVOID device);
void device_takes(PVOID device, PTRANSFER transfer);

static NTSTATUS transfer_pin(PTRANSFER transfer, PVOID buffer, ULONG length)
{
    transfer->Mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (transfer->Mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(transfer->Mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(transfer->Mdl);
        transfer->Mdl = NULL;
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

static void transfer_free(PTRANSFER transfer)
{
    ExFreePoolWithTag(transfer, TAG);
}

NTSTATUS transfer_freed_bad(PVOID device, PVOID buffer, ULONG length)
{
    PTRANSFER transfer = ExAllocatePoolWithTag(NonPagedPool, sizeof(*transfer), TAG);
    NTSTATUS status;

    if (transfer == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = transfer_pin(transfer, buffer, length); // expect: MDL021
    if (!NT_SUCCESS(status)) {
        transfer_free(transfer);
        return status;
    }
    if (!device_is_ready(device)) {
        transfer_free(transfer);
        return STATUS_DEVICE_NOT_READY;
    }
    MmUnlockPages(transfer->Mdl);
    IoFreeMdl(transfer->Mdl);
    transfer_free(transfer);
    return STATUS_SUCCESS;
}

NTSTATUS transfer_lost_bad(PVOID device, PVOID buffer, ULONG length)
{
    PTRANSFER transfer = ExAllocatePoolWithTag(NonPagedPool, sizeof(*transfer), TAG);
    NTSTATUS status;

    if (transfer == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = transfer_pin(transfer, buffer, length); // expect: MDL021
    if (NT_SUCCESS(status)) {
        if (!device_is_ready(device))
            return STATUS_DEVICE_NOT_READY;
        MmUnlockPages(transfer->Mdl);
        IoFreeMdl(transfer->Mdl);
    }
    transfer_free(transfer);
    return status;
}

NTSTATUS transfer_released_ok(PVOID device, PVOID buffer, ULONG length)
{
    PTRANSFER transfer = ExAllocatePoolWithTag(NonPagedPool, sizeof(*transfer), TAG);
    NTSTATUS status;

    if (transfer == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = transfer_pin(transfer, buffer, length);
    if (NT_SUCCESS(status)) {
        if (!device_is_ready(device))
            status = STATUS_DEVICE_NOT_READY;
        MmUnlockPages(transfer->Mdl);
        IoFreeMdl(transfer->Mdl);
    }
    transfer_free(transfer);
    return status;
}

/* Handed on before it holds the MDL: whoever has the context has what is put into it. */
NTSTATUS transfer_handed_on_ok(PVOID device, PVOID buffer, ULONG length)
{
    PTRANSFER transfer = ExAllocatePoolWithTag(NonPagedPool, sizeof(*transfer), TAG);

    if (transfer == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    device_takes(device, transfer);
    return transfer_pin(transfer, buffer, length);
}

NTSTATUS transfer_queued_ok(PQUEUE queue, PVOID buffer, ULONG length)
{
    PTRANSFER transfer = ExAllocatePoolWithTag(NonPagedPool, sizeof(*transfer), TAG);
    NTSTATUS status;

    if (transfer == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = transfer_pin(transfer, buffer, length);
    if (!NT_SUCCESS(status)) {
        transfer_free(transfer);
        return status;
    }
    InsertTailList(&queue->Transfers, &transfer->Link);
    return STATUS_SUCCESS;
}

/* The MDL outlives the block that it was kept in for a while. */
NTSTATUS transfer_taken_over_ok(PVOID buffer, ULONG length)
{
    PTRANSFER transfer = ExAllocatePoolWithTag(NonPagedPool, sizeof(*transfer), TAG);
    NTSTATUS status;
    PMDL mdl;

    if (transfer == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = transfer_pin(transfer, buffer, length);
    mdl = transfer->Mdl;
    transfer_free(transfer);
    if (!NT_SUCCESS(status))
        return status;
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}
