// Between the making of the MDL and its release stands a loop that has nothing to do with it.
#include <wdm.h>

#define TAGS 512

struct tag { ULONG next; };
struct ring { PMDL mdl; ULONG head; PVOID handle; struct tag tags[TAGS]; };

NTSTATUS grant(PVOID *handle);

static BOOLEAN prepare(struct ring *ring)
{
    PHYSICAL_ADDRESS low = {.QuadPart = 0}, high = {.QuadPart = -1};
    ULONG i;

    ring->mdl = MmAllocatePagesForMdlEx(low, high, low, PAGE_SIZE, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
    if (ring->mdl == NULL)
        return FALSE;
    ring->head = TAGS;
    for (i = 0; i < TAGS; i++) {
        struct tag *tag = &ring->tags[i];

        tag->next = ring->head;
        ring->head = i;
    }
    return TRUE;
}

NTSTATUS connect_bad(struct ring *ring)
{
    PHYSICAL_ADDRESS low = {.QuadPart = 0}, high = {.QuadPart = -1};
    NTSTATUS status;
    ULONG i;

    ring->mdl = MmAllocatePagesForMdlEx(low, high, low, PAGE_SIZE, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
    if (ring->mdl == NULL)
        return STATUS_NO_MEMORY;
    for (i = 0; i < TAGS; i++)
        ring->tags[i].next = i;
    status = grant(&ring->handle);
    if (NT_SUCCESS(status))
        return status;
    MmFreePagesFromMdl(ring->mdl); // expect: MDL009
    ring->mdl = NULL;
    return status;
}

NTSTATUS connect_ok(struct ring *ring)
{
    NTSTATUS status;

    if (!prepare(ring))
        return STATUS_NO_MEMORY;
    status = grant(&ring->handle);
    if (NT_SUCCESS(status))
        return status;
    MmFreePagesFromMdl(ring->mdl);
    ExFreePool(ring->mdl);
    ring->mdl = NULL;
    return status;
}
