// What is cleared holds nothing any more, a copy holds what the original held, and an exchange gives out what was there.
#include <wdm.h>
#include <string.h>

struct slot { PMDL mdl; ULONG state; };

static void slot_release(struct slot *slot)
{
    if (slot->mdl != NULL)
        IoFreeMdl(slot->mdl);
}

void cleared_ok(struct slot *slot)
{
    slot_release(slot);
    memset(slot, 0, sizeof(*slot));
    slot_release(slot);
}

void cleared_by_the_kernel_ok(struct slot *slot)
{
    slot_release(slot);
    RtlZeroMemory(slot, sizeof(*slot));
    slot_release(slot);
}

void not_cleared_bad(struct slot *slot, struct slot *other)
{
    slot_release(slot);
    memset(other, 0, sizeof(*other));
    slot_release(slot); // expect: MDL006
}

/* Filled with something, it is something else: only what is not zero. */
void filled_ok(struct slot *slot, int pattern)
{
    slot_release(slot);
    memset(slot, pattern, sizeof(*slot));
    slot_release(slot);
}

void copied_bad(struct slot *slot)
{
    struct slot copy;

    memcpy(&copy, slot, sizeof(copy));
    slot_release(slot);
    slot_release(&copy); // expect: MDL006
}

void copied_ok(struct slot *slot)
{
    struct slot copy;

    RtlCopyMemory(&copy, slot, sizeof(copy));
    slot->mdl = NULL;
    slot_release(slot);
    slot_release(&copy);
}

void exchanged_ok(struct slot *slot)
{
    PMDL mdl = InterlockedExchangePointer((PVOID *)&slot->mdl, NULL);

    if (mdl != NULL)
        IoFreeMdl(mdl);
    slot_release(slot);
}

void exchanged_bad(struct slot *slot, PMDL next)
{
    PMDL mdl = InterlockedExchangePointer((PVOID *)&slot->mdl, next);

    if (mdl != NULL)
        IoFreeMdl(mdl);
    slot_release(slot);
    IoFreeMdl(mdl); // expect: MDL006
}

/* Whoever loses the race frees its own MDL. */
void published_ok(struct slot *slot, PVOID buffer)
{
    PMDL mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return;
    if (InterlockedCompareExchangePointer((PVOID *)&slot->mdl, mdl, NULL) != NULL)
        IoFreeMdl(mdl);
}

void published_bad(struct slot *slot, PMDL mdl)
{
    if (InterlockedCompareExchangePointer((PVOID *)&slot->mdl, mdl, NULL) != NULL)
        IoFreeMdl(mdl);
    IoFreeMdl(mdl); // expect: MDL006
}
