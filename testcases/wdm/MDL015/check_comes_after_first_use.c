// The test for NULL is there, but the first write comes before it.
#include <wdm.h>

NTSTATUS stamp_bad(PMDL locked, ULONG value)
{
    PULONG view = MmMapLockedPagesSpecifyCache(locked, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);

    view[0] = value; // expect: MDL015
    if (view == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    view[1] = value;
    MmUnmapLockedPages(view, locked);
    return STATUS_SUCCESS;
}

NTSTATUS stamp_ok(PMDL locked, ULONG value)
{
    PULONG view = MmMapLockedPagesSpecifyCache(locked, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);

    if (!view)
        return STATUS_INSUFFICIENT_RESOURCES;
    view[0] = value;
    view[1] = value;
    MmUnmapLockedPages(view, locked);
    return STATUS_SUCCESS;
}
