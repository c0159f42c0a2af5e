// The inner error path frees the MDL and the label at the end frees it again.
#include <wdm.h>

NTSTATUS use_pages(PMDL mdl);

NTSTATUS read_block_bad(PVOID buffer, ULONG length)
{
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL) {
        status = STATUS_INSUFFICIENT_RESOURCES;
        goto out;
    }
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        IoFreeMdl(mdl); // step: MDL006
        goto out;
    }
    status = use_pages(mdl);
    MmUnlockPages(mdl);
out:
    if (mdl != NULL)
        IoFreeMdl(mdl); // expect: MDL006
    return status;
}

NTSTATUS read_block_ok(PVOID buffer, ULONG length)
{
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL) {
        status = STATUS_INSUFFICIENT_RESOURCES;
        goto out;
    }
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        IoFreeMdl(mdl);
        mdl = NULL;
        goto out;
    }
    status = use_pages(mdl);
    MmUnlockPages(mdl);
out:
    if (mdl != NULL)
        IoFreeMdl(mdl);
    return status;
}
