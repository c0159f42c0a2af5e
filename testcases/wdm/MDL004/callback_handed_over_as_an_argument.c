// A helper maps, calls back and releases: what the callback does to the MDL happens in the middle.
#include <wdm.h>

typedef NTSTATUS (*VIEW_CALLBACK)(PMDL Mdl, PVOID View, ULONG Bytes, PVOID Context);

static NTSTATUS WithView(PVOID Buffer, ULONG Bytes, VIEW_CALLBACK Callback, PVOID Context)
{
    NTSTATUS status = STATUS_SUCCESS;
    PVOID view;
    PMDL mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (!NT_SUCCESS(status)) {
        IoFreeMdl(mdl);
        return status;
    }
    view = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (view == NULL)
        status = STATUS_INSUFFICIENT_RESOURCES;
    else
        status = Callback(mdl, view, Bytes, Context);
    if (mdl->MdlFlags & MDL_PAGES_LOCKED)
        MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return status;
}

static NTSTATUS SumBytes(PMDL Mdl, PVOID View, ULONG Bytes, PVOID Context)
{
    PULONG sum = Context;
    const UCHAR *p = View;

    UNREFERENCED_PARAMETER(Mdl);
    *sum = 0;
    while (Bytes-- > 0)
        *sum += *p++;
    return STATUS_SUCCESS;
}

/* Gives the pages back early; the helper asks the MDL and does not do it again. */
static NTSTATUS UnlockEarly(PMDL Mdl, PVOID View, ULONG Bytes, PVOID Context)
{
    RtlCopyMemory(Context, View, Bytes);
    MmUnlockPages(Mdl);
    return STATUS_SUCCESS;
}

NTSTATUS Checksum_ok(PVOID Buffer, ULONG Bytes, PULONG Sum)
{
    return WithView(Buffer, Bytes, SumBytes, Sum);
}

NTSTATUS Snapshot_ok(PVOID Buffer, ULONG Bytes, PVOID Copy)
{
    return WithView(Buffer, Bytes, UnlockEarly, Copy);
}

/* ---- the release itself is the argument ---- */

typedef VOID (*MDL_RELEASE)(PMDL Mdl);

static VOID ReleaseLocked(PMDL Mdl)
{
    MmUnlockPages(Mdl);
    IoFreeMdl(Mdl);
}

static VOID ReleasePlain(PMDL Mdl)
{
    IoFreeMdl(Mdl); // step: MDL004
}

NTSTATUS Transmit(PMDL Mdl);

static NTSTATUS TransmitAnd(PMDL Mdl, MDL_RELEASE Release)
{
    NTSTATUS status = Transmit(Mdl);

    Release(Mdl);
    return status;
}

static PMDL LockUser(PVOID Buffer, ULONG Bytes)
{
    PMDL mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, NULL);

    if (mdl != NULL) {
        __try {
            MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            IoFreeMdl(mdl);
            mdl = NULL;
        }
    }
    return mdl;
}

NTSTATUS TransmitUser_ok(PVOID Buffer, ULONG Bytes)
{
    PMDL mdl = LockUser(Buffer, Bytes);

    return mdl ? TransmitAnd(mdl, ReleaseLocked) : STATUS_INVALID_USER_BUFFER;
}

NTSTATUS TransmitPool_ok(PVOID Pool, ULONG Bytes)
{
    PMDL mdl = IoAllocateMdl(Pool, Bytes, FALSE, FALSE, NULL);

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    return TransmitAnd(mdl, ReleasePlain);
}

NTSTATUS TransmitUser_bad(PVOID Buffer, ULONG Bytes)
{
    PMDL mdl = LockUser(Buffer, Bytes);

    if (mdl == NULL)
        return STATUS_INVALID_USER_BUFFER;
    return TransmitAnd(mdl, ReleasePlain); // expect: MDL004
}

NTSTATUS TransmitLocal_bad(PVOID Buffer, ULONG Bytes, BOOLEAN Keep)
{
    MDL_RELEASE release = Keep ? ReleaseLocked : ReleasePlain;
    NTSTATUS status;
    PMDL mdl = LockUser(Buffer, Bytes);

    if (mdl == NULL)
        return STATUS_INVALID_USER_BUFFER;
    status = Transmit(mdl);
    release(mdl); // expect: MDL004
    return status;
}
