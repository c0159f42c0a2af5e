// A small struct of MDL and address travels by value: returned by the maker, copied, handed to the breaker.
#include <wdm.h>

typedef struct _MAPPED_MDL {
    PMDL Mdl;
    PVOID Address;
    NTSTATUS Status;
} MAPPED_MDL;

NTSTATUS ShareWithClient(PVOID Address);

static MAPPED_MDL MapForClient(PVOID Buffer, ULONG Bytes)
{
    MAPPED_MDL result = {NULL, NULL, STATUS_SUCCESS};

    result.Mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, NULL);
    if (result.Mdl == NULL) {
        result.Status = STATUS_INSUFFICIENT_RESOURCES;
        return result;
    }
    __try {
        MmProbeAndLockPages(result.Mdl, KernelMode, IoModifyAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(result.Mdl);
        result.Mdl = NULL;
        result.Status = GetExceptionCode();
        return result;
    }
    __try {
        result.Address = MmMapLockedPagesSpecifyCache(result.Mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        MmUnlockPages(result.Mdl);
        IoFreeMdl(result.Mdl);
        result.Mdl = NULL;
        result.Status = GetExceptionCode();
    }
    return result;
}

static void UnmapForClient(MAPPED_MDL mapped)
{
    if (mapped.Mdl == NULL)
        return;
    MmUnmapLockedPages(mapped.Address, mapped.Mdl);
    MmUnlockPages(mapped.Mdl);
    IoFreeMdl(mapped.Mdl);
}

static void ReleaseOnly(MAPPED_MDL mapped)
{
    MmUnlockPages(mapped.Mdl);
    IoFreeMdl(mapped.Mdl);
}

NTSTATUS Share_ok(PVOID Buffer, ULONG Bytes)
{
    MAPPED_MDL mapped = MapForClient(Buffer, Bytes), copy;
    NTSTATUS status;

    if (!NT_SUCCESS(mapped.Status))
        return mapped.Status;
    copy = mapped;
    status = ShareWithClient(copy.Address);
    UnmapForClient(copy);
    return status;
}

/* NULL in the struct says the same as the status. */
NTSTATUS ShareQuietly_ok(PVOID Buffer, ULONG Bytes)
{
    MAPPED_MDL mapped = MapForClient(Buffer, Bytes);

    if (mapped.Mdl != NULL)
        ShareWithClient(mapped.Address);
    UnmapForClient(mapped);
    return mapped.Status;
}

NTSTATUS Share_bad(PVOID Buffer, ULONG Bytes)
{
    MAPPED_MDL mapped = MapForClient(Buffer, Bytes);
    NTSTATUS status;

    if (!NT_SUCCESS(mapped.Status))
        return mapped.Status;
    status = ShareWithClient(mapped.Address);
    if (NT_SUCCESS(status))
        UnmapForClient(mapped);
    else
        ReleaseOnly(mapped); // expect: MDL002
    return status;
}
