// The request fails after the pages of the caller were shown to it; nobody knows the address any more.
#include <wdm.h>

NTSTATUS store_address(PIRP irp, ULONG_PTR address);

NTSTATUS map_request_bad(PIRP irp, BOOLEAN allowed)
{
    PVOID view;

    __try {
        view = MmMapLockedPagesSpecifyCache(irp->MdlAddress, UserMode, MmCached, NULL, // expect: MDL022
                                            FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    if (!allowed)
        return STATUS_ACCESS_DENIED; // step: MDL022
    MmUnmapLockedPages(view, irp->MdlAddress);
    return STATUS_SUCCESS;
}

NTSTATUS map_request_ok(PIRP irp, BOOLEAN allowed)
{
    PVOID view;
    NTSTATUS status;

    __try {
        view = MmMapLockedPagesSpecifyCache(irp->MdlAddress, UserMode, MmCached, NULL,
                                            FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    status = allowed ? store_address(irp, (ULONG_PTR)view) : STATUS_ACCESS_DENIED;
    MmUnmapLockedPages(view, irp->MdlAddress);
    return status;
}
