/*
 * call.c - calls: direct, through pointers and members, of methods and operators, and the built-in functions that
 * are no calls.
 */
#include "frontend/lower_int.h"

#include <string.h>

/* ---- what is called ---- */

/* The type of the function called, with its parameters. */
static CXType function_type(struct lowering *unit, CXCursor call)
{
    CXCursor target = clang_getCursorReferenced(call);
    if (cursor_is_function(target))
        return clang_getCursorType(target);
    struct children operands = cursor_operands(unit, call);
    CXType type = operands.count ? clang_getCursorType(operands.items[0]) : (CXType){.kind = CXType_Invalid};
    CXType pointee = clang_getPointeeType(type);
    return pointee.kind == CXType_Invalid ? type : pointee;
}

ir_id call_result_type(struct lowering *unit, CXCursor call)
{
    if (clang_getCursorKind(clang_getCursorReferenced(call)) != CXCursor_Constructor) {
        CXType result = clang_getResultType(function_type(unit, call));
        if (result.kind == CXType_LValueReference || result.kind == CXType_RValueReference)
            return unit_type(unit, result);
    }
    return unit_cursor_type(unit, call);
}

/* (*fp)(), (&f)(), ((fp))() are fp() and f(). */
static CXCursor callee_of(struct lowering *unit, CXCursor callee)
{
    for (;;) {
        callee = cursor_strip(unit, callee);
        enum CXUnaryOperatorKind op = clang_getCursorUnaryOperatorKind(callee);
        struct children operands = cursor_operands(unit, callee);
        bool is_function = unit_type_get(unit, unit_cursor_type(unit, callee))->kind == IR_TYPE_FUNCTION;
        bool passes = (op == CXUnaryOperator_Deref && is_function) || op == CXUnaryOperator_AddrOf;
        if (!passes || operands.count != 1)
            return callee;
        callee = operands.items[0];
    }
}

static struct ir_operand lower_callee(struct body *self, CXCursor call)
{
    struct lowering *unit = self->unit;
    CXCursor target = clang_getCursorReferenced(call);
    if (cursor_is_function(target))
        return unit_function_operand(unit, target);
    struct children operands = cursor_operands(unit, call);
    if (!operands.count)
        return ir_operand_undef(unit->char_pointer_type);
    CXCursor callee = callee_of(unit, operands.items[0]);
    struct ir_operand operand = lower_operand(self, callee);
    if (operand.kind == IR_OPERAND_FUNC)
        return operand;
    return ir_operand_load(body_materialize(self, operand, unit_loc(unit, callee)));
}

/* ---- arguments ---- */

static bool is_default_argument(struct lowering *unit, CXCursor argument)
{
    return clang_getCursorKind(argument) == CXCursor_UnexposedExpr && !cursor_operands(unit, argument).count &&
           !source_written(unit, clang_getCursorLocation(argument)).source;
}

/* The default that parameter INDEX of FUNCTION declares. */
static bool default_argument(struct lowering *unit, CXCursor function, uint32_t index, CXCursor *value)
{
    CXCursor parameter = clang_Cursor_getArgument(function, index);
    if (cursor_is_null(parameter))
        return false;
    struct children operands = cursor_operands(unit, parameter);
    if (!operands.count)
        return false;
    *value = operands.items[operands.count - 1];
    return true;
}

struct ir_operand lower_argument(struct body *self, CXCursor argument, CXType parameter)
{
    struct lowering *unit = self->unit;
    if (parameter.kind == CXType_LValueReference || parameter.kind == CXType_RValueReference)
        return body_address(self, lower_place(self, argument), unit_type(unit, parameter));
    return lower_operand(self, argument);
}

static bool is_operator_method(CXCursor target, struct lowering *unit, CXCursor call)
{
    if (!cxx_is_method(target) || clang_CXXMethod_isStatic(target))
        return false;
    struct children operands = cursor_operands(unit, call);
    return operands.count && clang_getCursorKind(cursor_strip(unit, operands.items[0])) != CXCursor_MemberRefExpr;
}

struct arguments {
    VEC(struct ir_operand) items;
};

/* `this` first for methods; for an operator written as one it is the left operand. */
static void lower_arguments(struct body *self, CXCursor call, struct arguments *out)
{
    struct lowering *unit = self->unit;
    CXCursor target = clang_getCursorReferenced(call);
    CXType type = function_type(unit, call);
    int count = clang_Cursor_getNumArguments(call), first = 0;
    if (is_operator_method(target, unit, call) && count > 0 &&
        strncmp(cursor_string(&unit->scratch, clang_getCursorSpelling(target)), "operator", 8) == 0) {
        const struct ir_place *object = lower_place(self, clang_Cursor_getArgument(call, 0));
        struct ir_operand self_pointer = body_address(self, object, unit_pointer_to(unit, object->type));
        VEC_PUSH_IN(self->module->arena, &out->items, self_pointer);
        first = 1;
    } else if (cxx_is_method(target) && !clang_CXXMethod_isStatic(target)) {
        struct children operands = cursor_operands(unit, call);
        if (operands.count)
            VEC_PUSH_IN(self->module->arena, &out->items, lower_this_argument(self, operands.items[0]));
    }
    for (int i = first; i < count; i++) {
        CXCursor argument = clang_Cursor_getArgument(call, (unsigned)i);
        CXType parameter = clang_getArgType(type, (unsigned)(i - first));
        if (is_default_argument(unit, argument))
            default_argument(unit, target, (uint32_t)(i - first), &argument);
        struct ir_operand operand = lower_argument(self, argument, parameter);
        VEC_PUSH_IN(self->module->arena, &out->items, operand);
    }
}

/* ---- built-in functions that only steer the compiler ---- */

/* Behind it the condition holds: the other way cannot be reached. */
static struct ir_expr lower_assume(struct body *self, CXCursor call)
{
    ir_id holds = body_new_block(self), never = body_new_block(self);
    lower_condition(self, clang_Cursor_getArgument(call, 0), holds, never);
    body_start(self, never);
    body_end(self, IR_UNREACHABLE, self->loc);
    body_start(self, holds);
    return value_undef(self->unit->void_type);
}

static bool lower_builtin(struct body *self, CXCursor call, struct ir_expr *out)
{
    struct lowering *unit = self->unit;
    const char *name = cursor_string(&unit->scratch, clang_getCursorSpelling(call));
    int count = clang_Cursor_getNumArguments(call);
    ir_id type = unit_cursor_type(unit, call);
    if (*name != '_')
        return false;
    if (strcmp(name, "__noop") == 0 || strcmp(name, "__builtin_constant_p") == 0) {
        *out = value_int(type, 0); /* arguments are not evaluated */
        return true;
    }
    if (count < 1)
        return false;
    if (strncmp(name, "__builtin_expect", 16) == 0 || strcmp(name, "__builtin_assume_aligned") == 0) {
        struct ir_expr value = lower_value(self, clang_Cursor_getArgument(call, 0));
        *out = body_convert(self, value, type, false, unit_loc(unit, call));
        return true;
    }
    if (strcmp(name, "__builtin_assume") == 0 || strcmp(name, "__assume") == 0) {
        *out = lower_assume(self, call);
        return true;
    }
    return false;
}

/* ---- the call ---- */

static struct ir_expr call_result(struct body *self, const struct ir_place *result, ir_id type)
{
    const struct ir_type *shape = unit_type_get(self->unit, type);
    if (!result)
        return value_undef(type);
    if (shape->is_reference)
        return value_use(ir_operand_load(ir_place_deref(self->module, result, shape->target)));
    return value_use(ir_operand_load(result));
}

static struct ir_expr add_call(struct body *self, struct ir_operand callee, const struct arguments *args,
                               const struct ir_place *dst, ir_id loc)
{
    struct ir_instr *instr = body_add(self, IR_CALL, loc);
    instr->dst = dst;
    instr->callee = callee;
    instr->args = args->items.items;
    instr->arg_count = args->items.count;
    if (callee.kind == IR_OPERAND_FUNC && self->module->functions.items[callee.function].is_noreturn)
        body_end(self, IR_UNREACHABLE, loc);
    return value_undef(self->unit->void_type);
}

struct ir_expr lower_call(struct body *self, CXCursor cursor, const struct ir_place *dst, bool wanted)
{
    struct lowering *unit = self->unit;
    struct ir_expr special;
    ir_id loc = unit_loc(unit, cursor);
    if (lower_seh_intrinsic(self, cursor, &special) || lower_builtin(self, cursor, &special))
        return special;
    ir_id type = call_result_type(unit, cursor);
    if (clang_getCursorKind(clang_getCursorReferenced(cursor)) == CXCursor_Constructor) {
        const struct ir_place *object = dst ? dst : body_temp(self, type, loc);
        lower_construct(self, cursor, object);
        return value_use(body_load(self, object));
    }
    struct arguments args = {0};
    struct ir_operand callee = lower_callee(self, cursor);
    lower_arguments(self, cursor, &args);
    const struct ir_type *shape = unit_type_get(unit, type);
    if (shape->kind == IR_TYPE_VOID || !wanted)
        dst = NULL;
    else if (!dst || shape->is_reference)
        dst = body_temp(self, type, loc);
    add_call(self, callee, &args, dst, loc);
    return call_result(self, dst, type);
}

struct ir_expr body_call_builtin(struct body *self, const char *name, ir_id result, const struct ir_operand *args,
                                 uint32_t count, ir_id loc)
{
    struct lowering *unit = self->unit;
    ir_id function = unit_builtin(unit, name, result);
    struct ir_operand callee = ir_operand_undef(unit_pointer_to(unit, unit->module->functions.items[function].type));
    callee.kind = IR_OPERAND_FUNC;
    callee.function = function;
    struct arguments list = {0};
    for (uint32_t i = 0; i < count; i++)
        VEC_PUSH_IN(self->module->arena, &list.items, args[i]);
    bool has_result = unit_type_get(unit, result)->kind != IR_TYPE_VOID;
    const struct ir_place *dst = has_result ? body_temp(self, result, loc) : NULL;
    add_call(self, callee, &list, dst, loc);
    return call_result(self, dst, result);
}
