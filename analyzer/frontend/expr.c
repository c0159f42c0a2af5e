/*
 * expr.c - expressions as values.
 *
 * lower_value() adds what must happen before (calls, stores, branches) and returns an ir_expr for what is left, so
 * that `x = a + b` is one instruction. Operands may be loads of variables: where a later side effect could change
 * them before they are used (x++, statement expressions), the value is copied to a temporary first.
 */
#include "frontend/lower_int.h"

#include <string.h>

static const char *kind_name(struct body *self, CXCursor cursor)
{
    return cursor_string(&self->unit->scratch, clang_getCursorKindSpelling(clang_getCursorKind(cursor)));
}

struct ir_operand lower_operand(struct body *self, CXCursor cursor)
{
    struct ir_expr value = lower_value(self, cursor);
    return body_operand(self, value, value.op == IR_EXPR_USE ? self->loc : unit_loc(self->unit, cursor));
}

/* ---- leaves ---- */

static struct ir_expr lower_string(struct body *self, CXCursor cursor)
{
    struct lowering *unit = self->unit;
    struct ir_operand operand = ir_operand_undef(unit_cursor_type(unit, cursor));
    char *text = cursor_string(&unit->scratch, clang_getCursorSpelling(cursor));
    char *first = strchr(text, '"'), *last = strrchr(text, '"');
    if (first && last > first) { /* without prefix and quotes */
        *last = '\0';
        text = first + 1;
    }
    operand.kind = IR_OPERAND_STRING;
    operand.text = intern_string(&self->module->strings, text);
    return value_use(operand);
}

static struct ir_expr lower_float(struct body *self, CXCursor cursor)
{
    struct ir_operand operand = ir_operand_undef(unit_cursor_type(self->unit, cursor));
    operand.kind = IR_OPERAND_FLOAT;
    return value_use(operand);
}

struct ir_operand unit_function_operand(struct lowering *unit, CXCursor function)
{
    ir_id id = unit_function(unit, function);
    struct ir_operand operand = ir_operand_undef(unit_pointer_to(unit, unit->module->functions.items[id].type));
    operand.kind = IR_OPERAND_FUNC;
    operand.function = id;
    return operand;
}

bool cursor_is_function(CXCursor declaration)
{
    return clang_getCursorKind(declaration) == CXCursor_FunctionDecl || cxx_is_method(declaration);
}

static struct ir_expr lower_load(struct body *self, CXCursor cursor)
{
    return value_use(body_load(self, lower_place(self, cursor)));
}

/* A name or a member: a function, or what a place holds. */
static struct ir_expr lower_reference(struct body *self, CXCursor cursor)
{
    CXCursor target = clang_getCursorReferenced(cursor), argument;
    if (cursor_is_implicit_cast(self->unit, cursor, &argument))
        return lower_value(self, argument);
    if (cursor_is_function(target))
        return value_use(unit_function_operand(self->unit, target));
    if (!cursor_is_lvalue(self, cursor))
        return lower_unknown(self, cursor, kind_name(self, cursor));
    return lower_load(self, cursor);
}

/* sizeof of a variable-length array; everything else of the kind is folded. */
static struct ir_expr lower_unary_expr(struct body *self, CXCursor cursor)
{
    return value_undef(unit_cursor_type(self->unit, cursor));
}

/* ---- operators with a name that libclang shows as UnexposedExpr ---- */

/* Operands evaluated, result unknown: va_arg and other built-in operators are calls of a function of that name. */
static struct ir_expr lower_named_operator(struct body *self, CXCursor cursor, const char *name)
{
    struct lowering *unit = self->unit;
    struct arguments args = {0};
    lower_touched_operands(self, cursor, &args); /* va_arg moves its list */
    ir_id type = unit_cursor_type(unit, cursor);
    return body_call_builtin(self, name, type, args.items.items, args.items.count, unit_loc(unit, cursor));
}

/* `a ?: b`: libclang gives the common value three times, then b. */
static struct ir_expr lower_elvis(struct body *self, CXCursor cursor, const struct children *operands)
{
    struct lowering *unit = self->unit;
    ir_id loc = unit_loc(unit, cursor), type = unit_cursor_type(unit, cursor);
    ir_id otherwise = body_new_block(self), done = body_new_block(self), keep = body_new_block(self);
    const struct ir_place *result = body_temp(self, type, loc);
    struct ir_expr common = body_convert(self, lower_value(self, operands->items[0]), type, false, loc);
    body_assign(self, result, common, loc);
    body_branch(self, ir_operand_load(result), keep, otherwise, unit_loc(unit, operands->items[0]),
                unit_text(unit, operands->items[0]));
    body_start(self, keep);
    body_goto(self, done);
    body_start(self, otherwise);
    lower_into(self, result, operands->items[3]);
    body_start(self, done);
    return value_use(ir_operand_load(result));
}

static struct ir_expr lower_zero(struct body *self, ir_id type)
{
    const struct ir_type *shape = unit_type_get(self->unit, type);
    if (type_is_aggregate(shape))
        return value_unary(IR_EXPR_ZERO, type, ir_operand_undef(type));
    if (shape->kind == IR_TYPE_INT || shape->kind == IR_TYPE_BOOL || shape->kind == IR_TYPE_POINTER)
        return value_int(type, 0);
    return value_undef(type);
}

/* Nothing inside: T(), an implicit zero, __func__, or the text of an unusual operator. */
static struct ir_expr lower_unexposed_leaf(struct body *self, CXCursor cursor)
{
    struct lowering *unit = self->unit;
    ir_id type = unit_cursor_type(unit, cursor);
    const char *name = source_identifier(unit, cursor);
    int64_t value;
    if (unit_type_get(unit, type)->kind == IR_TYPE_ARRAY)
        return lower_string(self, cursor); /* __func__ and its kin */
    if (strncmp(name, "__builtin_", 10) == 0 && unit_type_get(unit, type)->kind == IR_TYPE_INT &&
        constant_evaluate(cursor, &value))
        return value_int(type, value);
    if (strncmp(name, "__", 2) == 0)
        return lower_named_operator(self, cursor, name);
    return lower_zero(self, type);
}

static struct ir_expr lower_choose(struct body *self, const struct children *operands)
{
    int64_t condition = 0;
    constant_fold(self->unit, operands->items[0], &condition);
    return lower_value(self, operands->items[condition ? 1 : 2]);
}

static struct ir_expr lower_implicit_cast(struct body *self, CXCursor cursor, CXCursor operand)
{
    struct lowering *unit = self->unit;
    ir_id type = unit_cursor_type(unit, cursor);
    struct ir_expr value = lower_value(self, operand);
    /* A decayed string or array takes the pointer's type with it. */
    if (value.op == IR_EXPR_USE && value.a.kind == IR_OPERAND_STRING) {
        value.type = value.a.type = type;
        return value;
    }
    if (value.type == type)
        return value;
    return body_convert(self, value, type, false, self->loc);
}

static struct ir_expr lower_unexposed(struct body *self, CXCursor cursor)
{
    struct lowering *unit = self->unit;
    CXCursor operand;
    if (cursor_is_implicit_cast(unit, cursor, &operand))
        return lower_implicit_cast(self, cursor, operand);
    struct children operands = cursor_operands(unit, cursor);
    const char *name = source_identifier(unit, cursor);
    if (!operands.count)
        return lower_unexposed_leaf(self, cursor);
    if (operands.count == 3 && strcmp(name, "__builtin_choose_expr") == 0)
        return lower_choose(self, &operands);
    if (strncmp(name, "__", 2) == 0 || strcmp(name, "va_arg") == 0 || strcmp(name, "offsetof") == 0)
        return lower_named_operator(self, cursor, name);
    if (operands.count == 4)
        return lower_elvis(self, cursor, &operands);
    return lower_unknown(self, cursor, "UnexposedExpr");
}

/* ---- casts, selections ---- */

static bool last_operand(struct lowering *unit, CXCursor cursor, CXCursor *operand)
{
    struct children operands = cursor_operands(unit, cursor);
    if (!operands.count)
        return false;
    *operand = operands.items[operands.count - 1];
    return true;
}

static struct ir_expr lower_cast(struct body *self, CXCursor cursor)
{
    struct lowering *unit = self->unit;
    CXCursor operand;
    if (!last_operand(unit, cursor, &operand))
        return lower_zero(self, unit_cursor_type(unit, cursor)); /* T() */
    ir_id type = unit_cursor_type(unit, cursor);
    if (unit_type_get(unit, type)->kind == IR_TYPE_VOID) {
        lower_effect(self, operand);
        return value_undef(type);
    }
    if (unit_type_get(unit, type)->kind == IR_TYPE_RECORD)
        return lower_value(self, operand);
    return body_convert(self, lower_value(self, operand), type, true, unit_loc(unit, cursor));
}

/*
 * libclang does not say which branch was chosen: when several have the whole expression's type and all are
 * constants, clang's value tells, else it is the first one. The controlling operand is not run.
 */
static struct ir_expr lower_generic(struct body *self, CXCursor cursor)
{
    struct lowering *unit = self->unit;
    struct children operands = cursor_operands(unit, cursor);
    CXType type = clang_getCanonicalType(clang_getCursorType(cursor));
    bool is_constant = operands.count > 1;
    uint32_t chosen = 0;
    int64_t value;
    for (uint32_t i = operands.count; i-- > 1;) {
        if (!clang_equalTypes(clang_getCanonicalType(clang_getCursorType(operands.items[i])), type))
            continue;
        chosen = i;
        is_constant = is_constant && constant_fold(unit, operands.items[i], &value);
    }
    if (!chosen)
        return lower_unknown(self, cursor, "GenericSelectionExpr");
    if (is_constant && constant_evaluate(cursor, &value))
        return value_int(unit_cursor_type(unit, cursor), value);
    return lower_value(self, operands.items[chosen]);
}

/* Braces around a scalar; aggregates go through lower_initializer. */
static struct ir_expr lower_init_list(struct body *self, CXCursor cursor)
{
    struct lowering *unit = self->unit;
    ir_id type = unit_cursor_type(unit, cursor), loc = unit_loc(unit, cursor);
    if (!type_is_aggregate(unit_type_get(unit, type))) {
        struct children operands = cursor_operands(unit, cursor);
        return operands.count ? lower_value(self, operands.items[0]) : lower_zero(self, type);
    }
    const struct ir_place *temp = body_temp(self, type, loc);
    lower_initializer(self, temp, cursor);
    body_add_temporary(self, temp, clang_getCursorType(cursor));
    return value_use(body_load(self, temp));
}

static struct ir_expr lower_closure(struct body *self, CXCursor cursor)
{
    struct lowering *unit = self->unit;
    const struct ir_place *temp = body_temp(self, unit_cursor_type(unit, cursor), unit_loc(unit, cursor));
    lower_lambda(self, cursor, temp);
    body_add_temporary(self, temp, clang_getCursorType(cursor));
    return value_use(body_load(self, temp));
}

static struct ir_expr lower_step(struct body *self, CXCursor cursor)
{
    enum CXUnaryOperatorKind op = clang_getCursorUnaryOperatorKind(cursor);
    struct ir_operand before;
    bool is_post = op == CXUnaryOperator_PostInc || op == CXUnaryOperator_PostDec;
    const struct ir_place *place = lower_increment(self, cursor, is_post ? &before : NULL);
    return value_use(is_post ? before : body_load(self, place));
}

static bool is_step(CXCursor cursor)
{
    enum CXUnaryOperatorKind op = clang_getCursorUnaryOperatorKind(cursor);
    return op >= CXUnaryOperator_PostInc && op <= CXUnaryOperator_PreDec;
}

static struct ir_expr lower_any(struct body *self, CXCursor cursor)
{
    CXCursor temporary;
    struct children operands;
    switch (clang_getCursorKind(cursor)) {
    case CXCursor_ParenExpr:
        operands = cursor_operands(self->unit, cursor);
        return operands.count == 1 ? lower_value(self, operands.items[0]) : lower_unknown(self, cursor, "ParenExpr");
    case CXCursor_UnexposedExpr: return lower_unexposed(self, cursor);
    case CXCursor_DeclRefExpr:
    case CXCursor_MemberRefExpr: return lower_reference(self, cursor);
    case CXCursor_ArraySubscriptExpr: return lower_load(self, cursor);
    case CXCursor_CompoundLiteralExpr: return value_use(body_load(self, lower_compound_literal(self, cursor)));
    case CXCursor_CallExpr:
        if (cursor_is_implicit_cast(self->unit, cursor, &temporary))
            return lower_value(self, temporary);
        return lower_call(self, cursor, NULL, true);
    case CXCursor_StringLiteral: return lower_string(self, cursor);
    case CXCursor_FloatingLiteral:
    case CXCursor_ImaginaryLiteral: return lower_float(self, cursor);
    case CXCursor_UnaryOperator: return is_step(cursor) ? lower_step(self, cursor) : lower_unary(self, cursor);
    case CXCursor_BinaryOperator: return lower_binary(self, cursor);
    case CXCursor_CompoundAssignOperator: return lower_compound_assign(self, cursor);
    case CXCursor_ConditionalOperator: return lower_conditional(self, cursor, NULL);
    case CXCursor_CStyleCastExpr:
    case CXCursor_CXXStaticCastExpr:
    case CXCursor_CXXDynamicCastExpr:
    case CXCursor_CXXReinterpretCastExpr:
    case CXCursor_CXXConstCastExpr:
    case CXCursor_CXXFunctionalCastExpr:
    case CXCursor_CXXAddrspaceCastExpr:
    case CXCursor_BuiltinBitCastExpr: return lower_cast(self, cursor);
    case CXCursor_StmtExpr: return lower_stmt_expr(self, cursor);
    case CXCursor_InitListExpr: return lower_init_list(self, cursor);
    case CXCursor_GenericSelectionExpr: return lower_generic(self, cursor);
    case CXCursor_UnaryExpr:
    case CXCursor_AddrLabelExpr:
    case CXCursor_CXXTypeidExpr: return lower_unary_expr(self, cursor);
    case CXCursor_CXXThisExpr: return value_use(body_this(self));
    case CXCursor_LambdaExpr: return lower_closure(self, cursor);
    case CXCursor_CXXNewExpr: return lower_new(self, cursor);
    case CXCursor_CXXDeleteExpr: lower_delete(self, cursor); return value_undef(self->unit->void_type);
    case CXCursor_CXXThrowExpr: lower_throw(self, cursor); return value_undef(self->unit->void_type);
    case CXCursor_VariableRef: return lower_reference(self, cursor);
    default: return lower_unknown(self, cursor, kind_name(self, cursor));
    }
}

struct ir_expr lower_value(struct body *self, CXCursor cursor)
{
    struct lowering *unit = self->unit;
    int64_t constant;
    unit->module->units.items[unit->unit].statement_count++;
    if (constant_fold(unit, cursor, &constant))
        return value_int(unit_cursor_type(unit, cursor), constant);
    body_note_macro(self, cursor);
    if (!body_enter(self)) {
        unit->module->units.items[unit->unit].unknown_count++;
        struct ir_instr *instr = body_add(self, IR_UNKNOWN, unit_loc(unit, cursor));
        instr->what = intern_string(&self->module->strings, "expression nested too deeply");
        return value_undef(unit_cursor_type(unit, cursor));
    }
    struct ir_expr value = lower_any(self, cursor);
    body_leave(self);
    return value;
}

/* ---- evaluation for effect, and into a place ---- */

static bool is_assignment(CXCursor cursor)
{
    return clang_getCursorKind(cursor) == CXCursor_CompoundAssignOperator ||
           clang_getCursorBinaryOperatorKind(cursor) == CXBinaryOperator_Assign;
}

/* One side of `&&`, `||` or `?:`; its temporaries end with it. */
static void lower_side_effect(struct body *self, CXCursor cursor)
{
    uint32_t mark = self->temporaries.count;
    lower_effect(self, cursor);
    body_end_temporaries(self, mark);
}

/* A branch for each side when they have effects; no result. */
static void lower_conditional_effect(struct body *self, const struct children *operands)
{
    ir_id if_true = body_new_block(self), if_false = body_new_block(self), done = body_new_block(self);
    lower_condition(self, operands->items[0], if_true, if_false);
    body_start(self, if_true);
    lower_side_effect(self, operands->items[1]);
    body_goto(self, done);
    body_start(self, if_false);
    lower_side_effect(self, operands->items[2]);
    body_start(self, done);
}

/* `p && f(p);` as a statement. */
static void lower_logical_effect(struct body *self, CXCursor cursor, const struct children *operands)
{
    bool is_and = clang_getCursorBinaryOperatorKind(cursor) == CXBinaryOperator_LAnd;
    ir_id next = body_new_block(self), done = body_new_block(self);
    lower_condition(self, operands->items[0], is_and ? next : done, is_and ? done : next);
    body_start(self, next);
    lower_side_effect(self, operands->items[1]);
    body_start(self, done);
}

static void lower_effect_of(struct body *self, CXCursor cursor)
{
    struct children operands = cursor_operands(self->unit, cursor);
    enum CXCursorKind kind = clang_getCursorKind(cursor);
    enum CXBinaryOperatorKind op = clang_getCursorBinaryOperatorKind(cursor);
    if (kind == CXCursor_CallExpr) {
        lower_call(self, cursor, NULL, false);
    } else if (is_assignment(cursor)) {
        lower_assignment(self, cursor);
    } else if (kind == CXCursor_UnaryOperator && is_step(cursor)) {
        lower_increment(self, cursor, NULL);
    } else if (op == CXBinaryOperator_Comma && operands.count == 2) {
        lower_effect(self, operands.items[0]);
        lower_effect(self, operands.items[1]);
    } else if ((op == CXBinaryOperator_LAnd || op == CXBinaryOperator_LOr) && operands.count == 2) {
        lower_logical_effect(self, cursor, &operands);
    } else if (kind == CXCursor_ConditionalOperator && operands.count == 3) {
        lower_conditional_effect(self, &operands);
    } else {
        lower_value(self, cursor);
    }
}

void lower_effect(struct body *self, CXCursor cursor)
{
    if (!body_enter(self)) {
        lower_value(self, cursor);
        return;
    }
    cursor = cursor_strip(self->unit, cursor);
    body_note_macro(self, cursor);
    lower_effect_of(self, cursor);
    body_leave(self);
}

/* A call may store its result in PLACE itself when no conversion is due between them. */
static bool stores_alike(struct lowering *unit, const struct ir_place *place, ir_id type)
{
    const struct ir_type *a = unit_type_get(unit, place->type), *b = unit_type_get(unit, type);
    if (a->kind != b->kind || a->bits != b->bits || a->is_signed != b->is_signed || b->is_reference)
        return false;
    if (a->kind == IR_TYPE_POINTER && unit->is_cxx)
        return a->target == b->target;
    return a->kind != IR_TYPE_RECORD || a->record == b->record;
}

static bool is_explicit_cast(CXCursor cursor)
{
    enum CXCursorKind kind = clang_getCursorKind(cursor);
    return kind == CXCursor_CStyleCastExpr || kind == CXCursor_CXXStaticCastExpr ||
           kind == CXCursor_CXXReinterpretCastExpr || kind == CXCursor_CXXConstCastExpr;
}

/* The object that `T(x)`, `T{x}` and casts to T make is made by what is inside. */
static CXCursor strip_object_casts(struct lowering *unit, CXCursor cursor)
{
    CXCursor inner = cursor_strip(unit, cursor), operand;
    while (unit->is_cxx && (is_explicit_cast(inner) || clang_getCursorKind(inner) == CXCursor_CXXFunctionalCastExpr) &&
           unit_type_get(unit, unit_cursor_type(unit, inner))->kind == IR_TYPE_RECORD &&
           last_operand(unit, inner, &operand) && cursor_is_class_value(unit, operand))
        inner = cursor_strip(unit, operand);
    return inner;
}

void lower_into(struct body *self, const struct ir_place *place, CXCursor cursor)
{
    struct lowering *unit = self->unit;
    CXCursor inner = strip_object_casts(unit, cursor), operand;
    enum CXCursorKind kind = clang_getCursorKind(inner);
    ir_id loc = unit_loc(unit, cursor);
    if (kind == CXCursor_InitListExpr) {
        lower_initializer(self, place, inner);
        return;
    }
    if (kind == CXCursor_LambdaExpr) {
        lower_lambda(self, inner, place);
        return;
    }
    bool alike = stores_alike(unit, place, unit_cursor_type(unit, inner));
    if (kind == CXCursor_ConditionalOperator && !constant_fold(unit, inner, &(int64_t){0})) {
        lower_conditional(self, inner, place);
        return;
    }
    /* `p = (T *)f()`: the cast of a call's result to the target's type is no step of its own. */
    if (is_explicit_cast(inner) && alike && last_operand(unit, inner, &operand)) {
        CXCursor call = cursor_strip(unit, operand);
        if (clang_getCursorKind(call) == CXCursor_CallExpr && stores_alike(unit, place, call_result_type(unit, call)))
            kind = clang_getCursorKind(inner = call);
    }
    if (kind == CXCursor_CallExpr && stores_alike(unit, place, call_result_type(unit, inner))) {
        struct ir_expr value = lower_call(self, inner, place, true);
        bool is_stored = value.op == IR_EXPR_USE && value.a.place == place &&
                         (value.a.kind == IR_OPERAND_LOAD || value.a.kind == IR_OPERAND_ADDR);
        if (!is_stored)
            body_assign(self, place, body_convert(self, value, place->type, false, loc), loc);
        return;
    }
    struct ir_expr value = lower_value(self, cursor);
    body_assign(self, place, body_convert(self, value, place->type, false, loc), loc);
}
