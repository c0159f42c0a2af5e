// clean: an MDL with two mappings, one of which is unmapped by an address that nobody can follow: it may be either.
#include <wdm.h>

NTSTATUS share_ok(PMDL mdl, ULONG_PTR secret)
{
    PVOID system = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority), user = NULL;
    NTSTATUS status = STATUS_SUCCESS;
    ULONG_PTR kept;

    if (!system)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        user = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (!NT_SUCCESS(status) || !user)
        return STATUS_INSUFFICIENT_RESOURCES;
    kept = (ULONG_PTR)user ^ secret;
    user = NULL;
    *(UCHAR *)system = 1;
    MmUnmapLockedPages((PVOID)(kept ^ secret), mdl);
    return STATUS_SUCCESS;
}
