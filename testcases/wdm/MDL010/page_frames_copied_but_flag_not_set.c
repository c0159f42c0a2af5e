// The page frames of a locked MDL are copied into another one, whose flags do not say that its pages are locked when it is mapped.
#include <wdm.h>

NTSTATUS look_bad(PMDL locked, PVOID buffer, ULONG *word)
{
    PMDL view = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, NULL);
    ULONG *address;

    if (view == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlCopyMemory(MmGetMdlPfnArray(view), MmGetMdlPfnArray(locked), sizeof(PFN_NUMBER)); // step: MDL010
    address = MmGetSystemAddressForMdlSafe(view, NormalPagePriority); // expect: MDL010 "whose flags do not say that its pages are locked"
    if (address != NULL)
        *word = *address;
    IoFreeMdl(view);
    return address != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

NTSTATUS look_ok(PMDL locked, PVOID buffer, ULONG *word)
{
    PMDL view = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, NULL);
    ULONG *address;

    if (view == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlCopyMemory(MmGetMdlPfnArray(view), MmGetMdlPfnArray(locked), sizeof(PFN_NUMBER));
    view->MdlFlags |= MDL_PAGES_LOCKED;
    address = MmMapLockedPagesSpecifyCache(view, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    if (address != NULL) {
        *word = *address;
        MmUnmapLockedPages(address, view);
    }
    IoFreeMdl(view);
    return address != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

/* The helper sees neither the MDL made nor mapped. */
static void take_frames(PPFN_NUMBER to, PMDL from, ULONG pages)
{
    PPFN_NUMBER frames = MmGetMdlPfnArray(from);

    for (ULONG i = 0; i < pages; i++)
        to[i] = frames[i];
}

NTSTATUS look_from_helper_bad(PMDL locked, PVOID buffer, ULONG *word)
{
    PMDL view = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, NULL);
    ULONG *address;

    if (view == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    take_frames(MmGetMdlPfnArray(view), locked, 1);
    address = MmGetSystemAddressForMdlSafe(view, NormalPagePriority); // expect: MDL010
    if (address != NULL)
        *word = *address;
    IoFreeMdl(view);
    return address != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}
