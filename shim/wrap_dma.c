/*
 * wrap_dma.c - DMA_OPERATIONS and DMA_IOMMU_INTERFACE wrapped in place.
 *
 * A DMA adapter gets a table of ours; the wrappers find the real one by the adapter. A scatter/gather list comes to the driver's execution routine, now or
 * later: a routine of ours stands before it, which tells the tracker of the list. The IOMMU interface is one for the whole system.
 */
#define MDLGUARD_SHIM_NO_MACROS
#if defined(__MINGW32__)
#include "wdk/iommu.h"
#endif
#include "mdlguard/shim.h"

#include "wrap.h"

#define ADAPTERS 16
#define LISTS 64 /* requests whose execution routine has not run yet; of others the list is not known */
/* The line comes from MdlGuardHere. */
#define File NULL
#define Line 0

struct adapter {
    PDMA_ADAPTER adapter; /* NULL: free */
    PDMA_OPERATIONS real;
    DMA_OPERATIONS table;
};

/* A request for a list. */
struct request {
    volatile LONG is_used;
    PDRIVER_LIST_CONTROL routine;
    PVOID context;
    struct mg_call call;
};

/* Written while devices start and stop, read in between; requests are taken atomically. */
static struct adapter adapters[ADAPTERS];
static struct request requests[LISTS];

static PDMA_OPERATIONS real_of(PDMA_ADAPTER adapter)
{
    ULONG a;

    for (a = 0; a < ADAPTERS; a++)
        if (adapters[a].adapter == adapter)
            return adapters[a].real;
    return adapter->DmaOperations;
}

/* ---- lists ---- */

static struct request *take_request(const struct mg_call *call, PDRIVER_LIST_CONTROL routine, PVOID context)
{
    ULONG r;

    for (r = 0; r < LISTS; r++)
        if (InterlockedExchange(&requests[r].is_used, 1) == 0) {
            requests[r].routine = routine;
            requests[r].context = context;
            requests[r].call = *call;
            return &requests[r];
        }
    return NULL;
}

static VOID NTAPI list_is_there(PDEVICE_OBJECT device, PIRP irp, PSCATTER_GATHER_LIST list, PVOID context)
{
    struct request request = *(struct request *)context;

    request.call.token = (ULONG_PTR)list;
    mdlguard_platform_leave(&request.call, 0);
    InterlockedExchange(&((struct request *)context)->is_used, 0);
    request.routine(device, irp, list, request.context);
}

static NTSTATUS NTAPI wrap_get_list(PDMA_ADAPTER arg0, PDEVICE_OBJECT arg1, PMDL arg2, PVOID arg3, ULONG arg4, PDRIVER_LIST_CONTROL arg5, PVOID arg6,
                                    BOOLEAN arg7)
{
    ENTER(GetScatterGatherList);
    struct request *request = take_request(&call, arg5, arg6);
    NTSTATUS result = real_of(arg0)->GetScatterGatherList(arg0, arg1, arg2, arg3, arg4, request ? list_is_there : arg5, request ? request : arg6, arg7);
    if (request == NULL) {
        LEAVE(GetScatterGatherList, result);
    } else if (!NT_SUCCESS(result)) {
        InterlockedExchange(&request->is_used, 0);
    }
    return result;
}

static NTSTATUS NTAPI wrap_build_list(PDMA_ADAPTER arg0, PDEVICE_OBJECT arg1, PMDL arg2, PVOID arg3, ULONG arg4, PDRIVER_LIST_CONTROL arg5, PVOID arg6,
                                      BOOLEAN arg7, PVOID arg8, ULONG arg9)
{
    ENTER(BuildScatterGatherList);
    MG_EXIT_BuildScatterGatherList(call.slots); /* the driver's routine runs before the call returns */
    struct request *request = take_request(&call, arg5, arg6);
    NTSTATUS result =
        real_of(arg0)->BuildScatterGatherList(arg0, arg1, arg2, arg3, arg4, request ? list_is_there : arg5, request ? request : arg6, arg7, arg8, arg9);
    if (request == NULL) {
        LEAVE(BuildScatterGatherList, result);
    } else if (!NT_SUCCESS(result)) {
        InterlockedExchange(&request->is_used, 0);
    }
    return result;
}

static VOID NTAPI wrap_put_list(PDMA_ADAPTER arg0, PSCATTER_GATHER_LIST arg1, BOOLEAN arg2)
{
    ENTER(PutScatterGatherList);
    real_of(arg0)->PutScatterGatherList(arg0, arg1, arg2);
    LEAVE(PutScatterGatherList, 0);
}

/* ---- map registers ---- */

static PHYSICAL_ADDRESS NTAPI wrap_map_transfer(PDMA_ADAPTER arg0, PMDL arg1, PVOID arg2, PVOID arg3, PULONG arg4, BOOLEAN arg5)
{
    ENTER(MapTransfer);
    PHYSICAL_ADDRESS result = real_of(arg0)->MapTransfer(arg0, arg1, arg2, arg3, arg4, arg5);
    LEAVE(MapTransfer, 0);
    return result;
}

static BOOLEAN NTAPI wrap_flush(PDMA_ADAPTER arg0, PMDL arg1, PVOID arg2, PVOID arg3, ULONG arg4, BOOLEAN arg5)
{
    ENTER(FlushAdapterBuffers);
    BOOLEAN result = real_of(arg0)->FlushAdapterBuffers(arg0, arg1, arg2, arg3, arg4, arg5);
    LEAVE(FlushAdapterBuffers, 0);
    return result;
}

/* ---- tables ---- */

static VOID NTAPI wrap_put_adapter(PDMA_ADAPTER arg0)
{
    MdlGuardUnwrapDmaAdapter(arg0);
    arg0->DmaOperations->PutDmaAdapter(arg0);
}

NTSTATUS NTAPI MdlGuardWrapDmaAdapter(PDMA_ADAPTER Adapter)
{
    struct adapter *slot = adapters;
    SIZE_T size;

    while (slot < adapters + ADAPTERS && slot->adapter != NULL)
        slot++;
    if (slot == adapters + ADAPTERS)
        return STATUS_INSUFFICIENT_RESOURCES;
    size = Adapter->DmaOperations->Size < sizeof(slot->table) ? Adapter->DmaOperations->Size : sizeof(slot->table);
    slot->real = Adapter->DmaOperations;
    slot->adapter = Adapter;
    RtlZeroMemory(&slot->table, sizeof(slot->table));
    RtlCopyMemory(&slot->table, slot->real, size);
    slot->table.PutDmaAdapter = wrap_put_adapter;
    slot->table.GetScatterGatherList = wrap_get_list;
    slot->table.BuildScatterGatherList = wrap_build_list;
    slot->table.PutScatterGatherList = wrap_put_list;
    slot->table.MapTransfer = wrap_map_transfer;
    slot->table.FlushAdapterBuffers = wrap_flush;
    Adapter->DmaOperations = &slot->table;
    return STATUS_SUCCESS;
}

VOID NTAPI MdlGuardUnwrapDmaAdapter(PDMA_ADAPTER Adapter)
{
    ULONG a;

    for (a = 0; a < ADAPTERS; a++)
        if (adapters[a].adapter == Adapter) {
            Adapter->DmaOperations = adapters[a].real;
            adapters[a].adapter = NULL;
        }
}

/* ---- the IOMMU interface ---- */

static DMA_IOMMU_INTERFACE iommu;

static NTSTATUS NTAPI wrap_map_identity(PIOMMU_DMA_DOMAIN arg0, ULONG arg1, PMDL arg2)
{
    ENTER(MapIdentityRange);
    NTSTATUS result = iommu.MapIdentityRange(arg0, arg1, arg2);
    LEAVE(MapIdentityRange, result);
    return result;
}

static NTSTATUS NTAPI wrap_unmap_identity(PIOMMU_DMA_DOMAIN arg0, PMDL arg1)
{
    ENTER(UnmapIdentityRange);
    NTSTATUS result = iommu.UnmapIdentityRange(arg0, arg1);
    LEAVE(UnmapIdentityRange, result);
    return result;
}

static NTSTATUS NTAPI wrap_map_logical(PIOMMU_DMA_DOMAIN arg0, ULONG arg1, PMDL arg2, ULONGLONG arg3)
{
    ENTER(MapLogicalRange);
    NTSTATUS result = iommu.MapLogicalRange(arg0, arg1, arg2, arg3);
    LEAVE(MapLogicalRange, result);
    return result;
}

static NTSTATUS NTAPI wrap_unmap_logical(PIOMMU_DMA_DOMAIN arg0, ULONGLONG arg1, ULONGLONG arg2)
{
    ENTER(UnmapLogicalRange);
    NTSTATUS result = iommu.UnmapLogicalRange(arg0, arg1, arg2);
    LEAVE(UnmapLogicalRange, result);
    return result;
}

VOID NTAPI MdlGuardWrapIommuInterface(PDMA_IOMMU_INTERFACE Interface)
{
    if (Interface->MapIdentityRange == wrap_map_identity)
        return;
    iommu = *Interface;
    Interface->MapIdentityRange = wrap_map_identity;
    Interface->UnmapIdentityRange = wrap_unmap_identity;
    Interface->MapLogicalRange = wrap_map_logical;
    Interface->UnmapLogicalRange = wrap_unmap_logical;
}
