// Each element of an array is allocated twice, so that the first one is lost in every round.
#include <wdm.h>

#define PARTS 4

NTSTATUS pin_parts_bad(PVOID buffer, ULONG length, ULONG count)
{
    PMDL mdls[PARTS] = {0};
    NTSTATUS status = STATUS_SUCCESS;
    ULONG i;

    if (count > PARTS)
        return STATUS_INVALID_PARAMETER;
    for (i = 0; i < count; i++) {
        mdls[i] = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL); // expect: MDL020
        mdls[i] = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
        if (mdls[i] == NULL) {
            status = STATUS_INSUFFICIENT_RESOURCES;
            break;
        }
        __try {
            MmProbeAndLockPages(mdls[i], UserMode, IoWriteAccess);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            status = GetExceptionCode();
        }
        if (!NT_SUCCESS(status)) {
            IoFreeMdl(mdls[i]);
            break;
        }
    }
    while (i-- > 0) {
        MmUnlockPages(mdls[i]);
        IoFreeMdl(mdls[i]);
    }
    return status;
}

NTSTATUS pin_parts_ok(PVOID buffer, ULONG length, ULONG count)
{
    PMDL mdls[PARTS] = {0};
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
        __try {
            MmProbeAndLockPages(mdls[i], UserMode, IoWriteAccess);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            status = GetExceptionCode();
        }
        if (!NT_SUCCESS(status)) {
            IoFreeMdl(mdls[i]);
            break;
        }
    }
    while (i-- > 0) {
        MmUnlockPages(mdls[i]);
        IoFreeMdl(mdls[i]);
    }
    return status;
}
