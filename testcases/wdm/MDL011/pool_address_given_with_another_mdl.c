// The address of nonpaged pool, which its MDL knows without a mapping, is given back as if it were the mapping of another MDL.
#include <wdm.h>

NTSTATUS copy_out_bad(PVOID pool, PVOID buffer, ULONG length)
{
    PMDL own, target;
    NTSTATUS status = STATUS_SUCCESS;
    PVOID from, to;

    own = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);
    if (own == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(own);
    from = MmGetSystemAddressForMdlSafe(own, NormalPagePriority);
    target = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (target == NULL) {
        status = STATUS_INSUFFICIENT_RESOURCES;
        goto free_own;
    }
    __try {
        MmProbeAndLockPages(target, UserMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (!NT_SUCCESS(status))
        goto free_target;
    to = MmMapLockedPagesSpecifyCache(target, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    if (to == NULL) {
        status = STATUS_INSUFFICIENT_RESOURCES;
        goto unlock;
    }
    RtlCopyMemory(to, from, length);
    MmUnmapLockedPages(from, target); // expect: MDL011
unlock:
    MmUnlockPages(target);
free_target:
    IoFreeMdl(target);
free_own:
    IoFreeMdl(own);
    return status;
}

NTSTATUS copy_out_ok(PVOID pool, PVOID buffer, ULONG length)
{
    PMDL own, target;
    NTSTATUS status = STATUS_SUCCESS;
    PVOID from, to;

    own = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);
    if (own == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(own);
    from = MmGetSystemAddressForMdlSafe(own, NormalPagePriority);
    target = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (target == NULL) {
        status = STATUS_INSUFFICIENT_RESOURCES;
        goto free_own;
    }
    __try {
        MmProbeAndLockPages(target, UserMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (!NT_SUCCESS(status))
        goto free_target;
    to = MmMapLockedPagesSpecifyCache(target, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    if (to == NULL) {
        status = STATUS_INSUFFICIENT_RESOURCES;
        goto unlock;
    }
    RtlCopyMemory(to, from, length);
    MmUnmapLockedPages(to, target);
unlock:
    MmUnlockPages(target);
free_target:
    IoFreeMdl(target);
free_own:
    IoFreeMdl(own);
    return status;
}
