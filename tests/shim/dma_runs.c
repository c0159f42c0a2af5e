/*
 * dma_runs.c - DMA adapters and the IOMMU interface on the host, through their wrapped tables. Driver code: each function is a run.
 */
#include "wdk/iommu.h"

#include "runs.h"

#define LENGTH (2 * PAGE_SIZE)
#define LOGICAL 0x123450000ULL /* an address for the device */

typedef struct _TRANSFER {
    PDMA_ADAPTER Adapter;
    PMDL Mdl;
    PVOID Buffer;
    PSCATTER_GATHER_LIST List;
    UCHAR Storage[512];
} TRANSFER;

static BOOLEAN begin(TRANSFER *transfer)
{
    RtlZeroMemory(transfer, sizeof(*transfer));
    transfer->Adapter = mdlguard_host_dma_adapter(3);
    MdlGuardWrapDmaAdapter(transfer->Adapter);
    transfer->Buffer = mdlguard_host_user_range(LENGTH);
    transfer->Mdl = locked_mdl(transfer->Buffer, LENGTH);
    return transfer->Mdl != NULL;
}

static VOID NTAPI list_is_there(PDEVICE_OBJECT device, PIRP irp, PSCATTER_GATHER_LIST list, PVOID context)
{
    (void)device;
    (void)irp;
    ((TRANSFER *)context)->List = list;
}

static NTSTATUS get_list(TRANSFER *transfer)
{
    return transfer->Adapter->DmaOperations->GetScatterGatherList(transfer->Adapter, NULL, transfer->Mdl, MmGetMdlVirtualAddress(transfer->Mdl), LENGTH,
                                                                  list_is_there, transfer, FALSE);
}

static VOID put_list(TRANSFER *transfer)
{
    transfer->Adapter->DmaOperations->PutScatterGatherList(transfer->Adapter, transfer->List, FALSE);
}

/* ---- right ---- */

void a_list_is_put_back_before_the_unlock(void *context)
{
    TRANSFER transfer;

    (void)context;
    if (!begin(&transfer))
        return;
    if (NT_SUCCESS(get_list(&transfer))) {
        CHECK(transfer.List->NumberOfElements == 2 && transfer.List->Elements[1].Length == PAGE_SIZE);
        CHECK(mdlguard_host_device_write(transfer.List->Elements[1].Address.QuadPart, "frame", 6));
        put_list(&transfer);
        CHECK(((PUCHAR)transfer.Buffer)[PAGE_SIZE] == 'f');
    }
    release_mdl(transfer.Mdl);
    transfer.Adapter->DmaOperations->PutDmaAdapter(transfer.Adapter);
}

void a_list_in_own_memory(void *context)
{
    TRANSFER transfer;
    NTSTATUS status;

    (void)context;
    if (!begin(&transfer))
        return;
    status = transfer.Adapter->DmaOperations->BuildScatterGatherList(transfer.Adapter, NULL, transfer.Mdl, MmGetMdlVirtualAddress(transfer.Mdl), LENGTH,
                                                                    list_is_there, &transfer, FALSE, transfer.Storage, sizeof(transfer.Storage));
    if (NT_SUCCESS(status)) {
        CHECK((PVOID)transfer.List == (PVOID)transfer.Storage);
        put_list(&transfer);
    }
    release_mdl(transfer.Mdl);
}

void a_transfer_is_flushed_before_the_unlock(void *context)
{
    PHYSICAL_ADDRESS at;
    TRANSFER transfer;
    ULONG length = LENGTH;
    PUCHAR va;

    (void)context;
    if (!begin(&transfer))
        return;
    va = MmGetMdlVirtualAddress(transfer.Mdl);
    at = transfer.Adapter->DmaOperations->MapTransfer(transfer.Adapter, transfer.Mdl, NULL, va, &length, FALSE);
    CHECK(length == PAGE_SIZE && mdlguard_host_device_write(at.QuadPart, "x", 1));
    length = PAGE_SIZE;
    transfer.Adapter->DmaOperations->MapTransfer(transfer.Adapter, transfer.Mdl, NULL, va + PAGE_SIZE, &length, FALSE);
    transfer.Adapter->DmaOperations->FlushAdapterBuffers(transfer.Adapter, transfer.Mdl, NULL, va, LENGTH, FALSE);
    release_mdl(transfer.Mdl);
}

void an_identity_mapping_is_removed_before_the_unlock(void *context)
{
    PMDL mdl = locked_mdl(mdlguard_host_user_range(LENGTH), LENGTH);
    DMA_IOMMU_INTERFACE iommu;

    (void)context;
    if (mdl == NULL)
        return;
    CHECK(NT_SUCCESS(IoGetIommuInterface(1, &iommu)));
    MdlGuardWrapIommuInterface(&iommu);
    if (NT_SUCCESS(iommu.MapIdentityRange(NULL, 3, mdl)))
        CHECK(NT_SUCCESS(iommu.UnmapIdentityRange(NULL, mdl)));
    release_mdl(mdl);
}

void a_logical_mapping_has_addresses_of_its_own(void *context)
{
    PVOID buffer = mdlguard_host_user_range(LENGTH);
    PMDL mdl = locked_mdl(buffer, LENGTH);
    DMA_IOMMU_INTERFACE iommu;

    (void)context;
    if (mdl == NULL)
        return;
    CHECK(NT_SUCCESS(IoGetIommuInterface(1, &iommu)));
    MdlGuardWrapIommuInterface(&iommu);
    if (NT_SUCCESS(iommu.MapLogicalRange(NULL, 3, mdl, LOGICAL))) {
        CHECK(mdlguard_host_device_write(LOGICAL + PAGE_SIZE - 2, "frame", 6)); /* over the end of a page */
        CHECK(((PUCHAR)buffer)[PAGE_SIZE] == 'a');
        CHECK(!NT_SUCCESS(iommu.MapLogicalRange(NULL, 3, mdl, LOGICAL + PAGE_SIZE)));
        CHECK(NT_SUCCESS(iommu.UnmapLogicalRange(NULL, LOGICAL, LENGTH / PAGE_SIZE)));
    }
    release_mdl(mdl);
}

/* ---- wrong ---- */

void unlocked_with_a_list(void *context)
{
    TRANSFER transfer;

    (void)context;
    if (!begin(&transfer) || !NT_SUCCESS(get_list(&transfer)))
        return;
    release_mdl(transfer.Mdl);
    put_list(&transfer);
}

void unlocked_before_the_flush(void *context)
{
    TRANSFER transfer;
    ULONG length = LENGTH;

    (void)context;
    if (!begin(&transfer))
        return;
    transfer.Adapter->DmaOperations->MapTransfer(transfer.Adapter, transfer.Mdl, NULL, MmGetMdlVirtualAddress(transfer.Mdl), &length, FALSE);
    release_mdl(transfer.Mdl);
}

void unlocked_with_an_identity_mapping(void *context)
{
    PMDL mdl = locked_mdl(mdlguard_host_user_range(LENGTH), LENGTH);
    DMA_IOMMU_INTERFACE iommu;

    (void)context;
    IoGetIommuInterface(1, &iommu);
    MdlGuardWrapIommuInterface(&iommu);
    if (mdl == NULL || !NT_SUCCESS(iommu.MapIdentityRange(NULL, 3, mdl)))
        return;
    release_mdl(mdl);
}

void an_identity_mapping_that_is_not_there(void *context)
{
    PMDL mdl = locked_mdl(mdlguard_host_user_range(LENGTH), LENGTH);
    DMA_IOMMU_INTERFACE iommu;

    (void)context;
    IoGetIommuInterface(1, &iommu);
    MdlGuardWrapIommuInterface(&iommu);
    iommu.UnmapIdentityRange(NULL, mdl);
}

static PMDL map_logical(DMA_IOMMU_INTERFACE *iommu)
{
    PMDL mdl = locked_mdl(mdlguard_host_user_range(LENGTH), LENGTH);

    IoGetIommuInterface(1, iommu);
    MdlGuardWrapIommuInterface(iommu);
    return mdl != NULL && NT_SUCCESS(iommu->MapLogicalRange(NULL, 3, mdl, LOGICAL)) ? mdl : NULL;
}

/* The page is another process's when the device writes. */
void unlocked_with_a_logical_mapping(void *context)
{
    PVOID buffer = mdlguard_host_user_range(LENGTH);
    PMDL mdl = locked_mdl(buffer, LENGTH);
    DMA_IOMMU_INTERFACE iommu;

    (void)context;
    IoGetIommuInterface(1, &iommu);
    MdlGuardWrapIommuInterface(&iommu);
    if (mdl == NULL || !NT_SUCCESS(iommu.MapLogicalRange(NULL, 3, mdl, LOGICAL)))
        return;
    release_mdl(mdl);
    mdlguard_host_user_free(buffer);
    mdlguard_host_other_page("another process");
    mdlguard_host_other_page("another process");
    CHECK(mdlguard_host_device_write(LOGICAL, "late", 4));
}

void a_logical_mapping_is_removed_twice(void *context)
{
    DMA_IOMMU_INTERFACE iommu;
    PMDL mdl = map_logical(&iommu);

    (void)context;
    if (mdl == NULL)
        return;
    iommu.UnmapLogicalRange(NULL, LOGICAL, LENGTH / PAGE_SIZE);
    iommu.UnmapLogicalRange(NULL, LOGICAL, LENGTH / PAGE_SIZE);
    release_mdl(mdl);
}

void the_device_writes_after_the_logical_mapping(void *context)
{
    DMA_IOMMU_INTERFACE iommu;
    PMDL mdl = map_logical(&iommu);

    (void)context;
    if (mdl == NULL)
        return;
    CHECK(mdlguard_host_device_write(LOGICAL, "frame", 6));
    iommu.UnmapLogicalRange(NULL, LOGICAL, LENGTH / PAGE_SIZE);
    CHECK(!mdlguard_host_device_write(LOGICAL, "late", 4));
    release_mdl(mdl);
}
