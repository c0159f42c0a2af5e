// Back ends with map and unmap behind function pointers: one table is static, one is filled when the device starts.
#include <wdm.h>

struct backend_ops;

typedef struct _TARGET {
    const struct backend_ops *Ops;
    PMDL Mdl;
    PVOID UserView;
    PVOID ReservedView;
    PVOID ReservedBase;
} TARGET, *PTARGET;

struct backend_ops {
    const char *Name;
    NTSTATUS (*Pin)(PTARGET Target, PVOID Buffer, ULONG Bytes);
    NTSTATUS (*Expose)(PTARGET Target);
    VOID (*Conceal)(PTARGET Target);
    VOID (*Unpin)(PTARGET Target);
};

NTSTATUS TargetProgram(PTARGET Target);

static NTSTATUS UserPin(PTARGET Target, PVOID Buffer, ULONG Bytes)
{
    Target->UserView = NULL;
    Target->Mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, NULL);
    if (Target->Mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(Target->Mdl, UserMode, IoModifyAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        IoFreeMdl(Target->Mdl);
        Target->Mdl = NULL;
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

static NTSTATUS UserExpose(PTARGET Target)
{
    __try {
        Target->UserView = MmMapLockedPagesSpecifyCache(Target->Mdl, UserMode, MmCached, NULL, FALSE,
                                                        NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

static VOID UserConceal(PTARGET Target)
{
    MmUnmapLockedPages(Target->UserView, Target->Mdl);
    Target->UserView = NULL;
}

static VOID UserUnpin(PTARGET Target)
{
    MmUnlockPages(Target->Mdl);
    IoFreeMdl(Target->Mdl);
    Target->Mdl = NULL;
}

static const struct backend_ops UserBackend = {
    .Name = "user",
    .Pin = UserPin,
    .Expose = UserExpose,
    .Conceal = UserConceal,
    .Unpin = UserUnpin,
};

NTSTATUS StaticTable_ok(PTARGET Target, PVOID Buffer, ULONG Bytes)
{
    NTSTATUS status;

    Target->Ops = &UserBackend;
    status = Target->Ops->Pin(Target, Buffer, Bytes);
    if (!NT_SUCCESS(status))
        return status;
    status = Target->Ops->Expose(Target);
    if (NT_SUCCESS(status)) {
        status = TargetProgram(Target);
        Target->Ops->Conceal(Target);
    }
    Target->Ops->Unpin(Target);
    return status;
}

NTSTATUS StaticTable_bad(PTARGET Target, PVOID Buffer, ULONG Bytes)
{
    NTSTATUS status;

    Target->Ops = &UserBackend;
    status = Target->Ops->Pin(Target, Buffer, Bytes);
    if (!NT_SUCCESS(status))
        return status;
    status = Target->Ops->Expose(Target);
    if (!NT_SUCCESS(status)) {
        Target->Ops->Unpin(Target);
        return status;
    }
    Target->Ops->Unpin(Target); // expect: MDL002
    Target->Ops->Conceal(Target);
    return STATUS_SUCCESS;
}

/* ---- the second table is written by the start routine, and belongs to the port ---- */

typedef struct _PORT {
    NTSTATUS (*MapRing)(struct _PORT *Port);
    VOID (*UnmapRing)(struct _PORT *Port);
    VOID (*ReleaseRing)(struct _PORT *Port);
    PMDL RingMdl;
    PVOID RingUser;
} PORT, *PPORT;

static NTSTATUS PortMapRing(PPORT Port)
{
    __try {
        Port->RingUser = MmMapLockedPagesSpecifyCache(Port->RingMdl, UserMode, MmCached, NULL, FALSE,
                                                      NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Port->RingUser = NULL;
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

static VOID PortUnmapRing(PPORT Port)
{
    if (Port->RingUser) {
        MmUnmapLockedPages(Port->RingUser, Port->RingMdl);
        Port->RingUser = NULL;
    }
}

static VOID PortReleaseRing(PPORT Port)
{
    MmFreePagesFromMdl(Port->RingMdl);
    ExFreePool(Port->RingMdl);
    Port->RingMdl = NULL;
}

VOID PortStart(PPORT Port)
{
    Port->MapRing = PortMapRing;
    Port->UnmapRing = PortUnmapRing;
    Port->ReleaseRing = PortReleaseRing;
    Port->RingUser = NULL;
}

/* The simulated port keeps its ring in nonpaged pool: other functions in the same members. */
static NTSTATUS SimMapRing(PPORT Port)
{
    Port->RingUser = NULL;
    return STATUS_SUCCESS;
}

static VOID SimUnmapRing(PPORT Port)
{
    UNREFERENCED_PARAMETER(Port);
}

static VOID SimReleaseRing(PPORT Port)
{
    IoFreeMdl(Port->RingMdl);
    Port->RingMdl = NULL;
}

VOID SimStart(PPORT Port)
{
    Port->MapRing = SimMapRing;
    Port->UnmapRing = SimUnmapRing;
    Port->ReleaseRing = SimReleaseRing;
    Port->RingUser = NULL;
}

NTSTATUS RunTimeTable_ok(PPORT Port)
{
    NTSTATUS status = Port->MapRing(Port);

    if (NT_SUCCESS(status)) {
        KeStallExecutionProcessor(10);
        Port->UnmapRing(Port);
    }
    Port->ReleaseRing(Port);
    return status;
}

NTSTATUS RunTimeTable_bad(PPORT Port)
{
    NTSTATUS status = Port->MapRing(Port);

    if (NT_SUCCESS(status))
        KeStallExecutionProcessor(10);
    Port->ReleaseRing(Port); // expect: MDL003
    return status;
}
