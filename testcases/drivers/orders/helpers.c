/* helpers.c - the same orders, with every routine behind a static helper of this file. */
#include "orders.h"

static PMDL HelperPin(PVOID Buffer, ULONG Bytes)
{
    PMDL mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return NULL;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoModifyAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return NULL;
    }
    return mdl;
}

static PVOID HelperMapToUser(PMDL Mdl)
{
    PVOID view = NULL;

    __try {
        view = MmMapLockedPagesSpecifyCache(Mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        view = NULL;
    }
    return view;
}

static VOID HelperUnmap(PVOID View, PMDL Mdl)
{
    if (View)
        MmUnmapLockedPages(View, Mdl);
}

static VOID HelperUnpin(PMDL Mdl)
{
    MmUnlockPages(Mdl);
}

static VOID HelperFree(PMDL Mdl)
{
    IoFreeMdl(Mdl);
}

static PMDL HelperPages(SIZE_T Bytes)
{
    PHYSICAL_ADDRESS zero, top;

    zero.QuadPart = 0;
    top.QuadPart = 0xffffffff;
    return MmAllocatePagesForMdlEx(zero, top, zero, Bytes, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
}

static VOID HelperFreePages(PMDL Mdl)
{
    MmFreePagesFromMdl(Mdl);
    ExFreePool(Mdl);
}

NTSTATUS HelpersFreeMapped_bad(PVOID Pool, ULONG Bytes)
{
    PVOID view;
    PMDL mdl = IoAllocateMdl(Pool, Bytes, FALSE, FALSE, NULL);

    if (!mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    view = HelperMapToUser(mdl);
    if (view)
        OrProgramDevice(view, Bytes);
    HelperFree(mdl); // expect: MDL001
    return STATUS_SUCCESS;
}

NTSTATUS HelpersUnlockMapped_bad(PVOID Buffer, ULONG Bytes)
{
    NTSTATUS status = STATUS_UNSUCCESSFUL;
    PVOID view;
    PMDL mdl = HelperPin(Buffer, Bytes);

    if (!mdl)
        return STATUS_INVALID_USER_BUFFER;
    view = HelperMapToUser(mdl);
    if (view)
        status = OrProgramDevice(view, Bytes);
    HelperUnpin(mdl); // expect: MDL002
    HelperUnmap(view, mdl);
    HelperFree(mdl);
    return status;
}

NTSTATUS HelpersFreePagesMapped_bad(ULONG Bytes)
{
    PVOID view;
    PMDL mdl = HelperPages(Bytes);

    if (!mdl)
        return STATUS_NO_MEMORY;
    view = HelperMapToUser(mdl);
    if (view && !NT_SUCCESS(OrProgramDevice(view, Bytes))) {
        HelperFreePages(mdl); // expect: MDL003
        return STATUS_DEVICE_NOT_READY;
    }
    HelperUnmap(view, mdl);
    HelperFreePages(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS HelpersFreeLocked_bad(PVOID Buffer, ULONG Bytes)
{
    PVOID address;
    PMDL mdl = HelperPin(Buffer, Bytes);

    if (!mdl)
        return STATUS_INVALID_USER_BUFFER;
    address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (!address) {
        HelperFree(mdl); // expect: MDL004
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    OrProgramDevice(address, Bytes);
    HelperUnpin(mdl);
    HelperFree(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS HelpersUnmapTwice_bad(PVOID Buffer, ULONG Bytes)
{
    NTSTATUS status = STATUS_UNSUCCESSFUL;
    PVOID view;
    PMDL mdl = HelperPin(Buffer, Bytes);

    if (!mdl)
        return STATUS_INVALID_USER_BUFFER;
    view = HelperMapToUser(mdl);
    if (view) {
        status = OrProgramDevice(view, Bytes);
        if (!NT_SUCCESS(status))
            HelperUnmap(view, mdl);
    }
    HelperUnmap(view, mdl); // expect: MDL011
    HelperUnpin(mdl);
    HelperFree(mdl);
    return status;
}

NTSTATUS HelpersRightOrder_ok(PVOID Buffer, ULONG Bytes)
{
    NTSTATUS status = STATUS_UNSUCCESSFUL;
    PVOID view;
    PMDL mdl = HelperPin(Buffer, Bytes);

    if (!mdl)
        return STATUS_INVALID_USER_BUFFER;
    view = HelperMapToUser(mdl);
    if (view)
        status = OrProgramDevice(view, Bytes);
    HelperUnmap(view, mdl);
    HelperUnpin(mdl);
    HelperFree(mdl);
    return status;
}
