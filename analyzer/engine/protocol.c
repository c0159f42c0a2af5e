/*
 * protocol.c - the outcomes of pack routines: which are possible, and what they do to typestates. See protocol.h; what routines require is in requirement.c.
 */
#include "engine/protocol.h"

#include <assert.h>

#include "engine/over.h"
#include "engine/protocol_int.h"
#include "engine/report.h"
#include "engine/weak.h"

bool protocol_is_relevant(const struct ruleset_routine *routine)
{
    if (routine->has_mdl || routine->checks.count > 0)
        return true;
    for (uint32_t o = 0; o < routine->outcomes.count; o++) {
        if (routine->outcomes.items[o].unchecked_rule)
            return true;
        for (uint32_t e = 0; e < routine->outcomes.items[o].effects.count; e++)
            switch (routine->outcomes.items[o].effects.items[e].kind) {
            case RULESET_EFFECT_NEW:
            case RULESET_EFFECT_MAP:
            case RULESET_EFFECT_UNMAP_TOKEN:
            case RULESET_EFFECT_DROP:
            case RULESET_EFFECT_BORROW: return true;
            default: break;
            }
    }
    return false;
}

/* Memory's contents, and what escapes, callers are told of by themselves. */
static bool is_told_apart_from_events(enum ruleset_effect_kind kind)
{
    return kind == RULESET_EFFECT_WRITE || kind == RULESET_EFFECT_NULL || kind == RULESET_EFFECT_ZERO || kind == RULESET_EFFECT_COPY ||
           kind == RULESET_EFFECT_ASSIGN || kind == RULESET_EFFECT_NEW_MEMORY || kind == RULESET_EFFECT_MAY_FAULT || kind == RULESET_EFFECT_ESCAPE;
}

bool protocol_is_idle(const struct step *event)
{
    if (event->kind != STEP_EVENT || event->routine->checks.count > 0 || event->routine->has_mdl)
        return false;
    for (uint32_t e = 0; e < event->outcome->effects.count; e++)
        if (!is_told_apart_from_events(event->outcome->effects.items[e].kind))
            return false;
    return true;
}

bool protocol_outcome_possible(struct analysis *an, struct state *state, const struct ruleset_routine *routine,
                               const struct ruleset_outcome *outcome, const value_id *values)
{
    value_id subject = protocol_object(state, routine, values);
    struct object object;

    if (!routine->has_mdl ||
        (outcome->if_pages == RULESET_ANY && outcome->if_origin == RULESET_ANY && !outcome->if_no_mapping))
        return true;
    if (!subject || protocol_is_null(an, state, subject))
        return true;
    object = state_object(an, state, subject);
    if (outcome->if_no_mapping && state_find_mapping(an, state, subject, outcome->if_no_mapping))
        return false;
    if (!(object.pages & outcome->if_pages) || !(object.origin & outcome->if_origin))
        return false;
    object.is_guessed |= (object.pages & ~outcome->if_pages) || (object.origin & ~outcome->if_origin);
    object.pages &= outcome->if_pages;
    object.origin &= outcome->if_origin;
    state_set_object(an, state, subject, &object);
    return true;
}

static uint32_t rule_index(const struct analysis *an, const struct ruleset_rule *rule)
{
    return rule ? (uint32_t)(rule - an->rules->rules.items) : MAPPING_NO_RULE;
}

static void effect_new(struct analysis *an, struct state *state, const struct ruleset_effect *effect, value_id value)
{
    struct object object = {
        .descriptor = RULESET_BIT(effect->kind == RULESET_EFFECT_BORROW ? RULESET_DESCRIPTOR_BORROWED : RULESET_DESCRIPTOR_LIVE),
        .pages = effect->kind == RULESET_EFFECT_BORROW ? OBJECT_PAGES_ANY : RULESET_BIT(effect->pages),
        .origin = effect->kind == RULESET_EFFECT_BORROW ? OBJECT_ORIGIN_ANY : RULESET_BIT(effect->origin),
        .is_ours = effect->kind == RULESET_EFFECT_NEW,
        .is_unsized = effect->is_short,
    };

    if (effect->kind == RULESET_EFFECT_NEW)
        object.descriptor = RULESET_BIT(effect->value);
    if (object.is_ours)
        value_mark_new(&an->values, value);
    state_set_object(an, state, value, &object);
}

static void effect_set(struct analysis *an, struct state *state, const struct ruleset_effect *effect, value_id value)
{
    struct object object = state_object(an, state, value);

    if (effect->kind == RULESET_EFFECT_SET_DESCRIPTOR)
        object.descriptor = RULESET_BIT(effect->value);
    else if (effect->kind == RULESET_EFFECT_SET_PAGES) {
        object.pages = RULESET_BIT(effect->value);
        object.is_guessed = object.is_assumed = false;
    } else
        object.origin = RULESET_BIT(effect->value);
    state_set_object(an, state, value, &object);
}

static void effect_map(struct analysis *an, struct state *state, const struct ruleset_effect *effect, value_id token,
                       value_id object)
{
    struct mapping mapping = {.kind = (enum ruleset_mapping)effect->value, .object = object, .is_live = true,
                              .is_explicit = effect->is_explicit, .is_loose = effect->is_loose, .late_rule = MAPPING_NO_RULE};
    struct mapping old;

    if (state_mapping(state, token, &old) && old.is_live) {
        if (effect->is_idempotent)
            return;
        mapping.is_given_up = old.object != object; /* two have one name now: what ends is one of them */
    }
    state_set_mapping(an, state, token, &mapping);
    /* No mapping is called NULL: drivers test their handles for it. A number may be 0. */
    if (effect->has_path && value_get(&an->values, token)->kind != VALUE_INT)
        (void)eval_assume(an, state, token, true);
    if (object)
        state->mappings = pmap_remove(state->mappings, &an->nodes, protocol_ended_token(an, object));
}

static void end_mapping(struct analysis *an, struct state *state, const struct ruleset_effect *effect, value_id token,
                        struct mapping mapping)
{
    mapping.is_live = false;
    mapping.late_rule = rule_index(an, effect->late_rule);
    mapping.late_at_end = effect->late_at_end;
    state_set_mapping(an, state, token, &mapping);
}

/* Live mappings of OBJECT; *FIRST is the token of one of them. */
static uint32_t count_mappings(const struct state *state, value_id object, value_id *first)
{
    struct pmap_iter iter;
    const struct pmap *entry;
    struct mapping mapping;
    uint32_t count = 0;

    pmap_iter_init(&iter, state->mappings);
    while ((entry = state_next_mapping(&iter, &mapping)))
        if (mapping.is_live && mapping.object == object) {
            *first = count ? *first : entry->key;
            count++;
        }
    return count;
}

/* An address that we lost sight of is unmapped: it can only be that of a mapping that the object has. Which one, when there are more, nobody knows. */
static void end_unnamed(struct analysis *an, struct state *state, const struct ruleset_effect *effect, value_id object)
{
    struct mapping mapping;
    value_id token = 0;

    switch (count_mappings(state, object, &token)) {
    case 0: break;
    case 1:
        state_mapping(state, token, &mapping);
        end_mapping(an, state, effect, token, mapping);
        break;
    default:
        typestate_give_up(an, state, object);
        trace_give_up(an, state, object);
    }
}

/* Something of KINDS is unmapped whose token a callback got: it may be any of those whose token was not seen. */
static void give_up_unseen(struct analysis *an, struct state *state, uint32_t kinds)
{
    struct pmap_iter iter;
    const struct pmap *entry;
    struct mapping mapping;

    pmap_iter_init(&iter, state->mappings);
    while ((entry = state_next_mapping(&iter, &mapping)))
        if ((RULESET_BIT(mapping.kind) & kinds) && entry->key == protocol_unseen_token(an, mapping.object, mapping.kind)) {
            mapping.is_given_up = true;
            state_set_mapping(an, state, entry->key, &mapping);
        }
}

static void effect_unmap_token(struct analysis *an, struct state *state, const struct ruleset_effect *effect, value_id token,
                               value_id object)
{
    struct mapping mapping = {.kind = RULESET_MAPPING_SYSTEM, .object = object};

    if (effect->mask)
        for (uint32_t kind = 0; kind < RULESET_MAPPING_COUNT; kind++)
            if (effect->mask == RULESET_BIT(kind))
                mapping.kind = (enum ruleset_mapping)kind;
    if (state_mapping(state, token, &mapping)) {
        if (mapping.is_given_up)
            report_late_unmap(an, token);
    } else if (object) {
        end_unnamed(an, state, effect, object);
    } else if (effect->mask) {
        give_up_unseen(an, state, effect->mask);
    }
    end_mapping(an, state, effect, token, mapping);
}

/* END and UNMAP: all live mappings of OBJECT of the kinds in the mask. */
static void effect_end(struct analysis *an, struct state *state, const struct ruleset_effect *effect, value_id object)
{
    struct mapping ended = {.kind = RULESET_MAPPING_SYSTEM, .object = object};
    value_id token;

    while ((token = state_find_mapping(an, state, object, effect->mask))) {
        struct mapping mapping;

        state_mapping(state, token, &mapping);
        end_mapping(an, state, effect, token, mapping);
    }
    if (effect->late_rule && (effect->mask & RULESET_BIT(RULESET_MAPPING_SYSTEM)))
        end_mapping(an, state, effect, protocol_ended_token(an, object), ended);
}

static void effect_invalid(struct analysis *an, struct state *state, value_id token, value_id object)
{
    struct mapping mapping = {.object = object, .is_invalid = true, .late_rule = MAPPING_NO_RULE};

    if (!facts_is_zero(&an->facts, state->facts, token))
        state_set_mapping(an, state, token, &mapping);
}

/* Does EFFECT speak of a state in which TARGET cannot be? */
static bool is_ruled_out(struct analysis *an, const struct state *state, const struct ruleset_effect *effect, value_id target)
{
    struct object object;

    if (effect->kind != RULESET_EFFECT_SET_DESCRIPTOR && effect->kind != RULESET_EFFECT_SET_PAGES && effect->kind != RULESET_EFFECT_SET_ORIGIN &&
        effect->kind != RULESET_EFFECT_END && effect->kind != RULESET_EFFECT_UNMAP)
        return false;
    object = state_object(an, state, target);
    return !(object.pages & effect->if_pages) || !(object.origin & effect->if_origin);
}

/* EFFECT is one that speaks of PATH, which is known: what the routine makes, ends, reads or keeps. */
static void effect_apply_to_path(struct analysis *an, struct state *state, const struct ruleset_effect *effect, value_id path,
                                 value_id other, value_id object)
{
    switch (effect->kind) {
    case RULESET_EFFECT_NEW:
    case RULESET_EFFECT_BORROW: effect_new(an, state, effect, path); break;
    case RULESET_EFFECT_UNMAP_TOKEN: effect_unmap_token(an, state, effect, path, object); break;
    case RULESET_EFFECT_LINK:
        if (other != path)
            state_escape(an, state, path); /* where it was put cannot be followed */
        break;
    case RULESET_EFFECT_ESCAPE:
        if (state_is_tracked(state, path) && !effect->unless_mdl)
            typestate_escape_value(an, state, path); /* one that this outcome made is an object only now */
        break;
    case RULESET_EFFECT_SIZED: typestate_sized(an, state, path); break;
    case RULESET_EFFECT_DROP: typestate_drop(an, state, path); break;
    case RULESET_EFFECT_INVALID: effect_invalid(an, state, path, object); break;
    default: assert(!"an effect that does not speak of a path");
    }
}

/* PATH and OTHER: the two values of EFFECT, 0 when they are not known; OBJECT: what the event is about. */
static void effect_apply(struct analysis *an, struct state *state, const struct ruleset_effect *effect, value_id path,
                         value_id other, value_id object)
{
    value_id target = effect->has_path && path ? path : object;

    if (target && is_ruled_out(an, state, effect, target))
        return;
    switch (effect->kind) {
    case RULESET_EFFECT_SET_DESCRIPTOR:
    case RULESET_EFFECT_SET_PAGES:
    case RULESET_EFFECT_SET_ORIGIN:
        if (target)
            effect_set(an, state, effect, target);
        break;
    case RULESET_EFFECT_MAP:
        if (path)
            effect_map(an, state, effect, path, object);
        else if (!effect->has_path && object)
            effect_map(an, state, effect, protocol_unseen_token(an, object, effect->value), object);
        if (effect->has_other && other)
            effect_map(an, state, effect, other, object);
        break;
    case RULESET_EFFECT_END:
    case RULESET_EFFECT_UNMAP:
        if (object)
            effect_end(an, state, effect, object);
        else if (effect->kind == RULESET_EFFECT_UNMAP)
            give_up_unseen(an, state, effect->mask);
        break;
    case RULESET_EFFECT_NEW:
    case RULESET_EFFECT_BORROW:
    case RULESET_EFFECT_UNMAP_TOKEN:
    case RULESET_EFFECT_LINK:
    case RULESET_EFFECT_ESCAPE:
    case RULESET_EFFECT_SIZED:
    case RULESET_EFFECT_DROP:
    case RULESET_EFFECT_INVALID:
        if (path)
            effect_apply_to_path(an, state, effect, path, other, object);
        break;
    case RULESET_EFFECT_WRITE:
    case RULESET_EFFECT_NULL:
    case RULESET_EFFECT_ZERO:
    case RULESET_EFFECT_COPY:
    case RULESET_EFFECT_ASSIGN:
    case RULESET_EFFECT_USE:
    case RULESET_EFFECT_NEW_MEMORY:
    case RULESET_EFFECT_FREE_MEMORY:
    case RULESET_EFFECT_RUN:
    case RULESET_EFFECT_MAY_FAULT: break; /* memory: routine.c */
    }
}

/* The object that an event is about: the routine's MDL, the one it makes, or the one whose mapping it names. */
static value_id event_object(const struct state *state, const struct ruleset_routine *routine,
                             const struct ruleset_outcome *outcome, const value_id *values)
{
    value_id object = protocol_object(state, routine, values);

    for (uint32_t e = 0; e < outcome->effects.count && !object; e++) {
        value_id path = values[protocol_effect_slot(routine, e)];
        struct mapping mapping;

        if (outcome->effects.items[e].kind == RULESET_EFFECT_NEW || outcome->effects.items[e].kind == RULESET_EFFECT_BORROW)
            object = path;
        else if (path && state_mapping(state, path, &mapping))
            object = mapping.object;
    }
    return object;
}

/* Does an effect of KIND change the object that it speaks of, or end mappings of it? */
static bool is_lasting(enum ruleset_effect_kind kind)
{
    return kind == RULESET_EFFECT_SET_DESCRIPTOR || kind == RULESET_EFFECT_SET_PAGES || kind == RULESET_EFFECT_SET_ORIGIN ||
           kind == RULESET_EFFECT_END || kind == RULESET_EFFECT_UNMAP || kind == RULESET_EFFECT_ESCAPE;
}

/* Mappings of OBJECT that live in STATE, and not in AFTER, may have ended. */
static void give_up_ended(struct analysis *an, struct state *state, const struct state *after, value_id object)
{
    struct pmap_iter iter;
    const struct pmap *entry;
    struct mapping mapping, other;

    pmap_iter_init(&iter, state->mappings);
    while ((entry = state_next_mapping(&iter, &mapping)))
        if (mapping.object == object && mapping.is_live && state_mapping(after, entry->key, &other) && !other.is_live) {
            mapping.is_given_up = true;
            state_set_mapping(an, state, entry->key, &mapping);
        }
}

/* EVENT may have happened to OTHER, if that is what the routine's MDL is. */
static void apply_to_other(struct analysis *an, struct state *state, const struct step *event, value_id other)
{
    struct state after = *state;
    struct object by;

    for (uint32_t e = 0; e < event->outcome->effects.count; e++) {
        const struct ruleset_effect *effect = &event->outcome->effects.items[e];
        const value_id *slot = event->values + protocol_effect_slot(event->routine, e);

        if (is_lasting(effect->kind))
            effect_apply(an, &after, effect, slot[0] == event->values[0] ? other : slot[0], slot[1], other);
    }
    by = state_object(an, &after, other);
    weak_widen(an, state, other, &by);
    give_up_ended(an, state, &after, other);
}

static void apply_to_others(struct analysis *an, struct state *state, const struct step *event)
{
    value_id others[WEAK_MAX];
    uint32_t count = event->routine->has_mdl && event->values[0] ? weak_others(an, state, event->values[0], others) : 0;

    for (uint32_t i = 0; i < count; i++)
        apply_to_other(an, state, event, others[i]);
}

void protocol_apply(struct analysis *an, struct state *state, const struct step *event)
{
    const struct ruleset_routine *routine = event->routine;
    const struct ruleset_outcome *outcome = event->outcome;
    const value_id *values = event->values;
    struct event_site site = {event->loc, event->function, event->depth};
    struct step step = *event;
    value_id object = protocol_object(state, routine, values); /* that the effects speak of: see enum ruleset_effect_kind */

    if (protocol_is_skipped(an, state, routine, object)) {
        for (uint32_t e = 0; e < outcome->effects.count; e++)
            if (outcome->effects.items[e].kind == RULESET_EFFECT_UNMAP_TOKEN)
                report_late_unmap(an, values[protocol_effect_slot(routine, e)]);
        if (object && state_object(an, state, object).is_given_up)
            protocol_push_step(an, state, STEP_GIVE_UP, object, &site);
        return;
    }
    step.object = event_object(state, routine, outcome, values);
    apply_to_others(an, state, event);
    for (uint32_t e = 0; e < outcome->effects.count; e++) {
        const struct ruleset_effect *effect = &outcome->effects.items[e];
        const value_id *slot = values + protocol_effect_slot(routine, e);
        struct mapping mapping;

        if (effect->kind == RULESET_EFFECT_UNMAP_TOKEN && !routine->has_mdl && slot[0] && state_mapping(state, slot[0], &mapping))
            object = mapping.object;
        effect_apply(an, state, effect, slot[0], slot[1], object);
        if (effect->kind == RULESET_EFFECT_SET_PAGES && effect->value == RULESET_PAGES_RELEASED)
            over_released(an, state, effect->has_path && slot[0] ? slot[0] : object, &site);
        if (effect->kind == RULESET_EFFECT_NEW)
            object = slot[0];
    }
    state_record(an, state, &step);
}
