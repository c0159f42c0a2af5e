// Both the user mapping and the lock are still there when the MDL is freed: the mapping is the graver of the two.
#include <wdm.h>

NTSTATUS view_pages_bad(PVOID buffer, ULONG length)
{
    PVOID view;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoModifyAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return STATUS_ACCESS_VIOLATION;
    }
    __try {
        view = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority); // step: MDL001
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        MmUnlockPages(mdl);
        IoFreeMdl(mdl);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    IoFreeMdl(mdl); // expect: MDL001
    return view != NULL ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
