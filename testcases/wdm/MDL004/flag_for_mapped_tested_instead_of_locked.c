// MdlFlags guard the cleanup after a partial set-up; the careless one asks for a mapping where it means the lock.
#include <wdm.h>

typedef struct _CAPTURE {
    PMDL Mdl;
    PVOID Data;
    ULONG Bytes;
} CAPTURE, *PCAPTURE;

NTSTATUS CaptureParse(PCAPTURE Capture);

static VOID CaptureCleanup(PCAPTURE Capture)
{
    PMDL mdl = Capture->Mdl;

    if (mdl == NULL)
        return;
    if (mdl->MdlFlags & MDL_PAGES_LOCKED)
        MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    Capture->Mdl = NULL;
    Capture->Data = NULL;
}

static VOID CaptureCleanupMapped(PCAPTURE Capture)
{
    PMDL mdl = Capture->Mdl;

    if (mdl == NULL)
        return;
    if (mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA)
        MmUnlockPages(mdl);
    IoFreeMdl(mdl); // step: MDL004
    Capture->Mdl = NULL;
    Capture->Data = NULL;
}

static NTSTATUS CaptureOpen(PCAPTURE Capture, PVOID UserBuffer, ULONG Bytes)
{
    NTSTATUS status = STATUS_SUCCESS;

    Capture->Bytes = Bytes;
    Capture->Data = NULL;
    Capture->Mdl = IoAllocateMdl(UserBuffer, Bytes, FALSE, FALSE, NULL);
    if (Capture->Mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(Capture->Mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (NT_SUCCESS(status)) {
        Capture->Data = MmGetSystemAddressForMdlSafe(Capture->Mdl, NormalPagePriority);
        if (Capture->Data == NULL)
            status = STATUS_INSUFFICIENT_RESOURCES;
    }
    return status;
}

NTSTATUS CaptureRun_ok(PVOID UserBuffer, ULONG Bytes)
{
    CAPTURE capture;
    NTSTATUS status = CaptureOpen(&capture, UserBuffer, Bytes);

    if (NT_SUCCESS(status))
        status = CaptureParse(&capture);
    CaptureCleanup(&capture);
    return status;
}

NTSTATUS CaptureRun_bad(PVOID UserBuffer, ULONG Bytes)
{
    CAPTURE capture;
    NTSTATUS status = CaptureOpen(&capture, UserBuffer, Bytes);

    if (NT_SUCCESS(status))
        status = CaptureParse(&capture);
    CaptureCleanupMapped(&capture); // expect: MDL004
    return status;
}

/* The same guard in line, for a view that is taken only when somebody asks for a trace. */
NTSTATUS CaptureInline_ok(PVOID UserBuffer, ULONG Bytes, BOOLEAN Trace)
{
    CAPTURE capture = {0};
    NTSTATUS status = STATUS_SUCCESS;
    PVOID view;

    capture.Mdl = IoAllocateMdl(UserBuffer, Bytes, FALSE, FALSE, NULL);
    if (capture.Mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(capture.Mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        goto done;
    }
    if (Trace) {
        view = MmMapLockedPagesSpecifyCache(capture.Mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
        if (view != NULL) {
            capture.Data = view;
            status = CaptureParse(&capture);
        }
    }
done:
    if (capture.Mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA)
        MmUnmapLockedPages(capture.Mdl->MappedSystemVa, capture.Mdl);
    if ((capture.Mdl->MdlFlags & MDL_PAGES_LOCKED) == MDL_PAGES_LOCKED)
        MmUnlockPages(capture.Mdl);
    IoFreeMdl(capture.Mdl);
    return status;
}
