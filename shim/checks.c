/*
 * checks.c - what a call requires of the MDLs and mappings that it names. The lock is held.
 */
#include "tracker_int.h"

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

static bool condition_holds(const struct mg_condition *condition, const struct mg_call *call)
{
    int64_t value = (int64_t)call->slots[condition->slot];

    if (condition->mask)
        value &= condition->mask;
    return (value == condition->value) != condition->is_negated;
}

bool mg_conditions_hold(struct mg_range range, const struct mg_call *call)
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

static struct check_result check_token(const struct mg_tracker *self, const struct mg_check *check, struct mg_token token, uint32_t object)
{
    struct check_result result = {VERDICT_HOLDS, mg_mapping_find(self, token, check->mask, object), MG_NO_RULE, false};
    const struct mg_mapping *mapping = &self->mappings[result.mapping];

    if (!result.mapping)
        return check_unknown_token(self, token.value, object);
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

static struct check_result check_token_owner(const struct mg_tracker *self, struct mg_token token, uint32_t object)
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
    struct mg_token token = {check->slot == MG_NO_SLOT ? 0 : call->slots[check->slot], call->scope};
    struct check_result result = {VERDICT_HOLDS, 0, MG_NO_RULE, false};

    if (object && ((o->pages & check->if_pages) == 0 || (o->origin & check->if_origin) == 0))
        return result;
    switch (check->kind) {
    case MG_CHECK_DESCRIPTOR: result.verdict = object ? mask_verdict(o->descriptor, check->mask) : VERDICT_UNDECIDED; break;
    case MG_CHECK_PAGES: result.verdict = object ? mask_verdict(o->pages, check->mask) : VERDICT_UNDECIDED; break;
    case MG_CHECK_ORIGIN: result.verdict = object ? mask_verdict(o->origin, check->mask) : VERDICT_UNDECIDED; break;
    case MG_CHECK_NO_MAPPING:
        result.mapping = mg_object_mapping(self, object, check->mask);
        result.verdict = result.mapping && !self->mappings[result.mapping].is_given_up ? VERDICT_FAILS : VERDICT_HOLDS;
        break;
    case MG_CHECK_MAPPING:
        if (!mg_object_mapping(self, object, check->mask))
            result.verdict = object && (o->is_ours || self->config.sees_everything) ? VERDICT_FAILS : VERDICT_UNDECIDED;
        break;
    case MG_CHECK_TOKEN:
        if (token.value || !check->allows_null)
            result = check_token(self, check, token, object);
        break;
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
    mg_object_remember(self, owner, now);
    mg_violation_fill(self, out, owner, result->mapping);
    mg_violation_set_rule(out, result->rule != MG_NO_RULE ? result->rule : check->rule, result->rule != MG_NO_RULE ? NULL : check->message);
    out->now = out->primary = *now;
    if (result->at_end)
        out->primary = result->mapping ? self->mappings[result->mapping].ended : self->objects[object].ended;
    if (result->mapping)
        self->mappings[result->mapping].is_given_up = true;
    mg_object_give_up(self, owner);
    mg_violation_count(self, out);
}

/* The MDL of a slot. NULL and what the tracker has no place for is none. */
uint32_t mg_call_object(struct mg_tracker *self, const struct mg_call *call, uint64_t mdl)
{
    const struct mg_routine *routine = &mg_routines[call->routine];
    uint32_t index;

    if (!mdl)
        return 0;
    if (routine->is_by_token)
        return mg_mapping_object(self, mg_mapping_find(self, (struct mg_token){mdl, call->scope}, MG_ANY, 0));
    index = mg_object_find(self, mdl);
    /* The memory of a handle that is gone may be somebody's MDL by now; nothing keeps it. */
    if (index && self->objects[index].state == MG_ENTRY_PAST && self->objects[index].is_handle && !call->is_handle)
        index = 0;
    if (!index && !routine->only_tracked)
        index = mg_object_adopt(self, mdl, call->is_handle);
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
bool mg_checks_run(struct mg_tracker *self, const struct mg_call *call, struct mg_event *now, struct mg_violation *out)
{
    const struct mg_routine *routine = &mg_routines[call->routine];

    for (uint32_t c = 0; c < routine->checks.count; c++) {
        const struct mg_check *check = &mg_checks[routine->checks.first + c];
        uint32_t object = check->subject == MG_NO_SLOT ? 0 : mg_call_object(self, call, call->slots[check->subject]);
        struct check_result result;

        if (check->subject != MG_NO_SLOT && (!object || self->objects[object].is_given_up))
            continue;
        if (!mg_conditions_hold(check->conditions, call))
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
