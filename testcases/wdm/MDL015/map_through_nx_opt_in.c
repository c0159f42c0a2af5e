// A driver built with POOL_NX_OPTIN calls the mapping routine by the name of an inline function of the header.
#include <ntifs.h>

static __inline PVOID MmMapLockedPagesSpecifyCache_NXOptIn(PMDL Mdl, KPROCESSOR_MODE AccessMode, MEMORY_CACHING_TYPE CacheType,
                                                           PVOID RequestedAddress, ULONG BugCheckOnFailure, ULONG Priority)
{
    return MmMapLockedPagesSpecifyCache(Mdl, AccessMode, CacheType, RequestedAddress, BugCheckOnFailure, Priority);
}

#define MmMapLockedPagesSpecifyCache MmMapLockedPagesSpecifyCache_NXOptIn

VOID clear_bad(PMDL locked, ULONG length)
{
    PVOID address = MmMapLockedPagesSpecifyCache(locked, KernelMode, MmCached, NULL, FALSE, NormalPagePriority); // step: MDL015

    RtlZeroMemory(address, length); // expect: MDL015
    MmUnmapLockedPages(address, locked);
}

VOID clear_ok(PMDL locked, ULONG length)
{
    PVOID address = MmMapLockedPagesSpecifyCache(locked, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);

    if (address == NULL)
        return;
    RtlZeroMemory(address, length);
    MmUnmapLockedPages(address, locked);
}
