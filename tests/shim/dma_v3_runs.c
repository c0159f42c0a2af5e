/*
 * dma_v3_runs.c - the routines of version 3 of a DMA adapter on the host, common buffers, and adapters of older
 * versions, through their wrapped tables. Driver code: each function is a run.
 */
#include "wdk/dma_v3.h"

#include "runs.h"

#define LENGTH (2 * PAGE_SIZE)

C_ASSERT(FIELD_OFFSET(DMA_OPERATIONS_V3, BuildMdlFromScatterGatherList) ==
         FIELD_OFFSET(DMA_OPERATIONS, BuildMdlFromScatterGatherList));
C_ASSERT(FIELD_OFFSET(DMA_OPERATIONS_V3, GetDmaAdapterInfo) == sizeof(DMA_OPERATIONS));
C_ASSERT(sizeof(DMA_OPERATIONS_V3) == 0x140);

typedef struct _TRANSFER {
    PDMA_ADAPTER Adapter;
    PDMA_OPERATIONS_V3 Dma;
    PMDL Mdl;
    PUCHAR Buffer;
    PSCATTER_GATHER_LIST List;
    ULONG Puts; /* the execution routine puts the list back itself */
    UCHAR Storage[512];
} TRANSFER;

/* FALSE: a fault was injected. */
static BOOLEAN begin(TRANSFER *transfer)
{
    RtlZeroMemory(transfer, sizeof(*transfer));
    transfer->Adapter = mdlguard_host_dma_adapter(3);
    CHECK(NT_SUCCESS(MdlGuardWrapDmaAdapter(transfer->Adapter)));
    transfer->Dma = DMA_OPERATIONS_V3_OF(transfer->Adapter);
    transfer->Buffer = mdlguard_host_user_range(LENGTH);
    transfer->Mdl = locked_mdl(transfer->Buffer, LENGTH);
    return transfer->Mdl != NULL;
}

static VOID end(TRANSFER *transfer)
{
    release_mdl(transfer->Mdl);
    transfer->Dma->PutDmaAdapter(transfer->Adapter);
}

static VOID NTAPI list_is_there(PDEVICE_OBJECT device, PIRP irp, PSCATTER_GATHER_LIST list, PVOID context)
{
    TRANSFER *transfer = context;

    (void)device;
    (void)irp;
    transfer->List = list;
    if (transfer->Puts)
        transfer->Dma->PutScatterGatherList(transfer->Adapter, list, FALSE);
}

static NTSTATUS get_list(TRANSFER *transfer, PMDL mdl, ULONGLONG offset, ULONG length, PDRIVER_LIST_CONTROL routine)
{
    return transfer->Dma->GetScatterGatherListEx(transfer->Adapter, NULL, transfer, mdl, offset, length,
                                                 DMA_SYNCHRONOUS_CALLBACK, routine, transfer, FALSE, NULL, NULL,
                                                 routine == NULL ? &transfer->List : NULL);
}

static NTSTATUS map_transfer(TRANSFER *transfer, ULONGLONG offset, ULONG *length)
{
    return transfer->Dma->MapTransferEx(transfer->Adapter, transfer->Mdl, NULL, offset, 0, length, FALSE,
                                        (PSCATTER_GATHER_LIST)transfer->Storage, sizeof(transfer->Storage), NULL, NULL);
}

/* ---- right ---- */

void a_list_comes_through_the_call(void *context)
{
    TRANSFER transfer;

    (void)context;
    if (!begin(&transfer))
        return;
    if (NT_SUCCESS(get_list(&transfer, transfer.Mdl, PAGE_SIZE - 2, 4, NULL))) {
        CHECK(transfer.List->NumberOfElements == 2 && transfer.List->Elements[0].Length == 2 &&
              transfer.List->Elements[1].Length == 2);
        CHECK(mdlguard_host_device_write(transfer.List->Elements[1].Address.QuadPart, "ok", 2));
        CHECK(transfer.Buffer[PAGE_SIZE] == 'o');
        transfer.Dma->PutScatterGatherList(transfer.Adapter, transfer.List, FALSE);
    }
    end(&transfer);
}

void a_list_is_put_back_by_its_routine(void *context)
{
    TRANSFER transfer;

    (void)context;
    if (!begin(&transfer))
        return;
    transfer.Puts = 1;
    get_list(&transfer, transfer.Mdl, 0, LENGTH, list_is_there);
    end(&transfer);
}

/* More requests than wrap_dma.c has places for, one after the other. */
void many_lists_one_after_the_other(void *context)
{
    TRANSFER transfer;
    ULONG n;

    (void)context;
    if (!begin(&transfer))
        return;
    for (n = 0; n < 200; n++)
        if (NT_SUCCESS(get_list(&transfer, transfer.Mdl, 0, LENGTH, list_is_there)))
            transfer.Dma->PutScatterGatherList(transfer.Adapter, transfer.List, FALSE);
    end(&transfer);
}

void a_list_of_a_chain_in_own_memory(void *context)
{
    PVOID list = NULL;
    TRANSFER transfer;
    NTSTATUS status;
    PMDL second;

    (void)context;
    if (!begin(&transfer))
        return;
    second = locked_mdl(mdlguard_host_user_range(PAGE_SIZE), PAGE_SIZE);
    transfer.Mdl->Next = second;
    status = transfer.Dma->BuildScatterGatherListEx(transfer.Adapter, NULL, NULL, transfer.Mdl, LENGTH - 1,
                                                    second != NULL ? 3 : 1, DMA_SYNCHRONOUS_CALLBACK, NULL, NULL, FALSE,
                                                    transfer.Storage, sizeof(transfer.Storage), NULL, NULL, &list);
    if (NT_SUCCESS(status)) {
        transfer.List = list;
        CHECK(list == (PVOID)transfer.Storage && transfer.List->NumberOfElements == (second != NULL ? 2 : 1) &&
              transfer.List->Elements[0].Length == 1);
        transfer.Dma->PutScatterGatherList(transfer.Adapter, list, FALSE);
    }
    transfer.Mdl->Next = NULL;
    if (second != NULL)
        release_mdl(second);
    end(&transfer);
}

void each_transfer_is_flushed(void *context)
{
    TRANSFER transfer;
    ULONG done = 0, part;

    (void)context;
    if (!begin(&transfer))
        return;
    while (done < LENGTH) {
        part = LENGTH - done < 1000 ? LENGTH - done : 1000;
        if (!NT_SUCCESS(map_transfer(&transfer, done, &part)))
            break;
        CHECK(
            mdlguard_host_device_write(((PSCATTER_GATHER_LIST)transfer.Storage)->Elements[0].Address.QuadPart, "x", 1));
        CHECK(transfer.Buffer[done] == 'x');
        transfer.Dma->FlushAdapterBuffersEx(transfer.Adapter, transfer.Mdl, NULL, done, part, FALSE);
        done += part;
    }
    end(&transfer);
}

/* Cancelled, and flushed all the same. */
void a_cancelled_transfer_is_flushed(void *context)
{
    TRANSFER transfer;
    ULONG part = LENGTH;

    (void)context;
    if (!begin(&transfer))
        return;
    if (NT_SUCCESS(map_transfer(&transfer, 0, &part))) {
        transfer.Dma->CancelMappedTransfer(transfer.Adapter, &transfer);
        transfer.Dma->FlushAdapterBuffersEx(transfer.Adapter, transfer.Mdl, NULL, 0, LENGTH, FALSE);
    }
    end(&transfer);
}

static VOID use_buffer(TRANSFER *transfer, PUCHAR buffer, PHYSICAL_ADDRESS logical)
{
    if (buffer == NULL)
        return;
    CHECK(mdlguard_host_device_write(logical.QuadPart + PAGE_SIZE - 1, "ab", 2)); /* over the end of a page */
    CHECK(buffer[PAGE_SIZE - 1] == 'a' && buffer[PAGE_SIZE] == 'b');
    transfer->Dma->FreeCommonBuffer(transfer->Adapter, LENGTH, logical, buffer, TRUE);
    CHECK(!mdlguard_host_device_read(logical.QuadPart, &transfer->Puts, 1));
}

void common_buffers_of_three_routines(void *context)
{
    PHYSICAL_ADDRESS logical, least, last;
    TRANSFER transfer;
    PUCHAR buffer;

    (void)context;
    if (!begin(&transfer))
        return;
    last.QuadPart = 0xffffffff;
    least.QuadPart = 0x50000000;
    buffer = transfer.Dma->AllocateCommonBuffer(transfer.Adapter, LENGTH, &logical, TRUE);
    use_buffer(&transfer, buffer, logical);
    buffer = transfer.Dma->AllocateCommonBufferEx(transfer.Adapter, &last, LENGTH, &logical, TRUE, 0);
    CHECK(buffer == NULL || logical.QuadPart + LENGTH - 1 <= last.QuadPart);
    use_buffer(&transfer, buffer, logical);
    buffer =
        transfer.Dma->AllocateCommonBufferWithBounds(transfer.Adapter, &least, &last, LENGTH, 0, NULL, 0, &logical);
    CHECK(buffer == NULL || (logical.QuadPart >= least.QuadPart && logical.QuadPart + LENGTH - 1 <= last.QuadPart));
    use_buffer(&transfer, buffer, logical);
    last.QuadPart = 0x50001000; /* room for one page */
    CHECK(transfer.Dma->AllocateCommonBufferWithBounds(transfer.Adapter, &least, &last, LENGTH, 0, NULL, 0, &logical) ==
          NULL);
    end(&transfer);
}

/* The system mapping of the same address may go before the buffer, and the buffer before a list. */
void a_common_buffer_of_an_mdl(void *context)
{
    PHYSICAL_ADDRESS logical;
    TRANSFER transfer;
    PUCHAR view;

    (void)context;
    if (!begin(&transfer))
        return;
    CHECK(transfer.Dma->CreateCommonBufferFromMdl(transfer.Adapter, transfer.Mdl, NULL, 0, &logical) !=
          STATUS_SUCCESS); /* not mapped */
    view = MmGetSystemAddressForMdlSafe(transfer.Mdl, NormalPagePriority);
    if (view != NULL &&
        NT_SUCCESS(transfer.Dma->CreateCommonBufferFromMdl(transfer.Adapter, transfer.Mdl, NULL, 0, &logical))) {
        CHECK(mdlguard_host_device_write(logical.QuadPart + PAGE_SIZE - 1, "ab", 2));
        CHECK(transfer.Buffer[PAGE_SIZE - 1] == 'a' && view[PAGE_SIZE] == 'b');
        transfer.Dma->FreeCommonBuffer(transfer.Adapter, LENGTH, logical, view, TRUE);
        CHECK(!mdlguard_host_device_write(logical.QuadPart, "late", 4));
    }
    end(&transfer);
}

void a_common_buffer_of_pool(void *context)
{
    PVOID pool = ExAllocatePoolWithTag(NonPagedPool, LENGTH, 'tset');
    PHYSICAL_ADDRESS logical;
    TRANSFER transfer;
    PMDL mdl;

    (void)context;
    if (!begin(&transfer))
        return;
    mdl = pool != NULL ? IoAllocateMdl(pool, LENGTH, FALSE, FALSE, NULL) : NULL;
    if (mdl != NULL) {
        MmBuildMdlForNonPagedPool(mdl);
        if (NT_SUCCESS(transfer.Dma->CreateCommonBufferFromMdl(transfer.Adapter, mdl, NULL, 0, &logical)))
            transfer.Dma->FreeCommonBuffer(transfer.Adapter, LENGTH, logical, pool, TRUE);
        IoFreeMdl(mdl);
    }
    if (pool != NULL)
        ExFreePoolWithTag(pool, 'tset');
    end(&transfer);
}

/* VERSION 1 or 2: what its table does not have is not read (a fault), and is not there afterwards. */
static VOID old_adapter(unsigned version, ULONG size)
{
    PDMA_ADAPTER adapter = mdlguard_host_dma_adapter(version);
    PMDL mdl = locked_mdl(mdlguard_host_user_range(LENGTH), LENGTH);
    PDMA_OPERATIONS_V3 table;
    ULONG length = LENGTH;

    if (mdl == NULL)
        return;
    CHECK(adapter->DmaOperations->Size == size);
    CHECK(NT_SUCCESS(MdlGuardWrapDmaAdapter(adapter)));
    table = DMA_OPERATIONS_V3_OF(adapter);
    CHECK(table->Size == size && table->MapTransferEx == NULL && table->CreateCommonBufferFromMdl == NULL);
    CHECK((table->BuildScatterGatherList != NULL) == (version == 2));
    table->MapTransfer(adapter, mdl, NULL, MmGetMdlVirtualAddress(mdl), &length, FALSE);
    table->FlushAdapterBuffers(adapter, mdl, NULL, MmGetMdlVirtualAddress(mdl), LENGTH, FALSE);
    release_mdl(mdl);
    table->PutDmaAdapter(adapter);
}

void adapters_of_older_versions(void *context)
{
    (void)context;
    old_adapter(1, FIELD_OFFSET(DMA_OPERATIONS_V3, CalculateScatterGatherList));
    old_adapter(2, sizeof(DMA_OPERATIONS));
}

/* ---- wrong ---- */

void unlocked_with_a_list_ex(void *context)
{
    TRANSFER transfer;

    (void)context;
    if (!begin(&transfer) || !NT_SUCCESS(get_list(&transfer, transfer.Mdl, 0, LENGTH, NULL)))
        return;
    release_mdl(transfer.Mdl);
    transfer.Dma->PutScatterGatherList(transfer.Adapter, transfer.List, FALSE);
}

void unlocked_with_a_list_of_the_routine(void *context)
{
    TRANSFER transfer;

    (void)context;
    if (!begin(&transfer) || !NT_SUCCESS(get_list(&transfer, transfer.Mdl, 0, LENGTH, list_is_there)))
        return;
    release_mdl(transfer.Mdl);
}

void unlocked_with_a_list_in_own_memory(void *context)
{
    TRANSFER transfer;

    (void)context;
    if (!begin(&transfer))
        return;
    transfer.Dma->BuildScatterGatherListEx(transfer.Adapter, NULL, NULL, transfer.Mdl, 0, LENGTH, 0, list_is_there,
                                           &transfer, FALSE, transfer.Storage, sizeof(transfer.Storage), NULL, NULL,
                                           NULL);
    release_mdl(transfer.Mdl);
}

void mapped_again_before_the_flush(void *context)
{
    TRANSFER transfer;
    ULONG part = PAGE_SIZE;

    (void)context;
    if (!begin(&transfer))
        return;
    map_transfer(&transfer, 0, &part);
    map_transfer(&transfer, PAGE_SIZE, &part);
}

void unlocked_after_the_cancel(void *context)
{
    TRANSFER transfer;
    ULONG part = PAGE_SIZE;

    (void)context;
    if (!begin(&transfer))
        return;
    map_transfer(&transfer, 0, &part);
    transfer.Dma->CancelMappedTransfer(transfer.Adapter, &transfer);
    release_mdl(transfer.Mdl);
}

/* The list has gone and the buffer has not. */
void unlocked_with_a_common_buffer(void *context)
{
    PHYSICAL_ADDRESS logical;
    TRANSFER transfer;
    PVOID view;

    (void)context;
    if (!begin(&transfer))
        return;
    view = MmGetSystemAddressForMdlSafe(transfer.Mdl, NormalPagePriority);
    if (view == NULL ||
        !NT_SUCCESS(transfer.Dma->CreateCommonBufferFromMdl(transfer.Adapter, transfer.Mdl, NULL, 0, &logical)))
        return;
    if (NT_SUCCESS(get_list(&transfer, transfer.Mdl, 0, LENGTH, NULL)))
        transfer.Dma->PutScatterGatherList(transfer.Adapter, transfer.List, FALSE);
    MmUnmapLockedPages(view, transfer.Mdl); /* ends the system mapping, not the buffer */
    release_mdl(transfer.Mdl);
}

/* The page is another process's when the device writes. */
void the_device_writes_into_a_lost_buffer(void *context)
{
    PHYSICAL_ADDRESS logical;
    TRANSFER transfer;

    (void)context;
    if (!begin(&transfer) || MmGetSystemAddressForMdlSafe(transfer.Mdl, NormalPagePriority) == NULL ||
        !NT_SUCCESS(transfer.Dma->CreateCommonBufferFromMdl(transfer.Adapter, transfer.Mdl, NULL, 0, &logical)))
        return;
    release_mdl(transfer.Mdl);
    mdlguard_host_user_free(transfer.Buffer);
    mdlguard_host_other_page("another process");
    mdlguard_host_other_page("another process");
    CHECK(mdlguard_host_device_write(logical.QuadPart, "late", 4));
}

void the_mdl_of_a_list_is_freed(void *context)
{
    TRANSFER transfer;
    PMDL mdl;

    (void)context;
    if (!begin(&transfer) || !NT_SUCCESS(get_list(&transfer, transfer.Mdl, 0, LENGTH, NULL)))
        return;
    if (NT_SUCCESS(transfer.Dma->BuildMdlFromScatterGatherList(transfer.Adapter, transfer.List, transfer.Mdl, &mdl)))
        IoFreeMdl(mdl);
}

void a_common_buffer_is_freed_twice(void *context)
{
    PHYSICAL_ADDRESS logical;
    TRANSFER transfer;
    PVOID buffer;

    (void)context;
    if (!begin(&transfer))
        return;
    buffer = transfer.Dma->AllocateCommonBuffer(transfer.Adapter, LENGTH, &logical, TRUE);
    transfer.Dma->FreeCommonBuffer(transfer.Adapter, LENGTH, logical, buffer, TRUE);
    transfer.Dma->FreeCommonBuffer(transfer.Adapter, LENGTH, logical, buffer, TRUE);
}

void an_adapter_is_put_back_with_a_buffer(void *context)
{
    PHYSICAL_ADDRESS logical;
    TRANSFER transfer;

    (void)context;
    if (!begin(&transfer))
        return;
    transfer.Dma->AllocateCommonBuffer(transfer.Adapter, LENGTH, &logical, TRUE);
    end(&transfer);
}
