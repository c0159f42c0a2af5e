// Pages of a node come with a descriptor of their own: both are freed, the pages first.
#include <ntddk.h>

PMDL MmAllocateNodePagesForMdlEx(PHYSICAL_ADDRESS low, PHYSICAL_ADDRESS high, PHYSICAL_ADDRESS skip, SIZE_T bytes, int cache, ULONG node,
                                 ULONG flags);
BOOLEAN use(PMDL mdl);

BOOLEAN node_bad(PHYSICAL_ADDRESS low, PHYSICAL_ADDRESS high, PHYSICAL_ADDRESS skip, ULONG node)
{
    PMDL mdl = MmAllocateNodePagesForMdlEx(low, high, skip, 64 * PAGE_SIZE, MmCached, node, 0x4);
    PVOID address;

    if (mdl == NULL)
        return FALSE;
    address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    ExFreePool(mdl); // expect: MDL023
    return address != NULL;
}

BOOLEAN node_ok(PHYSICAL_ADDRESS low, PHYSICAL_ADDRESS high, PHYSICAL_ADDRESS skip, ULONG node)
{
    PMDL mdl = MmAllocateNodePagesForMdlEx(low, high, skip, 64 * PAGE_SIZE, MmCached, node, 0x4);
    PVOID address;

    if (mdl == NULL)
        return FALSE;
    address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
    return address != NULL;
}

/* Without the flag there may be fewer. */
ULONG some_bad(PHYSICAL_ADDRESS low, PHYSICAL_ADDRESS high, PHYSICAL_ADDRESS skip, ULONG node)
{
    PMDL mdl = MmAllocateNodePagesForMdlEx(low, high, skip, 64 * PAGE_SIZE, MmCached, node, 0);
    PUCHAR address;

    if (mdl == NULL)
        return 0;
    address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (address != NULL)
        address[63 * PAGE_SIZE] = 1; // expect: MDL033
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
    return address != NULL ? 64 : 0;
}

ULONG some_ok(PHYSICAL_ADDRESS low, PHYSICAL_ADDRESS high, PHYSICAL_ADDRESS skip, ULONG node)
{
    PMDL mdl = MmAllocateNodePagesForMdlEx(low, high, skip, 64 * PAGE_SIZE, MmCached, node, 0);
    ULONG bytes;

    if (mdl == NULL)
        return 0;
    bytes = MmGetMdlByteCount(mdl);
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
    return bytes / PAGE_SIZE;
}
