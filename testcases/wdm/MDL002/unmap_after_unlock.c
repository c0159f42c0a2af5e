// The order is turned round: MmUnlockPages has already released the system mapping that is unmapped after it.
#include <wdm.h>

NTSTATUS fill_buffer_bad(PMDL mdl, UCHAR value)
{
    PVOID address;

    __try {
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority); // step: MDL002
    if (address == NULL) {
        MmUnlockPages(mdl);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    RtlFillMemory(address, MmGetMdlByteCount(mdl), value);
    MmUnlockPages(mdl);               // expect: MDL002
    MmUnmapLockedPages(address, mdl); // step: MDL002
    return STATUS_SUCCESS;
}

NTSTATUS fill_buffer_explicitly_ok(PMDL mdl, UCHAR value)
{
    PVOID address;

    __try {
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (address == NULL) {
        MmUnlockPages(mdl);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    RtlFillMemory(address, MmGetMdlByteCount(mdl), value);
    MmUnmapLockedPages(address, mdl);
    MmUnlockPages(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS fill_buffer_implicitly_ok(PMDL mdl, UCHAR value)
{
    PVOID address;

    __try {
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (address != NULL)
        RtlFillMemory(address, MmGetMdlByteCount(mdl), value);
    MmUnlockPages(mdl);
    return address != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}
