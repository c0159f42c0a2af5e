// Each element of an array is released in the wrong order, its descriptor first, whichever element it is.
#include <wdm.h>

#define STRIPES 16

NTSTATUS stripes_bad(ULONG count, PHYSICAL_ADDRESS limit, ULONG length)
{
    PMDL mdls[STRIPES] = {0};
    PVOID views[STRIPES] = {0};
    NTSTATUS status = STATUS_SUCCESS;
    ULONG i, made;

    if (count > STRIPES)
        return STATUS_INVALID_PARAMETER;
    for (i = 0; i < count; i++) {
        mdls[i] = MmAllocatePagesForMdlEx(limit, limit, limit, length, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
        if (mdls[i] == NULL) {
            status = STATUS_INSUFFICIENT_RESOURCES;
            break;
        }
        status = STATUS_SUCCESS;
        __try {
            views[i] = MmMapLockedPagesSpecifyCache(mdls[i], UserMode, MmCached, NULL, FALSE, NormalPagePriority);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            views[i] = NULL;
            status = GetExceptionCode();
        }
        if (!NT_SUCCESS(status)) {
            MmFreePagesFromMdl(mdls[i]);
            ExFreePool(mdls[i]);
            break;
        }
    }
    made = i;
    for (i = 0; i < made; i++) {
        ExFreePool(mdls[i]);         // expect: MDL001
        MmFreePagesFromMdl(mdls[i]); // expect: MDL005
        MmUnmapLockedPages(views[i], mdls[i]);
    }
    return status;
}

NTSTATUS stripes_ok(ULONG count, PHYSICAL_ADDRESS limit, ULONG length)
{
    PMDL mdls[STRIPES] = {0};
    PVOID views[STRIPES] = {0};
    NTSTATUS status = STATUS_SUCCESS;
    ULONG i, made;

    if (count > STRIPES)
        return STATUS_INVALID_PARAMETER;
    for (i = 0; i < count; i++) {
        mdls[i] = MmAllocatePagesForMdlEx(limit, limit, limit, length, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
        if (mdls[i] == NULL) {
            status = STATUS_INSUFFICIENT_RESOURCES;
            break;
        }
        status = STATUS_SUCCESS;
        __try {
            views[i] = MmMapLockedPagesSpecifyCache(mdls[i], UserMode, MmCached, NULL, FALSE, NormalPagePriority);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            views[i] = NULL;
            status = GetExceptionCode();
        }
        if (!NT_SUCCESS(status)) {
            MmFreePagesFromMdl(mdls[i]);
            ExFreePool(mdls[i]);
            break;
        }
    }
    made = i;
    for (i = 0; i < made; i++) {
        MmUnmapLockedPages(views[i], mdls[i]);
        MmFreePagesFromMdl(mdls[i]);
        ExFreePool(mdls[i]);
    }
    return status;
}
