// User views are kept in a list; the request that undoes one removes its entry and forgets the unmap.
#include <wdm.h>

#define VIEW_TAG 'weiV'

typedef struct _USER_VIEW {
    LIST_ENTRY Link;
    PEPROCESS Process;
    PMDL Mdl;
    PVOID Address;
} USER_VIEW, *PUSER_VIEW;

typedef struct _VIEW_LIST {
    FAST_MUTEX Lock;
    LIST_ENTRY Head;
} VIEW_LIST, *PVIEW_LIST;

static PVOID MapOrNull(PMDL Mdl)
{
    PVOID address;

    __try {
        address = MmMapLockedPagesSpecifyCache(Mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return NULL;
    }
    return address;
}

NTSTATUS ViewAdd_ok(PVIEW_LIST List, PMDL Mdl, PVOID *Address)
{
    PUSER_VIEW view = ExAllocatePoolWithTag(PagedPool, sizeof(*view), VIEW_TAG);

    if (!view)
        return STATUS_INSUFFICIENT_RESOURCES;
    view->Mdl = Mdl;
    view->Process = PsGetCurrentProcess();
    view->Address = MapOrNull(Mdl);
    if (!view->Address) {
        ExFreePoolWithTag(view, VIEW_TAG);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *Address = view->Address;
    ExAcquireFastMutex(&List->Lock);
    InsertTailList(&List->Head, &view->Link);
    ExReleaseFastMutex(&List->Lock);
    return STATUS_SUCCESS;
}

/* The entry that would have remembered the address goes away with the failure. */
NTSTATUS ViewAdd_bad(PVIEW_LIST List, PMDL Mdl, ULONG Limit, ULONG *Count)
{
    PVOID address;
    PUSER_VIEW view = ExAllocatePoolWithTag(PagedPool, sizeof(*view), VIEW_TAG);

    if (!view)
        return STATUS_INSUFFICIENT_RESOURCES;
    address = MapOrNull(Mdl); // expect: MDL022
    if (!address) {
        ExFreePoolWithTag(view, VIEW_TAG);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (*Count >= Limit) {
        ExFreePoolWithTag(view, VIEW_TAG);
        return STATUS_QUOTA_EXCEEDED;
    }
    view->Mdl = Mdl;
    view->Address = address;
    (*Count)++;
    ExAcquireFastMutex(&List->Lock);
    InsertTailList(&List->Head, &view->Link);
    ExReleaseFastMutex(&List->Lock);
    return STATUS_SUCCESS;
}

VOID ViewRemoveAll_ok(PVIEW_LIST List, PEPROCESS Process)
{
    PLIST_ENTRY link, next;

    ExAcquireFastMutex(&List->Lock);
    for (link = List->Head.Flink; link != &List->Head; link = next) {
        PUSER_VIEW view = CONTAINING_RECORD(link, USER_VIEW, Link);

        next = link->Flink;
        if (view->Process != Process)
            continue;
        RemoveEntryList(link);
        MmUnmapLockedPages(view->Address, view->Mdl);
        ExFreePoolWithTag(view, VIEW_TAG);
    }
    ExReleaseFastMutex(&List->Lock);
}
