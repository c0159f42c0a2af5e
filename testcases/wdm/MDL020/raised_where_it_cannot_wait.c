// A piece that needs a buffer of its own is raised for when the request cannot wait: whoever does not wait has none to free.
// clean
#include <ntifs.h>

typedef struct _PIECE {
    PVOID buffer;
    PMDL mdl;
} PIECE;

typedef struct _REQUEST {
    ULONG flags, status;
    PIRP irp;
} REQUEST;

#define CAN_WAIT 1

static DECLSPEC_NORETURN void raise(REQUEST *request, NTSTATUS status)
{
    request->status = status;
    ExRaiseStatus(status);
}

static BOOLEAN prepare(REQUEST *request, ULONG offset, PIECE *pieces, ULONG *count, ULONG *bytes)
{
    BOOLEAN has_own = FALSE;
    PIECE *piece = pieces;

    for (*count = 0; *count < 4 && *bytes; piece++, (*count)++) {
        if ((offset & 2047) || (*bytes & 2047)) {
            if (!(request->flags & CAN_WAIT))
                raise(request, STATUS_CANT_WAIT);
            piece->buffer = ExAllocatePoolWithTag(NonPagedPool, PAGE_SIZE, 'eceP');
            if (!piece->buffer)
                raise(request, STATUS_INSUFFICIENT_RESOURCES);
            piece->mdl = IoAllocateMdl(piece->buffer, PAGE_SIZE, FALSE, FALSE, NULL);
            if (!piece->mdl)
                raise(request, STATUS_INSUFFICIENT_RESOURCES);
            MmBuildMdlForNonPagedPool(piece->mdl);
            has_own = TRUE;
        } else {
            piece->mdl = request->irp->MdlAddress;
        }
        offset += 2048;
        *bytes -= *bytes < 2048 ? *bytes : 2048;
    }
    return has_own;
}

static void finish(REQUEST *request, PIECE *pieces, ULONG count)
{
    for (ULONG i = 0; i < count; i++)
        if (pieces[i].mdl && pieces[i].mdl != request->irp->MdlAddress) {
            IoFreeMdl(pieces[i].mdl);
            if (pieces[i].buffer)
                ExFreePoolWithTag(pieces[i].buffer, 'eceP');
        }
}

NTSTATUS read_ok(REQUEST *request, ULONG offset, ULONG bytes)
{
    PIECE pieces[4];
    ULONG count = 0;
    NTSTATUS status = STATUS_SUCCESS;

    __try {
        RtlZeroMemory(pieces, sizeof(pieces));
        prepare(request, offset, pieces, &count, &bytes);
        if (!(request->flags & CAN_WAIT)) {
            count = 0;
            status = STATUS_PENDING;
        }
    } __finally {
        if (count != 0)
            finish(request, pieces, count);
    }
    return status;
}
