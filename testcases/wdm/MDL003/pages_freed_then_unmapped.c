// The pages go back to the system before the view of them is removed.
#include <wdm.h>

NTSTATUS scratch_bad(SIZE_T bytes)
{
    PHYSICAL_ADDRESS low = {0};
    PHYSICAL_ADDRESS high;
    PHYSICAL_ADDRESS skip = {0};
    PMDL mdl;
    PVOID view;

    high.QuadPart = 0xffffffffLL;
    mdl = MmAllocatePagesForMdlEx(low, high, skip, bytes, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    view = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority); // step: MDL003
    if (view == NULL) {
        MmFreePagesFromMdl(mdl);
        ExFreePool(mdl);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    RtlZeroMemory(view, bytes);
    MmFreePagesFromMdl(mdl);       // expect: MDL003
    MmUnmapLockedPages(view, mdl); // step: MDL003
    ExFreePool(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS scratch_ok(SIZE_T bytes)
{
    PHYSICAL_ADDRESS low = {0};
    PHYSICAL_ADDRESS high;
    PHYSICAL_ADDRESS skip = {0};
    PMDL mdl;
    PVOID view;

    high.QuadPart = 0xffffffffLL;
    mdl = MmAllocatePagesForMdlEx(low, high, skip, bytes, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    view = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (view != NULL) {
        RtlZeroMemory(view, bytes);
        MmUnmapLockedPages(view, mdl);
    }
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
    return view != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}
