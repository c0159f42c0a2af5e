// clean: arrays of MDLs filled by one loop and released by another, whatever the number of elements is.
#include <wdm.h>

#define MAX_PARTS 16

typedef struct _PART {
    PMDL Mdl;
    PVOID Address;
} PART;

static NTSTATUS pin(PMDL mdl)
{
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

/* Undoes the first i on failure, all of them on success. */
NTSTATUS roll_back(PVOID *buffers, ULONG length, ULONG count)
{
    PMDL mdls[MAX_PARTS];
    NTSTATUS status = STATUS_SUCCESS;
    ULONG i;

    if (count > MAX_PARTS)
        return STATUS_INVALID_PARAMETER;
    for (i = 0; i < count; i++) {
        mdls[i] = IoAllocateMdl(buffers[i], length, FALSE, FALSE, NULL);
        if (mdls[i] == NULL) {
            status = STATUS_INSUFFICIENT_RESOURCES;
            break;
        }
        status = pin(mdls[i]);
        if (!NT_SUCCESS(status)) {
            IoFreeMdl(mdls[i]);
            break;
        }
    }
    while (i-- > 0) {
        MmUnlockPages(mdls[i]);
        IoFreeMdl(mdls[i]);
    }
    return status;
}

/* As many as can be had, with members of structures; released from the front. */
ULONG as_many_as_there_are(PVOID *buffers, ULONG length)
{
    PART parts[MAX_PARTS] = {{NULL, NULL}};
    ULONG i, got = 0;

    for (i = 0; i < MAX_PARTS; i++) {
        parts[i].Mdl = IoAllocateMdl(buffers[i], length, FALSE, FALSE, NULL);
        if (parts[i].Mdl == NULL)
            break;
        MmBuildMdlForNonPagedPool(parts[i].Mdl);
        got++;
    }
    for (i = 0; i < got; i++) {
        IoFreeMdl(parts[i].Mdl);
        parts[i].Mdl = NULL;
    }
    return got;
}

/* The release loop goes over the whole array and asks each element. */
NTSTATUS null_is_free(PVOID *buffers, ULONG length, ULONG first, ULONG count)
{
    PART parts[MAX_PARTS] = {{NULL, NULL}};
    NTSTATUS status = STATUS_SUCCESS;
    ULONG i;

    if (count > MAX_PARTS)
        return STATUS_INVALID_PARAMETER;
    for (i = 1; i < count; i++) {
        parts[i].Mdl = IoAllocateMdl(buffers[i], length, FALSE, FALSE, NULL);
        if (parts[i].Mdl == NULL) {
            status = STATUS_INSUFFICIENT_RESOURCES;
            break;
        }
        status = pin(parts[i].Mdl);
        if (!NT_SUCCESS(status)) {
            IoFreeMdl(parts[i].Mdl);
            parts[i].Mdl = NULL;
            break;
        }
    }
    for (i = 0; i < MAX_PARTS; i++) {
        if (parts[i].Mdl == NULL)
            continue;
        MmUnlockPages(parts[i].Mdl);
        IoFreeMdl(parts[i].Mdl);
        parts[i].Mdl = NULL;
    }
    return status;
}

/* The count of what there is to clean up is kept beside the array. */
NTSTATUS counted_apart(PVOID *buffers, ULONG length, ULONG count)
{
    PART parts[MAX_PARTS];
    ULONG cleanup = 0, i;
    NTSTATUS status = STATUS_SUCCESS;

    RtlZeroMemory(parts, sizeof(parts));
    __try {
        for (i = 0; i < count && i < MAX_PARTS; i++) {
            parts[i].Mdl = IoAllocateMdl(buffers[i], length, FALSE, FALSE, NULL);
            if (parts[i].Mdl == NULL) {
                status = STATUS_INSUFFICIENT_RESOURCES;
                __leave;
            }
            cleanup++;
            MmBuildMdlForNonPagedPool(parts[i].Mdl);
        }
    } __finally {
        for (i = 0; i < cleanup; i++)
            IoFreeMdl(parts[i].Mdl);
    }
    return status;
}
