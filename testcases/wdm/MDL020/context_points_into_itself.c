// A context points at what it carries behind itself, or else at its caller's memory: that makes it known to nobody else.
// With it, its MDL is lost when the thread that would take it over cannot be made.
#include <ntddk.h>

struct move { LONG from, to; };
struct present { PUCHAR source; PMDL mdl; struct move *moves; struct move *rects; };
struct screen { ULONG id; ULONG sizes[2]; };

KSTART_ROUTINE present_thread;

static NTSTATUS start(PVOID context)
{
    HANDLE thread = NULL;
    NTSTATUS status = PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, present_thread, context);

    if (!NT_SUCCESS(status))
        return status;
    ZwClose(thread);
    return STATUS_PENDING;
}

static struct present *make(struct screen *screen, PUCHAR source, struct move *moves, struct move *rects)
{
    struct present *present = ExAllocatePoolWithTag(NonPagedPool, sizeof(*present) + 2 * sizeof(struct move), 'serP');
    struct move *behind;
    ULONG size;

    if (present == NULL)
        return NULL;
    if (screen->id == 0)
        size = screen->sizes[0];
    else
        size = screen->sizes[1];
    present->moves = moves;
    present->rects = rects;
    present->source = source;
    present->mdl = IoAllocateMdl(source, size, FALSE, FALSE, NULL);
    if (present->mdl == NULL) {
        ExFreePool(present);
        return NULL;
    }
    MmBuildMdlForNonPagedPool(present->mdl);
    behind = (struct move *)(present + 1);
    if (moves) {
        RtlCopyMemory(behind, moves, sizeof(*moves));
        present->moves = behind;
        behind = behind + 1;
    }
    if (rects) {
        RtlCopyMemory(behind, rects, sizeof(*rects));
        present->rects = behind;
    }
    return present;
}

NTSTATUS present_bad(struct screen *screen, PUCHAR source, struct move *moves, struct move *rects)
{
    struct present *present = make(screen, source, moves, rects); // expect: MDL020

    if (present == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    return start(present);
}

NTSTATUS present_ok(struct screen *screen, PUCHAR source, struct move *moves, struct move *rects)
{
    struct present *present = make(screen, source, moves, rects);
    NTSTATUS status;

    if (present == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = start(present);
    if (!NT_SUCCESS(status)) {
        IoFreeMdl(present->mdl);
        ExFreePool(present);
    }
    return status;
}
