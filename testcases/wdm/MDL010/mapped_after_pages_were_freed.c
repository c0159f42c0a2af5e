// Between MmFreePagesFromMdl and ExFreePool the descriptor is there, but it describes nothing.
#include <wdm.h>

NTSTATUS write_pattern(PVOID view, SIZE_T bytes);

NTSTATUS recycle_bad(PHYSICAL_ADDRESS high)
{
    PHYSICAL_ADDRESS zero = {0};
    PVOID view;
    PMDL mdl = MmAllocatePagesForMdlEx(zero, high, zero, PAGE_SIZE, MmCached, MM_ALLOCATE_FULLY_REQUIRED);

    if (mdl == NULL)
        return STATUS_NO_MEMORY;
    MmFreePagesFromMdl(mdl);
    view = MmGetSystemAddressForMdlSafe(mdl, LowPagePriority); // expect: MDL010
    if (view != NULL)
        write_pattern(view, PAGE_SIZE);
    ExFreePool(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS recycle_ok(PHYSICAL_ADDRESS high)
{
    PHYSICAL_ADDRESS zero = {0};
    NTSTATUS status = STATUS_NO_MEMORY;
    PVOID view;
    PMDL mdl = MmAllocatePagesForMdlEx(zero, high, zero, PAGE_SIZE, MmCached, MM_ALLOCATE_FULLY_REQUIRED);

    if (mdl == NULL)
        return status;
    view = MmGetSystemAddressForMdlSafe(mdl, LowPagePriority);
    if (view != NULL)
        status = write_pattern(view, PAGE_SIZE);
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
    return status;
}
