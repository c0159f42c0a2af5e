// SetFlag, ClearFlag and FlagOn over a flags word; two bits asked for at once; bit-fields.
#include <wdm.h>

#define SetFlag(_f, _b)   ((_f) |= (_b))
#define ClearFlag(_f, _b) ((_f) &= ~(_b))
#define FlagOn(_f, _b)    ((_f) & (_b))
#define BooleanFlagOn(_f, _b) ((BOOLEAN)(((_f) & (_b)) != 0))

#define CX_ALLOCATED 0x10
#define CX_LOCKED    0x20
#define CX_READY     (CX_ALLOCATED | CX_LOCKED)

typedef struct _CX {
    ULONG Flags;
    PMDL Mdl;
    struct {
        ULONG Pinned : 1;
        ULONG Shared : 1;
        ULONG Reserved : 30;
    } Bits;
} CX, *PCX;

NTSTATUS CxSubmit(ULONG Tag);

static NTSTATUS CxPrepare(PCX Cx, PVOID Buffer, ULONG Bytes)
{
    Cx->Flags = 0;
    Cx->Mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, NULL);
    if (!Cx->Mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    SetFlag(Cx->Flags, CX_ALLOCATED);
    __try {
        MmProbeAndLockPages(Cx->Mdl, UserMode, IoReadAccess);
        SetFlag(Cx->Flags, CX_LOCKED);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

static VOID CxUndo(PCX Cx)
{
    if (FlagOn(Cx->Flags, CX_LOCKED)) {
        MmUnlockPages(Cx->Mdl);
        ClearFlag(Cx->Flags, CX_LOCKED);
    }
    if (BooleanFlagOn(Cx->Flags, CX_ALLOCATED)) {
        IoFreeMdl(Cx->Mdl);
        ClearFlag(Cx->Flags, CX_ALLOCATED);
    }
    Cx->Mdl = NULL;
}

NTSTATUS CxRun_ok(PCX Cx, PVOID Buffer, ULONG Bytes)
{
    NTSTATUS status = CxPrepare(Cx, Buffer, Bytes);

    if (NT_SUCCESS(status))
        status = CxSubmit(1);
    CxUndo(Cx);
    return status;
}

NTSTATUS CxRunReady_ok(PCX Cx, PVOID Buffer, ULONG Bytes)
{
    NTSTATUS status = CxPrepare(Cx, Buffer, Bytes);

    if ((Cx->Flags & CX_READY) == CX_READY)
        MmUnlockPages(Cx->Mdl);
    if (Cx->Flags & CX_READY)
        IoFreeMdl(Cx->Mdl);
    return status;
}

/* One of the two bits is enough for this test, and an unlocked MDL has one. */
NTSTATUS CxRunReady_bad(PCX Cx, PVOID Buffer, ULONG Bytes)
{
    NTSTATUS status = CxPrepare(Cx, Buffer, Bytes);

    if (Cx->Flags & CX_READY) {
        MmUnlockPages(Cx->Mdl); // expect: MDL007
        IoFreeMdl(Cx->Mdl);
    }
    return status;
}

NTSTATUS CxClear_bad(PCX Cx, PVOID Buffer, ULONG Bytes)
{
    NTSTATUS status = CxPrepare(Cx, Buffer, Bytes);

    if (NT_SUCCESS(status)) {
        status = CxSubmit(2);
        ClearFlag(Cx->Flags, CX_LOCKED);
    }
    CxUndo(Cx); // expect: MDL004
    return status;
}

NTSTATUS CxBits_ok(PVOID Buffer, ULONG Bytes)
{
    CX cx = {0};
    NTSTATUS status = STATUS_SUCCESS;

    cx.Mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, NULL);
    if (!cx.Mdl)
        return STATUS_NO_MEMORY;
    __try {
        MmProbeAndLockPages(cx.Mdl, UserMode, IoReadAccess);
        cx.Bits.Pinned = 1;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (cx.Bits.Pinned)
        MmUnlockPages(cx.Mdl);
    IoFreeMdl(cx.Mdl);
    return status;
}
