// A small helper frees the MDL; its caller has mapped it to the user and unmaps only afterwards.
#include <wdm.h>

static void drop_mdl(PMDL *slot)
{
    if (*slot != NULL) {
        IoFreeMdl(*slot);
        *slot = NULL;
    }
}

static PVOID map_to_user(PMDL mdl)
{
    PVOID address = NULL;

    __try {
        address = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        address = NULL;
    }
    return address;
}

NTSTATUS show_and_hide_bad(PVOID pool, ULONG length)
{
    PVOID user;
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    user = map_to_user(mdl);
    drop_mdl(&mdl); // expect: MDL001
    return user != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

NTSTATUS show_and_hide_ok(PVOID pool, ULONG length)
{
    PVOID user;
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    user = map_to_user(mdl);
    if (user != NULL)
        MmUnmapLockedPages(user, mdl);
    drop_mdl(&mdl);
    return user != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}
