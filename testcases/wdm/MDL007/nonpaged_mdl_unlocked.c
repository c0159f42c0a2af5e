// An MDL that MmBuildMdlForNonPagedPool filled was never locked.
#include <wdm.h>

NTSTATUS send_packet(PMDL mdl);

static void release_mdl(PMDL mdl, BOOLEAN locked)
{
    if (locked)
        MmUnlockPages(mdl);
    IoFreeMdl(mdl);
}

NTSTATUS send_pool_bad(PVOID pool, ULONG length)
{
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl); // step: MDL007
    status = send_packet(mdl);
    MmUnlockPages(mdl); // expect: MDL007
    IoFreeMdl(mdl);
    return status;
}

NTSTATUS send_pool_through_helper_ok(PVOID pool, ULONG length)
{
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    status = send_packet(mdl);
    release_mdl(mdl, FALSE);
    return status;
}
