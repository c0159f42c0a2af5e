// clean: the plain life cycle; the unlock releases the system mapping, so no unmap is written.
#include <wdm.h>

NTSTATUS write_to_user(PVOID buffer, ULONG length, PVOID data)
{
    PVOID target;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        NTSTATUS status = GetExceptionCode();

        IoFreeMdl(mdl);
        return status;
    }
    target = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (target == NULL) {
        MmUnlockPages(mdl);
        IoFreeMdl(mdl);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    RtlCopyMemory(target, data, length);
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}
