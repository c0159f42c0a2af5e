// clean: another file, which is not here, gets the context; it may unmap before the teardown unlocks.
#include <wdm.h>

typedef struct _SURFACE {
    PMDL Mdl;
    PVOID Address;
} SURFACE, *PSURFACE;

VOID surface_hide(PSURFACE surface);

NTSTATUS surface_show(PSURFACE surface)
{
    __try {
        surface->Address = MmMapLockedPagesSpecifyCache(surface->Mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

VOID surface_idle(PSURFACE surface)
{
    surface_hide(surface);
}

VOID surface_destroy(PSURFACE surface)
{
    MmUnlockPages(surface->Mdl);
    IoFreeMdl(surface->Mdl);
}
