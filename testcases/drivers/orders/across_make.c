/* across_make.c - takes: pins, allocates, maps. What undoes it is in across_break.c. */
#include "orders.h"

/* A helper of the same name is in across_break.c, and does the opposite. */
static VOID ViewTouch(POR_VIEW View)
{
    View->UserVa = NULL;
    View->Mdl = NULL;
    View->Bytes = 0;
}

NTSTATUS OrViewPin(POR_VIEW View, PVOID Buffer, ULONG Bytes)
{
    ViewTouch(View);
    View->Mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, NULL);
    if (View->Mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(View->Mdl, UserMode, IoModifyAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(View->Mdl);
        View->Mdl = NULL;
        return GetExceptionCode();
    }
    View->Bytes = Bytes;
    return STATUS_SUCCESS;
}

NTSTATUS OrViewAllocate(POR_VIEW View, ULONG Bytes)
{
    PHYSICAL_ADDRESS low = {0}, high;

    high.QuadPart = MAXLONGLONG;
    ViewTouch(View);
    View->Mdl = MmAllocatePagesForMdlEx(low, high, low, Bytes, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
    if (View->Mdl == NULL)
        return STATUS_NO_MEMORY;
    View->Bytes = Bytes;
    return STATUS_SUCCESS;
}

/* Nonpaged memory of the driver's own: nothing to lock. */
NTSTATUS OrViewDescribe(POR_VIEW View, PVOID Pool, ULONG Bytes)
{
    ViewTouch(View);
    View->Mdl = IoAllocateMdl(Pool, Bytes, FALSE, FALSE, NULL);
    if (View->Mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(View->Mdl);
    View->Bytes = Bytes;
    return STATUS_SUCCESS;
}

NTSTATUS OrViewMap(POR_VIEW View)
{
    __try {
        View->UserVa = MmMapLockedPagesSpecifyCache(View->Mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        View->UserVa = NULL;
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}
