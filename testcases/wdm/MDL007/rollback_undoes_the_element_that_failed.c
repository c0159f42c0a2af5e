// An array is pinned in one loop and rolled back in another; the careless roll-back begins with the one that failed.
#include <wdm.h>

#define MAX_SLICES 16

typedef struct _SLICE {
    PVOID Base;
    ULONG Bytes;
    ULONG Write;
} SLICE, *PSLICE;

typedef struct _GATHER {
    ULONG Count;
    PMDL Mdl[MAX_SLICES];
} GATHER, *PGATHER;

static NTSTATUS gather_pin(PMDL mdl, BOOLEAN write)
{
    __try {
        MmProbeAndLockPages(mdl, UserMode, write ? IoWriteAccess : IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

NTSTATUS gather_build_ok(PGATHER gather, const SLICE *slices, ULONG count)
{
    NTSTATUS status = STATUS_SUCCESS;
    ULONG i;

    if (count > MAX_SLICES)
        return STATUS_INVALID_PARAMETER;
    for (i = 0; i < count; i++) {
        PMDL mdl = IoAllocateMdl(slices[i].Base, slices[i].Bytes, FALSE, FALSE, NULL);

        if (mdl == NULL) {
            status = STATUS_INSUFFICIENT_RESOURCES;
            break;
        }
        status = gather_pin(mdl, slices[i].Write != 0);
        if (!NT_SUCCESS(status)) {
            IoFreeMdl(mdl);
            break;
        }
        gather->Mdl[i] = mdl;
    }
    if (NT_SUCCESS(status)) {
        gather->Count = count;
        return STATUS_SUCCESS;
    }
    while (i--) {
        MmUnlockPages(gather->Mdl[i]);
        IoFreeMdl(gather->Mdl[i]);
        gather->Mdl[i] = NULL;
    }
    return status;
}

NTSTATUS gather_build_bad(PGATHER gather, const SLICE *slices, ULONG count)
{
    NTSTATUS status = STATUS_SUCCESS;
    LONG i;

    if (count > MAX_SLICES)
        return STATUS_INVALID_PARAMETER;
    for (i = 0; i < (LONG)count; i++) {
        gather->Mdl[i] = IoAllocateMdl(slices[i].Base, slices[i].Bytes, FALSE, FALSE, NULL);
        if (gather->Mdl[i] == NULL) {
            status = STATUS_INSUFFICIENT_RESOURCES;
            i--;
            goto rollback;
        }
        status = gather_pin(gather->Mdl[i], slices[i].Write != 0);
        if (!NT_SUCCESS(status))
            goto rollback;
    }
    gather->Count = count;
    return STATUS_SUCCESS;

rollback:
    for (; i >= 0; i--) {
        MmUnlockPages(gather->Mdl[i]); // expect: MDL007
        IoFreeMdl(gather->Mdl[i]);
        gather->Mdl[i] = NULL;
    }
    return status;
}

void gather_release_ok(PGATHER gather)
{
    ULONG n = gather->Count;

    while (n-- > 0) {
        if (gather->Mdl[n] == NULL)
            continue;
        MmUnlockPages(gather->Mdl[n]);
        IoFreeMdl(gather->Mdl[n]);
        gather->Mdl[n] = NULL;
    }
    gather->Count = 0;
}
