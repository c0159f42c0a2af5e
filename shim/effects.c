/*
 * effects.c - what a call does to MDLs and mappings: the outcome that fits its result, and the effects of that, in order. The lock is held.
 */
#include "tracker_int.h"

#include "mdlguard_routines.h"

static void effect_new(struct mg_tracker *self, const struct mg_effect *effect, uint32_t object, const struct mg_event *now)
{
    struct mg_object *o = &self->objects[object];

    if (!object)
        return;
    if (effect->kind == MG_EFFECT_BORROW) {
        o->descriptor = MG_BIT(MG_DESCRIPTOR_BORROWED);
        return;
    }
    o->descriptor = MG_BIT(effect->value);
    o->pages = MG_BIT(effect->pages);
    o->origin = MG_BIT(effect->origin);
    o->is_ours = true;
    o->ended_rule = MG_NO_RULE;
    o->acquired = o->filled = *now;
}

/* What is linked behind an MDL that goes is reachable no more. */
static void mark_chain(struct mg_tracker *self, uint32_t object)
{
    struct mg_view view;
    uint32_t next;

    if (!mg_tracker_look(self, &self->objects[object], &view) || !view.next)
        return;
    next = mg_object_find(self, (uint64_t)(uintptr_t)view.next);
    if (next)
        self->objects[next].is_chained = true;
}

static void effect_set(struct mg_tracker *self, const struct mg_effect *effect, uint32_t object, const struct mg_event *now)
{
    struct mg_object *o = &self->objects[object];

    if (effect->kind == MG_EFFECT_SET_ORIGIN) {
        o->origin = MG_BIT(effect->value);
    } else if (effect->kind == MG_EFFECT_SET_PAGES) {
        o->pages = MG_BIT(effect->value);
        o->filled = *now;
    } else {
        o->descriptor = MG_BIT(effect->value);
        if (effect->value == MG_DESCRIPTOR_FREED && o->state == MG_ENTRY_LIVE) {
            mark_chain(self, object);
            mg_object_retire(self, object);
        }
    }
}

/* A mapping without a token is known by its MDL: under a number that is no address. */
static uint64_t mdl_token(uint64_t mdl)
{
    return mdl ? mdl ^ UINT64_C(0x4000000000000000) : 0;
}

static void effect_map(struct mg_tracker *self, const struct mg_effect *effect, const struct mg_call *call, uint32_t object,
                       const struct mg_event *now)
{
    uint64_t value = effect->slot != MG_NO_SLOT ? call->slots[effect->slot] : call->token ? call->token : mdl_token(call->slots[0]);
    struct mg_token token = {value, call->scope};
    uint64_t alias = effect->other == MG_NO_SLOT ? 0 : call->slots[effect->other];
    uint32_t index = value ? mg_mapping_find(self, token, MG_BIT(effect->value), object) : 0;
    struct mg_view view;

    if (!value || (index && effect->is_idempotent && self->mappings[index].state == MG_ENTRY_LIVE))
        return;
    index = mg_mapping_add(self, token, alias, object, effect->value);
    if (!index)
        return;
    self->mappings[index].is_explicit = effect->is_explicit;
    self->mappings[index].made = *now;
    self->mappings[index].bytes = (uint32_t)call->bytes;
    if (object) {
        self->objects[object].ended_rule = MG_NO_RULE;
        if (mg_tracker_look(self, &self->objects[object], &view))
            self->mappings[index].bytes = view.bytes;
    }
}

static void end_mapping(struct mg_tracker *self, const struct mg_effect *effect, uint32_t index, const struct mg_event *now)
{
    struct mg_mapping *mapping = &self->mappings[index];

    if (mapping->state != MG_ENTRY_LIVE)
        return;
    mapping->ended = *now;
    mapping->late_rule = effect->late_rule;
    mapping->late_at_end = effect->late_at_end;
    mg_mapping_end(self, index);
}

/* SCOPE 0: wherever they are. */
static void effect_end(struct mg_tracker *self, const struct mg_effect *effect, uint32_t object, uint64_t scope, const struct mg_event *now)
{
    struct mg_object *o = &self->objects[object];
    /* Somebody whose calls are not seen may have mapped it. */
    bool was_mapped = o->mappings[MG_MAPPING_SYSTEM] || !self->config.sees_everything;

    for (uint32_t kind = 0; kind < MG_MAPPING_KINDS; kind++)
        for (uint32_t m = effect->mask & MG_BIT(kind) ? o->mappings[kind] : 0, next; m; m = next) {
            next = self->mappings[m].queue.next;
            if (!scope || self->mappings[m].scope == scope)
                end_mapping(self, effect, m, now);
        }
    if (was_mapped && effect->late_rule != MG_NO_RULE && (effect->mask & MG_BIT(MG_MAPPING_SYSTEM))) {
        o->ended = *now;
        o->ended_rule = effect->late_rule;
        o->ended_early = effect->late_at_end;
    }
}

/* Somebody else may free it from here on, and get another MDL at its address: it is judged like one of somebody else's. */
static void effect_escape(struct mg_tracker *self, uint32_t object)
{
    self->objects[object].is_escaped = true;
    self->objects[object].is_ours = false;
}

/* OBJECT is the MDL that the effects speak of; returns the one that the next speaks of. */
static uint32_t effect_apply(struct mg_tracker *self, const struct mg_effect *effect, const struct mg_call *call, uint32_t object,
                             const struct mg_event *now)
{
    uint64_t value = effect->slot == MG_NO_SLOT ? 0 : call->slots[effect->slot];
    uint32_t target = effect->slot == MG_NO_SLOT ? object : 0, mapping;

    if (effect->kind == MG_EFFECT_NEW || effect->kind == MG_EFFECT_BORROW) {
        target = !value ? 0 : effect->kind == MG_EFFECT_NEW ? mg_object_renew(self, value) : mg_object_adopt(self, value, call->is_handle);
        if (target)
            self->objects[target].is_handle = call->is_handle;
        effect_new(self, effect, target, now);
        return target;
    }
    if (effect->kind == MG_EFFECT_MAP) {
        effect_map(self, effect, call, object, now);
        return object;
    }
    if (effect->kind == MG_EFFECT_UNMAP_TOKEN) {
        mapping = value ? mg_mapping_find(self, (struct mg_token){value, call->scope}, MG_ANY, object) : 0;
        if (mapping) {
            object = object ? object : mg_mapping_object(self, mapping);
            end_mapping(self, effect, mapping, now);
        }
        return object;
    }
    if (effect->kind == MG_EFFECT_DROP) {
        self->objects[object].is_dropped = object != 0;
        return object;
    }
    if (value)
        target = mg_object_find(self, value);
    else if (effect->kind == MG_EFFECT_END)
        target = object;
    if (!target || !(self->objects[target].pages & effect->if_pages) || !(self->objects[target].origin & effect->if_origin))
        return object;
    /* Where everything is seen, the memory that it is linked to is looked at when the run ends. */
    if (effect->kind == MG_EFFECT_ESCAPE || (effect->kind == MG_EFFECT_LINK && !self->config.sees_everything))
        effect_escape(self, target);
    else if (effect->kind == MG_EFFECT_LINK)
        return object;
    else if (effect->kind == MG_EFFECT_END)
        effect_end(self, effect, target, call->scope, now);
    else
        effect_set(self, effect, target, now);
    return object;
}

static bool result_fits(enum mg_result wanted, int64_t result)
{
    switch (wanted) {
    case MG_RESULT_ANY: return true;
    case MG_RESULT_NULL: return result == 0;
    case MG_RESULT_NONNULL: return result != 0;
    case MG_RESULT_SUCCESS: return (int32_t)result >= 0;
    case MG_RESULT_FAILURE: return (int32_t)result < 0;
    case MG_RESULT_POSITIVE: return (int32_t)result > 0;
    case MG_RESULT_RAISES: return false;
    }
    return false;
}

/* The entry of the MDL that the routine is about; 0: none. */
static uint32_t routine_object(const struct mg_tracker *self, const struct mg_routine *routine, const struct mg_call *call)
{
    if (!routine->has_mdl || !call->slots[0])
        return 0;
    if (routine->is_by_token)
        return mg_mapping_object(self, mg_mapping_find(self, (struct mg_token){call->slots[0], call->scope}, MG_ANY, 0));
    return mg_object_find(self, call->slots[0]);
}

static const struct mg_outcome *find_outcome(const struct mg_tracker *self, const struct mg_call *call, uint32_t object, int64_t result)
{
    const struct mg_routine *routine = &mg_routines[call->routine];
    const struct mg_object *o = &self->objects[object];

    for (uint32_t i = 0; i < routine->outcomes.count; i++) {
        const struct mg_outcome *outcome = &mg_outcomes[routine->outcomes.first + i];

        if (!routine->is_early && !result_fits(outcome->result, result))
            continue;
        if (object && (!(o->pages & outcome->if_pages) || !(o->origin & outcome->if_origin) ||
                       mg_object_mapping(self, object, outcome->if_no_mapping)))
            continue;
        if (mg_conditions_hold(outcome->conditions, call))
            return outcome;
    }
    return NULL;
}

void mg_outcome_apply(struct mg_tracker *self, const struct mg_call *call, int64_t result, struct mg_event *now)
{
    const struct mg_routine *routine = &mg_routines[call->routine];
    uint32_t object = routine_object(self, routine, call);
    const struct mg_outcome *outcome = find_outcome(self, call, object, result);

    if (!outcome)
        return;
    now->says = outcome->says;
    for (uint32_t e = 0; e < outcome->effects.count; e++)
        object = effect_apply(self, &mg_effects[outcome->effects.first + e], call, object, now);
    if (outcome->unchecked_rule != MG_NO_RULE) {
        self->unchecked = *now;
        self->unchecked_rule = outcome->unchecked_rule;
        self->unchecked_object = call->slots[0];
    }
    if (now->says || outcome->effects.count)
        mg_object_remember(self, object, now);
}

void mg_outcome_note_tokens(struct mg_tracker *self, const struct mg_call *call, int64_t result, const struct mg_event *now)
{
    const struct mg_routine *routine = &mg_routines[call->routine];
    uint32_t object = routine_object(self, routine, call);
    const struct mg_outcome *outcome = find_outcome(self, call, object, result);

    for (uint32_t e = 0; outcome && e < outcome->effects.count; e++) {
        const struct mg_effect *effect = &mg_effects[outcome->effects.first + e];

        if (effect->kind == MG_EFFECT_MAP)
            effect_map(self, effect, call, object, now);
    }
    mg_object_give_up(self, object);
}
