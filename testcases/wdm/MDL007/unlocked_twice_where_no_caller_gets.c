// A release helper unlocks twice where the pages are locked: wrong whoever calls it. The one caller has another mistake, and never gets there.
#include <wdm.h>

typedef struct _WINDOW {
    PMDL Mdl;
    PUCHAR View;
} WINDOW;

static void window_release(WINDOW *window)
{
    if (window->Mdl != NULL && (window->Mdl->MdlFlags & MDL_PAGES_LOCKED)) {
        MmUnlockPages(window->Mdl); // step: MDL007
        MmUnlockPages(window->Mdl); // expect: MDL007
    }
    if (window->Mdl != NULL) {
        IoFreeMdl(window->Mdl);
        window->Mdl = NULL;
    }
}

NTSTATUS window_touch_bad(PVOID buffer, ULONG length)
{
    NTSTATUS status = STATUS_SUCCESS;
    WINDOW window = {0};

    window.Mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (window.Mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    window.View = MmGetSystemAddressForMdlSafe(window.Mdl, NormalPagePriority); // expect: MDL010
    if (window.View == NULL)
        status = STATUS_INSUFFICIENT_RESOURCES;
    window_release(&window);
    return status;
}

static void window_release_once(WINDOW *window)
{
    if (window->Mdl == NULL)
        return;
    if (window->Mdl->MdlFlags & MDL_PAGES_LOCKED)
        MmUnlockPages(window->Mdl);
    IoFreeMdl(window->Mdl);
    window->Mdl = NULL;
}

NTSTATUS window_touch_ok(PVOID buffer, ULONG length)
{
    NTSTATUS status = STATUS_SUCCESS;
    WINDOW window = {0};

    window.Mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (window.Mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(window.Mdl, KernelMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        window_release_once(&window);
        return GetExceptionCode();
    }
    window.View = MmGetSystemAddressForMdlSafe(window.Mdl, NormalPagePriority);
    if (window.View == NULL)
        status = STATUS_INSUFFICIENT_RESOURCES;
    window_release_once(&window);
    return status;
}
