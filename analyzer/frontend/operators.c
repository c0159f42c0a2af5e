/*
 * operators.c - unary and binary operators, assignments, ++ and --, ?: and the logical operators as values.
 */
#include "frontend/lower_int.h"

#include <assert.h>

static bool is_pointer(struct lowering *unit, ir_id type)
{
    return unit_type_get(unit, type)->kind == IR_TYPE_POINTER;
}

static struct ir_expr lower_logical(struct body *self, CXCursor cursor);

/* ---- unary ---- */

/* The address of the array itself has another type than the decayed array, but is the same operand. */
static struct ir_expr lower_address_of(struct body *self, CXCursor cursor, CXCursor operand)
{
    struct lowering *unit = self->unit;
    CXCursor inner = cursor_strip(unit, operand);
    CXCursor target = clang_getCursorReferenced(inner);
    bool is_function = clang_getCursorKind(inner) == CXCursor_DeclRefExpr &&
                       clang_getCursorKind(target) != CXCursor_VarDecl &&
                       clang_getCursorKind(target) != CXCursor_ParmDecl;
    if (is_function || !cursor_is_lvalue(self, inner))
        return lower_value(self, operand);
    struct ir_operand address = body_address(self, lower_place(self, operand), unit_cursor_type(unit, cursor));
    return value_use(address);
}

struct ir_expr lower_unary(struct body *self, CXCursor cursor)
{
    struct lowering *unit = self->unit;
    struct children operands = cursor_operands(unit, cursor);
    ir_id type = unit_cursor_type(unit, cursor);
    if (operands.count != 1)
        return lower_unknown(self, cursor, "UnaryOperator");
    CXCursor operand = operands.items[0];
    switch (clang_getCursorUnaryOperatorKind(cursor)) {
    case CXUnaryOperator_AddrOf: return lower_address_of(self, cursor, operand);
    case CXUnaryOperator_Deref: return value_use(body_load(self, lower_place(self, cursor)));
    case CXUnaryOperator_Plus:
    case CXUnaryOperator_Extension: return lower_value(self, operand);
    case CXUnaryOperator_Minus: return value_unary(IR_EXPR_NEG, type, lower_operand(self, operand));
    case CXUnaryOperator_Not: return value_unary(IR_EXPR_BITNOT, type, lower_operand(self, operand));
    case CXUnaryOperator_LNot: return lower_logical(self, cursor);
    case CXUnaryOperator_Real:
    case CXUnaryOperator_Imag: lower_effect(self, operand); return value_undef(type);
    default: return lower_unknown(self, cursor, "UnaryOperator");
    }
}

const struct ir_place *lower_increment(struct body *self, CXCursor cursor, struct ir_operand *before)
{
    struct lowering *unit = self->unit;
    struct children operands = cursor_operands(unit, cursor);
    enum CXUnaryOperatorKind op = clang_getCursorUnaryOperatorKind(cursor);
    ir_id loc = unit_loc(unit, cursor);
    assert(operands.count == 1);
    const struct ir_place *place = lower_place(self, operands.items[0]);
    struct ir_operand old = ir_operand_load(place);
    if (before) {
        const struct ir_place *copy = body_temp(self, place->type, loc);
        body_assign(self, copy, value_use(old), loc);
        *before = old = ir_operand_load(copy);
    }
    bool adds = op == CXUnaryOperator_PostInc || op == CXUnaryOperator_PreInc;
    struct ir_operand one = ir_operand_int(is_pointer(unit, place->type) ? unit->int_type : place->type, 1);
    body_assign(self, place, value_binary(adds ? IR_EXPR_ADD : IR_EXPR_SUB, place->type, old, one), loc);
    return place;
}

/* ---- binary ---- */

static bool binary_op(enum CXBinaryOperatorKind kind, enum ir_expr_op *op)
{
    switch (kind) {
    case CXBinaryOperator_Mul:
    case CXBinaryOperator_MulAssign: *op = IR_EXPR_MUL; return true;
    case CXBinaryOperator_Div:
    case CXBinaryOperator_DivAssign: *op = IR_EXPR_DIV; return true;
    case CXBinaryOperator_Rem:
    case CXBinaryOperator_RemAssign: *op = IR_EXPR_REM; return true;
    case CXBinaryOperator_Add:
    case CXBinaryOperator_AddAssign: *op = IR_EXPR_ADD; return true;
    case CXBinaryOperator_Sub:
    case CXBinaryOperator_SubAssign: *op = IR_EXPR_SUB; return true;
    case CXBinaryOperator_Shl:
    case CXBinaryOperator_ShlAssign: *op = IR_EXPR_SHL; return true;
    case CXBinaryOperator_Shr:
    case CXBinaryOperator_ShrAssign: *op = IR_EXPR_SHR; return true;
    case CXBinaryOperator_And:
    case CXBinaryOperator_AndAssign: *op = IR_EXPR_AND; return true;
    case CXBinaryOperator_Xor:
    case CXBinaryOperator_XorAssign: *op = IR_EXPR_XOR; return true;
    case CXBinaryOperator_Or:
    case CXBinaryOperator_OrAssign: *op = IR_EXPR_OR; return true;
    case CXBinaryOperator_LT: *op = IR_EXPR_LT; return true;
    case CXBinaryOperator_GT: *op = IR_EXPR_GT; return true;
    case CXBinaryOperator_LE: *op = IR_EXPR_LE; return true;
    case CXBinaryOperator_GE: *op = IR_EXPR_GE; return true;
    case CXBinaryOperator_EQ: *op = IR_EXPR_EQ; return true;
    case CXBinaryOperator_NE: *op = IR_EXPR_NE; return true;
    default: return false;
    }
}

/* The result of a store, for `a = b = c`: what the place holds, as the next store reads it. */
static struct ir_expr stored_value(struct body *self, const struct ir_place *place)
{
    return value_use(body_load(self, place));
}

struct ir_expr lower_binary(struct body *self, CXCursor cursor)
{
    struct lowering *unit = self->unit;
    struct children operands = cursor_operands(unit, cursor);
    enum CXBinaryOperatorKind kind = clang_getCursorBinaryOperatorKind(cursor);
    enum ir_expr_op op;
    if (operands.count != 2)
        return lower_unknown(self, cursor, "BinaryOperator");
    if (kind == CXBinaryOperator_Assign)
        return stored_value(self, lower_assignment(self, cursor));
    if (kind == CXBinaryOperator_Comma) {
        lower_effect(self, operands.items[0]);
        return lower_value(self, operands.items[1]);
    }
    if (kind == CXBinaryOperator_LAnd || kind == CXBinaryOperator_LOr)
        return lower_logical(self, cursor);
    if (!binary_op(kind, &op))
        return lower_unknown(self, cursor, "BinaryOperator");
    struct ir_operand a = lower_operand(self, operands.items[0]), b = lower_operand(self, operands.items[1]);
    ir_id type = unit_cursor_type(unit, cursor);
    if (op == IR_EXPR_ADD && !is_pointer(unit, a.type) && is_pointer(unit, b.type))
        return value_binary(op, type, b, a);
    return value_binary(op, type, a, b);
}

/* ---- assignment ---- */

struct ir_expr lower_compound_assign(struct body *self, CXCursor cursor)
{
    return stored_value(self, lower_assignment(self, cursor));
}

static const struct ir_place *store_to_unknown(struct body *self, CXCursor cursor)
{
    struct ir_expr value = lower_unknown(self, cursor, "assignment to something that is no place");
    return body_materialize(self, body_operand(self, value, self->loc), self->loc);
}

const struct ir_place *lower_assignment(struct body *self, CXCursor cursor)
{
    struct lowering *unit = self->unit;
    struct children operands = cursor_operands(unit, cursor);
    enum ir_expr_op op;
    if (operands.count != 2 || !cursor_is_lvalue(self, operands.items[0]))
        return store_to_unknown(self, cursor);
    const struct ir_place *place = lower_place(self, operands.items[0]);
    if (!binary_op(clang_getCursorBinaryOperatorKind(cursor), &op)) {
        ir_id outer = self->loc;
        self->loc = unit_loc(unit, cursor);
        lower_into(self, place, operands.items[1]);
        self->loc = outer;
        return place;
    }
    struct ir_operand b = lower_operand(self, operands.items[1]);
    body_assign(self, place, value_binary(op, place->type, ir_operand_load(place), b), unit_loc(unit, cursor));
    return place;
}

/* ---- values that take branches ---- */

struct ir_expr lower_conditional(struct body *self, CXCursor cursor, const struct ir_place *into)
{
    struct lowering *unit = self->unit;
    struct children operands = cursor_operands(unit, cursor);
    ir_id loc = unit_loc(unit, cursor), type = unit_cursor_type(unit, cursor);
    int64_t constant;
    if (operands.count != 3)
        return lower_unknown(self, cursor, "ConditionalOperator");
    bool is_void = unit_type_get(unit, type)->kind == IR_TYPE_VOID;
    if (!into && !is_void && constant_fold(unit, operands.items[0], &constant))
        return body_convert(self, lower_value(self, operands.items[constant ? 1 : 2]), type, false, loc);
    const struct ir_place *result = into || is_void ? into : body_temp(self, type, loc);
    ir_id blocks[2] = {body_new_block(self), body_new_block(self)}, done = body_new_block(self);
    lower_condition(self, operands.items[0], blocks[0], blocks[1]);
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t mark = self->temporaries.count;
        body_start(self, blocks[i]);
        if (result)
            lower_into(self, result, operands.items[i + 1]);
        else
            lower_effect(self, operands.items[i + 1]);
        body_end_temporaries(self, mark);
        body_goto(self, done);
    }
    body_start(self, done);
    if (result && !into && cursor_is_class_value(unit, cursor))
        body_add_temporary(self, result, clang_getCursorType(cursor));
    return result ? value_use(body_load(self, result)) : value_undef(type);
}

/* `!x` of a plain value needs no branch. */
static bool is_plain_not(struct body *self, CXCursor cursor, CXCursor *operand)
{
    struct children operands = cursor_operands(self->unit, cursor);
    if (clang_getCursorUnaryOperatorKind(cursor) != CXUnaryOperator_LNot || operands.count != 1)
        return false;
    *operand = operands.items[0];
    CXCursor inner = cursor_strip(self->unit, *operand);
    enum CXBinaryOperatorKind op = clang_getCursorBinaryOperatorKind(inner);
    return op != CXBinaryOperator_LAnd && op != CXBinaryOperator_LOr &&
           clang_getCursorUnaryOperatorKind(inner) != CXUnaryOperator_LNot;
}

/* 1 or 0, by branches. */
static struct ir_expr lower_logical(struct body *self, CXCursor cursor)
{
    struct lowering *unit = self->unit;
    ir_id loc = unit_loc(unit, cursor), type = unit_cursor_type(unit, cursor);
    CXCursor operand;
    if (is_plain_not(self, cursor, &operand))
        return value_unary(IR_EXPR_LNOT, type, lower_operand(self, operand));
    const struct ir_place *result = body_temp(self, type, loc);
    ir_id if_true = body_new_block(self), if_false = body_new_block(self), done = body_new_block(self);
    lower_condition(self, cursor, if_true, if_false);
    body_start(self, if_true);
    body_assign(self, result, value_int(type, 1), loc);
    body_goto(self, done);
    body_start(self, if_false);
    body_assign(self, result, value_int(type, 0), loc);
    body_start(self, done);
    return value_use(ir_operand_load(result));
}
