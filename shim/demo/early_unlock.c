/*
 * early_unlock.c - a display driver that unlocks and frees its MDL while the GPU can still write through it, run on the host:
 *
 *   mdlguard-host-cc shim/demo/early_unlock.c -o early_unlock && ./early_unlock
 *
 * The order in surface_destroy_bad is that of a real mistake: the mapping to the IOMMU is taken down last. By then the page belongs to somebody else,
 * and the GPU, which was not idle, has written into it.
 */
#include "wdk/d3dkmddi_iommu.h"

#include "mdlguard_host.h"

typedef struct _SURFACE {
    PMDL Mdl;
    HANDLE Memory;
    DXGKRNL_INTERFACE *Dxgk;
} SURFACE;

static NTSTATUS surface_create(SURFACE *surface, PVOID buffer, ULONG length)
{
    DXGKARGCB_MAPMDLTOIOMMU map = {0};
    NTSTATUS status;

    surface->Mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (surface->Mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(surface->Mdl, UserMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(surface->Mdl);
        surface->Mdl = NULL;
        return GetExceptionCode();
    }
    map.pMdl = surface->Mdl;
    status = surface->Dxgk->DxgkCbMapMdlToIoMmu(surface->Dxgk->DeviceHandle, &map);
    if (!NT_SUCCESS(status)) {
        MmUnlockPages(surface->Mdl);
        IoFreeMdl(surface->Mdl);
        surface->Mdl = NULL;
        return status;
    }
    surface->Memory = map.hMemoryHandle;
    return STATUS_SUCCESS;
}

static void surface_unmap(SURFACE *surface)
{
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap = {surface->Memory};

    surface->Dxgk->DxgkCbUnmapMdlFromIoMmu(surface->Dxgk->DeviceHandle, &unmap);
}

static void surface_destroy_ok(SURFACE *surface)
{
    surface_unmap(surface);
    MmUnlockPages(surface->Mdl);
    IoFreeMdl(surface->Mdl);
}

/* What runs between the two halves of the wrong teardown: the process ends, another one gets its page, and the GPU finishes its frame. */
static void meanwhile(void *range, ULONGLONG target, void **other)
{
    static const char pixels[32] = "pixels of a frame, a bit late";

    mdlguard_host_user_free(range);
    *other = mdlguard_host_other_page("another process");
    mdlguard_host_device_write(target, pixels, sizeof(pixels));
}

static void surface_destroy_bad(SURFACE *surface, void *range, ULONGLONG target, void **other)
{
    MmUnlockPages(surface->Mdl);
    IoFreeMdl(surface->Mdl);
    meanwhile(range, target, other);
    surface_unmap(surface);
}

static void run(void *context)
{
    int is_bad = *(int *)context;
    DXGKRNL_INTERFACE dxgk;
    SURFACE surface = {0};
    void *range = mdlguard_host_user_range(PAGE_SIZE), *other = NULL;

    mdlguard_host_adapter(&dxgk);
    MdlGuardWrapDxgkInterface(&dxgk);
    surface.Dxgk = &dxgk;
    if (!NT_SUCCESS(surface_create(&surface, range, PAGE_SIZE)))
        return;
    if (is_bad) {
        surface_destroy_bad(&surface, range, mdlguard_host_device_address(surface.Memory, 0), &other);
        mdlguard_host_other_is_intact(other);
    } else {
        ULONGLONG target = mdlguard_host_device_address(surface.Memory, 0);

        surface_destroy_ok(&surface);
        meanwhile(range, target, &other); /* the GPU is as late as before, but the IOMMU stops it */
        mdlguard_host_other_is_intact(other);
    }
}

int mdlguard_main(int argc, char **argv)
{
    struct mdlguard_host_result result;
    int is_bad = argc < 2; /* any argument: the right order */

    (void)argv;
    mdlguard_host_run(run, &is_bad, MDLGUARD_HOST_GO_ON, &result);
    return result.violations != 0;
}
