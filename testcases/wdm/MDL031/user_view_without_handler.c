// A mapping into user space raises when it fails, whatever BugCheckOnFailure says: a test for NULL is of no use, a handler is needed.
#include <wdm.h>

struct view {
    PMDL mdl;
    PVOID address;
};

NTSTATUS open_with_a_null_test_bad(struct view *view)
{
    view->address = MmMapLockedPagesSpecifyCache(view->mdl, UserMode, MmCached, NULL, FALSE, // expect: MDL031
                                                 NormalPagePriority);
    if (view->address == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    return STATUS_SUCCESS;
}

NTSTATUS open_ok(struct view *view)
{
    __try {
        view->address = MmMapLockedPagesSpecifyCache(view->mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        view->address = NULL;
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    return STATUS_SUCCESS;
}

/* A kernel mapping returns NULL instead. */
NTSTATUS open_for_the_driver_ok(struct view *view)
{
    view->address = MmMapLockedPagesSpecifyCache(view->mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    return view->address ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

/* The old routine raises as well. */
PVOID open_the_old_way_bad(PMDL mdl)
{
    return MmMapLockedPages(mdl, UserMode); // expect: MDL031
}

PVOID open_the_old_way_ok(PMDL mdl)
{
    __try {
        return MmMapLockedPages(mdl, UserMode);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return NULL;
    }
}

/* The mode is the caller's: nobody knows here whether it raises. */
PVOID open_for_whom_ok(PMDL mdl, KPROCESSOR_MODE mode)
{
    return MmMapLockedPagesSpecifyCache(mdl, mode, MmCached, NULL, FALSE, NormalPagePriority);
}
