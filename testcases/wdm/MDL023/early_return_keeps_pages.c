// The pages of MmAllocatePagesForMdlEx stay allocated when the view cannot be made.
#include <wdm.h>

NTSTATUS use_scratch_bad(SIZE_T bytes)
{
    PHYSICAL_ADDRESS zero = {0}, high;
    PVOID view;
    PMDL mdl;

    high.QuadPart = -1;
    mdl = MmAllocatePagesForMdlEx(zero, high, zero, bytes, MmCached, MM_ALLOCATE_FULLY_REQUIRED); // expect: MDL023
    if (mdl == NULL)
        return STATUS_NO_MEMORY;
    view = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (view == NULL)
        return STATUS_INSUFFICIENT_RESOURCES; // step: MDL023
    RtlZeroMemory(view, bytes);
    MmUnmapLockedPages(view, mdl);
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS use_scratch_ok(SIZE_T bytes)
{
    PHYSICAL_ADDRESS zero = {0}, high;
    PVOID view;
    PMDL mdl;

    high.QuadPart = -1;
    mdl = MmAllocatePagesForMdlEx(zero, high, zero, bytes, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
    if (mdl == NULL)
        return STATUS_NO_MEMORY;
    view = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (view != NULL) {
        RtlZeroMemory(view, bytes);
        MmUnmapLockedPages(view, mdl);
    }
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
    return view != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}
