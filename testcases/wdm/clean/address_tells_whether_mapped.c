// clean: a user mapping's address tells whether there is one: where it is NULL nothing is unmapped.
#include <ntddk.h>

typedef struct _PAGE {
    PMDL mdl;
    PVOID pool, host, target;
} PAGE, *PPAGE;

NTSTATUS prepare(PPAGE page);

static NTSTATUS make(PVOID *pool, PMDL *mdl)
{
    *pool = ExAllocatePoolWithTag(NonPagedPool, PAGE_SIZE, 'x');
    if (!*pool)
        return STATUS_NO_MEMORY;
    *mdl = IoAllocateMdl(*pool, PAGE_SIZE, FALSE, FALSE, NULL);
    if (*mdl)
        MmBuildMdlForNonPagedPool(*mdl);
    return STATUS_SUCCESS;
}

static NTSTATUS map(PMDL mdl, PVOID *result)
{
    if (!mdl)
        return STATUS_INVALID_PARAMETER;
    __try {
        *result = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
    }
    return *result ? STATUS_SUCCESS : STATUS_NONE_MAPPED;
}

static void drop(PPAGE page)
{
    if (page->host)
        MmUnmapLockedPages(page->host, page->mdl);
    if (page->target)
        MmUnmapLockedPages(page->target, page->mdl);
    if (page->pool) {
        if (page->mdl) {
            IoFreeMdl(page->mdl);
            page->mdl = NULL;
        }
        ExFreePoolWithTag(page->pool, 'x');
    }
}

NTSTATUS open_ok(PRTL_AVL_TABLE table, PPAGE zeros)
{
    BOOLEAN is_new;
    PPAGE page = RtlInsertElementGenericTableAvl(table, zeros, sizeof(*zeros), &is_new);
    NTSTATUS status;

    if (!page || !is_new)
        return STATUS_INVALID_PARAMETER;
    status = make(&page->pool, &page->mdl);
    if (NT_SUCCESS(status))
        status = map(page->mdl, &page->target);
    if (NT_SUCCESS(status))
        status = map(page->mdl, &page->host);
    if (!NT_SUCCESS(status))
        drop(page);
    return status;
}
