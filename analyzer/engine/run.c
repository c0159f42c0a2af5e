/*
 * run.c - see run.h. The function's summary is applied like that of a callee, and its ways are merged into one: the caller goes on once.
 */
#include "engine/run.h"

#include "engine/exec.h"
#include "engine/reuse.h"
#include "engine/translate.h"

/* VALUE as a function with a body that has been solved; NULL: none. */
static const struct summary *find_summary(const struct analysis *an, value_id value)
{
    const struct value *v = value ? value_get(&an->values, value) : NULL;
    ir_id function, definition;

    if (!v || v->kind != VALUE_FUNC)
        return NULL;
    function = (ir_id)v->number;
    definition = an->program->functions.items[function].definition;
    return reuse_summary(an->engine, definition == IR_NONE ? function : definition);
}

/* A call as the importer wants it: arguments without an expression. */
static struct ir_instr make_call(struct analysis *an, const struct summary *summary)
{
    const struct ir_function *function = &an->program->functions.items[summary->function];
    struct ir_operand *operands = ARENA_NEW_ARRAY(an->arena, struct ir_operand, (size_t)function->param_count + 1);

    for (uint32_t p = 0; p < function->param_count; p++)
        operands[p] = ir_operand_undef(function->locals.items[p].type);
    return (struct ir_instr){.kind = IR_CALL, .loc = an->loc, .args = operands, .arg_count = function->param_count};
}

/* All the ways through the function that end, from ENTRY. */
static void follow_all(struct analysis *an, const struct summary *summary, const value_id *args, uint32_t arg_count, struct state *entry,
                       struct successors *out)
{
    struct ir_instr call = make_call(an, summary);
    value_id *known = ARENA_NEW_ARRAY(an->arena, value_id, (size_t)call.arg_count + 1);
    struct importer importer;

    for (uint32_t p = 0; p < call.arg_count; p++)
        known[p] = p < arg_count && args[p] ? args[p] : value_fresh_at(&an->values, call.args[p].type, p + 1);
    importer_init(&importer, an, summary, entry, &call, known, call.arg_count);
    importer.is_run = true;
    for (uint32_t c = 0; c < summary->cases.count && !an->is_over_budget; c++) {
        analysis_spend(an, 1 + summary->cases.items[c].steps.count / 8);
        if (!summary->cases.items[c].is_raise)
            summary_follow(&importer, &summary->cases.items[c], entry, out);
    }
}

/* One state for all of LIST, which is not empty: objects that differ are given up. What is right of the others is no mixture. */
static struct state merge_all(struct analysis *an, const struct states *states, bool is_blurred)
{
    struct state merged = states->list.items[0];
    uint32_t lost;

    for (uint32_t i = 1; i < states->list.count; i++)
        if (!state_equal(&merged, &states->list.items[i]))
            merged = state_join_lossy(an, &merged, &states->list.items[i], ++an->merge_points, &lost);
    merged.is_blurred = is_blurred;
    return merged;
}

/* What AFTER holds elsewhere than BEFORE may be there or not, by now. What was there before will be overwritten in any case. */
static void forget_writes(struct analysis *an, const struct state *before, struct state *after)
{
    const struct pmap *old = after->store;
    struct pmap_diff diff;
    const struct pmap *entry;

    pmap_diff_init(&diff, old, before->store);
    while ((entry = pmap_diff_next(&diff))) {
        state_escape(an, after, (value_id)entry->value);
        state_forget(an, after, entry->key);
    }
}

/* Does the function return nothing but the number by which it gives back what it was given? Numbers of a status' size are meant. */
static bool gives_back(const struct summary *summary, const struct ruleset_effect *effect)
{
    bool gives = effect->has_back && !summary->is_incomplete;

    for (uint32_t c = 0; c < summary->cases.count; c++) {
        const struct value *result = &summary->values.items[summary->cases.items[c].result];

        gives &= summary->cases.items[c].is_raise || (result->kind == VALUE_INT && (int32_t)result->number == (int32_t)effect->back);
    }
    return gives;
}

bool run_is_for_callers(const struct analysis *an, value_id routine)
{
    const struct value *v = value_get(&an->values, routine);

    return !an->is_root && v->kind == VALUE_ENTRY && !v->has_fresh;
}

bool run_function(struct analysis *an, struct state *state, value_id routine, const value_id *args, const struct ruleset_effect *effect)
{
    const struct summary *summary = find_summary(an, routine);
    struct state entry = *state;
    struct successors next = {0};
    enum fault fault = an->fault;
    bool is_caught = an->is_caught;

    if (!summary)
        return false;
    an->is_caught = false; /* what it raises does not come here */
    follow_all(an, summary, args, effect->args.count, &entry, &next);
    an->is_caught = is_caught;
    an->fault = fault;
    if (next.normal.list.count > 0) {
        *state = merge_all(an, &next.normal, entry.is_blurred);
        if (effect->is_later)
            forget_writes(an, &entry, state);
    }
    successors_release(&next);
    return gives_back(summary, effect);
}
