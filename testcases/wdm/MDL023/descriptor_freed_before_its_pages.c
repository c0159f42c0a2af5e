// ExFreePool takes the descriptor, and with it the only list of the pages that were never given back.
#include <wdm.h>

NTSTATUS warm_up(PVOID memory);

NTSTATUS warm_pages_bad(PHYSICAL_ADDRESS high)
{
    PHYSICAL_ADDRESS zero = {0};
    NTSTATUS status = STATUS_NO_MEMORY;
    PVOID memory;
    PMDL mdl = MmAllocatePagesForMdlEx(zero, high, zero, PAGE_SIZE, MmCached, MM_ALLOCATE_FULLY_REQUIRED);

    if (mdl == NULL)
        return status;
    memory = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    if (memory != NULL) {
        status = warm_up(memory);
        MmUnmapLockedPages(memory, mdl);
    }
    ExFreePool(mdl); // expect: MDL023
    return status;
}

NTSTATUS warm_pages_ok(PHYSICAL_ADDRESS high)
{
    PHYSICAL_ADDRESS zero = {0};
    NTSTATUS status = STATUS_NO_MEMORY;
    PVOID memory;
    PMDL mdl = MmAllocatePagesForMdlEx(zero, high, zero, PAGE_SIZE, MmCached, MM_ALLOCATE_FULLY_REQUIRED);

    if (mdl == NULL)
        return status;
    memory = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    if (memory != NULL) {
        status = warm_up(memory);
        MmUnmapLockedPages(memory, mdl);
    }
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
    return status;
}
