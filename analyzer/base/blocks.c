/*
 * blocks.c - see blocks.h.
 *
 * A block may stand in one of the few slots of the bucket that its hash says. A new one takes the last slot; one that is found again moves one slot
 * forward (the transposition rule: Rivest, CACM 1976). So what comes once drives out only what came once.
 */
#include "base/blocks.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define BUCKET 4u
#define BUCKETS 8192u /* half a megabyte: what is looked at all the time stays near the processor */

/* The slot in BUCKET that holds the block; NULL when none does. */
static struct block_slot *find_slot(struct block_slot *bucket, const void *data, uint32_t size, uint32_t hash)
{
    for (uint32_t i = 0; i < BUCKET && bucket[i].data; i++)
        if (bucket[i].hash == hash && bucket[i].size == size && memcmp(bucket[i].data, data, size) == 0)
            return &bucket[i];
    return NULL;
}

static const void *move_forward(struct block_slot *bucket, struct block_slot *slot)
{
    struct block_slot found = *slot;
    if (slot == bucket)
        return found.data;
    *slot = slot[-1];
    slot[-1] = found;
    return found.data;
}

static struct block_slot *slot_for_new(struct block_slot *bucket)
{
    uint32_t i = 0;
    while (i < BUCKET - 1 && bucket[i].data)
        i++;
    return &bucket[i];
}

void *block_set_share(struct block_set *self, struct arena *arena, const void *data, size_t size)
{
    if (!size)
        return NULL;
    if (size > UINT32_MAX)
        return arena_copy(arena, data, size);
    if (!self->slots)
        self->slots = calloc(BUCKETS * BUCKET, sizeof(*self->slots));
    if (!self->slots)
        arena_die(BUCKETS * BUCKET * sizeof(*self->slots));
    uint32_t hash = (uint32_t)hash_bytes(data, size);
    struct block_slot *bucket = &self->slots[hash % BUCKETS * BUCKET];
    struct block_slot *slot = find_slot(bucket, data, (uint32_t)size, hash);
    if (slot)
        return (void *)move_forward(bucket, slot);
    slot = slot_for_new(bucket);
    *slot = (struct block_slot){arena_copy(arena, data, size), (uint32_t)size, hash};
    return (void *)slot->data;
}

void block_set_release(struct block_set *self)
{
    free(self->slots);
    *self = (struct block_set){0};
}
