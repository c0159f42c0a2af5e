// The pages are unlocked too early, and the address is used and then unmapped.
// The use is the finding: that nothing is mapped any more when the unmap comes follows from the same mistake.
#include <wdm.h>

NTSTATUS copy_out_bad(PMDL mdl, PVOID target, ULONG length)
{
    PVOID view;

    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    view = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    MmUnlockPages(mdl);
    if (view == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlCopyMemory(target, view, length); // expect: MDL014
    MmUnmapLockedPages(view, mdl);
    return STATUS_SUCCESS;
}

NTSTATUS copy_own_bad(PVOID buffer, PVOID target, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    NTSTATUS status = STATUS_SUCCESS;
    PVOID view;

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (!NT_SUCCESS(status)) {
        IoFreeMdl(mdl);
        return status;
    }
    view = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    MmUnlockPages(mdl);
    if (view != NULL) {
        RtlCopyMemory(target, view, length); // expect: MDL014
        MmUnmapLockedPages(view, mdl);
    }
    IoFreeMdl(mdl);
    return status;
}

NTSTATUS copy_own_ok(PVOID buffer, PVOID target, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    NTSTATUS status = STATUS_SUCCESS;
    PVOID view;

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (!NT_SUCCESS(status)) {
        IoFreeMdl(mdl);
        return status;
    }
    view = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    if (view != NULL) {
        RtlCopyMemory(target, view, length);
        MmUnmapLockedPages(view, mdl);
    }
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}
