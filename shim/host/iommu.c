/*
 * iommu.c - the IOMMU in front of the device, the display adapter's callbacks, and the device.
 *
 * The system's domain is an identity one, as dxgkrnl sets it up for GPU isolation: a device address is a physical one, and the page table says which frames
 * the device may touch. A logical mapping has addresses of its own beside them. The device sees the system's domain, and of those that drivers make the one that
 * it is attached to. Translations are cached in its TLB until the mapping is removed. What matters: nothing here looks at who owns a frame now, so a
 * mapping that outlives its pages reaches whoever got them next.
 */
#include <stdlib.h>
#include <string.h>

#include "host.h"

static struct iommu_mapping *find_mapping(struct host *self, uint64_t handle)
{
    for (uint32_t m = 0; m < HOST_HANDLES; m++)
        if (handle && self->mappings[m].handle == handle)
            return &self->mappings[m];
    return NULL;
}

struct iommu_memory mdl_memory(const struct host_mdl *mdl)
{
    return (struct iommu_memory){(const uint64_t *)(const void *)(mdl + 1), mdl_pages(mdl), mdl->offset, mdl};
}

uint64_t iommu_handle_of(const struct host *self, uint64_t domain, struct iommu_memory memory)
{
    for (uint32_t m = 0; m < HOST_HANDLES; m++) {
        const struct iommu_mapping *mapping = &self->mappings[m];

        if (mapping->handle && !mapping->is_logical && mapping->domain == domain && mapping->count == memory.count &&
            memcmp(mapping->frames, memory.frames, memory.count * sizeof(uint64_t)) == 0)
            return mapping->handle;
    }
    return 0;
}

/* NULL: there is no room. */
static struct iommu_mapping *add_mapping(struct host *self, uint64_t domain, struct iommu_memory memory)
{
    struct iommu_mapping *mapping = self->mappings;

    while (mapping < self->mappings + HOST_HANDLES && mapping->handle)
        mapping++;
    if (mapping == self->mappings + HOST_HANDLES || !memory.count)
        return NULL;
    mapping->frames = calloc(memory.count, sizeof(uint64_t));
    mapping->generations = calloc(memory.count, sizeof(uint64_t));
    if (!mapping->frames || !mapping->generations)
        return NULL;
    for (uint32_t p = 0; p < memory.count; p++) {
        uint64_t frame = memory.frames[p];

        if (frame >= HOST_PAGES)
            host_bug_check(0x4e, "PFN_LIST_CORRUPT: frames that do not exist are mapped to the IOMMU", frame);
        mapping->frames[p] = frame;
        mapping->generations[p] = self->frames[frame].generation;
    }
    mapping->count = memory.count;
    mapping->offset = memory.offset;
    mapping->mdl = (uintptr_t)memory.mdl;
    mapping->domain = domain;
    memcpy(mapping->owner, self->frames[mapping->frames[0]].owner, sizeof(mapping->owner));
    mapping->handle = 0xd0000000 + (++self->next_handle << 4);
    return mapping;
}

uint64_t iommu_map_identity(struct host *self, uint64_t domain, struct iommu_memory memory)
{
    struct iommu_mapping *mapping = add_mapping(self, domain, memory);

    return mapping ? mapping->handle : 0;
}

uint64_t iommu_map(struct host *self, struct host_mdl *mdl)
{
    return iommu_map_identity(self, 0, mdl_memory(mdl));
}

bool iommu_unmap(struct host *self, uint64_t handle, uint64_t *mdl)
{
    struct iommu_mapping *mapping = find_mapping(self, handle);

    if (!mapping)
        return false;
    if (mdl)
        *mdl = mapping->mdl;
    for (uint32_t t = 0; t < HOST_TLB; t++)
        if (self->tlb[t].handle == handle)
            self->tlb[t].handle = 0;
    free(mapping->frames);
    free(mapping->generations);
    memset(mapping, 0, sizeof(*mapping));
    return true;
}

void iommu_attach(struct host *self, uint64_t domain)
{
    memset(self->tlb, 0, sizeof(self->tlb));
    self->domain = domain;
}

/* The page of MAPPING that the device knows as number PAGE; its count: none. */
static uint32_t page_in(const struct iommu_mapping *mapping, uint64_t page)
{
    uint32_t p = 0;

    if (mapping->is_logical)
        return page >= mapping->logical && page - mapping->logical < mapping->count ? (uint32_t)(page - mapping->logical) : mapping->count;
    while (p < mapping->count && mapping->frames[p] != page)
        p++;
    return p;
}

/* The mapping that gives the device its page PAGE, the oldest when there are several, and which page of it that is. NULL: none. */
static const struct iommu_mapping *walk_table(const struct host *self, uint64_t page, uint32_t *index)
{
    for (uint32_t m = 0; m < HOST_HANDLES; m++) {
        const struct iommu_mapping *mapping = &self->mappings[m];

        if (!mapping->handle || (mapping->domain && self->domain && mapping->domain != self->domain))
            continue;
        *index = page_in(mapping, page);
        if (*index < mapping->count)
            return mapping;
    }
    return NULL;
}

bool iommu_is_free(const struct host *self, uint64_t domain, uint32_t count, uint64_t logical)
{
    for (uint32_t m = 0; m < HOST_HANDLES; m++) {
        const struct iommu_mapping *mapping = &self->mappings[m];

        for (uint32_t p = 0; mapping->handle && mapping->domain == domain && p < count; p++)
            if (page_in(mapping, logical / HOST_PAGE + p) < mapping->count)
                return false;
    }
    return true;
}

uint64_t iommu_room(const struct host *self, uint64_t domain, uint32_t count, uint64_t first, uint64_t last)
{
    uint64_t logical = (first + HOST_PAGE - 1) / HOST_PAGE * HOST_PAGE;

    /* Each mapping is in the way of a number of places that its size and COUNT limit. */
    for (uint64_t tries = 0; tries <= (uint64_t)HOST_PAGES + HOST_HANDLES * (uint64_t)count; tries++, logical += HOST_PAGE) {
        if (logical + (uint64_t)count * HOST_PAGE - 1 > last)
            return 0;
        if (iommu_is_free(self, domain, count, logical))
            return logical;
    }
    return 0;
}

uint64_t iommu_map_at(struct host *self, uint64_t domain, struct iommu_memory memory, uint64_t logical)
{
    struct iommu_mapping *mapping;

    if (logical % HOST_PAGE || !iommu_is_free(self, domain, memory.count, logical))
        return 0;
    mapping = add_mapping(self, domain, memory);
    if (!mapping)
        return 0;
    mapping->is_logical = true;
    mapping->logical = logical / HOST_PAGE;
    return mapping->handle;
}

uint64_t iommu_handle_at(const struct host *self, uint64_t domain, uint64_t logical)
{
    for (uint32_t m = 0; m < HOST_HANDLES; m++) {
        const struct iommu_mapping *mapping = &self->mappings[m];

        if (mapping->handle && mapping->is_logical && mapping->domain == domain && mapping->logical * HOST_PAGE == logical)
            return mapping->handle;
    }
    return 0;
}

/* ---- the device ---- */

/* NULL: the device faults. */
static const struct iommu_translation *translate(struct host *self, uint64_t address)
{
    uint64_t page = address / HOST_PAGE;
    struct iommu_translation *entry = &self->tlb[page % HOST_TLB];
    const struct iommu_mapping *mapping;
    uint32_t index;

    if (entry->handle && entry->page == page)
        return entry;
    mapping = walk_table(self, page, &index);
    if (!mapping)
        return NULL;
    *entry = (struct iommu_translation){page, (uint32_t)mapping->frames[index], mapping->generations[index], mapping->handle};
    return entry;
}

static void note_damage(struct host *self, const struct iommu_translation *entry, const char *verb, uint64_t bytes)
{
    const struct iommu_mapping *mapping = find_mapping(self, entry->handle);

    self->result->damages++;
    host_print("mdlguard: the device %s %llu bytes in page %#x of '%s', through handle %#llx: mapped for MDL %#llx when the page was "
               "that of '%s'\n",
               verb, (unsigned long long)bytes, entry->frame,
               self->frames[entry->frame].is_used ? self->frames[entry->frame].owner : "nobody", (unsigned long long)entry->handle,
               (unsigned long long)(mapping ? mapping->mdl : 0), mapping ? mapping->owner : "?");
}

static bool device_access(uint64_t address, char *data, uint64_t bytes, bool is_write)
{
    struct host *self = host_machine();

    while (bytes) {
        const struct iommu_translation *entry = translate(self, address);
        uint64_t part = HOST_PAGE - address % HOST_PAGE;
        char *at;

        if (!entry) {
            self->result->device_faults++;
            host_print("mdlguard: the IOMMU stopped a %s of the device at %#llx\n", is_write ? "write" : "read", (unsigned long long)address);
            return false;
        }
        part = part < bytes ? part : bytes;
        at = self->physical + (size_t)entry->frame * HOST_PAGE + address % HOST_PAGE;
        if (entry->generation != self->frames[entry->frame].generation || !self->frames[entry->frame].is_used)
            note_damage(self, entry, is_write ? "wrote" : "read", part);
        memcpy(is_write ? at : data, is_write ? data : at, part);
        address += part;
        data += part;
        bytes -= part;
    }
    return true;
}

HOST_API int mdlguard_host_device_write(unsigned long long address, const void *data, unsigned long long bytes)
{
    return device_access(address, (char *)(uintptr_t)data, bytes, true);
}

HOST_API int mdlguard_host_device_read(unsigned long long address, void *data, unsigned long long bytes)
{
    return device_access(address, data, bytes, false);
}

HOST_API unsigned long long mdlguard_host_device_address(void *handle, unsigned long long offset)
{
    const struct iommu_mapping *mapping = find_mapping(host_machine(), (uintptr_t)handle);
    uint64_t at = mapping ? mapping->offset + offset : 0;

    if (!mapping || at / HOST_PAGE >= mapping->count)
        return 0;
    return (mapping->is_logical ? mapping->logical + at / HOST_PAGE : mapping->frames[at / HOST_PAGE]) * HOST_PAGE + at % HOST_PAGE;
}

/* ---- the adapter: DXGKRNL_INTERFACE of include/wdk/d3dkmddi_iommu.h ---- */

/* What a call that fails leaves in the member for a handle, which nobody may use then. */
#define NO_HANDLE UINT64_C(0xdead0000)

struct map_argument {
    struct host_mdl *mdl;
    uint64_t handle;
};

struct handle_argument {
    uint64_t handle;
};

struct allocate_argument {
    int64_t low, high, skip;
    uint64_t bytes;
    int cache;
    uint32_t flags;
    uint64_t handle;
    struct host_mdl *mdl;
};

HOST_API static int32_t adapter_map(void *adapter, struct map_argument *argument)
{
    struct host *self = host_machine();
    uint64_t handle = host_fails(self, "DxgkCbMapMdlToIoMmu") ? 0 : iommu_map(self, argument->mdl);

    (void)adapter;
    argument->handle = handle ? handle : NO_HANDLE;
    return handle ? STATUS_SUCCESS : (int32_t)STATUS_NO_MEMORY;
}

HOST_API static void adapter_unmap(void *adapter, const struct handle_argument *argument)
{
    (void)adapter;
    if (!iommu_unmap(host_machine(), argument->handle, NULL))
        host_bug_check(0x119, "VIDEO_SCHEDULER_INTERNAL_ERROR: a handle unmapped from the IOMMU that is not mapped", argument->handle);
}

HOST_API static int32_t adapter_allocate(void *adapter, struct allocate_argument *argument)
{
    struct host *self = host_machine();
    struct host_mdl *mdl = host_fails(self, "DxgkCbAllocatePagesForMdl") ? NULL : mdl_make_with_pages(self, argument->bytes, "dxgkrnl's MDL");

    (void)adapter;
    argument->handle = mdl ? iommu_map(self, mdl) : NO_HANDLE;
    argument->mdl = mdl;
    return mdl ? STATUS_SUCCESS : (int32_t)STATUS_NO_MEMORY;
}

HOST_API static int32_t adapter_free(void *adapter, const struct handle_argument *argument)
{
    struct host *self = host_machine();
    uint64_t mdl;

    (void)adapter;
    if (!iommu_unmap(self, argument->handle, &mdl))
        return (int32_t)STATUS_INVALID_PARAMETER;
    mdl_free_pages(self, (struct host_mdl *)(uintptr_t)mdl);
    block_free(self, (void *)(uintptr_t)mdl);
    return STATUS_SUCCESS;
}

/* In the order of the structure's members; the last ones are those of adl.c. */
struct adapter_interface {
    uint32_t size, version;
    uint64_t device;
    void (*get_device_information)(void), (*map_memory)(void), (*unmap_memory)(void);
    int32_t (*MDLGUARD_HOST_CALL allocate)(void *adapter, struct allocate_argument *argument);
    int32_t (*MDLGUARD_HOST_CALL free)(void *adapter, const struct handle_argument *argument);
    int32_t (*MDLGUARD_HOST_CALL map)(void *adapter, struct map_argument *argument);
    void (*MDLGUARD_HOST_CALL unmap)(void *adapter, const struct handle_argument *argument);
    void *pin, *unpin;
    struct host_object_interface objects;
};

HOST_API void mdlguard_host_adapter(void *dxgkrnl_interface)
{
    struct adapter_interface *out = dxgkrnl_interface;

    *out = (struct adapter_interface){.size = sizeof(*out), .version = 0x9006, .device = 0xada7, .allocate = adapter_allocate,
                                      .free = adapter_free, .map = adapter_map, .unmap = adapter_unmap, .objects = host_object_interface};
}
