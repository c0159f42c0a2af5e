/*
 * member_signs.c - members that are never negative: no store puts something there that could be, while none of these members is (the greatest fixpoint of
 * the signs of Cousot and Cousot, POPL 1977, without paths). See members.h.
 */
#include "engine/members_int.h"

#include "engine/code.h"

#define DEPTH_MAX 8 /* variables and functions that a value came through */

/* What a question came through: the results of functions, and variables of them. What is asked again on the way is as it will be found to be. */
struct way {
    struct members *members;
    ir_id functions[DEPTH_MAX], locals[DEPTH_MAX];
    uint32_t depth;
};

static bool is_never_negative(struct way *self, ir_id function, const struct ir_operand *operand);

/* Has TYPE no negative numbers, and do all of its numbers fit into the engine's? */
static bool is_small_unsigned(const struct ir_module *program, ir_id type)
{
    const struct ir_type *t = type == IR_NONE ? NULL : &program->types.items[type];

    return t && (t->kind == IR_TYPE_BOOL || (t->kind == IR_TYPE_INT && !t->is_signed && t->bits > 0 && t->bits < 64));
}

static ir_id type_of(const struct ir_operand *operand)
{
    return operand->kind == IR_OPERAND_LOAD ? operand->place->type : operand->type;
}

/* Is a number of type FROM that is not negative none as one of type TO either? */
static bool is_wide_enough(const struct ir_module *program, ir_id to, ir_id from)
{
    const struct ir_type *types = program->types.items;

    if (to == IR_NONE || from == IR_NONE)
        return false;
    if (to == from || is_small_unsigned(program, to) || types[from].kind == IR_TYPE_BOOL)
        return true;
    return types[to].kind == IR_TYPE_INT && types[from].kind == IR_TYPE_INT &&
           (types[to].bits > types[from].bits || (types[to].bits == types[from].bits && (types[to].bits == 64 || types[from].is_signed)));
}

/* Sums and products are taken not to wrap around. */
static bool is_value_never_negative(struct way *self, ir_id function, const struct ir_expr *value)
{
    const struct ir_module *program = self->members->engine->program;
    bool a, b;

    if (value->op == IR_EXPR_ZERO || ir_expr_is_truth(value->op) || is_small_unsigned(program, value->type))
        return true;
    a = is_never_negative(self, function, &value->a);
    b = ir_expr_arity(value->op) == 2 && is_never_negative(self, function, &value->b);
    switch (value->op) {
    case IR_EXPR_USE: return a;
    case IR_EXPR_CAST: return a && (value->a.kind == IR_OPERAND_INT || is_wide_enough(program, value->type, type_of(&value->a)));
    case IR_EXPR_ADD:
    case IR_EXPR_MUL:
    case IR_EXPR_DIV:
    case IR_EXPR_OR:
    case IR_EXPR_XOR: return a && b;
    case IR_EXPR_AND: return a || b;
    case IR_EXPR_SHR:
    case IR_EXPR_REM: return a;
    default: return false;
    }
}

/* Goes on to what LOCAL of FUNCTION (IR_NONE: its result) is made of. False: too deep. */
static bool enter(struct way *self, ir_id function, ir_id local, bool *is_known)
{
    *is_known = false;
    for (uint32_t d = 0; d < self->depth; d++)
        *is_known |= self->functions[d] == function && self->locals[d] == local;
    if (*is_known || self->depth == DEPTH_MAX)
        return false;
    self->functions[self->depth] = function;
    self->locals[self->depth++] = local;
    return true;
}

static bool is_call_never_negative(struct way *self, const struct ir_instr *call);

/* Is what INSTR, an assignment or a call of FUNCTION's, puts into its destination never negative there? */
static bool is_result_never_negative(struct way *self, ir_id function, const struct ir_instr *instr)
{
    const struct ir_expr *value = &instr->value;
    bool is_plain = instr->kind == IR_ASSIGN && value->op == IR_EXPR_USE;

    if (instr->kind == IR_CALL)
        return is_call_never_negative(self, instr);
    if (instr->kind != IR_ASSIGN || !is_value_never_negative(self, function, value))
        return false;
    return ir_expr_is_truth(value->op) || value->op == IR_EXPR_ZERO || (is_plain && value->a.kind == IR_OPERAND_INT) ||
           is_wide_enough(self->members->engine->program, instr->dst->type, is_plain ? type_of(&value->a) : value->type);
}

static bool is_call_never_negative(struct way *self, const struct ir_instr *call)
{
    const struct ir_module *program = self->members->engine->program;
    ir_id callee = call->callee.kind == IR_OPERAND_FUNC && !call->is_dispatched ? program->functions.items[call->callee.function].definition : IR_NONE;
    bool is_known, result = true;

    if (is_small_unsigned(program, call->dst->type))
        return true;
    if (callee == IR_NONE)
        return false;
    if (!enter(self, callee, IR_NONE, &is_known))
        return is_known;
    for (uint32_t b = 0; result && b < program->functions.items[callee].blocks.count; b++) {
        const struct ir_term *term = &program->functions.items[callee].blocks.items[b].term;

        result = term->kind != IR_RETURN || (is_never_negative(self, callee, &term->value) &&
                                             (term->value.kind == IR_OPERAND_INT || is_wide_enough(program, call->dst->type, type_of(&term->value))));
    }
    self->depth--;
    return result;
}

static bool is_local_never_negative(struct way *self, ir_id function, ir_id local)
{
    const struct ir_function *f = &self->members->engine->program->functions.items[function];
    const struct ir_instr *source;
    uint32_t block = 0, index = 0;
    bool is_known, result = true;

    if (local < f->param_count)
        return false;
    if (!enter(self, function, local, &is_known))
        return is_known;
    while (result && (source = member_next_source(self->members, f, local, &block, &index)))
        result = !member_gives_away(source, local) && is_result_never_negative(self, function, source);
    self->depth--;
    return result && self->members->looks_left > 0;
}

static bool is_never_negative(struct way *self, ir_id function, const struct ir_operand *operand)
{
    const struct members *members = self->members;
    uint32_t member;

    if (operand->kind == IR_OPERAND_INT)
        return operand->value >= 0;
    if (operand->kind != IR_OPERAND_LOAD)
        return false;
    if (is_small_unsigned(members->engine->program, operand->place->type))
        return true;
    if (code_is_local(operand->place))
        return is_local_never_negative(self, function, operand->place->id);
    member = members_find_place(members, operand->place);
    return member && members->members.items[member].values.is_never_negative;
}

static bool is_store_never_negative(struct members *self, const struct member_store *store)
{
    struct way way = {.members = self};

    return is_result_never_negative(&way, store->function, member_store_instr(self, store));
}

/* Members are taken never to be negative until a store shows that they may be: the greatest set that holds. */
void member_settle_signs(struct members *self)
{
    bool has_changed = true;

    for (uint32_t s = 0; s < self->stores.count; s++) {
        struct member *member = &self->members.items[self->stores.items[s].member];

        member->values.is_never_negative = member->is_typed && !member->is_open && !member_is_bit_field(self, member);
    }
    while (has_changed) {
        has_changed = false;
        for (uint32_t s = 0; s < self->stores.count; s++) {
            struct member_values *values = &self->members.items[self->stores.items[s].member].values;

            if (values->is_never_negative && !is_store_never_negative(self, &self->stores.items[s])) {
                values->is_never_negative = false;
                has_changed = true;
            }
        }
    }
}
