// One release routine, told by its arguments what there is to undo; two callers tell it the wrong thing.
#include <wdm.h>

NTSTATUS consume(PVOID data, ULONG length);

/* `locked` and `view` describe what the caller did; exactly that is undone. */
static VOID
put_mdl(
    PMDL mdl,
    PVOID view,
    BOOLEAN locked
    )
{
    if (view != NULL)
        MmUnmapLockedPages(view, mdl);
    if (locked)
        MmUnlockPages(mdl);
    IoFreeMdl(mdl);
}

static NTSTATUS
get_mdl(
    PVOID buffer,
    ULONG length,
    BOOLEAN pool,
    PMDL *result
    )
{
    PMDL mdl;

    mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (pool) {
        MmBuildMdlForNonPagedPool(mdl);
    } else {
        __try {
            MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            put_mdl(mdl, NULL, FALSE);
            return GetExceptionCode();
        }
    }
    *result = mdl;
    return STATUS_SUCCESS;
}

NTSTATUS
read_any_ok(
    PVOID buffer,
    ULONG length,
    BOOLEAN pool
    )
{
    PMDL mdl;
    PVOID data;
    NTSTATUS status = get_mdl(buffer, length, pool, &mdl);

    if (!NT_SUCCESS(status))
        return status;
    data = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    status = data != NULL ? consume(data, length) : STATUS_INSUFFICIENT_RESOURCES;
    put_mdl(mdl, NULL, !pool);
    return status;
}

NTSTATUS
read_pool_bad(
    PVOID buffer,
    ULONG length
    )
{
    PMDL mdl;
    PVOID data;
    NTSTATUS status = get_mdl(buffer, length, TRUE, &mdl);

    if (!NT_SUCCESS(status))
        return status;
    data = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    status = data != NULL ? consume(data, length) : STATUS_INSUFFICIENT_RESOURCES;
    put_mdl(mdl, NULL, TRUE); // expect: MDL007
    return status;
}

NTSTATUS
read_user_bad(
    PVOID buffer,
    ULONG length
    )
{
    PMDL mdl;
    PVOID data;
    NTSTATUS status = get_mdl(buffer, length, FALSE, &mdl);

    if (!NT_SUCCESS(status))
        return status;
    data = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    if (data == NULL) {
        put_mdl(mdl, NULL, TRUE);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    status = consume(data, length);
    put_mdl(mdl, data, FALSE); // expect: MDL004
    return status;
}
