// A check between the allocation and the free returns without freeing the MDL.
#include <wdm.h>

NTSTATUS query_length(PVOID pool, PULONG length);

NTSTATUS describe_bad(PVOID pool, ULONG length)
{
    ULONG needed;
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL); // expect: MDL020

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    status = query_length(pool, &needed);
    if (!NT_SUCCESS(status))
        return status; // step: MDL020
    if (needed > MmGetMdlByteCount(mdl))
        status = STATUS_BUFFER_TOO_SMALL;
    IoFreeMdl(mdl);
    return status;
}

NTSTATUS describe_ok(PVOID pool, ULONG length)
{
    ULONG needed;
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    status = query_length(pool, &needed);
    if (NT_SUCCESS(status) && needed > MmGetMdlByteCount(mdl))
        status = STATUS_BUFFER_TOO_SMALL;
    IoFreeMdl(mdl);
    return status;
}
