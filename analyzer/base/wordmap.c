/*
 * wordmap.c - see wordmap.h.
 */
#include "base/wordmap.h"

#include <string.h>

#include "base/hash.h"
#include "base/vec.h"

static struct word_map_slot *probe(const struct word_map *self, uint64_t key)
{
    uint32_t mask = self->capacity - 1, at = (uint32_t)hash_mix(0, key) & mask;

    while (self->slots[at].is_used && self->slots[at].key != key)
        at = (at + 1) & mask;
    return &self->slots[at];
}

static void grow(struct word_map *self)
{
    struct word_map bigger = {.capacity = self->capacity ? self->capacity * 2 : 64, .count = self->count};
    VEC(struct word_map_slot) memory = {0};

    for (uint32_t i = 0; i < bigger.capacity; i++)
        VEC_PUSH(&memory, (struct word_map_slot){0});
    bigger.slots = memory.items;
    for (uint32_t i = 0; i < self->capacity; i++)
        if (self->slots[i].is_used)
            *probe(&bigger, self->slots[i].key) = self->slots[i];
    vec_free(self->slots);
    *self = bigger;
}

void word_map_release(struct word_map *self)
{
    vec_free(self->slots);
    *self = (struct word_map){0};
}

void word_map_clear(struct word_map *self)
{
    if (self->capacity > 64 && self->count < self->capacity / 16) {
        word_map_release(self); /* so that clearing costs no more than filling did */
        return;
    }
    if (self->count)
        memset(self->slots, 0, self->capacity * sizeof(*self->slots));
    self->count = 0;
}

bool word_map_add(struct word_map *self, uint64_t key, uint32_t value)
{
    struct word_map_slot *slot;

    if (self->count >= self->capacity / 2)
        grow(self);
    slot = probe(self, key);
    if (slot->is_used)
        return false;
    *slot = (struct word_map_slot){key, value, true};
    self->count++;
    return true;
}

bool word_map_get(const struct word_map *self, uint64_t key, uint32_t *value)
{
    const struct word_map_slot *slot = self->capacity ? probe(self, key) : NULL;

    if (!slot || !slot->is_used)
        return false;
    *value = slot->value;
    return true;
}
