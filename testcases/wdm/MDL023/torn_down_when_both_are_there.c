// A helper frees what is mapped and allocated, when both are there; callers know that both are.
#include <ntddk.h>

#define GRANTS 16

struct ring { PVOID granter; PVOID shared; PMDL mdl; PVOID grants[GRANTS]; };

NTSTATUS grant(PVOID granter, ULONG index, PVOID *handle);
VOID revoke(PVOID granter, PVOID handle);
PVOID granter_of(PVOID granter);
NTSTATUS notify(PVOID who);

static PVOID pages_get(PMDL *mdl)
{
    PHYSICAL_ADDRESS low = {.QuadPart = 0}, high = {.QuadPart = 0xffffffff};
    PVOID address;

    *mdl = MmAllocatePagesForMdlEx(low, high, low, PAGE_SIZE, MmCached, 0x4);
    if (*mdl == NULL)
        return NULL;
    address = MmMapLockedPagesSpecifyCache(*mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    if (address != NULL)
        return address;
    MmFreePagesFromMdl(*mdl);
    ExFreePool(*mdl);
    *mdl = NULL;
    return NULL;
}

static void pages_put(PVOID address, PMDL mdl)
{
    if (address && mdl) {
        MmUnmapLockedPages(address, mdl);
        MmFreePagesFromMdl(mdl);
        ExFreePool(mdl);
    }
}

static void ring_close(struct ring *ring)
{
    PVOID granter = granter_of(ring->granter);
    ULONG i;

    for (i = 0; i < GRANTS; i++) {
        if (ring->grants[i])
            revoke(granter, ring->grants[i]);
        ring->grants[i] = NULL;
    }
    pages_put(ring->shared, ring->mdl);
    ring->shared = NULL;
    ring->mdl = NULL;
}

NTSTATUS open_ok(struct ring *ring, PVOID who)
{
    NTSTATUS status;

    ring->shared = pages_get(&ring->mdl);
    if (ring->shared == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = notify(who);
    if (!NT_SUCCESS(status))
        ring_close(ring);
    return status;
}

NTSTATUS open_bad(struct ring *ring, PVOID who)
{
    NTSTATUS status;

    ring->shared = pages_get(&ring->mdl); // expect: MDL023
    if (ring->shared == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = notify(who);
    if (!NT_SUCCESS(status)) {
        ring->shared = NULL;
        ring->mdl = NULL;
    }
    return status;
}
