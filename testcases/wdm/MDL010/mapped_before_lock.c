// The system address is asked for before the pages are locked.
#include <wdm.h>

NTSTATUS zero_user_buffer_bad(PVOID buffer, ULONG length)
{
    PVOID address;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL); // step: MDL010

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority); // expect: MDL010
    if (address == NULL) {
        IoFreeMdl(mdl);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    RtlZeroMemory(address, length);
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS zero_user_buffer_ok(PVOID buffer, ULONG length)
{
    PVOID address;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (address != NULL)
        RtlZeroMemory(address, length);
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return address != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}
