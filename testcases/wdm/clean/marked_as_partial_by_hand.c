// clean: a driver that fills in page frames of a locked MDL marks the result as a partial MDL, whose mapping goes with it.
#include <wdm.h>

NTSTATUS sum_ok(PMDL locked, ULONG *sum)
{
    PMDL view = IoAllocateMdl(NULL, PAGE_SIZE, FALSE, FALSE, NULL);
    ULONG *words;

    if (view == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    view->MdlFlags |= MDL_PARTIAL;
    RtlCopyMemory(MmGetMdlPfnArray(view), MmGetMdlPfnArray(locked), sizeof(PFN_NUMBER));
    words = MmGetSystemAddressForMdlSafe(view, NormalPagePriority);
    if (words == NULL) {
        IoFreeMdl(view);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *sum = words[0] + words[1];
    IoFreeMdl(view);
    return STATUS_SUCCESS;
}
