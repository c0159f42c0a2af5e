// The failure path after the lock frees the MDL with its pages still locked.
#include <wdm.h>

NTSTATUS start_write(PVOID address, ULONG length);

NTSTATUS write_user_buffer_bad(PVOID buffer, ULONG length)
{
    PVOID address;
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess); // step: MDL004
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (address == NULL) {
        IoFreeMdl(mdl); // expect: MDL004
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    status = start_write(address, length);
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}

NTSTATUS write_user_buffer_ok(PVOID buffer, ULONG length)
{
    PVOID address;
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (address == NULL) {
        MmUnlockPages(mdl);
        IoFreeMdl(mdl);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    status = start_write(address, length);
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}
