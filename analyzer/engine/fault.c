/*
 * fault.c - memory accesses that raise, and which functions raise at all. See fault.h.
 */
#include "engine/fault.h"

/* ---- pointers ---- */

bool fault_is_seen(const struct analysis *an)
{
    return an->handler != IR_NONE || an->engine->guarded[an->function_id];
}

void fault_mark(struct analysis *an, value_id value)
{
    value_id base = value ? typestate_pointer_base(an, value) : 0;
    enum value_kind kind = value_get(&an->values, base)->kind;

    if (base && (kind == VALUE_ENTRY || kind == VALUE_FRESH || kind == VALUE_EXPR))
        an->may_fault = pmap_set(an->may_fault, &an->nodes, base, 1);
}

void fault_access(struct analysis *an, value_id value)
{
    uint64_t ignored;

    if (an->may_fault && an->fault == FAULT_NONE && fault_is_seen(an) &&
        pmap_get(an->may_fault, typestate_pointer_base(an, value), &ignored))
        an->fault = FAULT_POSSIBLE;
}

void fault_push(struct analysis *an, struct state *state, const char *text)
{
    struct step step = {.kind = STEP_DECISION, .loc = an->loc, .function = an->function_id, .text = text};

    state->trace = trace_push(an->arena, state->trace, &step);
}

/* ---- functions ---- */

/* What is certain only for some arguments (a flag that hardly anybody gives) is taken not to be so. */
static bool is_exceptional(const struct ruleset_outcome *outcome)
{
    for (uint32_t c = 0; c < outcome->conditions.count; c++)
        if (outcome->conditions.items[c].is_certain && !outcome->conditions.items[c].is_negated)
            return true;
    return false;
}

static bool routine_raises(const struct ruleset_routine *routine)
{
    for (uint32_t o = 0; o < routine->outcomes.count; o++)
        if (routine->outcomes.items[o].result == RULESET_RESULT_RAISES && !is_exceptional(&routine->outcomes.items[o]))
            return true;
    return false;
}

/* What a handler of FUNCTION does not catch leaves it here. */
static bool resumes(const struct ir_function *function)
{
    for (uint32_t b = 0; b < function->blocks.count; b++)
        if (function->blocks.items[b].term.kind == IR_RESUME && function->blocks.items[b].handler == IR_NONE)
            return true;
    return false;
}

void fault_find_raising(struct engine *engine, ir_id function)
{
    const struct callgraph *calls = engine->calls;
    bool is_open = false, is_asked = false;

    for (uint32_t e = calls->first_edge[function]; e < calls->first_edge[function + 1]; e++) {
        const struct callgraph_edge *edge = &calls->edges.items[e];
        bool raises = edge->routine ? routine_raises(edge->routine)
                                    : edge->callee != IR_NONE && edge->kind != CALLGRAPH_CALLBACK && engine->raises[edge->callee];

        if (!raises)
            continue;
        if (edge->is_guarded && !is_asked) {
            is_open = resumes(&engine->program->functions.items[function]);
            is_asked = true;
        }
        engine->raises[function] |= !edge->is_guarded || is_open;
    }
}

void fault_find_guarded(struct engine *engine)
{
    const struct callgraph *calls = engine->calls;

    for (uint32_t i = calls->order_count; i-- > 0;) { /* callers first */
        ir_id caller = calls->order[i];

        for (uint32_t e = calls->first_edge[caller]; e < calls->first_edge[caller + 1]; e++) {
            const struct callgraph_edge *edge = &calls->edges.items[e];

            if (edge->callee != IR_NONE && edge->kind != CALLGRAPH_CALLBACK && (edge->is_guarded || engine->guarded[caller]))
                engine->guarded[edge->callee] = true;
        }
    }
}

/* What the system calls, and what nobody is seen to call, is entered without a handler. Recursion may want a second sweep: a chain of callers that
 * the first one met in the wrong order. */
void fault_find_exposed(struct engine *engine)
{
    const struct callgraph *calls = engine->calls;

    for (uint32_t i = 0; i < calls->order_count; i++)
        engine->exposed[calls->order[i]] = true;
    for (uint32_t e = 0; e < calls->edges.count; e++)
        if (calls->edges.items[e].callee != IR_NONE && calls->edges.items[e].kind != CALLGRAPH_CALLBACK &&
            calls->edges.items[e].callee != calls->edges.items[e].caller)
            engine->exposed[calls->edges.items[e].callee] = false;
    for (uint32_t sweep = 0; sweep < 2; sweep++)
        for (uint32_t i = calls->order_count; i-- > 0;) { /* callers first */
            ir_id caller = calls->order[i];

            for (uint32_t e = calls->first_edge[caller]; e < calls->first_edge[caller + 1]; e++) {
                const struct callgraph_edge *edge = &calls->edges.items[e];

                if (edge->callee != IR_NONE && edge->kind != CALLGRAPH_CALLBACK && !edge->is_guarded && engine->exposed[caller])
                    engine->exposed[edge->callee] = true;
            }
        }
}
