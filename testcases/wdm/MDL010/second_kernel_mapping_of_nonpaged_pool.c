// Nonpaged pool has its system address already: MmGetSystemAddressForMdlSafe returns it, mapping it again is undefined.
#include <wdm.h>

NTSTATUS write_header_bad(PVOID pool, ULONG length)
{
    PULONG header;
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl); // step: MDL010
    header = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, HighPagePriority); // expect: MDL010
    if (header != NULL)
        *header = length;
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS write_header_ok(PVOID pool, ULONG length)
{
    PULONG header;
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    header = MmGetSystemAddressForMdlSafe(mdl, HighPagePriority);
    if (header != NULL)
        *header = length;
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}
