/*
 * unknown.c - see unknown.h. Two passes over a state: how often each value is mentioned, as what a place holds, as a part of another value or of a
 * place, or as a key; then the places whose values are mentioned there and nowhere else.
 */
#include "engine/unknown.h"

#include "engine/engine_int.h"

static void mention(struct analysis *an, value_id value);

/* The pointers and indices that lead to REGION. */
static void mention_region(struct analysis *an, region_id region)
{
    for (; region; region = region_get(&an->values, region)->parent)
        mention(an, region_get(&an->values, region)->value);
}

/* Parts of a value that was come across before have been counted. */
static void mention(struct analysis *an, value_id value)
{
    struct mentions *seen = &an->mentions.items[value];
    const struct value *v = value_get(&an->values, value);

    if (!value)
        return;
    if (seen->pass == an->mention_pass) {
        seen->count++;
        return;
    }
    *seen = (struct mentions){an->mention_pass, 1};
    mention(an, v->a);
    mention(an, v->b);
    mention_region(an, v->region);
}

static void mention_keys(struct analysis *an, const struct pmap *map)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, map);
    while ((entry = pmap_iter_next(&iter)))
        mention(an, entry->key);
}

static void mention_state(struct analysis *an, const struct state *state)
{
    const struct pmap *const maps[] = {state->facts,   state->objects, state->mappings, state->unchecked, state->history,
                                       state->touched, state->escaped, state->used,     an->may_fault};
    struct pmap_iter iter;
    const struct pmap *entry;

    an->mention_pass++;
    while (an->mentions.count < an->values.values.count)
        VEC_PUSH_IN(an->arena, &an->mentions, (struct mentions){0});
    pmap_iter_init(&iter, state->store);
    while ((entry = pmap_iter_next(&iter))) {
        mention(an, (value_id)entry->value);
        mention_region(an, entry->key);
    }
    for (size_t m = 0; m < sizeof(maps) / sizeof(maps[0]); m++)
        mention_keys(an, maps[m]);
    pmap_iter_init(&iter, state->mappings);
    while ((entry = pmap_iter_next(&iter))) {
        struct mapping mapping;

        if (state_mapping(state, entry->key, &mapping))
            mention(an, mapping.object);
    }
}

bool unknown_may_hold(const struct analysis *an, region_id region)
{
    const struct region *r = region_get(&an->values, region);
    const struct ir_type *types = an->program->types.items, *target;

    if (r->type == IR_NONE || region_get(&an->values, r->root)->kind == REGION_LOCAL)
        return false;
    if (types[r->type].kind == IR_TYPE_INT || types[r->type].kind == IR_TYPE_BOOL)
        return true;
    if (types[r->type].kind != IR_TYPE_POINTER || types[r->type].target == IR_NONE)
        return false;
    target = &types[types[r->type].target];
    return target->kind == IR_TYPE_RECORD && target->record != IR_NONE &&
           !ruleset_is_object(an->rules, an->program->records.items[target->record].name);
}

static bool is_candidate(const struct analysis *an, const struct pmap *entry)
{
    const struct value *v = value_get(&an->values, (value_id)entry->value);

    return v->kind == VALUE_FRESH && entry->value != an->unknown && !v->is_new && unknown_may_hold(an, entry->key);
}

static bool has_candidate(const struct analysis *an, const struct state *state)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, state->store);
    while ((entry = pmap_iter_next(&iter)))
        if (is_candidate(an, entry))
            return true;
    return false;
}

void unknown_forget(struct analysis *an, struct state *state)
{
    const struct pmap *old = state->store;
    struct pmap_iter iter;
    const struct pmap *entry;

    if (!has_candidate(an, state))
        return;
    mention_state(an, state);
    pmap_iter_init(&iter, old);
    while ((entry = pmap_iter_next(&iter)))
        if (is_candidate(an, entry) && an->mentions.items[entry->value].count == 1)
            state->store = pmap_set(state->store, an->arena, entry->key, an->unknown);
}
