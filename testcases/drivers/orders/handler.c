/* handler.c - the same orders on the way through __except. */
#include "orders.h"

/* The second map raises: the handler unlocks under the first. */
NTSTATUS HandlerUnlockMapped_bad(PVOID Buffer, ULONG Bytes, PVOID *First, PVOID *Second)
{
    PMDL mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoModifyAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    *First = *Second = NULL;
    __try {
        *First = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
        *Second = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmNonCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        MmUnlockPages(mdl); // expect: MDL002
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    OrProgramDevice(*First, Bytes);
    MmUnmapLockedPages(*Second, mdl);
    MmUnmapLockedPages(*First, mdl);
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return STATUS_SUCCESS;
}

/* The probe of the caller's record raises while the status page is mapped. */
NTSTATUS HandlerFreeMapped_bad(PVOID Pool, ULONG Bytes, PVOID UserRecord)
{
    NTSTATUS status = STATUS_SUCCESS;
    PVOID view = NULL;
    PMDL mdl = IoAllocateMdl(Pool, Bytes, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    __try {
        view = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
        ProbeForWrite(UserRecord, sizeof(PVOID), sizeof(PVOID));
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        IoFreeMdl(mdl); // expect: MDL001
        return status;
    }
    status = OrProgramDevice(view, Bytes);
    MmUnmapLockedPages(view, mdl);
    IoFreeMdl(mdl);
    return status;
}

NTSTATUS HandlerFreePagesMapped_bad(ULONG Bytes, PVOID *UserResult)
{
    PHYSICAL_ADDRESS low = {0}, high;
    NTSTATUS status;
    PVOID view;
    PMDL mdl;

    high.QuadPart = MAXLONGLONG;
    mdl = MmAllocatePagesForMdlEx(low, high, low, Bytes, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
    if (mdl == NULL)
        return STATUS_NO_MEMORY;
    __try {
        view = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
        ProbeForWrite(UserResult, sizeof(*UserResult), sizeof(PVOID));
        *UserResult = view;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        MmFreePagesFromMdl(mdl); // expect: MDL003
        ExFreePool(mdl);
        return status;
    }
    status = OrWaitDevice(100);
    MmUnmapLockedPages(view, mdl);
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
    return status;
}

/* Two calls that raise in one __try: after the second, the pages are locked. */
NTSTATUS HandlerFreeLocked_bad(PVOID Buffer, ULONG Bytes, PVOID UserRecord)
{
    NTSTATUS status;
    PMDL mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
        ProbeForRead(UserRecord, 64, 1);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        IoFreeMdl(mdl); // expect: MDL004
        return status;
    }
    status = OrWaitDevice(1);
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}

NTSTATUS HandlerUnlockTwice_bad(PVOID Buffer, ULONG Bytes, PVOID UserRecord)
{
    NTSTATUS status = STATUS_SUCCESS;
    PMDL mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    __try {
        MmUnlockPages(mdl);
        ProbeForRead(UserRecord, Bytes, 1);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        MmUnlockPages(mdl); // expect: MDL007
    }
    IoFreeMdl(mdl);
    return status;
}

NTSTATUS HandlerRightOrder_ok(PVOID Buffer, ULONG Bytes, PVOID UserRecord)
{
    NTSTATUS status = STATUS_SUCCESS;
    PVOID view = NULL;
    BOOLEAN locked = FALSE;
    PMDL mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoModifyAccess);
        locked = TRUE;
        view = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
        ProbeForWrite(UserRecord, sizeof(PVOID), sizeof(PVOID));
        *(PVOID *)UserRecord = view;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (NT_SUCCESS(status))
        status = OrWaitDevice(1000);
    if (view != NULL)
        MmUnmapLockedPages(view, mdl);
    if (locked)
        MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}
