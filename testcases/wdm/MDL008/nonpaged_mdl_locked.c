// Nonpaged pool is resident anyway; a lock of an MDL built over it is not allowed.
#include <wdm.h>

NTSTATUS submit_pages(PMDL mdl);

NTSTATUS pin_pool_bad(PVOID pool, ULONG length)
{
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(pool, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl); // step: MDL008
    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoModifyAccess); // expect: MDL008
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    status = submit_pages(mdl);
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}

NTSTATUS pin_either_ok(PVOID buffer, ULONG length, BOOLEAN pool)
{
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (pool) {
        MmBuildMdlForNonPagedPool(mdl);
    } else {
        __try {
            MmProbeAndLockPages(mdl, KernelMode, IoModifyAccess);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            IoFreeMdl(mdl);
            return GetExceptionCode();
        }
    }
    status = submit_pages(mdl);
    if (!pool)
        MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}
