// The unmap comes after the unlock and the free: what came too early first is the unlock.
#include <wdm.h>

NTSTATUS clear_bad(PMDL mdl)
{
    PVOID address;

    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    address = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority); // step: MDL002
    if (address == NULL) {
        MmUnlockPages(mdl);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    RtlZeroMemory(address, MmGetMdlByteCount(mdl));
    MmUnlockPages(mdl); // expect: MDL002
    IoFreeMdl(mdl);
    MmUnmapLockedPages(address, mdl); // step: MDL002
    return STATUS_SUCCESS;
}

NTSTATUS clear_ok(PMDL mdl)
{
    PVOID address;

    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    address = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    if (address == NULL) {
        MmUnlockPages(mdl);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    RtlZeroMemory(address, MmGetMdlByteCount(mdl));
    MmUnmapLockedPages(address, mdl);
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

/* Nothing is known of what the caller has mapped, but that it is unmapped here. */
VOID put_bad(PMDL mdl, PVOID address)
{
    MmUnlockPages(mdl); // expect: MDL002
    IoFreeMdl(mdl);
    MmUnmapLockedPages(address, mdl);
}
