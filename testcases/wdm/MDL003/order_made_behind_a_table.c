// A struct of function pointers hides which half comes first: the pages are freed under the user mapping that the next call ends.
#include <wdm.h>

typedef struct _STORE STORE, *PSTORE;

typedef struct _STORE_METHODS {
    VOID (*Hide)(PSTORE Store);
    VOID (*Drop)(PSTORE Store);
} STORE_METHODS;

struct _STORE {
    const STORE_METHODS *Methods;
    PMDL Mdl;
    PVOID User;
};

static VOID UserHide(PSTORE store)
{
    MmUnmapLockedPages(store->User, store->Mdl);
    store->User = NULL;
}

static VOID UserDrop(PSTORE store)
{
    MmFreePagesFromMdl(store->Mdl);
    ExFreePool(store->Mdl);
    store->Mdl = NULL;
}

static const STORE_METHODS UserMethods = {UserHide, UserDrop};

static NTSTATUS show(PSTORE store, ULONG bytes)
{
    PHYSICAL_ADDRESS none = {0}, any;

    any.QuadPart = -1;
    store->Methods = &UserMethods;
    store->Mdl = MmAllocatePagesForMdlEx(none, any, none, bytes, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
    if (store->Mdl == NULL)
        return STATUS_NO_MEMORY;
    __try {
        store->User = MmMapLockedPagesSpecifyCache(store->Mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        UserDrop(store);
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

NTSTATUS serve_bad(PSTORE store, ULONG bytes)
{
    NTSTATUS status = show(store, bytes);

    if (!NT_SUCCESS(status))
        return status;
    store->Methods->Drop(store); // expect: MDL003
    store->Methods->Hide(store);
    return STATUS_SUCCESS;
}

NTSTATUS serve_ok(PSTORE store, ULONG bytes)
{
    NTSTATUS status = show(store, bytes);

    if (!NT_SUCCESS(status))
        return status;
    store->Methods->Hide(store);
    store->Methods->Drop(store);
    return STATUS_SUCCESS;
}
