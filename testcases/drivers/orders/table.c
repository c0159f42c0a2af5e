/* table.c - the same orders through a struct of function pointers that hangs off the object. */
#include "orders.h"

typedef struct _OR_METHODS OR_METHODS;

typedef struct _OR_BUFFER {
    const OR_METHODS *Methods;
    OR_VIEW View;
    LONG References;
} OR_BUFFER, *POR_BUFFER;

struct _OR_METHODS {
    NTSTATUS (*Acquire)(POR_BUFFER Self, PVOID Memory, ULONG Bytes);
    NTSTATUS (*Map)(POR_BUFFER Self);
    VOID (*Unmap)(POR_BUFFER Self);
    VOID (*Release)(POR_BUFFER Self);
};

static NTSTATUS LockedAcquire(POR_BUFFER Self, PVOID Memory, ULONG Bytes)
{
    PMDL mdl = IoAllocateMdl(Memory, Bytes, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoModifyAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(mdl);
        return GetExceptionCode();
    }
    Self->View.Mdl = mdl;
    Self->View.UserVa = NULL;
    Self->View.Bytes = Bytes;
    return STATUS_SUCCESS;
}

static NTSTATUS AnyMap(POR_BUFFER Self)
{
    __try {
        Self->View.UserVa = MmMapLockedPagesSpecifyCache(Self->View.Mdl, UserMode, MmCached, NULL, FALSE,
                                                         NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Self->View.UserVa = NULL;
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

static VOID AnyUnmap(POR_BUFFER Self)
{
    MmUnmapLockedPages(Self->View.UserVa, Self->View.Mdl);
    Self->View.UserVa = NULL;
}

static VOID LockedRelease(POR_BUFFER Self)
{
    MmUnlockPages(Self->View.Mdl);
    IoFreeMdl(Self->View.Mdl);
    Self->View.Mdl = NULL;
}

static NTSTATUS PoolAcquire(POR_BUFFER Self, PVOID Memory, ULONG Bytes)
{
    Self->View.UserVa = NULL;
    Self->View.Bytes = Bytes;
    Self->View.Mdl = IoAllocateMdl(Memory, Bytes, FALSE, FALSE, NULL);
    if (Self->View.Mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(Self->View.Mdl);
    return STATUS_SUCCESS;
}

static VOID PoolRelease(POR_BUFFER Self)
{
    IoFreeMdl(Self->View.Mdl);
    Self->View.Mdl = NULL;
}

static NTSTATUS PagesAcquire(POR_BUFFER Self, PVOID Memory, ULONG Bytes)
{
    PHYSICAL_ADDRESS low = {0}, high;

    UNREFERENCED_PARAMETER(Memory);
    high.QuadPart = MAXLONGLONG;
    Self->View.UserVa = NULL;
    Self->View.Bytes = Bytes;
    Self->View.Mdl = MmAllocatePagesForMdlEx(low, high, low, Bytes, MmCached, MM_ALLOCATE_FULLY_REQUIRED);
    return Self->View.Mdl != NULL ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

static VOID PagesRelease(POR_BUFFER Self)
{
    MmFreePagesFromMdl(Self->View.Mdl);
    ExFreePool(Self->View.Mdl);
    Self->View.Mdl = NULL;
}

static const OR_METHODS LockedMethods = {LockedAcquire, AnyMap, AnyUnmap, LockedRelease};
static const OR_METHODS PoolMethods = {PoolAcquire, AnyMap, AnyUnmap, PoolRelease};
static const OR_METHODS PagesMethods = {PagesAcquire, AnyMap, AnyUnmap, PagesRelease};

NTSTATUS TableUnlockMapped_bad(POR_BUFFER Buffer, PVOID Memory, ULONG Bytes)
{
    NTSTATUS status;

    Buffer->Methods = &LockedMethods;
    status = Buffer->Methods->Acquire(Buffer, Memory, Bytes);
    if (!NT_SUCCESS(status))
        return status;
    status = Buffer->Methods->Map(Buffer);
    if (NT_SUCCESS(status))
        status = OrProgramDevice(Buffer->View.UserVa, Bytes);
    Buffer->Methods->Release(Buffer); // expect: MDL002
    return status;
}

NTSTATUS TableFreeMapped_bad(POR_BUFFER Buffer, PVOID Pool, ULONG Bytes)
{
    NTSTATUS status;

    Buffer->Methods = &PoolMethods;
    status = Buffer->Methods->Acquire(Buffer, Pool, Bytes);
    if (!NT_SUCCESS(status))
        return status;
    status = Buffer->Methods->Map(Buffer);
    if (!NT_SUCCESS(status)) {
        Buffer->Methods->Release(Buffer);
        return status;
    }
    Buffer->Methods->Release(Buffer); // expect: MDL001
    return STATUS_SUCCESS;
}

NTSTATUS TableFreePagesMapped_bad(POR_BUFFER Buffer, ULONG Bytes)
{
    NTSTATUS status;

    Buffer->Methods = &PagesMethods;
    status = Buffer->Methods->Acquire(Buffer, NULL, Bytes);
    if (!NT_SUCCESS(status))
        return status;
    status = Buffer->Methods->Map(Buffer);
    Buffer->Methods->Release(Buffer); // expect: MDL003
    return status;
}

/* The table has been exchanged behind the buffer's back: pool methods on locked pages. */
NTSTATUS TableFreeLocked_bad(POR_BUFFER Buffer, PVOID Memory, ULONG Bytes)
{
    NTSTATUS status = LockedMethods.Acquire(Buffer, Memory, Bytes);

    if (!NT_SUCCESS(status))
        return status;
    Buffer->Methods = &PoolMethods;
    status = OrWaitDevice(10);
    Buffer->Methods = &PoolMethods;
    Buffer->Methods->Release(Buffer); // expect: MDL004
    return status;
}

NTSTATUS TableUnmapTwice_bad(POR_BUFFER Buffer, PVOID Memory, ULONG Bytes)
{
    const OR_METHODS *methods = &LockedMethods;
    PVOID view;
    NTSTATUS status = methods->Acquire(Buffer, Memory, Bytes);

    if (!NT_SUCCESS(status))
        return status;
    status = methods->Map(Buffer);
    if (NT_SUCCESS(status)) {
        view = Buffer->View.UserVa;
        OrProgramDevice(view, Bytes);
        methods->Unmap(Buffer);
        MmUnmapLockedPages(view, Buffer->View.Mdl); // expect: MDL011
    }
    methods->Release(Buffer);
    return status;
}

/* Whichever table it is, the order is right. */
NTSTATUS TableRightOrder_ok(POR_BUFFER Buffer, PVOID Memory, ULONG Bytes)
{
    NTSTATUS status = Buffer->Methods->Acquire(Buffer, Memory, Bytes);

    if (!NT_SUCCESS(status))
        return status;
    status = Buffer->Methods->Map(Buffer);
    if (NT_SUCCESS(status)) {
        status = OrWaitDevice(Bytes);
        Buffer->Methods->Unmap(Buffer);
    }
    Buffer->Methods->Release(Buffer);
    return status;
}

NTSTATUS TableChosen_ok(POR_BUFFER Buffer, PVOID Memory, ULONG Bytes, BOOLEAN Pool)
{
    NTSTATUS status;

    Buffer->Methods = Pool ? &PoolMethods : &LockedMethods;
    status = Buffer->Methods->Acquire(Buffer, Memory, Bytes);
    if (!NT_SUCCESS(status))
        return status;
    status = Buffer->Methods->Map(Buffer);
    if (NT_SUCCESS(status))
        Buffer->Methods->Unmap(Buffer);
    Buffer->Methods->Release(Buffer);
    return status;
}
