// Two locked MDLs are mapped; one is unmapped with the other's address.
#include <wdm.h>

void merge_and_unlock_bad(PMDL left, PMDL right, ULONG length)
{
    PVOID from, to;

    from = MmMapLockedPagesSpecifyCache(left, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    to = MmMapLockedPagesSpecifyCache(right, KernelMode, MmCached, NULL, FALSE, NormalPagePriority); // step: MDL012
    if (from != NULL && to != NULL) {
        RtlCopyMemory(to, from, length);
        MmUnmapLockedPages(to, left); // expect: MDL012
    }
    MmUnlockPages(left);
    MmUnlockPages(right);
}

void merge_and_unlock_ok(PMDL left, PMDL right, ULONG length)
{
    PVOID from, to;

    from = MmMapLockedPagesSpecifyCache(left, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    to = MmMapLockedPagesSpecifyCache(right, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    if (from != NULL && to != NULL) {
        RtlCopyMemory(to, from, length);
        MmUnmapLockedPages(to, right);
    }
    MmUnlockPages(left);
    MmUnlockPages(right);
}
