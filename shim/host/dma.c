/*
 * dma.c - a DMA adapter of the host: scatter/gather lists and transfers, through tables of each version. They let the
 * device in through the IOMMU of iommu.c: a list and a transfer are mappings of the MDL's frames there, and what they
 * leave behind when they outlive their pages is the same. Common buffers: buffer.c.
 *
 * Structures are those of 64-bit Windows' <wdm.h>, as far as they are used.
 */
#include <string.h>

#include "host.h"

#define DMA_VIOLATION 0xe6 /* DRIVER_VERIFIER_DMA_VIOLATION */
#define DMA_SYNCHRONOUS_CALLBACK 1u

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

struct adapter {
    uint16_t version, size;
    const struct operations *operations;
    uint64_t transfer; /* handle of the one that goes on */
};

typedef MDLGUARD_HOST_CALL void list_control(void *device, void *irp, struct list *list, void *context);
typedef MDLGUARD_HOST_CALL int channel_control(void *device, void *irp, void *registers, void *context);

/* ---- the frames of a chain ---- */

/* A part of the bytes that a chain of MDLs describes. */
struct part {
    const struct host_mdl *chain;
    uint64_t offset, length;
};

static uint64_t map_chain(struct host *self, const struct host_mdl *chain)
{
    struct iommu_memory memory = mdl_memory(chain);
    uint64_t frames[HOST_PAGES];

    if (!chain->next)
        return iommu_map_identity(self, 0, memory);
    memory.frames = frames;
    memory.count = 0;
    for (const struct host_mdl *mdl = chain; mdl && memory.count + mdl_pages(mdl) <= HOST_PAGES; mdl = mdl->next) {
        memcpy(frames + memory.count, mdl_memory(mdl).frames, mdl_pages(mdl) * sizeof(uint64_t));
        memory.count += mdl_pages(mdl);
    }
    return iommu_map_identity(self, 0, memory);
}

static uint64_t chain_bytes(const struct host_mdl *chain)
{
    uint64_t bytes = 0;

    for (; chain; chain = chain->next)
        bytes += chain->bytes;
    return bytes;
}

static uint32_t chain_pages(const struct host_mdl *chain)
{
    uint32_t pages = 0;

    for (; chain; chain = chain->next)
        pages += mdl_pages(chain);
    return pages;
}

static uint64_t list_bytes(const struct host_mdl *chain)
{
    return sizeof(struct list) + chain_pages(chain) * sizeof(struct element);
}

/* One element a page, at most CAPACITY. Returns how many bytes they are. */
static uint64_t list_fill(struct list *list, uint32_t capacity, struct part part)
{
    uint64_t done = 0, skip = part.offset;

    memset(list, 0, sizeof(*list));
    for (const struct host_mdl *mdl = part.chain; mdl; mdl = mdl->next) {
        for (; skip < mdl->bytes && done < part.length && list->count < capacity; list->count++) {
            uint64_t at = mdl->offset + skip, length = HOST_PAGE - at % HOST_PAGE;

            length = length < mdl->bytes - skip ? length : mdl->bytes - skip;
            length = length < part.length - done ? length : part.length - done;
            list->elements[list->count] = (struct element){
                mdl_memory(mdl).frames[at / HOST_PAGE] * HOST_PAGE + at % HOST_PAGE, (uint32_t)length, 0};
            done += length;
            skip += length;
        }
        skip = skip > mdl->bytes ? skip - mdl->bytes : 0;
    }
    return done;
}

static void check_part(struct part part)
{
    if (!part.length)
        host_bug_check(DMA_VIOLATION, "DRIVER_VERIFIER_DMA_VIOLATION: a transfer of no bytes", (uintptr_t)part.chain);
    if (part.offset + part.length > chain_bytes(part.chain))
        host_bug_check(DMA_VIOLATION, "DRIVER_VERIFIER_DMA_VIOLATION: a transfer beyond the MDL",
                       (uintptr_t)part.chain);
}

static struct part part_at(const struct host_mdl *mdl, const void *va, uint32_t length)
{
    return (struct part){mdl, (uint64_t)((const char *)va - mdl->start) - mdl->offset, length};
}

/* ---- lists ---- */

/* In LIST, which has room for all of the chain. The driver's routine, if there is one, runs at once. */
static int32_t make_list(struct list *list, struct part part, void *device, list_control *routine, void *context)
{
    check_part(part);
    list_fill(list, chain_pages(part.chain), part);
    list->handle = map_chain(host_machine(), part.chain);
    if (!list->handle)
        return (int32_t)STATUS_INSUFFICIENT_RESOURCES;
    if (routine)
        routine(device, NULL, list, context);
    return STATUS_SUCCESS;
}

static int32_t make_list_in_pool(const char *name, struct part part, void *device, list_control *routine, void *context,
                                 struct list **out)
{
    struct host *self = host_machine();
    struct list *list = host_fails(self, name)
                            ? NULL
                            : block_allocate(self, SPACE_POOL, list_bytes(part.chain), "a scatter/gather list");
    int32_t status;

    if (!list)
        return (int32_t)STATUS_INSUFFICIENT_RESOURCES;
    if (out)
        *out = list;
    status = make_list(list, part, device, routine, context);
    if (status != STATUS_SUCCESS)
        block_free(self, list);
    return status;
}

static int32_t make_list_in(const char *name, void *buffer, uint32_t buffer_bytes, struct part part, void *device,
                            list_control *routine, void *context)
{
    if (host_fails(host_machine(), name))
        return (int32_t)STATUS_INSUFFICIENT_RESOURCES;
    if (buffer_bytes < list_bytes(part.chain))
        return (int32_t)STATUS_BUFFER_TOO_SMALL;
    return make_list(buffer, part, device, routine, context);
}

HOST_API static int32_t get_list(void *adapter, void *device, struct host_mdl *mdl, void *va, uint32_t length,
                                 list_control *routine, void *context, uint8_t is_write)
{
    (void)adapter;
    (void)is_write;
    return make_list_in_pool("GetScatterGatherList", part_at(mdl, va, length), device, routine, context, NULL);
}

HOST_API static int32_t build_list(void *adapter, void *device, struct host_mdl *mdl, void *va, uint32_t length,
                                   list_control *routine, void *context, uint8_t is_write, void *buffer,
                                   uint32_t buffer_bytes)
{
    (void)adapter;
    (void)is_write;
    return make_list_in("BuildScatterGatherList", buffer, buffer_bytes, part_at(mdl, va, length), device, routine,
                        context);
}

/* Without a routine it has to be synchronous, and the list has to go somewhere. */
static bool is_callable(uint32_t flags, list_control *routine, const void *out)
{
    return routine || ((flags & DMA_SYNCHRONOUS_CALLBACK) && out);
}

HOST_API static int32_t get_list_ex(void *adapter, void *device, void *transfer, struct host_mdl *mdl, uint64_t offset,
                                    uint32_t length, uint32_t flags, list_control *routine, void *context,
                                    uint8_t is_write, void *completion, void *completion_context, struct list **out)
{
    (void)adapter;
    (void)transfer;
    (void)is_write;
    (void)completion;
    (void)completion_context;
    if (!is_callable(flags, routine, out))
        return (int32_t)STATUS_INVALID_PARAMETER;
    return make_list_in_pool("GetScatterGatherListEx", (struct part){mdl, offset, length}, device, routine, context,
                             out);
}

HOST_API static int32_t build_list_ex(void *adapter, void *device, void *transfer, struct host_mdl *mdl,
                                      uint64_t offset, uint32_t length, uint32_t flags, list_control *routine,
                                      void *context, uint8_t is_write, void *buffer, uint32_t buffer_bytes,
                                      void *completion, void *completion_context, void **out)
{
    (void)adapter;
    (void)transfer;
    (void)is_write;
    (void)completion;
    (void)completion_context;
    if (!is_callable(flags, routine, out))
        return (int32_t)STATUS_INVALID_PARAMETER;
    if (out)
        *out = buffer;
    return make_list_in("BuildScatterGatherListEx", buffer, buffer_bytes, (struct part){mdl, offset, length}, device,
                        routine, context);
}

/* A list in the driver's own memory is no block, and stays. */
HOST_API static void put_list(void *adapter, struct list *list, uint8_t is_write)
{
    struct host *self = host_machine();

    (void)adapter;
    (void)is_write;
    if (!iommu_unmap(self, list->handle, NULL))
        host_bug_check(DMA_VIOLATION, "DRIVER_VERIFIER_DMA_VIOLATION: a scatter/gather list put back that is not there",
                       (uintptr_t)list);
    list->handle = 0;
    block_free(self, list);
}

HOST_API static int32_t calculate(void *adapter, struct host_mdl *mdl, void *va, uint32_t length, uint32_t *bytes,
                                  uint32_t *registers)
{
    uint64_t pages = ((uintptr_t)va % HOST_PAGE + length + HOST_PAGE - 1) / HOST_PAGE;

    (void)adapter;
    pages = mdl ? chain_pages(mdl) : pages;
    *bytes = (uint32_t)(sizeof(struct list) + pages * sizeof(struct element));
    if (registers)
        *registers = (uint32_t)pages;
    return STATUS_SUCCESS;
}

/* The original serves: nothing is ever copied here. */
HOST_API static int32_t build_mdl(void *adapter, struct list *list, struct host_mdl *original, struct host_mdl **out)
{
    (void)adapter;
    (void)list;
    *out = original;
    return STATUS_SUCCESS;
}

/* ---- transfers ---- */

HOST_API static int64_t map_transfer(struct adapter *adapter, struct host_mdl *mdl, void *registers, void *va,
                                     uint32_t *length, uint8_t is_write)
{
    uint64_t offset = (uint64_t)((char *)va - mdl->start), page = offset / HOST_PAGE,
             part = HOST_PAGE - offset % HOST_PAGE;

    (void)registers;
    (void)is_write;
    check_part(part_at(mdl, va, 1));
    if (!adapter->transfer)
        adapter->transfer = iommu_map(host_machine(), mdl);
    if (*length > part)
        *length = (uint32_t)part;
    return (int64_t)(mdl_frames(mdl)[page] * HOST_PAGE + offset % HOST_PAGE);
}

HOST_API static int32_t map_transfer_ex(struct adapter *adapter, struct host_mdl *mdl, void *registers, uint64_t offset,
                                        uint32_t device_offset, uint32_t *length, uint8_t is_write, struct list *buffer,
                                        uint32_t buffer_bytes, void *completion, void *context)
{
    struct part part = {mdl, offset, *length};

    (void)registers;
    (void)device_offset;
    (void)is_write;
    (void)completion;
    (void)context;
    check_part(part);
    if (adapter->transfer)
        host_bug_check(DMA_VIOLATION, "DRIVER_VERIFIER_DMA_VIOLATION: mapped again before the flush", (uintptr_t)mdl);
    if (buffer && buffer_bytes < sizeof(struct list) + sizeof(struct element))
        return (int32_t)STATUS_INVALID_PARAMETER;
    adapter->transfer = host_fails(host_machine(), "MapTransferEx") ? 0 : map_chain(host_machine(), mdl);
    if (!adapter->transfer)
        return (int32_t)STATUS_INSUFFICIENT_RESOURCES;
    if (buffer)
        *length = (uint32_t)list_fill(buffer, (uint32_t)((buffer_bytes - sizeof(struct list)) / sizeof(struct element)),
                                      part);
    return STATUS_SUCCESS;
}

static void end_transfer(struct adapter *adapter)
{
    iommu_unmap(host_machine(), adapter->transfer, NULL);
    adapter->transfer = 0;
}

HOST_API static uint8_t flush(struct adapter *adapter, struct host_mdl *mdl, void *registers, void *va, uint32_t length,
                              uint8_t is_write)
{
    (void)mdl;
    (void)registers;
    (void)va;
    (void)length;
    (void)is_write;
    end_transfer(adapter);
    return 1;
}

HOST_API static int32_t flush_ex(struct adapter *adapter, struct host_mdl *mdl, void *registers, uint64_t offset,
                                 uint32_t length, uint8_t is_write)
{
    (void)mdl;
    (void)registers;
    (void)offset;
    (void)length;
    (void)is_write;
    end_transfer(adapter);
    return STATUS_SUCCESS;
}

/* The flush is still to come. */
HOST_API static int32_t cancel_transfer(struct adapter *adapter, void *transfer)
{
    (void)transfer;
    return adapter->transfer ? STATUS_SUCCESS : (int32_t)STATUS_INVALID_PARAMETER;
}

/* ---- channels and map registers: there are as many as anybody wants, and their handle is the adapter ---- */

HOST_API static int32_t allocate_channel(void *adapter, void *device, uint32_t count, channel_control *routine,
                                         void *context)
{
    (void)count;
    if (host_fails(host_machine(), "AllocateAdapterChannel"))
        return (int32_t)STATUS_INSUFFICIENT_RESOURCES;
    routine(device, NULL, adapter, context);
    return STATUS_SUCCESS;
}

HOST_API static int32_t allocate_channel_ex(void *adapter, void *device, void *transfer, uint32_t count, uint32_t flags,
                                            channel_control *routine, void *context, void **registers)
{
    (void)transfer;
    (void)count;
    if (!routine && !((flags & DMA_SYNCHRONOUS_CALLBACK) && registers))
        return (int32_t)STATUS_INVALID_PARAMETER;
    if (host_fails(host_machine(), "AllocateAdapterChannelEx"))
        return (int32_t)STATUS_INSUFFICIENT_RESOURCES;
    if (registers)
        *registers = adapter;
    if (routine)
        routine(device, NULL, adapter, context);
    return STATUS_SUCCESS;
}

HOST_API static void free_channel(void *adapter)
{
    (void)adapter;
}

static void check_flushed(const struct adapter *adapter)
{
    if (adapter->transfer)
        host_bug_check(DMA_VIOLATION, "DRIVER_VERIFIER_DMA_VIOLATION: map registers freed before the flush",
                       (uintptr_t)adapter);
}

HOST_API static void free_registers(struct adapter *adapter, void *registers, uint32_t count)
{
    (void)registers;
    (void)count;
    check_flushed(adapter);
}

HOST_API static void free_adapter(struct adapter *adapter, int action)
{
    if (action == 2) /* DeallocateObject: with its registers */
        check_flushed(adapter);
}

HOST_API static int32_t initialize_transfer(void *adapter, void *transfer)
{
    (void)adapter;
    (void)transfer;
    return STATUS_SUCCESS;
}

/* Nothing waits. */
HOST_API static uint8_t cancel_channel(void *adapter, void *device, void *transfer)
{
    (void)adapter;
    (void)device;
    (void)transfer;
    return 0;
}

HOST_API static void put_adapter(struct adapter *adapter)
{
    if (adapter->transfer)
        host_bug_check(DMA_VIOLATION,
                       "DRIVER_VERIFIER_DMA_VIOLATION: an adapter put back with a transfer that is not flushed",
                       (uintptr_t)adapter);
    if (buffer_is_outstanding(host_machine(), adapter))
        host_bug_check(DMA_VIOLATION, "DRIVER_VERIFIER_DMA_VIOLATION: an adapter put back with a common buffer",
                       (uintptr_t)adapter);
}

/* ---- tables ---- */

/* DMA_OPERATIONS in the documented order (include/wdk/dma_v3.h). What is not here is NULL. */
struct operations {
    uint32_t size;
    void (*put_adapter)(void), (*allocate_buffer)(void), (*free_buffer)(void), (*allocate_channel)(void),
        (*flush)(void), (*free_channel)(void);
    void (*free_registers)(void), (*map_transfer)(void), (*get_alignment)(void), (*read_counter)(void),
        (*get_list)(void), (*put_list)(void);
    void (*calculate)(void), (*build_list)(void), (*build_mdl)(void); /* version 2 */
    void (*get_adapter_info)(void), (*get_transfer_info)(void), (*initialize_transfer)(void),
        (*allocate_buffer_ex)(void); /* version 3 */
    void (*allocate_channel_ex)(void), (*configure_channel)(void), (*cancel_channel)(void), (*map_transfer_ex)(void),
        (*get_list_ex)(void);
    void (*build_list_ex)(void), (*flush_ex)(void), (*free_adapter)(void), (*cancel_transfer)(void);
    void (*allocate_domain_buffer)(void), (*flush_buffer)(void), (*join)(void), (*leave)(void), (*get_domain)(void);
    void (*allocate_buffer_with_bounds)(void), (*allocate_vector)(void), (*get_from_vector)(void),
        (*free_from_vector)(void), (*free_vector)(void);
    void (*create_from_mdl)(void);
};

typedef void any_function(void);
#define F(name) ((any_function *)(name))

static const struct operations operations = {
    .size = sizeof(struct operations),
    .put_adapter = F(put_adapter),
    .allocate_buffer = F(buffer_allocate),
    .free_buffer = F(buffer_free),
    .allocate_channel = F(allocate_channel),
    .flush = F(flush),
    .free_channel = F(free_channel),
    .free_registers = F(free_registers),
    .map_transfer = F(map_transfer),
    .get_list = F(get_list),
    .put_list = F(put_list),
    .calculate = F(calculate),
    .build_list = F(build_list),
    .build_mdl = F(build_mdl),
    .initialize_transfer = F(initialize_transfer),
    .allocate_buffer_ex = F(buffer_allocate_ex),
    .allocate_channel_ex = F(allocate_channel_ex),
    .cancel_channel = F(cancel_channel),
    .map_transfer_ex = F(map_transfer_ex),
    .get_list_ex = F(get_list_ex),
    .build_list_ex = F(build_list_ex),
    .flush_ex = F(flush_ex),
    .free_adapter = F(free_adapter),
    .cancel_transfer = F(cancel_transfer),
    .allocate_buffer_with_bounds = F(buffer_allocate_with_bounds),
    .create_from_mdl = F(buffer_create_from_mdl),
};

static uint32_t operations_size(unsigned version)
{
    if (version == 1)
        return offsetof(struct operations, calculate);
    return version == 2 ? offsetof(struct operations, get_adapter_info) : sizeof(struct operations);
}

/* The table ends with a page, so that who reads on faults. */
HOST_API void *mdlguard_host_dma_adapter(unsigned version)
{
    struct host *self = host_machine();
    struct adapter *adapter = block_allocate(self, SPACE_POOL, sizeof(*adapter), "a DMA adapter");
    char *page = adapter ? block_allocate(self, SPACE_POOL, HOST_PAGE, "a DMA adapter's table") : NULL;
    uint32_t size = operations_size(version);

    if (!page)
        return NULL;
    memcpy(page + HOST_PAGE - size, &operations, size);
    memcpy(page + HOST_PAGE - size, &size, sizeof(size));
    *adapter = (struct adapter){.version = 1,
                                .size = sizeof(*adapter),
                                .operations = (const struct operations *)(const void *)(page + HOST_PAGE - size)};
    return adapter;
}
