// BuildScatterGatherListEx writes the list into the driver's buffer; the MDL is freed while the list in it is still the device's.
#include "wdk/dma_v3.h"

void run(PSCATTER_GATHER_LIST list);

static NTSTATUS build(DMA_OPERATIONS_V3 *operations, PDMA_ADAPTER adapter, PDEVICE_OBJECT device, PMDL mdl, PVOID buffer, ULONG size)
{
    PVOID list;

    return operations->BuildScatterGatherListEx(adapter, device, NULL, mdl, 0, MmGetMdlByteCount(mdl), DMA_SYNCHRONOUS_CALLBACK,
                                                NULL, NULL, TRUE, buffer, size, NULL, NULL, &list);
}

NTSTATUS send_bad(DMA_OPERATIONS_V3 *operations, PDMA_ADAPTER adapter, PDEVICE_OBJECT device, PVOID pool, PVOID buffer, ULONG size)
{
    PMDL mdl = IoAllocateMdl(pool, PAGE_SIZE, FALSE, FALSE, NULL);
    NTSTATUS status;

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    status = build(operations, adapter, device, mdl, buffer, size);
    IoFreeMdl(mdl); // expect: MDL050
    if (NT_SUCCESS(status)) {
        run(buffer);
        adapter->DmaOperations->PutScatterGatherList(adapter, buffer, TRUE);
    }
    return status;
}

NTSTATUS send_ok(DMA_OPERATIONS_V3 *operations, PDMA_ADAPTER adapter, PDEVICE_OBJECT device, PVOID pool, PVOID buffer, ULONG size)
{
    PMDL mdl = IoAllocateMdl(pool, PAGE_SIZE, FALSE, FALSE, NULL);
    NTSTATUS status;

    if (mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    MmBuildMdlForNonPagedPool(mdl);
    status = build(operations, adapter, device, mdl, buffer, size);
    if (NT_SUCCESS(status)) {
        run(buffer);
        adapter->DmaOperations->PutScatterGatherList(adapter, buffer, TRUE);
    }
    IoFreeMdl(mdl);
    return status;
}
