// clean: the variables are exchanged together with their MDLs: every unmap still gets its own address.
#include <wdm.h>

void blend(PVOID front, PVOID back);

NTSTATUS flip_ok(PMDL front, PMDL back)
{
    PMDL mdl;
    PVOID view;
    PVOID front_view = MmMapLockedPagesSpecifyCache(front, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    PVOID back_view;

    if (front_view == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    back_view = MmMapLockedPagesSpecifyCache(back, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    if (back_view == NULL) {
        MmUnmapLockedPages(front_view, front);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    blend(front_view, back_view);
    mdl = front;
    view = front_view;
    front = back;
    front_view = back_view;
    back = mdl;
    back_view = view;
    blend(front_view, back_view);
    MmUnmapLockedPages(front_view, front);
    MmUnmapLockedPages(back_view, back);
    return STATUS_SUCCESS;
}
