/*
 * leaving.c - see leaving.h. The conditions are those of field.c, weakened to what can be told without the history of the caller's objects.
 */
#include "engine/leaving.h"

static bool is_object_live(uint64_t word)
{
    struct object object = object_unpack(word);

    return !object.is_given_up && !object.is_escaped && object.descriptor != RULESET_BIT(RULESET_DESCRIPTOR_FREED) &&
           (object.is_ours || object.pages == RULESET_BIT(RULESET_PAGES_LOCKED));
}

/* Is VALUE something live, or the token of a mapping that is? */
static bool is_live(const struct state *state, value_id value)
{
    struct mapping mapping;
    uint64_t word;

    return (pmap_get(state->objects, value, &word) && is_object_live(word)) ||
           (state_mapping(state, value, &mapping) && mapping.is_live && !mapping.is_given_up);
}

/* Is REGION a global, or a member of one of the project's records, and not the function's own? */
static bool is_project_place(const struct analysis *an, region_id region)
{
    const struct region *r = region_get(&an->values, region);

    if (region_get(&an->values, r->root)->kind == REGION_LOCAL)
        return false;
    while (r->kind == REGION_INDEX)
        r = region_get(&an->values, r->parent);
    return r->kind == REGION_GLOBAL || (r->kind == REGION_FIELD && !an->engine->sight.is_foreign_record[r->id]);
}

/* Is VALUE, an object or a token, something live that was in a place of the project's on entry? */
static bool is_given(const struct analysis *an, const struct state *state, value_id value)
{
    const struct value *v = value_get(&an->values, value);

    return v->kind == VALUE_ENTRY && is_project_place(an, v->region) && is_live(state, value);
}

/* Is there something like that in MAP? */
static bool has_given(const struct analysis *an, const struct state *state, const struct pmap *map)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, map);
    while ((entry = pmap_iter_next(&iter)))
        if (is_given(an, state, entry->key))
            return true;
    return false;
}

void leaving_note_exit(struct analysis *an, const struct state *state)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    if (an->may_leave || (!state->objects && !state->mappings))
        return;
    an->may_leave = has_given(an, state, state->objects) || has_given(an, state, state->mappings);
    pmap_iter_init(&iter, state->store);
    while (!an->may_leave && (entry = pmap_iter_next(&iter)))
        an->may_leave = is_live(state, (value_id)entry->value) && is_project_place(an, entry->key);
}

void leaving_note_escape(struct analysis *an, const struct state *before, const struct state *after, region_id region)
{
    an->may_leave |=
        (before->objects != after->objects || before->mappings != after->mappings) && is_project_place(an, region);
}

void leaving_note_forgotten(struct analysis *an, const struct state *before, const struct state *after)
{
    const struct pmap *const olds[] = {before->objects, before->mappings}, *const news[] = {after->objects, after->mappings};
    struct pmap_diff diff;
    const struct pmap *entry;

    for (size_t m = 0; m < sizeof(olds) / sizeof(olds[0]) && !an->may_leave; m++) {
        pmap_diff_init(&diff, olds[m], news[m]);
        while ((entry = pmap_diff_next(&diff)))
            an->may_leave |= is_given(an, before, entry->key);
    }
}
