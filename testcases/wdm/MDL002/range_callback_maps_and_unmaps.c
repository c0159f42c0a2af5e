// A walker hands each piece of a buffer to a callback with a context; the context carries the mapping from one call to the next.
#include <wdm.h>

typedef struct _WINDOW {
    PMDL Mdl;
    PVOID View;
} WINDOW, *PWINDOW;

typedef NTSTATUS(NTAPI *WINDOW_ACTION)(PWINDOW Window, PVOID Argument);

NTSTATUS WindowPublish(PVOID View, PVOID Argument);

static NTSTATUS NTAPI WindowOpenAction(PWINDOW Window, PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    __try {
        Window->View = MmMapLockedPagesSpecifyCache(Window->Mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Window->View = NULL;
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI WindowCloseAction(PWINDOW Window, PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    if (Window->View != NULL) {
        MmUnmapLockedPages(Window->View, Window->Mdl);
        Window->View = NULL;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI WindowNothing(PWINDOW Window, PVOID Argument)
{
    UNREFERENCED_PARAMETER(Window);
    UNREFERENCED_PARAMETER(Argument);
    return STATUS_SUCCESS;
}

/* Under the device's lock, in a real driver. */
static NTSTATUS WindowRun(PWINDOW Window, WINDOW_ACTION Action, PVOID Argument)
{
    if (Window->Mdl == NULL)
        return STATUS_INVALID_DEVICE_STATE;
    return Action(Window, Argument);
}

static NTSTATUS WindowPin(PWINDOW Window, PVOID Buffer, ULONG Bytes)
{
    Window->View = NULL;
    Window->Mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, NULL);
    if (Window->Mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(Window->Mdl, UserMode, IoModifyAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(Window->Mdl);
        Window->Mdl = NULL;
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

static VOID WindowUnpin(PWINDOW Window)
{
    MmUnlockPages(Window->Mdl);
    IoFreeMdl(Window->Mdl);
    Window->Mdl = NULL;
}

NTSTATUS WindowOnce_ok(PVOID Buffer, ULONG Bytes, PVOID Argument)
{
    WINDOW window;
    NTSTATUS status = WindowPin(&window, Buffer, Bytes);

    if (!NT_SUCCESS(status))
        return status;
    status = WindowRun(&window, WindowOpenAction, NULL);
    if (NT_SUCCESS(status))
        status = WindowPublish(window.View, Argument);
    WindowRun(&window, WindowCloseAction, NULL);
    WindowUnpin(&window);
    return status;
}

NTSTATUS WindowOnce_bad(PVOID Buffer, ULONG Bytes, PVOID Argument)
{
    WINDOW window;
    NTSTATUS status = WindowPin(&window, Buffer, Bytes);

    if (!NT_SUCCESS(status))
        return status;
    status = WindowRun(&window, WindowOpenAction, NULL);
    if (NT_SUCCESS(status))
        status = WindowPublish(window.View, Argument);
    WindowRun(&window, WindowNothing, NULL);
    WindowUnpin(&window); // expect: MDL002
    return status;
}
