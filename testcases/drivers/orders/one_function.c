/* one_function.c - the five wrong orders, each within one function. */
#include "orders.h"

/* The descriptor goes while the user mapping is there. */
NTSTATUS OneFreeMapped_bad(PVOID Pool, ULONG Bytes)
{
    NTSTATUS status;
    PVOID view;
    PMDL mdl = IoAllocateMdl(Pool, Bytes, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    __try {
        view = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority); // step: MDL001
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    status = OrProgramDevice(view, Bytes);
    IoFreeMdl(mdl); // expect: MDL001
    return status;
}

/* The pages go back to the process while they have a second address. */
NTSTATUS OneUnlockMapped_bad(PVOID Buffer, ULONG Bytes)
{
    NTSTATUS status = STATUS_SUCCESS;
    PVOID view = NULL;
    PMDL mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoModifyAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    __try {
        view = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (NT_SUCCESS(status))
        status = OrProgramDevice(view, Bytes);
    MmUnlockPages(mdl); // expect: MDL002
    if (view != NULL)
        MmUnmapLockedPages(view, mdl); // step: MDL002
    IoFreeMdl(mdl);
    return status;
}

/* Freed pages, live window: whoever gets them next shares them with the process. */
NTSTATUS OneFreePagesMapped_bad(ULONG Bytes)
{
    PHYSICAL_ADDRESS low, high, skip;
    NTSTATUS status;
    PVOID view;
    PMDL mdl;

    low.QuadPart = 0;
    skip.QuadPart = 0;
    high.QuadPart = (LONGLONG)-1;
    mdl = MmAllocatePagesForMdlEx(low, high, skip, Bytes, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        view = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        MmFreePagesFromMdl(mdl);
        ExFreePool(mdl);
        return GetExceptionCode();
    }
    status = OrProgramDevice(view, Bytes);
    MmFreePagesFromMdl(mdl);       // expect: MDL003
    MmUnmapLockedPages(view, mdl); // step: MDL003
    ExFreePool(mdl);
    return status;
}

NTSTATUS OneFreeLocked_bad(PVOID Buffer, ULONG Bytes)
{
    NTSTATUS status;
    PVOID address;
    PMDL mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess); // step: MDL004
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (address == NULL) {
        MmUnlockPages(mdl);
        IoFreeMdl(mdl);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    status = OrProgramDevice(address, Bytes);
    if (status == STATUS_TIMEOUT) {
        IoFreeMdl(mdl); // expect: MDL004
        return status;
    }
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}

/* Unmapped, then read once more for the log. */
NTSTATUS OneUseUnmapped_bad(PMDL Mdl, PULONG Signature)
{
    PULONG words = MmMapLockedPagesSpecifyCache(Mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);

    if (words == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    *Signature = words[0];
    MmUnmapLockedPages(words, Mdl); // step: MDL014
    DbgPrint("orders: signature %x, version %x\n", *Signature, words[1]); // expect: MDL014
    return STATUS_SUCCESS;
}

NTSTATUS OneRightOrder_ok(PVOID Buffer, ULONG Bytes)
{
    NTSTATUS status = STATUS_SUCCESS;
    PVOID view = NULL;
    PMDL mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoModifyAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    __try {
        view = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (NT_SUCCESS(status))
        status = OrProgramDevice(view, Bytes);
    if (view != NULL)
        MmUnmapLockedPages(view, mdl);
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}
