// An MDL is mapped that describes an address range and nothing else: neither locked nor built.
#include <wdm.h>

typedef struct _RING {
    PMDL Mdl;
    PUCHAR View;
    ULONG Bytes;
} RING, *PRING;

PRING RingCreate_bad(PVOID Memory, ULONG Bytes)
{
    PRING ring = ExAllocatePoolWithTag(NonPagedPool, sizeof(*ring), 'gniR');

    if (!ring)
        return NULL;
    ring->Bytes = Bytes;
    ring->Mdl = IoAllocateMdl(Memory, Bytes, FALSE, FALSE, NULL);
    if (!ring->Mdl) {
        ExFreePoolWithTag(ring, 'gniR');
        return NULL;
    }
    ring->View = MmMapLockedPagesSpecifyCache(ring->Mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority); // expect: MDL010
    if (!ring->View) {
        IoFreeMdl(ring->Mdl);
        ExFreePoolWithTag(ring, 'gniR');
        return NULL;
    }
    return ring;
}

/* Fills the page numbers itself, twice each, so that the ring can be read across its end; and says that they are locked. */
PRING RingCreateDouble_ok(PMDL Source, ULONG Pages)
{
    PPFN_NUMBER from, to;
    ULONG i;
    PRING ring = ExAllocatePoolWithTag(NonPagedPool, sizeof(*ring), 'gniR');

    if (!ring)
        return NULL;
    ring->Bytes = Pages * PAGE_SIZE;
    ring->Mdl = IoAllocateMdl(NULL, 2 * ring->Bytes, FALSE, FALSE, NULL);
    if (!ring->Mdl) {
        ExFreePoolWithTag(ring, 'gniR');
        return NULL;
    }
    from = MmGetMdlPfnArray(Source);
    to = MmGetMdlPfnArray(ring->Mdl);
    for (i = 0; i < Pages; i++)
        to[i] = to[i + Pages] = from[i];
    ring->Mdl->MdlFlags |= MDL_PAGES_LOCKED;
    ring->View = MmMapLockedPagesSpecifyCache(ring->Mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    if (!ring->View) {
        IoFreeMdl(ring->Mdl);
        ExFreePoolWithTag(ring, 'gniR');
        return NULL;
    }
    return ring;
}

VOID RingDestroyDouble_ok(PRING Ring)
{
    MmUnmapLockedPages(Ring->View, Ring->Mdl);
    IoFreeMdl(Ring->Mdl);
    ExFreePoolWithTag(Ring, 'gniR');
}

PVOID RingPool_ok(PVOID Pool, ULONG Bytes, PMDL *Result)
{
    PMDL mdl = IoAllocateMdl(Pool, Bytes, FALSE, FALSE, NULL);

    if (!mdl)
        return NULL;
    MmBuildMdlForNonPagedPool(mdl);
    *Result = mdl;
    return MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
}
