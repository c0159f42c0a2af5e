/*
 * callback.c - functions that are handed functions: what `for_each(list, release)` does depends on `release`.
 *
 * The summary of a function knows nothing of what its parameters point to. When a call passes known functions, and the callee calls through a
 * pointer or passes it on, the callee is solved once more with those parameters bound, and the result is kept for the next call with the same ones.
 * What is found on the way is reported in the callee, where it happens. Bounded in depth and number; beyond the bounds the ordinary summary stands.
 */
#include "engine/callback.h"

#include "engine/exec.h"
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
static bool may_call_back(const struct ir_function *function)
{
    uint32_t count = 0;
    bool result = false;

    for (uint32_t b = 0; b < function->blocks.count; b++) {
        const struct ir_block *block = &function->blocks.items[b];

        count += block->instrs.count;
        for (uint32_t i = 0; i < block->instrs.count; i++) {
            const struct ir_instr *instr = &block->instrs.items[i];
            result |= instr->kind == IR_CALL && (instr->callee.kind != IR_OPERAND_FUNC || passes_parameter(function, instr));
        }
    }
    return result && count <= CALLBACK_INSTRUCTIONS_MAX;
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

static struct callback_summary *find(struct engine *engine, ir_id function, const ir_id *bound, uint32_t *count)
{
    uint32_t params = engine->program->functions.items[function].param_count;

    *count = 0;
    for (uint32_t i = 0; i < engine->callbacks.count; i++) {
        struct callback_summary *entry = &engine->callbacks.items[i];
        bool is_same = entry->function == function;

        *count += is_same;
        for (uint32_t p = 0; is_same && p < params; p++)
            is_same = entry->bound[p] == bound[p];
        if (is_same)
            return entry;
    }
    return NULL;
}

static const struct summary *solve_bound(struct analysis *caller, ir_id function, const ir_id *bound)
{
    struct function_exits exits = {0};
    const struct summary *summary;
    struct analysis an;
    struct arena arena;

    arena_init(&arena);
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

const struct summary *callback_summary(struct analysis *an, ir_id function, const value_id *args, uint32_t arg_count)
{
    struct engine *engine = an->engine;
    const struct ir_function *callee = &engine->program->functions.items[function];
    struct callback_summary entry = {.function = function}, *found;
    uint32_t count, index;

    entry.bound = ARENA_NEW_ARRAY(engine->arena, ir_id, (size_t)callee->param_count + 1);
    if (!bind(an, callee, args, arg_count, entry.bound) || !may_call_back(callee))
        return engine->summaries[function];
    found = find(engine, function, entry.bound, &count);
    if (!found && (count >= CALLBACK_SUMMARIES_MAX || an->bound_depth >= CALLBACK_DEPTH_MAX))
        return engine->summaries[function];
    if (!found) {
        index = engine->callbacks.count;
        VEC_PUSH_IN(engine->arena, &engine->callbacks, entry);
        entry.summary = solve_bound(an, function, entry.bound);
        found = &engine->callbacks.items[index];
        found->summary = entry.summary;
    }
    return found->summary ? found->summary : engine->summaries[function]; /* none yet: it is being solved, and calls itself */
}

void callback_prepare(struct analysis *an, struct state *entry)
{
    for (uint32_t p = 0; an->bound && p < an->function->param_count; p++) {
        ir_id type = an->function->locals.items[p].type;

        if (an->bound[p] != IR_NONE)
            state_store(an, entry, region_local(&an->values, p, type), value_func(&an->values, an->bound[p]));
    }
}
