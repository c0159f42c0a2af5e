// clean: one structure for four kinds of MDL; the kind chosen at the start chooses the way to release it.
#include <wdm.h>

typedef enum _KIND { KIND_POOL, KIND_USER, KIND_PAGES } KIND;

NTSTATUS use_address(PVOID address);

static PMDL make(KIND kind, PVOID buffer, ULONG length)
{
    PHYSICAL_ADDRESS zero = {0}, high;
    PMDL mdl = NULL;

    high.QuadPart = -1;
    switch (kind) {
    case KIND_PAGES:
        return MmAllocatePagesForMdlEx(zero, high, zero, length, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
    case KIND_POOL:
        mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
        if (mdl != NULL)
            MmBuildMdlForNonPagedPool(mdl);
        break;
    case KIND_USER:
        mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
        if (mdl == NULL)
            break;
        __try {
            MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            IoFreeMdl(mdl);
            mdl = NULL;
        }
        break;
    }
    return mdl;
}

static void unmake(KIND kind, PMDL mdl)
{
    switch (kind) {
    case KIND_PAGES:
        MmFreePagesFromMdl(mdl);
        ExFreePool(mdl);
        return;
    case KIND_USER:
        MmUnlockPages(mdl);
        /* fall through */
    case KIND_POOL:
        IoFreeMdl(mdl);
        return;
    }
}

NTSTATUS with_kind(KIND kind, PVOID buffer, ULONG length)
{
    PVOID address;
    NTSTATUS status;
    PMDL mdl = make(kind, buffer, length);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    status = address != NULL ? use_address(address) : STATUS_INSUFFICIENT_RESOURCES;
    unmake(kind, mdl);
    return status;
}
