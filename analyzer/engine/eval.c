/*
 * eval.c - places, operands and expressions of the IR as regions and values of a state; what a branch tells; uses of dead addresses.
 */

#include "engine/engine_int.h"
#include "engine/fault.h"
#include "engine/passed.h"
#include "engine/report.h"

/* ---- uses ---- */

static void use_dead_address(struct analysis *an, struct state *state, value_id token, struct mapping mapping)
{
    const struct ruleset_rule *other = an->rules->use_after_unmap_of[mapping.kind];
    struct violation violation = {.rule = other ? other : an->rules->use_after_unmap, .object = mapping.object, .token = token, .loc = an->loc,
                                  .last = "used here", .exit_loc = IR_NONE};

    if (!passed_excuses(state, violation.object, token))
        report_violation(an, state, &violation);
    mapping.is_given_up = true;
    state_set_mapping(an, state, token, &mapping);
}

/* MDLs of some makers have a protocol of their own. */
const struct ruleset_rule *eval_use_after_free_rule(const struct analysis *an, uint32_t origin)
{
    for (uint32_t o = 0; o < an->rules->origins.count; o++)
        if (origin == RULESET_BIT(o) && an->rules->use_after_free_of[o])
            return an->rules->use_after_free_of[o];
    return an->rules->use_after_free;
}

static void use_freed_object(struct analysis *an, struct state *state, value_id object)
{
    struct violation violation = {.rule = eval_use_after_free_rule(an, state_object(an, state, object).origin), .object = object, .loc = an->loc, .last = "used here",
                                  .exit_loc = IR_NONE};

    if (!passed_excuses(state, object, 0))
        report_violation(an, state, &violation);
    typestate_give_up(an, state, object);
    trace_give_up(an, state, object);
}

/* Memory of an MDL that may have come out smaller than it was asked to be. */
static void use_unsized(struct analysis *an, struct state *state, value_id token, value_id object)
{
    struct violation violation = {.rule = an->rules->unsized_use, .object = object, .token = token, .loc = an->loc,
                                  .last = "used here", .exit_loc = IR_NONE};

    if (violation.rule)
        report_violation(an, state, &violation);
    typestate_sized(an, state, object);
}

static void use_unchecked(struct analysis *an, struct state *state, value_id value, uint32_t rule)
{
    struct violation violation = {.rule = &an->rules->rules.items[rule], .token = value, .loc = an->loc,
                                  .last = "used here", .exit_loc = IR_NONE};
    const struct step *origin = report_find_result(state, value);

    violation.object = origin ? origin->object : 0;
    report_violation(an, state, &violation);
    state->unchecked = pmap_remove(state->unchecked, &an->nodes, value);
    if (violation.object) {
        typestate_give_up(an, state, violation.object);
        trace_give_up(an, state, violation.object);
    }
}

/* Callers check that the pointer is good. What raises in a handler's reach does not concern them: that is weaker than a plain use. */
static void note_used(struct analysis *an, struct state *state, value_id value)
{
    uint64_t seen;

    if (an->is_caught && pmap_get(state->used, value, &seen))
        return;
    state->used = pmap_set(state->used, &an->nodes, value, an->loc | (an->is_caught ? USED_CAUGHT : 0));
}

void eval_use_pointer(struct analysis *an, struct state *state, value_id value)
{
    const struct value *v = value_get(&an->values, value);
    value_id token = state_token_of(an, state, value);
    struct mapping mapping;
    struct object object;
    uint64_t rule;

    if (v->kind == VALUE_ENTRY)
        note_used(an, state, value);
    fault_access(an, value);
    if (token && state_mapping(state, token, &mapping) && !mapping.is_live && !mapping.is_given_up && !mapping.is_invalid)
        use_dead_address(an, state, token, mapping);
    if (token && state_mapping(state, token, &mapping) && mapping.is_live && state_object(an, state, mapping.object).is_unsized)
        use_unsized(an, state, token, mapping.object);
    object = state_object(an, state, value);
    if (object.descriptor == RULESET_BIT(RULESET_DESCRIPTOR_FREED) && !object.is_given_up)
        use_freed_object(an, state, value);
    while (v->kind == VALUE_EXPR && v->op == IR_EXPR_ADD) {
        value = v->a;
        v = value_get(&an->values, value);
    }
    if (!pmap_get(state->unchecked, value, &rule) || !facts_is_zero(&an->facts, state->facts, value))
        return;
    if (an->is_caught)
        an->fault = FAULT_SURE; /* address 0 is in the user's range: the access raises, and the function is ready for that */
    else
        use_unchecked(an, state, value, (uint32_t)rule);
}

/* ---- places and operands ---- */

/* VALUE is followed: what comes after happens only where it was not NULL. What came from the caller is in `used`: it is for the caller to say
 * whether that may be NULL. */
static void follow_pointer(struct analysis *an, struct state *state, value_id value)
{
    eval_use_pointer(an, state, value);
    if (value_get(&an->values, value)->kind == VALUE_FRESH && facts_truth(&an->facts, state->facts, value) == TRUTH_UNKNOWN)
        facts_assume(&an->facts, &state->facts, value, true);
}

static uint32_t last_deref(const struct ir_place *place)
{
    uint32_t last = UINT32_MAX;

    for (uint32_t p = 0; p < place->proj_count; p++)
        if (place->projs[p].kind == IR_PROJ_DEREF)
            last = p;
    return last;
}

/* An index of which only one number is left is that number: the same element has one name. */
static value_id index_value(struct analysis *an, struct state *state, const struct ir_operand *operand)
{
    value_id value = eval_operand(an, state, operand);
    int64_t low, high;

    facts_range(&an->facts, state->facts, value, &low, &high);
    return low == high ? value_constant(&an->values, value_get(&an->values, value)->type, low) : value;
}

/* The region that PLACE is. Pointers on the way are used; the last one only when the place itself is read or written (IS_ACCESS). */
static region_id place_region(struct analysis *an, struct state *state, const struct ir_place *place, bool is_access)
{
    ir_id base_type = place->base == IR_BASE_LOCAL ? an->function->locals.items[place->id].type
                                                   : an->program->globals.items[place->id].type;
    region_id region = place->base == IR_BASE_LOCAL ? region_local(&an->values, place->id, base_type)
                                                    : region_global(&an->values, place->id, base_type);
    uint32_t last = last_deref(place);

    for (uint32_t p = 0; p < place->proj_count; p++) {
        const struct ir_proj *proj = &place->projs[p];
        value_id value;

        switch (proj->kind) {
        case IR_PROJ_DEREF:
            value = state_load(an, state, region);
            if (is_access || p != last)
                follow_pointer(an, state, value);
            region = region_target(&an->values, value, proj->type);
            break;
        case IR_PROJ_FIELD: region = region_field(&an->values, region, proj->record, proj->field, proj->type); break;
        case IR_PROJ_INDEX:
            value = index_value(an, state, proj->index);
            region = region_index(&an->values, region, value, proj->type);
            break;
        }
    }
    return region;
}

region_id eval_place(struct analysis *an, struct state *state, const struct ir_place *place)
{
    return place_region(an, state, place, true);
}

region_id eval_where(struct analysis *an, struct state *state, const struct ir_place *place)
{
    return place_region(an, state, place, false);
}

value_id eval_operand(struct analysis *an, struct state *state, const struct ir_operand *operand)
{
    ir_id definition;

    switch (operand->kind) {
    case IR_OPERAND_INT: return value_constant(&an->values, operand->type, operand->value);
    case IR_OPERAND_STRING: return value_string(&an->values, operand->text);
    case IR_OPERAND_LOAD: return state_load(an, state, place_region(an, state, operand->place, true));
    case IR_OPERAND_ADDR: return value_addr(&an->values, place_region(an, state, operand->place, false));
    case IR_OPERAND_FUNC:
        definition = an->program->functions.items[operand->function].definition;
        return value_func(&an->values, definition == IR_NONE ? operand->function : definition);
    case IR_OPERAND_FLOAT:
    case IR_OPERAND_UNDEF: break;
    }
    return value_fresh(&an->values, operand->type);
}

/* The type whose signedness a comparison has: that of its first operand. */
static ir_id expr_type(const struct ir_expr *expr)
{
    return expr->op >= IR_EXPR_EQ && expr->op <= IR_EXPR_GE ? expr->a.type : expr->type;
}

value_id eval_expr(struct analysis *an, struct state *state, const struct ir_expr *expr)
{
    value_id a, b = 0;
    bool is_binary = expr->op >= IR_EXPR_ADD;

    if (expr->op == IR_EXPR_ZERO)
        return value_constant(&an->values, expr->type, 0);
    a = eval_operand(an, state, &expr->a);
    if (is_binary)
        b = eval_operand(an, state, &expr->b);
    if (expr->op == IR_EXPR_ADD)
        typestate_listed(an, state, a);
    return value_expr(&an->values, expr->op, expr_type(expr), a, b);
}

/* ---- what a branch tells ---- */

/* VALUE is a test of a flags word, under any number of negations: its flags value and mask. */
static bool find_flags_test(const struct analysis *an, value_id value, bool *want, value_id *flags, int64_t *mask)
{
    const struct value *v = value_get(&an->values, value_unnegated(&an->values, value, want));

    if (v->kind == VALUE_EXPR && v->op == IR_EXPR_CAST)
        v = value_get(&an->values, v->a);
    if (v->kind != VALUE_EXPR || v->op != IR_EXPR_AND || !value_is_int(&an->values, v->b, mask))
        return false;
    *flags = v->a;
    v = value_get(&an->values, v->a);
    if (v->kind == VALUE_EXPR && v->op == IR_EXPR_CAST) {
        *flags = v->a;
        v = value_get(&an->values, v->a);
    }
    return v->kind == VALUE_FLAGS;
}

bool eval_assume(struct analysis *an, struct state *state, value_id value, bool want)
{
    bool flags_want = want;
    struct step narrowed = {.kind = STEP_NARROW, .loc = an->loc, .function = an->function_id};
    value_id flags;
    int64_t mask;

    if (!facts_assume(&an->facts, &state->facts, value, want))
        return false;
    if (!find_flags_test(an, value, &flags_want, &flags, &mask))
        return true;
    if (!typestate_assume_flags(an, state, flags, mask, flags_want, &narrowed))
        return false;
    if (narrowed.object)
        state_record(an, state, &narrowed);
    return true;
}
