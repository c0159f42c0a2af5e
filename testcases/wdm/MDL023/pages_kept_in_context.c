// clean: pages that live in the device context are freed by the function that tears it down.
#include <wdm.h>

typedef struct _POOL {
    PMDL Mdl;
    PVOID View;
} POOL;

NTSTATUS pool_create_ok(POOL *pool, SIZE_T bytes, PHYSICAL_ADDRESS high)
{
    PHYSICAL_ADDRESS zero = {0};

    pool->View = NULL;
    pool->Mdl = MmAllocatePagesForMdlEx(zero, high, zero, bytes, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
    if (pool->Mdl == NULL)
        return STATUS_NO_MEMORY;
    pool->View = MmGetSystemAddressForMdlSafe(pool->Mdl, NormalPagePriority);
    if (pool->View == NULL) {
        MmFreePagesFromMdl(pool->Mdl);
        ExFreePool(pool->Mdl);
        pool->Mdl = NULL;
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    return STATUS_SUCCESS;
}

void pool_destroy_ok(POOL *pool)
{
    if (pool->View != NULL)
        MmUnmapLockedPages(pool->View, pool->Mdl);
    if (pool->Mdl != NULL) {
        MmFreePagesFromMdl(pool->Mdl);
        ExFreePool(pool->Mdl);
    }
    pool->View = NULL;
    pool->Mdl = NULL;
}
