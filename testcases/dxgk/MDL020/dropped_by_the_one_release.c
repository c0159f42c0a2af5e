// The one helper that releases what set-up came by clears the descriptor's member, and its free is missing.
#include "wdk/d3dkmddi_iommu.h"

typedef struct _WINDOW {
    PMDL Mdl;
    PVOID View;
    HANDLE Handle;
    BOOLEAN IsLocked;
} WINDOW;

static VOID window_clear(WINDOW *window, DXGKRNL_INTERFACE *dxgk)
{
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {0};

    if (window->Handle != NULL) {
        unmap.hMemoryHandle = window->Handle;
        dxgk->DxgkCbUnmapMdlFromIoMmu(dxgk->DeviceHandle, &unmap);
        window->Handle = NULL;
    }
    if (window->View != NULL) {
        MmUnmapLockedPages(window->View, window->Mdl);
        window->View = NULL;
    }
    if (window->IsLocked) {
        MmUnlockPages(window->Mdl);
        window->IsLocked = FALSE;
    }
    if (window->Mdl != NULL)
        window->Mdl = NULL;
}

NTSTATUS window_bad(PVOID buffer, ULONG length, DXGKRNL_INTERFACE *dxgk)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {0};
    NTSTATUS status = STATUS_SUCCESS;
    WINDOW own = {0};
    WINDOW *window = &own;

    window->Mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL); // miss: MDL020 — the ways of the helper with and without an MDL become one, and what that one clears may have been NULL
    if (!window->Mdl) {
        status = STATUS_INSUFFICIENT_RESOURCES;
        goto exit;
    }
    __try {
        MmProbeAndLockPages(window->Mdl, KernelMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        goto exit;
    }
    window->IsLocked = TRUE;
    window->View = MmGetSystemAddressForMdlSafe(window->Mdl, NormalPagePriority);
    if (!window->View) {
        status = STATUS_INSUFFICIENT_RESOURCES;
        goto exit;
    }
    map.pMdl = window->Mdl;
    status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &map);
    if (NT_SUCCESS(status))
        window->Handle = map.hMemoryHandle;
exit:
    window_clear(window, dxgk);
    return status;
}

static VOID window_release(WINDOW *window, DXGKRNL_INTERFACE *dxgk)
{
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {0};

    if (window->Handle != NULL) {
        unmap.hMemoryHandle = window->Handle;
        dxgk->DxgkCbUnmapMdlFromIoMmu(dxgk->DeviceHandle, &unmap);
        window->Handle = NULL;
    }
    if (window->View != NULL) {
        MmUnmapLockedPages(window->View, window->Mdl);
        window->View = NULL;
    }
    if (window->IsLocked) {
        MmUnlockPages(window->Mdl);
        window->IsLocked = FALSE;
    }
    if (window->Mdl != NULL) {
        IoFreeMdl(window->Mdl);
        window->Mdl = NULL;
    }
}

NTSTATUS window_ok(PVOID buffer, ULONG length, DXGKRNL_INTERFACE *dxgk)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {0};
    NTSTATUS status = STATUS_SUCCESS;
    WINDOW own = {0};
    WINDOW *window = &own;

    window->Mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (!window->Mdl) {
        status = STATUS_INSUFFICIENT_RESOURCES;
        goto exit;
    }
    __try {
        MmProbeAndLockPages(window->Mdl, KernelMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        goto exit;
    }
    window->IsLocked = TRUE;
    window->View = MmGetSystemAddressForMdlSafe(window->Mdl, NormalPagePriority);
    if (!window->View) {
        status = STATUS_INSUFFICIENT_RESOURCES;
        goto exit;
    }
    map.pMdl = window->Mdl;
    status = dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &map);
    if (NT_SUCCESS(status))
        window->Handle = map.hMemoryHandle;
exit:
    window_release(window, dxgk);
    return status;
}
