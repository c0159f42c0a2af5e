/*
 * mdl.c - the memory manager's and the I/O manager's routines on MDLs, as Windows documents them, over the machine's pages.
 *
 * They do what they are told: whether the order is right is the tracker's to say, and the wrappers have asked it before. Where Windows would corrupt
 * itself silently, so does this, as far as it can be borne; where Windows stops, this is a bug check.
 */
#include <string.h>

#include "host.h"

enum { MODE_KERNEL, MODE_USER };
#define MM_ALLOCATE_FULLY_REQUIRED 4u
#define POOL_QUOTA_FAIL_INSTEAD_OF_RAISE 0x8
#define POOL_RAISE_IF_ALLOCATION_FAILURE 0x10

uint64_t *mdl_frames(struct host_mdl *mdl)
{
    return (uint64_t *)(void *)(mdl + 1);
}

uint32_t mdl_pages(const struct host_mdl *mdl)
{
    return (uint32_t)(((uint64_t)mdl->offset + mdl->bytes + HOST_PAGE - 1) / HOST_PAGE);
}

static void mdl_initialize(struct host_mdl *mdl, const void *va, uint64_t bytes)
{
    uint32_t pages;

    memset(mdl, 0, sizeof(*mdl));
    mdl->start = (char *)((uintptr_t)va & ~(uintptr_t)(HOST_PAGE - 1));
    mdl->offset = (uint32_t)((uintptr_t)va % HOST_PAGE);
    mdl->bytes = (uint32_t)bytes;
    pages = mdl_pages(mdl);
    mdl->size = (int16_t)(sizeof(*mdl) + pages * sizeof(uint64_t));
}

static uint64_t mdl_size(const void *va, uint64_t bytes)
{
    return sizeof(struct host_mdl) + ((uintptr_t)va % HOST_PAGE + bytes + HOST_PAGE - 1) / HOST_PAGE * sizeof(uint64_t);
}

struct host_mdl *mdl_make(struct host *self, const void *va, uint64_t bytes)
{
    struct host_mdl *mdl = block_allocate(self, SPACE_POOL, mdl_size(va, bytes), "an MDL");

    if (mdl)
        mdl_initialize(mdl, va, bytes);
    return mdl;
}

struct host_mdl *mdl_make_with_pages(struct host *self, uint64_t bytes, const char *owner)
{
    struct host_mdl *mdl = mdl_make(self, NULL, bytes);
    uint32_t pages = mdl ? mdl_pages(mdl) : 0, got = 0;

    for (; got < pages; got++) {
        uint32_t frame = frame_take(self, owner);

        if (!frame)
            break;
        mdl_frames(mdl)[got] = frame;
        memset(self->physical + (size_t)frame * HOST_PAGE, 0, HOST_PAGE);
    }
    if (!mdl || got == 0) {
        block_free(self, mdl);
        return NULL;
    }
    mdl->bytes = got < pages ? got * HOST_PAGE : mdl->bytes;
    mdl->flags |= HOST_MDL_LOCKED; /* as the memory manager marks them */
    return mdl;
}

/* The system mapping that is the MDL's own. */
static void mdl_unmap_system(struct host *self, struct host_mdl *mdl)
{
    bool is_own = !(mdl->flags & HOST_MDL_PARTIAL) || (mdl->flags & HOST_MDL_PARTIAL_MAPPED);

    if ((mdl->flags & HOST_MDL_MAPPED) && is_own)
        space_clear(self, (void *)((uintptr_t)mdl->mapped & ~(uintptr_t)(HOST_PAGE - 1)), mdl_pages(mdl));
    mdl->flags &= (int16_t) ~(HOST_MDL_MAPPED | HOST_MDL_PARTIAL_MAPPED);
}

void mdl_free_pages(struct host *self, struct host_mdl *mdl)
{
    mdl_unmap_system(self, mdl);
    for (uint32_t p = mdl_pages(mdl); p > 0; p--)
        frame_free(self, (uint32_t)mdl_frames(mdl)[p - 1]);
    mdl->flags &= (int16_t)~HOST_MDL_LOCKED;
}

/* ---- descriptors ---- */

/* Irp->MdlAddress of 64-bit Windows. */
static struct host_mdl **irp_mdl(void *irp)
{
    return (struct host_mdl **)(void *)((char *)irp + 8);
}

HOST_API struct host_mdl *IoAllocateMdl(void *va, uint32_t bytes, uint8_t is_secondary, uint8_t charge_quota, void *irp)
{
    struct host *self = host_machine();
    struct host_mdl *mdl = host_fails(self, "IoAllocateMdl") ? NULL : mdl_make(self, va, bytes);

    (void)charge_quota;
    if (mdl && irp && !is_secondary) {
        *irp_mdl(irp) = mdl;
    } else if (mdl && irp) {
        struct host_mdl **link = irp_mdl(irp);

        while (*link)
            link = &(*link)->next;
        *link = mdl;
    }
    return mdl;
}

HOST_API void IoFreeMdl(struct host_mdl *mdl)
{
    struct host *self = host_machine();

    if (mdl->flags & HOST_MDL_PARTIAL_MAPPED)
        mdl_unmap_system(self, mdl);
    if (!block_free(self, mdl))
        host_bug_check(0xc2, "BAD_POOL_CALLER: IoFreeMdl of what is no MDL", (uintptr_t)mdl);
}

HOST_API uint64_t MmSizeOfMdl(void *va, uint64_t bytes)
{
    return mdl_size(va, bytes);
}

HOST_API struct host_mdl *MmCreateMdl(struct host_mdl *mdl, void *va, uint64_t bytes)
{
    struct host *self = host_machine();

    if (!mdl)
        return host_fails(self, "MmCreateMdl") ? NULL : mdl_make(self, va, bytes);
    mdl_initialize(mdl, va, bytes);
    return mdl;
}

/* ---- filling ---- */

HOST_API void MmBuildMdlForNonPagedPool(struct host_mdl *mdl)
{
    struct host *self = host_machine();

    for (uint32_t p = 0; p < mdl_pages(mdl); p++) {
        uint32_t frame = space_frame(self, mdl->start + (size_t)p * HOST_PAGE);

        if (!frame)
            host_bug_check(0x50, "MmBuildMdlForNonPagedPool over memory that is not there", (uintptr_t)mdl->start);
        mdl_frames(mdl)[p] = frame;
    }
    mdl->mapped = mdl->start + mdl->offset;
    mdl->flags |= HOST_MDL_NONPAGED;
}

HOST_API void IoBuildPartialMdl(struct host_mdl *source, struct host_mdl *target, void *va, uint32_t bytes)
{
    uint64_t skipped = (uint64_t)((char *)va - (source->start + source->offset));
    uint64_t first = (skipped + source->offset) / HOST_PAGE;

    target->start = (char *)((uintptr_t)va & ~(uintptr_t)(HOST_PAGE - 1));
    target->offset = (uint32_t)((uintptr_t)va % HOST_PAGE);
    target->bytes = bytes ? bytes : source->bytes - (uint32_t)skipped;
    target->process = source->process;
    target->flags = HOST_MDL_PARTIAL;
    if (source->flags & (HOST_MDL_MAPPED | HOST_MDL_NONPAGED)) {
        target->flags |= source->flags & (HOST_MDL_MAPPED | HOST_MDL_NONPAGED);
        target->mapped = (char *)source->mapped + skipped;
    }
    for (uint32_t p = 0; p < mdl_pages(target); p++)
        mdl_frames(target)[p] = mdl_frames(source)[first + p];
}

HOST_API void MmProbeAndLockPages(struct host_mdl *mdl, int8_t mode, int operation)
{
    struct host *self = host_machine();
    uint32_t pages = mdl_pages(mdl), done;

    (void)operation;
    if (host_fails(self, "MmProbeAndLockPages"))
        host_raise(STATUS_ACCESS_VIOLATION);
    for (done = 0; done < pages; done++) {
        const char *at = mdl->start + (size_t)done * HOST_PAGE;
        uint32_t frame = space_frame(self, at);

        if (!frame || (mode == MODE_USER && space_of(self, at) != SPACE_USER))
            break;
        frame_lock(self, frame);
        mdl_frames(mdl)[done] = frame;
    }
    if (done < pages) {
        while (done)
            frame_unlock(self, (uint32_t)mdl_frames(mdl)[--done]);
        host_raise(STATUS_ACCESS_VIOLATION);
    }
    mdl->flags |= HOST_MDL_LOCKED;
}

HOST_API void MmProbeAndLockProcessPages(struct host_mdl *mdl, void *process, int8_t mode, int operation)
{
    (void)process;
    MmProbeAndLockPages(mdl, mode, operation);
}

HOST_API void MmUnlockPages(struct host_mdl *mdl)
{
    struct host *self = host_machine();

    mdl_unmap_system(self, mdl);
    for (uint32_t p = mdl_pages(mdl); p > 0; p--)
        frame_unlock(self, (uint32_t)mdl_frames(mdl)[p - 1]);
    mdl->flags &= (int16_t)~HOST_MDL_LOCKED;
}

HOST_API void mdlguard_host_lend(void *mdl)
{
    mg_tracker_lend(host_machine()->tracker, (uintptr_t)mdl);
}

/* ---- mapping ---- */

static void *map_to(struct host *self, struct host_mdl *mdl, enum space_kind kind, void *reserved)
{
    char *address = reserved;

    if (reserved)
        space_fill(self, reserved, mdl_frames(mdl), mdl_pages(mdl));
    else
        address = space_map(self, kind, mdl_frames(mdl), mdl_pages(mdl));
    if (!address)
        return NULL;
    if (kind == SPACE_SYSTEM) {
        mdl->mapped = address + mdl->offset;
        mdl->flags |= HOST_MDL_MAPPED;
        if (mdl->flags & HOST_MDL_PARTIAL)
            mdl->flags |= HOST_MDL_PARTIAL_MAPPED;
    }
    return address + mdl->offset;
}

HOST_API void *MmMapLockedPagesSpecifyCache(struct host_mdl *mdl, int8_t mode, int cache, void *base, uint32_t bug_check, uint32_t priority)
{
    struct host *self = host_machine();
    void *address = NULL;

    (void)cache;
    (void)base;
    (void)priority;
    if (!host_fails(self, "MmMapLockedPagesSpecifyCache"))
        address = map_to(self, mdl, mode == MODE_USER ? SPACE_USER : SPACE_SYSTEM, NULL);
    if (!address && mode == MODE_USER)
        host_raise(STATUS_INSUFFICIENT_RESOURCES);
    /* The process may take its view away, or its access to it, as soon as it is there: whoever touches it then gets an exception. */
    if (address && mode == MODE_USER && host_fails(self, "MmMapLockedPagesSpecifyCache: access to the user view"))
        space_clear(self, (void *)((uintptr_t)address & ~(uintptr_t)(HOST_PAGE - 1)), mdl_pages(mdl));
    if (!address && bug_check)
        host_bug_check(0x3f, "NO_MORE_SYSTEM_PTES: BugCheckOnFailure was TRUE", (uintptr_t)mdl);
    return address;
}

HOST_API void *MmMapLockedPages(struct host_mdl *mdl, int8_t mode)
{
    return MmMapLockedPagesSpecifyCache(mdl, mode, 1, NULL, 1, 0);
}

HOST_API void MmUnmapLockedPages(void *address, struct host_mdl *mdl)
{
    struct host *self = host_machine();
    void *start = (void *)((uintptr_t)address & ~(uintptr_t)(HOST_PAGE - 1));

    if (space_of(self, address) == SPACE_SYSTEM) {
        mdl->flags &= (int16_t) ~(HOST_MDL_MAPPED | HOST_MDL_PARTIAL_MAPPED);
    } else if (space_of(self, address) != SPACE_USER) {
        host_bug_check(0xda, "SYSTEM_PTE_MISUSE: unmapped what is no mapping", (uintptr_t)address);
    }
    space_clear(self, start, mdl_pages(mdl));
}

HOST_API void *MmAllocateMappingAddress(uint64_t bytes, uint32_t tag)
{
    struct host *self = host_machine();

    (void)tag;
    if (host_fails(self, "MmAllocateMappingAddress"))
        return NULL;
    return space_map(self, SPACE_SYSTEM, NULL, (uint32_t)((bytes + HOST_PAGE - 1) / HOST_PAGE));
}

HOST_API void MmFreeMappingAddress(void *address, uint32_t tag)
{
    struct host *self = host_machine();

    (void)tag;
    if (space_frame(self, address))
        host_bug_check(0xda, "SYSTEM_PTE_MISUSE: reserved addresses freed while they are mapped", (uintptr_t)address);
}

HOST_API void *MmMapLockedPagesWithReservedMapping(void *reserved, uint32_t tag, struct host_mdl *mdl, int cache)
{
    struct host *self = host_machine();
    const char *start;
    uint64_t bytes;

    (void)tag;
    (void)cache;
    if (host_fails(self, "MmMapLockedPagesWithReservedMapping"))
        return NULL;
    if (!space_range(self, reserved, &start, &bytes) || start != reserved || bytes < (uint64_t)mdl_pages(mdl) * HOST_PAGE)
        return NULL;
    return map_to(self, mdl, SPACE_SYSTEM, reserved);
}

HOST_API void MmUnmapReservedMapping(void *reserved, uint32_t tag, struct host_mdl *mdl)
{
    struct host *self = host_machine();

    (void)tag;
    if (!space_frame(self, reserved))
        host_bug_check(0xda, "SYSTEM_PTE_MISUSE: a reserved mapping removed that is not there", (uintptr_t)reserved);
    space_clear(self, reserved, mdl_pages(mdl));
    mdl->flags &= (int16_t)~HOST_MDL_MAPPED;
}

HOST_API int32_t MmProtectMdlSystemAddress(struct host_mdl *mdl, uint32_t protection)
{
    (void)protection;
    if (host_fails(host_machine(), "MmProtectMdlSystemAddress"))
        return (int32_t)STATUS_INSUFFICIENT_RESOURCES;
    return mdl->flags & HOST_MDL_MAPPED ? STATUS_SUCCESS : (int32_t)STATUS_INVALID_PARAMETER;
}

HOST_API int32_t MmAdvanceMdl(struct host_mdl *mdl, uint32_t bytes)
{
    struct host *self = host_machine();
    uint32_t pages = (mdl->offset + bytes) / HOST_PAGE, count = mdl_pages(mdl);

    if (bytes >= mdl->bytes)
        return (int32_t)STATUS_INVALID_PARAMETER;
    for (uint32_t p = 0; p < pages && (mdl->flags & HOST_MDL_LOCKED); p++)
        frame_unlock(self, (uint32_t)mdl_frames(mdl)[p]);
    memmove(mdl_frames(mdl), mdl_frames(mdl) + pages, (count - pages) * sizeof(uint64_t));
    mdl->start += (size_t)pages * HOST_PAGE;
    mdl->offset = (mdl->offset + bytes) % HOST_PAGE;
    mdl->bytes -= bytes;
    return STATUS_SUCCESS;
}

/* ---- pages that belong to the MDL ---- */

HOST_API struct host_mdl *MmAllocatePagesForMdlEx(int64_t low, int64_t high, int64_t skip, uint64_t bytes, int cache, uint32_t flags)
{
    struct host *self = host_machine();
    uint64_t wanted = bytes;
    struct host_mdl *mdl;

    (void)low;
    (void)high;
    (void)skip;
    (void)cache;
    if (host_fails(self, "MmAllocatePagesForMdlEx"))
        return NULL;
    if (bytes > HOST_PAGE && host_fails(self, "MmAllocatePagesForMdlEx, short"))
        bytes = HOST_PAGE;
    mdl = (flags & MM_ALLOCATE_FULLY_REQUIRED) && bytes < wanted ? NULL : mdl_make_with_pages(self, bytes, "an MDL's own pages");
    if (mdl && (flags & MM_ALLOCATE_FULLY_REQUIRED) && mdl->bytes < wanted) {
        mdl_free_pages(self, mdl);
        block_free(self, mdl);
        mdl = NULL;
    }
    return mdl;
}

HOST_API struct host_mdl *MmAllocatePagesForMdl(int64_t low, int64_t high, int64_t skip, uint64_t bytes)
{
    return MmAllocatePagesForMdlEx(low, high, skip, bytes, 1, 0);
}

HOST_API void MmFreePagesFromMdl(struct host_mdl *mdl)
{
    mdl_free_pages(host_machine(), mdl);
}

/* RANGES: physical address and size of each, both 64 bits; their pages are the machine's first free ones here. */
HOST_API int32_t MmAllocateMdlForIoSpace(void *ranges, uint64_t count, struct host_mdl **out)
{
    struct host *self = host_machine();
    const uint64_t *range = ranges;
    uint64_t bytes = 0;

    for (uint64_t r = 0; r < count; r++)
        bytes += range[2 * r + 1];
    if (bytes == 0 || bytes % HOST_PAGE)
        return (int32_t)STATUS_INVALID_PARAMETER;
    *out = host_fails(self, "MmAllocateMdlForIoSpace") ? NULL : mdl_make_with_pages(self, bytes, "device registers");
    if (!*out)
        return (int32_t)STATUS_INSUFFICIENT_RESOURCES;
    (*out)->flags = HOST_MDL_IO_SPACE;
    return STATUS_SUCCESS;
}

/* ---- pool ---- */

HOST_API void *ExAllocatePoolWithTag(int type, uint64_t bytes, uint32_t tag)
{
    struct host *self = host_machine();
    void *block = host_fails(self, "ExAllocatePoolWithTag") ? NULL : block_allocate(self, SPACE_POOL, bytes, "pool");

    (void)tag;
    if (!block && (type & POOL_RAISE_IF_ALLOCATION_FAILURE))
        host_raise(STATUS_INSUFFICIENT_RESOURCES);
    return block;
}

/* Raises, unless it is told to say NULL. */
HOST_API void *ExAllocatePoolWithQuotaTag(int type, uint64_t bytes, uint32_t tag)
{
    void *block = ExAllocatePoolWithTag(type, bytes, tag);

    if (!block && !(type & POOL_QUOTA_FAIL_INSTEAD_OF_RAISE))
        host_raise(STATUS_INSUFFICIENT_RESOURCES);
    return block;
}

HOST_API void ExFreePool(void *block)
{
    if (!block_free(host_machine(), block))
        host_bug_check(0xc2, "BAD_POOL_CALLER: freed what is no pool block", (uintptr_t)block);
}

HOST_API void ExFreePoolWithTag(void *block, uint32_t tag)
{
    (void)tag;
    ExFreePool(block);
}

HOST_API void KeFlushIoBuffers(struct host_mdl *mdl, uint8_t is_read, uint8_t is_dma)
{
    (void)mdl;
    (void)is_read;
    (void)is_dma;
}
