/*
 * tracker.c - what a call does to MDLs and mappings, as the tables say. See tracker.h for how it is used and what it promises.
 *
 * The order is the analyzer's (engine/protocol.c): checks as they are listed, the first that fails speaks, the call then has no effect; else the
 * first outcome that fits the result, its effects in order. States are masks of what may be, so that an MDL of somebody else's fails nothing
 * that it might fulfil.
 */
#include "tracker_int.h"

#include <string.h>

#include "mdlguard_routines.h"

#define NULL_PAGE UINT64_C(0x10000)

_Static_assert(MG_MAPPING_KINDS == MG_MAPPING_COUNT, "tracker_int.h has as many lists as the rules have kinds of mappings");

struct mg_tracker *mg_tracker_init(void *memory, const struct mg_config *config)
{
    struct mg_tracker *self = memory;

    if (!config->object_capacity || !config->mapping_capacity || config->object_capacity > MG_BIT(28) ||
        config->mapping_capacity > MG_BIT(28))
        return NULL;
    memset(memory, 0, mg_tracker_size(config));
    self->config = *config;
    self->unchecked_rule = MG_NO_RULE;
    mg_table_init(self, memory);
    return self;
}

static uint64_t tracker_lock(struct mg_tracker *self)
{
    return self->config.lock ? self->config.lock(self->config.context) : 0;
}

static void tracker_unlock(struct mg_tracker *self, uint64_t state)
{
    if (self->config.unlock)
        self->config.unlock(self->config.context, state);
}

/* ---- events ---- */

/* The next event. It has happened when tracker_commit is called; of a call, that is at its end or when it is wrong. */
static struct mg_event make_event(struct mg_tracker *self, const struct mg_site *site, uint16_t routine)
{
    struct mg_event event = {.sequence = self->sequence + 1, .site = *site, .routine = routine};

    if (self->config.thread)
        event.thread = self->config.thread(self->config.context);
    return event;
}

static void tracker_commit(struct mg_tracker *self)
{
    self->sequence++;
    self->stats.events++;
}

static void object_remember(struct mg_tracker *self, uint32_t index, const struct mg_event *event)
{
    struct mg_object *object = &self->objects[index];

    if (index)
        object->history[object->event_count++ % MG_HISTORY] = *event;
}

/* ---- checks ---- */

enum verdict { VERDICT_HOLDS, VERDICT_FAILS, VERDICT_UNDECIDED };

struct check_result {
    enum verdict verdict;
    uint32_t mapping; /* that the failure speaks of */
    uint16_t rule;    /* instead of the check's */
    bool at_end;      /* reported at the event that ended the mapping */
};

static enum verdict mask_verdict(uint32_t possible, uint32_t allowed)
{
    if (!(possible & allowed))
        return VERDICT_FAILS;
    return possible & ~allowed ? VERDICT_UNDECIDED : VERDICT_HOLDS;
}

static uint32_t first_mapping(const struct mg_tracker *self, uint32_t object, uint32_t kinds)
{
    for (uint32_t kind = 0; object && kind < MG_MAPPING_KINDS; kind++)
        if ((kinds & MG_BIT(kind)) && self->objects[object].mappings[kind])
            return self->objects[object].mappings[kind];
    return 0;
}

static bool condition_holds(const struct mg_condition *condition, const struct mg_call *call)
{
    int64_t value = (int64_t)call->slots[condition->slot];

    if (condition->mask)
        value &= condition->mask;
    return (value == condition->value) != condition->is_negated;
}

static bool conditions_hold(struct mg_range range, const struct mg_call *call)
{
    for (uint32_t c = 0; c < range.count; c++)
        if (!condition_holds(&mg_conditions[range.first + c], call))
            return false;
    return true;
}

static struct check_result check_unknown_token(const struct mg_tracker *self, uint64_t token, uint32_t object)
{
    struct check_result result = {VERDICT_UNDECIDED, 0, MG_NO_RULE, false};

    if (!token || self->config.sees_everything || (object && self->objects[object].is_ours))
        result.verdict = VERDICT_FAILS;
    if (object && self->objects[object].ended_rule != MG_NO_RULE) {
        result.verdict = VERDICT_FAILS;
        result.rule = self->objects[object].ended_rule;
        result.at_end = self->objects[object].ended_early;
    }
    return result;
}

static struct check_result check_token(const struct mg_tracker *self, const struct mg_check *check, uint64_t token, uint32_t object)
{
    struct check_result result = {VERDICT_HOLDS, mg_mapping_find(self, token, check->mask, object), MG_NO_RULE, false};
    const struct mg_mapping *mapping = &self->mappings[result.mapping];

    if (!result.mapping)
        return check_unknown_token(self, token, object);
    if (mapping->is_given_up) {
        result.verdict = VERDICT_UNDECIDED;
    } else if (mapping->state != MG_ENTRY_LIVE) {
        result.verdict = VERDICT_FAILS;
        result.rule = mapping->late_rule;
        result.at_end = mapping->late_rule != MG_NO_RULE && mapping->late_at_end;
    } else if (!(check->mask & MG_BIT(mapping->kind))) {
        result.verdict = VERDICT_FAILS;
    }
    return result;
}

static struct check_result check_token_owner(const struct mg_tracker *self, uint64_t token, uint32_t object)
{
    struct check_result result = {VERDICT_HOLDS, mg_mapping_find(self, token, MG_ANY, object), MG_NO_RULE, false};
    const struct mg_mapping *mapping = &self->mappings[result.mapping];

    if (!result.mapping || !object || !mapping->object || mapping->is_given_up)
        return result;
    if (mapping->object_address != self->objects[object].address)
        result.verdict = VERDICT_FAILS;
    return result;
}

static struct check_result check_run(const struct mg_tracker *self, const struct mg_check *check, const struct mg_call *call,
                                     uint32_t object)
{
    const struct mg_object *o = &self->objects[object];
    uint64_t token = check->slot == MG_NO_SLOT ? 0 : call->slots[check->slot];
    struct check_result result = {VERDICT_HOLDS, 0, MG_NO_RULE, false};

    if (object && ((o->pages & check->if_pages) == 0 || (o->origin & check->if_origin) == 0))
        return result;
    switch (check->kind) {
    case MG_CHECK_DESCRIPTOR: result.verdict = object ? mask_verdict(o->descriptor, check->mask) : VERDICT_UNDECIDED; break;
    case MG_CHECK_PAGES: result.verdict = object ? mask_verdict(o->pages, check->mask) : VERDICT_UNDECIDED; break;
    case MG_CHECK_ORIGIN: result.verdict = object ? mask_verdict(o->origin, check->mask) : VERDICT_UNDECIDED; break;
    case MG_CHECK_NO_MAPPING:
        result.mapping = first_mapping(self, object, check->mask);
        result.verdict = result.mapping && !self->mappings[result.mapping].is_given_up ? VERDICT_FAILS : VERDICT_HOLDS;
        break;
    case MG_CHECK_MAPPING:
        if (!first_mapping(self, object, check->mask))
            result.verdict = object && (o->is_ours || self->config.sees_everything) ? VERDICT_FAILS : VERDICT_UNDECIDED;
        break;
    case MG_CHECK_TOKEN: result = check_token(self, check, token, object); break;
    case MG_CHECK_TOKEN_OWNER: result = check_token_owner(self, token, object); break;
    }
    /* It is not certain that the check is meant for this MDL. */
    if (result.verdict == VERDICT_FAILS && object && ((o->pages & ~check->if_pages) || (o->origin & ~check->if_origin)))
        result.verdict = VERDICT_UNDECIDED;
    return result;
}

static void check_failed(struct mg_tracker *self, const struct mg_check *check, const struct check_result *result, uint32_t object,
                         struct mg_event *now, struct mg_violation *out)
{
    uint32_t owner = object ? object : mg_mapping_object(self, result->mapping);

    now->is_wrong = true;
    object_remember(self, owner, now);
    mg_violation_fill(self, out, owner, result->mapping);
    mg_violation_set_rule(out, result->rule != MG_NO_RULE ? result->rule : check->rule, result->rule != MG_NO_RULE ? NULL : check->message);
    out->now = out->primary = *now;
    if (result->at_end)
        out->primary = result->mapping ? self->mappings[result->mapping].ended : self->objects[object].ended;
    if (result->mapping)
        self->mappings[result->mapping].is_given_up = true;
    mg_object_give_up(self, owner);
    self->stats.violations++;
}

/* The MDL of a slot. NULL and what the tracker has no place for is none. */
static uint32_t call_object(struct mg_tracker *self, const struct mg_routine *routine, uint64_t mdl)
{
    uint32_t index;

    if (!mdl)
        return 0;
    index = mg_object_find(self, mdl);
    if (!index && !routine->only_tracked)
        index = mg_object_adopt(self, mdl);
    mg_object_refresh(self, index);
    return index;
}

/* What could not be decided is taken to hold from here on. */
static void check_narrow(struct mg_tracker *self, const struct mg_check *check, uint32_t object)
{
    struct mg_object *o = &self->objects[object];

    if (!object || (o->pages & ~check->if_pages) || (o->origin & ~check->if_origin))
        return;
    if (check->kind == MG_CHECK_DESCRIPTOR)
        o->descriptor &= check->mask;
    else if (check->kind == MG_CHECK_PAGES)
        o->pages &= check->mask;
    else if (check->kind == MG_CHECK_ORIGIN)
        o->origin &= check->mask;
}

/* True: a requirement failed, and OUT says how. */
static bool run_checks(struct mg_tracker *self, const struct mg_call *call, struct mg_event *now, struct mg_violation *out)
{
    const struct mg_routine *routine = &mg_routines[call->routine];

    for (uint32_t c = 0; c < routine->checks.count; c++) {
        const struct mg_check *check = &mg_checks[routine->checks.first + c];
        uint32_t object = check->subject == MG_NO_SLOT ? 0 : call_object(self, routine, call->slots[check->subject]);
        struct check_result result;

        if (check->subject != MG_NO_SLOT && (!object || self->objects[object].is_given_up))
            continue;
        if (!conditions_hold(check->conditions, call))
            continue;
        result = check_run(self, check, call, object);
        if (result.verdict == VERDICT_UNDECIDED)
            check_narrow(self, check, object);
        if (result.verdict != VERDICT_FAILS)
            continue;
        check_failed(self, check, &result, object, now, out);
        return true;
    }
    return false;
}

/* ---- effects ---- */

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

    if (!mg_tracker_look(self, self->objects[object].address, &view) || !view.next)
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

static void effect_map(struct mg_tracker *self, const struct mg_effect *effect, const struct mg_call *call, uint32_t object,
                       const struct mg_event *now)
{
    uint64_t token = call->slots[effect->slot], alias = effect->other == MG_NO_SLOT ? 0 : call->slots[effect->other];
    uint32_t index = token ? mg_mapping_find(self, token, MG_BIT(effect->value), object) : 0;
    struct mg_view view;

    if (!token || (index && effect->is_idempotent && self->mappings[index].state == MG_ENTRY_LIVE))
        return;
    index = mg_mapping_add(self, token, alias, object, effect->value);
    if (!index)
        return;
    self->mappings[index].is_explicit = effect->is_explicit;
    self->mappings[index].made = *now;
    if (object) {
        self->objects[object].ended_rule = MG_NO_RULE;
        if (mg_tracker_look(self, self->objects[object].address, &view))
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

static void effect_end(struct mg_tracker *self, const struct mg_effect *effect, uint32_t object, const struct mg_event *now)
{
    struct mg_object *o = &self->objects[object];

    for (uint32_t kind = 0; kind < MG_MAPPING_KINDS; kind++)
        while ((effect->mask & MG_BIT(kind)) && o->mappings[kind])
            end_mapping(self, effect, o->mappings[kind], now);
    if (effect->late_rule != MG_NO_RULE && (effect->mask & MG_BIT(MG_MAPPING_SYSTEM))) {
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
        target = !value ? 0 : effect->kind == MG_EFFECT_NEW ? mg_object_renew(self, value) : mg_object_adopt(self, value);
        effect_new(self, effect, target, now);
        return target;
    }
    if (effect->kind == MG_EFFECT_MAP) {
        effect_map(self, effect, call, object, now);
        return object;
    }
    if (effect->kind == MG_EFFECT_UNMAP_TOKEN) {
        mapping = value ? mg_mapping_find(self, value, MG_ANY, object) : 0;
        if (mapping) {
            object = object ? object : mg_mapping_object(self, mapping);
            end_mapping(self, effect, mapping, now);
        }
        return object;
    }
    if (value)
        target = mg_object_find(self, value);
    else if (effect->kind == MG_EFFECT_END)
        target = object;
    if (!target || !(self->objects[target].pages & effect->if_pages) || !(self->objects[target].origin & effect->if_origin))
        return object;
    if (effect->kind == MG_EFFECT_ESCAPE)
        effect_escape(self, target);
    else if (effect->kind == MG_EFFECT_END)
        effect_end(self, effect, target, now);
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
    case MG_RESULT_RAISES: return false;
    }
    return false;
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
                       first_mapping(self, object, outcome->if_no_mapping)))
            continue;
        if (conditions_hold(outcome->conditions, call))
            return outcome;
    }
    return NULL;
}

static void apply_outcome(struct mg_tracker *self, const struct mg_call *call, int64_t result, struct mg_event *now)
{
    const struct mg_routine *routine = &mg_routines[call->routine];
    uint32_t object = routine->has_mdl && call->slots[0] ? mg_object_find(self, call->slots[0]) : 0;
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
        object_remember(self, object, now);
}

/* ---- calls ---- */

static bool is_off(struct mg_tracker *self, const struct mg_call *call)
{
    const struct mg_routine *routine = &mg_routines[call->routine];
    uint32_t object;

    if (!routine->has_mdl)
        return false;
    object = call_object(self, routine, call->slots[0]);
    return !object || self->objects[object].is_given_up;
}

void mg_tracker_enter(struct mg_tracker *self, struct mg_call *call)
{
    uint64_t state = tracker_lock(self);
    struct mg_event now = make_event(self, &call->site, call->routine);
    struct mg_violation violation;
    bool is_violated = false;

    call->is_off = is_off(self, call);
    if (!call->is_off) {
        is_violated = run_checks(self, call, &now, &violation);
        call->is_off = is_violated;
        if (!is_violated && mg_routines[call->routine].is_early)
            apply_outcome(self, call, 0, &now);
    }
    if (call->is_off || mg_routines[call->routine].is_early)
        tracker_commit(self);
    tracker_unlock(self, state);
    if (is_violated && self->config.report)
        self->config.report(self->config.context, &violation);
}

void mg_tracker_leave(struct mg_tracker *self, struct mg_call *call, int64_t result)
{
    uint64_t state;
    struct mg_event now;

    if (call->is_off || mg_routines[call->routine].is_early)
        return;
    state = tracker_lock(self);
    now = make_event(self, &call->site, call->routine);
    apply_outcome(self, call, result, &now);
    tracker_commit(self);
    tracker_unlock(self, state);
}

void mg_tracker_forget(struct mg_tracker *self, uint64_t mdl)
{
    uint64_t state = tracker_lock(self);
    uint32_t object = mg_object_find(self, mdl);

    if (object)
        mg_object_drop(self, object);
    tracker_unlock(self, state);
}

bool mg_tracker_owns(struct mg_tracker *self, uint64_t mdl)
{
    uint64_t state = tracker_lock(self);
    uint32_t object = mg_object_find(self, mdl);
    bool owns = object && self->objects[object].is_ours && self->objects[object].state == MG_ENTRY_LIVE;

    tracker_unlock(self, state);
    return owns;
}

bool mg_tracker_is_freed(struct mg_tracker *self, uint64_t mdl)
{
    uint64_t state = tracker_lock(self);
    uint32_t object = mg_object_find(self, mdl);
    bool is_freed = object && self->objects[object].state == MG_ENTRY_PAST;

    tracker_unlock(self, state);
    return is_freed;
}

void mg_tracker_stats(struct mg_tracker *self, struct mg_stats *out)
{
    uint64_t state = tracker_lock(self);

    *out = self->stats;
    tracker_unlock(self, state);
}

/* ---- faults ---- */

/* The mapping that ended last of those in which ADDRESS lay. */
static uint32_t find_past_mapping(const struct mg_tracker *self, uint64_t address)
{
    uint32_t best = 0;

    for (uint32_t m = 1; m <= self->config.mapping_capacity; m++) {
        const struct mg_mapping *mapping = &self->mappings[m];

        if (mapping->state == MG_ENTRY_PAST && address >= mapping->token && address - mapping->token < mapping->bytes &&
            (!best || mapping->ended.sequence > self->mappings[best].ended.sequence))
            best = m;
    }
    return best;
}

static uint32_t find_past_object(const struct mg_tracker *self, uint64_t address, uint32_t bytes)
{
    for (uint32_t o = 1; o <= self->config.object_capacity; o++)
        if (self->objects[o].state == MG_ENTRY_PAST && address >= self->objects[o].address &&
            address - self->objects[o].address < bytes)
            return o;
    return 0;
}

/* True: OUT is a violation. *IS_KNOWN: ADDRESS means something, though it may be one of a thing that is given up. */
static bool explain_fault(struct mg_tracker *self, uint64_t address, uint32_t mdl_bytes, struct mg_violation *out, bool *is_known)
{
    uint32_t mapping = find_past_mapping(self, address), object = mapping ? 0 : find_past_object(self, address, mdl_bytes);
    bool is_given_up = false;
    uint16_t rule = MG_NO_RULE;

    if (mapping) {
        object = mg_mapping_object(self, mapping);
        is_given_up = self->mappings[mapping].is_given_up;
        self->mappings[mapping].is_given_up = true;
        rule = mg_rule_use_after_unmap;
    } else if (object) {
        is_given_up = self->objects[object].is_given_up;
        rule = mg_rule_use_after_free;
    } else if (address < NULL_PAGE && self->unchecked_rule != MG_NO_RULE) {
        object = self->unchecked_object ? mg_object_find(self, self->unchecked_object) : 0;
        is_given_up = object && self->objects[object].is_given_up;
        rule = self->unchecked_rule;
    }
    *is_known = rule != MG_NO_RULE;
    if (!*is_known || is_given_up)
        return false;
    mg_violation_fill(self, out, object, mapping);
    mg_violation_set_rule(out, rule, NULL);
    if (address < NULL_PAGE)
        out->made = self->unchecked;
    mg_object_give_up(self, object);
    return true;
}

bool mg_tracker_fault(struct mg_tracker *self, uint64_t address, const struct mg_site *site, uint32_t mdl_bytes)
{
    uint64_t state = tracker_lock(self);
    struct mg_violation violation;
    bool is_known;
    bool is_violated = explain_fault(self, address, mdl_bytes, &violation, &is_known);

    if (is_violated) {
        violation.primary = make_event(self, site, MG_NO_RULE);
        tracker_commit(self);
        violation.primary.says = "touched here";
        if (!violation.token)
            violation.token = address;
        self->stats.violations++;
    }
    tracker_unlock(self, state);
    if (is_violated && self->config.report)
        self->config.report(self->config.context, &violation);
    return is_known;
}
