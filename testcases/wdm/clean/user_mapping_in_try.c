// clean: pool shared with the calling process, with every step undone in the reverse order.
#include <wdm.h>

typedef struct _SHARED {
    PVOID Pool;
    PMDL Mdl;
    PVOID User;
} SHARED;

NTSTATUS shared_create(SHARED *shared)
{
    shared->User = NULL;
    shared->Mdl = NULL;
    shared->Pool = ExAllocatePoolWithTag(NonPagedPool, PAGE_SIZE, 'rahS');
    if (shared->Pool == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(shared->Pool, PAGE_SIZE);
    shared->Mdl = IoAllocateMdl(shared->Pool, PAGE_SIZE, FALSE, FALSE, NULL);
    if (shared->Mdl == NULL) {
        ExFreePoolWithTag(shared->Pool, 'rahS');
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MmBuildMdlForNonPagedPool(shared->Mdl);
    __try {
        shared->User =
            MmMapLockedPagesSpecifyCache(shared->Mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(shared->Mdl);
        ExFreePoolWithTag(shared->Pool, 'rahS');
        shared->Mdl = NULL;
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

void shared_destroy(SHARED *shared)
{
    MmUnmapLockedPages(shared->User, shared->Mdl);
    IoFreeMdl(shared->Mdl);
    ExFreePoolWithTag(shared->Pool, 'rahS');
}

NTSTATUS shared_for_one_call(void)
{
    SHARED shared;
    NTSTATUS status = shared_create(&shared);

    if (NT_SUCCESS(status))
        shared_destroy(&shared);
    return status;
}
