// The retry path builds an MDL as nonpaged pool although it is locked.
#include <wdm.h>

NTSTATUS transmit(PMDL mdl);

NTSTATUS transmit_again_bad(PVOID buffer, ULONG length)
{
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoReadAccess); // step: MDL008
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return STATUS_INVALID_USER_BUFFER;
    }
    status = transmit(mdl);
    if (status == STATUS_RETRY) {
        MmBuildMdlForNonPagedPool(mdl); // expect: MDL008
        status = transmit(mdl);
    }
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}

NTSTATUS transmit_again_ok(PVOID pool, ULONG length)
{
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    do {
        status = transmit(mdl);
    } while (status == STATUS_RETRY);
    IoFreeMdl(mdl);
    return status;
}
