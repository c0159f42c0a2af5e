/*
 * dma.c - a DMA adapter and the IOMMU interface of the host. Both let the device in through the IOMMU of iommu.c: a scatter/gather list, a transfer and an
 * identity mapping are mappings of the MDL's frames there, and what they leave behind when they outlive their pages is the same.
 *
 * Structures are those of 64-bit Windows' <wdm.h>, as far as they are used.
 */
#include <string.h>

#include "host.h"

/* SCATTER_GATHER_ELEMENT and SCATTER_GATHER_LIST */
struct element {
    uint64_t address;
    uint32_t length;
    uint64_t reserved;
};

struct list {
    uint32_t count;
    uint64_t handle; /* Reserved: the IOMMU's */
    struct element elements[];
};

typedef MDLGUARD_HOST_CALL void list_control(void *device, void *irp, struct list *list, void *context);

/* ---- lists ---- */

static uint64_t list_bytes(const struct host_mdl *mdl)
{
    return sizeof(struct list) + mdl_pages(mdl) * sizeof(struct element);
}

/* One element a page. False: the IOMMU has no room. */
static bool list_fill(struct host *self, struct list *list, struct host_mdl *mdl, uint32_t length)
{
    uint32_t left = length < mdl->bytes ? length : mdl->bytes, offset = mdl->offset;

    memset(list, 0, sizeof(*list));
    list->handle = iommu_map(self, mdl);
    for (; list->handle && left; list->count++) {
        uint32_t part = HOST_PAGE - offset < left ? HOST_PAGE - offset : left;

        list->elements[list->count] = (struct element){mdl_frames(mdl)[list->count] * HOST_PAGE + offset, part, 0};
        left -= part;
        offset = 0;
    }
    return list->handle != 0;
}

HOST_API static int32_t build_list(void *adapter, void *device, struct host_mdl *mdl, void *va, uint32_t length, list_control *routine, void *context,
                                   uint8_t is_write, void *buffer, uint32_t buffer_bytes)
{
    struct host *self = host_machine();

    (void)adapter;
    (void)va;
    (void)is_write;
    if (host_fails(self, "BuildScatterGatherList"))
        return (int32_t)STATUS_INSUFFICIENT_RESOURCES;
    if (buffer_bytes < list_bytes(mdl))
        return (int32_t)STATUS_BUFFER_TOO_SMALL;
    if (!list_fill(self, buffer, mdl, length))
        return (int32_t)STATUS_INSUFFICIENT_RESOURCES;
    routine(device, NULL, buffer, context);
    return STATUS_SUCCESS;
}

HOST_API static int32_t get_list(void *adapter, void *device, struct host_mdl *mdl, void *va, uint32_t length, list_control *routine, void *context,
                                 uint8_t is_write)
{
    struct host *self = host_machine();
    struct list *list = host_fails(self, "GetScatterGatherList") ? NULL : block_allocate(self, SPACE_POOL, list_bytes(mdl), "a scatter/gather list");

    (void)adapter;
    (void)va;
    (void)is_write;
    if (!list || !list_fill(self, list, mdl, length)) {
        block_free(self, list);
        return (int32_t)STATUS_INSUFFICIENT_RESOURCES;
    }
    routine(device, NULL, list, context);
    return STATUS_SUCCESS;
}

/* A list in the driver's own memory is no block, and stays. */
HOST_API static void put_list(void *adapter, struct list *list, uint8_t is_write)
{
    struct host *self = host_machine();

    (void)adapter;
    (void)is_write;
    if (!iommu_unmap(self, list->handle, NULL))
        host_bug_check(0xe6, "DRIVER_VERIFIER_DMA_VIOLATION: a scatter/gather list put back that is not there", (uintptr_t)list);
    list->handle = 0;
    block_free(self, list);
}

/* ---- transfers: the handle of the one that goes on stands in the adapter ---- */

struct adapter {
    uint16_t version, size;
    const struct operations *operations;
    uint64_t transfer;
};

HOST_API static int64_t map_transfer(struct adapter *adapter, struct host_mdl *mdl, void *registers, void *va, uint32_t *length, uint8_t is_write)
{
    uint64_t offset = (uint64_t)((char *)va - mdl->start), page = offset / HOST_PAGE, part = HOST_PAGE - offset % HOST_PAGE;

    (void)registers;
    (void)is_write;
    if (!adapter->transfer)
        adapter->transfer = iommu_map(host_machine(), mdl);
    if (*length > part)
        *length = (uint32_t)part;
    return (int64_t)(mdl_frames(mdl)[page] * HOST_PAGE + offset % HOST_PAGE);
}

HOST_API static uint8_t flush(struct adapter *adapter, struct host_mdl *mdl, void *registers, void *va, uint32_t length, uint8_t is_write)
{
    (void)mdl;
    (void)registers;
    (void)va;
    (void)length;
    (void)is_write;
    iommu_unmap(host_machine(), adapter->transfer, NULL);
    adapter->transfer = 0;
    return 1;
}

HOST_API static void put_adapter(struct adapter *adapter)
{
    if (adapter->transfer)
        host_bug_check(0xe6, "DRIVER_VERIFIER_DMA_VIOLATION: an adapter put back with a transfer that is not flushed", (uintptr_t)adapter);
}

/* DMA_OPERATIONS; what is not here is NULL. */
struct operations {
    uint32_t size;
    void (*MDLGUARD_HOST_CALL put_adapter)(struct adapter *adapter);
    void *allocate_common_buffer, *free_common_buffer, *allocate_channel;
    uint8_t (*MDLGUARD_HOST_CALL flush)(struct adapter *, struct host_mdl *, void *, void *, uint32_t, uint8_t);
    void *free_channel, *free_registers;
    int64_t (*MDLGUARD_HOST_CALL map_transfer)(struct adapter *, struct host_mdl *, void *, void *, uint32_t *, uint8_t);
    void *get_alignment, *read_counter;
    int32_t (*MDLGUARD_HOST_CALL get_list)(void *, void *, struct host_mdl *, void *, uint32_t, list_control *, void *, uint8_t);
    void (*MDLGUARD_HOST_CALL put_list)(void *, struct list *, uint8_t);
    void *calculate;
    int32_t (*MDLGUARD_HOST_CALL build_list)(void *, void *, struct host_mdl *, void *, uint32_t, list_control *, void *, uint8_t, void *, uint32_t);
    void *build_mdl;
};

static const struct operations operations = {.size = sizeof(struct operations), .put_adapter = put_adapter, .flush = flush, .map_transfer = map_transfer,
                                             .get_list = get_list, .put_list = put_list, .build_list = build_list};

HOST_API void *mdlguard_host_dma_adapter(void)
{
    struct adapter *adapter = block_allocate(host_machine(), SPACE_POOL, sizeof(*adapter), "a DMA adapter");

    if (adapter)
        *adapter = (struct adapter){.version = 1, .size = sizeof(*adapter), .operations = &operations};
    return adapter;
}

/* ---- DMA_IOMMU_INTERFACE: one domain for all, whatever the driver names ---- */

HOST_API static int32_t map_identity(void *domain, uint32_t permissions, struct host_mdl *mdl)
{
    (void)domain;
    (void)permissions;
    if (host_fails(host_machine(), "MapIdentityRange") || !iommu_map(host_machine(), mdl))
        return (int32_t)STATUS_INSUFFICIENT_RESOURCES;
    return STATUS_SUCCESS;
}

HOST_API static int32_t unmap_identity(void *domain, struct host_mdl *mdl)
{
    (void)domain;
    return iommu_unmap(host_machine(), iommu_handle_of(host_machine(), mdl), NULL) ? STATUS_SUCCESS : (int32_t)STATUS_INVALID_PARAMETER;
}

HOST_API static int32_t map_logical(void *domain, uint32_t permissions, struct host_mdl *mdl, uint64_t logical)
{
    (void)domain;
    (void)permissions;
    if (host_fails(host_machine(), "MapLogicalRange") || !iommu_map_at(host_machine(), mdl, logical))
        return (int32_t)STATUS_INSUFFICIENT_RESOURCES;
    return STATUS_SUCCESS;
}

/* A mapping goes as a whole. */
HOST_API static int32_t unmap_logical(void *domain, uint64_t logical, uint64_t pages)
{
    (void)domain;
    (void)pages;
    return iommu_unmap(host_machine(), iommu_handle_at(host_machine(), logical), NULL) ? STATUS_SUCCESS : (int32_t)STATUS_INVALID_PARAMETER;
}

struct iommu_interface {
    uint32_t version;
    int32_t (*MDLGUARD_HOST_CALL map_logical)(void *domain, uint32_t permissions, struct host_mdl *mdl, uint64_t logical);
    int32_t (*MDLGUARD_HOST_CALL unmap_logical)(void *domain, uint64_t logical, uint64_t pages);
    int32_t (*MDLGUARD_HOST_CALL map_identity)(void *domain, uint32_t permissions, struct host_mdl *mdl);
    int32_t (*MDLGUARD_HOST_CALL unmap_identity)(void *domain, struct host_mdl *mdl);
};

HOST_API int32_t IoGetIommuInterface(uint32_t version, struct iommu_interface *out)
{
    *out = (struct iommu_interface){version, map_logical, unmap_logical, map_identity, unmap_identity};
    return STATUS_SUCCESS;
}
