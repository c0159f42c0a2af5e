// The descriptor of an MmAllocatePages MDL dies in ExFreePool: reads of it come before.
#include <wdm.h>

typedef struct _POOL_STATS {
    SIZE_T Freed;
} POOL_STATS;

void return_pages_bad(PMDL mdl, POOL_STATS *stats)
{
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
    stats->Freed += MmGetMdlByteCount(mdl); // expect: MDL005
}

void return_pages_ok(PMDL mdl, POOL_STATS *stats)
{
    MmFreePagesFromMdl(mdl);
    stats->Freed += MmGetMdlByteCount(mdl);
    ExFreePool(mdl);
}
