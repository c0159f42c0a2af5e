// MmFreePagesFromMdl runs twice for one allocation; the second call gives away pages of a stranger.
#include <wdm.h>

NTSTATUS fill_pages(PMDL mdl);

NTSTATUS prepare_pages_bad(PHYSICAL_ADDRESS high, PMDL *result)
{
    PHYSICAL_ADDRESS zero = {0};
    NTSTATUS status;
    PMDL mdl = MmAllocatePagesForMdlEx(zero, high, zero, PAGE_SIZE, MmCached, MM_ALLOCATE_FULLY_REQUIRED);

    if (mdl == NULL)
        return STATUS_NO_MEMORY;
    status = fill_pages(mdl);
    if (!NT_SUCCESS(status))
        MmFreePagesFromMdl(mdl); // step: MDL006
    if (status != STATUS_SUCCESS) {
        MmFreePagesFromMdl(mdl); // expect: MDL006
        ExFreePool(mdl);
        return status;
    }
    *result = mdl;
    return STATUS_SUCCESS;
}

NTSTATUS prepare_pages_ok(PHYSICAL_ADDRESS high, PMDL *result)
{
    PHYSICAL_ADDRESS zero = {0};
    NTSTATUS status;
    PMDL mdl = MmAllocatePagesForMdlEx(zero, high, zero, PAGE_SIZE, MmCached, MM_ALLOCATE_FULLY_REQUIRED);

    if (mdl == NULL)
        return STATUS_NO_MEMORY;
    status = fill_pages(mdl);
    if (status != STATUS_SUCCESS) {
        MmFreePagesFromMdl(mdl);
        ExFreePool(mdl);
        return status;
    }
    *result = mdl;
    return STATUS_SUCCESS;
}
