// Bits in a request's Flags say what is locked and mapped; the careless tear-down asks them in the wrong order.
#include <wdm.h>

#define SR_LOCKED 0x0001
#define SR_MAPPED 0x0002
#define SR_URGENT 0x0100

typedef struct _SCAN_REQUEST {
    LIST_ENTRY Link;
    PVOID UserBuffer;
    ULONG Length;
    ULONG Flags;
    PMDL Mdl;
    PVOID Shared;
} SCAN_REQUEST, *PSCAN_REQUEST;

NTSTATUS ScanStart(PSCAN_REQUEST Request);

static NTSTATUS ScanLock(PSCAN_REQUEST Request)
{
    Request->Mdl = IoAllocateMdl(Request->UserBuffer, Request->Length, FALSE, FALSE, NULL);
    if (!Request->Mdl)
        return STATUS_INSUFFICIENT_RESOURCES;

    __try {
        MmProbeAndLockPages(Request->Mdl, UserMode, IoModifyAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    Request->Flags |= SR_LOCKED;
    return STATUS_SUCCESS;
}

static NTSTATUS ScanMap(PSCAN_REQUEST Request)
{
    __try {
        Request->Shared = MmMapLockedPagesSpecifyCache(Request->Mdl, UserMode, MmCached, NULL, FALSE,
                                                       NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    Request->Flags |= SR_MAPPED;
    return STATUS_SUCCESS;
}

static VOID ScanTeardown(PSCAN_REQUEST Request)
{
    if (Request->Flags & SR_MAPPED) {
        MmUnmapLockedPages(Request->Shared, Request->Mdl);
        Request->Flags &= ~SR_MAPPED;
    }
    if (Request->Flags & SR_LOCKED) {
        MmUnlockPages(Request->Mdl);
        Request->Flags &= ~SR_LOCKED;
    }
    if (Request->Mdl) {
        IoFreeMdl(Request->Mdl);
        Request->Mdl = NULL;
    }
}

static VOID ScanTeardown_bad(PSCAN_REQUEST Request)
{
    if (Request->Flags & SR_LOCKED) {
        MmUnlockPages(Request->Mdl); // expect: MDL002 "before its mapping is unmapped"
        Request->Flags &= ~SR_LOCKED;
    }
    if (Request->Flags & SR_MAPPED) {
        MmUnmapLockedPages(Request->Shared, Request->Mdl); // step: MDL002
        Request->Flags &= ~SR_MAPPED;
    }
    if (Request->Mdl) {
        IoFreeMdl(Request->Mdl);
        Request->Mdl = NULL;
    }
}

NTSTATUS ScanPrepare_ok(PSCAN_REQUEST Request, BOOLEAN Urgent)
{
    NTSTATUS status;

    Request->Flags = Urgent ? SR_URGENT : 0;
    status = ScanLock(Request);
    if (NT_SUCCESS(status) && (Request->Flags & SR_URGENT))
        status = ScanMap(Request);
    if (NT_SUCCESS(status))
        status = ScanStart(Request);
    ScanTeardown(Request);
    return status;
}

NTSTATUS ScanPrepareReversed(PSCAN_REQUEST Request, BOOLEAN Urgent)
{
    NTSTATUS status;

    Request->Flags = Urgent ? SR_URGENT : 0;
    status = ScanLock(Request);
    if (NT_SUCCESS(status) && (Request->Flags & SR_URGENT))
        status = ScanMap(Request);
    if (NT_SUCCESS(status))
        status = ScanStart(Request);
    ScanTeardown_bad(Request);
    return status;
}
