// A second kernel view is made while the first is live; an MDL has room for one.
#include <wdm.h>

NTSTATUS double_view_bad(PMDL locked, PULONG first_word)
{
    PULONG one, two;

    one = MmMapLockedPagesSpecifyCache(locked, KernelMode, MmCached, NULL, FALSE, LowPagePriority); // step: MDL013
    if (one == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    two = MmMapLockedPagesSpecifyCache(locked, KernelMode, MmCached, NULL, FALSE, LowPagePriority); // expect: MDL013
    if (two != NULL) {
        *first_word = *two;
        MmUnmapLockedPages(two, locked);
    }
    MmUnmapLockedPages(one, locked);
    return STATUS_SUCCESS;
}

NTSTATUS one_view_after_the_other_ok(PMDL locked, PULONG first_word)
{
    PULONG view;

    view = MmMapLockedPagesSpecifyCache(locked, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    if (view == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    *first_word = view[0];
    MmUnmapLockedPages(view, locked);
    view = MmMapLockedPagesSpecifyCache(locked, KernelMode, MmCached, NULL, FALSE, LowPagePriority);
    if (view == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    *first_word += view[1];
    MmUnmapLockedPages(view, locked);
    return STATUS_SUCCESS;
}
