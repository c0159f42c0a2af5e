// clean: two flags and a pointer say how far the set-up came; the tear-down asks each of them.
#include <wdm.h>

NTSTATUS exchange(PVOID view);

NTSTATUS with_flags(PVOID buffer, ULONG length)
{
    BOOLEAN locked = FALSE;
    BOOLEAN mapped = FALSE;
    PVOID view = NULL;
    PMDL mdl = NULL;
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;

    do {
        mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);
        if (mdl == NULL)
            break;
        __try {
            MmProbeAndLockPages(mdl, UserMode, IoModifyAccess);
            locked = TRUE;
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            status = GetExceptionCode();
            break;
        }
        view = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
        if (view == NULL)
            break;
        mapped = TRUE;
        status = exchange(view);
    } while (FALSE);

    if (mapped)
        MmUnmapLockedPages(view, mdl);
    if (locked)
        MmUnlockPages(mdl);
    if (mdl)
        IoFreeMdl(mdl);
    return status;
}
