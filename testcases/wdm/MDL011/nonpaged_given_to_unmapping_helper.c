// A helper that maps and unmaps is right for locked pages, not for an MDL over nonpaged pool: nothing was mapped for that one.
#include <wdm.h>

static void copy_out(PMDL mdl, PVOID target, ULONG length)
{
    PVOID view = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    if (view == NULL)
        return;
    RtlCopyMemory(target, view, length);
    MmUnmapLockedPages(view, mdl);
}

void from_pool_bad(PVOID pool, PVOID target, ULONG length)
{
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return;
    MmBuildMdlForNonPagedPool(mdl);
    copy_out(mdl, target, length); // expect: MDL011
    IoFreeMdl(mdl);
}

void from_request_ok(PIRP irp, PVOID target, ULONG length)
{
    if (irp->MdlAddress != NULL)
        copy_out(irp->MdlAddress, target, length);
}
