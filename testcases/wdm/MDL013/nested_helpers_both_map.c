// The outer function holds a view while the helper it calls makes another.
#include <wdm.h>

static NTSTATUS clear_pages(PMDL locked, ULONG length)
{
    PVOID view = MmMapLockedPagesSpecifyCache(locked, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);

    if (view == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(view, length);
    MmUnmapLockedPages(view, locked);
    return STATUS_SUCCESS;
}

NTSTATUS reset_ring_bad(PMDL locked, ULONG length, PULONG head)
{
    NTSTATUS status;
    PULONG ring = MmMapLockedPagesSpecifyCache(locked, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);

    if (ring == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    *head = ring[0];
    status = clear_pages(locked, length); // expect: MDL013
    MmUnmapLockedPages(ring, locked);
    return status;
}

NTSTATUS reset_ring_ok(PMDL locked, ULONG length, PULONG head)
{
    PULONG ring = MmMapLockedPagesSpecifyCache(locked, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);

    if (ring == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    *head = ring[0];
    MmUnmapLockedPages(ring, locked);
    return clear_pages(locked, length);
}
