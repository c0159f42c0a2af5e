// An address that other code returned is tested and unmapped: it may be the MDL's own mapping only if that code knew the MDL.
#include <wdm.h>

PVOID find_window(ULONG id);
NTSTATUS map_window(PMDL mdl, PVOID *address);
BOOLEAN next_part(PULONG length);

static PMDL pool_mdl(PVOID pool, ULONG length)
{
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (mdl)
        MmBuildMdlForNonPagedPool(mdl);
    return mdl;
}

NTSTATUS another_window_bad(PVOID pool, ULONG length, ULONG id)
{
    PVOID window = find_window(id);
    PMDL mdl = pool_mdl(pool, length);

    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (window)
        MmUnmapLockedPages(window, mdl); // expect: MDL011
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS another_window_ok(PVOID pool, ULONG length)
{
    PVOID window = NULL;
    PMDL mdl = pool_mdl(pool, length);
    NTSTATUS status;

    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = map_window(mdl, &window);
    if (window)
        MmUnmapLockedPages(window, mdl);
    IoFreeMdl(mdl);
    return status;
}

/* The first part maps, the others find it mapped; without a part there is no address. */
NTSTATUS parts_ok(PVOID pool, ULONG length)
{
    PVOID window = NULL;
    ULONG part;
    PMDL mdl = pool_mdl(pool, length);

    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    while (next_part(&part)) {
        if (!window) {
            __try {
                window = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
            } __except (EXCEPTION_EXECUTE_HANDLER) {
                break;
            }
        }
        if (!window)
            break;
    }
    if (window)
        MmUnmapLockedPages(window, mdl);
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}
