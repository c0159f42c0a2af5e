/*
 * weak.c - see weak.h.
 */
#include "engine/weak.h"

#include "engine/element.h"

/* Adds the objects of ours that are kept where REGION, an element with an unknown index, may be. */
static uint32_t add_others(const struct analysis *an, const struct state *state, region_id region, value_id object, value_id out[WEAK_MAX], uint32_t count)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, state->store);
    while ((entry = pmap_iter_next(&iter)) && count < WEAK_MAX) {
        value_id other = (value_id)entry->value;
        bool is_known = other == object || !state_is_tracked(state, other) || !state_object(an, state, other).is_ours;

        for (uint32_t i = 0; i < count; i++)
            is_known |= out[i] == other;
        if (!is_known && element_may_alias(an, state, entry->key, region))
            out[count++] = other;
    }
    return count;
}

static bool is_unknown_element(const struct analysis *an, region_id region)
{
    return element_is_part(an, region) && !element_is_numbered(an, region);
}

static bool has_ours(const struct state *state)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, state->objects);
    while ((entry = pmap_iter_next(&iter)))
        if (object_unpack(entry->value).is_ours)
            return true;
    return false;
}

uint32_t weak_others(const struct analysis *an, const struct state *state, value_id object, value_id out[WEAK_MAX])
{
    const struct value *v = value_get(&an->values, object);
    struct pmap_iter iter;
    const struct pmap *entry;
    uint32_t count = 0;

    if ((v->kind != VALUE_ENTRY && v->kind != VALUE_FRESH) || v->is_new || !has_ours(state))
        return 0;
    if (v->kind == VALUE_ENTRY)
        return is_unknown_element(an, v->region) ? add_others(an, state, v->region, object, out, 0) : 0;
    pmap_iter_init(&iter, state->store);
    while ((entry = pmap_iter_next(&iter)))
        if ((value_id)entry->value == object && is_unknown_element(an, entry->key))
            count = add_others(an, state, entry->key, object, out, count);
    return count;
}

void weak_widen(struct analysis *an, struct state *state, value_id object, const struct object *by)
{
    struct object now = state_object(an, state, object);

    if (now.is_given_up)
        return;
    now.descriptor |= by->descriptor;
    now.pages |= by->pages;
    now.origin |= by->origin;
    now.is_escaped |= by->is_escaped;
    state_set_object(an, state, object, &now);
}
