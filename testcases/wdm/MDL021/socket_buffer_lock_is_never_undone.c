// A request to a network provider locks the caller's buffer and frees nothing of it on the synchronous way out.
#include <wdm.h>

typedef struct _NET_BUF {
    PMDL Mdl;
    ULONG Offset;
    SIZE_T Length;
} NET_BUF, *PNET_BUF;

typedef struct _NET_SOCKET {
    PVOID Provider;
    KEVENT Completed;
} NET_SOCKET, *PNET_SOCKET;

NTSTATUS NetProviderSend(PVOID Provider, PNET_BUF Buffer, PKEVENT Event);

static NTSTATUS NetBufInit(PVOID Data, SIZE_T Length, PNET_BUF Buf)
{
    NTSTATUS status = STATUS_SUCCESS;

    Buf->Offset = 0;
    Buf->Length = Length;
    Buf->Mdl = IoAllocateMdl(Data, (ULONG)Length, FALSE, FALSE, NULL);
    if (Buf->Mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(Buf->Mdl, KernelMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = STATUS_ACCESS_VIOLATION;
        IoFreeMdl(Buf->Mdl);
    }
    return status;
}

static void NetBufClear(PNET_BUF Buf)
{
    MmUnlockPages(Buf->Mdl);
    IoFreeMdl(Buf->Mdl);
}

NTSTATUS NetSend_ok(PNET_SOCKET Socket, PVOID Data, SIZE_T Length)
{
    NET_BUF buf;
    NTSTATUS status = NetBufInit(Data, Length, &buf);

    if (!NT_SUCCESS(status))
        return status;
    KeClearEvent(&Socket->Completed);
    status = NetProviderSend(Socket->Provider, &buf, &Socket->Completed);
    if (status == STATUS_PENDING)
        KeWaitForSingleObject(&Socket->Completed, Executive, KernelMode, FALSE, NULL);
    NetBufClear(&buf);
    return status;
}

/* Nobody but this function has the buffer: the socket is not even open yet. */
NTSTATUS NetCheck_bad(PNET_SOCKET Socket, PVOID Data, SIZE_T Length)
{
    NET_BUF buf;
    NTSTATUS status = NetBufInit(Data, Length, &buf); // expect: MDL021

    if (!NT_SUCCESS(status))
        return status;
    if (Socket->Provider == NULL)
        return STATUS_INVALID_HANDLE;
    KeClearEvent(&Socket->Completed);
    NetBufClear(&buf);
    return STATUS_SUCCESS;
}

/* Only the descriptor is freed. */
NTSTATUS NetShutdown_bad(PNET_SOCKET Socket, PVOID Data, SIZE_T Length)
{
    NET_BUF buf;
    NTSTATUS status = NetBufInit(Data, Length, &buf);

    if (!NT_SUCCESS(status))
        return status;
    KeClearEvent(&Socket->Completed);
    IoFreeMdl(buf.Mdl); // expect: MDL004
    return STATUS_SUCCESS;
}
