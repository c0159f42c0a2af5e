/*
 * host_args.h - arguments for the functions of cases, when run_host.py runs them on the host. Included behind a case, as driver code.
 *
 * MDLs that a function gets are made by calls that the tracker does not see (the names stand in parentheses, which keeps the shim's macros away): for the
 * function they are somebody else's, as they are for the analyzer.
 */
#ifndef HOST_ARGS_H
#define HOST_ARGS_H

#include "wdk/d3dkmddi_iommu.h"
#include "wdk/dma_v3.h"
#include "wdk/iommu.h"

#include "mdlguard_host.h"

#define HOST_LENGTH (3 * PAGE_SIZE)

#ifdef __cplusplus
extern "C" {
#endif

enum host_mdl_state { HOST_MDL_FRESH, HOST_MDL_LOCKED_USER, HOST_MDL_POOL, HOST_MDL_PAGES, HOST_MDL_LOCKED_MAPPED, HOST_MDL_CHAIN, HOST_MDL_STATES };

static PMDL host_make_mdl(int state)
{
    PVOID memory = state == HOST_MDL_POOL ? (ExAllocatePoolWithTag)(NonPagedPool, HOST_LENGTH, 'tsoh') : mdlguard_host_user_range(HOST_LENGTH);
    PHYSICAL_ADDRESS low, high;
    PMDL mdl;

    low.QuadPart = 0;
    high.QuadPart = -1;
    if (state == HOST_MDL_PAGES)
        return (MmAllocatePagesForMdlEx)(low, high, low, HOST_LENGTH, MmCached, 4);
    mdl = (IoAllocateMdl)(memory, HOST_LENGTH, FALSE, FALSE, NULL);
    if (state == HOST_MDL_POOL)
        (MmBuildMdlForNonPagedPool)(mdl);
    if (state == HOST_MDL_LOCKED_USER || state == HOST_MDL_LOCKED_MAPPED || state == HOST_MDL_CHAIN)
        (MmProbeAndLockPages)(mdl, UserMode, IoWriteAccess);
    if (state == HOST_MDL_LOCKED_MAPPED)
        MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority); /* seen: so that its unmap is known */
    if (state == HOST_MDL_CHAIN)
        mdl->Next = host_make_mdl(HOST_MDL_LOCKED_USER);
    return mdl;
}

/* A request of the I/O manager's: the buffer is locked, and the next stack location says how long it is. */
static PIRP host_make_irp(int state)
{
    PIRP irp = (PIRP)(IoAllocateIrp)(2, FALSE);
    PIO_STACK_LOCATION stack;

    irp->MdlAddress = host_make_mdl(state);
    irp->CurrentLocation = 2;
    irp->Tail.Overlay.CurrentStackLocation--;
    stack = irp->Tail.Overlay.CurrentStackLocation;
    stack->Parameters.Read.Length = HOST_LENGTH;
    return irp;
}

/* The same, for a dispatch routine. */
static PIRP host_make_request(int state)
{
    PIRP irp = host_make_irp(state);
    PMDL mdl;

    for (mdl = irp->MdlAddress; mdl != NULL; mdl = mdl->Next)
        mdlguard_host_lend(mdl);
    return irp;
}

static DXGKRNL_INTERFACE *host_make_adapter(void)
{
    static DXGKRNL_INTERFACE dxgk;

    mdlguard_host_adapter(&dxgk);
    MdlGuardWrapDxgkInterface(&dxgk);
    return &dxgk;
}

/* One for a run, so that a function's arguments belong together. */
static PDMA_ADAPTER host_make_dma_adapter(void)
{
    static PDMA_ADAPTER adapter;

    if (adapter == NULL) {
        adapter = (PDMA_ADAPTER)mdlguard_host_dma_adapter(3);
        MdlGuardWrapDmaAdapter(adapter);
    }
    return adapter;
}

static PDMA_IOMMU_INTERFACE host_make_iommu(void)
{
    static DMA_IOMMU_INTERFACE iommu;

    IoGetIommuInterface(1, &iommu);
    MdlGuardWrapIommuInterface(&iommu);
    return &iommu;
}

static PDMA_IOMMU_INTERFACE_EX host_make_iommu_ex(void)
{
    static DMA_IOMMU_INTERFACE_EX iommu;

    IoGetIommuInterfaceEx(2, 0, &iommu);
    MdlGuardWrapIommuInterfaceEx(&iommu);
    return &iommu;
}

static PIOMMU_DMA_DOMAIN host_make_domain(void)
{
    PIOMMU_DMA_DOMAIN domain = NULL;

    host_make_iommu()->CreateDomain(TRUE, &domain);
    return domain;
}

static PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN host_make_range(void)
{
    PIOMMU_DMA_LOGICAL_ADDRESS_TOKEN range = NULL;

    host_make_iommu_ex()->V2.ReserveLogicalAddressRange(host_make_domain(), 32 * PAGE_SIZE, NULL, NULL, NULL, &range);
    return range;
}

static PVOID host_make_device(void)
{
    static PVOID device;

    if (device == NULL)
        device = (ExAllocatePoolWithTag)(NonPagedPool, HOST_LENGTH, 'tsoh');
    return device;
}

/* Lists that execution routines got: the device is done with them while the driver waits. */
static PSCATTER_GATHER_LIST host_lists[8];
static int host_list_count;

static void host_list_is_there(PSCATTER_GATHER_LIST list)
{
    if (host_list_count < 8)
        host_lists[host_list_count++] = list;
}

static void host_device_is_done(void *context)
{
    (void)context;
    while (host_list_count > 0)
        host_make_dma_adapter()->DmaOperations->PutScatterGatherList(host_make_dma_adapter(), host_lists[--host_list_count], TRUE);
}

/* A list of somebody else's MDL. */
static PSCATTER_GATHER_LIST host_make_list(void)
{
    PSCATTER_GATHER_LIST list = NULL;

    DMA_OPERATIONS_V3_OF(host_make_dma_adapter())->GetScatterGatherListEx(host_make_dma_adapter(), NULL, NULL, host_make_mdl(HOST_MDL_LOCKED_USER), 0,
                                                                        HOST_LENGTH, DMA_SYNCHRONOUS_CALLBACK, NULL, NULL, TRUE, NULL, NULL, &list);
    return list;
}

/* The address that a context keeps beside its MDL. */
static PVOID host_make_view(PMDL mdl)
{
    if (mdl == NULL || !(mdl->MdlFlags & MDL_PAGES_LOCKED))
        return NULL;
    return MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, NULL, FALSE, NormalPagePriority);
}

/* The same for the process, and for the device: the handle. */
static PVOID host_make_user_view(PMDL mdl)
{
    if (mdl == NULL || !(mdl->MdlFlags & MDL_PAGES_LOCKED))
        return NULL;
    return MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
}

static HANDLE host_map_iommu(PMDL mdl)
{
    DXGKRNL_INTERFACE *dxgk = host_make_adapter();
    DXGKARGCB_MAPMDLTOIOMMU map;

    RtlZeroMemory(&map, sizeof(map));
    map.pMdl = mdl;
    return NT_SUCCESS(dxgk->DxgkCbMapMdlToIoMmu(dxgk->DeviceHandle, &map)) ? map.hMemoryHandle : NULL;
}

static VOID host_unmap_iommu(HANDLE handle)
{
    DXGKRNL_INTERFACE *dxgk = host_make_adapter();
    DXGKARGCB_UNMAPMDLFROMIOMMU unmap;

    RtlZeroMemory(&unmap, sizeof(unmap));
    unmap.hMemoryHandle = handle;
    dxgk->DxgkCbUnmapMdlFromIoMmu(dxgk->DeviceHandle, &unmap);
}

static HANDLE host_make_handle(PMDL mdl)
{
    return mdl != NULL && (mdl->MdlFlags & MDL_PAGES_LOCKED) ? host_map_iommu(mdl) : NULL;
}

/* What annotated functions make (include/mdlguard/annotations.h), through calls that the tracker sees. NULL: something failed. */
static PMDL host_new_mdl(PVOID va)
{
    return IoAllocateMdl(va, PAGE_SIZE, FALSE, FALSE, NULL);
}

static BOOLEAN host_lock(PMDL mdl)
{
    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return FALSE;
    }
    return TRUE;
}

static PMDL host_pin(PVOID va)
{
    PMDL mdl = host_new_mdl(va);

    if (mdl != NULL && !host_lock(mdl)) {
        IoFreeMdl(mdl);
        mdl = NULL;
    }
    return mdl;
}

static PMDL host_new_pages(PVOID unused)
{
    PHYSICAL_ADDRESS low, high;

    (void)unused;
    low.QuadPart = 0;
    high.QuadPart = -1;
    return MmAllocatePagesForMdlEx(low, high, low, PAGE_SIZE, MmCached, 4);
}

/* An array of nonpaged memory. */
static PVOID *host_make_blocks(void)
{
    static PVOID blocks[16];
    int n;

    for (n = 0; n < 16; n++)
        blocks[n] = (ExAllocatePoolWithTag)(NonPagedPool, HOST_LENGTH, 'tsoh');
    return blocks;
}

/* A callee that uses what it is given. */
static void host_touch(const void *memory)
{
    if (memory != NULL)
        (void)*(const volatile char *)memory;
}

/* Everything static of the program is what outlives a function. */
static void host_hold_statics(void)
{
    extern char __data_start[], _end[];

    mdlguard_host_root(__data_start, (ULONG_PTR)_end - (ULONG_PTR)__data_start);
}

#ifdef __cplusplus
}
#endif

#endif
