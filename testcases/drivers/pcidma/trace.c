/*
 * trace.c - the trace page: one page of nonpaged pool that the driver writes to and the application reads.
 */
#include "pcidma.h"

/* Makes the page and shows it to the current process. On failure *Trace is empty. */
NTSTATUS PdTraceOpen(PPD_TRACE Trace)
{
    NTSTATUS status;

    Trace->Mdl = NULL;
    Trace->UserVa = NULL;
    Trace->Words = (PULONG)ExAllocatePoolWithTag(NonPagedPoolNx, PAGE_SIZE, PD_TAG);
    if (Trace->Words == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    RtlZeroMemory(Trace->Words, PAGE_SIZE);
    Trace->Mdl = IoAllocateMdl(Trace->Words, PAGE_SIZE, FALSE, FALSE, NULL);
    if (Trace->Mdl == NULL) {
        status = STATUS_INSUFFICIENT_RESOURCES;
        goto free_words;
    }
    MmBuildMdlForNonPagedPool(Trace->Mdl);
    __try {
        Trace->UserVa = MmMapLockedPagesSpecifyCache(Trace->Mdl, UserMode, MmCached, NULL, FALSE, PD_MAP_PRIORITY); // step: MDL001
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        goto free_mdl;
    }
    return STATUS_SUCCESS;

free_mdl:
    IoFreeMdl(Trace->Mdl);
    Trace->Mdl = NULL;
free_words:
    ExFreePoolWithTag(Trace->Words, PD_TAG);
    Trace->Words = NULL;
    return status;
}

/* The application is done with the handle, and so with the page. */
VOID PdTraceClose(PPD_TRACE Trace)
{
    IoFreeMdl(Trace->Mdl); // step: MDL001
    ExFreePoolWithTag(Trace->Words, PD_TAG);
    Trace->Mdl = NULL;
    Trace->Words = NULL;
    Trace->UserVa = NULL;
}
