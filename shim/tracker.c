/*
 * tracker.c - the calls of a driver, one by one, as the tables say. See tracker.h for how it is used and what it promises.
 *
 * The order is the analyzer's (engine/protocol.c): checks as they are listed (checks.c), the first that fails speaks, the call then has no effect; else
 * the first outcome that fits the result, its effects in order (effects.c). States are masks of what may be, so that an MDL of somebody else's fails
 * nothing that it might fulfil.
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
    if (!config->is_zeroed)
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

/* ---- calls ---- */

static bool is_off(struct mg_tracker *self, const struct mg_call *call)
{
    const struct mg_routine *routine = &mg_routines[call->routine];
    uint32_t object;

    if (!routine->has_mdl)
        return false;
    object = mg_call_object(self, call, call->slots[0]);
    if (!object)
        return !routine->is_by_token; /* whose token it is may not be known */
    return self->objects[object].is_given_up;
}

void mg_tracker_enter(struct mg_tracker *self, struct mg_call *call)
{
    uint64_t state = tracker_lock(self);
    struct mg_event now = make_event(self, &call->site, call->routine);
    struct mg_violation violation;
    bool is_violated = false;

    call->is_off = is_off(self, call);
    if (!call->is_off) {
        is_violated = mg_checks_run(self, call, &now, &violation);
        call->is_off = is_violated;
        if (!is_violated && mg_routines[call->routine].is_early)
            mg_outcome_apply(self, call, 0, &now);
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

    if (mg_routines[call->routine].is_early)
        return;
    state = tracker_lock(self);
    now = make_event(self, &call->site, call->routine);
    if (call->is_lost) {
        self->stats.lost_mappings += (int32_t)result >= 0;
        tracker_commit(self);
    } else if (call->is_off) {
        mg_outcome_note_tokens(self, call, result, &now);
    } else {
        mg_outcome_apply(self, call, result, &now);
        tracker_commit(self);
    }
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

void mg_tracker_lend(struct mg_tracker *self, uint64_t mdl)
{
    uint64_t state = tracker_lock(self);
    uint32_t object = mg_object_adopt(self, mdl, false);

    if (object)
        self->objects[object].descriptor = MG_BIT(MG_DESCRIPTOR_BORROWED);
    tracker_unlock(self, state);
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

    for (uint32_t m = 1; m < self->mapping_fresh; m++) {
        const struct mg_mapping *mapping = &self->mappings[m];

        if (mapping->state == MG_ENTRY_PAST && address >= mapping->token && address - mapping->token < mapping->bytes &&
            (!best || mapping->ended.sequence > self->mappings[best].ended.sequence))
            best = m;
    }
    return best;
}

static uint32_t find_past_object(const struct mg_tracker *self, uint64_t address, uint32_t bytes)
{
    for (uint32_t o = 1; o < self->object_fresh; o++)
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
        rule = mg_rule_use_after_unmap_of[self->mappings[mapping].kind];
        rule = rule != MG_NO_RULE ? rule : mg_rule_use_after_unmap;
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
        mg_violation_count(self, &violation);
    }
    tracker_unlock(self, state);
    if (is_violated && self->config.report)
        self->config.report(self->config.context, &violation);
    return is_known;
}
