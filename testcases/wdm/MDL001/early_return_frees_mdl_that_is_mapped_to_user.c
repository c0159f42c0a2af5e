// The error path after a successful user mapping frees the MDL and forgets the mapping.
#include <wdm.h>

typedef struct _SHARED_RING {
    PMDL Mdl;
    PVOID UserAddress;
} SHARED_RING;

NTSTATUS register_ring(SHARED_RING *ring);

NTSTATUS create_ring_bad(SHARED_RING *ring, PVOID pool, ULONG length)
{
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    __try {
        ring->UserAddress = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    status = register_ring(ring);
    if (!NT_SUCCESS(status)) {
        IoFreeMdl(mdl); // expect: MDL001
        return status;
    }
    ring->Mdl = mdl;
    return STATUS_SUCCESS;
}

NTSTATUS create_ring_ok(SHARED_RING *ring, PVOID pool, ULONG length)
{
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    __try {
        ring->UserAddress = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    ring->Mdl = mdl;
    status = register_ring(ring);
    if (!NT_SUCCESS(status)) {
        MmUnmapLockedPages(ring->UserAddress, mdl);
        IoFreeMdl(mdl);
        ring->UserAddress = NULL;
        ring->Mdl = NULL;
        return status;
    }
    return STATUS_SUCCESS;
}
