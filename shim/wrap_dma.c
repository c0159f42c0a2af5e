/*
 * wrap_dma.c - DMA_OPERATIONS wrapped in place, as far as the adapter's table goes: its version decides which members
 * there are.
 *
 * A DMA adapter gets a table of ours; the wrappers find the real one by the adapter. A scatter/gather list comes to the
 * driver's execution routine, now or later: a routine of ours stands before it, which tells the tracker of the list.
 */
#define MDLGUARD_SHIM_NO_MACROS
#include "mdlguard/shim.h"
#if defined(__MINGW32__)
#include "wdk/dma_v3.h"
#endif

#include "wrap.h"

#if defined(__MINGW32__)
#define HAS_CREATE_FROM_MDL 1
typedef DMA_OPERATIONS_V3 TABLE;
#else
typedef DMA_OPERATIONS TABLE;
#if defined(NTDDI_WIN10_CO) /* kits before it end with the vectors of common buffers */
#define HAS_CREATE_FROM_MDL 1
#endif
#endif

#define ADAPTERS 16
#define LISTS 64 /* requests whose execution routine has not run yet; lists beyond are not followed, and counted */
/* The line comes from MdlGuardHere. */
#define File NULL
#define Line 0

struct adapter {
    PDMA_ADAPTER adapter; /* NULL: free */
    PDMA_OPERATIONS real;
    TABLE table;
};

/* A request for a list. */
struct request {
    volatile LONG is_used;
    PDMA_ADAPTER adapter;
    PVOID transfer; /* DmaTransferContext; NULL: it has none and cannot be cancelled */
    PDRIVER_LIST_CONTROL routine;
    PVOID context;
    struct mg_call call;
};

/* Written while devices start and stop, read in between; requests are taken atomically. */
static struct adapter adapters[ADAPTERS];
static struct request requests[LISTS];

static TABLE *real_of(PDMA_ADAPTER adapter)
{
    ULONG a;

    for (a = 0; a < ADAPTERS; a++)
        if (adapters[a].adapter == adapter)
            return (TABLE *)(PVOID)adapters[a].real;
    return (TABLE *)(PVOID)adapter->DmaOperations;
}

/* ---- lists ---- */

static VOID NTAPI list_is_there(PDEVICE_OBJECT device, PIRP irp, PSCATTER_GATHER_LIST list, PVOID context)
{
    struct request request = *(struct request *)context;

    request.call.token = (ULONG_PTR)list;
    mdlguard_platform_leave(&request.call, 0);
    InterlockedExchange(&((struct request *)context)->is_used, 0);
    request.routine(device, irp, list, request.context);
}

/* Puts list_is_there in the place of the driver's routine, if it has one. NULL: nobody stands before it. */
static struct request *request_take(struct mg_call *call, PDMA_ADAPTER adapter, PVOID transfer,
                                    PDRIVER_LIST_CONTROL *routine, PVOID *context)
{
    struct request *request = requests;

    if (*routine == NULL)
        return NULL;
    while (request < requests + LISTS && InterlockedExchange(&request->is_used, 1) != 0)
        request++;
    if (request == requests + LISTS) {
        call->is_lost = 1;
        return NULL;
    }
    request->adapter = adapter;
    request->transfer = transfer;
    request->routine = *routine;
    request->context = *context;
    request->call = *call;
    *routine = list_is_there;
    *context = request;
    return request;
}

/* The call has returned. A list that went to a routine is known already, or will be. */
static VOID request_end(struct request *request, struct mg_call *call, NTSTATUS result)
{
    if (request != NULL && NT_SUCCESS(result))
        return;
    mdlguard_platform_leave(call, result);
    if (request != NULL)
        InterlockedExchange(&request->is_used, 0);
}

static NTSTATUS NTAPI wrap_get_list(PDMA_ADAPTER arg0, PDEVICE_OBJECT arg1, PMDL arg2, PVOID arg3, ULONG arg4,
                                    PDRIVER_LIST_CONTROL routine, PVOID arg6, BOOLEAN arg7)
{
    PVOID context = arg6;

    ENTER(GetScatterGatherList);
    struct request *request = request_take(&call, arg0, NULL, &routine, &context);
    NTSTATUS result = real_of(arg0)->GetScatterGatherList(arg0, arg1, arg2, arg3, arg4, routine, context, arg7);
    request_end(request, &call, result);
    return result;
}

static NTSTATUS NTAPI wrap_build_list(PDMA_ADAPTER arg0, PDEVICE_OBJECT arg1, PMDL arg2, PVOID arg3, ULONG arg4,
                                      PDRIVER_LIST_CONTROL routine, PVOID arg6, BOOLEAN arg7, PVOID arg8, ULONG arg9)
{
    PVOID context = arg6;

    ENTER(BuildScatterGatherList);
    MG_EXIT_BuildScatterGatherList(call.slots); /* the driver's routine runs before the call returns */
    struct request *request = request_take(&call, arg0, NULL, &routine, &context);
    NTSTATUS result =
        real_of(arg0)->BuildScatterGatherList(arg0, arg1, arg2, arg3, arg4, routine, context, arg7, arg8, arg9);
    request_end(request, &call, result);
    return result;
}

/* What list_is_there says of the list is enough: then the tracker does not look at the place for it as well. */
static NTSTATUS NTAPI wrap_get_list_ex(PDMA_ADAPTER arg0, PDEVICE_OBJECT arg1, PVOID arg2, PMDL arg3, ULONGLONG arg4,
                                       ULONG arg5, ULONG arg6, PDRIVER_LIST_CONTROL routine, PVOID arg8, BOOLEAN arg9,
                                       PDMA_COMPLETION_ROUTINE arg10, PVOID arg11, PSCATTER_GATHER_LIST *list)
{
    PSCATTER_GATHER_LIST *arg12 = routine != NULL ? NULL : list;
    PVOID context = arg8;

    ENTER(GetScatterGatherListEx);
    struct request *request = request_take(&call, arg0, arg2, &routine, &context);
    NTSTATUS result = real_of(arg0)->GetScatterGatherListEx(arg0, arg1, arg2, arg3, arg4, arg5, arg6, routine, context,
                                                            arg9, arg10, arg11, list);
    if (arg12 != NULL && NT_SUCCESS(result)) {
        MG_EXIT_GetScatterGatherListEx(call.slots);
    }
    request_end(request, &call, result);
    return result;
}

static NTSTATUS NTAPI wrap_build_list_ex(PDMA_ADAPTER arg0, PDEVICE_OBJECT arg1, PVOID arg2, PMDL arg3, ULONGLONG arg4,
                                         ULONG arg5, ULONG arg6, PDRIVER_LIST_CONTROL routine, PVOID arg8, BOOLEAN arg9,
                                         PVOID arg10, ULONG arg11, PDMA_COMPLETION_ROUTINE arg12, PVOID arg13,
                                         PVOID arg14)
{
    PVOID context = arg8;

    ENTER(BuildScatterGatherListEx);
    MG_EXIT_BuildScatterGatherListEx(call.slots);
    struct request *request = request_take(&call, arg0, arg2, &routine, &context);
    NTSTATUS result = real_of(arg0)->BuildScatterGatherListEx(arg0, arg1, arg2, arg3, arg4, arg5, arg6, routine,
                                                              context, arg9, arg10, arg11, arg12, arg13, arg14);
    request_end(request, &call, result);
    return result;
}

/* TRUE: the routine of the request will not run. */
static BOOLEAN NTAPI wrap_cancel(PDMA_ADAPTER arg0, PDEVICE_OBJECT arg1, PVOID arg2)
{
    BOOLEAN result = real_of(arg0)->CancelAdapterChannel(arg0, arg1, arg2);
    ULONG r;

    for (r = 0; result && arg2 != NULL && r < LISTS; r++)
        if (requests[r].is_used && requests[r].adapter == arg0 && requests[r].transfer == arg2)
            InterlockedExchange(&requests[r].is_used, 0);
    return result;
}

static VOID NTAPI wrap_put_list(PDMA_ADAPTER arg0, PSCATTER_GATHER_LIST arg1, BOOLEAN arg2)
{
    ENTER(PutScatterGatherList);
    real_of(arg0)->PutScatterGatherList(arg0, arg1, arg2);
    LEAVE(PutScatterGatherList, 0);
}

static NTSTATUS NTAPI wrap_build_mdl(PDMA_ADAPTER arg0, PSCATTER_GATHER_LIST arg1, PMDL arg2, PMDL *arg3)
{
    ENTER(BuildMdlFromScatterGatherList);
    NTSTATUS result = real_of(arg0)->BuildMdlFromScatterGatherList(arg0, arg1, arg2, arg3);
    LEAVE(BuildMdlFromScatterGatherList, result);
    return result;
}

/* ---- map registers ---- */

static PHYSICAL_ADDRESS NTAPI wrap_map_transfer(PDMA_ADAPTER arg0, PMDL arg1, PVOID arg2, PVOID arg3, PULONG arg4,
                                                BOOLEAN arg5)
{
    ENTER(MapTransfer);
    PHYSICAL_ADDRESS result = real_of(arg0)->MapTransfer(arg0, arg1, arg2, arg3, arg4, arg5);
    LEAVE(MapTransfer, 0);
    return result;
}

static NTSTATUS NTAPI wrap_map_transfer_ex(PDMA_ADAPTER arg0, PMDL arg1, PVOID arg2, ULONGLONG arg3, ULONG arg4,
                                           PULONG arg5, BOOLEAN arg6, PSCATTER_GATHER_LIST arg7, ULONG arg8,
                                           PDMA_COMPLETION_ROUTINE arg9, PVOID arg10)
{
    ENTER(MapTransferEx);
    NTSTATUS result = real_of(arg0)->MapTransferEx(arg0, arg1, arg2, arg3, arg4, arg5, arg6, arg7, arg8, arg9, arg10);
    LEAVE(MapTransferEx, result);
    return result;
}

static BOOLEAN NTAPI wrap_flush(PDMA_ADAPTER arg0, PMDL arg1, PVOID arg2, PVOID arg3, ULONG arg4, BOOLEAN arg5)
{
    ENTER(FlushAdapterBuffers);
    BOOLEAN result = real_of(arg0)->FlushAdapterBuffers(arg0, arg1, arg2, arg3, arg4, arg5);
    LEAVE(FlushAdapterBuffers, 0);
    return result;
}

static NTSTATUS NTAPI wrap_flush_ex(PDMA_ADAPTER arg0, PMDL arg1, PVOID arg2, ULONGLONG arg3, ULONG arg4, BOOLEAN arg5)
{
    ENTER(FlushAdapterBuffersEx);
    NTSTATUS result = real_of(arg0)->FlushAdapterBuffersEx(arg0, arg1, arg2, arg3, arg4, arg5);
    LEAVE(FlushAdapterBuffersEx, result);
    return result;
}

/* ---- common buffers ----
 *
 * Those that the system allocates have no MDL, and are not followed. One that is made of an MDL is freed by the MDL's
 * system address, which also names a mapping of another kind: as the name of a buffer it is one of the adapter's.
 */

#ifdef HAS_CREATE_FROM_MDL

/* By which address a buffer of a part will be freed, the documents leave open. */
static BOOLEAN is_of_part(PDMA_COMMON_BUFFER_EXTENDED_CONFIGURATION configs, ULONG count)
{
    ULONG c;

    for (c = 0; c < count; c++)
        if (configs[c].ConfigType == CommonBufferConfigTypeSubSection)
            return TRUE;
    return FALSE;
}

static NTSTATUS NTAPI wrap_create_from_mdl(PDMA_ADAPTER arg0, PMDL arg1, PDMA_COMMON_BUFFER_EXTENDED_CONFIGURATION arg2,
                                           ULONG arg3, PPHYSICAL_ADDRESS arg4)
{
    ENTER_SCOPE(CreateCommonBufferFromMdl, arg0);
    NTSTATUS result = real_of(arg0)->CreateCommonBufferFromMdl(arg0, arg1, arg2, arg3, arg4);
    call.token = NT_SUCCESS(result) ? (ULONG_PTR)arg1->MappedSystemVa : 0;
    call.is_lost = is_of_part(arg2, arg3);
    LEAVE(CreateCommonBufferFromMdl, result);
    return result;
}
#endif

static VOID NTAPI wrap_free_buffer(PDMA_ADAPTER arg0, ULONG arg1, PHYSICAL_ADDRESS arg2, PVOID arg3, BOOLEAN arg4)
{
    ENTER_SCOPE(FreeCommonBuffer, arg0);
    real_of(arg0)->FreeCommonBuffer(arg0, arg1, arg2, arg3, arg4);
    LEAVE(FreeCommonBuffer, 0);
}

/* ---- tables ---- */

static VOID NTAPI wrap_put_adapter(PDMA_ADAPTER arg0)
{
    MdlGuardUnwrapDmaAdapter(arg0);
    arg0->DmaOperations->PutDmaAdapter(arg0);
}

/* SIZE: of the table's beginning that is there. What is not, or is NULL, stays NULL. */
#define WRAP(member, wrapper)                                                                                          \
    if (FIELD_OFFSET(TABLE, member) + sizeof(table->member) <= table->Size && table->member != NULL)                   \
    table->member = (wrapper)

static VOID table_wrap(TABLE *table)
{
    WRAP(PutDmaAdapter, wrap_put_adapter);
    WRAP(GetScatterGatherList, wrap_get_list);
    WRAP(PutScatterGatherList, wrap_put_list);
    WRAP(MapTransfer, wrap_map_transfer);
    WRAP(FlushAdapterBuffers, wrap_flush);
    WRAP(FreeCommonBuffer, wrap_free_buffer);
    WRAP(BuildScatterGatherList, wrap_build_list);
    WRAP(BuildMdlFromScatterGatherList, wrap_build_mdl);
    WRAP(GetScatterGatherListEx, wrap_get_list_ex);
    WRAP(BuildScatterGatherListEx, wrap_build_list_ex);
    WRAP(CancelAdapterChannel, wrap_cancel);
    WRAP(MapTransferEx, wrap_map_transfer_ex);
    WRAP(FlushAdapterBuffersEx, wrap_flush_ex);
#ifdef HAS_CREATE_FROM_MDL
    WRAP(CreateCommonBufferFromMdl, wrap_create_from_mdl);
#endif
}

NTSTATUS NTAPI MdlGuardWrapDmaAdapter(PDMA_ADAPTER Adapter)
{
    struct adapter *slot = adapters;
    SIZE_T size = Adapter->DmaOperations->Size;

    while (slot < adapters + ADAPTERS && slot->adapter != NULL)
        slot++;
    if (slot == adapters + ADAPTERS)
        return STATUS_INSUFFICIENT_RESOURCES;
    /* A table that is longer than this kit's has members that the driver cannot name. */
    size = size < sizeof(slot->table) ? size : sizeof(slot->table);
    slot->real = Adapter->DmaOperations;
    slot->adapter = Adapter;
    RtlZeroMemory(&slot->table, sizeof(slot->table));
    RtlCopyMemory(&slot->table, slot->real, size);
    slot->table.Size = (ULONG)size;
    table_wrap(&slot->table);
    Adapter->DmaOperations = (PDMA_OPERATIONS)(PVOID)&slot->table;
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
