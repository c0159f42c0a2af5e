/*
 * call.c - calls: to a pack's routine, to functions with a summary, through pointers, to code that we do not see.
 */

#include "engine/callback.h"
#include "engine/exec.h"
#include "engine/fault.h"
#include "engine/may_write.h"
#include "engine/method.h"
#include "engine/reuse.h"
#include "engine/special.h"
#include "engine/summary.h"
#include "engine/target.h"

/* ARGUMENT is a record, passed by value. */
static bool is_record(const struct analysis *an, const struct ir_operand *argument)
{
    return argument->kind == IR_OPERAND_LOAD && an->program->types.items[argument->place->type].kind == IR_TYPE_RECORD;
}

/* ---- code that we do not see ---- */

static void push_raise(struct analysis *an, const struct ir_function *callee, const struct state *state, struct successors *out)
{
    struct state raised = *state;

    fault_push(an, &raised, arena_printf(an->arena, "'%s' raises an exception here", callee->name));
    VEC_PUSH(&out->raised.list, raised);
}

/* The members of a record that is passed by value. */
static void escape_record(struct analysis *an, struct state *state, const struct ir_operand *argument)
{
    region_id record = eval_place(an, state, argument->place);
    const struct pmap *old = state->store;
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, old);
    while ((entry = pmap_iter_next(&iter)))
        if (region_is_within(&an->values, entry->key, record))
            state_escape(an, state, (value_id)entry->value);
}

/* Code that we do not see may keep what it is given. What it does to an MDL's state only packs and annotations say: it is taken to do nothing. */
enum stranger { STRANGER_SYSTEM, STRANGER_PROJECT, STRANGER_HARMLESS };

/* HARMLESS: a function of the program from which no rule's routine can be reached; it may keep what it is given and write to it, but no members that
 * its code does not name. */
static void call_stranger(struct analysis *an, const struct ir_instr *instr, const value_id *args, enum stranger kind,
                          const struct ir_function *callee, const struct state *state, struct successors *out)
{
    struct state next = *state;
    ir_id function = callee ? (ir_id)(callee - an->program->functions.items) : IR_NONE;

    for (uint32_t a = 0; a < instr->arg_count; a++) {
        if (is_record(an, &instr->args[a])) {
            escape_record(an, &next, &instr->args[a]);
            continue;
        }
        if (kind != STRANGER_HARMLESS)
            exec_pass_pointer(an, &next, args[a]);
        else
            fault_access(an, args[a]);
        state_escape(an, &next, args[a]);
        if (kind == STRANGER_HARMLESS)
            may_write_havoc(an, &next, function, a, args[a]);
        else
            state_havoc(an, &next, args[a], kind == STRANGER_SYSTEM);
    }
    if (callee && kind == STRANGER_HARMLESS) {
        reuse_ask(an->engine, REUSE_RAISES, function);
        if (an->engine->raises[function])
            push_raise(an, callee, &next, out);
    }
    if (callee && callee->is_noreturn)
        return;
    exec_return(an, &next, instr, value_fresh(&an->values, instr->dst ? instr->dst->type : IR_NONE), out);
}

/* ---- functions of the program ---- */

static void call_function(struct analysis *an, const struct ir_instr *instr, ir_id function, const value_id *args,
                          const struct state *state, struct successors *out)
{
    const struct ir_function *callee = &an->program->functions.items[function];
    const struct summary *summary = callee->is_defined ? callback_summary(an, function, args, instr->arg_count) : NULL;

    if (summary && summary->is_blurred)
        summary = special_summary(an, function, summary, args, instr->arg_count, state);
    if (!callee->is_defined)
        call_stranger(an, instr, args, callee->is_system ? STRANGER_SYSTEM : STRANGER_PROJECT, callee, state, out);
    else if (summary)
        summary_apply(an, summary, instr, args, instr->arg_count, state, out);
    else
        call_stranger(an, instr, args, STRANGER_HARMLESS, callee, state, out);
}

/* VALUE is what a parameter held on entry: a function of the caller's, made to work on what it is given. */
static bool is_parameter(const struct analysis *an, value_id value)
{
    const struct value *v = value_get(&an->values, value);
    const struct region *r = v->kind == VALUE_ENTRY ? region_get(&an->values, v->region) : NULL;

    return r && r->kind == REGION_LOCAL && r->id < an->function->param_count;
}

/* Objects among ARGS are in unknown states from here on. */
static void give_up_arguments(struct analysis *an, struct state *state, const value_id *args, uint32_t count)
{
    for (uint32_t a = 0; a < count; a++)
        if (state_is_tracked(state, args[a]) && !state_object(an, state, args[a]).is_given_up) {
            typestate_give_up(an, state, args[a]);
            trace_give_up(an, state, args[a]);
        }
}

static void call_pointer(struct analysis *an, const struct ir_instr *instr, const value_id *args, struct state *state,
                         struct successors *out)
{
    value_id pointer = eval_operand(an, state, &instr->callee);
    struct target targets[TARGETS_MAX];
    uint32_t count = targets_find(an, state, &instr->callee, pointer, targets);

    if (count == 0) {
        if (is_parameter(an, pointer))
            give_up_arguments(an, state, args, instr->arg_count);
        call_stranger(an, instr, args, STRANGER_PROJECT, NULL, state, out);
    }
    for (uint32_t t = 0; t < count; t++)
        call_function(an, instr, targets[t].function, args, &targets[t].state, out);
}

/* A record has no value as a whole: its members are found where it is (translate.h). */
static value_id eval_argument(struct analysis *an, struct state *state, const struct ir_operand *argument)
{
    if (!is_record(an, argument))
        return eval_operand(an, state, argument);
    eval_place(an, state, argument->place);
    return value_fresh(&an->values, argument->place->type);
}

/* ---- virtual methods ---- */

/* One state for each override that the object may have. Which one it was is a fact, which later calls on the same object, and callers who know the
 * object's class, decide by. */
static void call_method(struct analysis *an, const struct ir_instr *instr, value_id *args, struct state *state,
                        struct successors *out)
{
    ir_id possible[METHOD_TARGETS_MAX];
    uint32_t count = method_targets(an, instr->callee.function, args[0], possible);
    value_id receiver = args[0], choice = method_choice(an, instr->callee.function, receiver);

    if (count == 0) {
        call_stranger(an, instr, args, STRANGER_PROJECT, NULL, state, out);
        return;
    }
    for (uint32_t t = 0; t < count; t++) {
        struct state chosen = *state;

        if (!facts_assume_range(&an->facts, &chosen.facts, choice, possible[t], possible[t]))
            continue;
        args[0] = method_receiver(an, receiver, possible[t]);
        call_function(an, instr, possible[t], args, &chosen, out);
    }
}

void exec_call(struct analysis *an, const struct ir_instr *instr, const struct state *state, struct successors *out)
{
    const struct ruleset_routine *routine = callgraph_routine(an->program, an->rules, instr);
    value_id *args = ARENA_NEW_ARRAY(an->arena, value_id, (size_t)instr->arg_count + 1);
    struct state next = *state;

    for (uint32_t a = 0; a < instr->arg_count; a++)
        args[a] = eval_argument(an, &next, &instr->args[a]);
    if (an->fault == FAULT_SURE)
        return;
    an->call = instr;
    an->call_args = args;
    if (!routine)
        typestate_meanwhile(an, &next);
    if (routine) {
        exec_routine(an, instr, routine, args, &next, out);
    } else if (instr->is_dispatched) {
        call_method(an, instr, args, &next, out);
    } else if (instr->callee.kind == IR_OPERAND_FUNC) {
        ir_id definition = an->program->functions.items[instr->callee.function].definition;
        call_function(an, instr, definition == IR_NONE ? instr->callee.function : definition, args, &next, out);
    } else {
        call_pointer(an, instr, args, &next, out);
    }
    an->call = NULL;
}
