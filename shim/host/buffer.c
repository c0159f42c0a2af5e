/*
 * buffer.c - common buffers of a DMA adapter: memory that the processor and the device share until it is freed. The
 * device has addresses of its own for it, one behind the other, whatever the frames are. A buffer that is made of an
 * MDL leaves MDL and pages to the driver.
 */
#include <string.h>

#include "host.h"

/* Above physical memory, so that no page's address is also that of its frame; devices with 32 bits reach it. */
#define FIRST_ADDRESS UINT64_C(0x10000000)

#define CONFIG_LIMITS 0
#define CONFIG_SUB_SECTION 1

/* DMA_COMMON_BUFFER_EXTENDED_CONFIGURATION */
struct config {
    int type;
    uint64_t values[4];
};

struct bounds {
    uint64_t minimum, maximum;
};

static struct host_buffer *new_buffer(struct host *self)
{
    for (uint32_t b = 0; b < HOST_BUFFERS; b++)
        if (!self->buffers[b].address)
            return &self->buffers[b];
    return NULL;
}

bool buffer_is_outstanding(const struct host *self, const void *adapter)
{
    for (uint32_t b = 0; b < HOST_BUFFERS; b++)
        if (self->buffers[b].address && self->buffers[b].adapter == adapter)
            return true;
    return false;
}

/* 0: no room within the bounds. */
static uint64_t map_within(struct host *self, struct iommu_memory memory, struct bounds bounds, uint64_t *logical)
{
    *logical = iommu_room(self, 0, memory.count, bounds.minimum > FIRST_ADDRESS ? bounds.minimum : FIRST_ADDRESS,
                          bounds.maximum);
    return *logical ? iommu_map_at(self, 0, memory, *logical) : 0;
}

static void *allocate(const void *adapter, const char *routine, uint32_t length, struct bounds bounds,
                      uint64_t *logical)
{
    struct host *self = host_machine();
    struct host_buffer *buffer = host_fails(self, routine) ? NULL : new_buffer(self);
    char *block = buffer && length ? block_allocate(self, SPACE_POOL, length, "a common buffer") : NULL;
    uint32_t count = (length + HOST_PAGE - 1) / HOST_PAGE;
    uint64_t frames[HOST_PAGES], handle;

    if (!block)
        return NULL;
    for (uint32_t p = 0; p < count; p++)
        frames[p] = space_frame(self, block + (size_t)p * HOST_PAGE);
    handle = map_within(self, (struct iommu_memory){frames, count, 0, NULL}, bounds, logical);
    if (!handle) {
        block_free(self, block);
        return NULL;
    }
    memset(block, 0, length);
    *buffer = (struct host_buffer){block, adapter, *logical, handle, length, true};
    return block;
}

HOST_API void *buffer_allocate(const void *adapter, uint32_t length, uint64_t *logical, uint8_t is_cached)
{
    (void)is_cached;
    return allocate(adapter, "AllocateCommonBuffer", length, (struct bounds){0, UINT64_MAX}, logical);
}

HOST_API void *buffer_allocate_ex(const void *adapter, const uint64_t *maximum, uint32_t length, uint64_t *logical,
                                  uint8_t is_cached, uint32_t node)
{
    (void)is_cached;
    (void)node;
    return allocate(adapter, "AllocateCommonBufferEx", length, (struct bounds){0, maximum ? *maximum : UINT64_MAX},
                    logical);
}

HOST_API void *buffer_allocate_with_bounds(const void *adapter, const uint64_t *minimum, const uint64_t *maximum,
                                           uint32_t length, uint32_t flags, const int *cache, uint32_t node,
                                           uint64_t *logical)
{
    (void)flags;
    (void)cache;
    (void)node;
    return allocate(adapter, "AllocateCommonBufferWithBounds", length,
                    (struct bounds){minimum ? *minimum : 0, maximum ? *maximum : UINT64_MAX}, logical);
}

/* ---- of an MDL ---- */

/* Whole pages, there for the processor, no chain. */
static bool is_suitable(const struct host_mdl *mdl)
{
    return (mdl->flags & (HOST_MDL_MAPPED | HOST_MDL_NONPAGED)) && !mdl->next && !mdl->offset && mdl->bytes &&
           mdl->bytes % HOST_PAGE == 0;
}

HOST_API int32_t buffer_create_from_mdl(const void *adapter, struct host_mdl *mdl, const void *configs,
                                        uint32_t config_count, uint64_t *logical)
{
    struct host *self = host_machine();
    struct host_buffer *buffer = new_buffer(self);
    struct bounds bounds = {0, UINT64_MAX};
    const struct config *config = configs;
    uint64_t handle;

    for (uint32_t c = 0; c < config_count; c++) {
        if (config[c].type == CONFIG_SUB_SECTION)
            return (int32_t)STATUS_NOT_SUPPORTED;
        if (config[c].type == CONFIG_LIMITS)
            bounds = (struct bounds){config[c].values[0], config[c].values[1]};
    }
    if (!is_suitable(mdl))
        return (int32_t)STATUS_INVALID_PARAMETER;
    handle = host_fails(self, "CreateCommonBufferFromMdl") || !buffer
                 ? 0
                 : map_within(self, mdl_memory(mdl), bounds, logical);
    if (!handle)
        return (int32_t)STATUS_INSUFFICIENT_RESOURCES;
    *buffer = (struct host_buffer){mdl->mapped, adapter, *logical, handle, mdl->bytes, false};
    return STATUS_SUCCESS;
}

/* All that it was made with has to be given again. */
HOST_API void buffer_free(const void *adapter, uint32_t length, uint64_t logical, void *address, uint8_t is_cached)
{
    struct host *self = host_machine();
    struct host_buffer *buffer = self->buffers;

    (void)is_cached;
    while (buffer < self->buffers + HOST_BUFFERS &&
           (!buffer->address || buffer->address != address || buffer->logical != logical))
        buffer++;
    if (buffer == self->buffers + HOST_BUFFERS || buffer->adapter != adapter || buffer->length != length)
        host_bug_check(0xe6, "DRIVER_VERIFIER_DMA_VIOLATION: a common buffer freed that is not there",
                       (uintptr_t)address);
    iommu_unmap(self, buffer->handle, NULL);
    if (buffer->is_own)
        block_free(self, buffer->address);
    memset(buffer, 0, sizeof(*buffer));
}
