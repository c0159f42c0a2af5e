/* finally.c - the same orders on the way through __finally. */
#include "orders.h"

NTSTATUS FinallyUnlockMapped_bad(PMDL Mdl, ULONG Bytes)
{
    NTSTATUS status = STATUS_SUCCESS;
    PVOID view;

    __try {
        MmProbeAndLockPages(Mdl, UserMode, IoModifyAccess);
        __try {
            view = MmMapLockedPagesSpecifyCache(Mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
            status = OrProgramDevice(view, Bytes);
            if (!NT_SUCCESS(status))
                __leave;
            MmUnmapLockedPages(view, Mdl);
        } __finally {
            MmUnlockPages(Mdl); // expect: MDL002
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    return status;
}

NTSTATUS FinallyFreeMapped_bad(PVOID Pool, ULONG Bytes)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    PVOID view;
    PMDL mdl = NULL;

    __try {
        __try {
            mdl = IoAllocateMdl(Pool, Bytes, FALSE, FALSE, NULL);
            if (mdl == NULL)
                __leave;
            MmBuildMdlForNonPagedPool(mdl);
            view = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
            status = OrProgramDevice(view, Bytes);
            if (status == STATUS_DEVICE_BUSY)
                return status;
            MmUnmapLockedPages(view, mdl);
        } __finally {
            if (mdl != NULL)
                IoFreeMdl(mdl); // expect: MDL001
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    return status;
}

NTSTATUS FinallyFreePagesMapped_bad(ULONG Bytes, PVOID *UserResult)
{
    PHYSICAL_ADDRESS low = {0}, high;
    NTSTATUS status = STATUS_SUCCESS;
    PVOID view = NULL;
    PMDL mdl;

    high.QuadPart = MAXLONGLONG;
    mdl = MmAllocatePagesForMdlEx(low, high, low, Bytes, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
    if (mdl == NULL)
        return STATUS_NO_MEMORY;
    __try {
        __try {
            view = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
            ProbeForWrite(UserResult, sizeof(PVOID), sizeof(PVOID));
            *UserResult = view;
            status = OrWaitDevice(100);
        } __finally {
            /* Only the ordinary way out unmaps. */
            if (!AbnormalTermination())
                MmUnmapLockedPages(view, mdl);
            MmFreePagesFromMdl(mdl); // expect: MDL003
            ExFreePool(mdl);
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    return status;
}

NTSTATUS FinallyFreeLocked_bad(PVOID Buffer, ULONG Bytes, PVOID UserRecord)
{
    NTSTATUS status = STATUS_SUCCESS;
    PMDL mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        __try {
            MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
            ProbeForRead(UserRecord, 64, 1);
            status = OrWaitDevice(1);
            MmUnlockPages(mdl);
        } __finally {
            IoFreeMdl(mdl); // expect: MDL004
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    return status;
}

/* The __finally unlocks on every way out, and the body has already done it on one. */
NTSTATUS FinallyUnlockTwice_bad(PMDL Mdl, ULONG Bytes)
{
    NTSTATUS status;
    PVOID address;

    __try {
        MmProbeAndLockPages(Mdl, KernelMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    __try {
        address = MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority);
        if (address == NULL) {
            MmUnlockPages(Mdl);
            status = STATUS_INSUFFICIENT_RESOURCES;
            __leave;
        }
        status = OrProgramDevice(address, Bytes);
    } __finally {
        MmUnlockPages(Mdl); // expect: MDL007
    }
    return status;
}

NTSTATUS FinallyRightOrder_ok(PVOID Buffer, ULONG Bytes, PVOID UserRecord)
{
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    BOOLEAN locked = FALSE;
    PVOID view = NULL;
    PMDL mdl = NULL;

    __try {
        __try {
            mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, NULL);
            if (mdl == NULL)
                __leave;
            MmProbeAndLockPages(mdl, UserMode, IoModifyAccess);
            locked = TRUE;
            view = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
            ProbeForWrite(UserRecord, sizeof(PVOID), sizeof(PVOID));
            *(PVOID *)UserRecord = view;
            status = OrWaitDevice(100);
        } __finally {
            if (view != NULL)
                MmUnmapLockedPages(view, mdl);
            if (locked)
                MmUnlockPages(mdl);
            if (mdl != NULL)
                IoFreeMdl(mdl);
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    return status;
}
