// The helper that fails frees what it made, but leaves the pointer; its caller frees it again.
#include <wdm.h>

typedef struct _PAIR {
    PMDL Mdl;
    PVOID Address;
} PAIR;

BOOLEAN is_wanted(PVOID address);

static NTSTATUS pair_make(PAIR *pair, PVOID buffer, ULONG length)
{
    pair->Mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (pair->Mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(pair->Mdl);
    pair->Address = MmGetSystemAddressForMdlSafe(pair->Mdl, NormalPagePriority);
    if (!is_wanted(pair->Address)) {
        IoFreeMdl(pair->Mdl);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    return STATUS_SUCCESS;
}

NTSTATUS pair_use_bad(PVOID buffer, ULONG length)
{
    PAIR pair = {0};
    NTSTATUS status = pair_make(&pair, buffer, length);

    if (NT_SUCCESS(status))
        *(volatile ULONG *)pair.Address = 1;
    if (pair.Mdl != NULL)
        IoFreeMdl(pair.Mdl); // expect: MDL006
    return status;
}

NTSTATUS pair_use_ok(PVOID buffer, ULONG length)
{
    PAIR pair = {0};
    NTSTATUS status = pair_make(&pair, buffer, length);

    if (NT_SUCCESS(status)) {
        *(volatile ULONG *)pair.Address = 1;
        IoFreeMdl(pair.Mdl);
    }
    return status;
}
