// clean: helpers three deep report through one status; what each of them undoes on failure is not undone again above.
#include <wdm.h>

typedef struct _PIPE_SIDE {
    PMDL Mdl;
    PVOID Kernel;
    PVOID User;
} PIPE_SIDE, *PPIPE_SIDE;

typedef struct _PIPE {
    PIPE_SIDE Read;
    PIPE_SIDE Write;
    ULONG State;
} PIPE, *PPIPE;

NTSTATUS PipeConnect(PPIPE Pipe);

static NTSTATUS SidePin(PPIPE_SIDE Side, PVOID Buffer, ULONG Bytes, BOOLEAN Writable)
{
    NTSTATUS status = STATUS_SUCCESS;

    Side->Mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, NULL);
    if (!Side->Mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(Side->Mdl, UserMode, Writable ? IoWriteAccess : IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        IoFreeMdl(Side->Mdl);
        Side->Mdl = NULL;
    }
    return status;
}

static VOID SideClose(PPIPE_SIDE Side)
{
    if (!Side->Mdl)
        return;
    if (Side->User)
        MmUnmapLockedPages(Side->User, Side->Mdl);
    MmUnlockPages(Side->Mdl);
    IoFreeMdl(Side->Mdl);
    Side->User = NULL;
    Side->Kernel = NULL;
    Side->Mdl = NULL;
}

static NTSTATUS SideOpen(PPIPE_SIDE Side, PVOID Buffer, ULONG Bytes, BOOLEAN Writable)
{
    NTSTATUS status;

    Side->User = NULL;
    Side->Kernel = NULL;
    status = SidePin(Side, Buffer, Bytes, Writable);
    if (!NT_SUCCESS(status))
        return status;
    Side->Kernel = MmGetSystemAddressForMdlSafe(Side->Mdl, NormalPagePriority);
    if (!Side->Kernel) {
        SideClose(Side);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (!Writable)
        return STATUS_SUCCESS;
    __try {
        Side->User = MmMapLockedPagesSpecifyCache(Side->Mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        SideClose(Side);
    }
    return status;
}

NTSTATUS PipeOpen(PPIPE Pipe, PVOID In, PVOID Out, ULONG Bytes)
{
    NTSTATUS status = SideOpen(&Pipe->Read, In, Bytes, FALSE);

    if (!NT_SUCCESS(status))
        goto done;
    status = SideOpen(&Pipe->Write, Out, Bytes, TRUE);
    if (!NT_SUCCESS(status))
        goto close_read;
    status = PipeConnect(Pipe);
    if (NT_SUCCESS(status)) {
        Pipe->State = 1;
        goto done;
    }
    SideClose(&Pipe->Write);
close_read:
    SideClose(&Pipe->Read);
done:
    return status;
}

NTSTATUS PipeOnce(PVOID In, PVOID Out, ULONG Bytes)
{
    PIPE pipe;
    NTSTATUS status = PipeOpen(&pipe, In, Out, Bytes);

    if (!NT_SUCCESS(status))
        return status;
    SideClose(&pipe.Write);
    SideClose(&pipe.Read);
    return STATUS_SUCCESS;
}
