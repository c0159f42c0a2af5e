/*
 * code.c - see code.h.
 */
#include "engine/code.h"

bool code_returns_new(const struct ruleset_routine *routine)
{
    for (uint32_t o = 0; routine && o < routine->outcomes.count; o++)
        for (uint32_t e = 0; e < routine->outcomes.items[o].effects.count; e++) {
            const struct ruleset_effect *effect = &routine->outcomes.items[o].effects.items[e];

            if (effect->kind == RULESET_EFFECT_NEW_MEMORY && effect->path.root == RULESET_RETURN && effect->path.step_count == 0)
                return true;
        }
    return false;
}

/* Do INSTR's constant arguments leave OUTCOME possible? */
static bool is_possible(const struct ruleset_outcome *outcome, const struct ir_instr *instr)
{
    for (uint32_t c = 0; c < outcome->conditions.count; c++) {
        const struct ruleset_condition *condition = &outcome->conditions.items[c];
        const struct ruleset_path *path = &condition->path;
        bool is_constant = path->root == RULESET_ARG && path->step_count == 0 && path->arg < instr->arg_count && !condition->is_mapped &&
                           instr->args[path->arg].kind == IR_OPERAND_INT;
        int64_t value = is_constant ? instr->args[path->arg].value : 0;

        if (is_constant && ((condition->mask ? value & condition->mask : value) == condition->value) == condition->is_negated)
            return false;
    }
    return true;
}

static enum code_change change_by(const struct ruleset_effect *effect)
{
    switch (effect->kind) {
    case RULESET_EFFECT_ZERO: return CODE_ZERO;
    case RULESET_EFFECT_COPY: return CODE_COPY;
    case RULESET_EFFECT_NEW:
    case RULESET_EFFECT_MAP:
    case RULESET_EFFECT_BORROW:
    case RULESET_EFFECT_LINK:
    case RULESET_EFFECT_WRITE:
    case RULESET_EFFECT_NULL:
    case RULESET_EFFECT_INVALID:
    case RULESET_EFFECT_ASSIGN:
    case RULESET_EFFECT_NEW_MEMORY: return CODE_WRITE;
    default: return CODE_NOTHING;
    }
}

enum code_change code_change_of_argument(const struct ruleset_routine *routine, const struct ir_instr *instr, uint32_t arg)
{
    enum code_change result = CODE_NOTHING;

    for (uint32_t o = 0; o < routine->outcomes.count; o++)
        for (uint32_t e = 0; is_possible(&routine->outcomes.items[o], instr) && e < routine->outcomes.items[o].effects.count; e++) {
            const struct ruleset_effect *effect = &routine->outcomes.items[o].effects.items[e];
            bool is_there = (effect->path.root == RULESET_ARG && effect->path.arg == arg) ||
                            (effect->has_other && effect->kind != RULESET_EFFECT_COPY && effect->kind != RULESET_EFFECT_ASSIGN &&
                             effect->other.root == RULESET_ARG && effect->other.arg == arg);

            if (is_there && change_by(effect) > result)
                result = change_by(effect);
        }
    return result;
}

bool code_is_same_place(const struct ir_place *a, const struct ir_place *b)
{
    if (a->base != b->base || a->id != b->id || a->proj_count != b->proj_count)
        return false;
    for (uint32_t p = 0; p < a->proj_count; p++)
        if (a->projs[p].kind != b->projs[p].kind || a->projs[p].kind == IR_PROJ_INDEX || a->projs[p].record != b->projs[p].record ||
            a->projs[p].field != b->projs[p].field)
            return false;
    return true;
}
