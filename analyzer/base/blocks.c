/*
 * blocks.c - see blocks.h: linear probing, at most half full.
 */
#include "base/blocks.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define FIRST_CAPACITY 1024u

static struct block_slot *find_slot(const struct block_set *self, const void *data, uint32_t size, uint32_t hash)
{
    uint32_t at = hash & (self->capacity - 1);
    for (;; at = (at + 1) & (self->capacity - 1)) {
        struct block_slot *slot = &self->slots[at];
        if (!slot->data || (slot->hash == hash && slot->size == size && memcmp(slot->data, data, size) == 0))
            return slot;
    }
}

/* No two blocks of the table are equal, so that the first free slot is the one. */
static void grow(struct block_set *self)
{
    struct block_set old = *self;
    self->capacity = old.capacity ? old.capacity * 2 : FIRST_CAPACITY;
    self->slots = calloc(self->capacity, sizeof(*self->slots));
    if (!self->slots)
        arena_die(self->capacity * sizeof(*self->slots));
    for (uint32_t i = 0; i < old.capacity; i++) {
        uint32_t at = old.slots[i].hash & (self->capacity - 1);
        while (old.slots[i].data && self->slots[at].data)
            at = (at + 1) & (self->capacity - 1);
        if (old.slots[i].data)
            self->slots[at] = old.slots[i];
    }
    free(old.slots);
}

void *block_set_share(struct block_set *self, struct arena *arena, const void *data, size_t size)
{
    if (!size)
        return NULL;
    if (size > UINT32_MAX || self->capacity > UINT32_MAX / 4)
        return arena_copy(arena, data, size);
    if (self->count >= self->capacity / 2)
        grow(self);
    uint32_t hash = (uint32_t)hash_bytes(data, size);
    struct block_slot *slot = find_slot(self, data, (uint32_t)size, hash);
    if (!slot->data) {
        *slot = (struct block_slot){arena_copy(arena, data, size), (uint32_t)size, hash};
        self->count++;
    }
    return (void *)slot->data;
}

void block_set_release(struct block_set *self)
{
    free(self->slots);
    *self = (struct block_set){0};
}
