/*
 * domain.c - the interface to the IOMMU that a driver gets from IoGetIommuInterface(Ex): domains, devices in them,
 * mappings, reserved ranges. Beneath is the IOMMU of iommu.c; NULL as a domain is the system's own.
 *
 * Structures are those of 64-bit Windows' <wdm.h>, as far as they are used.
 */
#include <string.h>

#include "host.h"

/* Above physical memory: see buffer.c. */
#define FIRST_ADDRESS UINT64_C(0x10000000)

#define STATUS_INVALID_PARAMETER_2 0xc00000f0u
#define STATUS_INVALID_PARAMETER_3 0xc00000f1u
#define STATUS_INVALID_PARAMETER_4 0xc00000f2u

/* IOMMU_MAP_PHYSICAL_ADDRESS */
struct memory {
    int type;
    union {
        struct host_mdl *mdl;
        struct {
            uint64_t base, size;
        } range;
        struct {
            const uint64_t *frames;
            uint64_t count;
        } array;
    } of;
};

enum { MEMORY_MDL, MEMORY_RANGE, MEMORY_ARRAY };

/* IOMMU_DMA_LOGICAL_ADDRESS_TOKEN, and what of it is ours. */
struct range {
    uint64_t base, size;
    uint64_t domain;
};

/* IOMMU_DMA_LOGICAL_ADDRESS_TOKEN_MAPPED_SEGMENT */
struct segment {
    struct range *range;
    uint64_t offset, size;
};

/* ---- memory ---- */

/* The frames of MEMORY; those of a range are written to FRAMES. False: it is no whole number of pages. */
static bool memory_of(const struct memory *memory, uint64_t frames[HOST_PAGES], struct iommu_memory *out)
{
    if (memory->type == MEMORY_MDL) {
        *out = mdl_memory(memory->of.mdl);
        return !out->offset && memory->of.mdl->bytes % HOST_PAGE == 0;
    }
    if (memory->type == MEMORY_ARRAY) {
        *out = (struct iommu_memory){memory->of.array.frames, (uint32_t)memory->of.array.count, 0, NULL};
        return true;
    }
    *out = (struct iommu_memory){frames, (uint32_t)(memory->of.range.size / HOST_PAGE), 0, NULL};
    for (uint32_t p = 0; p < out->count && p < HOST_PAGES; p++)
        frames[p] = memory->of.range.base / HOST_PAGE + p;
    return memory->of.range.base % HOST_PAGE == 0 && memory->of.range.size % HOST_PAGE == 0 && out->count <= HOST_PAGES;
}

static int32_t map_memory(const char *routine, uint64_t domain, struct iommu_memory memory, const uint64_t *logical)
{
    struct host *self = host_machine();
    uint64_t handle = 0;

    if (!host_fails(self, routine))
        handle = logical ? iommu_map_at(self, domain, memory, *logical) : iommu_map_identity(self, domain, memory);
    return handle ? STATUS_SUCCESS : (int32_t)STATUS_INSUFFICIENT_RESOURCES;
}

static int32_t unmap_handle(uint64_t handle)
{
    return iommu_unmap(host_machine(), handle, NULL) ? STATUS_SUCCESS : (int32_t)STATUS_INVALID_PARAMETER;
}

/* ---- version 1 ---- */

HOST_API static int32_t map_identity(uint64_t domain, uint32_t permissions, struct host_mdl *mdl)
{
    (void)permissions;
    return map_memory("MapIdentityRange", domain, mdl_memory(mdl), NULL);
}

HOST_API static int32_t unmap_identity(uint64_t domain, struct host_mdl *mdl)
{
    return unmap_handle(iommu_handle_of(host_machine(), domain, mdl_memory(mdl)));
}

HOST_API static int32_t map_logical(uint64_t domain, uint32_t permissions, struct host_mdl *mdl, uint64_t logical)
{
    (void)permissions;
    return map_memory("MapLogicalRange", domain, mdl_memory(mdl), &logical);
}

/* A mapping goes as a whole. */
HOST_API static int32_t unmap_logical(uint64_t domain, uint64_t logical, uint64_t pages)
{
    (void)pages;
    return unmap_handle(iommu_handle_at(host_machine(), domain, logical));
}

/* ---- version 2 ---- */

HOST_API static int32_t map_identity_ex(uint64_t domain, uint32_t permissions, const struct memory *memory)
{
    uint64_t frames[HOST_PAGES];
    struct iommu_memory pages;

    (void)permissions;
    if (!memory_of(memory, frames, &pages))
        return (int32_t)STATUS_INVALID_PARAMETER_3;
    return map_memory("MapIdentityRangeEx", domain, pages, NULL);
}

HOST_API static int32_t unmap_identity_ex(uint64_t domain, const struct memory *memory)
{
    uint64_t frames[HOST_PAGES];
    struct iommu_memory pages;

    if (!memory_of(memory, frames, &pages))
        return (int32_t)STATUS_INVALID_PARAMETER_2;
    return unmap_handle(iommu_handle_of(host_machine(), domain, pages));
}

/* Where COUNT pages may go. 0: nowhere. */
static uint64_t choose_address(uint64_t domain, uint32_t count, const uint64_t *explicit_address, const uint64_t *least,
                               const uint64_t *last)
{
    if (explicit_address)
        return iommu_is_free(host_machine(), domain, count, *explicit_address) ? *explicit_address : 0;
    return iommu_room(host_machine(), domain, count, least && *least > FIRST_ADDRESS ? *least : FIRST_ADDRESS,
                      last ? *last : UINT64_MAX);
}

HOST_API static int32_t map_logical_ex(uint64_t domain, uint32_t permissions, const struct memory *memory,
                                       const uint64_t *explicit_address, const uint64_t *least, const uint64_t *last,
                                       uint64_t *out)
{
    uint64_t frames[HOST_PAGES], logical;
    struct iommu_memory pages;
    int32_t status;

    (void)permissions;
    if (!memory_of(memory, frames, &pages))
        return (int32_t)STATUS_INVALID_PARAMETER_3;
    if (explicit_address && *explicit_address % HOST_PAGE)
        return (int32_t)STATUS_INVALID_PARAMETER_4;
    logical = choose_address(domain, pages.count, explicit_address, least, last);
    status = logical ? map_memory("MapLogicalRangeEx", domain, pages, &logical) : (int32_t)STATUS_RESOURCE_IN_USE;
    if (status == STATUS_SUCCESS)
        *out = logical;
    return status;
}

/* ---- reserved ranges: nobody else asks for addresses, so that nothing has to be kept free ---- */

HOST_API static int32_t reserve(uint64_t domain, uint64_t size, const uint64_t *explicit_address, const uint64_t *least,
                                const uint64_t *last, struct range **out)
{
    struct host *self = host_machine();
    struct range *range;
    uint64_t base;

    if (!size || size % HOST_PAGE)
        return (int32_t)STATUS_INVALID_PARAMETER_2;
    if (explicit_address && *explicit_address % HOST_PAGE)
        return (int32_t)STATUS_INVALID_PARAMETER_3;
    base = choose_address(domain, (uint32_t)(size / HOST_PAGE), explicit_address, least, last);
    range = host_fails(self, "ReserveLogicalAddressRange") || !base
                ? NULL
                : block_allocate(self, SPACE_POOL, sizeof(*range), "a reserved range");
    if (!range)
        return (int32_t)STATUS_INSUFFICIENT_RESOURCES;
    *range = (struct range){base, size, domain};
    *out = range;
    return STATUS_SUCCESS;
}

HOST_API static int32_t free_reserved(struct range *range)
{
    if (!iommu_is_free(host_machine(), range->domain, (uint32_t)(range->size / HOST_PAGE), range->base))
        return (int32_t)STATUS_RESOURCE_IN_USE;
    block_free(host_machine(), range);
    return STATUS_SUCCESS;
}

HOST_API static int32_t map_reserved(struct range *range, uint64_t offset, uint32_t permissions,
                                     const struct memory *memory, struct segment *out)
{
    uint64_t frames[HOST_PAGES], logical = range->base + offset, size;
    struct iommu_memory pages;

    (void)permissions;
    if (offset % HOST_PAGE || offset >= range->size)
        return (int32_t)STATUS_INVALID_PARAMETER_2;
    if (!memory_of(memory, frames, &pages) || offset + (uint64_t)pages.count * HOST_PAGE > range->size)
        return (int32_t)STATUS_INVALID_PARAMETER_4;
    if (!iommu_is_free(host_machine(), range->domain, pages.count, logical))
        return (int32_t)STATUS_RESOURCE_IN_USE;
    size = (uint64_t)pages.count * HOST_PAGE;
    if (map_memory("MapReservedLogicalRange", range->domain, pages, &logical) != STATUS_SUCCESS)
        return (int32_t)STATUS_INSUFFICIENT_RESOURCES;
    *out = (struct segment){range, offset, size};
    return STATUS_SUCCESS;
}

HOST_API static int32_t unmap_reserved(struct segment *segment)
{
    return unmap_handle(
        iommu_handle_at(host_machine(), segment->range->domain, segment->range->base + segment->offset));
}

/* ---- domains and devices: handles, of which the device's domain is remembered ---- */

static int32_t make_handle(const char *routine, const char *owner, void **out)
{
    *out = host_fails(host_machine(), routine) ? NULL : block_allocate(host_machine(), SPACE_POOL, 1, owner);
    return *out ? STATUS_SUCCESS : (int32_t)STATUS_INSUFFICIENT_RESOURCES;
}

HOST_API static int32_t create_domain(uint8_t is_managed, void **out)
{
    (void)is_managed;
    return make_handle("CreateDomain", "an IOMMU domain", out);
}

HOST_API static int32_t create_domain_ex(int type, uint64_t flags, const void *allocator, const void *reserved,
                                         void **out)
{
    (void)type;
    (void)flags;
    (void)allocator;
    (void)reserved;
    return make_handle("CreateDomainEx", "an IOMMU domain", out);
}

HOST_API static int32_t delete_domain(void *domain)
{
    if (host_machine()->domain == (uintptr_t)domain)
        return (int32_t)STATUS_RESOURCE_IN_USE; /* the device is in it */
    return block_free(host_machine(), domain) ? STATUS_SUCCESS : (int32_t)STATUS_INVALID_PARAMETER;
}

HOST_API static int32_t attach(uint64_t domain, void *device, uint32_t base, uint32_t count)
{
    (void)device;
    (void)base;
    (void)count;
    iommu_attach(host_machine(), domain);
    return STATUS_SUCCESS;
}

HOST_API static int32_t attach_ex(uint64_t domain, void *device)
{
    return attach(domain, device, 0, 1);
}

HOST_API static int32_t detach(uint64_t domain, void *device, uint32_t base)
{
    (void)domain;
    return attach(0, device, base, 1);
}

HOST_API static int32_t detach_ex(void *device)
{
    return attach(0, device, 0, 1);
}

HOST_API static int32_t flush_domain(uint64_t domain)
{
    (void)domain;
    return STATUS_SUCCESS;
}

HOST_API static int32_t create_device(void *object, const void *config, void **out)
{
    (void)object;
    (void)config;
    return make_handle("CreateDevice", "an IOMMU device", out);
}

HOST_API static int32_t delete_device(void *device)
{
    return block_free(host_machine(), device) ? STATUS_SUCCESS : (int32_t)STATUS_INVALID_PARAMETER;
}

/* ---- tables: in the documented order (include/wdk/iommu.h); what is not here is NULL ---- */

typedef void any_function(void);
#define F(name) ((any_function *)(name))

struct table_v1 {
    any_function *create_domain, *delete_domain, *attach, *detach, *flush_domain, *flush_by_list, *query_mappings,
        *map_logical, *unmap_logical, *map_identity, *unmap_identity, *set_fault_reporting, *configure;
};

struct table_v2 {
    any_function *create_domain, *delete_domain, *attach, *detach, *flush_domain, *flush_by_list, *query_mappings,
        *map_logical, *unmap_logical, *map_identity, *unmap_identity, *set_fault_reporting, *configure, *query_types,
        *register_callback, *unregister_callback, *reserve, *free_reserved, *map_reserved, *unmap_reserved,
        *create_device, *delete_device;
};

static const struct table_v1 table_v1 = {
    .create_domain = F(create_domain),
    .delete_domain = F(delete_domain),
    .attach = F(attach),
    .detach = F(detach),
    .flush_domain = F(flush_domain),
    .map_logical = F(map_logical),
    .unmap_logical = F(unmap_logical),
    .map_identity = F(map_identity),
    .unmap_identity = F(unmap_identity),
};

static const struct table_v2 table_v2 = {
    .create_domain = F(create_domain_ex),
    .delete_domain = F(delete_domain),
    .attach = F(attach_ex),
    .detach = F(detach_ex),
    .flush_domain = F(flush_domain),
    .map_logical = F(map_logical_ex),
    .unmap_logical = F(unmap_logical),
    .map_identity = F(map_identity_ex),
    .unmap_identity = F(unmap_identity_ex),
    .reserve = F(reserve),
    .free_reserved = F(free_reserved),
    .map_reserved = F(map_reserved),
    .unmap_reserved = F(unmap_reserved),
    .create_device = F(create_device),
    .delete_device = F(delete_device),
};

struct interface {
    uint32_t version;
    struct table_v1 table;
};

struct interface_ex {
    uint64_t size;
    uint32_t version;
    union {
        struct table_v1 v1;
        struct table_v2 v2;
    } table;
};

HOST_API int32_t IoGetIommuInterface(uint32_t version, struct interface *out)
{
    *out = (struct interface){version, table_v1};
    return STATUS_SUCCESS;
}

HOST_API int32_t IoGetIommuInterfaceEx(uint32_t version, uint64_t flags, struct interface_ex *out)
{
    (void)flags;
    if (version != 1 && version != 2)
        return (int32_t)STATUS_NOT_SUPPORTED;
    memset(out, 0, sizeof(*out));
    out->size = sizeof(*out);
    out->version = version;
    if (version == 1)
        out->table.v1 = table_v1;
    else
        out->table.v2 = table_v2;
    return STATUS_SUCCESS;
}
