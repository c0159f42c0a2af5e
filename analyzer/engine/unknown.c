/*
 * unknown.c - see unknown.h. Two passes over a state: how often each value is mentioned, as what a place holds, as a part of another value or of a
 * place, or as a key; then the places whose values are mentioned there and nowhere else. Objects that were given up are named after their place,
 * with what is said of them: nothing will be asked of them any more, and callers have no other name for them.
 */
#include "engine/unknown.h"

#include "base/hash.h"
#include "engine/engine_int.h"

/* Where values are come across: an entry of the store, or a key of which something is said; neither: in a mapping. */
struct mentioner {
    struct analysis *an;
    const struct pmap *entry;
    value_id key;
};

static void mention(const struct mentioner *self, value_id value);

/* The pointers and indices that lead to REGION. */
static void mention_region(const struct mentioner *self, region_id region)
{
    const struct values *values = &self->an->values;

    for (; region && region_get(values, region)->has_fresh; region = region_get(values, region)->parent)
        mention(self, region_get(values, region)->value);
}

/* The entry, or the key, goes on telling that the value is mentioned while it stays. */
static void note_place(struct mentions *seen, const struct mentioner *self)
{
    const struct pmap *entry = self->entry;

    if (self->key)
        seen->key = self->key;
    if (!entry || seen->places[0] == entry->key)
        return;
    seen->places[1] = seen->places[0];
    seen->held[1] = seen->held[0];
    seen->places[0] = entry->key;
    seen->held[0] = (value_id)entry->value;
}

/* Only unknowns are asked for. Parts of a value that was come across before have been counted. */
static void mention(const struct mentioner *self, value_id value)
{
    struct mentions *seen = &self->an->mentions.items[value];
    const struct value *v = value_get(&self->an->values, value);

    if (!value || !v->has_fresh)
        return;
    note_place(seen, self);
    if (seen->pass == self->an->mention_pass) {
        seen->count++;
        return;
    }
    seen->pass = self->an->mention_pass;
    seen->count = 1;
    mention(self, v->a);
    mention(self, v->b);
    mention_region(self, v->region);
}

static void mention_key(struct mentioner *self, value_id key)
{
    self->key = key;
    mention(self, key);
}

static void mention_keys(struct mentioner *self, const struct pmap *map)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, map);
    while ((entry = pmap_iter_next(&iter)))
        mention_key(self, entry->key);
}

static bool is_given_up(const struct state *state, value_id value)
{
    uint64_t word;

    return pmap_get(state->objects, value, &word) && object_unpack(word).is_given_up;
}

/* What is said of objects that were given up moves to their new names with them. */
static void mention_objects(struct mentioner *self, const struct state *state, const struct pmap *map)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, map);
    while ((entry = pmap_iter_next(&iter)))
        if (!is_given_up(state, entry->key))
            mention_key(self, entry->key);
}

/* What is said of a value makes it one that is mentioned, for its own sake. */
#define KEYED_MAPS(state, an) \
    {(state)->facts, (state)->mappings, (state)->unchecked, (state)->escaped, (state)->freed, (state)->used, (an)->may_fault}

/* Is VALUE an unknown by itself? Those that places hold, and mappings speak of, are counted first (count_held): of those that are no part of other
 * values, that is all there is to count but keys. */
static bool is_atom(const struct analysis *an, value_id value)
{
    return value_get(&an->values, value)->kind == VALUE_FRESH;
}

/* What count_held leaves to be counted. */
static void mention_state(struct analysis *an, const struct state *state)
{
    const struct pmap *const maps[] = KEYED_MAPS(state, an);
    struct mentioner self = {an, NULL, 0};
    struct pmap_iter iter;
    const struct pmap *entry;
    struct mapping mapping;

    pmap_iter_init(&iter, state->store);
    while ((self.entry = pmap_iter_next(&iter))) {
        if (!is_atom(an, (value_id)self.entry->value))
            mention(&self, (value_id)self.entry->value);
        mention_region(&self, self.entry->key);
    }
    pmap_iter_init(&iter, state->mappings);
    while ((entry = state_next_mapping(&iter, &mapping)))
        if (!is_atom(an, mapping.object))
            mention(&self, mapping.object);
    for (size_t m = 0; m < sizeof(maps) / sizeof(maps[0]); m++)
        mention_keys(&self, maps[m]);
    mention_objects(&self, state, state->objects);
    mention_objects(&self, state, state->history);
    mention_objects(&self, state, state->touched);
}

bool unknown_may_hold(const struct analysis *an, region_id region)
{
    const struct region *r = region_get(&an->values, region);
    const struct ir_type *types = an->program->types.items, *target;

    if (r->type == IR_NONE || r->is_local)
        return false;
    if (types[r->type].kind == IR_TYPE_INT || types[r->type].kind == IR_TYPE_BOOL)
        return true;
    if (types[r->type].kind != IR_TYPE_POINTER || types[r->type].target == IR_NONE)
        return false;
    target = &types[types[r->type].target];
    return target->kind != IR_TYPE_RECORD || (target->record != IR_NONE && !engine_record_is_object(an->engine, target->record));
}

/* The number of the fresh value that stands for an object that was given up and is kept in REGION. */
static int64_t lost_number(region_id region)
{
    return (int64_t)(hash_mix(0x6c6f7374, region) & INT64_MAX);
}

/* Is the place's value one that may be replaced, unless something else mentions it? */
static bool is_candidate(const struct analysis *an, const struct state *state, const struct pmap *entry)
{
    const struct value *v = value_get(&an->values, (value_id)entry->value);

    if (is_given_up(state, (value_id)entry->value))
        return v->number != lost_number(entry->key) && region_get(&an->values, region_root(&an->values, entry->key))->kind != REGION_LOCAL;
    return !v->is_new && unknown_may_hold(an, entry->key);
}

/* Is ENTRY, which the collection came across in STORE, not there any more? */
static bool is_dropped(const struct analysis *an, const struct pmap *store, const struct pmap *entry)
{
    return region_get(&an->values, entry->key)->has_fresh && !pmap_find(store, entry->key);
}

/* Notes that VALUE is mentioned once more. */
static void count_mention(struct mentions *seen, uint32_t pass)
{
    seen->count = seen->pass == pass ? seen->count + 1 : 1;
    seen->pass = pass;
}

/* Begins a new pass: how often unknowns are what a place holds, among those that the collection came across, and the object of a mapping. */
static void count_held(struct analysis *an, const struct state *state)
{
    struct pmap_iter iter;
    const struct pmap *entry;
    struct mapping mapping;

    an->mention_pass++;
    while (an->mentions.count < an->values.values.count)
        VEC_PUSH_IN(an->arena, &an->mentions, (struct mentions){0});
    for (uint32_t i = 0; i < an->held.count; i++)
        if (!is_dropped(an, state->store, an->held.items[i]))
            count_mention(&an->mentions.items[(value_id)an->held.items[i]->value], an->mention_pass);
    pmap_iter_init(&iter, state->mappings);
    while ((entry = state_next_mapping(&iter, &mapping)))
        if (is_atom(an, mapping.object))
            count_mention(&an->mentions.items[mapping.object], an->mention_pass);
}

static bool is_mentioned(const struct analysis *an, value_id value, uint32_t times)
{
    return an->mentions.items[value].pass == an->mention_pass && an->mentions.items[value].count > times;
}

/* Is something said of VALUE, as a pass over the state would find? */
static bool is_key(const struct analysis *an, const struct state *state, value_id value)
{
    const struct pmap *const maps[] = KEYED_MAPS(state, an);

    for (size_t m = 0; m < sizeof(maps) / sizeof(maps[0]); m++)
        if (pmap_find(maps[m], value))
            return true;
    return !is_given_up(state, value) &&
           (pmap_find(state->objects, value) || pmap_find(state->history, value) || pmap_find(state->touched, value));
}

/* Is the value of PLACE, of which nothing is said, certainly mentioned elsewhere: held twice, or in an entry or a key that an earlier pass found? If
 * not, and no other value is made of it, it is not. */
static bool is_surely_mentioned(const struct analysis *an, const struct state *state, const struct pmap *place)
{
    value_id value = (value_id)place->value;
    const struct mentions *seen = &an->mentions.items[value];

    if (is_mentioned(an, value, 1) || (seen->key && is_key(an, state, seen->key)))
        return true;
    for (int i = 0; i < 2; i++) {
        region_id other = seen->places[i];
        const struct pmap *entry = other && other != place->key ? pmap_find(state->store, other) : NULL;

        if (entry && (value_id)entry->value == seen->held[i])
            return true;
    }
    return false;
}

static const struct pmap *rename_key(struct analysis *an, const struct pmap *map, value_id from, value_id to)
{
    uint64_t word;

    if (!pmap_get(map, from, &word))
        return map;
    return pmap_set(pmap_remove(map, &an->nodes, from), &an->nodes, to, word);
}

/* REGION's object was given up: it is known by the place from here on, on whichever path it came there. */
static void rename_lost(struct analysis *an, struct state *state, region_id region, value_id object)
{
    value_id name = value_named(&an->values, region_get(&an->values, region)->type, lost_number(region));
    struct object lost = {.descriptor = OBJECT_DESCRIPTOR_ANY, .is_given_up = true};

    if (is_mentioned(an, name, 0) || state_is_tracked(state, name))
        return;
    state->store = pmap_set(state->store, &an->nodes, region, name);
    state->history = rename_key(an, state->history, object, name);
    state->touched = rename_key(an, state->touched, object, name);
    state->objects = pmap_remove(state->objects, &an->nodes, object);
    state_set_object(an, state, name, &lost);
}

/* Finds the candidates of which nothing is said. */
static void find_open(struct analysis *an, const struct state *state)
{
    an->open.count = 0;
    for (uint32_t i = 0; i < an->held.count; i++) {
        const struct pmap *entry = an->held.items[i];

        if (is_candidate(an, state, entry) && !is_dropped(an, state->store, entry) && !is_key(an, state, (value_id)entry->value))
            VEC_PUSH_IN(an->arena, &an->open, entry);
    }
}

/* Leaves those out that are surely mentioned. True: for some of the others the whole state has to be looked through. */
static bool narrow_open(struct analysis *an, const struct state *state)
{
    uint32_t kept = 0;
    bool is_asked = false;

    for (uint32_t i = 0; i < an->open.count; i++) {
        const struct pmap *entry = an->open.items[i];
        value_id value = (value_id)entry->value;

        if (is_surely_mentioned(an, state, entry))
            continue;
        an->open.items[kept++] = entry;
        is_asked |= value_get(&an->values, value)->is_part || is_given_up(state, value);
    }
    an->open.count = kept;
    return is_asked;
}

void unknown_forget(struct analysis *an, struct state *state)
{
    find_open(an, state);
    if (an->open.count == 0)
        return;
    count_held(an, state);
    if (narrow_open(an, state))
        mention_state(an, state);
    for (uint32_t i = 0; i < an->open.count; i++) {
        const struct pmap *entry = an->open.items[i];

        if (is_mentioned(an, (value_id)entry->value, 1))
            continue;
        if (is_given_up(state, (value_id)entry->value))
            rename_lost(an, state, entry->key, (value_id)entry->value);
        else
            state->store = pmap_set(state->store, &an->nodes, entry->key, an->unknown);
    }
}
