// The roll-back of an array ends one element too early, begins at the one that failed, or stops at the wrong count.
#include <wdm.h>

#define MAX_PARTS 16

/* `--i > 0` leaves element 0. */
NTSTATUS first_is_left_bad(PVOID *buffers, ULONG length, ULONG count)
{
    PMDL mdls[MAX_PARTS];
    NTSTATUS status = STATUS_SUCCESS;
    ULONG i;

    if (count == 0 || count > MAX_PARTS)
        return STATUS_INVALID_PARAMETER;
    for (i = 0; i < count; i++) {
        mdls[i] = IoAllocateMdl(buffers[i], length, FALSE, FALSE, NULL); // expect: MDL020
        if (mdls[i] == NULL) {
            status = STATUS_INSUFFICIENT_RESOURCES;
            break;
        }
        MmBuildMdlForNonPagedPool(mdls[i]);
    }
    while (--i > 0 && i < count)
        IoFreeMdl(mdls[i]);
    return status;
}

/* Only the first half is released. */
NTSTATUS last_is_left_bad(PVOID *buffers, ULONG length, ULONG count)
{
    PMDL mdls[MAX_PARTS];
    NTSTATUS status = STATUS_SUCCESS;
    ULONG i, got;

    for (got = 0; got < count && got < MAX_PARTS; got++) {
        mdls[got] = IoAllocateMdl(buffers[got], length, FALSE, FALSE, NULL); // expect: MDL020
        if (mdls[got] == NULL) {
            status = STATUS_INSUFFICIENT_RESOURCES;
            break;
        }
        MmBuildMdlForNonPagedPool(mdls[got]);
    }
    for (i = 0; i + 1 < got; i++)
        IoFreeMdl(mdls[i]);
    return status;
}

NTSTATUS all_are_released_ok(PVOID *buffers, ULONG length, ULONG count)
{
    PMDL mdls[MAX_PARTS];
    NTSTATUS status = STATUS_SUCCESS;
    ULONG i, got;

    for (got = 0; got < count && got < MAX_PARTS; got++) {
        mdls[got] = IoAllocateMdl(buffers[got], length, FALSE, FALSE, NULL);
        if (mdls[got] == NULL) {
            status = STATUS_INSUFFICIENT_RESOURCES;
            break;
        }
        MmBuildMdlForNonPagedPool(mdls[got]);
    }
    for (i = 0; i < got; i++)
        IoFreeMdl(mdls[i]);
    return status;
}
