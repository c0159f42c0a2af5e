/*
 * leftover.c - see leftover.h.
 */
#include "engine/leftover.h"

/* ---- the members that the function sets itself ---- */

/* Is it a number other than 0, alone or among others (`|= 2`)? */
static bool is_mark(const struct ir_expr *value)
{
    bool has_number = (value->a.kind == IR_OPERAND_INT && value->a.value != 0) ||
                      (value->op >= IR_EXPR_ADD && value->b.kind == IR_OPERAND_INT && value->b.value != 0);

    return has_number && (value->op == IR_EXPR_USE || value->op == IR_EXPR_CAST || value->op == IR_EXPR_OR);
}

static const struct ir_proj *last_member(const struct ir_place *place)
{
    const struct ir_proj *last = place && place->proj_count ? &place->projs[place->proj_count - 1] : NULL;

    return last && last->kind == IR_PROJ_FIELD ? last : NULL;
}

static void find_marks(struct analysis *an)
{
    an->has_marks = true;
    for (uint32_t b = 0; b < an->function->blocks.count; b++) {
        const struct ir_block *block = &an->function->blocks.items[b];

        for (uint32_t i = 0; i < block->instrs.count; i++) {
            const struct ir_instr *instr = &block->instrs.items[i];
            const struct ir_proj *member = instr->kind == IR_ASSIGN && is_mark(&instr->value) ? last_member(instr->dst) : NULL;

            if (member)
                VEC_PUSH_IN(an->arena, &an->set_members, *member);
        }
    }
}

/* Is VALUE what a member held on entry that the function sets, in memory that was there before? */
static bool is_own_mark(struct analysis *an, value_id value)
{
    const struct value *v = value_get(&an->values, value);
    const struct region *r = v->kind == VALUE_ENTRY ? region_get(&an->values, v->region) : NULL;

    if (!r || r->kind != REGION_FIELD || region_get(&an->values, region_root(&an->values, v->region))->kind == REGION_LOCAL)
        return false;
    if (!an->has_marks)
        find_marks(an);
    for (uint32_t m = 0; m < an->set_members.count; m++)
        if (an->set_members.items[m].record == r->id && an->set_members.items[m].field == r->field)
            return true;
    return false;
}

/* ---- what a path says ---- */

static bool has_events(const struct state *state)
{
    for (const struct step *step = state->trace; step; step = step->prev)
        if (step->kind == STEP_EVENT)
            return true;
    return false;
}

/* Is VALUE such a member, or some bits of it? */
static bool is_of_mark(struct analysis *an, value_id value)
{
    const struct value *v = value_get(&an->values, value);
    int64_t number;

    while (v->kind == VALUE_EXPR && (v->op == IR_EXPR_CAST || ((v->op == IR_EXPR_AND || v->op == IR_EXPR_OR) && value_is_int(&an->values, v->b, &number)))) {
        value = v->a;
        v = value_get(&an->values, value);
    }
    return is_own_mark(an, value);
}

void leftover_learn(struct analysis *an, const struct state *before, struct state *state, value_id value)
{
    const struct value *v = value_get(&an->values, value);

    if (v->kind == VALUE_EXPR) {
        leftover_learn(an, before, state, v->a);
        if (v->b)
            leftover_learn(an, before, state, v->b);
    }
    if (is_of_mark(an, value) && facts_is_nonzero(&an->facts, state->facts, value) &&
        !facts_is_nonzero(&an->facts, before->facts, value) && has_events(state))
        state->leftover = state->trace->length;
}

/* The length of the trace when OBJECT was made; UINT32_MAX when that is not on it. */
static uint32_t made_at(const struct state *state, value_id object)
{
    const struct step *step = report_find_event(state, object, RULESET_EFFECT_NEW, RULESET_ANY);

    return step ? step->length : UINT32_MAX;
}

bool leftover_explains(const struct analysis *an, const struct state *state, const struct violation *violation)
{
    if (!state->leftover || violation->exit_loc != IR_NONE)
        return false;
    if (!violation->object)
        return true;
    return state_object(an, state, violation->object).is_ours && made_at(state, violation->object) <= state->leftover;
}
