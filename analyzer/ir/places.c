/*
 * places.c - see places.h.
 */
#include "ir/places.h"

#include "base/hash.h"

#define FIRST_CAPACITY 256u

static bool has_index(const struct ir_place *place)
{
    for (uint32_t i = 0; i < place->proj_count; i++)
        if (place->projs[i].kind == IR_PROJ_INDEX)
            return true;
    return false;
}

static uint64_t place_hash(const struct ir_place *place)
{
    uint64_t hash = hash_mix(hash_mix(hash_mix(place->base, place->id), place->type), place->proj_count);
    for (uint32_t i = 0; i < place->proj_count; i++) {
        const struct ir_proj *proj = &place->projs[i];
        hash = hash_mix(hash_mix(hash_mix(hash_mix(hash, proj->kind), proj->record), proj->field), proj->type);
    }
    return hash;
}

/* Neither has an index. */
static bool place_equals(const struct ir_place *a, const struct ir_place *b)
{
    if (a->base != b->base || a->id != b->id || a->type != b->type || a->proj_count != b->proj_count)
        return false;
    for (uint32_t i = 0; i < a->proj_count; i++) {
        const struct ir_proj *p = &a->projs[i], *q = &b->projs[i];
        if (p->kind != q->kind || p->record != q->record || p->field != q->field || p->type != q->type)
            return false;
    }
    return true;
}

/* The slot of PLACE, or the free one where it would be. */
static const struct ir_place **find_slot(const struct place_table *self, const struct ir_place *place)
{
    uint32_t at = (uint32_t)place_hash(place) & (self->capacity - 1);
    while (self->slots[at] && !place_equals(self->slots[at], place))
        at = (at + 1) & (self->capacity - 1);
    return &self->slots[at];
}

static void grow(struct place_table *self)
{
    struct place_table old = *self;
    self->capacity = old.capacity ? old.capacity * 2 : FIRST_CAPACITY;
    self->slots = ARENA_NEW_ARRAY(self->scratch, const struct ir_place *, self->capacity);
    for (uint32_t i = 0; i < old.capacity; i++)
        if (old.slots[i])
            *find_slot(self, old.slots[i]) = old.slots[i];
}

static const struct ir_place *copy(struct arena *arena, const struct ir_place *place)
{
    struct ir_place *out = arena_copy(arena, place, sizeof(*place));
    out->projs = place->proj_count ? arena_copy(arena, place->projs, place->proj_count * sizeof(*place->projs)) : NULL;
    return out;
}

const struct ir_place *place_table_share(struct place_table *self, struct arena *arena, const struct ir_place *place)
{
    if (has_index(place))
        return copy(arena, place);
    if (self->count * 2 >= self->capacity)
        grow(self);
    const struct ir_place **slot = find_slot(self, place);
    if (!*slot) {
        *slot = copy(arena, place);
        self->count++;
    }
    return *slot;
}
