/*
 * simplify.c - makes expressions: folds constants, applies the identities that driver code meets (flag words, casts, offsets) and brings
 * comparisions into canonical form. Everything here preserves the value for every input; nothing depends on a path.
 */
#include "engine/simplify.h"

#include "base/hash.h"

struct width {
    uint32_t bits; /* 64 when unknown */
    bool is_signed;
};

static struct width type_width(const struct values *self, ir_id type)
{
    struct width width = {64, true};

    if (type != IR_NONE) {
        const struct ir_type *t = &self->module->types.items[type];
        if (t->kind == IR_TYPE_BOOL)
            width = (struct width){1, false};
        else if (t->kind == IR_TYPE_INT && t->bits > 0 && t->bits <= 64)
            width = (struct width){t->bits, t->is_signed};
    }
    return width;
}

/* NUMBER as a value of the given width. */
static int64_t wrap(struct width width, int64_t number)
{
    uint32_t shift = 64 - width.bits;

    if (width.bits >= 64)
        return number;
    if (width.is_signed)
        return (int64_t)((uint64_t)number << shift) >> shift;
    return (int64_t)((uint64_t)number & ((UINT64_C(1) << width.bits) - 1));
}

static int64_t fold_shift(enum ir_expr_op op, int64_t a, int64_t b, bool is_signed)
{
    if (b < 0 || b > 63)
        return 0;
    if (op == IR_EXPR_SHL)
        return (int64_t)((uint64_t)a << b);
    return is_signed ? a >> b : (int64_t)((uint64_t)a >> b);
}

/* A OP B in 64 bits, unwrapped; false when the operation has no value (division by zero). */
static bool fold(enum ir_expr_op op, int64_t a, int64_t b, bool is_signed, int64_t *out)
{
    uint64_t ua = (uint64_t)a, ub = (uint64_t)b;

    switch (op) {
    case IR_EXPR_NEG: *out = (int64_t)(0 - ua); return true;
    case IR_EXPR_BITNOT: *out = ~a; return true;
    case IR_EXPR_LNOT: *out = !a; return true;
    case IR_EXPR_ADD: *out = (int64_t)(ua + ub); return true;
    case IR_EXPR_SUB: *out = (int64_t)(ua - ub); return true;
    case IR_EXPR_MUL: *out = (int64_t)(ua * ub); return true;
    case IR_EXPR_AND: *out = a & b; return true;
    case IR_EXPR_OR: *out = a | b; return true;
    case IR_EXPR_XOR: *out = a ^ b; return true;
    case IR_EXPR_SHL:
    case IR_EXPR_SHR: *out = fold_shift(op, a, b, is_signed); return true;
    case IR_EXPR_EQ: *out = a == b; return true;
    case IR_EXPR_LT: *out = is_signed ? a < b : ua < ub; return true;
    case IR_EXPR_DIV:
    case IR_EXPR_REM:
        if (b == 0 || (a == INT64_MIN && b == -1))
            return false;
        if (is_signed)
            *out = op == IR_EXPR_DIV ? a / b : a % b;
        else
            *out = (int64_t)(op == IR_EXPR_DIV ? ua / ub : ua % ub);
        return true;
    default: return false;
    }
}

static value_id expr_intern(struct values *self, enum ir_expr_op op, ir_id type, value_id a, value_id b)
{
    struct value v = {.kind = VALUE_EXPR, .op = op, .type = type, .a = a, .b = b};

    if (value_get(self, a)->size + (b ? value_get(self, b)->size : 0) > VALUE_SIZE_MAX)
        return value_named(self, type, INT64_MIN | (int64_t)(hash_mix(hash_mix(op, type), (uint64_t)a << 32 | b) >> 3));
    return value_intern(self, &v);
}

static bool is_pointer_like(const struct values *self, ir_id type)
{
    enum ir_type_kind kind;

    if (type == IR_NONE)
        return true;
    kind = self->module->types.items[type].kind;
    return kind != IR_TYPE_INT && kind != IR_TYPE_BOOL && kind != IR_TYPE_FLOAT;
}

/* Is every value of FROM a value of TO? */
static bool width_includes(struct width to, struct width from)
{
    if (from.is_signed == to.is_signed)
        return from.bits <= to.bits;
    return !from.is_signed && from.bits < to.bits;
}

static bool same_width(struct width a, struct width b)
{
    return a.bits == b.bits && a.is_signed == b.is_signed;
}

/* Is A, the left operand of an operation of TYPE, a number of TYPE as it stands? Not so in `byte += word`, which has the word on the left when the
 * byte is a constant. */
static bool operand_fits(const struct values *self, ir_id type, value_id a)
{
    struct width width = type_width(self, type);

    return width.bits == 64 || width_includes(width, type_width(self, value_get(self, a)->type));
}

/* There and back again: the inner cast must not have cut anything off. */
static value_id simplify_cast(struct values *self, ir_id type, value_id a)
{
    const struct value *v = value_get(self, a);
    struct width to = type_width(self, type);

    if (v->kind == VALUE_INT)
        return is_pointer_like(self, type) ? a : value_constant(self, type, to.bits == 1 ? v->number != 0 : wrap(to, v->number));
    if (v->kind == VALUE_EXPR && (v->op == IR_EXPR_EQ || v->op == IR_EXPR_LT || v->op == IR_EXPR_LNOT))
        return a;
    if (to.bits == 1)
        return value_not(self, value_not(self, a));
    if (v->kind == VALUE_EXPR && v->op == IR_EXPR_CAST && type_width(self, v->type).bits >= to.bits &&
        same_width(to, type_width(self, value_get(self, v->a)->type)))
        return v->a;
    if (is_pointer_like(self, type) || is_pointer_like(self, v->type) || width_includes(to, type_width(self, v->type)))
        return a;
    return expr_intern(self, IR_EXPR_CAST, type, a, 0);
}

static bool is_truth(const struct value *v)
{
    return v->kind == VALUE_EXPR && (v->op == IR_EXPR_EQ || v->op == IR_EXPR_LT || v->op == IR_EXPR_LNOT);
}

value_id value_not(struct values *self, value_id a)
{
    const struct value *v = value_get(self, a);

    if (v->kind == VALUE_INT)
        return value_constant(self, IR_NONE, !v->number);
    if (v->kind == VALUE_ADDR || v->kind == VALUE_FUNC || v->kind == VALUE_STRING)
        return value_constant(self, IR_NONE, 0);
    if (v->kind == VALUE_EXPR && v->op == IR_EXPR_LNOT && is_truth(value_get(self, v->a)))
        return v->a;
    return expr_intern(self, IR_EXPR_LNOT, IR_NONE, a, 0);
}

value_id value_unnegated(const struct values *self, value_id value, bool *want)
{
    for (const struct value *v = value_get(self, value); v->kind == VALUE_EXPR && v->op == IR_EXPR_LNOT; v = value_get(self, value)) {
        value = v->a;
        *want = !*want;
    }
    return value;
}

/* Addresses of different variables and functions differ; an address differs from NULL; what was made here differs from all else. */
static bool equality_known(const struct values *self, value_id a, value_id b, bool *equal)
{
    const struct value *x = value_get(self, a), *y = value_get(self, b);
    bool x_is_address = x->kind == VALUE_ADDR || x->kind == VALUE_FUNC || x->kind == VALUE_STRING;
    bool y_is_address = y->kind == VALUE_ADDR || y->kind == VALUE_FUNC || y->kind == VALUE_STRING;

    *equal = a == b;
    if (a == b)
        return true;
    if (x->is_new && (y->is_new || y->kind == VALUE_ENTRY || y_is_address))
        return true;
    if (y->is_new && (x->kind == VALUE_ENTRY || x_is_address))
        return true;
    if ((x_is_address && y->kind == VALUE_INT && y->number == 0) || (y_is_address && x->kind == VALUE_INT && x->number == 0))
        return true;
    if (x->kind == VALUE_FUNC && y->kind == VALUE_FUNC)
        return true;
    return x->kind == VALUE_ADDR && y->kind == VALUE_ADDR && region_get(self, x->region)->kind == REGION_LOCAL &&
           region_get(self, y->region)->kind == REGION_LOCAL;
}

/* V is x & BIT: it is zero or BIT, never anything else. */
static bool is_bit_test(const struct values *self, const struct value *v, int64_t *bit)
{
    return v->kind == VALUE_EXPR && v->op == IR_EXPR_AND && value_is_int(self, v->b, bit) && *bit > 0 && (*bit & (*bit - 1)) == 0;
}

/* A cast between the signed and the unsigned type of one width: each number has one counterpart. */
static bool is_sign_change(const struct values *self, const struct value *v)
{
    struct width to, from;
    const struct ir_type *types = self->module->types.items;
    ir_id type;

    if (v->kind != VALUE_EXPR || v->op != IR_EXPR_CAST || v->type == IR_NONE || types[v->type].kind != IR_TYPE_INT)
        return false;
    type = value_get(self, v->a)->type;
    if (type == IR_NONE || types[type].kind != IR_TYPE_INT)
        return false;
    to = type_width(self, v->type);
    from = type_width(self, type);
    return to.bits == from.bits && to.is_signed != from.is_signed;
}

static value_id simplify_eq(struct values *self, value_id a, value_id b)
{
    const struct value *x = value_get(self, a);
    int64_t k, m;
    bool equal;

    if (equality_known(self, a, b, &equal))
        return value_constant(self, IR_NONE, equal);
    if (value_is_int(self, b, &k)) {
        if (x->kind == VALUE_EXPR && x->op == IR_EXPR_ADD && value_is_int(self, x->b, &m) && operand_fits(self, x->type, x->a)) {
            struct width width = type_width(self, x->type); /* the sum may have wrapped around */
            if (wrap(width, k) != k)
                return value_constant(self, IR_NONE, 0);
            return simplify_eq(self, x->a, value_constant(self, IR_NONE, wrap(width, (int64_t)((uint64_t)k - (uint64_t)m))));
        }
        if (is_sign_change(self, x) && wrap(type_width(self, x->type), k) == k) {
            struct width width = type_width(self, value_get(self, x->a)->type);
            return simplify_eq(self, x->a, value_constant(self, IR_NONE, wrap(width, k)));
        }
        if (is_truth(x) && k == 0)
            return value_not(self, a);
        if (is_truth(x) && k == 1)
            return a;
        if (k == 0)
            return value_not(self, a);
        if (is_bit_test(self, x, &m)) /* (flags & BIT) == BIT */
            return k == m ? value_not(self, value_not(self, a)) : value_constant(self, IR_NONE, 0);
    }
    return a < b || value_get(self, b)->kind == VALUE_INT ? expr_intern(self, IR_EXPR_EQ, IR_NONE, a, b)
                                                           : expr_intern(self, IR_EXPR_EQ, IR_NONE, b, a);
}

/* A < B with the signedness of TYPE. */
static value_id simplify_lt(struct values *self, ir_id type, value_id a, value_id b)
{
    bool is_signed = type_width(self, type).is_signed;
    ir_id sign = type;
    int64_t k;

    if (a == b)
        return value_constant(self, IR_NONE, 0);
    if (!is_signed && value_is_int(self, b, &k) && k == 0)
        return value_constant(self, IR_NONE, 0);
    if (!is_signed && value_is_int(self, b, &k) && k == 1)
        return value_not(self, a);
    if (!is_signed && value_is_int(self, a, &k) && k == 0)
        return value_not(self, value_not(self, b));
    return expr_intern(self, IR_EXPR_LT, sign, a, b);
}

static value_id simplify_compare(struct values *self, enum ir_expr_op op, ir_id type, value_id a, value_id b)
{
    switch (op) {
    case IR_EXPR_EQ: return simplify_eq(self, a, b);
    case IR_EXPR_NE: return value_not(self, simplify_eq(self, a, b));
    case IR_EXPR_LT: return simplify_lt(self, type, a, b);
    case IR_EXPR_GT: return simplify_lt(self, type, b, a);
    case IR_EXPR_LE: return value_not(self, simplify_lt(self, type, b, a));
    default: return value_not(self, simplify_lt(self, type, a, b));
    }
}

/* (x | c) & m and (x & c) & m, where the constant decides or drops out. */
static value_id simplify_and(struct values *self, ir_id type, value_id a, value_id b)
{
    const struct value *x = value_get(self, a);
    int64_t m, c;

    if (!value_is_int(self, b, &m))
        return a == b ? simplify_cast(self, type, a) : 0;
    if (m == 0)
        return b;
    if (m == -1)
        return simplify_cast(self, type, a);
    if (x->kind != VALUE_EXPR || !value_is_int(self, x->b, &c) || !operand_fits(self, x->type, x->a))
        return 0;
    c = wrap(type_width(self, x->type), c);
    if (x->op == IR_EXPR_OR && (c & m) == m)
        return value_constant(self, type, wrap(type_width(self, type), m));
    if (x->op == IR_EXPR_OR && (c & m) == 0)
        return value_expr(self, IR_EXPR_AND, type, x->a, b);
    if (x->op == IR_EXPR_AND)
        return value_expr(self, IR_EXPR_AND, type, x->a, value_constant(self, type, c & m));
    return 0;
}

static value_id simplify_or(struct values *self, ir_id type, value_id a, value_id b)
{
    const struct value *x = value_get(self, a);
    int64_t m, c;

    if (!value_is_int(self, b, &m))
        return a == b ? simplify_cast(self, type, a) : 0;
    if (m == 0)
        return simplify_cast(self, type, a);
    if (x->kind == VALUE_EXPR && x->op == IR_EXPR_OR && value_is_int(self, x->b, &c) && operand_fits(self, x->type, x->a))
        return value_expr(self, IR_EXPR_OR, type, x->a, value_constant(self, type, wrap(type_width(self, x->type), c) | m));
    return 0;
}

/* The address of a member minus its offset is the address of the record (CONTAINING_RECORD, container_of). */
static value_id simplify_container(struct values *self, const struct value *x, int64_t k)
{
    const struct region *r;

    if (x->kind != VALUE_ADDR || k >= 0)
        return 0;
    r = region_get(self, x->region);
    if (r->kind != REGION_FIELD ||
        self->module->records.items[r->id].fields.items[r->field].offset != (0 - (uint64_t)k) * 8)
        return 0;
    return value_addr(self, r->parent);
}

/* x + k in one step from x, so that offsets and counters stay comparable. */
static value_id simplify_add(struct values *self, ir_id type, value_id a, value_id b)
{
    const struct value *x = value_get(self, a);
    value_id container;
    int64_t k, m;

    if (!value_is_int(self, b, &k))
        return 0;
    if (k == 0)
        return simplify_cast(self, type, a);
    if ((container = simplify_container(self, x, k)))
        return container;
    if (x->kind == VALUE_EXPR && x->op == IR_EXPR_ADD && value_is_int(self, x->b, &m) &&
        type_width(self, x->type).bits >= type_width(self, type).bits)
        return value_expr(self, IR_EXPR_ADD, type, x->a, value_constant(self, IR_NONE, (int64_t)((uint64_t)k + (uint64_t)m)));
    return 0;
}

static value_id simplify_sub(struct values *self, ir_id type, value_id a, value_id b)
{
    int64_t k;

    if (a == b)
        return value_constant(self, type, 0);
    if (value_is_int(self, b, &k) && k != INT64_MIN)
        return value_expr(self, IR_EXPR_ADD, type, a, value_constant(self, IR_NONE, -k));
    return 0;
}

static bool is_commutative(enum ir_expr_op op)
{
    return op == IR_EXPR_ADD || op == IR_EXPR_MUL || op == IR_EXPR_AND || op == IR_EXPR_OR || op == IR_EXPR_XOR ||
           op == IR_EXPR_EQ || op == IR_EXPR_NE;
}

static bool is_comparison(enum ir_expr_op op)
{
    return op >= IR_EXPR_EQ && op <= IR_EXPR_GE;
}

/* Both operands constant: the constant result, or 0. Comparisons must come as EQ or LT. */
static value_id fold_constants(struct values *self, enum ir_expr_op op, ir_id type, value_id a, value_id b)
{
    struct width width = type_width(self, type);
    int64_t x, y = 0, result;

    if (!value_is_int(self, a, &x) || (b && !value_is_int(self, b, &y)) || !fold(op, x, y, width.is_signed, &result))
        return 0;
    return value_constant(self, type, op == IR_EXPR_EQ || op == IR_EXPR_LT || op == IR_EXPR_LNOT ? result : wrap(width, result));
}

static value_id simplify_arithmetic(struct values *self, enum ir_expr_op op, ir_id type, value_id a, value_id b)
{
    switch (op) {
    case IR_EXPR_AND: return simplify_and(self, type, a, b);
    case IR_EXPR_OR: return simplify_or(self, type, a, b);
    case IR_EXPR_ADD: return simplify_add(self, type, a, b);
    case IR_EXPR_SUB: return simplify_sub(self, type, a, b);
    default: return 0;
    }
}

/* Comparisons of two constants, whatever their operator. */
static value_id fold_comparison(struct values *self, enum ir_expr_op op, ir_id type, value_id a, value_id b)
{
    bool is_signed = type_width(self, type).is_signed;
    int64_t x, y, less, more;

    if (!value_is_int(self, a, &x) || !value_is_int(self, b, &y))
        return 0;
    fold(IR_EXPR_LT, x, y, is_signed, &less);
    fold(IR_EXPR_LT, y, x, is_signed, &more);
    switch (op) {
    case IR_EXPR_EQ: return value_constant(self, IR_NONE, x == y);
    case IR_EXPR_NE: return value_constant(self, IR_NONE, x != y);
    case IR_EXPR_LT: return value_constant(self, IR_NONE, less);
    case IR_EXPR_LE: return value_constant(self, IR_NONE, !more);
    case IR_EXPR_GT: return value_constant(self, IR_NONE, more);
    default: return value_constant(self, IR_NONE, !less);
    }
}

value_id value_expr(struct values *self, enum ir_expr_op op, ir_id type, value_id a, value_id b)
{
    int64_t ignored;
    value_id result = 0;

    if (op == IR_EXPR_USE)
        return a;
    if (op == IR_EXPR_CAST)
        return simplify_cast(self, type, a);
    if (op == IR_EXPR_LNOT)
        return value_not(self, a);
    if (is_comparison(op)) {
        result = fold_comparison(self, op, type, a, b);
        if (!result && is_commutative(op) && value_is_int(self, a, &ignored)) {
            value_id swap = a;
            a = b;
            b = swap;
        }
        return result ? result : simplify_compare(self, op, type, a, b);
    }
    if (is_commutative(op) && value_is_int(self, a, &ignored)) {
        value_id swap = a;
        a = b;
        b = swap;
    }
    result = fold_constants(self, op, type, a, b);
    if (!result && b)
        result = simplify_arithmetic(self, op, type, a, b);
    return result ? result : expr_intern(self, op, type, a, b);
}
