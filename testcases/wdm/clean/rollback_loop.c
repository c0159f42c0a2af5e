// clean: an array of buffers is locked one by one; a failure undoes exactly those that were done.
#include <wdm.h>

#define BUFFERS 8

typedef struct _SEGMENT {
    PVOID Buffer;
    ULONG Length;
    PMDL Mdl;
} SEGMENT;

static NTSTATUS segment_lock(SEGMENT *segment)
{
    NTSTATUS status = STATUS_SUCCESS;

    segment->Mdl = IoAllocateMdl(segment->Buffer, segment->Length, FALSE, FALSE, NULL);
    if (segment->Mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(segment->Mdl, UserMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (!NT_SUCCESS(status)) {
        IoFreeMdl(segment->Mdl);
        segment->Mdl = NULL;
    }
    return status;
}

static void segment_unlock(SEGMENT *segment)
{
    MmUnlockPages(segment->Mdl);
    IoFreeMdl(segment->Mdl);
    segment->Mdl = NULL;
}

NTSTATUS lock_all(SEGMENT segments[BUFFERS])
{
    LONG i;
    NTSTATUS status = STATUS_SUCCESS;

    for (i = 0; i < BUFFERS; i++) {
        status = segment_lock(&segments[i]);
        if (!NT_SUCCESS(status))
            break;
    }
    if (NT_SUCCESS(status))
        return status;
    while (--i >= 0)
        segment_unlock(&segments[i]);
    return status;
}

void unlock_all(SEGMENT segments[BUFFERS])
{
    ULONG i;

    for (i = 0; i < BUFFERS; i++) {
        if (segments[i].Mdl != NULL)
            segment_unlock(&segments[i]);
    }
}
