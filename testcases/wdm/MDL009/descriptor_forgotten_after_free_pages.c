// MmFreePagesFromMdl gives back the pages only; the descriptor is left without ExFreePool.
#include <wdm.h>

BOOLEAN self_test(PVOID memory);

NTSTATUS test_memory_bad(PHYSICAL_ADDRESS high)
{
    PHYSICAL_ADDRESS zero = {0};
    BOOLEAN good = FALSE;
    PVOID view;
    PMDL mdl = MmAllocatePagesForMdlEx(zero, high, zero, PAGE_SIZE, MmCached, MM_ALLOCATE_FULLY_REQUIRED);

    if (mdl == NULL)
        return STATUS_NO_MEMORY;
    view = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (view != NULL)
        good = self_test(view);
    MmFreePagesFromMdl(mdl); // expect: MDL009
    return good ? STATUS_SUCCESS : STATUS_DEVICE_DATA_ERROR;
}

NTSTATUS test_memory_ok(PHYSICAL_ADDRESS high)
{
    PHYSICAL_ADDRESS zero = {0};
    BOOLEAN good = FALSE;
    PVOID view;
    PMDL mdl = MmAllocatePagesForMdlEx(zero, high, zero, PAGE_SIZE, MmCached, MM_ALLOCATE_FULLY_REQUIRED);

    if (mdl == NULL)
        return STATUS_NO_MEMORY;
    view = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (view != NULL)
        good = self_test(view);
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
    return good ? STATUS_SUCCESS : STATUS_DEVICE_DATA_ERROR;
}
