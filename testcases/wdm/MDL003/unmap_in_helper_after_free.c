// The helper that removes the view is called one line too late.
#include <wdm.h>

typedef struct _FRAME {
    PMDL Mdl;
    PVOID View;
} FRAME;

static void frame_hide(FRAME *frame)
{
    if (frame->View != NULL) {
        MmUnmapLockedPages(frame->View, frame->Mdl);
        frame->View = NULL;
    }
}

NTSTATUS capture_frame_bad(FRAME *frame, PHYSICAL_ADDRESS high)
{
    PHYSICAL_ADDRESS zero = {0};

    frame->Mdl = MmAllocatePagesForMdlEx(zero, high, zero, PAGE_SIZE, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
    if (frame->Mdl == NULL)
        return STATUS_NO_MEMORY;
    frame->View = MmGetSystemAddressForMdlSafe(frame->Mdl, HighPagePriority);
    if (frame->View != NULL)
        RtlZeroMemory(frame->View, PAGE_SIZE);
    MmFreePagesFromMdl(frame->Mdl); // expect: MDL003
    frame_hide(frame);
    ExFreePool(frame->Mdl);
    frame->Mdl = NULL;
    return STATUS_SUCCESS;
}

NTSTATUS capture_frame_ok(FRAME *frame, PHYSICAL_ADDRESS high)
{
    PHYSICAL_ADDRESS zero = {0};

    frame->Mdl = MmAllocatePagesForMdlEx(zero, high, zero, PAGE_SIZE, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
    if (frame->Mdl == NULL)
        return STATUS_NO_MEMORY;
    frame->View = MmGetSystemAddressForMdlSafe(frame->Mdl, HighPagePriority);
    if (frame->View != NULL)
        RtlZeroMemory(frame->View, PAGE_SIZE);
    frame_hide(frame);
    MmFreePagesFromMdl(frame->Mdl);
    ExFreePool(frame->Mdl);
    frame->Mdl = NULL;
    return STATUS_SUCCESS;
}
