// A reserved mapping has to be removed with MmUnmapReservedMapping before the pages are unlocked.
#include <wdm.h>

#define RESERVE_TAG 'vsrM'

NTSTATUS copy_under_pressure_bad(PMDL mdl, PVOID reserve, PVOID target, ULONG length)
{
    PVOID address;

    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    address = MmMapLockedPagesWithReservedMapping(reserve, RESERVE_TAG, mdl, MmCached); // step: MDL002
    if (address == NULL) {
        MmUnlockPages(mdl);
        return STATUS_BUFFER_OVERFLOW;
    }
    RtlCopyMemory(target, address, length);
    MmUnlockPages(mdl); // expect: MDL002
    MmUnmapReservedMapping(reserve, RESERVE_TAG, mdl);
    return STATUS_SUCCESS;
}

NTSTATUS copy_under_pressure_ok(PMDL mdl, PVOID reserve, PVOID target, ULONG length)
{
    PVOID address;

    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    address = MmMapLockedPagesWithReservedMapping(reserve, RESERVE_TAG, mdl, MmCached);
    if (address == NULL) {
        MmUnlockPages(mdl);
        return STATUS_BUFFER_OVERFLOW;
    }
    RtlCopyMemory(target, address, length);
    MmUnmapReservedMapping(reserve, RESERVE_TAG, mdl);
    MmUnlockPages(mdl);
    return STATUS_SUCCESS;
}
