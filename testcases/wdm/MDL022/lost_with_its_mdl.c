// The caller gets the address, but the MDL that the unmap would need is lost: the finding names the kind of the mapping all the same.
#include <ntddk.h>

NTSTATUS show_bad(PVOID pool, ULONG length, PVOID *address)
{
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    *address = NULL;
    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    __try {
        *address = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority); // expect: MDL022 "The user mapping"
    } __except (EXCEPTION_EXECUTE_HANDLER) {
    }
    if (!*address) {
        IoFreeMdl(mdl);
        return STATUS_NONE_MAPPED;
    }
    return STATUS_SUCCESS;
}

NTSTATUS show_ok(PVOID pool, ULONG length, PVOID *address, PMDL *kept)
{
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    *address = NULL;
    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    __try {
        *address = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
    }
    if (!*address) {
        IoFreeMdl(mdl);
        return STATUS_NONE_MAPPED;
    }
    *kept = mdl;
    return STATUS_SUCCESS;
}
