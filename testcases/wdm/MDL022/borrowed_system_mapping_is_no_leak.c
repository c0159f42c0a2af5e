// clean: the I/O manager's MDL is unlocked when the request completes, and its system mapping goes with that.
#include <wdm.h>

NTSTATUS serve_read_ok(PIRP irp, PVOID data, ULONG length)
{
    PVOID target;

    if (irp->MdlAddress == NULL)
        return STATUS_INVALID_PARAMETER;
    target = MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority);
    if (target == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (length > MmGetMdlByteCount(irp->MdlAddress))
        return STATUS_BUFFER_TOO_SMALL;
    RtlCopyMemory(target, data, length);
    irp->IoStatus.Information = length;
    return STATUS_SUCCESS;
}

NTSTATUS own_mdl_ok(PVOID buffer, ULONG length, PVOID data)
{
    PVOID target;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    target = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    if (target != NULL)
        RtlCopyMemory(target, data, length);
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return target != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}
