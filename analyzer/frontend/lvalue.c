/*
 * lvalue.c - expressions as places: variables, members, elements, what pointers point to.
 *
 * References (C++) are pointers whose uses are dereferenced here. What has no place of its own (a call's result, a
 * literal) gets a temporary, so that lower_place() always succeeds.
 */
#include "frontend/lower_int.h"

static bool is_array_or_lvalue_cast(struct body *self, CXCursor cursor, CXCursor *operand);

static bool returns_reference(struct lowering *unit, CXCursor call)
{
    return unit_type_get(unit, call_result_type(unit, call))->is_reference;
}

static bool is_lvalue_operator(CXCursor cursor, bool is_cxx)
{
    enum CXUnaryOperatorKind unary = clang_getCursorUnaryOperatorKind(cursor);
    enum CXBinaryOperatorKind binary = clang_getCursorBinaryOperatorKind(cursor);
    if (unary == CXUnaryOperator_Deref || unary == CXUnaryOperator_Extension)
        return true;
    bool is_step = unary == CXUnaryOperator_PreInc || unary == CXUnaryOperator_PreDec;
    return is_cxx && (is_step || (binary >= CXBinaryOperator_Assign && binary <= CXBinaryOperator_OrAssign));
}

/*
 * Whether CURSOR names a place. Loads of it appear as a conversion around it, which is why conversions are not
 * lvalues themselves.
 */
bool cursor_is_lvalue(struct body *self, CXCursor cursor)
{
    CXCursor operand;
    struct children operands;
    enum CXCursorKind target;
    switch (clang_getCursorKind(cursor)) {
    case CXCursor_DeclRefExpr:
        target = clang_getCursorKind(clang_getCursorReferenced(cursor));
        return target == CXCursor_VarDecl || target == CXCursor_ParmDecl;
    case CXCursor_MemberRefExpr:
        target = clang_getCursorKind(clang_getCursorReferenced(cursor));
        return target == CXCursor_FieldDecl || target == CXCursor_VarDecl;
    case CXCursor_ArraySubscriptExpr:
    case CXCursor_CompoundLiteralExpr: return true;
    case CXCursor_ParenExpr:
        operands = cursor_operands(self->unit, cursor);
        return operands.count == 1 && cursor_is_lvalue(self, operands.items[0]);
    case CXCursor_UnaryOperator:
    case CXCursor_BinaryOperator:
    case CXCursor_CompoundAssignOperator: return is_lvalue_operator(cursor, self->unit->is_cxx);
    case CXCursor_UnexposedExpr:
        return is_array_or_lvalue_cast(self, cursor, &operand) && cursor_is_lvalue(self, operand);
    case CXCursor_CallExpr: return self->unit->is_cxx && returns_reference(self->unit, cursor);
    default: return false;
    }
}

/*
 * An implicit conversion that is no load: qualification and derived-to-base conversions of class objects. A load of
 * an object of class type looks the same, and in C it is one; there is no harm in taking it for the object.
 */
static bool is_array_or_lvalue_cast(struct body *self, CXCursor cursor, CXCursor *operand)
{
    if (!cursor_is_implicit_cast(self->unit, cursor, operand))
        return false;
    return unit_type_get(self->unit, unit_cursor_type(self->unit, cursor))->kind == IR_TYPE_RECORD;
}

/* ---- names ---- */

static const struct ir_place *dereferenced(struct body *self, const struct ir_place *place)
{
    const struct ir_type *type = unit_type_get(self->unit, place->type);
    return type->is_reference ? ir_place_deref(self->module, place, type->target) : place;
}

static const struct ir_place *place_of_variable(struct body *self, CXCursor declaration)
{
    ir_id known;
    const struct ir_place *captured = body_captured(self, declaration);
    if (captured)
        return dereferenced(self, captured);
    bool is_global =
        clang_getCursorKind(declaration) == CXCursor_VarDecl && clang_Cursor_hasVarDeclGlobalStorage(declaration) == 1;
    if (ptr_map_get(&self->locals, cursor_identity(declaration), &known) || !is_global)
        return dereferenced(self, body_local(self, declaration));
    ir_id global = unit_global(self->unit, declaration, self->fn.name);
    return dereferenced(self, ir_place_global(self->module, global));
}

const struct ir_place *body_variable(struct body *self, CXCursor declaration)
{
    return place_of_variable(self, declaration);
}

/* ---- members ---- */

/* The expression before the dot or arrow; false for a member of `this` that is named alone. */
static bool member_object(struct lowering *unit, CXCursor member, CXCursor *object)
{
    struct children operands = cursor_operands(unit, member);
    for (uint32_t i = 0; i < operands.count; i++) {
        if (clang_isExpression(clang_getCursorKind(operands.items[i]))) {
            *object = operands.items[i];
            return true;
        }
    }
    return false;
}

static const struct ir_place *place_of_this(struct body *self)
{
    struct ir_operand pointer = body_this(self);
    const struct ir_type *type = unit_type_get(self->unit, pointer.type);
    if (type->kind != IR_TYPE_POINTER)
        return body_materialize(self, pointer, self->loc);
    return body_pointee(self, pointer, type->target, self->loc);
}

static const struct ir_place *place_of_object(struct body *self, CXCursor object, ir_id loc)
{
    struct lowering *unit = self->unit;
    const struct ir_type *type = unit_type_get(unit, unit_cursor_type(unit, object));
    if (type->kind != IR_TYPE_POINTER)
        return lower_place(self, object);
    ir_id target = type->target;
    return body_pointee(self, lower_operand(self, object), target, loc);
}

static const struct ir_place *place_of_unknown(struct body *self, CXCursor cursor, const char *what)
{
    struct ir_expr value = lower_unknown(self, cursor, what);
    return body_materialize(self, body_operand(self, value, self->loc), self->loc);
}

static const struct ir_place *place_of_member(struct body *self, CXCursor cursor)
{
    struct lowering *unit = self->unit;
    CXCursor field = clang_getCursorReferenced(cursor), object;
    ir_id record, index, loc = unit_loc(unit, cursor);
    bool has_object = member_object(unit, cursor, &object);
    if (clang_getCursorKind(field) == CXCursor_VarDecl) { /* static member */
        if (has_object)
            lower_effect(self, object);
        return place_of_variable(self, field);
    }
    if (!unit_field(unit, field, &record, &index) || (!has_object && !self->fn.param_count))
        return place_of_unknown(self, cursor, "MemberRefExpr");
    const struct ir_place *whole = has_object ? place_of_object(self, object, loc) : place_of_this(self);
    /* libclang leaves the anonymous structs and unions in between out. */
    const struct ir_place *part = body_part_place(self, whole, record);
    whole = part ? part : whole;
    return dereferenced(self, ir_place_field(self->module, whole, record, index));
}

/* ---- elements and pointees ---- */

static bool is_pointer_like(struct lowering *unit, CXCursor cursor)
{
    enum ir_type_kind kind = unit_type_get(unit, unit_cursor_type(unit, cursor))->kind;
    return kind == IR_TYPE_POINTER || kind == IR_TYPE_ARRAY;
}

/* The element INDEX counted from POINTER. */
static const struct ir_place *element_at(struct body *self, struct ir_operand pointer, struct ir_operand index,
                                         ir_id type, ir_id loc)
{
    struct lowering *unit = self->unit;
    if (pointer.kind != IR_OPERAND_ADDR)
        return body_element(self, body_pointee(self, pointer, type, loc), index, type);
    const struct ir_place *array = pointer.place;
    bool decays =
        unit_type_get(unit, array->type)->kind == IR_TYPE_ARRAY && unit_type_get(unit, array->type)->target == type;
    if (decays)
        return body_element(self, array, index, type);
    if (index.kind == IR_OPERAND_INT && index.value == 0)
        return body_pointee(self, pointer, type, loc);
    const struct ir_place *temp = body_materialize(self, pointer, loc);
    return body_element(self, ir_place_deref(self->module, temp, type), index, type);
}

static const struct ir_place *place_of_subscript(struct body *self, CXCursor cursor)
{
    struct lowering *unit = self->unit;
    struct children operands = cursor_operands(unit, cursor);
    if (operands.count != 2)
        return place_of_unknown(self, cursor, "ArraySubscriptExpr");
    bool swapped = !is_pointer_like(unit, operands.items[0]); /* i[p] */
    struct ir_operand pointer = lower_operand(self, operands.items[swapped]);
    struct ir_operand index = lower_operand(self, operands.items[!swapped]);
    return element_at(self, pointer, index, unit_cursor_type(unit, cursor), unit_loc(unit, cursor));
}

/* *(p + i) is p[i]. */
static const struct ir_place *place_of_deref(struct body *self, CXCursor cursor, CXCursor pointer)
{
    struct lowering *unit = self->unit;
    ir_id type = unit_cursor_type(unit, cursor), loc = unit_loc(unit, cursor);
    CXCursor sum = cursor_strip(unit, pointer);
    struct children operands = cursor_operands(unit, sum);
    bool same_type = unit_cursor_type(unit, sum) == unit_cursor_type(unit, pointer);
    if (clang_getCursorBinaryOperatorKind(sum) == CXBinaryOperator_Add && operands.count == 2 && same_type &&
        clang_getCursorKind(sum) == CXCursor_BinaryOperator) {
        bool swapped = !is_pointer_like(unit, operands.items[0]);
        struct ir_operand base = lower_operand(self, operands.items[swapped]);
        struct ir_operand index = lower_operand(self, operands.items[!swapped]);
        return element_at(self, base, index, type, loc);
    }
    return body_pointee(self, lower_operand(self, pointer), type, loc);
}

/* ---- operators whose result is a place ---- */

static const struct ir_place *place_of_operator(struct body *self, CXCursor cursor)
{
    struct children operands = cursor_operands(self->unit, cursor);
    enum CXUnaryOperatorKind unary = clang_getCursorUnaryOperatorKind(cursor);
    if (operands.count == 1 && unary == CXUnaryOperator_Deref)
        return place_of_deref(self, cursor, operands.items[0]);
    if (operands.count == 1 && unary == CXUnaryOperator_Extension)
        return lower_place(self, operands.items[0]);
    if (operands.count == 1 && (unary == CXUnaryOperator_PreInc || unary == CXUnaryOperator_PreDec))
        return lower_increment(self, cursor, NULL);
    return lower_assignment(self, cursor);
}

/* `(c ? a : b).f = …` in C++: through the address of the one chosen. */
static const struct ir_place *place_of_conditional(struct body *self, CXCursor cursor)
{
    struct lowering *unit = self->unit;
    struct children operands = cursor_operands(unit, cursor);
    ir_id type = unit_cursor_type(unit, cursor), loc = unit_loc(unit, cursor);
    bool are_places =
        operands.count == 3 && cursor_is_lvalue(self, operands.items[1]) && cursor_is_lvalue(self, operands.items[2]);
    if (!are_places)
        return body_materialize(self, body_operand(self, lower_conditional(self, cursor, NULL), loc), loc);
    ir_id pointer = unit_pointer_to(unit, type);
    const struct ir_place *address = body_temp(self, pointer, loc);
    ir_id blocks[2] = {body_new_block(self), body_new_block(self)}, done = body_new_block(self);
    lower_condition(self, operands.items[0], blocks[0], blocks[1]);
    for (uint32_t i = 0; i < 2; i++) {
        body_start(self, blocks[i]);
        const struct ir_place *place = lower_place(self, operands.items[i + 1]);
        body_assign(self, address, value_use(body_address(self, place, pointer)), loc);
        body_goto(self, done);
    }
    body_start(self, done);
    return ir_place_deref(self->module, address, type);
}

static const struct ir_place *place_of_call(struct body *self, CXCursor cursor)
{
    struct lowering *unit = self->unit;
    ir_id loc = unit_loc(unit, cursor);
    /* For calls that return a reference the value is a load of what it refers to. */
    return body_materialize(self, body_operand(self, lower_call(self, cursor, NULL, true), loc), loc);
}

/* A cast to a reference type, or one of a class object. */
static const struct ir_place *place_of_cast(struct body *self, CXCursor cursor)
{
    struct lowering *unit = self->unit;
    struct children operands = cursor_operands(unit, cursor);
    ir_id type = unit_cursor_type(unit, cursor), loc = unit_loc(unit, cursor);
    if (!operands.count || !cursor_is_lvalue(self, operands.items[operands.count - 1]))
        return body_materialize(self, lower_operand(self, cursor), loc);
    const struct ir_place *inner = lower_place(self, operands.items[operands.count - 1]);
    if (inner->type == type)
        return inner;
    ir_id pointer = unit_pointer_to(unit, type);
    struct ir_operand address = body_address(self, inner, unit_pointer_to(unit, inner->type));
    struct ir_expr cast = body_convert(self, value_use(address), pointer, true, loc);
    return body_pointee(self, body_operand(self, cast, loc), type, loc);
}

static const struct ir_place *place_of_implicit_cast(struct body *self, CXCursor cursor)
{
    struct lowering *unit = self->unit;
    CXCursor operand;
    if (!is_array_or_lvalue_cast(self, cursor, &operand))
        return body_materialize(self, lower_operand(self, cursor), unit_loc(unit, cursor));
    const struct ir_place *object = lower_place(self, operand);
    const struct ir_type *type = unit_type_get(unit, unit_cursor_type(unit, cursor));
    const struct ir_place *part = unit->is_cxx ? body_part_place(self, object, type->record) : NULL;
    return part ? part : object;
}

static const struct ir_place *place_of_any(struct body *self, CXCursor cursor)
{
    struct lowering *unit = self->unit;
    CXCursor target = clang_getCursorReferenced(cursor);
    switch (clang_getCursorKind(cursor)) {
    case CXCursor_DeclRefExpr:
        if (clang_getCursorKind(target) == CXCursor_VarDecl || clang_getCursorKind(target) == CXCursor_ParmDecl)
            return place_of_variable(self, target);
        break;
    case CXCursor_MemberRefExpr:
        if (clang_getCursorKind(target) == CXCursor_FieldDecl || clang_getCursorKind(target) == CXCursor_VarDecl)
            return place_of_member(self, cursor);
        break;
    case CXCursor_ArraySubscriptExpr: return place_of_subscript(self, cursor);
    case CXCursor_CompoundLiteralExpr: return lower_compound_literal(self, cursor);
    case CXCursor_ConditionalOperator: return place_of_conditional(self, cursor);
    case CXCursor_CallExpr: return place_of_call(self, cursor);
    case CXCursor_ParenExpr: {
        struct children operands = cursor_operands(unit, cursor);
        if (operands.count == 1)
            return lower_place(self, operands.items[0]);
        break;
    }
    case CXCursor_CompoundAssignOperator:
    case CXCursor_UnaryOperator:
    case CXCursor_BinaryOperator:
        if (is_lvalue_operator(cursor, unit->is_cxx))
            return place_of_operator(self, cursor);
        if (clang_getCursorBinaryOperatorKind(cursor) == CXBinaryOperator_Comma) {
            struct children operands = cursor_operands(unit, cursor);
            lower_effect(self, operands.items[0]);
            return lower_place(self, operands.items[1]);
        }
        break;
    case CXCursor_CStyleCastExpr:
    case CXCursor_CXXStaticCastExpr:
    case CXCursor_CXXReinterpretCastExpr:
    case CXCursor_CXXConstCastExpr:
    case CXCursor_CXXDynamicCastExpr:
    case CXCursor_CXXFunctionalCastExpr: return place_of_cast(self, cursor);
    case CXCursor_UnexposedExpr: return place_of_implicit_cast(self, cursor);
    default: break;
    }
    return body_materialize(self, lower_operand(self, cursor), unit_loc(unit, cursor));
}

const struct ir_place *lower_place(struct body *self, CXCursor cursor)
{
    struct lowering *unit = self->unit;
    if (!body_enter(self)) /* lower_value makes it an unknown */
        return body_materialize(self, lower_operand(self, cursor), unit_loc(unit, cursor));
    unit->module->units.items[unit->unit].statement_count++;
    const struct ir_place *place = place_of_any(self, cursor);
    body_leave(self);
    return place;
}
