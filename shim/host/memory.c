/*
 * memory.c - physical pages, the addresses at which they are seen, and blocks of both.
 *
 * Physical memory is a memfd; frame n is page n of it, frame 0 is none. The free list is a stack: the page that was freed last is the next to be given
 * out, so that whoever still has a way to it meets its new owner. Addresses are the opposite: none is used twice, so that a stale one faults.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host.h"

#define SPACE_PAGES (1u << 22) /* 16 GiB of addresses each */
/* Where the spaces are when nothing else is there: reports are the same from run to run. */
#define SPACE_BASE UINT64_C(0x100000000000)
#define SPACE_STEP UINT64_C(0x010000000000)

/* ---- physical memory ---- */

static bool physical_start(struct host *self)
{
    self->memory = memfd_create("mdlguard-physical", MFD_CLOEXEC);
    if (self->memory < 0 || ftruncate(self->memory, (off_t)HOST_PAGES * HOST_PAGE) != 0)
        return false;
    self->physical = mmap(NULL, (size_t)HOST_PAGES * HOST_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, self->memory, 0);
    if (self->physical == MAP_FAILED)
        return false;
    for (uint32_t f = HOST_PAGES - 1; f > 0; f--) {
        self->frames[f].next = self->free_frame;
        self->free_frame = f;
    }
    return true;
}

uint32_t frame_take(struct host *self, const char *owner)
{
    uint32_t index = self->free_frame;
    struct frame *frame = &self->frames[index];

    if (!index)
        return 0;
    self->free_frame = frame->next;
    frame->is_used = true;
    frame->is_orphan = false;
    frame->generation++;
    snprintf(frame->owner, sizeof(frame->owner), "%s", owner);
    return index;
}

void frame_free(struct host *self, uint32_t index)
{
    struct frame *frame = &self->frames[index];

    if (!index || !frame->is_used)
        return;
    if (frame->locks) {
        frame->is_orphan = true;
        return;
    }
    frame->is_used = false;
    frame->next = self->free_frame;
    self->free_frame = index;
}

void frame_lock(struct host *self, uint32_t frame)
{
    self->frames[frame].locks++;
}

void frame_unlock(struct host *self, uint32_t index)
{
    struct frame *frame = &self->frames[index];

    if (!frame->locks)
        host_bug_check(0x4e, "PFN_LIST_CORRUPT: a page is unlocked that is not locked", index);
    frame->locks--;
    if (!frame->locks && frame->is_orphan)
        frame_free(self, index);
}

/* ---- addresses ---- */

static void *reserve(void *hint, size_t bytes, int protection)
{
    void *memory = mmap(hint, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

bool memory_start(struct host *self)
{
    for (uint32_t k = 0; k < SPACE_COUNT; k++) {
        struct space *space = &self->spaces[k];

        space->base = reserve((void *)(uintptr_t)(SPACE_BASE + k * SPACE_STEP), (size_t)SPACE_PAGES * HOST_PAGE, PROT_NONE);
        space->frames = reserve(NULL, SPACE_PAGES * sizeof(*space->frames), PROT_READ | PROT_WRITE);
        space->runs = reserve(NULL, SPACE_PAGES * sizeof(*space->runs), PROT_READ | PROT_WRITE);
        space->next = 1;
        if (!space->base || !space->frames || !space->runs)
            return false;
    }
    return physical_start(self);
}

enum space_kind space_of(struct host *self, const void *address)
{
    for (uint32_t k = 0; k < SPACE_COUNT; k++)
        if ((uintptr_t)address - (uintptr_t)self->spaces[k].base < (uintptr_t)SPACE_PAGES * HOST_PAGE)
            return (enum space_kind)k;
    return SPACE_COUNT;
}

static uint32_t page_of(const struct space *space, const void *address)
{
    return (uint32_t)(((uintptr_t)address - (uintptr_t)space->base) / HOST_PAGE);
}

uint32_t space_frame(struct host *self, const void *address)
{
    enum space_kind kind = space_of(self, address);

    return kind == SPACE_COUNT ? 0 : self->spaces[kind].frames[page_of(&self->spaces[kind], address)];
}

bool space_range(struct host *self, const void *address, const char **start, uint64_t *bytes)
{
    enum space_kind kind = space_of(self, address);
    struct space *space = &self->spaces[kind % SPACE_COUNT];
    uint32_t page;

    if (kind == SPACE_COUNT)
        return false;
    page = page_of(space, address);
    for (uint32_t first = page; first > 0; first--)
        if (space->runs[first]) {
            *start = space->base + (size_t)first * HOST_PAGE;
            *bytes = (uint64_t)space->runs[first] * HOST_PAGE;
            return page - first < space->runs[first];
        }
    return false;
}

void space_fill(struct host *self, void *address, const uint64_t *frames, uint32_t count)
{
    struct space *space = &self->spaces[space_of(self, address)];
    uint32_t first = page_of(space, address);

    for (uint32_t p = 0; p < count; p++) {
        char *at = space->base + (size_t)(first + p) * HOST_PAGE;

        if (mmap(at, HOST_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, self->memory, (off_t)(frames[p] * HOST_PAGE)) ==
            MAP_FAILED)
            host_bug_check(0x1a, "the host's own system allows no more mappings", first);
        space->frames[first + p] = (uint32_t)frames[p];
    }
}

void *space_map(struct host *self, enum space_kind kind, const uint64_t *frames, uint32_t count)
{
    struct space *space = &self->spaces[kind];
    char *address = space->base + (size_t)space->next * HOST_PAGE;

    if (count >= SPACE_PAGES - space->next - 1)
        return NULL;
    space->runs[space->next] = count;
    space->next += count + 1;
    if (frames)
        space_fill(self, address, frames, count);
    return address;
}

void space_clear(struct host *self, void *address, uint32_t count)
{
    enum space_kind kind = space_of(self, address);
    struct space *space = &self->spaces[kind % SPACE_COUNT];
    uint32_t first = page_of(space, address);

    if (kind == SPACE_COUNT)
        return;
    mmap(space->base + (size_t)first * HOST_PAGE, (size_t)count * HOST_PAGE, PROT_NONE,
         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    memset(&space->frames[first], 0, count * sizeof(*space->frames));
}

/* ---- blocks ---- */

void *block_allocate(struct host *self, enum space_kind kind, uint64_t bytes, const char *owner)
{
    uint32_t count = (uint32_t)((bytes + HOST_PAGE - 1) / HOST_PAGE), got = 0;
    uint64_t frames[HOST_PAGES];
    void *block = NULL;

    count = count ? count : 1;
    if (bytes <= (uint64_t)HOST_PAGES * HOST_PAGE)
        for (; got < count; got++) {
            frames[got] = frame_take(self, owner);
            if (!frames[got])
                break;
        }
    if (got == count)
        block = space_map(self, kind, frames, count);
    if (!block)
        while (got)
            frame_free(self, (uint32_t)frames[--got]);
    return block;
}

bool block_free(struct host *self, void *block)
{
    enum space_kind kind = space_of(self, block);
    struct space *space = &self->spaces[kind % SPACE_COUNT];
    uint32_t first, count;

    if (kind == SPACE_COUNT || (uintptr_t)block % HOST_PAGE || !space_frame(self, block))
        return false;
    first = page_of(space, block);
    count = space->runs[first];
    if (!count)
        return false;
    for (uint32_t p = count; p > 0; p--)
        frame_free(self, space->frames[first + p - 1]);
    space_clear(self, block, count);
    space->runs[first] = 0;
    return true;
}
