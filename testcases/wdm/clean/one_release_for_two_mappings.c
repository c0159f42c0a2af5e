// clean: a release routine with a mapping to user space and one to system space, each under its own test.
#include <wdm.h>

typedef struct _SHARED {
    PMDL Mdl;
    PVOID User;
    PVOID System;
    BOOLEAN IsLocked;
} SHARED;

NTSTATUS shared_start(SHARED *shared);

static void shared_release(SHARED *shared)
{
    if (shared->User != NULL) {
        MmUnmapLockedPages(shared->User, shared->Mdl);
        shared->User = NULL;
    }
    if (shared->System != NULL) {
        MmUnmapLockedPages(shared->System, shared->Mdl);
        shared->System = NULL;
    }
    if (shared->IsLocked) {
        MmUnlockPages(shared->Mdl);
        shared->IsLocked = FALSE;
    }
    if (shared->Mdl != NULL) {
        IoFreeMdl(shared->Mdl);
        shared->Mdl = NULL;
    }
}

NTSTATUS shared_show(PVOID buffer, ULONG length)
{
    SHARED shared = {0};
    NTSTATUS status = STATUS_SUCCESS;

    shared.Mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (shared.Mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(shared.Mdl, KernelMode, IoWriteAccess);
        shared.IsLocked = TRUE;
        shared.System = MmMapLockedPagesSpecifyCache(shared.Mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
        if (shared.System == NULL)
            status = STATUS_INSUFFICIENT_RESOURCES;
        if (NT_SUCCESS(status))
            shared.User = MmMapLockedPagesSpecifyCache(shared.Mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (NT_SUCCESS(status))
        *(volatile ULONG *)shared.System = 1;
    shared_release(&shared);
    return status;
}
