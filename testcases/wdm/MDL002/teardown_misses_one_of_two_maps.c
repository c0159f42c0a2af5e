// Start maps the same pages twice, for two addresses in the context; Stop unmaps only the first before it unlocks.
#include <wdm.h>

typedef struct _TWIN {
    PMDL Mdl;
    PVOID First, Second;
} TWIN, *PTWIN;

static NTSTATUS map(PMDL mdl, PVOID *address)
{
    __try {
        *address = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority); // step: MDL002
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    return STATUS_SUCCESS;
}

NTSTATUS start(PTWIN twin, PMDL locked)
{
    NTSTATUS status;

    twin->Mdl = locked;
    status = map(locked, &twin->First);
    if (!NT_SUCCESS(status))
        return status;
    status = map(locked, &twin->Second);
    if (!NT_SUCCESS(status))
        MmUnmapLockedPages(twin->First, locked);
    return status;
}

VOID stop_bad(PTWIN twin)
{
    MmUnmapLockedPages(twin->First, twin->Mdl);
    MmUnlockPages(twin->Mdl); // expect: MDL002
    IoFreeMdl(twin->Mdl);
}
