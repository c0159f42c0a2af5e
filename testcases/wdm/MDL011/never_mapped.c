// The MDL's own virtual address is taken for the address of a mapping that was never made.
#include <wdm.h>

NTSTATUS lock_and_drop_bad(PVOID buffer, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    MmUnmapLockedPages(MmGetMdlVirtualAddress(mdl), mdl); // expect: MDL011
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS lock_map_and_drop_ok(PMDL mdl)
{
    PVOID view;

    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    view = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (view != NULL)
        MmUnmapLockedPages(mdl->MappedSystemVa, mdl);
    MmUnlockPages(mdl);
    return STATUS_SUCCESS;
}
