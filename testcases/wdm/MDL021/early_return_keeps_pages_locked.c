// A failed check after the lock returns at once: the process can never give these pages back.
#include <wdm.h>

NTSTATUS check_device(void);

NTSTATUS begin_bad(PVOID buffer, ULONG length)
{
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess); // expect: MDL021
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    status = check_device();
    if (!NT_SUCCESS(status))
        return status; // step: MDL021
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS begin_ok(PVOID buffer, ULONG length)
{
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    status = check_device();
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}
