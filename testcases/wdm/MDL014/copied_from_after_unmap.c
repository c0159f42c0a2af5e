// The copy stands one line behind the unmap of its source.
#include <wdm.h>

NTSTATUS fetch_bad(PMDL locked, PVOID target, ULONG length)
{
    PVOID view = MmMapLockedPagesSpecifyCache(locked, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);

    if (view == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmUnmapLockedPages(view, locked);    // step: MDL014
    RtlCopyMemory(target, view, length); // expect: MDL014
    return STATUS_SUCCESS;
}

NTSTATUS fetch_ok(PMDL locked, PVOID target, ULONG length)
{
    PVOID view = MmMapLockedPagesSpecifyCache(locked, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);

    if (view == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlCopyMemory(target, view, length);
    MmUnmapLockedPages(view, locked);
    return STATUS_SUCCESS;
}
