/*
 * join.c - comparing and merging states (ESP's property simulation: states with equal typestates become one), and dropping what is over.
 */
#include <string.h>

#include "base/hash.h"
#include "base/hash.h"
#include "engine/engine_int.h"

bool state_same_key(const struct state *a, const struct state *b)
{
    return pmap_hash(a->objects) == pmap_hash(b->objects) && pmap_hash(a->mappings) == pmap_hash(b->mappings) &&
           pmap_hash(a->loops) == pmap_hash(b->loops) && pmap_hash(a->unchecked) == pmap_hash(b->unchecked) &&
           a->events == b->events;
}

bool state_equal(const struct state *a, const struct state *b)
{
    return state_same_key(a, b) && pmap_hash(a->store) == pmap_hash(b->store) && pmap_hash(a->facts) == pmap_hash(b->facts);
}

/* The value that stands for REGION behind a merge at POINT: the same for every pair of states merged there. */
static value_id merge_value(struct analysis *an, uint32_t point, region_id region)
{
    int64_t number = -(int64_t)((uint64_t)(point + 1) << 32 | region);

    return value_named(&an->values, region_get(&an->values, region)->type, number);
}

/* One region's value in the merged state. A value already named for this point keeps its name, so that a second merge changes nothing. */
static void join_region(struct analysis *an, struct state *out, const struct state *a, const struct state *b, uint32_t point,
                        region_id region)
{
    value_id x = state_peek(an, a, region), y = state_peek(an, b, region), merged;

    if (x == y) {
        out->store = pmap_set(out->store, an->arena, region, x);
        return;
    }
    merged = merge_value(an, point, region);
    /* In a loop the name may have stood for another value before: what was known of that one is over. */
    out->objects = pmap_remove(out->objects, an->arena, merged);
    out->mappings = pmap_remove(out->mappings, an->arena, merged);
    out->unchecked = pmap_remove(out->unchecked, an->arena, merged);
    out->facts = facts_join(&an->facts, out->facts, merged, a->facts, x, b->facts, y);
    if (region_get(&an->values, region_root(&an->values, region))->kind != REGION_LOCAL) {
        /* Held by the caller's memory on one side: it is not lost, but where it is nobody can say any more. */
        typestate_escape_value(an, out, x);
        typestate_escape_value(an, out, y);
    }
    out->store = pmap_set(out->store, an->arena, region, merged);
}

static bool has_region(const struct pmap *store, region_id region)
{
    uint64_t ignored;

    return pmap_get(store, region, &ignored);
}

static void join_stores(struct analysis *an, struct state *out, const struct state *a, const struct state *b, uint32_t point)
{
    struct pmap_iter iter;
    const struct pmap *entry;
    uint64_t same;

    pmap_iter_init(&iter, a->store);
    while ((entry = pmap_iter_next(&iter)))
        if (!pmap_get(b->store, entry->key, &same) || same != entry->value)
            join_region(an, out, a, b, point, entry->key);
    pmap_iter_init(&iter, b->store);
    while ((entry = pmap_iter_next(&iter)))
        if (!has_region(a->store, entry->key))
            join_region(an, out, a, b, point, entry->key);
}

static void join_facts(struct analysis *an, struct state *out, const struct state *a, const struct state *b)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    out->facts = NULL;
    pmap_iter_init(&iter, a->facts);
    while ((entry = pmap_iter_next(&iter)))
        if (facts_get(&an->facts, b->facts, entry->key))
            out->facts = facts_join(&an->facts, out->facts, entry->key, a->facts, entry->key, b->facts, entry->key);
}

static const struct pmap *join_touched(struct analysis *an, const struct pmap *a, const struct pmap *b)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, b);
    while ((entry = pmap_iter_next(&iter)))
        a = pmap_set(a, an->arena, entry->key, entry->value);
    return a;
}

struct state state_join(struct analysis *an, const struct state *a, const struct state *b, uint32_t point)
{
    struct state out = *a;
    uint32_t a_length = a->trace ? a->trace->length : 0, b_length = b->trace ? b->trace->length : 0;

    if (pmap_hash(a->facts) != pmap_hash(b->facts))
        join_facts(an, &out, a, b);
    if (pmap_hash(a->store) != pmap_hash(b->store))
        join_stores(an, &out, a, b, point);
    if (a->touched != b->touched)
        out.touched = join_touched(an, a->touched, b->touched);
    out.trace = b_length < a_length ? b->trace : a->trace;
    return out;
}

/* ---- when there is no room ---- */

/* Calls for each key whose words differ in A and B, or that only one of them has. */
static uint32_t count_differences(const struct pmap *a, const struct pmap *b)
{
    struct pmap_iter iter;
    const struct pmap *entry;
    uint32_t count = 0;
    uint64_t word;

    if (pmap_hash(a) == pmap_hash(b))
        return 0;
    pmap_iter_init(&iter, a);
    while ((entry = pmap_iter_next(&iter)))
        count += !pmap_get(b, entry->key, &word) || word != entry->value;
    pmap_iter_init(&iter, b);
    while ((entry = pmap_iter_next(&iter)))
        count += !pmap_get(a, entry->key, &word);
    return count;
}

uint32_t state_distance(const struct state *a, const struct state *b)
{
    return count_differences(a->objects, b->objects) + count_differences(a->mappings, b->mappings) +
           count_differences(a->unchecked, b->unchecked) + (a->events != b->events);
}

/* Gives up in OUT the objects of A that B has in another state or not at all. */
static void give_up_differences(struct analysis *an, struct state *out, const struct pmap *a, const struct pmap *b, uint32_t *lost)
{
    struct pmap_iter iter;
    const struct pmap *entry;
    uint64_t word;

    pmap_iter_init(&iter, a);
    while ((entry = pmap_iter_next(&iter))) {
        struct object object = object_unpack(entry->value);

        if ((pmap_get(b, entry->key, &word) && word == entry->value))
            continue;
        *lost += object.is_ours && !object.is_given_up && object.descriptor == RULESET_BIT(RULESET_DESCRIPTOR_LIVE);
        typestate_give_up(an, out, entry->key);
        out->touched = pmap_set(out->touched, an->arena, entry->key, an->loc);
    }
}

/* Gives up the objects of A's mappings that B does not have in the same state. */
static void give_up_owners(struct analysis *an, struct state *out, const struct pmap *a, const struct pmap *b)
{
    struct state scratch = {.mappings = a};
    struct pmap_iter iter;
    const struct pmap *entry;
    uint64_t word;

    pmap_iter_init(&iter, a);
    while ((entry = pmap_iter_next(&iter))) {
        struct mapping mapping;

        if ((pmap_get(b, entry->key, &word) && word == entry->value) || !state_mapping(&scratch, entry->key, &mapping) ||
            !mapping.object)
            continue;
        typestate_give_up(an, out, mapping.object);
        out->touched = pmap_set(out->touched, an->arena, mapping.object, an->loc);
    }
}

static const struct pmap *common_entries(struct analysis *an, const struct pmap *a, const struct pmap *b)
{
    const struct pmap *common = a;
    struct pmap_iter iter;
    const struct pmap *entry;
    uint64_t word;

    pmap_iter_init(&iter, a);
    while ((entry = pmap_iter_next(&iter)))
        if (!pmap_get(b, entry->key, &word) || word != entry->value)
            common = pmap_remove(common, an->arena, entry->key);
    return common;
}

struct state state_join_lossy(struct analysis *an, const struct state *a, const struct state *b, uint32_t point, uint32_t *lost)
{
    struct state out = state_join(an, a, b, point);

    *lost = 0;
    give_up_owners(an, &out, a->mappings, b->mappings);
    give_up_owners(an, &out, b->mappings, a->mappings);
    out.mappings = common_entries(an, a->mappings, b->mappings);
    out.unchecked = common_entries(an, a->unchecked, b->unchecked);
    give_up_differences(an, &out, a->objects, b->objects, lost);
    give_up_differences(an, &out, b->objects, a->objects, lost);
    if (a->events != b->events)
        out.events = hash_mix(a->events, b->events);
    return out;
}

/* ---- what is over ---- */

/* Is VALUE held by a variable, or is something known of the memory it points to? */
static bool store_mentions(const struct analysis *an, const struct state *state, value_id value)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, state->store);
    while ((entry = pmap_iter_next(&iter))) {
        const struct region *root = region_get(&an->values, region_root(&an->values, entry->key));

        if (value_mentions(&an->values, (value_id)entry->value, value) || (root->kind == REGION_TARGET && root->value == value))
            return true;
    }
    return false;
}

/* Does the store mention VALUE at all, but for the members that it was read from and that still hold it? */
static bool store_mentions_elsewhere(const struct analysis *an, const struct state *state, value_id value)
{
    const struct value *v = value_get(&an->values, value);
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, state->store);
    while ((entry = pmap_iter_next(&iter)))
        if (value_mentions(&an->values, (value_id)entry->value, value) &&
            !(v->kind == VALUE_ENTRY && v->region == entry->key))
            return true;
    return false;
}

/* Objects and mappings that this round of a loop has finished with: freed or ended, and held by nothing that the next round starts from. */
void state_collect_round(struct analysis *an, struct state *state)
{
    const struct pmap *old = state->objects;
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, old);
    while ((entry = pmap_iter_next(&iter))) {
        struct object object = object_unpack(entry->value);

        if (object.descriptor == RULESET_BIT(RULESET_DESCRIPTOR_FREED) && !store_mentions_elsewhere(an, state, entry->key))
            state->objects = pmap_remove(state->objects, an->arena, entry->key);
    }
    old = state->mappings;
    pmap_iter_init(&iter, old);
    while ((entry = pmap_iter_next(&iter))) {
        struct mapping mapping;

        if (state_mapping(state, entry->key, &mapping) && !mapping.is_live && !store_mentions_elsewhere(an, state, entry->key))
            state->mappings = pmap_remove(state->mappings, an->arena, entry->key);
    }
}

/* An ended mapping whose token nothing holds; one that stands for an unknown token goes with its object. */
static bool is_mapping_over(const struct analysis *an, const struct state *state, value_id token)
{
    const struct value *v = value_get(&an->values, token);
    struct mapping mapping;

    if (!state_mapping(state, token, &mapping) || mapping.is_live)
        return false;
    if (v->kind == VALUE_FLAGS)
        return !state_is_tracked(state, v->a);
    return !store_mentions(an, state, token);
}

/* An object of ours that is freed, an ended mapping, or an unchecked NULL, that no variable holds any more can meet no further event. */
void state_collect(struct analysis *an, struct state *state)
{
    const struct pmap *old = state->objects;
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, old);
    while ((entry = pmap_iter_next(&iter))) {
        struct object object = object_unpack(entry->value);

        if (object.is_ours && object.descriptor == RULESET_BIT(RULESET_DESCRIPTOR_FREED) &&
            !store_mentions(an, state, entry->key))
            state->objects = pmap_remove(state->objects, an->arena, entry->key);
    }
    old = state->mappings;
    pmap_iter_init(&iter, old);
    while ((entry = pmap_iter_next(&iter)))
        if (is_mapping_over(an, state, entry->key))
            state->mappings = pmap_remove(state->mappings, an->arena, entry->key);
    old = state->unchecked;
    pmap_iter_init(&iter, old);
    while ((entry = pmap_iter_next(&iter)))
        if (!store_mentions(an, state, entry->key))
            state->unchecked = pmap_remove(state->unchecked, an->arena, entry->key);
}
