// The error branch unlocks and the common tail unlocks once more.
#include <wdm.h>

NTSTATUS submit(PVOID address);

NTSTATUS submit_buffer_bad(PVOID buffer, ULONG length)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    PVOID address;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return status;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return STATUS_INVALID_USER_BUFFER;
    }
    address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (address != NULL) {
        status = submit(address);
        if (status == STATUS_DEVICE_NOT_READY)
            MmUnlockPages(mdl); // step: MDL007
    }
    MmUnlockPages(mdl); // expect: MDL007
    IoFreeMdl(mdl);
    return status;
}

NTSTATUS submit_buffer_ok(PVOID buffer, ULONG length)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    PVOID address;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return status;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return STATUS_INVALID_USER_BUFFER;
    }
    address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (address != NULL) {
        status = submit(address);
        if (status == STATUS_DEVICE_NOT_READY)
            status = STATUS_RETRY;
    }
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}
