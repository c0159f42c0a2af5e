// hide() clears the pointer of the structure, but the caller kept a copy of the address.
#include <wdm.h>

typedef struct _WINDOW {
    PMDL Mdl;
    PVOID Address;
} WINDOW;

static NTSTATUS show(WINDOW *window)
{
    window->Address =
        MmMapLockedPagesSpecifyCache(window->Mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    return window->Address != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

static void hide(WINDOW *window)
{
    if (window->Address == NULL)
        return;
    MmUnmapLockedPages(window->Address, window->Mdl);
    window->Address = NULL;
}

NTSTATUS flash_bad(WINDOW *window)
{
    PUCHAR pixel;
    NTSTATUS status = show(window);

    if (!NT_SUCCESS(status))
        return status;
    pixel = window->Address;
    *pixel = 0xff;
    hide(window);
    MmUnmapLockedPages(pixel, window->Mdl); // expect: MDL011
    return STATUS_SUCCESS;
}

NTSTATUS flash_ok(WINDOW *window)
{
    PUCHAR pixel;
    NTSTATUS status = show(window);

    if (!NT_SUCCESS(status))
        return status;
    pixel = window->Address;
    *pixel = 0xff;
    hide(window);
    hide(window);
    return STATUS_SUCCESS;
}
