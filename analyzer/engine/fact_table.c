/*
 * fact_table.c - the table of interned facts: one copy of each, so that equal knowledge is an equal number. See fact.h.
 */
#include "engine/fact_int.h"

#include <string.h>

#include "base/hash.h"

void facts_init(struct facts *self, struct arena *arena, struct arena *nodes, struct values *values)
{
    memset(self, 0, sizeof(*self));
    self->values = values;
    self->arena = arena;
    self->nodes = nodes;
    self->capacity = 64;
    self->slots = ARENA_NEW_ARRAY(arena, uint32_t, self->capacity);
    VEC_PUSH_IN(arena, &self->table, (struct fact){0});
}

/* ---- interning ---- */

static uint64_t fact_hash(const struct fact *f)
{
    uint64_t h = hash_mix(hash_mix((uint64_t)f->low, (uint64_t)f->high), f->known_bits ^ (f->bits << 1));

    h = f->holder ? hash_mix(h, f->holder) : h;
    for (uint32_t i = 0; i < f->excluded_count; i++)
        h = hash_mix(h, (uint64_t)f->excluded[i]);
    return h;
}

static bool fact_equal(const struct fact *a, const struct fact *b)
{
    return a->low == b->low && a->high == b->high && a->known_bits == b->known_bits && a->bits == b->bits && a->holder == b->holder &&
           a->excluded_count == b->excluded_count &&
           memcmp(a->excluded, b->excluded, a->excluded_count * sizeof(a->excluded[0])) == 0;
}

static void facts_rehash(struct facts *self)
{
    uint32_t capacity = self->capacity * 2;
    uint32_t *slots = ARENA_NEW_ARRAY(self->arena, uint32_t, capacity);

    for (uint32_t id = 1; id < self->table.count; id++) {
        uint32_t i = (uint32_t)fact_hash(&self->table.items[id]) & (capacity - 1);
        while (slots[i])
            i = (i + 1) & (capacity - 1);
        slots[i] = id;
    }
    self->slots = slots;
    self->capacity = capacity;
}

uint32_t fact_intern(struct facts *self, const struct fact *fact)
{
    uint32_t i;

    if (self->table.count * 2 > self->capacity)
        facts_rehash(self);
    i = (uint32_t)fact_hash(fact) & (self->capacity - 1);
    while (self->slots[i]) {
        if (fact_equal(&self->table.items[self->slots[i]], fact))
            return self->slots[i];
        i = (i + 1) & (self->capacity - 1);
    }
    self->slots[i] = self->table.count;
    VEC_PUSH_IN(self->arena, &self->table, *fact);
    return self->table.count - 1;
}
