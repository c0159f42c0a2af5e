// Locked pages belong to the process: MmFreePagesFromMdl is for pages that MmAllocatePages made.
#include <wdm.h>

NTSTATUS borrow_pages_bad(PVOID buffer, ULONG length)
{
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return STATUS_INVALID_USER_BUFFER;
    }
    MmFreePagesFromMdl(mdl); // expect: MDL009
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS pages_of_either_kind_ok(PVOID buffer, ULONG length, BOOLEAN own)
{
    PHYSICAL_ADDRESS zero = {0}, high;
    PMDL mdl;

    high.QuadPart = -1;
    if (own)
        mdl = MmAllocatePagesForMdlEx(zero, high, zero, length, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
    else
        mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (own) {
        MmFreePagesFromMdl(mdl);
        ExFreePool(mdl);
    } else {
        IoFreeMdl(mdl);
    }
    return STATUS_SUCCESS;
}
