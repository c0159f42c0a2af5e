// The address of a nonpaged MDL is the pool block itself: there is no mapping to remove.
#include <wdm.h>

NTSTATUS log_block(PVOID block);

NTSTATUS log_pool_bad(PVOID pool, ULONG length)
{
    PVOID address;
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl); // step: MDL011
    address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    status = log_block(address);
    MmUnmapLockedPages(address, mdl); // expect: MDL011
    IoFreeMdl(mdl);
    return status;
}

NTSTATUS log_pool_ok(PVOID pool, ULONG length)
{
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    status = log_block(MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority));
    IoFreeMdl(mdl);
    return status;
}
