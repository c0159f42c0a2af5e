/*
 * constant.c - integer constant expressions.
 *
 * Folding is done here, leaf by leaf, because clang_Cursor_Evaluate of libclang 19 crashes on initialiser lists and
 * some other expressions: it is asked only for literals, enum constants, sizeof and its kin. A constant that the
 * program could change (a load of a variable that is not const) is never folded.
 */
#include "frontend/lower_int.h"

#include <string.h>

#define MAX_FOLD_DEPTH 200

bool constant_evaluate(CXCursor cursor, int64_t *value)
{
    CXEvalResult result = clang_Cursor_Evaluate(cursor);
    if (!result)
        return false;
    bool is_int = clang_EvalResult_getKind(result) == CXEval_Int;
    if (is_int && clang_EvalResult_isUnsignedInt(result))
        *value = (int64_t)clang_EvalResult_getAsUnsigned(result);
    else if (is_int)
        *value = clang_EvalResult_getAsLongLong(result);
    clang_EvalResult_dispose(result);
    return is_int;
}

static bool fold(struct lowering *unit, CXCursor cursor, int depth, int64_t *value);

static bool fold_binary(const struct ir_type *operand, enum CXBinaryOperatorKind op, int64_t a, int64_t b, int64_t *out)
{
    bool is_signed = operand->is_signed;
    uint64_t x = (uint64_t)a, y = (uint64_t)b;
    uint32_t bits = operand->bits ? operand->bits : 64;
    bool bad_shift = y >= bits, overflow = is_signed && a == INT64_MIN && b == -1;
    switch (op) {
    case CXBinaryOperator_Mul: *out = (int64_t)(x * y); return true;
    case CXBinaryOperator_Div:
        if (!b || overflow)
            return false;
        *out = is_signed ? a / b : (int64_t)(x / y);
        return true;
    case CXBinaryOperator_Rem:
        if (!b || overflow)
            return false;
        *out = is_signed ? a % b : (int64_t)(x % y);
        return true;
    case CXBinaryOperator_Add: *out = (int64_t)(x + y); return true;
    case CXBinaryOperator_Sub: *out = (int64_t)(x - y); return true;
    case CXBinaryOperator_Shl: *out = bad_shift ? 0 : (int64_t)(x << y); return !bad_shift;
    case CXBinaryOperator_Shr: *out = bad_shift ? 0 : is_signed ? a >> y : (int64_t)(x >> y); return !bad_shift;
    case CXBinaryOperator_LT: *out = is_signed ? a < b : x < y; return true;
    case CXBinaryOperator_GT: *out = is_signed ? a > b : x > y; return true;
    case CXBinaryOperator_LE: *out = is_signed ? a <= b : x <= y; return true;
    case CXBinaryOperator_GE: *out = is_signed ? a >= b : x >= y; return true;
    case CXBinaryOperator_EQ: *out = a == b; return true;
    case CXBinaryOperator_NE: *out = a != b; return true;
    case CXBinaryOperator_And: *out = a & b; return true;
    case CXBinaryOperator_Xor: *out = a ^ b; return true;
    case CXBinaryOperator_Or: *out = a | b; return true;
    case CXBinaryOperator_LAnd: *out = a && b; return true;
    case CXBinaryOperator_LOr: *out = a || b; return true;
    default: return false;
    }
}

static bool is_foldable_binary(enum CXBinaryOperatorKind op)
{
    return op >= CXBinaryOperator_Mul && op <= CXBinaryOperator_LOr && op != CXBinaryOperator_Cmp;
}

static bool is_integer(const struct ir_type *type)
{
    return type->kind == IR_TYPE_INT || type->kind == IR_TYPE_BOOL;
}

static bool fold_operator(struct lowering *unit, CXCursor cursor, int depth, int64_t *value)
{
    enum CXBinaryOperatorKind op = clang_getCursorBinaryOperatorKind(cursor);
    struct children operands = cursor_operands(unit, cursor);
    int64_t a, b;
    if (!is_foldable_binary(op) || operands.count != 2 || !fold(unit, operands.items[0], depth, &a) ||
        !fold(unit, operands.items[1], depth, &b))
        return false;
    const struct ir_type *left = unit_type_get(unit, unit_cursor_type(unit, operands.items[0]));
    const struct ir_type *right = unit_type_get(unit, unit_cursor_type(unit, operands.items[1]));
    if (!is_integer(left) || !is_integer(right))
        return false;
    return fold_binary(left, op, a, b, value);
}

static bool field_offset(struct lowering *unit, const struct ir_type *whole, CXCursor field, uint64_t *bits)
{
    ir_id owner, index;
    uint64_t part = 0;
    if (whole->kind != IR_TYPE_RECORD || !unit_field(unit, field, &owner, &index) ||
        (owner != whole->record && !unit_part_offset(unit, whole->record, owner, &part)))
        return false;
    *bits = part + unit->module->records.items[owner].fields.items[index].offset;
    return true;
}

/* &((T *)0)->a.b, the old way to spell offsetof: the sum of the offsets. */
static bool fold_member_address(struct lowering *unit, CXCursor member, int depth, int64_t *value)
{
    member = cursor_strip(unit, member);
    struct children operands = cursor_operands(unit, member);
    if (clang_getCursorKind(member) != CXCursor_MemberRefExpr || operands.count != 1)
        return false;
    const struct ir_type *object = unit_type_get(unit, unit_cursor_type(unit, operands.items[0]));
    const struct ir_type *whole = object->kind == IR_TYPE_POINTER ? unit_type_get(unit, object->target) : object;
    int64_t start;
    uint64_t offset;
    if (!field_offset(unit, whole, clang_getCursorReferenced(member), &offset) || offset % 8)
        return false;
    bool known = object->kind == IR_TYPE_POINTER ? fold(unit, operands.items[0], depth, &start)
                                                 : fold_member_address(unit, operands.items[0], depth, &start);
    *value = known ? start + (int64_t)(offset / 8) : 0;
    return known;
}

static bool fold_unary(struct lowering *unit, CXCursor cursor, int depth, int64_t *value)
{
    struct children operands = cursor_operands(unit, cursor);
    if (operands.count != 1)
        return false;
    enum CXUnaryOperatorKind op = clang_getCursorUnaryOperatorKind(cursor);
    int64_t a;
    if (op == CXUnaryOperator_AddrOf)
        return fold_member_address(unit, operands.items[0], depth, value);
    if (op < CXUnaryOperator_Plus || op > CXUnaryOperator_LNot) {
        if (op != CXUnaryOperator_Extension)
            return false;
    }
    if (!fold(unit, operands.items[0], depth, &a))
        return false;
    switch (op) {
    case CXUnaryOperator_Minus: *value = (int64_t)(0 - (uint64_t)a); return true;
    case CXUnaryOperator_Not: *value = ~a; return true;
    case CXUnaryOperator_LNot: *value = !a; return true;
    default: *value = a; return true;
    }
}

/* Enum constants, and const integers whose initialiser is itself a constant. */
static bool fold_reference(struct lowering *unit, CXCursor cursor, int depth, int64_t *value)
{
    CXCursor target = clang_getCursorReferenced(cursor);
    enum CXCursorKind kind = clang_getCursorKind(target);
    if (kind == CXCursor_EnumConstantDecl) {
        unsigned long long bits = clang_getEnumConstantDeclUnsignedValue(target);
        *value = (int64_t)bits;
        return true;
    }
    if (kind != CXCursor_VarDecl || !clang_isConstQualifiedType(clang_getCursorType(target)) ||
        clang_isVolatileQualifiedType(clang_getCursorType(target)))
        return false;
    CXCursor init = clang_Cursor_getVarDeclInitializer(target);
    return !cursor_is_null(init) && is_integer(unit_type_get(unit, unit_cursor_type(unit, cursor))) &&
           fold(unit, init, depth, value);
}

static bool fold_conditional(struct lowering *unit, CXCursor cursor, int depth, int64_t *value)
{
    struct children operands = cursor_operands(unit, cursor);
    int64_t condition;
    if (operands.count != 3 || !fold(unit, operands.items[0], depth, &condition))
        return false;
    return fold(unit, operands.items[condition ? 1 : 2], depth, value);
}

/* The last child is the operand; before it come references to the type. */
static bool fold_cast(struct lowering *unit, CXCursor cursor, int depth, int64_t *value)
{
    struct children operands = cursor_operands(unit, cursor);
    return operands.count && fold(unit, operands.items[operands.count - 1], depth, value);
}

static bool fold_unexposed(struct lowering *unit, CXCursor cursor, int depth, int64_t *value)
{
    CXCursor inner;
    if (cursor_is_implicit_cast(unit, cursor, &inner))
        return fold(unit, inner, depth, value);
    const char *name = source_identifier(unit, cursor);
    bool is_trait = strncmp(name, "__builtin_offsetof", 18) == 0 ||
                    strncmp(name, "__builtin_types_compatible_p", 28) == 0 || strncmp(name, "__is_", 5) == 0 ||
                    strncmp(name, "__has_", 6) == 0;
    return is_trait && constant_evaluate(cursor, value);
}

static bool fold_name(struct lowering *unit, CXCursor cursor, int depth, int64_t *value)
{
    CXCursor argument;
    if (cursor_is_implicit_cast(unit, cursor, &argument)) /* of a template */
        return fold(unit, argument, depth, value);
    return fold_reference(unit, cursor, depth, value);
}

static bool fold_any(struct lowering *unit, CXCursor cursor, int depth, int64_t *value)
{
    switch (clang_getCursorKind(cursor)) {
    case CXCursor_IntegerLiteral:
    case CXCursor_CharacterLiteral:
    case CXCursor_CXXBoolLiteralExpr:
    case CXCursor_UnaryExpr: /* sizeof, alignof */
    case CXCursor_SizeOfPackExpr: return constant_evaluate(cursor, value);
    case CXCursor_CXXNullPtrLiteralExpr:
    case CXCursor_GNUNullExpr: *value = 0; return true;
    case CXCursor_ParenExpr:
    case CXCursor_CStyleCastExpr:
    case CXCursor_CXXStaticCastExpr:
    case CXCursor_CXXReinterpretCastExpr:
    case CXCursor_CXXFunctionalCastExpr: return fold_cast(unit, cursor, depth, value);
    case CXCursor_UnexposedExpr: return fold_unexposed(unit, cursor, depth, value);
    case CXCursor_DeclRefExpr: return fold_name(unit, cursor, depth, value);
    case CXCursor_UnaryOperator: return fold_unary(unit, cursor, depth, value);
    case CXCursor_BinaryOperator: return fold_operator(unit, cursor, depth, value);
    case CXCursor_ConditionalOperator: return fold_conditional(unit, cursor, depth, value);
    default: return false;
    }
}

static bool fold(struct lowering *unit, CXCursor cursor, int depth, int64_t *value)
{
    if (depth > MAX_FOLD_DEPTH || !fold_any(unit, cursor, depth + 1, value))
        return false;
    const struct ir_type *type = unit_type_get(unit, unit_cursor_type(unit, cursor));
    if (!is_integer(type) && type->kind != IR_TYPE_POINTER)
        return false;
    *value = value_truncate(type, *value);
    return true;
}

bool constant_fold(struct lowering *unit, CXCursor cursor, int64_t *value)
{
    return fold(unit, cursor, 0, value);
}
