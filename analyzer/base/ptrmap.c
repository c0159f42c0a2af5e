/*
 * ptrmap.c - see ptrmap.h.
 */
#include "base/ptrmap.h"

#include <assert.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/vec.h"

static uint32_t probe(const struct ptr_map *self, const void *key)
{
    uint32_t mask = self->capacity - 1;
    uint32_t at = (uint32_t)hash_mix(0, (uint64_t)(uintptr_t)key) & mask;
    while (self->slots[at].key && self->slots[at].key != key)
        at = (at + 1) & mask;
    return at;
}

/*
 * vec_grow() ends the process when memory runs out, as everything here does; it is given an empty vector to get a
 * zeroed block.
 */
static void grow(struct ptr_map *self)
{
    struct ptr_map bigger = {.capacity = self->capacity ? self->capacity * 2 : 64};
    VEC(struct ptr_map_slot) memory = {0};
    for (uint32_t i = 0; i < bigger.capacity; i++)
        VEC_PUSH(&memory, ((struct ptr_map_slot){NULL, 0}));
    bigger.slots = memory.items;
    for (uint32_t i = 0; i < self->capacity; i++)
        if (self->slots[i].key)
            bigger.slots[probe(&bigger, self->slots[i].key)] = self->slots[i];
    bigger.count = self->count;
    vec_free(self->slots);
    *self = bigger;
}

void ptr_map_release(struct ptr_map *self)
{
    vec_free(self->slots);
    *self = (struct ptr_map){0};
}

void ptr_map_put(struct ptr_map *self, const void *key, uint32_t value)
{
    assert(key);
    if (self->count >= self->capacity / 2)
        grow(self);
    uint32_t at = probe(self, key);
    if (!self->slots[at].key)
        self->count++;
    self->slots[at] = (struct ptr_map_slot){key, value};
}

bool ptr_map_get(const struct ptr_map *self, const void *key, uint32_t *value)
{
    if (!self->capacity || !key)
        return false;
    uint32_t at = probe(self, key);
    if (!self->slots[at].key)
        return false;
    *value = self->slots[at].value;
    return true;
}
