// A partial MDL over a source that is mapped shares the source's mapping, which lives as long as the source stays locked.
#include <wdm.h>

static NTSTATUS lock(PMDL mdl)
{
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

/* The source is unlocked first; with it went the mapping behind the partial MDL's address. */
NTSTATUS clear_half_bad(PMDL source, PMDL part, ULONG half)
{
    PUCHAR whole, view;
    NTSTATUS status = lock(source);

    if (!NT_SUCCESS(status))
        return status;
    whole = MmGetSystemAddressForMdlSafe(source, NormalPagePriority);
    if (whole == NULL) {
        MmUnlockPages(source);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    IoBuildPartialMdl(source, part, MmGetMdlVirtualAddress(source), half);
    view = MmGetSystemAddressForMdlSafe(part, NormalPagePriority);
    MmUnlockPages(source);
    if (view != NULL)
        view[0] = 0; // expect: MDL014
    return STATUS_SUCCESS;
}

NTSTATUS clear_half_ok(PMDL source, PMDL part, ULONG half)
{
    PUCHAR whole, view;
    NTSTATUS status = lock(source);

    if (!NT_SUCCESS(status))
        return status;
    whole = MmGetSystemAddressForMdlSafe(source, NormalPagePriority);
    if (whole == NULL) {
        MmUnlockPages(source);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    IoBuildPartialMdl(source, part, MmGetMdlVirtualAddress(source), half);
    view = MmGetSystemAddressForMdlSafe(part, NormalPagePriority);
    if (view != NULL)
        view[0] = 0;
    MmPrepareMdlForReuse(part);
    whole[0] = 1;
    MmUnlockPages(source);
    return STATUS_SUCCESS;
}
