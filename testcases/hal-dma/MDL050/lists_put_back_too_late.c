// A scatter/gather list maps the MDL for the device until it is put back; the MDL has to be there until then.
#include "wdk/dma_v3.h"

struct request {
    PMDL mdl;
    PSCATTER_GATHER_LIST list;
    KEVENT done;
};

VOID program(PDEVICE_OBJECT device, PIRP irp, PSCATTER_GATHER_LIST list, PVOID context);
void run(PSCATTER_GATHER_LIST list);

NTSTATUS synchronous_bad(DMA_OPERATIONS_V3 *operations, PDMA_ADAPTER adapter, PDEVICE_OBJECT device, PMDL mdl, PVOID context)
{
    PSCATTER_GATHER_LIST list;
    NTSTATUS status = operations->GetScatterGatherListEx(adapter, device, context, mdl, 0, MmGetMdlByteCount(mdl),
                                                         DMA_SYNCHRONOUS_CALLBACK, NULL, NULL, TRUE, NULL, NULL, &list);

    if (!NT_SUCCESS(status))
        return status;
    run(list);
    MmUnlockPages(mdl); // expect: MDL050
    adapter->DmaOperations->PutScatterGatherList(adapter, list, TRUE);
    return STATUS_SUCCESS;
}

NTSTATUS synchronous_ok(DMA_OPERATIONS_V3 *operations, PDMA_ADAPTER adapter, PDEVICE_OBJECT device, PMDL mdl, PVOID context)
{
    PSCATTER_GATHER_LIST list;
    NTSTATUS status = operations->GetScatterGatherListEx(adapter, device, context, mdl, 0, MmGetMdlByteCount(mdl),
                                                         DMA_SYNCHRONOUS_CALLBACK, NULL, NULL, TRUE, NULL, NULL, &list);

    if (!NT_SUCCESS(status))
        return status;
    run(list);
    adapter->DmaOperations->PutScatterGatherList(adapter, list, TRUE);
    MmUnlockPages(mdl);
    return STATUS_SUCCESS;
}

/* Queued, and the MDL taken away before anything could have happened. */
NTSTATUS queue_bad(PDMA_ADAPTER adapter, PDEVICE_OBJECT device, struct request *request)
{
    NTSTATUS status = adapter->DmaOperations->GetScatterGatherList(adapter, device, request->mdl, MmGetMdlVirtualAddress(request->mdl),
                                                                   MmGetMdlByteCount(request->mdl), program, request, TRUE);

    MmUnlockPages(request->mdl); // expect: MDL050
    return status;
}

/* Somebody else puts it back while this one waits. */
NTSTATUS wait_ok(PDMA_ADAPTER adapter, PDEVICE_OBJECT device, struct request *request)
{
    NTSTATUS status = adapter->DmaOperations->GetScatterGatherList(adapter, device, request->mdl, MmGetMdlVirtualAddress(request->mdl),
                                                                   MmGetMdlByteCount(request->mdl), program, request, TRUE);

    if (NT_SUCCESS(status))
        KeWaitForSingleObject(&request->done, Executive, KernelMode, FALSE, NULL);
    MmUnlockPages(request->mdl);
    return status;
}

/* The list came through the callback, and nobody can say whose it is. */
NTSTATUS stashed_ok(PDMA_ADAPTER adapter, PDEVICE_OBJECT device, struct request *request)
{
    NTSTATUS status = adapter->DmaOperations->GetScatterGatherList(adapter, device, request->mdl, MmGetMdlVirtualAddress(request->mdl),
                                                                   MmGetMdlByteCount(request->mdl), program, request, TRUE);

    if (!NT_SUCCESS(status))
        return status;
    adapter->DmaOperations->PutScatterGatherList(adapter, request->list, TRUE);
    MmUnlockPages(request->mdl);
    return STATUS_SUCCESS;
}

/* The list is in the driver's own buffer, and is put back by it. */
NTSTATUS own_buffer_bad(PDMA_ADAPTER adapter, PDEVICE_OBJECT device, PMDL mdl, PVOID buffer, ULONG size)
{
    NTSTATUS status = adapter->DmaOperations->BuildScatterGatherList(adapter, device, mdl, MmGetMdlVirtualAddress(mdl),
                                                                     MmGetMdlByteCount(mdl), program, NULL, FALSE, buffer, size);

    if (!NT_SUCCESS(status))
        return status;
    MmUnlockPages(mdl); // expect: MDL050
    adapter->DmaOperations->PutScatterGatherList(adapter, buffer, FALSE);
    return STATUS_SUCCESS;
}

NTSTATUS put_twice_ok(PDMA_ADAPTER adapter, PDEVICE_OBJECT device, PMDL mdl, PVOID buffer, ULONG size)
{
    NTSTATUS status = adapter->DmaOperations->BuildScatterGatherList(adapter, device, mdl, MmGetMdlVirtualAddress(mdl),
                                                                     MmGetMdlByteCount(mdl), program, NULL, FALSE, buffer, size);

    if (NT_SUCCESS(status))
        adapter->DmaOperations->PutScatterGatherList(adapter, buffer, FALSE);
    MmUnlockPages(mdl);
    return status;
}
