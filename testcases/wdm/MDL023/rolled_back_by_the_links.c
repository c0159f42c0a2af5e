// The rings of a list are set up from its first to its last. When that fails, those that have been are undone, by the links that lead back.
#include <wdm.h>

struct ring { LIST_ENTRY link; PMDL mdl; };
struct spare { PMDL mdl; LIST_ENTRY link; };
struct receiver { LIST_ENTRY rings, spares; PVOID store; };

NTSTATUS announce(PVOID store);

static PMDL pages_get(void)
{
    PHYSICAL_ADDRESS low = {.QuadPart = 0}, high = {.QuadPart = -1};

    return MmAllocatePagesForMdlEx(low, high, low, PAGE_SIZE, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
}

static void pages_put(PMDL *mdl)
{
    MmFreePagesFromMdl(*mdl);
    ExFreePool(*mdl);
    *mdl = NULL;
}

/* With two rings; the first is behind the second. */
static BOOLEAN connect_both(struct receiver *receiver)
{
    struct ring *ring = CONTAINING_RECORD(receiver->rings.Flink, struct ring, link);

    ring->mdl = pages_get();
    if (ring->mdl == NULL)
        return FALSE;
    ring = CONTAINING_RECORD(ring->link.Flink, struct ring, link);
    ring->mdl = pages_get();
    if (ring->mdl != NULL)
        return TRUE;
    ring = CONTAINING_RECORD(ring->link.Blink, struct ring, link);
    pages_put(&ring->mdl);
    return FALSE;
}

BOOLEAN connect_again_ok(struct receiver *receiver)
{
    return connect_both(receiver) || connect_both(receiver);
}

/* The same, with links that are not at the beginning, and one step too far back. */
static BOOLEAN fill_both(struct receiver *receiver)
{
    struct spare *spare = CONTAINING_RECORD(receiver->spares.Flink, struct spare, link);

    spare->mdl = pages_get();
    if (spare->mdl == NULL)
        return FALSE;
    spare = CONTAINING_RECORD(spare->link.Flink, struct spare, link);
    spare->mdl = pages_get();
    if (spare->mdl != NULL)
        return TRUE;
    if (spare->link.Blink->Blink != &receiver->spares) {
        spare = CONTAINING_RECORD(spare->link.Blink->Blink, struct spare, link);
        pages_put(&spare->mdl);
    }
    return FALSE;
}

BOOLEAN fill_again_bad(struct receiver *receiver)
{
    return fill_both(receiver) || // expect: MDL023
           fill_both(receiver);
}

/* From the list's end: the last spare is the one that was found to be followed by none. */
NTSTATUS start_ok(struct receiver *receiver)
{
    struct spare *spare = CONTAINING_RECORD(receiver->spares.Flink, struct spare, link);
    NTSTATUS status;

    if (receiver->spares.Flink == &receiver->spares || spare->link.Flink != &receiver->spares)
        return STATUS_INVALID_PARAMETER;
    spare->mdl = pages_get();
    if (spare->mdl == NULL)
        return STATUS_NO_MEMORY;
    status = announce(receiver->store);
    if (!NT_SUCCESS(status) && receiver->spares.Blink != &receiver->spares) {
        spare = CONTAINING_RECORD(receiver->spares.Blink, struct spare, link);
        pages_put(&spare->mdl);
    }
    if (!NT_SUCCESS(status))
        receiver->spares.Flink = NULL;
    return status;
}

/* The list is not empty, from whichever end it is looked at. */
NTSTATUS start_any_ok(struct receiver *receiver)
{
    PMDL mdl;
    NTSTATUS status;

    if (receiver->spares.Flink == &receiver->spares)
        return STATUS_INVALID_PARAMETER;
    mdl = pages_get();
    if (mdl == NULL)
        return STATUS_NO_MEMORY;
    status = announce(receiver->store);
    if (receiver->spares.Blink != &receiver->spares)
        pages_put(&mdl);
    return status;
}

NTSTATUS start_any_bad(struct receiver *receiver)
{
    PMDL mdl;
    NTSTATUS status;

    if (receiver->spares.Flink == &receiver->spares)
        return STATUS_INVALID_PARAMETER;
    mdl = pages_get(); // expect: MDL023
    if (mdl == NULL)
        return STATUS_NO_MEMORY;
    status = announce(receiver->store);
    if (receiver->spares.Blink->Blink != &receiver->spares)
        pages_put(&mdl);
    return status;
}
