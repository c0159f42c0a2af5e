/*
 * condition.c - conditions as control flow.
 *
 * &&, ||, ! and ?: become branches on their atoms; each branch carries its atom as it is written
 * ("NT_SUCCESS(status)"), which is what reports quote. Constant conditions branch nowhere.
 */
#include "frontend/lower_int.h"

static bool is_truth_valued(CXCursor cursor)
{
    enum CXBinaryOperatorKind op = clang_getCursorBinaryOperatorKind(cursor);
    return (op >= CXBinaryOperator_LT && op <= CXBinaryOperator_NE) || op == CXBinaryOperator_LAnd ||
           op == CXBinaryOperator_LOr || clang_getCursorUnaryOperatorKind(cursor) == CXUnaryOperator_LNot;
}

/* A conversion that keeps zero zero and everything else not: to bool, to a type at least as wide, of a truth value. */
static bool keeps_truth(struct lowering *unit, CXCursor cursor, CXCursor operand)
{
    if (is_truth_valued(cursor_strip(unit, operand)))
        return true;
    const struct ir_type *to = unit_type_get(unit, unit_cursor_type(unit, cursor));
    const struct ir_type *from = unit_type_get(unit, unit_cursor_type(unit, operand));
    if (to->kind == IR_TYPE_BOOL)
        return from->kind == IR_TYPE_BOOL || from->kind == IR_TYPE_INT || from->kind == IR_TYPE_POINTER;
    return to->kind == IR_TYPE_INT && (from->kind == IR_TYPE_INT || from->kind == IR_TYPE_BOOL) &&
           to->bits >= from->bits;
}

static bool cast_operand(struct lowering *unit, CXCursor cursor, CXCursor *operand)
{
    enum CXCursorKind kind = clang_getCursorKind(cursor);
    if (kind == CXCursor_UnexposedExpr)
        return cursor_is_implicit_cast(unit, cursor, operand);
    if (kind != CXCursor_CStyleCastExpr && kind != CXCursor_CXXStaticCastExpr && kind != CXCursor_CXXFunctionalCastExpr)
        return false;
    struct children operands = cursor_operands(unit, cursor);
    if (!operands.count)
        return false;
    *operand = operands.items[operands.count - 1];
    return true;
}

static void lower_atom(struct body *self, CXCursor cursor, ir_id if_true, ir_id if_false)
{
    struct lowering *unit = self->unit;
    CXCursor inner = cursor_strip(unit, cursor);
    ir_id loc = unit_loc(unit, inner);
    const char *text = unit_text(unit, inner);
    body_branch(self, lower_operand(self, cursor), if_true, if_false, loc, text);
}

static void lower_condition_binary(struct body *self, CXCursor cursor, ir_id if_true, ir_id if_false)
{
    struct children operands = cursor_operands(self->unit, cursor);
    enum CXBinaryOperatorKind op = clang_getCursorBinaryOperatorKind(cursor);
    bool is_known = op == CXBinaryOperator_LAnd || op == CXBinaryOperator_LOr || op == CXBinaryOperator_Comma;
    if (operands.count != 2 || !is_known) {
        lower_atom(self, cursor, if_true, if_false);
        return;
    }
    if (op == CXBinaryOperator_Comma) {
        lower_effect(self, operands.items[0]);
    } else {
        ir_id next = body_new_block(self);
        bool is_and = op == CXBinaryOperator_LAnd;
        lower_condition(self, operands.items[0], is_and ? next : if_true, is_and ? if_false : next);
        body_start(self, next);
    }
    lower_sided_condition(self, operands.items[1], if_true, if_false);
}

static void lower_condition_ternary(struct body *self, CXCursor cursor, ir_id if_true, ir_id if_false)
{
    struct children operands = cursor_operands(self->unit, cursor);
    if (operands.count != 3) {
        lower_atom(self, cursor, if_true, if_false);
        return;
    }
    ir_id yes = body_new_block(self), no = body_new_block(self);
    lower_condition(self, operands.items[0], yes, no);
    body_start(self, yes);
    lower_sided_condition(self, operands.items[1], if_true, if_false);
    body_start(self, no);
    lower_sided_condition(self, operands.items[2], if_true, if_false);
}

/* A cast that changes nothing is looked through only to find a condition below it: atoms keep their casts. */
static bool holds_condition(struct lowering *unit, CXCursor cursor)
{
    CXCursor operand;
    for (;;) {
        enum CXCursorKind kind = clang_getCursorKind(cursor);
        struct children operands;
        if (is_truth_valued(cursor) || kind == CXCursor_ConditionalOperator ||
            cursor_is_builtin_call(unit, cursor, "__builtin_expect"))
            return true;
        if (kind == CXCursor_ParenExpr) {
            operands = cursor_operands(unit, cursor);
            if (operands.count != 1)
                return false;
            cursor = operands.items[0];
        } else if (cast_operand(unit, cursor, &operand) && keeps_truth(unit, cursor, operand)) {
            cursor = operand;
        } else {
            return false;
        }
    }
}

static void lower_condition_of(struct body *self, CXCursor cursor, ir_id if_true, ir_id if_false)
{
    struct lowering *unit = self->unit;
    struct children operands = cursor_operands(unit, cursor);
    CXCursor operand;
    if (clang_getCursorKind(cursor) == CXCursor_ParenExpr && operands.count == 1)
        lower_condition(self, operands.items[0], if_true, if_false);
    else if (clang_getCursorUnaryOperatorKind(cursor) == CXUnaryOperator_LNot && operands.count == 1)
        lower_condition(self, operands.items[0], if_false, if_true);
    else if (clang_getCursorKind(cursor) == CXCursor_BinaryOperator)
        lower_condition_binary(self, cursor, if_true, if_false);
    else if (clang_getCursorKind(cursor) == CXCursor_ConditionalOperator)
        lower_condition_ternary(self, cursor, if_true, if_false);
    else if (cursor_is_builtin_call(unit, cursor, "__builtin_expect") && clang_Cursor_getNumArguments(cursor) == 2)
        lower_condition(self, clang_Cursor_getArgument(cursor, 0), if_true, if_false);
    else if (cast_operand(unit, cursor, &operand) && keeps_truth(unit, cursor, operand) &&
             holds_condition(unit, operand))
        lower_condition(self, operand, if_true, if_false);
    else if (cast_operand(unit, cursor, &operand) &&
             unit_type_get(unit, unit_cursor_type(unit, cursor))->kind == IR_TYPE_BOOL &&
             keeps_truth(unit, cursor, operand))
        lower_atom(self, operand, if_true, if_false);
    else
        lower_atom(self, cursor, if_true, if_false);
}

void lower_condition(struct body *self, CXCursor cursor, ir_id if_true, ir_id if_false)
{
    int64_t constant;
    if (constant_fold(self->unit, cursor, &constant) || cxx_self_test(self->unit, cursor, &constant)) {
        body_goto(self, constant ? if_true : if_false);
        return;
    }
    if (!body_enter(self)) {
        lower_atom(self, cursor, if_true, if_false); /* lower_value makes it an unknown */
        return;
    }
    lower_condition_of(self, cursor, if_true, if_false);
    body_leave(self);
}
