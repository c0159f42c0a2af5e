/*
 * routine.c - a call of a pack's routine: follows each possible outcome, writes its outputs. Where the pack's access paths lead is access_path.c's,
 * what it does to typestates protocol.c's.
 */
#include <string.h>

#include "engine/access_path.h"
#include "engine/exec.h"
#include "engine/fault.h"
#include "engine/protocol.h"
#include "engine/run.h"

/* ---- outcomes ---- */

static void resolve_checks(struct analysis *an, struct state *state, const struct routine_call *call, value_id *values)
{
    const struct ruleset_routine *routine = call->routine;

    if (routine->has_mdl)
        values[0] = path_value(an, state, call, &routine->mdl);
    for (uint32_t c = 0; c < routine->checks.count; c++) {
        values[protocol_check_slot(c)] = path_value(an, state, call, &routine->checks.items[c].path);
        values[protocol_check_slot(c) + 1] = path_value(an, state, call, &routine->checks.items[c].subject);
    }
}

/* Something of the caller's is passed by a variable that is declared as a pointer to an object: it is one, whatever the caller calls it (an opaque
 * handle). */
static void track_declared(struct analysis *an, struct state *state, const struct routine_call *call, value_id object)
{
    const struct ruleset_routine *routine = call->routine;
    const struct ir_operand *argument;
    struct object outside;

    if (!routine->only_tracked || !routine->has_mdl || routine->mdl.root == RULESET_RETURN || routine->mdl.step_count > 0 || !object ||
        value_get(&an->values, object)->kind != VALUE_ENTRY || state_is_tracked(state, object))
        return;
    argument = &call->instr->args[routine->mdl.arg];
    outside = state_object(an, state, object);
    if (protocol_is_object_type(an, argument->kind == IR_OPERAND_LOAD ? argument->place->type : argument->type))
        state_set_object(an, state, object, &outside);
}

/* What is known of the token at CONDITION's path: a live mapping's, or not. */
static enum truth condition_mapped(struct analysis *an, struct state *state, const struct routine_call *call,
                                   const struct ruleset_condition *condition)
{
    value_id token = path_value(an, state, call, &condition->path);
    struct mapping mapping;

    if (!token || !state_mapping(state, token, &mapping) || mapping.is_given_up)
        return TRUTH_UNKNOWN;
    return (mapping.is_live && !mapping.is_invalid) != condition->is_negated ? TRUTH_TRUE : TRUTH_FALSE;
}

/* The condition as a value that is non-zero when it holds; 0 when the call has no such argument. */
static value_id condition_value(struct analysis *an, struct state *state, const struct routine_call *call,
                                const struct ruleset_condition *condition)
{
    value_id value = path_value(an, state, call, &condition->path);
    ir_id type;

    if (!value)
        return 0;
    type = value_get(&an->values, value)->type;
    if (condition->mask)
        value = value_expr(&an->values, IR_EXPR_AND, type, value, value_constant(&an->values, type, condition->mask));
    value = value_expr(&an->values, IR_EXPR_EQ, IR_NONE, value, value_constant(&an->values, type, condition->value));
    return condition->is_negated ? value_not(&an->values, value) : value;
}

static bool condition_possible(struct analysis *an, struct state *state, const struct routine_call *call,
                               const struct ruleset_condition *condition)
{
    value_id value;

    if (condition->is_mapped)
        return condition_mapped(an, state, call, condition) != TRUTH_FALSE;
    value = condition_value(an, state, call, condition);
    if (condition->is_certain) {
        enum truth truth = value ? facts_truth(&an->facts, state->facts, value) : TRUTH_UNKNOWN;
        return condition->is_negated ? truth != TRUTH_FALSE : truth == TRUTH_TRUE;
    }
    return !value || eval_assume(an, state, value, true);
}

static enum truth condition_truth(struct analysis *an, struct state *state, const struct routine_call *call,
                                  const struct ruleset_condition *condition)
{
    value_id value;

    if (condition->is_mapped)
        return condition_mapped(an, state, call, condition);
    value = condition_value(an, state, call, condition);
    return value ? facts_truth(&an->facts, state->facts, value) : TRUTH_UNKNOWN;
}

/* The checks whose conditions certainly hold in STATE, as a mask. */
static uint64_t checks_in_force(struct analysis *an, const struct state *state, const struct routine_call *call)
{
    const struct ruleset_routine *routine = call->routine;
    uint64_t mask = 0;

    for (uint32_t c = 0; c < routine->checks.count && c < 64; c++) {
        bool holds = true;

        for (uint32_t k = 0; k < routine->checks.items[c].conditions.count && holds; k++) {
            struct state scratch = *state;
            holds = condition_truth(an, &scratch, call, &routine->checks.items[c].conditions.items[k]) == TRUTH_TRUE;
        }
        mask |= (uint64_t)holds << c;
    }
    return mask;
}

/* The signed type of the width of TYPE, where TYPE is an unsigned integer: a status that a header declares as ULONG is a status. */
static ir_id signed_type(const struct analysis *an, ir_id type)
{
    const struct ir_type *wanted = type == IR_NONE ? NULL : &an->program->types.items[type];

    if (!wanted || wanted->kind != IR_TYPE_INT || wanted->is_signed)
        return type;
    for (ir_id t = 0; t < an->program->types.count; t++) {
        const struct ir_type *candidate = &an->program->types.items[t];
        if (candidate->kind == IR_TYPE_INT && candidate->is_signed && candidate->bits == wanted->bits)
            return t;
    }
    return type;
}

static bool make_status(struct analysis *an, struct state *state, struct routine_call *call, ir_id type, int64_t low, int64_t high)
{
    value_id status = value_fresh(&an->values, signed_type(an, type));

    call->result = value_expr(&an->values, IR_EXPR_CAST, type, status, 0);
    return facts_assume_range(&an->facts, &state->facts, status, low, high);
}

/* What the call returns in this outcome, with what is known of it. */
static bool make_result(struct analysis *an, struct state *state, struct routine_call *call,
                        const struct ruleset_outcome *outcome)
{
    ir_id type = call->instr->dst ? call->instr->dst->type : IR_NONE;
    value_id result = value_fresh(&an->values, type);

    call->result = result;
    switch (outcome->result) {
    case RULESET_RESULT_NULL: return facts_assume(&an->facts, &state->facts, result, false);
    case RULESET_RESULT_NONNULL: return facts_assume(&an->facts, &state->facts, result, true);
    case RULESET_RESULT_SUCCESS: return make_status(an, state, call, type, 0, INT64_MAX);
    case RULESET_RESULT_POSITIVE: return make_status(an, state, call, type, 1, INT64_MAX);
    case RULESET_RESULT_FAILURE: return make_status(an, state, call, type, INT64_MIN, -1);
    case RULESET_RESULT_ANY:
    case RULESET_RESULT_RAISES: break;
    }
    return true;
}

static void mark_unchecked(struct analysis *an, struct state *state, const struct routine_call *call,
                           const struct ruleset_outcome *outcome)
{
    value_id value;

    if (!outcome->unchecked_rule)
        return;
    value = outcome->unchecked_path.text ? path_value(an, state, call, &outcome->unchecked_path) : call->result;
    if (value)
        state->unchecked = pmap_set(state->unchecked, &an->nodes, value,
                                    (uint64_t)(outcome->unchecked_rule - an->rules->rules.items));
}

/* ---- memory ---- */

/* The token that an idempotent map call returns again. */
static value_id live_token(const struct analysis *an, const struct state *state, const struct ruleset_effect *effect,
                           value_id object)
{
    if (effect->kind != RULESET_EFFECT_MAP || !effect->is_idempotent || !object)
        return 0;
    return state_find_mapping(an, state, object, RULESET_BIT(effect->value));
}

static bool is_output(enum ruleset_effect_kind kind)
{
    return kind == RULESET_EFFECT_NEW || kind == RULESET_EFFECT_BORROW || kind == RULESET_EFFECT_MAP ||
           kind == RULESET_EFFECT_WRITE || kind == RULESET_EFFECT_NULL || kind == RULESET_EFFECT_INVALID ||
           kind == RULESET_EFFECT_ASSIGN;
}

/* What a pointer's place is written with is not known, and may lead to what was there before: a chain that grew at its end. */
static void write_unknown(struct analysis *an, struct state *state, const struct path_cursor *place)
{
    if (path_pointee(an, place->type) != IR_NONE)
        state_escape(an, state, state_load(an, state, place->region));
    state_forget(an, state, place->region);
}

static void write_output(struct analysis *an, struct state *state, struct routine_call *call,
                         const struct ruleset_effect *effect, value_id object)
{
    struct path_cursor cursor;
    value_id value = live_token(an, state, effect, object);

    if (effect->path.root == RULESET_RETURN && effect->path.step_count == 0) {
        if (effect->kind == RULESET_EFFECT_ASSIGN)
            value = path_value(an, state, call, &effect->other);
        if (value)
            call->result = value;
        return;
    }
    if (!path_resolve(an, state, call, &effect->path, &cursor) || !cursor.region)
        return;
    if (effect->kind == RULESET_EFFECT_ASSIGN)
        value = path_value(an, state, call, &effect->other);
    if (!value)
        value = effect->kind == RULESET_EFFECT_NULL ? value_constant(&an->values, cursor.type, 0) : value_fresh(&an->values, cursor.type);
    if (effect->kind == RULESET_EFFECT_NEW || effect->kind == RULESET_EFFECT_BORROW)
        facts_assume(&an->facts, &state->facts, value, true);
    if (effect->kind == RULESET_EFFECT_WRITE)
        write_unknown(an, state, &cursor);
    else
        state_store(an, state, cursor.region, value);
}

#define CHAIN_MAX 16 /* links that are followed to the end of a chain */

static bool chain_next(struct analysis *an, struct state *state, struct path_cursor *place)
{
    const struct ruleset_step deref = {.is_deref = true}, next = {.field = an->rules->object.chain_field};

    return next.field && path_step(an, state, &deref, place) && path_step(an, state, &next, place);
}

/* Is VALUE an object whose chain link nobody else can have written? */
static bool is_known_link(struct analysis *an, struct state *state, value_id value)
{
    struct object object = state_object(an, state, value);

    return object.is_ours && !object.is_escaped && !object.is_given_up && object.descriptor == RULESET_BIT(RULESET_DESCRIPTOR_LIVE);
}

/* Moves PLACE, where a chain begins, to the place of its first link that holds VALUE; 0: to the end. A new object is the last one until its link is
 * written. False: it cannot be followed so far. */
static bool chain_find(struct analysis *an, struct state *state, struct path_cursor *place, value_id value)
{
    for (uint32_t i = 0; i < CHAIN_MAX && place->region; i++) {
        value_id link = state_load(an, state, place->region);

        if (value ? link == value : facts_is_zero(&an->facts, state->facts, link))
            return true;
        if (!is_known_link(an, state, link) || !chain_next(an, state, place))
            return false;
        if (!pmap_find(state->store, place->region))
            return !value;
    }
    return false;
}

/* A second output of a map call, or the place that an MDL is linked into. */
static void write_other(struct analysis *an, struct state *state, const struct routine_call *call,
                        const struct ruleset_effect *effect)
{
    struct path_cursor cursor;
    value_id value;

    if (!effect->has_other || !path_resolve(an, state, call, &effect->other, &cursor) || !cursor.region ||
        (effect->is_behind && !chain_find(an, state, &cursor, 0)))
        return;
    value = effect->kind == RULESET_EFFECT_LINK ? path_value(an, state, call, &effect->path) : value_fresh(&an->values, cursor.type);
    if (value)
        state_store(an, state, cursor.region, value);
}

static void copy_memory(struct analysis *an, struct state *state, const struct routine_call *call,
                        const struct ruleset_effect *effect)
{
    struct path_cursor to, from;
    region_id target, source;

    if (!path_resolve(an, state, call, &effect->path, &to) || !path_resolve(an, state, call, &effect->other, &from))
        return;
    target = region_target(&an->values, to.value, path_pointee(an, to.type));
    typestate_written(an, state, target);
    source = region_target(&an->values, from.value, path_pointee(an, from.type));
    if (path_record(an, region_get(&an->values, target)->type) != IR_NONE)
        state_copy(an, state, target, source);
    else
        state_havoc(an, state, to.value, true);
}

/* Callers may know which function runs, and whether it gives back what would escape. */
static void defer_run(struct analysis *an, struct state *state, const struct routine_call *call, const struct ruleset_effect *effect, value_id routine,
                      const value_id *args)
{
    struct step run = {.kind = STEP_RUN, .loc = an->loc, .function = an->function_id, .routine = call->routine, .outcome = call->outcome,
                       .mask = (uint32_t)(effect - call->outcome->effects.items)};
    value_id *values = ARENA_NEW_ARRAY(an->arena, value_id, (size_t)effect->args.count + call->outcome->effects.count + 1);

    values[run.value_count++] = routine;
    for (uint32_t a = 0; a < effect->args.count; a++)
        values[run.value_count++] = args[a];
    for (uint32_t e = 0; e < call->outcome->effects.count; e++)
        if (call->outcome->effects.items[e].unless_back)
            values[run.value_count++] = path_value(an, state, call, &call->outcome->effects.items[e].path);
    run.values = values;
    state_record(an, state, &run);
}

static void run_effect(struct analysis *an, struct state *state, struct routine_call *call, const struct ruleset_effect *effect)
{
    value_id *args = ARENA_NEW_ARRAY(an->arena, value_id, (size_t)effect->args.count + 1);
    value_id routine = path_value(an, state, call, &effect->path);

    for (uint32_t a = 0; a < effect->args.count; a++)
        args[a] = path_value(an, state, call, &effect->args.items[a]);
    call->is_given_back = run_function(an, state, routine, args, effect);
    if (run_is_for_callers(an, routine))
        defer_run(an, state, call, effect, routine, args);
}

static void escape_effect(struct analysis *an, struct state *state, const struct routine_call *call, const struct ruleset_effect *effect)
{
    struct path_cursor cursor;
    value_id value;

    if ((effect->unless_back && call->is_given_back) || !path_resolve(an, state, call, &effect->path, &cursor))
        return;
    value = cursor.region ? state_load(an, state, cursor.region) : cursor.value;
    if (!effect->unless_mdl || !state_is_tracked(state, value))
        state_escape(an, state, value);
}

static void memory_effect(struct analysis *an, struct state *state, struct routine_call *call,
                          const struct ruleset_effect *effect, value_id object)
{
    struct path_cursor cursor;
    value_id value;

    switch (effect->kind) {
    case RULESET_EFFECT_NEW:
    case RULESET_EFFECT_BORROW:
    case RULESET_EFFECT_WRITE:
    case RULESET_EFFECT_NULL:
    case RULESET_EFFECT_ASSIGN:
    case RULESET_EFFECT_INVALID: write_output(an, state, call, effect, object); break;
    case RULESET_EFFECT_MAP:
        if (effect->has_path)
            write_output(an, state, call, effect, object);
        write_other(an, state, call, effect);
        break;
    case RULESET_EFFECT_LINK: write_other(an, state, call, effect); break;
    case RULESET_EFFECT_ZERO:
        if (path_resolve(an, state, call, &effect->path, &cursor) && cursor.value && !cursor.region)
            state_zero(an, state, region_target(&an->values, cursor.value, path_pointee(an, cursor.type)));
        break;
    case RULESET_EFFECT_COPY: copy_memory(an, state, call, effect); break;
    case RULESET_EFFECT_ESCAPE: escape_effect(an, state, call, effect); break;
    case RULESET_EFFECT_USE:
        if ((value = path_value(an, state, call, &effect->path)) != 0)
            eval_use_pointer(an, state, value);
        break;
    case RULESET_EFFECT_RUN: run_effect(an, state, call, effect); break;
    case RULESET_EFFECT_NEW_MEMORY: value_mark_memory(&an->values, path_value(an, state, call, &effect->path)); break;
    case RULESET_EFFECT_FREE_MEMORY: state_free_memory(an, state, path_value(an, state, call, &effect->path)); break;
    case RULESET_EFFECT_MAY_FAULT:
        fault_mark(an, path_value(an, state, call, &effect->path));
        break;
    default: break;
    }
}

/* ---- texts ---- */

/* Cuts "…, handle in {token}" before the last comma when the thing has no name. */
static const char *cut_clause(struct analysis *an, const char *text)
{
    const char *comma = strrchr(text, ',');

    return comma ? arena_strndup(an->arena, text, (size_t)(comma - text)) : text;
}

static const char *effect_token_name(struct analysis *an, struct state *state, const struct routine_call *call,
                                     const struct ruleset_outcome *outcome)
{
    const char *name = NULL;

    for (uint32_t e = 0; e < outcome->effects.count && !name; e++) {
        const struct ruleset_effect *effect = &outcome->effects.items[e];
        struct strbuf text;
        struct path_cursor cursor;

        if (effect->kind != RULESET_EFFECT_MAP && effect->kind != RULESET_EFFECT_UNMAP_TOKEN)
            continue;
        strbuf_init(&text);
        if (effect->path.root == RULESET_RETURN && effect->path.step_count == 0) {
            if (call->instr->dst)
                ir_place_print(an->program, an->function, call->instr->dst, &text);
        } else if (path_resolve(an, state, call, &effect->path, &cursor) && cursor.region) {
            if (!region_describe(&an->values, an->function, cursor.region, &text))
                strbuf_clear(&text);
        }
        if (text.length > 0 && text.data[0] != '%')
            name = arena_strndup(an->arena, text.data, text.length);
        strbuf_release(&text);
    }
    return name;
}

static const char *outcome_text(struct analysis *an, struct state *state, const struct routine_call *call,
                                const struct ruleset_outcome *outcome)
{
    const char *mark = outcome->says ? strstr(outcome->says, "{token}") : NULL;
    const char *name;

    if (!outcome->says && outcome->unchecked_rule)
        return "fails here, and returns NULL";
    if (!mark)
        return outcome->says;
    name = effect_token_name(an, state, call, outcome);
    if (!name)
        return cut_clause(an, outcome->says);
    return arena_printf(an->arena, "%.*s'%s'%s", (int)(mark - outcome->says), outcome->says, name, mark + strlen("{token}"));
}

/* ---- the call ---- */

/* What `other` of EFFECT holds: the object itself when it was linked behind what is there. */
static value_id resolve_other(struct analysis *an, struct state *state, const struct routine_call *call, const struct ruleset_effect *effect)
{
    value_id linked = effect->is_behind ? path_value(an, state, call, &effect->path) : 0;
    struct path_cursor cursor;

    if (!linked)
        return path_value(an, state, call, &effect->other);
    return path_resolve(an, state, call, &effect->other, &cursor) && chain_find(an, state, &cursor, linked) ? linked : 0;
}

static const value_id *resolve_event(struct analysis *an, struct state *state, const struct routine_call *call,
                                     const struct ruleset_outcome *outcome, const value_id *checks, uint32_t *count)
{
    const struct ruleset_routine *routine = call->routine;
    uint32_t first = protocol_effect_slot(routine, 0);
    value_id *values;

    *count = first + 2 * outcome->effects.count;
    values = ARENA_NEW_ARRAY(an->arena, value_id, *count);
    memcpy(values, checks, first * sizeof(*values));
    if (routine->has_mdl)
        values[0] = path_value(an, state, call, &routine->mdl);
    for (uint32_t e = 0; e < outcome->effects.count; e++) {
        values[first + 2 * e] = path_value(an, state, call, &outcome->effects.items[e].path);
        values[first + 2 * e + 1] = resolve_other(an, state, call, &outcome->effects.items[e]);
    }
    return values;
}

/* The result is a number of what was asked for: not more than that. */
static bool assume_at_most(struct analysis *an, struct state *state, const struct routine_call *call,
                           const struct ruleset_outcome *outcome)
{
    value_id limit = outcome->has_at_most ? path_value(an, state, call, &outcome->at_most) : 0;

    return !limit || eval_assume(an, state, value_expr(&an->values, IR_EXPR_LE, IR_NONE, call->result, limit), true);
}

static void follow_outcome(struct analysis *an, struct routine_call call, const struct ruleset_outcome *outcome,
                           const value_id *checks, struct state state, struct successors *out)
{
    struct step event = {.kind = STEP_EVENT, .loc = an->loc, .function = an->function_id, .routine = call.routine, .outcome = outcome,
                         .is_caught = an->is_caught};
    uint32_t role = (uint32_t)(outcome - call.routine->outcomes.items + 1) << 8;

    call.outcome = outcome;
    for (uint32_t c = 0; c < outcome->conditions.count; c++)
        if (!condition_possible(an, &state, &call, &outcome->conditions.items[c]))
            return;
    values_role(&an->values, role);
    if (!protocol_outcome_possible(an, &state, call.routine, outcome, checks) || !make_result(an, &state, &call, outcome) ||
        !assume_at_most(an, &state, &call, outcome))
        return;
    for (uint32_t e = 0; e < outcome->effects.count; e++) {
        values_role(&an->values, role + 1 + e);
        memory_effect(an, &state, &call, &outcome->effects.items[e], checks[0]);
    }
    if (an->fault == FAULT_SURE)
        return;
    mark_unchecked(an, &state, &call, outcome);
    event.checks = checks_in_force(an, &state, &call);
    event.values = resolve_event(an, &state, &call, outcome, checks, &event.value_count);
    event.result = call.result;
    event.text = outcome_text(an, &state, &call, outcome);
    if (protocol_is_relevant(call.routine))
        protocol_apply(an, &state, &event);
    if (outcome->result == RULESET_RESULT_RAISES) {
        if (!protocol_is_relevant(call.routine) && outcome->says)
            fault_push(an, &state, outcome->says);
        VEC_PUSH(&out->raised.list, state);
    } else if (!call.routine->is_noreturn) {
        exec_return(an, &state, call.instr, call.result, out);
    }
}

/* A call that broke a rule may have left anything in its outputs. */
static void forget_outputs(struct analysis *an, struct state *state, const struct routine_call *call)
{
    for (uint32_t o = 0; o < call->routine->outcomes.count; o++) {
        const struct ruleset_outcome *outcome = &call->routine->outcomes.items[o];

        for (uint32_t e = 0; e < outcome->effects.count; e++) {
            const struct ruleset_effect *effect = &outcome->effects.items[e];
            struct path_cursor cursor;

            if (is_output(effect->kind) && effect->path.root == RULESET_ARG &&
                path_resolve(an, state, call, &effect->path, &cursor) && cursor.region)
                state_store(an, state, cursor.region, value_fresh(&an->values, cursor.type));
        }
    }
}

void exec_routine(struct analysis *an, const struct ir_instr *instr, const struct ruleset_routine *routine,
                  const value_id *args, const struct state *state, struct successors *out)
{
    struct routine_call call = {.instr = instr, .routine = routine, .args = args};
    struct event_site site = {an->loc, an->function_id, 0};
    value_id *checks = ARENA_NEW_ARRAY(an->arena, value_id, protocol_effect_slot(routine, 0));
    struct state next = *state;
    ir_id type = instr->dst ? instr->dst->type : IR_NONE;
    bool is_broken;
    value_id null;

    resolve_checks(an, &next, &call, checks);
    track_declared(an, &next, &call, checks[0]);
    null = protocol_unchecked_null(an, &next, routine, checks);
    if (null)
        eval_use_pointer(an, &next, null);
    is_broken = !protocol_check(an, &next, routine, checks_in_force(an, &next, &call), checks, &site);
    if (routine->is_waiting)
        typestate_meanwhile(an, &next);
    if (is_broken)
        forget_outputs(an, &next, &call);
    if (is_broken || routine->outcomes.count == 0) {
        if (!routine->is_noreturn)
            exec_return(an, &next, instr, value_fresh(&an->values, type), out);
        return;
    }
    for (uint32_t o = 0; o < routine->outcomes.count; o++)
        follow_outcome(an, call, &routine->outcomes.items[o], checks, next, out);
}

/* ---- what the system lends ---- */

void exec_lend(struct analysis *an, struct state *entry)
{
    for (uint32_t l = 0; l < an->rules->lends.count && l < 64; l++) {
        struct path_cursor cursor;
        struct object object;
        value_id value;

        if (!(an->engine->lent[an->function_id] >> l & 1) || !path_on_entry(an, entry, &an->rules->lends.items[l].path, &cursor))
            continue;
        value = state_load(an, entry, cursor.region);
        object = state_object(an, entry, value);
        object.descriptor = RULESET_BIT(RULESET_DESCRIPTOR_BORROWED);
        state_set_object(an, entry, value, &object);
    }
}
