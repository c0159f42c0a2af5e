// clean: the classic ladder of labels, each undoing one step.
#include <wdm.h>

NTSTATUS program_device(PVOID kernel_view, PVOID user_view);

NTSTATUS ladder(PVOID buffer, ULONG length)
{
    NTSTATUS status;
    PVOID kernel_view, user_view = NULL;
    PMDL mdl;

    mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (!mdl) {
        status = STATUS_INSUFFICIENT_RESOURCES;
        goto out;
    }
    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoModifyAccess);
        status = STATUS_SUCCESS;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (!NT_SUCCESS(status))
        goto free;
    kernel_view = MmGetSystemAddressForMdlSafe(mdl, HighPagePriority);
    if (!kernel_view) {
        status = STATUS_INSUFFICIENT_RESOURCES;
        goto unlock;
    }
    __try {
        user_view = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        goto unlock;
    }
    status = program_device(kernel_view, user_view);
    MmUnmapLockedPages(user_view, mdl);
unlock:
    MmUnlockPages(mdl);
free:
    IoFreeMdl(mdl);
out:
    return status;
}
