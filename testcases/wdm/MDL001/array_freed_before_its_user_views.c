// An array of MDLs, each mapped for the user, is released with the two calls in the wrong order: one finding, at the free.
#include <wdm.h>

#define PARTS 4

NTSTATUS share_parts_bad(PVOID buffer, ULONG length, ULONG count)
{
    PMDL mdls[PARTS] = {0};
    PVOID views[PARTS] = {0};
    NTSTATUS status = STATUS_SUCCESS;
    ULONG i;

    if (count > PARTS)
        return STATUS_INVALID_PARAMETER;
    for (i = 0; i < count; i++) {
        mdls[i] = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
        if (mdls[i] == NULL) {
            status = STATUS_INSUFFICIENT_RESOURCES;
            break;
        }
        MmBuildMdlForNonPagedPool(mdls[i]);
        __try {
            views[i] = MmMapLockedPagesSpecifyCache(mdls[i], UserMode, MmCached, NULL, FALSE, NormalPagePriority);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            status = GetExceptionCode();
        }
        if (!NT_SUCCESS(status)) {
            IoFreeMdl(mdls[i]);
            mdls[i] = NULL;
            break;
        }
    }
    for (i = 0; i < PARTS; i++) {
        if (mdls[i] != NULL) {
            IoFreeMdl(mdls[i]); // expect: MDL001 "its user mapping"
            MmUnmapLockedPages(views[i], mdls[i]); // step: MDL001
            mdls[i] = NULL;
        }
    }
    return status;
}

NTSTATUS share_parts_ok(PVOID buffer, ULONG length, ULONG count)
{
    PMDL mdls[PARTS] = {0};
    PVOID views[PARTS] = {0};
    NTSTATUS status = STATUS_SUCCESS;
    ULONG i;

    if (count > PARTS)
        return STATUS_INVALID_PARAMETER;
    for (i = 0; i < count; i++) {
        mdls[i] = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
        if (mdls[i] == NULL) {
            status = STATUS_INSUFFICIENT_RESOURCES;
            break;
        }
        MmBuildMdlForNonPagedPool(mdls[i]);
        __try {
            views[i] = MmMapLockedPagesSpecifyCache(mdls[i], UserMode, MmCached, NULL, FALSE, NormalPagePriority);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            status = GetExceptionCode();
        }
        if (!NT_SUCCESS(status)) {
            IoFreeMdl(mdls[i]);
            mdls[i] = NULL;
            break;
        }
    }
    for (i = 0; i < PARTS; i++) {
        if (mdls[i] != NULL) {
            MmUnmapLockedPages(views[i], mdls[i]);
            IoFreeMdl(mdls[i]);
            mdls[i] = NULL;
        }
    }
    return status;
}
