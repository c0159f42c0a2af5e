// The BOOLEAN Mapped is kept correctly, but looked at only after the unlock.
#include <wdm.h>

typedef struct _VIEW {
    PMDL Mdl;
    PVOID UserAddress;
    BOOLEAN Mapped;
    BOOLEAN Locked;
} VIEW;

static NTSTATUS open_view(VIEW *view, PVOID buffer, ULONG length)
{
    RtlZeroMemory(view, sizeof(*view));
    view->Mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (view->Mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(view->Mdl, KernelMode, IoWriteAccess);
        view->Locked = TRUE;
        view->UserAddress =
            MmMapLockedPagesSpecifyCache(view->Mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
        view->Mapped = TRUE;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return STATUS_ACCESS_VIOLATION;
    }
    return STATUS_SUCCESS;
}

NTSTATUS show_page_bad(PVOID buffer)
{
    VIEW view;
    NTSTATUS status = open_view(&view, buffer, PAGE_SIZE);

    if (view.Locked)
        MmUnlockPages(view.Mdl); // expect: MDL002
    if (view.Mapped)
        MmUnmapLockedPages(view.UserAddress, view.Mdl);
    if (view.Mdl != NULL)
        IoFreeMdl(view.Mdl);
    return status;
}

NTSTATUS show_page_ok(PVOID buffer)
{
    VIEW view;
    NTSTATUS status = open_view(&view, buffer, PAGE_SIZE);

    if (view.Mapped)
        MmUnmapLockedPages(view.UserAddress, view.Mdl);
    if (view.Locked)
        MmUnlockPages(view.Mdl);
    if (view.Mdl != NULL)
        IoFreeMdl(view.Mdl);
    return status;
}
