// A buffer is locked and lent to a socket; the WSK_BUF on the stack still names the MDL when the request is done.
#include <ntddk.h>

typedef struct _WSK_SOCKET {
    const void *Dispatch;
} WSK_SOCKET, *PWSK_SOCKET;

typedef struct _WSK_BUF {
    PMDL Mdl;
    ULONG Offset;
    SIZE_T Length;
} WSK_BUF, *PWSK_BUF;

typedef struct _WSK_PROVIDER_CONNECTION_DISPATCH {
    NTSTATUS (*WskSend)(PWSK_SOCKET socket, PWSK_BUF buffer, ULONG flags, PIRP irp);
    NTSTATUS (*WskReceive)(PWSK_SOCKET socket, PWSK_BUF buffer, ULONG flags, PIRP irp);
} WSK_PROVIDER_CONNECTION_DISPATCH;

typedef struct _CONNECTION {
    PWSK_SOCKET socket;
    const WSK_PROVIDER_CONNECTION_DISPATCH *dispatch;
    PIRP irp;
    KEVENT done;
} CONNECTION, *PCONNECTION;

static NTSTATUS send_or_receive(PCONNECTION connection, PWSK_BUF buffer, BOOLEAN send)
{
    NTSTATUS status;

    KeClearEvent(&connection->done);
    if (send)
        status = connection->dispatch->WskSend(connection->socket, buffer, 0, connection->irp);
    else
        status = connection->dispatch->WskReceive(connection->socket, buffer, 0, connection->irp);
    if (status == STATUS_PENDING) {
        KeWaitForSingleObject(&connection->done, Executive, KernelMode, FALSE, NULL);
        status = connection->irp->IoStatus.Status;
    }
    return status;
}

NTSTATUS transfer_bad(PCONNECTION connection, PVOID data, ULONG length, BOOLEAN send)
{
    WSK_BUF buffer = {NULL, 0, length};
    NTSTATUS status;

    buffer.Mdl = IoAllocateMdl(data, length, FALSE, FALSE, NULL);
    if (!buffer.Mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(buffer.Mdl, KernelMode, IoWriteAccess); // step: MDL004
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = STATUS_ACCESS_VIOLATION;
        goto exit;
    }
    status = send_or_receive(connection, &buffer, send);
exit:
    IoFreeMdl(buffer.Mdl); // expect: MDL004
    return status;
}

NTSTATUS transfer_ok(PCONNECTION connection, PVOID data, ULONG length, BOOLEAN send)
{
    WSK_BUF buffer = {NULL, 0, length};
    NTSTATUS status;

    buffer.Mdl = IoAllocateMdl(data, length, FALSE, FALSE, NULL);
    if (!buffer.Mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(buffer.Mdl, KernelMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = STATUS_ACCESS_VIOLATION;
        goto error;
    }
    status = send_or_receive(connection, &buffer, send);
    MmUnlockPages(buffer.Mdl);
error:
    IoFreeMdl(buffer.Mdl);
    return status;
}
