// Three MDLs are locked. The loop that uses them ends one early, and the roll-back counts down from there: the third one stays locked.
#include <wdm.h>

#define PARTS 3
#define MANY 8

static NTSTATUS part_lock(PMDL *mdl, PVOID buffer, ULONG length)
{
    *mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
    if (*mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(*mdl, KernelMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(*mdl);
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

static void part_unlock(PMDL mdl)
{
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
}

NTSTATUS uses_one_less_bad(PVOID buffer, ULONG length, PULONG bytes)
{
    PMDL mdls[PARTS] = {0};
    NTSTATUS status = STATUS_SUCCESS;
    ULONG i;

    for (i = 0; i < PARTS; i++) {
        status = part_lock(&mdls[i], buffer, length); // expect: MDL021
        if (!NT_SUCCESS(status))
            goto roll_back;
    }
    for (i = 0; i + 1 < PARTS; i++)
        *bytes += MmGetMdlByteCount(mdls[i]);
roll_back:
    while (i-- > 0)
        part_unlock(mdls[i]);
    return status;
}

NTSTATUS uses_all_ok(PVOID buffer, ULONG length, PULONG bytes)
{
    PMDL mdls[PARTS] = {0};
    NTSTATUS status = STATUS_SUCCESS;
    ULONG i;

    for (i = 0; i < PARTS; i++) {
        status = part_lock(&mdls[i], buffer, length);
        if (!NT_SUCCESS(status))
            goto roll_back;
    }
    for (i = 0; i < PARTS; i++)
        *bytes += MmGetMdlByteCount(mdls[i]);
roll_back:
    while (i-- > 0)
        part_unlock(mdls[i]);
    return status;
}

/* As many as there are room for, which may be all four. */
NTSTATUS as_many_as_asked_for_bad(PVOID buffer, ULONG length, ULONG count)
{
    PMDL mdls[4] = {0};
    NTSTATUS status = STATUS_SUCCESS;
    ULONG i;

    if (count > 4)
        return STATUS_INVALID_PARAMETER;
    for (i = 0; i < count; i++) {
        status = part_lock(&mdls[i], buffer, length); // expect: MDL021
        if (!NT_SUCCESS(status)) {
            mdls[i] = NULL;
            break;
        }
    }
    for (i = 0; i + 1 < 4; i++)
        if (mdls[i] != NULL)
            part_unlock(mdls[i]);
    return status;
}

NTSTATUS many_bad(PVOID buffer, ULONG length)
{
    PMDL mdls[MANY];
    NTSTATUS status = STATUS_SUCCESS;
    ULONG i;

    for (i = 0; i < MANY; i++) {
        status = part_lock(&mdls[i], buffer, length); // miss: MDL021 — of eight the first two are followed, and the others are one unknown element
        if (!NT_SUCCESS(status))
            goto roll_back;
    }
    i = MANY - 1;
roll_back:
    while (i-- > 0)
        part_unlock(mdls[i]);
    return status;
}
