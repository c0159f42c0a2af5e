// A helper writes to the view where a flag of the MDL allows it: one that says that there is a view, or one that says nothing of it.
#include <wdm.h>

struct view {
    PMDL Mdl;
    PULONG Address;
};

static NTSTATUS view_open(struct view *view, PVOID buffer, ULONG length)
{
    view->Mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (view->Mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(view->Mdl, KernelMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(view->Mdl);
        return GetExceptionCode();
    }
    view->Address = MmMapLockedPagesSpecifyCache(view->Mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    return STATUS_SUCCESS;
}

static void view_close(struct view *view)
{
    if (view->Mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA) {
        *view->Address = 0;
        MmUnmapLockedPages(view->Address, view->Mdl);
    }
    MmUnlockPages(view->Mdl);
    IoFreeMdl(view->Mdl);
}

/* The mapping may have failed: then MDL_MAPPED_TO_SYSTEM_VA is not set. */
NTSTATUS mapped_flag_ok(PVOID buffer, ULONG length)
{
    struct view view = {0};
    NTSTATUS status = view_open(&view, buffer, length);

    if (NT_SUCCESS(status))
        view_close(&view);
    return status;
}

static void view_close_by_lock(struct view *view)
{
    if (view->Mdl->MdlFlags & MDL_PAGES_LOCKED) {
        *view->Address = 0;
        MmUnlockPages(view->Mdl);
    }
    IoFreeMdl(view->Mdl);
}

NTSTATUS locked_flag_bad(PVOID buffer, ULONG length)
{
    struct view view = {0};
    NTSTATUS status = view_open(&view, buffer, length);

    if (NT_SUCCESS(status))
        view_close_by_lock(&view); // expect: MDL015
    return status;
}

/* The flag says nothing of what comes after the unmap: the helper is wrong, and its caller is not told the same of a view that is not there. */
static void view_close_late_bad(struct view *view)
{
    if (view->Mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA) {
        MmUnmapLockedPages(view->Address, view->Mdl);
        *view->Address = 0; // expect: MDL014
    }
    MmUnlockPages(view->Mdl);
    IoFreeMdl(view->Mdl);
}

NTSTATUS late_write(PVOID buffer, ULONG length)
{
    struct view view = {0};
    NTSTATUS status = view_open(&view, buffer, length);

    if (NT_SUCCESS(status))
        view_close_late_bad(&view);
    return status;
}
