/*
 * requirement.c - what pack routines require of typestates, checked at a call or at the replay of a callee's event. See protocol.h.
 *
 * A check holds, fails or is undecided. Only a failure is a finding; what is undecided narrows the object, and is asked again of every caller.
 */
#include "engine/protocol.h"

#include "engine/over.h"
#include "engine/passed.h"
#include "engine/protocol_int.h"
#include "engine/report.h"

enum verdict { VERDICT_HOLDS, VERDICT_FAILS, VERDICT_UNDECIDED };

static enum verdict mask_verdict(uint32_t possible, uint32_t allowed)
{
    if ((possible & allowed) == 0)
        return VERDICT_FAILS;
    return (possible & ~allowed) == 0 ? VERDICT_HOLDS : VERDICT_UNDECIDED;
}

value_id protocol_ended_token(struct analysis *an, value_id object)
{
    return value_flags(&an->values, IR_NONE, object, -1);
}

value_id protocol_unseen_token(struct analysis *an, value_id object, uint32_t kind)
{
    return value_flags(&an->values, IR_NONE, object, -2 - (int64_t)kind);
}

value_id protocol_object(const struct state *state, const struct ruleset_routine *routine, const value_id *values)
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
    struct mapping mapping = {0};

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

/* TOKEN, of which nothing is known, for a mapping of OBJECT, whose mappings may all have ended. */
static struct check_result check_ended(struct analysis *an, struct state *state, const struct ruleset_check *check, value_id token,
                                       value_id object)
{
    struct check_result result = {VERDICT_UNDECIDED, token, NULL, false};
    struct mapping ended;

    if (object && state_mapping(state, protocol_ended_token(an, object), &ended) && !ended.is_given_up &&
        (RULESET_BIT(ended.kind) & check->mask)) {
        result.verdict = VERDICT_FAILS;
        result.token = protocol_ended_token(an, object);
        result.rule = ended.late_rule == MAPPING_NO_RULE ? NULL : &an->rules->rules.items[ended.late_rule];
        result.at_end = ended.late_at_end;
    }
    return result;
}

static struct check_result check_unknown_token(struct analysis *an, struct state *state, const struct ruleset_check *check,
                                               value_id token, value_id object)
{
    struct check_result result = {VERDICT_FAILS, token, NULL, false};

    if ((facts_is_zero(&an->facts, state->facts, token) && !is_null_by_guess(an, state, token, object)) || is_uninitialized(an, token))
        return result;
    return check_ended(an, state, check, token, object);
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
        return check_ended(an, state, check, token, mapping.object == object ? 0 : object);
    if (mapping.is_invalid || !(RULESET_BIT(mapping.kind) & check->mask))
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
    if (mapping.is_invalid && !owner.is_guessed)
        return result; /* it is no MDL's, and what is wrong is that it is unmapped at all */
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
                    mask_verdict(object.origin, check->if_origin) == VERDICT_FAILS ||
                    (check->unless_listed && object.is_listed)))
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

void protocol_push_step(struct analysis *an, struct state *state, enum step_kind kind, value_id object,
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
    const char *message = check->message_written && pmap_find(state->written, subject) ? check->message_written : check->message;
    struct violation violation = {.rule = result->rule ? result->rule : check->rule, .message = result->rule ? NULL : message,
                                  .object = subject, .token = result->token, .loc = an->loc, .exit_loc = IR_NONE,
                                  .routine = routine, .check = check};
    const struct step *end = NULL;
    struct mapping mapping;

    if (violation.rule == an->rules->use_after_free)
        violation.rule = eval_use_after_free_rule(an, state_object(an, state, subject).origin);
    if (result->at_end && state_mapping(state, result->token, &mapping))
        end = report_find_end(state, mapping.object, result->rule);
    push_failed_event(an, state, routine, subject, result->token, site);
    if (end)
        violation.loc = report_project(state, end);
    if (!subject && state_mapping(state, result->token, &mapping))
        violation.object = mapping.object;
    if (!passed_excuses(state, violation.object, violation.token))
        report_violation(an, state, &violation);
    if (violation.object)
        typestate_give_up(an, state, violation.object);
    if (state_mapping(state, result->token, &mapping)) {
        mapping.is_given_up = true;
        state_set_mapping(an, state, result->token, &mapping);
        if (mapping.object && mapping.object != subject && check->kind == RULESET_CHECK_TOKEN_OWNER) {
            typestate_give_up(an, state, mapping.object); /* one mistake about two objects */
            trace_give_up(an, state, mapping.object);
        }
    }
}

bool protocol_is_null(struct analysis *an, const struct state *state, value_id object)
{
    return object && facts_is_zero(&an->facts, state->facts, object);
}

bool protocol_is_object_type(const struct analysis *an, ir_id type)
{
    const struct ir_type *types = an->program->types.items;
    ir_id record;

    if (type == IR_NONE || types[type].kind != IR_TYPE_POINTER || types[type].target == IR_NONE)
        return false;
    record = types[types[type].target].record;
    return types[types[type].target].kind == IR_TYPE_RECORD && record != IR_NONE &&
           engine_record_is_object(an->engine, record);
}

/* Is VALUE something that was not made here (the caller's, an element of which nothing is known), and declared as a pointer to an object? */
static bool is_foreign_object(const struct analysis *an, value_id value)
{
    const struct value *v = value_get(&an->values, value);

    return (v->kind == VALUE_ENTRY || (v->kind == VALUE_FRESH && !v->is_new && !v->is_memory)) && protocol_is_object_type(an, v->type);
}

bool protocol_is_skipped(struct analysis *an, const struct state *state, const struct ruleset_routine *routine, value_id object)
{
    if (!routine->has_mdl)
        return false;
    if (protocol_is_null(an, state, object))
        return true;
    return (routine->only_tracked && !state_is_tracked(state, object) && !is_foreign_object(an, object)) ||
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

/* May other code have mapped OBJECT without our seeing it, or a round of a loop that was forgotten? */
static bool is_mapped_elsewhere(const struct analysis *an, const struct state *state, value_id object)
{
    struct object o = state_object(an, state, object);

    return !o.is_ours || o.is_escaped || state_is_repeating(state);
}

/* Is TOKEN not NULL, and something that other code left somewhere, not OBJECT's own member? Where it is not NULL there is a mapping that was not
 * seen: a path that knows of none is one on which it is NULL, whoever wrote it. */
static bool is_tested_token(const struct analysis *an, const struct state *state, value_id token, value_id object)
{
    const struct value *v = value_get(&an->values, token);
    const struct region *root = v->kind == VALUE_ENTRY ? region_get(&an->values, region_root(&an->values, v->region)) : NULL;
    struct mapping mapping;

    if (v->kind == VALUE_FRESH ? !is_mapped_elsewhere(an, state, object)
                               : !root || root->kind != REGION_TARGET || root->value == object)
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

/* Does the token of a mapping that something was reported about speak of SUBJECT's? */
static bool has_judged_token(const struct state *state, const struct ruleset_routine *routine, const value_id *values, value_id subject)
{
    struct mapping mapping;

    for (uint32_t c = 0; c < routine->checks.count; c++) {
        value_id token = values[protocol_check_slot(c)];

        if (routine->checks.items[c].kind == RULESET_CHECK_TOKEN && token && state_mapping(state, token, &mapping) && mapping.is_given_up &&
            mapping.object == subject)
            return true;
    }
    return false;
}

/* The requirements that speak of what was made over a value, whatever the routine's own MDL is. */
static bool check_over(struct analysis *an, struct state *state, const struct ruleset_routine *routine, uint64_t checks,
                       const value_id *values, const struct event_site *site)
{
    for (uint32_t c = 0; c < routine->checks.count && c < 64; c++) {
        const struct ruleset_check *check = &routine->checks.items[c];
        value_id value = values[protocol_check_slot(c)], subject;
        struct check_result result = {.verdict = VERDICT_FAILS};

        if (!check->is_over || !((checks >> c) & 1) || !value || protocol_is_null(an, state, value))
            continue;
        subject = over_mapped(an, state, value, check->mask, &result.token);
        if (!subject || state_object(an, state, subject).is_given_up)
            continue;
        check_failed(an, state, routine, check, &result, subject, site);
        return false;
    }
    return true;
}

bool protocol_check(struct analysis *an, struct state *state, const struct ruleset_routine *routine, uint64_t checks,
                    const value_id *values, const struct event_site *site)
{
    value_id object = protocol_object(state, routine, values);

    if (!check_over(an, state, routine, checks, values, site))
        return false;
    if (protocol_is_skipped(an, state, routine, object))
        return true;
    for (uint32_t c = 0; c < routine->checks.count; c++) {
        const struct ruleset_check *check = &routine->checks.items[c];
        const value_id *slot = values + protocol_check_slot(c);
        value_id subject = check->has_subject ? slot[1] : object;
        struct check_result result;

        if (check->is_over || (c < 64 && !((checks >> c) & 1)))
            continue;
        if (protocol_is_null(an, state, subject) || (subject && state_object(an, state, subject).is_given_up))
            continue;
        if (check->kind == RULESET_CHECK_HANDLER) {
            check_handler(an, state, check, subject, site);
            continue;
        }
        result = check_run(an, state, check, slot[0], subject);
        if (check->kind == RULESET_CHECK_MAPPING && result.verdict == VERDICT_FAILS &&
            (has_tested_token(an, state, routine, values) || has_judged_token(state, routine, values, subject)))
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
