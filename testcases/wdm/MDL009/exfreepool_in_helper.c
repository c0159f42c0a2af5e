// Helpers that hand their argument to ExFreePool: right after MmFreePagesFromMdl, wrong before it and for any other MDL.
#include <wdm.h>

static void pool_free(PMDL mdl)
{
    ExFreePool(mdl);
}

static void release_in_wrong_order_bad(PMDL mdl)
{
    ExFreePool(mdl);
    MmFreePagesFromMdl(mdl); // expect: MDL005
}

NTSTATUS pages_bad(PHYSICAL_ADDRESS any)
{
    PMDL mdl = MmAllocatePagesForMdlEx(any, any, any, PAGE_SIZE, MmCached, MM_ALLOCATE_FULLY_REQUIRED);

    if (mdl == NULL)
        return STATUS_NO_MEMORY;
    release_in_wrong_order_bad(mdl); // expect: MDL023
    return STATUS_SUCCESS;
}

NTSTATUS io_mdl_bad(PVOID buffer, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_NO_MEMORY;
    pool_free(mdl); // expect: MDL009
    return STATUS_SUCCESS;
}

NTSTATUS pages_ok(PHYSICAL_ADDRESS any)
{
    PMDL mdl = MmAllocatePagesForMdlEx(any, any, any, PAGE_SIZE, MmCached, MM_ALLOCATE_FULLY_REQUIRED);

    if (mdl == NULL)
        return STATUS_NO_MEMORY;
    MmFreePagesFromMdl(mdl);
    pool_free(mdl);
    return STATUS_SUCCESS;
}
