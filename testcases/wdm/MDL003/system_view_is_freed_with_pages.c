// clean: MmFreePagesFromMdl releases a system mapping by itself (Windows 7 and later): no unmap is needed.
#include <wdm.h>

NTSTATUS checksum_pages(PVOID view, SIZE_T bytes, PULONG sum);

NTSTATUS scratch_pages_ok(SIZE_T bytes, PULONG sum)
{
    PHYSICAL_ADDRESS zero = {0}, high;
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    PMDL mdl;
    PVOID view;

    high.QuadPart = -1;
    mdl = MmAllocatePagesForMdlEx(zero, high, zero, bytes, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
    if (mdl == NULL)
        return status;
    view = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    if (view != NULL)
        status = checksum_pages(view, bytes, sum);
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
    return status;
}
