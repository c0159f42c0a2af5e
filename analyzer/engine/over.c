/*
 * over.c - see over.h. The newest event that made an object, or made its pages what they are, tells what it is over; paths that are merged have
 * equal histories of their objects, so that any of their traces tells it.
 */
#include "engine/over.h"

/* The object that EFFECT of EVENT makes to be over something; 0: none. */
static value_id made_over(const struct step *event, uint32_t index)
{
    const struct ruleset_effect *effect = &event->outcome->effects.items[index];
    value_id path = event->values[protocol_effect_slot(event->routine, index)];

    if (effect->kind != RULESET_EFFECT_NEW && effect->kind != RULESET_EFFECT_SET_PAGES)
        return 0;
    return effect->has_path && path ? path : event->object;
}

/* What OBJECT is over, as EVENT has it; 0: it says nothing. *IS_NEW: it made the object. */
static value_id under_by(const struct step *event, value_id object, bool *is_new)
{
    value_id under = 0;

    for (uint32_t e = 0; e < event->outcome->effects.count; e++) {
        const struct ruleset_effect *effect = &event->outcome->effects.items[e];

        if (made_over(event, e) != object)
            continue;
        *is_new |= effect->kind == RULESET_EFFECT_NEW;
        if (effect->has_other)
            under = event->values[protocol_effect_slot(event->routine, e) + 1];
    }
    return under;
}

static value_id find_under(const struct state *state, value_id object)
{
    bool is_new = false;
    value_id under = 0;

    for (const struct step *step = state->trace; step && !under && !is_new; step = step->prev)
        if (step->kind == STEP_EVENT)
            under = under_by(step, object, &is_new);
    return under;
}

/* A live mapping of KINDS whose object was made over VALUE; 0: none. */
static value_id find_mapping_over(struct analysis *an, const struct state *state, value_id value, uint32_t kinds, struct mapping *mapping)
{
    value_id base = typestate_pointer_base(an, value);
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, state->mappings);
    while ((entry = state_next_mapping(&iter, mapping))) {
        value_id under;

        if (!mapping->is_live || mapping->is_given_up || mapping->is_invalid ||
            !(RULESET_BIT(mapping->kind) & kinds) || !mapping->object || mapping->object == value)
            continue;
        under = find_under(state, mapping->object);
        if (under && typestate_pointer_base(an, under) == base)
            return entry->key;
    }
    return 0;
}

void over_released(struct analysis *an, struct state *state, value_id object, const struct event_site *site)
{
    struct step step = {.kind = STEP_DECISION, .loc = site->loc, .function = site->function, .depth = site->depth,
                        .text = "takes the pages away from what was built over them"};
    struct mapping mapping;
    value_id token;
    bool has_ended = false;

    while ((token = find_mapping_over(an, state, object, RULESET_BIT(RULESET_MAPPING_SYSTEM), &mapping))) {
        mapping.is_live = false;
        mapping.late_rule = MAPPING_NO_RULE;
        state_set_mapping(an, state, token, &mapping);
        has_ended = true;
    }
    if (has_ended)
        state->trace = trace_push(an->arena, state->trace, &step);
}

value_id over_mapped(struct analysis *an, const struct state *state, value_id value, uint32_t kinds, value_id *token)
{
    struct mapping mapping;

    *token = find_mapping_over(an, state, value, kinds, &mapping);
    return *token ? mapping.object : 0;
}
