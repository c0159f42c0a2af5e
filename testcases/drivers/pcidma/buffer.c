/*
 * buffer.c - memory shared with an application: its own pages, locked for the driver (PD_BUFFER), and a page of ours
 * that it can see (PD_STATUS_PAGE).
 *
 * The order in which these are taken down is the whole point of the file. User mappings are not undone by anything but
 * MmUnmapLockedPages, so PdBufferRelease and PdStatusPageFree may only be called once the mapping is gone; a system
 * mapping made by PdBufferSystemVa needs no such care, since MmUnlockPages ends it.
 */
#include "pcidma.h"

/*
 * Locks Length bytes at Address, an address of the current process. On success the caller owes a PdBufferRelease; on
 * failure *Buffer is empty. STATUS_ACCESS_VIOLATION and the like come from the caller's address.
 */
NTSTATUS PdBufferLock(PVOID Address, ULONG Length, LOCK_OPERATION Operation, PPD_BUFFER Buffer)
{
    NTSTATUS status;
    PMDL mdl;

    Buffer->Mdl = NULL;
    Buffer->Alias = NULL;
    Buffer->Length = 0;

    mdl = IoAllocateMdl(Address, Length, FALSE, FALSE, NULL);
    if (mdl == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    __try {
        MmProbeAndLockPages(mdl, UserMode, Operation);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        IoFreeMdl(mdl);
        return status;
    }
    Buffer->Mdl = mdl;
    Buffer->Length = Length;
    return STATUS_SUCCESS;
}

/*
 * As PdBufferLock, for writing, and gives the pages a second address in the current process. Address and Length are
 * multiples of the page size: the caller checks, because a user mapping is made of whole pages. On success the caller
 * owes a PdBufferUnmapAlias and then a PdBufferRelease.
 */
NTSTATUS PdBufferLockWithAlias(PVOID Address, ULONG Length, PPD_BUFFER Buffer)
{
    NTSTATUS status;
    PVOID alias;
    PMDL mdl;

    Buffer->Mdl = NULL;
    Buffer->Alias = NULL;
    Buffer->Length = 0;

    mdl = IoAllocateMdl(Address, Length, FALSE, FALSE, NULL);
    if (mdl == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoWriteAccess); // step: MDL004
        alias = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, PD_MAP_PRIORITY); // step: MDL002
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        /* Bad address, no quota, or no room in the address space. */
        status = GetExceptionCode();
        IoFreeMdl(mdl); // expect: MDL004
        return status;
    }
    Buffer->Mdl = mdl;
    Buffer->Alias = alias;
    Buffer->Length = Length;
    return STATUS_SUCCESS;
}

/* The kernel's address of the buffer, or NULL. It is good until PdBufferRelease. */
PVOID PdBufferSystemVa(PPD_BUFFER Buffer)
{
    return MmGetSystemAddressForMdlSafe(Buffer->Mdl, PD_MAP_PRIORITY);
}

/* In the process that the alias was made in. Without an alias it does nothing. */
VOID PdBufferUnmapAlias(PPD_BUFFER Buffer)
{
    if (Buffer->Alias != NULL) {
        MmUnmapLockedPages(Buffer->Alias, Buffer->Mdl);
        Buffer->Alias = NULL;
    }
}

/* Unlocks the pages of a buffer that PdBufferLock or PdBufferLockWithAlias has locked; the alias is gone already. */
VOID PdBufferRelease(PPD_BUFFER Buffer)
{
    MmUnlockPages(Buffer->Mdl);
    IoFreeMdl(Buffer->Mdl);
    Buffer->Mdl = NULL;
    Buffer->Length = 0;
}

/*
 * A zeroed page of nonpaged pool and its MDL, not mapped to anybody yet. Pool blocks of PAGE_SIZE begin on a page, so
 * that nothing but this page becomes visible to the application. The caller owes a PdStatusPageFree.
 */
NTSTATUS PdStatusPageCreate(PPD_STATUS_PAGE *Result)
{
    PPD_STATUS_PAGE page;

    *Result = NULL;
    page = (PPD_STATUS_PAGE)ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*page), PD_TAG);
    if (page == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    page->UserVa = NULL;
    page->KernelVa = (PPD_INFO)ExAllocatePoolWithTag(NonPagedPoolNx, PAGE_SIZE, PD_TAG);
    if (page->KernelVa == NULL) {
        goto free_page;
    }
    RtlZeroMemory(page->KernelVa, PAGE_SIZE);

    page->Mdl = IoAllocateMdl(page->KernelVa, PAGE_SIZE, FALSE, FALSE, NULL);
    if (page->Mdl == NULL) {
        goto free_pool;
    }
    MmBuildMdlForNonPagedPool(page->Mdl);
    *Result = page;
    return STATUS_SUCCESS;

free_pool:
    ExFreePoolWithTag(page->KernelVa, PD_TAG);
free_page:
    ExFreePoolWithTag(page, PD_TAG);
    return STATUS_INSUFFICIENT_RESOURCES;
}

/* Makes the page visible to the current process. On success the caller owes a PdStatusPageUnmap in that process. */
NTSTATUS PdStatusPageMap(PPD_STATUS_PAGE Page)
{
    PVOID va;

    __try {
        va = MmMapLockedPagesSpecifyCache(Page->Mdl, UserMode, MmCached, NULL, FALSE, PD_MAP_PRIORITY); // step: MDL001
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    Page->UserVa = va;
    return STATUS_SUCCESS;
}

/* In the process that the page was mapped to. Not mapped, it does nothing. */
VOID PdStatusPageUnmap(PPD_STATUS_PAGE Page)
{
    if (Page->UserVa != NULL) {
        MmUnmapLockedPages(Page->UserVa, Page->Mdl);
        Page->UserVa = NULL;
    }
}

/* The page must not be mapped any more: what the application still saw would be somebody else's pool. */
VOID PdStatusPageFree(PPD_STATUS_PAGE Page)
{
    IoFreeMdl(Page->Mdl); // step: MDL001
    ExFreePoolWithTag(Page->KernelVa, PD_TAG);
    ExFreePoolWithTag(Page, PD_TAG);
}
