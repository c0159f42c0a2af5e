// One release routine for two kinds of MDL; only the caller knows which kind it hands over.
#include <wdm.h>

static void release_io_mdl(PMDL mdl)
{
    if (mdl == NULL)
        return;
    IoFreeMdl(mdl);
}

static void release_page_mdl(PMDL mdl)
{
    if (mdl == NULL)
        return;
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
}

NTSTATUS use_helper_bad(PVOID pool, ULONG length)
{
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (mdl != NULL)
        MmBuildMdlForNonPagedPool(mdl);
    release_page_mdl(mdl); // expect: MDL009
    return STATUS_SUCCESS;
}

NTSTATUS use_helper_ok(PVOID pool, ULONG length)
{
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (mdl != NULL)
        MmBuildMdlForNonPagedPool(mdl);
    release_io_mdl(mdl);
    return STATUS_SUCCESS;
}
