// The descriptor of MmAllocatePagesForMdlEx comes from pool: ExFreePool, not IoFreeMdl, ends it.
#include <wdm.h>

NTSTATUS clear_pages(PMDL mdl);

NTSTATUS scrub_bad(SIZE_T bytes)
{
    PHYSICAL_ADDRESS zero = {0}, high;
    NTSTATUS status;
    PMDL mdl;

    high.QuadPart = -1;
    mdl = MmAllocatePagesForMdlEx(zero, high, zero, bytes, MmCached, MM_ALLOCATE_FULLY_REQUIRED); // step: MDL009
    if (mdl == NULL)
        return STATUS_NO_MEMORY;
    status = clear_pages(mdl);
    MmFreePagesFromMdl(mdl);
    IoFreeMdl(mdl); // expect: MDL009
    return status;
}

NTSTATUS scrub_ok(SIZE_T bytes)
{
    PHYSICAL_ADDRESS zero = {0}, high;
    NTSTATUS status;
    PMDL mdl;

    high.QuadPart = -1;
    mdl = MmAllocatePagesForMdlEx(zero, high, zero, bytes, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
    if (mdl == NULL)
        return STATUS_NO_MEMORY;
    status = clear_pages(mdl);
    MmFreePagesFromMdl(mdl);
    ExFreePoolWithTag(mdl, 0);
    return status;
}
