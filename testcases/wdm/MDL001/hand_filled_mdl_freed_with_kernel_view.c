// An MDL whose page numbers and MDL_PAGES_LOCKED the driver set by hand is never unlocked: nothing but an unmap releases its mapping.
#include <wdm.h>

NTSTATUS scan(PVOID view, ULONG length);

static PMDL second_view_of(PMDL source, ULONG pages)
{
    PPFN_NUMBER from, to;
    ULONG i;
    PMDL mdl = IoAllocateMdl(NULL, pages * PAGE_SIZE, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return NULL;
    from = MmGetMdlPfnArray(source);
    to = MmGetMdlPfnArray(mdl);
    for (i = 0; i < pages; i++)
        to[i] = from[i];
    mdl->MdlFlags |= MDL_PAGES_LOCKED;
    return mdl;
}

NTSTATUS scan_again_bad(PMDL source)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    PVOID view;
    PMDL mdl = second_view_of(source, 1);

    if (mdl == NULL)
        return status;
    view = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority); // step: MDL001
    if (view != NULL)
        status = scan(view, PAGE_SIZE);
    IoFreeMdl(mdl); // expect: MDL001
    return status;
}

NTSTATUS scan_again_ok(PMDL source)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    PVOID view;
    PMDL mdl = second_view_of(source, 1);

    if (mdl == NULL)
        return status;
    view = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    if (view != NULL) {
        status = scan(view, PAGE_SIZE);
        MmUnmapLockedPages(view, mdl);
    }
    IoFreeMdl(mdl);
    return status;
}
