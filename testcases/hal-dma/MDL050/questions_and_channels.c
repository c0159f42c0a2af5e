// What is only asked of an adapter, or waits for its channel, maps nothing; what was mapped still wants its flush.
#include "wdk/dma_v3.h"

struct _DMA_TRANSFER_INFO { ULONG version; ULONG registers; };

NTSTATUS ask_ok(DMA_OPERATIONS_V3 *ask, PDMA_ADAPTER adapter, PDEVICE_OBJECT device, PMDL mdl, PVOID transfer)
{
    ULONG size = 0, registers = 0;
    DMA_TRANSFER_INFO info = {1, 0};
    PVOID base = NULL;
    NTSTATUS status = ask->CalculateScatterGatherList(adapter, mdl, MmGetMdlVirtualAddress(mdl), PAGE_SIZE, &size, &registers);

    if (NT_SUCCESS(status))
        status = ask->GetDmaTransferInfo(adapter, mdl, 0, PAGE_SIZE, TRUE, &info);
    if (NT_SUCCESS(status))
        status = ask->AllocateAdapterChannelEx(adapter, device, transfer, registers, 0, NULL, NULL, &base);
    if (NT_SUCCESS(status))
        status = ask->FlushDmaBuffer(adapter, mdl, FALSE);
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return size != 0 && info.registers != 0 && base != NULL ? status : STATUS_UNSUCCESSFUL;
}

NTSTATUS flush_bad(DMA_OPERATIONS_V3 *ask, PDMA_ADAPTER adapter, PMDL mdl)
{
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    return ask->FlushDmaBuffer(adapter, mdl, FALSE); // expect: MDL005
}

/* The registers that the channel gave are mapped, and not flushed. */
NTSTATUS transfer_bad(DMA_OPERATIONS_V3 *ask, PDMA_ADAPTER adapter, PDEVICE_OBJECT device, PMDL mdl, PVOID transfer)
{
    ULONG size = 0, bytes = PAGE_SIZE;
    DMA_TRANSFER_INFO info = {1, 0};
    PVOID base = NULL;
    NTSTATUS status = ask->CalculateScatterGatherList(adapter, mdl, MmGetMdlVirtualAddress(mdl), PAGE_SIZE, &size, NULL);

    if (NT_SUCCESS(status))
        status = ask->GetDmaTransferInfo(adapter, mdl, 0, PAGE_SIZE, TRUE, &info);
    if (NT_SUCCESS(status))
        status = ask->AllocateAdapterChannelEx(adapter, device, transfer, info.registers, 0, NULL, NULL, &base);
    if (!NT_SUCCESS(status))
        return status;
    status = ask->MapTransferEx(adapter, mdl, base, 0, 0, &bytes, TRUE, NULL, 0, NULL, NULL);
    if (!NT_SUCCESS(status))
        return status;
    MmUnlockPages(mdl); // expect: MDL050
    return ask->FlushAdapterBuffersEx(adapter, mdl, base, 0, bytes, TRUE);
}

struct request { PMDL mdl; PVOID registers; };

IO_ALLOCATION_ACTION program(PDEVICE_OBJECT device, PIRP irp, PVOID base, PVOID context);

/* The control routine gets the request, and with it the MDL. */
NTSTATUS queue_ok(PDMA_ADAPTER adapter, PDEVICE_OBJECT device, PVOID buffer)
{
    struct request *request = ExAllocatePoolWithTag(NonPagedPool, sizeof(*request), 'qeRD');
    NTSTATUS status;

    if (request == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    request->mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, NULL);
    if (request->mdl == NULL) {
        ExFreePoolWithTag(request, 'qeRD');
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MmBuildMdlForNonPagedPool(request->mdl);
    status = adapter->DmaOperations->AllocateAdapterChannel(adapter, device, 1, program, request);
    if (!NT_SUCCESS(status)) {
        IoFreeMdl(request->mdl);
        ExFreePoolWithTag(request, 'qeRD');
    }
    return status;
}

NTSTATUS queue_bad(PDMA_ADAPTER adapter, PDEVICE_OBJECT device, PVOID buffer)
{
    struct request *request = ExAllocatePoolWithTag(NonPagedPool, sizeof(*request), 'qeRD');
    NTSTATUS status;

    if (request == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    request->mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, NULL); // expect: MDL020
    if (request->mdl == NULL) {
        ExFreePoolWithTag(request, 'qeRD');
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MmBuildMdlForNonPagedPool(request->mdl);
    status = adapter->DmaOperations->AllocateAdapterChannel(adapter, device, 1, program, request);
    if (!NT_SUCCESS(status))
        ExFreePoolWithTag(request, 'qeRD');
    return status;
}
