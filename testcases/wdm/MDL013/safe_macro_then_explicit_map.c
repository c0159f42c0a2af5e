// The Safe macro has mapped the MDL; the explicit call that follows maps it again.
#include <wdm.h>

NTSTATUS scan(PVOID view);

NTSTATUS scan_twice_bad(PVOID buffer, ULONG length)
{
    PVOID view, again;
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return status;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    view = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (view != NULL) {
        status = scan(view);
        again = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, LowPagePriority); // expect: MDL013
        if (again != NULL)
            status = scan(again);
    }
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}

NTSTATUS scan_twice_ok(PVOID buffer, ULONG length)
{
    PVOID view, again;
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return status;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    view = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (view != NULL) {
        status = scan(view);
        again = MmGetSystemAddressForMdlSafe(mdl, LowPagePriority);
        if (again != NULL)
            status = scan(again);
    }
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}
