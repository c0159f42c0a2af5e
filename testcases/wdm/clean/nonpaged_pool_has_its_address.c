// clean: an MDL built over nonpaged pool has an address already, so that the branch for a failed mapping is never taken.
#include <wdm.h>

void fill(PVOID buffer, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    volatile ULONG *address;
    ULONG size;

    if (mdl == NULL)
        return;
    MmBuildMdlForNonPagedPool(mdl);
    address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (address == NULL) {
        IoFreeMdl(mdl);
        size = MmGetMdlByteCount(mdl);
        *(volatile ULONG *)buffer = size;
        return;
    }
    *address = 1;
    IoFreeMdl(mdl);
}

static volatile ULONG *address_of(PMDL mdl)
{
    return MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
}

NTSTATUS fill_through_helper(PVOID buffer, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    volatile ULONG *address;

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    address = address_of(mdl);
    if (address == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    *address = 1;
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}
