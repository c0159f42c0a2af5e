// A helper that fails has released what it was given; another leaves that to its caller. One caller mixes the two up.
#include <wdm.h>

typedef struct _REQ {
    PMDL Mdl;
    ULONG Retries;
    NTSTATUS Last;
} REQ, *PREQ;

NTSTATUS QueueInsert(PVOID Queue, ULONG Tag);
NTSTATUS QueueReady(PVOID Queue);

static VOID ReqRelease(PREQ Req)
{
    MmUnlockPages(Req->Mdl);
    IoFreeMdl(Req->Mdl);
}

static NTSTATUS ReqPin(PREQ Req, PVOID Buffer, ULONG Bytes)
{
    Req->Mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, NULL);
    if (!Req->Mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(Req->Mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(Req->Mdl);
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

/* Takes the request over: on failure, too, the caller has nothing more to do with it. */
static NTSTATUS ReqSubmit(PREQ Req, PVOID Queue)
{
    NTSTATUS status = QueueInsert(Queue, 'tseR');

    if (!NT_SUCCESS(status))
        ReqRelease(Req);
    return status;
}

/* Leaves the request with the caller whatever happens, and tries a few times. */
static NTSTATUS ReqTry(PREQ Req, PVOID Queue)
{
    NTSTATUS status;

    Req->Retries = 0;
    do {
        status = QueueReady(Queue);
        Req->Last = status;
    } while (status == STATUS_RETRY && ++Req->Retries < 5);
    return status;
}

NTSTATUS ReqSend_ok(PREQ Req, PVOID Queue, PVOID Buffer, ULONG Bytes)
{
    NTSTATUS status = ReqPin(Req, Buffer, Bytes);

    if (!NT_SUCCESS(status))
        return status;
    status = ReqTry(Req, Queue);
    if (!NT_SUCCESS(status)) {
        ReqRelease(Req);
        return status;
    }
    return ReqSubmit(Req, Queue);
}

NTSTATUS ReqSend_bad(PREQ Req, PVOID Queue, PVOID Buffer, ULONG Bytes)
{
    NTSTATUS status = ReqPin(Req, Buffer, Bytes);

    if (!NT_SUCCESS(status))
        return status;
    status = ReqTry(Req, Queue);
    if (NT_SUCCESS(status))
        status = ReqSubmit(Req, Queue);
    if (!NT_SUCCESS(status))
        ReqRelease(Req); // expect: MDL005
    return status;
}
