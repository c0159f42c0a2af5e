// Nonpaged pool may be mapped to user space, and may not be freed before that mapping is gone.
#include <wdm.h>

void show(PVOID view);

static NTSTATUS map_to_user(PMDL mdl, PVOID *view)
{
    __try {
        *view = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return *view != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

NTSTATUS show_pool_bad(void)
{
    PVOID view, pool = ExAllocatePoolWithTag(NonPagedPool, PAGE_SIZE, 'lopS');
    NTSTATUS status;
    PMDL mdl;

    if (pool == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    mdl = IoAllocateMdl(pool, PAGE_SIZE, FALSE, FALSE, NULL);
    if (mdl == NULL) {
        ExFreePoolWithTag(pool, 'lopS');
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MmBuildMdlForNonPagedPool(mdl);
    status = map_to_user(mdl, &view);
    if (NT_SUCCESS(status))
        show(view);
    ExFreePoolWithTag(pool, 'lopS'); // expect: MDL003 "mapped to user space"
    if (NT_SUCCESS(status))
        MmUnmapLockedPages(view, mdl);
    IoFreeMdl(mdl);
    return status;
}

NTSTATUS show_pool_ok(void)
{
    PVOID view, pool = ExAllocatePoolWithTag(NonPagedPool, PAGE_SIZE, 'lopS');
    NTSTATUS status;
    PMDL mdl;

    if (pool == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    mdl = IoAllocateMdl(pool, PAGE_SIZE, FALSE, FALSE, NULL);
    if (mdl == NULL) {
        ExFreePoolWithTag(pool, 'lopS');
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MmBuildMdlForNonPagedPool(mdl);
    status = map_to_user(mdl, &view);
    if (NT_SUCCESS(status)) {
        show(view);
        MmUnmapLockedPages(view, mdl);
    }
    IoFreeMdl(mdl);
    ExFreePoolWithTag(pool, 'lopS');
    return status;
}

/* Another pool than that behind the MDL. */
NTSTATUS show_copy_ok(PMDL mdl, PVOID *view)
{
    PVOID pool = ExAllocatePoolWithTag(NonPagedPool, PAGE_SIZE, 'lopS');
    NTSTATUS status;

    if (pool == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = map_to_user(mdl, view);
    if (NT_SUCCESS(status))
        show(*view);
    ExFreePoolWithTag(pool, 'lopS');
    return status;
}
