/*
 * callback.c - functions that are handed functions: what `for_each(list, release)` does depends on `release`.
 *
 * The summary of a function knows nothing of what its parameters point to. When a call passes known functions, and the callee calls through a
 * pointer or passes it on, the callee is solved once more with those parameters bound, and the result is kept for the next call with the same ones.
 * What is found on the way is reported in the callee, where it happens. Bounded in depth and number; beyond the bounds the ordinary summary stands.
 */
#include "engine/callback.h"

#include "engine/reuse.h"
#include "engine/solve.h"

#define CALLBACK_DEPTH_MAX 3          /* functions being solved for their callbacks, one inside the other */
#define CALLBACK_SUMMARIES_MAX 24     /* of one function */
#define CALLBACK_INSTRUCTIONS_MAX 600 /* longer functions are not solved again */

static bool passes_parameter(const struct ir_function *function, const struct ir_instr *instr)
{
    for (uint32_t a = 0; a < instr->arg_count; a++) {
        const struct ir_operand *operand = &instr->args[a];

        if (operand->kind == IR_OPERAND_LOAD && operand->place->base == IR_BASE_LOCAL && operand->place->id < function->param_count &&
            operand->place->proj_count == 0)
            return true;
    }
    return false;
}

/* Does FUNCTION call through pointers, or hand a parameter on to somebody who might? */
bool callback_is_possible(const struct engine *engine, ir_id id)
{
    const struct ir_function *function = &engine->program->functions.items[id];
    bool result = false;

    for (uint32_t b = 0; b < function->blocks.count; b++) {
        const struct ir_block *block = &function->blocks.items[b];

        for (uint32_t i = 0; i < block->instrs.count; i++) {
            const struct ir_instr *instr = &block->instrs.items[i];
            result |= instr->kind == IR_CALL && (instr->callee.kind != IR_OPERAND_FUNC || passes_parameter(function, instr));
        }
    }
    return result && ir_function_size(function) <= CALLBACK_INSTRUCTIONS_MAX;
}

/* The functions that ARGS are, by parameter; IR_NONE elsewhere. False when there is none. */
static bool bind(const struct analysis *an, const struct ir_function *callee, const value_id *args, uint32_t arg_count, ir_id *bound)
{
    bool is_bound = false;

    for (uint32_t p = 0; p < callee->param_count; p++) {
        const struct value *v = p < arg_count ? value_get(&an->values, args[p]) : NULL;

        bound[p] = v && v->kind == VALUE_FUNC ? (ir_id)v->number : IR_NONE;
        is_bound |= bound[p] != IR_NONE;
    }
    return is_bound;
}

bool callback_find(const struct engine *engine, ir_id function, const ir_id *bound, uint32_t *index, bool *is_full)
{
    uint32_t params = engine->program->functions.items[function].param_count, count = 0;

    for (uint32_t i = 0; i < engine->callbacks.count; i++) {
        const struct callback_summary *entry = &engine->callbacks.items[i];
        bool is_same = entry->function == function;

        count += is_same;
        for (uint32_t p = 0; is_same && p < params; p++)
            is_same = entry->bound[p] == bound[p];
        *index = i;
        if (is_same)
            return true;
    }
    *is_full = count >= CALLBACK_SUMMARIES_MAX;
    return false;
}

static const struct summary *solve_bound(struct analysis *caller, ir_id function, const ir_id *bound)
{
    struct function_exits exits = {0};
    const struct summary *summary;
    struct analysis an;
    struct arena arena;

    arena_init(&arena);
    reuse_ask(caller->engine, REUSE_BODY, function);
    analysis_init(&an, caller->engine, function, &arena);
    an.bound = bound;
    an.bound_depth = caller->bound_depth + 1;
    an.is_root = false;
    an.is_silent = caller->is_silent;
    solve_function(&an, &exits);
    summary = summary_build(&an, &exits);
    VEC_RELEASE(&exits.list);
    analysis_release(&an);
    arena_release(&arena);
    return summary;
}

/* Solves FUNCTION for BOUND. The entry is there before: a function that calls itself is not solved for that. */
static uint32_t add_entry(struct analysis *an, ir_id function, const ir_id *bound)
{
    struct engine *engine = an->engine;
    struct callback_summary entry = {.function = function, .bound = bound};
    uint32_t index = engine->callbacks.count;

    VEC_PUSH_IN(engine->arena, &engine->callbacks, entry);
    reuse_note_opened(engine, false, index);
    entry.summary = solve_bound(an, function, bound);
    engine->callbacks.items[index].summary = entry.summary;
    reuse_note_closed(engine, false, index);
    return index;
}

const struct summary *callback_summary(struct analysis *an, ir_id function, const value_id *args, uint32_t arg_count)
{
    struct engine *engine = an->engine;
    const struct ir_function *callee = &engine->program->functions.items[function];
    ir_id *bound = ARENA_NEW_ARRAY(engine->arena, ir_id, (size_t)callee->param_count + 1);
    uint32_t index;
    bool is_full;

    if (!bind(an, callee, args, arg_count, bound))
        return reuse_summary(engine, function);
    reuse_ask(engine, REUSE_CALLS_BACK, function);
    if (!callback_is_possible(engine, function))
        return reuse_summary(engine, function);
    if (callback_find(engine, function, bound, &index, &is_full)) {
        reuse_note_found(engine, false, index);
    } else if (is_full || an->bound_depth >= CALLBACK_DEPTH_MAX) {
        reuse_note_none(engine, function, bound, 0, is_full);
        return reuse_summary(engine, function);
    } else {
        index = add_entry(an, function, bound);
    }
    /* None yet: it is being solved, and calls itself. */
    return engine->callbacks.items[index].summary ? engine->callbacks.items[index].summary : reuse_summary(engine, function);
}

void callback_prepare(struct analysis *an, struct state *entry)
{
    for (uint32_t p = 0; an->bound && p < an->function->param_count; p++) {
        ir_id type = an->function->locals.items[p].type;

        if (an->bound[p] != IR_NONE)
            state_store(an, entry, region_local(&an->values, p, type), value_func(&an->values, an->bound[p]));
    }
}
