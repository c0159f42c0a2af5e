// The routine without flags can always come out short.
#include <wdm.h>

struct ring {
    PMDL mdl;
    ULONG *words;
    ULONG count;
};

static NTSTATUS ring_init(struct ring *ring, ULONG count)
{
    PHYSICAL_ADDRESS low = {0}, high = {.QuadPart = 0xffffffff}, skip = {0};

    ring->mdl = MmAllocatePagesForMdl(low, high, skip, count * sizeof(ULONG));
    if (ring->mdl == NULL)
        return STATUS_NO_MEMORY;
    ring->words = MmGetSystemAddressForMdlSafe(ring->mdl, NormalPagePriority);
    if (ring->words == NULL) {
        MmFreePagesFromMdl(ring->mdl);
        ExFreePool(ring->mdl);
        ring->mdl = NULL;
        return STATUS_NO_MEMORY;
    }
    ring->count = count;
    return STATUS_SUCCESS;
}

NTSTATUS ring_start_bad(struct ring *ring, ULONG count)
{
    NTSTATUS status = ring_init(ring, count);

    if (NT_SUCCESS(status))
        ring->words[count - 1] = 0; // expect: MDL033
    return status;
}

NTSTATUS ring_start_ok(struct ring *ring, ULONG count)
{
    NTSTATUS status = ring_init(ring, count);

    if (NT_SUCCESS(status) && MmGetMdlByteCount(ring->mdl) >= count * sizeof(ULONG))
        ring->words[count - 1] = 0;
    return status;
}

/* Whoever gets it may look. */
BOOLEAN is_big_enough(PMDL mdl, ULONG count);

NTSTATUS ring_ask_ok(struct ring *ring, ULONG count)
{
    NTSTATUS status = ring_init(ring, count);

    if (NT_SUCCESS(status) && is_big_enough(ring->mdl, count))
        ring->words[0] = 0;
    return status;
}
