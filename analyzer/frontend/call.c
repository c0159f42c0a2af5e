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
    if (!unit_is_passed_by_address(unit, parameter))
        return lower_operand(self, argument);
    const struct ir_place *object = body_temp(self, unit_type(unit, parameter), unit_loc(unit, argument));
    lower_into(self, object, argument);
    return body_address(self, object, unit_pointer_to(unit, object->type));
}

void lower_plain_arguments(struct body *self, CXCursor call, CXCursor target, int first, int count,
                           struct arguments *out)
{
    struct lowering *unit = self->unit;
    CXType type = cursor_is_function(target) ? clang_getCursorType(target) : function_type(unit, call);
    for (int i = first; i < count; i++) {
        CXCursor argument = clang_Cursor_getArgument(call, (unsigned)i);
        CXType parameter = clang_getArgType(type, (unsigned)(i - first));
        if (is_default_argument(unit, argument))
            default_argument(unit, target, (uint32_t)(i - first), &argument);
        struct ir_operand operand = lower_argument(self, argument, parameter);
        VEC_PUSH_IN(self->module->arena, &out->items, operand);
    }
}

static bool is_operator_method(CXCursor target, struct lowering *unit, CXCursor call)
{
    if (!cxx_is_method(target) || clang_CXXMethod_isStatic(target))
        return false;
    struct children operands = cursor_operands(unit, call);
    if (!operands.count || clang_getCursorKind(cursor_strip(unit, operands.items[0])) == CXCursor_MemberRefExpr)
        return false;
    const char *name = cursor_string(&unit->scratch, clang_getCursorSpelling(target));
    return strncmp(name, "operator", 8) == 0 && clang_Cursor_getNumArguments(call) > 0;
}

/*
 * `this` first for methods; for an operator written as one it is the left operand, which may be a member itself: then
 * there is one argument more than parameters.
 */
static void lower_arguments(struct body *self, CXCursor call, struct arguments *out)
{
    struct lowering *unit = self->unit;
    CXCursor target = clang_getCursorReferenced(call);
    int count = clang_Cursor_getNumArguments(call), first = 0;
    bool takes_this = method_takes_this(unit, target);
    bool is_operator =
        is_operator_method(target, unit, call) || (takes_this && count == clang_Cursor_getNumArguments(target) + 1);
    if (is_operator && takes_this) {
        const struct ir_place *object = lower_place(self, clang_Cursor_getArgument(call, 0));
        struct ir_operand self_pointer = body_address(self, object, unit_pointer_to(unit, object->type)), converted;
        ir_id class_type = unit_type(unit, clang_getCursorType(clang_getCursorSemanticParent(target)));
        if (body_convert_class_pointer(self, self_pointer, unit_pointer_to(unit, class_type), &converted))
            self_pointer = converted;
        VEC_PUSH_IN(self->module->arena, &out->items, self_pointer);
    } else if (takes_this) {
        struct children operands = cursor_operands(unit, call);
        if (operands.count)
            VEC_PUSH_IN(self->module->arena, &out->items, lower_this_argument(self, operands.items[0]));
    } else if (is_operator) { /* a closure without captures */
        lower_effect(self, clang_Cursor_getArgument(call, 0));
    }
    first = is_operator;
    lower_plain_arguments(self, call, target, first, count, out);
}

/* ---- built-in functions that only steer the compiler ---- */

static enum CXChildVisitResult find_effect(CXCursor cursor, CXCursor parent, CXClientData found)
{
    (void)parent;
    enum CXCursorKind kind = clang_getCursorKind(cursor);
    enum CXUnaryOperatorKind op = clang_getCursorUnaryOperatorKind(cursor);
    bool does = kind == CXCursor_CallExpr || kind == CXCursor_CompoundAssignOperator ||
                clang_getCursorBinaryOperatorKind(cursor) == CXBinaryOperator_Assign ||
                (op >= CXUnaryOperator_PostInc && op <= CXUnaryOperator_PreDec);
    if (!does)
        return CXChildVisit_Recurse;
    *(bool *)found = true;
    return CXChildVisit_Break;
}

/* Behind it the condition holds: the other way cannot be reached. It is not evaluated, so that one which does something says nothing. */
static struct ir_expr lower_assume(struct body *self, CXCursor call)
{
    bool does_something = false;
    clang_visitChildren(call, find_effect, &does_something);
    if (does_something)
        return value_undef(self->unit->void_type);
    ir_id holds = body_new_block(self), never = body_new_block(self);
    lower_condition(self, clang_Cursor_getArgument(call, 0), holds, never);
    body_start(self, never);
    body_end(self, IR_UNREACHABLE, self->loc);
    body_start(self, holds);
    return value_undef(self->unit->void_type);
}

/* The driver kit makes a __noop of what it has the driver assume when no analyzer is at work, since __assume would change the code. */
static bool is_assumption(struct lowering *unit, CXCursor call, const char *name)
{
    return strcmp(name, "__builtin_assume") == 0 || strcmp(name, "__assume") == 0 ||
           (strcmp(name, "__noop") == 0 && cursor_is_of_macro(unit, call, "NT_ANALYSIS_ASSUME"));
}

static bool lower_builtin(struct body *self, CXCursor call, struct ir_expr *out)
{
    struct lowering *unit = self->unit;
    const char *name = cursor_string(&unit->scratch, clang_getCursorSpelling(call));
    int count = clang_Cursor_getNumArguments(call);
    ir_id type = unit_cursor_type(unit, call);
    if (*name != '_')
        return false;
    if (count == 1 && is_assumption(unit, call, name)) {
        *out = lower_assume(self, call);
        return true;
    }
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
                               const struct ir_place *dst, bool is_dispatched, ir_id loc)
{
    struct ir_instr *instr = body_add(self, IR_CALL, loc);
    instr->dst = dst;
    instr->is_dispatched = is_dispatched;
    instr->callee = callee;
    instr->args = args->items.items;
    instr->arg_count = args->items.count;
    if (callee.kind == IR_OPERAND_FUNC && self->module->functions.items[callee.function].is_noreturn)
        body_end(self, IR_UNREACHABLE, loc);
    return value_undef(self->unit->void_type);
}

/* `x = y` by an operator that nobody wrote. */
static bool lower_implicit_assignment(struct body *self, CXCursor call, struct ir_expr *out)
{
    struct lowering *unit = self->unit;
    CXCursor target = clang_getCursorReferenced(call);
    if (clang_getCursorKind(target) != CXCursor_CXXMethod || clang_Cursor_getNumArguments(call) != 2 ||
        !method_is_implicit(target) ||
        strcmp(cursor_string(&unit->scratch, clang_getCursorSpelling(target)), "operator=") != 0)
        return false;
    CXCursor source = clang_Cursor_getArgument(call, 1);
    CXType type = clang_getCursorType(clang_getCursorSemanticParent(target));
    bool moves = clang_getArgType(clang_getCursorType(target), 0).kind == CXType_RValueReference;
    const struct ir_place *object = lower_place(self, clang_Cursor_getArgument(call, 0));
    if (unit_is_copied_specially(unit, type))
        body_copy_object(self, object, lower_place(self, source), type, moves ? MOVE_ASSIGN : COPY_ASSIGN,
                         unit_loc(unit, call));
    else
        lower_into(self, object, source);
    *out = value_use(body_load(self, object));
    return true;
}

static struct ir_expr construct_at_call(struct body *self, CXCursor call, const struct ir_place *dst)
{
    CXType type = clang_getCursorType(call);
    const struct ir_place *object =
        dst ? dst : body_temp(self, unit_type(self->unit, type), unit_loc(self->unit, call));
    lower_construct(self, call, object);
    if (!dst)
        body_add_temporary(self, object, type);
    return value_use(body_load(self, object));
}

/* Where the result goes: NULL for nowhere. One that is passed by address becomes the last argument. */
static const struct ir_place *result_place(struct body *self, CXCursor call, const struct ir_place *dst, bool wanted,
                                           struct arguments *args)
{
    struct lowering *unit = self->unit;
    ir_id type = call_result_type(unit, call), loc = unit_loc(unit, call);
    const struct ir_type *shape = unit_type_get(unit, type);
    CXType result = clang_getResultType(function_type(unit, call));
    bool by_address = unit_is_passed_by_address(unit, result);
    if (shape->kind == IR_TYPE_VOID || (!wanted && !by_address))
        return NULL;
    bool is_new = !dst || shape->is_reference;
    if (is_new)
        dst = body_temp(self, type, loc);
    if (by_address)
        VEC_PUSH_IN(self->module->arena, &args->items, body_address(self, dst, unit_pointer_to(unit, dst->type)));
    return dst;
}

static bool lower_special_call(struct body *self, CXCursor call, struct ir_expr *out)
{
    return lower_seh_intrinsic(self, call, out) || lower_builtin(self, call, out) ||
           (self->unit->is_cxx &&
            (lower_implicit_assignment(self, call, out) || lower_closure_conversion(self, call, out)));
}

struct ir_expr lower_call(struct body *self, CXCursor cursor, const struct ir_place *dst, bool wanted)
{
    struct lowering *unit = self->unit;
    struct ir_expr special;
    if (lower_special_call(self, cursor, &special))
        return special;
    if (clang_getCursorKind(clang_getCursorReferenced(cursor)) == CXCursor_Constructor)
        return construct_at_call(self, cursor, dst);
    struct arguments args = {0};
    struct ir_operand callee = lower_callee(self, cursor);
    lower_arguments(self, cursor, &args);
    CXType type = clang_getResultType(function_type(unit, cursor));
    bool by_address = unit_is_passed_by_address(unit, type);
    const struct ir_place *result = result_place(self, cursor, dst, wanted, &args);
    bool is_dispatched = args.items.count && call_is_dispatched(self, cursor, &args.items.items[0]);
    add_call(self, callee, &args, by_address ? NULL : result, is_dispatched, unit_loc(unit, cursor));
    if (result && result != dst && by_address)
        body_add_temporary(self, result, type);
    return call_result(self, result, call_result_type(unit, cursor));
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
    add_call(self, callee, &list, dst, false, loc);
    return call_result(self, dst, result);
}
