// A scattered request builds a chain with one MDL per piece; its clean-up knows the head only.
#include <wdm.h>

typedef struct _PIECE {
    PVOID Address;
    ULONG Bytes;
} PIECE, *PPIECE;

NTSTATUS DiskSubmit(PMDL Chain);

static PMDL PieceLock(const PIECE *Piece)
{
    PMDL mdl = IoAllocateMdl(Piece->Address, Piece->Bytes, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return NULL;
    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return NULL;
    }
    return mdl;
}

static VOID ChainRelease(PMDL Mdl)
{
    while (Mdl) {
        PMDL next = Mdl->Next;

        MmUnlockPages(Mdl);
        IoFreeMdl(Mdl);
        Mdl = next;
    }
}

NTSTATUS Scatter_ok(PPIECE Pieces, ULONG Count)
{
    PMDL head = NULL, *tail = &head;
    NTSTATUS status;
    ULONG i;

    for (i = 0; i < Count; i++) {
        PMDL mdl = PieceLock(&Pieces[i]);

        if (mdl == NULL) {
            ChainRelease(head);
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        *tail = mdl;
        tail = &mdl->Next;
    }
    status = DiskSubmit(head);
    ChainRelease(head);
    return status;
}

NTSTATUS ScatterPair_ok(PPIECE Pieces)
{
    NTSTATUS status;
    PMDL first = PieceLock(&Pieces[0]);

    if (!first)
        return STATUS_INSUFFICIENT_RESOURCES;
    first->Next = PieceLock(&Pieces[1]);
    if (!first->Next) {
        ChainRelease(first);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    status = STATUS_SUCCESS;
    ChainRelease(first);
    return status;
}

NTSTATUS ScatterPair_bad(PPIECE Pieces)
{
    PMDL second;
    PMDL first = PieceLock(&Pieces[0]);

    if (!first)
        return STATUS_INSUFFICIENT_RESOURCES;
    second = PieceLock(&Pieces[1]); // expect: MDL024
    if (!second) {
        ChainRelease(first);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    first->Next = second;
    KeFlushIoBuffers(first, TRUE, FALSE);
    MmUnlockPages(first);
    IoFreeMdl(first);
    return STATUS_SUCCESS;
}
