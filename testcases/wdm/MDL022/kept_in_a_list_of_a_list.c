// An entry keeps a user mapping in a list whose head another list leads to: nothing is left behind.
#include <ntddk.h>

typedef struct _VIEW {
    LIST_ENTRY link;
    PVOID address;
    PMDL mdl;
    PVOID pool;
} VIEW, *PVIEW;

typedef struct _OWNER {
    LIST_ENTRY link, views;
    HANDLE process;
} OWNER, *POWNER;

static LIST_ENTRY owners = {&owners, &owners};

POWNER find_owner(HANDLE process)
{
    PLIST_ENTRY e;

    for (e = owners.Flink; e != &owners; e = e->Flink) {
        POWNER owner = CONTAINING_RECORD(e, OWNER, link);
        if (owner->process == process)
            return owner;
    }
    return NULL;
}

static PVIEW view_of(PVOID address, PMDL mdl, PVOID pool)
{
    PVIEW view = ExAllocatePoolWithTag(PagedPool, sizeof(VIEW), 'weiV');

    if (view) {
        view->address = address;
        view->mdl = mdl;
        view->pool = pool;
    }
    return view;
}

NTSTATUS keep_ok(HANDLE process, PVOID pool, ULONG size, PVOID *result)
{
    POWNER owner;
    PVIEW view;
    PMDL mdl = IoAllocateMdl(pool, size, FALSE, FALSE, NULL);

    if (!mdl)
        return STATUS_NO_MEMORY;
    MmBuildMdlForNonPagedPool(mdl);
    __try {
        *result = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        *result = NULL;
    }
    if (*result) {
        owner = find_owner(process);
        if (!owner) {
            owner = ExAllocatePoolWithTag(PagedPool, sizeof(OWNER), 'nwO');
            if (!owner) {
                MmUnmapLockedPages(*result, mdl);
                IoFreeMdl(mdl);
                return STATUS_NO_MEMORY;
            }
            owner->process = process;
            InitializeListHead(&owner->views);
            InsertTailList(&owners, &owner->link);
        }
        view = ExAllocatePoolWithTag(PagedPool, sizeof(VIEW), 'weiV');
        if (!view) {
                MmUnmapLockedPages(*result, mdl);
                IoFreeMdl(mdl);
                return STATUS_NO_MEMORY;
            }
        view->address = *result;
        view->mdl = mdl;
        view->pool = pool;
        InsertTailList(&owner->views, &view->link);
    } else {
        IoFreeMdl(mdl);
        return STATUS_NONE_MAPPED;
    }
    return STATUS_SUCCESS;
}

/* Nobody can find an owner that is in no list. */
NTSTATUS keep_bad(HANDLE process, PVOID pool, ULONG size)
{
    NTSTATUS status = STATUS_SUCCESS;
    POWNER owner = NULL;
    PVIEW view = NULL;
    PVOID address;
    PMDL mdl = IoAllocateMdl(pool, size, FALSE, FALSE, NULL);

    if (!mdl)
        return STATUS_NO_MEMORY;
    MmBuildMdlForNonPagedPool(mdl);
    __try {
        address = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority); // expect: MDL022
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        address = NULL;
    }
    if (!address) {
        IoFreeMdl(mdl);
        return STATUS_NONE_MAPPED;
    }
    owner = ExAllocatePoolWithTag(PagedPool, sizeof(OWNER), 'nwO');
    view = view_of(address, mdl, pool);
    if (owner && view) {
        owner->process = process;
        InitializeListHead(&owner->views);
        InsertTailList(&owner->views, &view->link);
        return status;
    }
    MmUnmapLockedPages(address, mdl);
    IoFreeMdl(mdl);
    if (view)
        ExFreePoolWithTag(view, 'weiV');
    if (owner)
        ExFreePoolWithTag(owner, 'nwO');
    return STATUS_NO_MEMORY;
}
