// A table of two functions, filled at run time, makes pages and releases half of them. One finding: where both are called.
#include <wdm.h>

NTSTATUS start_device(PVOID device);

typedef struct _HOLDER {
    PMDL Mdl;
} HOLDER;

typedef struct _HOLDER_CALLS {
    NTSTATUS (*Acquire)(HOLDER *, PHYSICAL_ADDRESS, ULONG, PVOID);
    VOID (*Release)(HOLDER *);
} HOLDER_CALLS;

static NTSTATUS acquire(HOLDER *holder, PHYSICAL_ADDRESS limit, ULONG length, PVOID device)
{
    NTSTATUS status;

    holder->Mdl = MmAllocatePagesForMdlEx(limit, limit, limit, length, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
    if (holder->Mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = start_device(device);
    if (!NT_SUCCESS(status)) {
        MmFreePagesFromMdl(holder->Mdl);
        ExFreePool(holder->Mdl);
    }
    return status;
}

static VOID release_half(HOLDER *holder)
{
    MmFreePagesFromMdl(holder->Mdl); // step: MDL009
    holder->Mdl = NULL;
}

NTSTATUS with_half_bad(HOLDER *holder, PHYSICAL_ADDRESS limit, ULONG length, PVOID device)
{
    HOLDER_CALLS calls;
    NTSTATUS status;

    calls.Acquire = acquire;
    calls.Release = release_half;
    status = calls.Acquire(holder, limit, length, device);
    if (!NT_SUCCESS(status))
        return status;
    status = start_device(device);
    calls.Release(holder); // expect: MDL009
    return status;
}
