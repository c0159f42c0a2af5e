// clean: one dispatch routine maps and unmaps, by control code; Close releases what is left under the flag that says it is mapped.
#include <wdm.h>

#define IOCTL_MAP 1
#define IOCTL_UNMAP 2

typedef struct _WINDOW {
    PMDL Mdl;
    PVOID Address;
    BOOLEAN IsMapped;
} WINDOW, *PWINDOW;

static NTSTATUS window_map(PWINDOW window)
{
    if (window->IsMapped)
        return STATUS_INVALID_DEVICE_STATE;
    __try {
        window->Address = MmMapLockedPagesSpecifyCache(window->Mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    window->IsMapped = TRUE;
    return STATUS_SUCCESS;
}

static VOID window_unmap(PWINDOW window)
{
    if (!window->IsMapped)
        return;
    MmUnmapLockedPages(window->Address, window->Mdl);
    window->IsMapped = FALSE;
}

NTSTATUS window_control(PWINDOW window, ULONG code)
{
    switch (code) {
    case IOCTL_MAP: return window_map(window);
    case IOCTL_UNMAP: window_unmap(window); return STATUS_SUCCESS;
    default: return STATUS_INVALID_DEVICE_REQUEST;
    }
}

VOID window_close(PWINDOW window)
{
    window_unmap(window);
    MmUnlockPages(window->Mdl);
    IoFreeMdl(window->Mdl);
}
