// A locked MDL with a system mapping is freed: the unlock that would have ended both is what is missing.
#include <wdm.h>

NTSTATUS sum_bytes_bad(PVOID buffer, ULONG length, PULONG sum)
{
    PUCHAR bytes;
    ULONG i;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess); // step: MDL004
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return STATUS_INVALID_USER_BUFFER;
    }
    bytes = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    *sum = 0;
    if (bytes != NULL) {
        for (i = 0; i < length; i++)
            *sum += bytes[i];
    }
    IoFreeMdl(mdl); // expect: MDL004
    return STATUS_SUCCESS;
}

NTSTATUS sum_bytes_ok(PVOID buffer, ULONG length, PULONG sum)
{
    PUCHAR bytes;
    ULONG i;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return STATUS_INVALID_USER_BUFFER;
    }
    bytes = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    *sum = 0;
    if (bytes != NULL) {
        for (i = 0; i < length; i++)
            *sum += bytes[i];
    }
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}
