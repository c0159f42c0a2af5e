// A helper unlocks pages and then gives them back as allocated ones, one of which is wrong whoever calls it.
// Of this caller, it is the unlock.
#include <wdm.h>

static VOID finish(PMDL pages)
{
    MmUnlockPages(pages);
    MmFreePagesFromMdl(pages); // expect: MDL006
    ExFreePool(pages);
}

NTSTATUS fill_bad(PHYSICAL_ADDRESS low, PHYSICAL_ADDRESS high, PHYSICAL_ADDRESS skip, SIZE_T length)
{
    PMDL pages = MmAllocatePagesForMdlEx(low, high, skip, length, MmCached, MM_ALLOCATE_FULLY_REQUIRED);

    if (pages == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    finish(pages); // expect: MDL007
    return STATUS_SUCCESS;
}

static VOID finish_right(PMDL pages)
{
    MmFreePagesFromMdl(pages);
    ExFreePool(pages);
}

NTSTATUS fill_ok(PHYSICAL_ADDRESS low, PHYSICAL_ADDRESS high, PHYSICAL_ADDRESS skip, SIZE_T length)
{
    PMDL pages = MmAllocatePagesForMdlEx(low, high, skip, length, MmCached, MM_ALLOCATE_FULLY_REQUIRED);

    if (pages == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    finish_right(pages);
    return STATUS_SUCCESS;
}
