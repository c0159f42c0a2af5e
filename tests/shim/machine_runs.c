/*
 * machine_runs.c - what the host's machine has to do with driver code, right and wrong. Driver code: each function is a run.
 */
#include "wdk/d3dkmddi_iommu.h"

#include "runs.h"

#define LENGTH (2 * PAGE_SIZE + 100)

static PMDL pages_mdl(SIZE_T bytes)
{
    PHYSICAL_ADDRESS low = {{0}}, high = {{0}}, skip = {{0}};

    high.QuadPart = -1;
    return MmAllocatePagesForMdlEx(low, high, skip, bytes, MmCached, 0);
}

/* ---- right ---- */

void three_views_show_the_same_bytes(void *context)
{
    PUCHAR user = (PUCHAR)mdlguard_host_user_range(4 * PAGE_SIZE) + 40, kernel, second;
    PMDL mdl = locked_mdl(user, LENGTH);

    (void)context;
    CHECK(mdl != NULL && (mdl->MdlFlags & MDL_PAGES_LOCKED));
    CHECK(MmGetMdlVirtualAddress(mdl) == user && MmGetMdlByteCount(mdl) == LENGTH && MmGetMdlByteOffset(mdl) == 40);
    kernel = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    CHECK(kernel != NULL && kernel != user && ((ULONG_PTR)kernel & (PAGE_SIZE - 1)) == 40);
    CHECK(MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority) == kernel);
    __try {
        second = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        second = NULL;
    }
    CHECK(second != NULL);
    user[0] = 11;
    user[LENGTH - 1] = 12;
    CHECK(kernel[0] == 11 && second[LENGTH - 1] == 12);
    kernel[PAGE_SIZE] = 13;
    CHECK(user[PAGE_SIZE] == 13);
    MmUnmapLockedPages(second, mdl);
    MmUnlockPages(mdl);
    CHECK(!(mdl->MdlFlags & (MDL_PAGES_LOCKED | MDL_MAPPED_TO_SYSTEM_VA)));
    IoFreeMdl(mdl);
}

void pool_and_partial_mdls(void *context)
{
    PUCHAR pool = ExAllocatePoolWithTag(NonPagedPool, 3 * PAGE_SIZE, 'tseT');
    PMDL mdl = IoAllocateMdl(pool, 3 * PAGE_SIZE, FALSE, FALSE, NULL);
    PMDL part = IoAllocateMdl(pool, 3 * PAGE_SIZE, FALSE, FALSE, NULL);
    PUCHAR view;

    (void)context;
    MmBuildMdlForNonPagedPool(mdl);
    CHECK(MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority) == pool);
    IoBuildPartialMdl(mdl, part, pool + PAGE_SIZE + 8, 64);
    view = MmGetSystemAddressForMdlSafe(part, NormalPagePriority);
    CHECK(view == pool + PAGE_SIZE + 8);
    MmPrepareMdlForReuse(part);
    IoFreeMdl(part);
    IoFreeMdl(mdl);
    ExFreePool(pool);
}

void a_partial_mdl_has_a_mapping_of_its_own(void *context)
{
    PUCHAR user = mdlguard_host_user_range(2 * PAGE_SIZE), view;
    PMDL mdl = locked_mdl(user, 2 * PAGE_SIZE), part = IoAllocateMdl(user, 2 * PAGE_SIZE, FALSE, FALSE, NULL);
    int turn;

    (void)context;
    for (turn = 0; turn < 2; turn++) {
        IoBuildPartialMdl(mdl, part, user + turn * PAGE_SIZE, PAGE_SIZE);
        view = MmGetSystemAddressForMdlSafe(part, NormalPagePriority);
        CHECK(view != NULL);
        view[1] = (UCHAR)(40 + turn);
        CHECK(user[turn * PAGE_SIZE + 1] == 40 + turn);
        MmPrepareMdlForReuse(part);
    }
    IoFreeMdl(part);
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
}

void reserved_addresses_are_used_again(void *context)
{
    PVOID reserved = MmAllocateMappingAddress(2 * PAGE_SIZE, 'tseT');
    PMDL mdl = locked_mdl(mdlguard_host_user_range(PAGE_SIZE), PAGE_SIZE);
    int turn;

    (void)context;
    for (turn = 0; turn < 2; turn++) {
        PUCHAR view = MmMapLockedPagesWithReservedMapping(reserved, 'tseT', mdl, MmCached);
        CHECK(view == reserved);
        view[0] = 1;
        MmUnmapReservedMapping(reserved, 'tseT', mdl);
    }
    MmFreeMappingAddress(reserved, 'tseT');
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
}

void bad_ranges_raise(void *context)
{
    (void)context;
    CHECK(locked_mdl(mdlguard_host_bad_range(), PAGE_SIZE) == NULL);
    CHECK(locked_mdl((PUCHAR)mdlguard_host_user_range(PAGE_SIZE), 2 * PAGE_SIZE) == NULL); /* the second page is not there */
    CHECK(locked_mdl(ExAllocatePoolWithTag(NonPagedPool, 1, 'tseT'), 1) == NULL);          /* a kernel address for UserMode */
}

/* The device reads and writes what the driver sees, and only while it is mapped. */
void the_device_goes_through_the_iommu(void *context)
{
    DXGKRNL_INTERFACE dxgk;
    DXGKARGCB_MAPMDLTOIOMMU map = {0};
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap;
    PUCHAR user = mdlguard_host_user_range(2 * PAGE_SIZE);
    PMDL mdl = locked_mdl(user + 16, PAGE_SIZE);
    UCHAR bytes[2] = {0};
    ULONGLONG at;

    (void)context;
    mdlguard_host_adapter(&dxgk);
    CHECK(NT_SUCCESS(MdlGuardWrapDxgkInterface(&dxgk)));
    map.pMdl = mdl;
    CHECK(NT_SUCCESS(dxgk.DxgkCbMapMdlToIoMmu(dxgk.DeviceHandle, &map)));
    user[16] = 21;
    at = mdlguard_host_device_address(map.hMemoryHandle, 0);
    CHECK(mdlguard_host_device_read(at, bytes, 1) && bytes[0] == 21);
    bytes[0] = 22, bytes[1] = 23;
    CHECK(mdlguard_host_device_write(mdlguard_host_device_address(map.hMemoryHandle, PAGE_SIZE - 18), bytes, 2));
    CHECK(user[PAGE_SIZE - 2] == 22 && user[PAGE_SIZE - 1] == 23);
    unmap.hMemoryHandle = map.hMemoryHandle;
    dxgk.DxgkCbUnmapMdlFromIoMmu(dxgk.DeviceHandle, &unmap);
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    MdlGuardUnwrapDxgkInterface(&dxgk);
    if (context)
        mdlguard_host_device_read(at, bytes, 1); /* stopped */
}

void pages_from_dxgkrnl(void *context)
{
    DXGKRNL_INTERFACE dxgk;
    DXGKARGCB_ALLOCATEPAGESFORMDL pages = {0};
    DXGKARGCB_FREEPAGESFROMMDL back;

    (void)context;
    mdlguard_host_adapter(&dxgk);
    MdlGuardWrapDxgkInterface(&dxgk);
    pages.TotalBytes = 3 * PAGE_SIZE;
    if (!NT_SUCCESS(dxgk.DxgkCbAllocatePagesForMdl(dxgk.DeviceHandle, &pages)))
        return;
    CHECK(MmGetMdlByteCount(pages.pMdl) == 3 * PAGE_SIZE);
    back.hMemoryHandle = pages.hMemoryHandle;
    dxgk.DxgkCbFreePagesFromMdl(dxgk.DeviceHandle, &back);
}

/* Every call that can fail does, in turn: nothing is lost, nothing is touched. */
void every_failure_is_handled(void *context)
{
    PUCHAR user = mdlguard_host_user_range(PAGE_SIZE), view;
    PMDL mdl = locked_mdl(user, PAGE_SIZE), own;

    (void)context;
    if (mdl == NULL)
        return;
    own = pages_mdl(4 * PAGE_SIZE);
    if (own != NULL && MmGetMdlByteCount(own) == 4 * PAGE_SIZE) {
        view = MmMapLockedPagesSpecifyCache(own, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
        if (view != NULL) {
            view[4 * PAGE_SIZE - 1] = 1;
            MmUnmapLockedPages(view, own);
        }
    }
    if (own != NULL) {
        MmFreePagesFromMdl(own);
        ExFreePool(own);
    }
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
}

static struct {
    PMDL Mdl;
    PVOID Pool;
} kept;

void what_the_context_holds_is_no_leak(void *context)
{
    PMDL *block = ExAllocatePoolWithTag(NonPagedPool, 64, 'tseT');

    (void)context;
    mdlguard_host_root(&kept, sizeof(kept));
    kept.Mdl = locked_mdl(mdlguard_host_user_range(PAGE_SIZE), PAGE_SIZE);
    kept.Pool = block;
    *block = locked_mdl(mdlguard_host_user_range(PAGE_SIZE), PAGE_SIZE);
    (*block)->Next = IoAllocateMdl(block, 64, FALSE, FALSE, NULL);
}

/* ---- wrong ---- */

void written_after_unlock(void *context)
{
    PMDL mdl = locked_mdl(mdlguard_host_user_range(PAGE_SIZE), PAGE_SIZE);
    volatile UCHAR *view = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);

    (void)context;
    MmUnlockPages(mdl);
    view[100] = 1;
    IoFreeMdl(mdl);
}

void next_read_after_free(void *context)
{
    PMDL mdl = IoAllocateMdl(mdlguard_host_user_range(PAGE_SIZE), PAGE_SIZE, FALSE, FALSE, NULL);

    (void)context;
    IoFreeMdl(mdl);
    CHECK(((volatile MDL *)mdl)->Next == NULL);
}

void null_view_written(void *context)
{
    PMDL mdl = locked_mdl(mdlguard_host_user_range(PAGE_SIZE), PAGE_SIZE);
    volatile UCHAR *view;

    (void)context;
    if (mdl == NULL)
        return;
    view = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    view[8] = 1;
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
}

/* A termination handler catches nothing. */
void null_view_written_in_a_try(void *context)
{
    PMDL mdl = locked_mdl(mdlguard_host_user_range(PAGE_SIZE), PAGE_SIZE);

    (void)context;
    if (mdl == NULL)
        return;
    __try {
        ((volatile UCHAR *)MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority))[8] = 1;
    } __finally {
        release_mdl(mdl);
    }
}

/* CONTEXT: not NULL, the buffer is read without a handler. */
void a_probed_buffer_is_read(void *context)
{
    volatile ULONG *buffer = mdlguard_host_user_range(PAGE_SIZE);

    __try {
        ProbeForWrite((PVOID)buffer, PAGE_SIZE, sizeof(ULONG));
        ProbeForRead((PVOID)buffer, PAGE_SIZE, sizeof(ULONG));
        if (context == NULL)
            CHECK(buffer[1] == 0);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return;
    }
    if (context != NULL)
        CHECK(buffer[1] == 0);
}

void probes_raise(void *context)
{
    ULONG raised = 0;

    (void)context;
    __try {
        ProbeForRead(ExAllocatePoolWithTag(NonPagedPool, PAGE_SIZE, 'tset'), 1, 1);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        raised += GetExceptionCode() == (ULONG)STATUS_ACCESS_VIOLATION;
    }
    __try {
        ProbeForWrite((PUCHAR)mdlguard_host_user_range(PAGE_SIZE) + 2, 4, 4);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        raised += GetExceptionCode() == (ULONG)STATUS_DATATYPE_MISALIGNMENT;
    }
    __try {
        ProbeForWrite(mdlguard_host_bad_range(), 4, 4);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        raised += GetExceptionCode() == (ULONG)STATUS_ACCESS_VIOLATION;
    }
    ProbeForRead(NULL, 0, 1);
    CHECK(raised == 3);
}

void short_allocation_overrun(void *context)
{
    PMDL mdl = pages_mdl(4 * PAGE_SIZE);
    volatile UCHAR *view;

    (void)context;
    if (mdl == NULL)
        return;
    view = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
    if (view != NULL) {
        view[4 * PAGE_SIZE - 1] = 1; /* behind the end when only a page came */
        MmUnmapLockedPages((PVOID)view, mdl);
    }
    MmFreePagesFromMdl(mdl);
    ExFreePool(mdl);
}

void lost_lock(void *context)
{
    (void)context;
    locked_mdl(mdlguard_host_user_range(PAGE_SIZE), PAGE_SIZE);
}

/* Wrong only when the second lock raises: found by the sweep. */
void error_path_loses_the_first(void *context)
{
    PMDL first = locked_mdl(mdlguard_host_user_range(PAGE_SIZE), PAGE_SIZE), second;

    (void)context;
    if (first == NULL)
        return;
    second = locked_mdl(mdlguard_host_user_range(PAGE_SIZE), PAGE_SIZE);
    if (second == NULL)
        return;
    MmUnlockPages(second);
    IoFreeMdl(second);
    MmUnlockPages(first);
    IoFreeMdl(first);
}

void system_pages_run_out(void *context)
{
    PMDL all[64];
    int n, got = 0;

    (void)context;
    for (n = 0; n < 64; n++) {
        PMDL mdl = pages_mdl(1024 * PAGE_SIZE);
        if (mdl == NULL)
            break;
        all[got++] = mdl;
    }
    CHECK(got > 0 && got < 64); /* the last one short */
    CHECK(MmGetMdlByteCount(all[got - 1]) < 1024 * PAGE_SIZE);
    while (got--) {
        MmFreePagesFromMdl(all[got]);
        ExFreePool(all[got]);
    }
}

/* ---- IRPs ---- */

static PIRP irp_with_mdl(PVOID pool)
{
    PIRP irp = IoAllocateIrp(2, FALSE);

    if (irp != NULL && IoAllocateMdl(pool, PAGE_SIZE, FALSE, FALSE, irp) == NULL) {
        IoFreeIrp(irp);
        return NULL;
    }
    return irp;
}

/* Where the IRP is kept, so is its MDL. */
void an_mdl_is_kept_with_its_irp(void *context)
{
    static PIRP kept;

    (void)context;
    kept = irp_with_mdl(ExAllocatePoolWithTag(NonPagedPool, PAGE_SIZE, 'tset'));
    mdlguard_host_root(&kept, sizeof(kept));
}

void an_mdl_is_replaced_on_its_irp(void *context)
{
    PVOID pool = ExAllocatePoolWithTag(NonPagedPool, PAGE_SIZE, 'tset');
    PIRP irp = irp_with_mdl(pool);

    (void)context;
    if (irp == NULL)
        return;
    IoAllocateMdl(pool, PAGE_SIZE, FALSE, FALSE, irp);
    IoFreeMdl(irp->MdlAddress);
    IoFreeIrp(irp);
}

void an_irp_is_completed_with_a_freed_mdl(void *context)
{
    PIRP irp = irp_with_mdl(ExAllocatePoolWithTag(NonPagedPool, PAGE_SIZE, 'tset'));

    (void)context;
    if (irp == NULL)
        return;
    IoFreeMdl(irp->MdlAddress);
    IoCompleteRequest(irp, IO_NO_INCREMENT);
}

void an_irp_is_freed_alone(void *context)
{
    PIRP irp = irp_with_mdl(ExAllocatePoolWithTag(NonPagedPool, PAGE_SIZE, 'tset'));

    (void)context;
    if (irp != NULL)
        IoFreeIrp(irp);
}

/* CONTEXT: not NULL, the MDL of the request is freed. */
void a_request_is_served(void *context)
{
    PMDL mdl = (IoAllocateMdl)(mdlguard_host_user_range(PAGE_SIZE), PAGE_SIZE, FALSE, FALSE, NULL);

    (MmProbeAndLockPages)(mdl, UserMode, IoWriteAccess);
    mdlguard_host_lend(mdl);
    MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    if (context != NULL)
        IoFreeMdl(mdl);
}

/* ---- views of a process, which may take them away ---- */

static VOID fill_view(PUCHAR view)
{
    __try {
        RtlFillMemory(view, PAGE_SIZE, 'x');
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return;
    }
}

/* CONTEXT: not NULL, the view is written without a handler. */
void a_user_view_is_written(void *context)
{
    PMDL mdl = locked_mdl(mdlguard_host_user_range(PAGE_SIZE), PAGE_SIZE);
    PUCHAR view = NULL;

    if (mdl == NULL)
        return;
    __try {
        view = MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        release_mdl(mdl);
        return;
    }
    if (context != NULL)
        view[0] = 'x';
    else
        fill_view(view);
    MmUnmapLockedPages(view, mdl);
    release_mdl(mdl);
}
