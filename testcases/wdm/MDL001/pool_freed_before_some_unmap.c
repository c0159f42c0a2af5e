// A helper frees the descriptor of an MDL with ExFreePool and then, when it is told to, unmaps: the free came too early, in the helper itself.
#include <wdm.h>

NTSTATUS start_device(PVOID device);

static void finish(PVOID view, PMDL mdl, BOOLEAN all)
{
    ExFreePool(mdl);                   // expect: MDL001
    if (all)                           // step: MDL001
        MmUnmapLockedPages(view, mdl); // step: MDL001
}

NTSTATUS buffer_for_a_device_bad(PVOID pool, ULONG length, PVOID device)
{
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);
    NTSTATUS status = STATUS_SUCCESS;
    PVOID view = NULL;

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    __try {
        view = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (!NT_SUCCESS(status)) {
        finish(view, mdl, FALSE); // expect: MDL009
        return status;
    }
    status = start_device(device);
    finish(view, mdl, TRUE); // expect: MDL001 "user mapping"
    return status;
}

/* With the pages the system mapping went: that was the call that came too early. */
void pages_pool_unmap_bad(PVOID view, PMDL mdl)
{
    MmFreePagesFromMdl(mdl); // expect: MDL003
    ExFreePool(mdl);
    MmUnmapLockedPages(view, mdl);
}

void unmap_pages_pool_ok(PVOID view, PMDL mdl, BOOLEAN all)
{
    if (all)
        MmUnmapLockedPages(view, mdl);
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
}

NTSTATUS never_unmapped_ok(PHYSICAL_ADDRESS high, ULONG length)
{
    PHYSICAL_ADDRESS zero = {0};
    PMDL mdl = MmAllocatePagesForMdlEx(zero, high, zero, length, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
    PVOID view;

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    view = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (view != NULL)
        RtlZeroMemory(view, length);
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
    return STATUS_SUCCESS;
}
