/*
 * protocol.c - checks and effects of pack routines on typestates. See protocol.h.
 */
#include "engine/protocol.h"

#include <string.h>

#include "engine/report.h"

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

bool protocol_is_idle(const struct step *event)
{
    return event->kind == STEP_EVENT && event->outcome->effects.count == 0 && event->routine->checks.count == 0 &&
           !event->routine->has_mdl;
}

/* ---- checks ---- */

enum verdict { VERDICT_HOLDS, VERDICT_FAILS, VERDICT_UNDECIDED };

static enum verdict mask_verdict(uint32_t possible, uint32_t allowed)
{
    if ((possible & allowed) == 0)
        return VERDICT_FAILS;
    return (possible & ~allowed) == 0 ? VERDICT_HOLDS : VERDICT_UNDECIDED;
}

/* The token that stands for "a mapping of OBJECT's was ended by itself", when its real token is not known. */
static value_id ended_token(struct analysis *an, value_id object)
{
    return value_flags(&an->values, IR_NONE, object, -1);
}

/* The token of a mapping of OBJECT's that has none to be seen; one for each kind. */
static value_id unseen_token(struct analysis *an, value_id object, uint32_t kind)
{
    return value_flags(&an->values, IR_NONE, object, -2 - (int64_t)kind);
}

/* The object that ROUTINE speaks of in a call with VALUES; 0: none that is known. */
static value_id routine_object(const struct state *state, const struct ruleset_routine *routine, const value_id *values)
{
    struct mapping mapping;

    if (!routine->is_by_token)
        return values[0];
    return values[0] && state_mapping(state, values[0], &mapping) && mapping.object ? mapping.object : 0;
}

struct check_result {
    enum verdict verdict;
    value_id token;                 /* the mapping that the failure speaks of */
    const struct ruleset_rule *rule; /* overrides the check's */
    bool at_end;                    /* report at the event that ended the mapping */
};

static struct check_result check_no_mapping(struct analysis *an, struct state *state, const struct ruleset_check *check,
                                            value_id object)
{
    struct check_result result = {VERDICT_HOLDS, 0, NULL, false};
    value_id token = state_find_mapping(an, state, object, check->mask);
    struct mapping mapping;

    if (!token)
        return result;
    state_mapping(state, token, &mapping);
    result.verdict = mapping.is_given_up ? VERDICT_UNDECIDED : VERDICT_FAILS;
    result.token = token;
    return result;
}

static bool is_uninitialized(const struct analysis *an, value_id value)
{
    const struct value *v = value_get(&an->values, value);
    const struct region *root;

    if (v->kind != VALUE_ENTRY)
        return false;
    root = region_get(&an->values, region_root(&an->values, v->region));
    return root->kind == REGION_LOCAL && root->id >= an->function->param_count;
}

/* Is TOKEN the NULL of a mapping that may have failed only because the caller's object may not have been mapped before? */
static bool is_null_by_guess(const struct analysis *an, const struct state *state, value_id token, value_id object)
{
    return pmap_find(state->unchecked, token) && object && !state_object(an, state, object).is_ours;
}

static struct check_result check_unknown_token(struct analysis *an, struct state *state, const struct ruleset_check *check,
                                               value_id token, value_id object)
{
    struct check_result result = {VERDICT_UNDECIDED, token, NULL, false};
    struct mapping ended;

    if ((facts_is_zero(&an->facts, state->facts, token) && !is_null_by_guess(an, state, token, object)) || is_uninitialized(an, token))
        result.verdict = VERDICT_FAILS;
    else if (object && state_mapping(state, ended_token(an, object), &ended) && !ended.is_given_up &&
        (RULESET_BIT(ended.kind) & check->mask)) {
        result.verdict = VERDICT_FAILS;
        result.token = ended_token(an, object);
        result.rule = ended.late_rule == MAPPING_NO_RULE ? NULL : &an->rules->rules.items[ended.late_rule];
        result.at_end = ended.late_at_end;
    }
    return result;
}

static struct check_result check_token(struct analysis *an, struct state *state, const struct ruleset_check *check,
                                       value_id token, value_id object)
{
    struct check_result result = {VERDICT_HOLDS, token, NULL, false};
    struct mapping mapping;

    if (check->allows_null && facts_is_zero(&an->facts, state->facts, token))
        return result;
    if (!state_mapping(state, token, &mapping))
        return check_unknown_token(an, state, check, token, object);
    if (mapping.is_given_up)
        result.verdict = VERDICT_UNDECIDED;
    else if (mapping.is_invalid || !(RULESET_BIT(mapping.kind) & check->mask))
        result.verdict = VERDICT_FAILS;
    else if (!mapping.is_live) {
        result.verdict = VERDICT_FAILS;
        if (mapping.late_rule != MAPPING_NO_RULE) {
            result.rule = &an->rules->rules.items[mapping.late_rule];
            result.at_end = mapping.late_at_end;
        }
    }
    return result;
}

/* Two parameters, or two members of the same object, are not meant to be the same MDL. */
static bool are_siblings(const struct analysis *an, value_id a, value_id b)
{
    const struct value *x = value_get(&an->values, a), *y = value_get(&an->values, b);
    region_id p, q;

    if (x->kind != VALUE_ENTRY || y->kind != VALUE_ENTRY)
        return false;
    p = region_root(&an->values, x->region);
    q = region_root(&an->values, y->region);
    return p == q || (region_get(&an->values, p)->kind == REGION_LOCAL && region_get(&an->values, q)->kind == REGION_LOCAL &&
                      p == x->region && q == y->region);
}

static struct check_result check_token_owner(struct analysis *an, struct state *state, value_id token, value_id object)
{
    struct check_result result = {VERDICT_HOLDS, token, NULL, false};
    struct mapping mapping;
    struct object owner, given;

    if (!object || !state_mapping(state, token, &mapping) || mapping.object == object || !mapping.object)
        return result;
    owner = state_object(an, state, mapping.object);
    given = state_object(an, state, object);
    result.verdict = !mapping.is_given_up && (owner.is_ours || given.is_ours || are_siblings(an, mapping.object, object))
                         ? VERDICT_FAILS
                         : VERDICT_UNDECIDED;
    return result;
}

/* Would RESULT be another one had another outcome been followed for an object of the caller's? Callers know which one it was. */
static bool depends_on_guess(const struct state *state, const struct ruleset_check *check, const struct check_result *result)
{
    struct mapping mapping;

    switch (check->kind) {
    case RULESET_CHECK_PAGES:
    case RULESET_CHECK_ORIGIN: return true;
    case RULESET_CHECK_TOKEN: return result->token && state_mapping(state, result->token, &mapping) && mapping.is_invalid;
    default: return false;
    }
}

static struct check_result check_run(struct analysis *an, struct state *state, const struct ruleset_check *check,
                                     value_id path, value_id subject)
{
    struct object object = state_object(an, state, subject);
    struct check_result result = {VERDICT_HOLDS, 0, NULL, false};

    if (subject && (mask_verdict(object.pages, check->if_pages) == VERDICT_FAILS ||
                    mask_verdict(object.origin, check->if_origin) == VERDICT_FAILS))
        return result;
    switch (check->kind) {
    case RULESET_CHECK_DESCRIPTOR: result.verdict = mask_verdict(object.descriptor, check->mask); break;
    case RULESET_CHECK_PAGES: result.verdict = mask_verdict(object.pages, check->mask); break;
    case RULESET_CHECK_ORIGIN: result.verdict = mask_verdict(object.origin, check->mask); break;
    case RULESET_CHECK_NO_MAPPING: result = check_no_mapping(an, state, check, subject); break;
    case RULESET_CHECK_MAPPING:
        if (!state_find_mapping(an, state, subject, check->mask))
            result.verdict = object.is_ours ? VERDICT_FAILS : VERDICT_UNDECIDED;
        break;
    case RULESET_CHECK_TOKEN: result = check_token(an, state, check, path, subject); break;
    case RULESET_CHECK_TOKEN_OWNER: result = check_token_owner(an, state, path, subject); break;
    case RULESET_CHECK_HANDLER: break; /* check_handler() */
    }
    if (result.verdict == VERDICT_FAILS && (mask_verdict(object.pages, check->if_pages) != VERDICT_HOLDS ||
                                            mask_verdict(object.origin, check->if_origin) != VERDICT_HOLDS) && subject)
        result.verdict = VERDICT_UNDECIDED;
    if (result.verdict == VERDICT_FAILS && subject && object.is_guessed && depends_on_guess(state, check, &result))
        result.verdict = VERDICT_UNDECIDED;
    return result;
}

/* An undecided check is taken to hold from here on; the caller decides it again with what it knows. */
static void check_narrow(struct analysis *an, struct state *state, const struct ruleset_check *check, value_id subject)
{
    struct object object = state_object(an, state, subject);

    if (mask_verdict(object.pages, check->if_pages) != VERDICT_HOLDS ||
        mask_verdict(object.origin, check->if_origin) != VERDICT_HOLDS)
        return;
    if (check->kind == RULESET_CHECK_DESCRIPTOR)
        object.descriptor &= check->mask;
    else if (check->kind == RULESET_CHECK_PAGES && (object.pages & check->mask)) {
        object.is_assumed |= !object.is_ours && (object.pages & ~check->mask);
        object.pages &= check->mask;
    } else if (check->kind == RULESET_CHECK_ORIGIN && (object.origin & check->mask))
        object.origin &= check->mask;
    else
        return;
    state_set_object(an, state, subject, &object);
}

static void push_step(struct analysis *an, struct state *state, enum step_kind kind, value_id object,
                      const struct event_site *site)
{
    struct step step = {.kind = kind, .loc = site->loc, .function = site->function, .depth = site->depth, .object = object};

    state_record(an, state, &step);
}

/* The event that failed, so that the path ends in it even when it stands in a callee. */
static void push_failed_event(struct analysis *an, struct state *state, const struct ruleset_routine *routine, value_id object,
                              value_id token, const struct event_site *site)
{
    struct step step = {.kind = STEP_GIVE_UP, .loc = site->loc, .function = site->function, .depth = site->depth,
                        .routine = routine, .object = object, .result = token};

    for (uint32_t o = 0; o < routine->outcomes.count && !step.text; o++)
        step.text = routine->outcomes.items[o].says;
    state_record(an, state, &step);
}

static void check_failed(struct analysis *an, struct state *state, const struct ruleset_routine *routine,
                         const struct ruleset_check *check, const struct check_result *result, value_id subject,
                         const struct event_site *site)
{
    struct violation violation = {.rule = result->rule ? result->rule : check->rule, .message = result->rule ? NULL : check->message,
                                  .object = subject, .token = result->token, .loc = an->loc, .exit_loc = IR_NONE,
                                  .routine = routine, .check = check};
    const struct step *end = NULL;
    struct mapping mapping;

    if (violation.rule == an->rules->use_after_free)
        violation.rule = eval_use_after_free_rule(an, state_object(an, state, subject).origin);
    if (result->at_end) {
        end = report_find_token(state, result->token, RULESET_EFFECT_END);
        if (!end && subject)
            end = report_find_event(state, subject, RULESET_EFFECT_END, RULESET_ANY);
    }
    push_failed_event(an, state, routine, subject, result->token, site);
    if (end)
        violation.loc = report_project(state, end);
    if (!subject && state_mapping(state, result->token, &mapping))
        violation.object = mapping.object;
    report_violation(an, state, &violation);
    if (violation.object)
        typestate_give_up(an, state, violation.object);
    if (state_mapping(state, result->token, &mapping)) {
        mapping.is_given_up = true;
        state_set_mapping(an, state, result->token, &mapping);
    }
}

static bool is_null_object(struct analysis *an, const struct state *state, value_id object)
{
    return object && facts_is_zero(&an->facts, state->facts, object);
}

/* Is VALUE something of the caller's that is declared as a pointer to an object? */
static bool is_callers_object(const struct analysis *an, value_id value)
{
    const struct value *v = value_get(&an->values, value);
    const struct ir_type *types = an->program->types.items;
    ir_id record;

    if (v->kind != VALUE_ENTRY || v->type == IR_NONE || types[v->type].kind != IR_TYPE_POINTER || types[v->type].target == IR_NONE)
        return false;
    record = types[types[v->type].target].record;
    return types[types[v->type].target].kind == IR_TYPE_RECORD && record != IR_NONE &&
           ruleset_is_object(an->rules, an->program->records.items[record].name);
}

static bool is_skipped(struct analysis *an, const struct state *state, const struct ruleset_routine *routine, value_id object)
{
    if (!routine->has_mdl)
        return false;
    if (is_null_object(an, state, object))
        return true;
    return (routine->only_tracked && !state_is_tracked(state, object) && !is_callers_object(an, object)) ||
           state_object(an, state, object).is_given_up;
}

/* Speaks of the place of the call, and so is decided where the call stands. */
static void check_handler(struct analysis *an, const struct state *state, const struct ruleset_check *check, value_id subject,
                          const struct event_site *site)
{
    struct violation violation = {.rule = check->rule, .message = check->message, .object = subject, .loc = an->loc,
                                  .last = "may raise an exception, which nothing catches", .exit_loc = IR_NONE};

    /* Whoever cleans up in a __finally knows that it raises, and leaves the rest to a caller. */
    if (site->depth == 0 && an->handler == IR_NONE && an->engine->exposed[an->function_id])
        report_violation(an, state, &violation);
}

/* Is TOKEN not NULL, and something that other code left somewhere, not OBJECT's own member? Where it is not NULL there is a mapping that was not
 * seen: a path that knows of none is one on which it is NULL, whoever wrote it. */
static bool is_tested_token(const struct analysis *an, const struct state *state, value_id token, value_id object)
{
    const struct value *v = value_get(&an->values, token);
    const struct region *root = v->kind == VALUE_ENTRY ? region_get(&an->values, region_root(&an->values, v->region)) : NULL;
    struct mapping mapping;

    if (v->kind != VALUE_FRESH && (!root || root->kind != REGION_TARGET || root->value == object))
        return false;
    return !state_mapping(state, token, &mapping) && facts_truth(&an->facts, state->facts, token) == TRUTH_TRUE;
}

static bool has_tested_token(const struct analysis *an, const struct state *state, const struct ruleset_routine *routine, const value_id *values)
{
    for (uint32_t c = 0; c < routine->checks.count; c++) {
        value_id token = values[protocol_check_slot(c)];

        if (routine->checks.items[c].kind == RULESET_CHECK_TOKEN && token && is_tested_token(an, state, token, values[0]))
            return true;
    }
    return false;
}

value_id protocol_unchecked_null(const struct analysis *an, const struct state *state, const struct ruleset_routine *routine,
                                 const value_id *values)
{
    if (has_tested_token(an, state, routine, values))
        return 0;
    for (uint32_t c = 0; c < routine->checks.count; c++) {
        const struct ruleset_check *check = &routine->checks.items[c];
        value_id subject = check->has_subject ? values[protocol_check_slot(c) + 1] : routine->is_by_token ? 0 : values[0];

        if (check->has_subject && check->subject.step_count > 0)
            continue; /* a member of what is given: it may be NULL */
        if (check->kind == RULESET_CHECK_DESCRIPTOR && subject && pmap_find(state->unchecked, subject) &&
            facts_is_zero(&an->facts, state->facts, subject))
            return subject;
    }
    return 0;
}

bool protocol_check(struct analysis *an, struct state *state, const struct ruleset_routine *routine, uint64_t checks,
                    const value_id *values, const struct event_site *site)
{
    value_id object = routine_object(state, routine, values);

    if (is_skipped(an, state, routine, object))
        return true;
    for (uint32_t c = 0; c < routine->checks.count; c++) {
        const struct ruleset_check *check = &routine->checks.items[c];
        const value_id *slot = values + protocol_check_slot(c);
        value_id subject = check->has_subject ? slot[1] : object;
        struct check_result result;

        if (c < 64 && !((checks >> c) & 1))
            continue;
        if (is_null_object(an, state, subject) || (subject && state_object(an, state, subject).is_given_up))
            continue;
        if (check->kind == RULESET_CHECK_HANDLER) {
            check_handler(an, state, check, subject, site);
            continue;
        }
        result = check_run(an, state, check, slot[0], subject);
        if (check->kind == RULESET_CHECK_MAPPING && result.verdict == VERDICT_FAILS && has_tested_token(an, state, routine, values))
            result.verdict = VERDICT_UNDECIDED;
        if (result.verdict == VERDICT_FAILS) {
            check_failed(an, state, routine, check, &result, subject, site);
            return false;
        }
        if (result.verdict == VERDICT_UNDECIDED && subject)
            check_narrow(an, state, check, subject);
    }
    return true;
}

/* ---- outcomes ---- */

bool protocol_outcome_possible(struct analysis *an, struct state *state, const struct ruleset_routine *routine,
                               const struct ruleset_outcome *outcome, const value_id *values)
{
    value_id subject = routine_object(state, routine, values);
    struct object object;

    if (!routine->has_mdl ||
        (outcome->if_pages == RULESET_ANY && outcome->if_origin == RULESET_ANY && !outcome->if_no_mapping))
        return true;
    if (!subject || is_null_object(an, state, subject))
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

    if (state_mapping(state, token, &old) && old.is_live && effect->is_idempotent)
        return;
    state_set_mapping(an, state, token, &mapping);
    /* No mapping is called NULL: drivers test their handles for it. A number may be 0. */
    if (effect->has_path && value_get(&an->values, token)->kind != VALUE_INT)
        (void)eval_assume(an, state, token, true);
    if (object)
        state->mappings = pmap_remove(state->mappings, an->arena, ended_token(an, object));
}

static void end_mapping(struct analysis *an, struct state *state, const struct ruleset_effect *effect, value_id token,
                        struct mapping mapping)
{
    mapping.is_live = false;
    mapping.late_rule = rule_index(an, effect->late_rule);
    mapping.late_at_end = effect->late_at_end;
    state_set_mapping(an, state, token, &mapping);
}

/* An address that we lost sight of is unmapped: it can only be that of a mapping that the object has. */
static void end_unnamed(struct analysis *an, struct state *state, const struct ruleset_effect *effect, value_id object)
{
    value_id token = state_find_mapping(an, state, object, RULESET_ANY);
    struct mapping mapping;

    if (token && state_mapping(state, token, &mapping))
        end_mapping(an, state, effect, token, mapping);
}

/* Something of KINDS is unmapped whose token a callback got: it may be any of those whose token was not seen. */
static void give_up_unseen(struct analysis *an, struct state *state, uint32_t kinds)
{
    const struct pmap *old = state->mappings;
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, old);
    while ((entry = pmap_iter_next(&iter))) {
        struct mapping mapping;

        if (!state_mapping(state, entry->key, &mapping) || !(RULESET_BIT(mapping.kind) & kinds) ||
            entry->key != unseen_token(an, mapping.object, mapping.kind))
            continue;
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
        end_mapping(an, state, effect, ended_token(an, object), ended);
}

static void effect_invalid(struct analysis *an, struct state *state, value_id token, value_id object)
{
    struct mapping mapping = {.object = object, .is_invalid = true, .late_rule = MAPPING_NO_RULE};

    if (!facts_is_zero(&an->facts, state->facts, token))
        state_set_mapping(an, state, token, &mapping);
}

static void effect_apply(struct analysis *an, struct state *state, const struct ruleset_effect *effect, value_id path,
                         value_id other, value_id object)
{
    value_id target = effect->has_path && path ? path : object;
    struct object current = state_object(an, state, target);

    if (target && (effect->kind == RULESET_EFFECT_SET_DESCRIPTOR || effect->kind == RULESET_EFFECT_SET_PAGES ||
                   effect->kind == RULESET_EFFECT_SET_ORIGIN || effect->kind == RULESET_EFFECT_END ||
                   effect->kind == RULESET_EFFECT_UNMAP) &&
        (!(current.pages & effect->if_pages) || !(current.origin & effect->if_origin)))
        return;
    switch (effect->kind) {
    case RULESET_EFFECT_NEW:
    case RULESET_EFFECT_BORROW:
        if (path)
            effect_new(an, state, effect, path);
        break;
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
            effect_map(an, state, effect, unseen_token(an, object, effect->value), object);
        if (effect->has_other && other)
            effect_map(an, state, effect, other, object);
        break;
    case RULESET_EFFECT_UNMAP_TOKEN:
        if (path)
            effect_unmap_token(an, state, effect, path, object);
        break;
    case RULESET_EFFECT_END:
    case RULESET_EFFECT_UNMAP:
        if (object)
            effect_end(an, state, effect, object);
        else if (effect->kind == RULESET_EFFECT_UNMAP)
            give_up_unseen(an, state, effect->mask);
        break;
    case RULESET_EFFECT_LINK:
        if (path && other != path)
            state_escape(an, state, path); /* where it was put cannot be followed */
        break;
    case RULESET_EFFECT_ESCAPE:
        if (path && state_is_tracked(state, path))
            typestate_escape_value(an, state, path); /* one that this outcome made is an object only now */
        break;
    case RULESET_EFFECT_SIZED:
        if (path)
            typestate_sized(an, state, path);
        break;
    case RULESET_EFFECT_DROP:
        if (path)
            typestate_drop(an, state, path);
        break;
    case RULESET_EFFECT_INVALID:
        if (path)
            effect_invalid(an, state, path, object);
        break;
    case RULESET_EFFECT_WRITE:
    case RULESET_EFFECT_NULL:
    case RULESET_EFFECT_ZERO:
    case RULESET_EFFECT_COPY:
    case RULESET_EFFECT_ASSIGN:
    case RULESET_EFFECT_USE:
    case RULESET_EFFECT_NEW_MEMORY:
    case RULESET_EFFECT_FREE_MEMORY:
    case RULESET_EFFECT_MAY_FAULT: break; /* memory: routine.c */
    }
}

/* The object that an event is about: the routine's MDL, the one it makes, or the one whose mapping it names. */
static value_id event_object(const struct state *state, const struct ruleset_routine *routine,
                             const struct ruleset_outcome *outcome, const value_id *values)
{
    value_id object = routine_object(state, routine, values);

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

void protocol_apply(struct analysis *an, struct state *state, const struct step *event)
{
    const struct ruleset_routine *routine = event->routine;
    const struct ruleset_outcome *outcome = event->outcome;
    const value_id *values = event->values;
    struct event_site site = {event->loc, event->function, event->depth};
    struct step step = *event;
    value_id object = routine_object(state, routine, values); /* that the effects speak of: see enum ruleset_effect_kind */

    if (is_skipped(an, state, routine, object)) {
        for (uint32_t e = 0; e < outcome->effects.count; e++)
            if (outcome->effects.items[e].kind == RULESET_EFFECT_UNMAP_TOKEN)
                report_late_unmap(an, values[protocol_effect_slot(routine, e)]);
        if (object && state_object(an, state, object).is_given_up)
            push_step(an, state, STEP_GIVE_UP, object, &site);
        return;
    }
    step.object = event_object(state, routine, outcome, values);
    for (uint32_t e = 0; e < outcome->effects.count; e++) {
        const struct ruleset_effect *effect = &outcome->effects.items[e];
        const value_id *slot = values + protocol_effect_slot(routine, e);
        struct mapping mapping;

        if (effect->kind == RULESET_EFFECT_UNMAP_TOKEN && !routine->has_mdl && slot[0] && state_mapping(state, slot[0], &mapping))
            object = mapping.object;
        effect_apply(an, state, effect, slot[0], slot[1], object);
        if (effect->kind == RULESET_EFFECT_NEW)
            object = slot[0];
    }
    state_record(an, state, &step);
}
