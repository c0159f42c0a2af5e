// An array of MDLs and one of addresses with the same index.
#include <wdm.h>

#define SLOTS 2

NTSTATUS gather(PVOID *views);

static PVOID view_of(PMDL locked)
{
    return MmMapLockedPagesSpecifyCache(locked, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
}

void compare_slots_bad(PMDL mdl[SLOTS], PBOOLEAN equal)
{
    PVOID view[SLOTS];

    view[0] = view_of(mdl[0]);
    view[1] = view_of(mdl[1]);
    *equal = FALSE;
    if (view[0] != NULL && view[1] != NULL) {
        *equal = *(PULONG)view[0] == *(PULONG)view[1];
        MmUnmapLockedPages(view[0], mdl[1]); // expect: MDL012
    }
    MmUnlockPages(mdl[0]);
    MmUnlockPages(mdl[1]);
}

NTSTATUS gather_slots_ok(PMDL mdl[SLOTS])
{
    PVOID view[SLOTS];
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;

    view[0] = view_of(mdl[0]);
    view[1] = view_of(mdl[1]);
    if (view[0] != NULL && view[1] != NULL)
        status = gather(view);
    if (view[1] != NULL)
        MmUnmapLockedPages(view[1], mdl[1]);
    if (view[0] != NULL)
        MmUnmapLockedPages(view[0], mdl[0]);
    MmUnlockPages(mdl[1]);
    MmUnlockPages(mdl[0]);
    return status;
}
