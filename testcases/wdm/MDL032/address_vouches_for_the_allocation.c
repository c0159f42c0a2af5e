// Whoever finds an address made from the MDL need not ask whether there is an MDL; an address of something else vouches for nothing.
#include <wdm.h>

PVOID find_window(ULONG id);
NTSTATUS map_window(PMDL mdl, PVOID *address);

VOID show_bad(PVOID pool, ULONG length, ULONG id)
{
    PVOID window = find_window(id);
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (window)
        MmBuildMdlForNonPagedPool(mdl); // expect: MDL032
    if (mdl)
        IoFreeMdl(mdl);
}

VOID show_ok(PVOID pool, ULONG length)
{
    PVOID window = NULL;
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (mdl) {
        MmBuildMdlForNonPagedPool(mdl);
        (void)map_window(mdl, &window);
    }
    if (window)
        MmUnmapLockedPages(window, mdl);
    if (mdl)
        IoFreeMdl(mdl);
}
