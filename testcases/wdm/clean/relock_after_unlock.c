// clean: an unlocked MDL may be locked again; it is freed once, at the end.
#include <wdm.h>

NTSTATUS one_round(PVOID view, ULONG round);

static NTSTATUS lock_mdl(PMDL mdl)
{
    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoModifyAccess);
        return STATUS_SUCCESS;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
}

NTSTATUS rounds(PVOID buffer, ULONG length, ULONG count)
{
    NTSTATUS status = STATUS_SUCCESS;
    ULONG round;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    for (round = 0; round < count; round++) {
        PVOID view;

        status = lock_mdl(mdl);
        if (!NT_SUCCESS(status))
            break;
        view = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
        if (view != NULL)
            status = one_round(view, round);
        MmUnlockPages(mdl);
        if (!NT_SUCCESS(status))
            break;
    }
    IoFreeMdl(mdl);
    return status;
}
