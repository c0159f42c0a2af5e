// A project with its own AllocMdl, LockMdl and FreeMdl, with statistics; FreeMdl is still IoFreeMdl.
#include <wdm.h>

typedef struct _MM_STATS {
    volatile LONG Mdls;
    volatile LONG Locked;
    volatile LONG Failures;
} MM_STATS;

static MM_STATS g_mm;

static PMDL AllocMdl(PVOID va, SIZE_T bytes)
{
    PMDL mdl;

    if (va == NULL || bytes == 0 || bytes > MAXULONG)
        return NULL;
    mdl = IoAllocateMdl(va, (ULONG)bytes, FALSE, FALSE, NULL);
    if (mdl == NULL)
        InterlockedIncrement(&g_mm.Failures);
    else
        InterlockedIncrement(&g_mm.Mdls);
    return mdl;
}

static BOOLEAN LockMdl(PMDL mdl, LOCK_OPERATION op)
{
    __try {
        MmProbeAndLockPages(mdl, ExGetPreviousMode(), op);
        InterlockedIncrement(&g_mm.Locked);
        return TRUE;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        InterlockedIncrement(&g_mm.Failures);
        return FALSE;
    }
}

static VOID UnlockMdl(PMDL mdl)
{
    MmUnlockPages(mdl);
    InterlockedDecrement(&g_mm.Locked);
}

static VOID FreeMdl(PMDL mdl)
{
    if (mdl == NULL)
        return;
    InterlockedDecrement(&g_mm.Mdls);
    IoFreeMdl(mdl); // step: MDL004
}

NTSTATUS Deliver(PMDL mdl);

NTSTATUS Post_ok(PVOID buffer, SIZE_T bytes)
{
    NTSTATUS status;
    PMDL mdl = AllocMdl(buffer, bytes);

    if (!mdl)
        return STATUS_NO_MEMORY;
    if (!LockMdl(mdl, IoReadAccess)) {
        FreeMdl(mdl);
        return STATUS_ACCESS_VIOLATION;
    }
    status = Deliver(mdl);
    UnlockMdl(mdl);
    FreeMdl(mdl);
    return status;
}

NTSTATUS Post_bad(PVOID buffer, SIZE_T bytes)
{
    NTSTATUS status;
    PMDL mdl = AllocMdl(buffer, bytes);

    if (!mdl)
        return STATUS_NO_MEMORY;
    if (!LockMdl(mdl, IoReadAccess)) {
        FreeMdl(mdl);
        return STATUS_ACCESS_VIOLATION;
    }
    status = Deliver(mdl);
    if (NT_SUCCESS(status))
        UnlockMdl(mdl);
    FreeMdl(mdl); // expect: MDL004
    return status;
}

NTSTATUS PostForgotten_bad(PVOID buffer, SIZE_T bytes)
{
    PMDL mdl = AllocMdl(buffer, bytes); // expect: MDL020

    if (!mdl)
        return STATUS_NO_MEMORY;
    if (!LockMdl(mdl, IoReadAccess))
        return STATUS_ACCESS_VIOLATION;
    UnlockMdl(mdl);
    FreeMdl(mdl);
    return STATUS_SUCCESS;
}
