// The handler frees the MDL, and so does the termination handler around it.
#include <wdm.h>

#define try __try
#define except __except
#define finally __finally

NTSTATUS probe_bad(PVOID buffer, ULONG length)
{
    NTSTATUS status = STATUS_SUCCESS;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    try {
        try {
            MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
            MmUnlockPages(mdl);
        } except (EXCEPTION_EXECUTE_HANDLER) {
            status = STATUS_ACCESS_VIOLATION;
            IoFreeMdl(mdl); // step: MDL006
        }
    } finally {
        IoFreeMdl(mdl); // expect: MDL006
    }
    return status;
}

NTSTATUS probe_ok(PVOID buffer, ULONG length)
{
    NTSTATUS status = STATUS_SUCCESS;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    try {
        try {
            MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
            MmUnlockPages(mdl);
        } except (EXCEPTION_EXECUTE_HANDLER) {
            status = STATUS_ACCESS_VIOLATION;
        }
    } finally {
        IoFreeMdl(mdl);
    }
    return status;
}
