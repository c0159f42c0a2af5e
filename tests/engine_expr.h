/*
 * engine_expr.h - random C expressions, and what they are worth: the yardstick of test_engine_value.c and test_engine_fact.c.
 *
 * A tree is an expression as the front end lowers it: implicit conversions are explicit casts, both operands of a comparison have one
 * type, and only the right operand of an operation may have another type than the result (compound assignments, shifts). The evaluator
 * computes with the host's own integer types. The same evaluator runs over the engine's values, so that "before" and "after" can differ
 * only by what the engine did.
 */
#ifndef MDLGUARD_TESTS_ENGINE_EXPR_H
#define MDLGUARD_TESTS_ENGINE_EXPR_H

#include <assert.h>
#include <string.h>

#include "engine/fact.h"
#include "engine/value.h"
#include "ir/ir.h"

enum lab_type { LAB_BOOL, LAB_U8, LAB_I8, LAB_U16, LAB_I16, LAB_U32, LAB_I32, LAB_U64, LAB_I64, LAB_TYPES };

#define LAB_VARS 3

struct lab {
    struct arena arena;
    struct ir_module module;
    struct values values;
    struct facts facts;
    ir_id types[LAB_TYPES];
    value_id vars[LAB_VARS];
    enum lab_type var_types[LAB_VARS];
    uint64_t seed;
};

static inline uint64_t lab_random(struct lab *self)
{
    self->seed ^= self->seed << 13;
    self->seed ^= self->seed >> 7;
    self->seed ^= self->seed << 17;
    return self->seed * UINT64_C(0x2545f4914f6cdd1d) >> 11;
}

static inline uint32_t lab_pick(struct lab *self, uint32_t count)
{
    return (uint32_t)(lab_random(self) % count);
}

static inline void lab_init(struct lab *self, uint64_t seed)
{
    static const uint32_t bits[LAB_TYPES] = {8, 8, 8, 16, 16, 32, 32, 64, 64};

    memset(self, 0, sizeof(*self));
    arena_init(&self->arena);
    ir_module_init(&self->module, &self->arena);
    self->seed = seed;
    for (uint32_t t = 0; t < LAB_TYPES; t++) {
        struct ir_type type = {.kind = t == LAB_BOOL ? IR_TYPE_BOOL : IR_TYPE_INT, .bits = bits[t], .target = IR_NONE, .record = IR_NONE};
        type.is_signed = t == LAB_I8 || t == LAB_I16 || t == LAB_I32 || t == LAB_I64;
        self->types[t] = ir_module_type(&self->module, &type);
    }
    values_init(&self->values, &self->arena, &self->module);
    facts_init(&self->facts, &self->arena, &self->arena, &self->values);
}

static inline void lab_release(struct lab *self)
{
    ir_module_release(&self->module);
    arena_release(&self->arena);
}

/* New variables of random types. */
static inline void lab_draw_vars(struct lab *self)
{
    for (uint32_t v = 0; v < LAB_VARS; v++) {
        self->var_types[v] = (enum lab_type)lab_pick(self, LAB_TYPES);
        self->vars[v] = value_fresh(&self->values, self->types[self->var_types[v]]);
    }
}

/* ---- numbers ---- */

/* NUMBER converted to TYPE, as C does it. */
static inline int64_t lab_convert(enum lab_type type, int64_t number)
{
    switch (type) {
    case LAB_BOOL: return number != 0;
    case LAB_U8: return (uint8_t)number;
    case LAB_I8: return (int8_t)number;
    case LAB_U16: return (uint16_t)number;
    case LAB_I16: return (int16_t)number;
    case LAB_U32: return (uint32_t)number;
    case LAB_I32: return (int32_t)number;
    default: return number;
    }
}

/* Numbers at which something changes. */
static inline int64_t lab_number(struct lab *self, enum lab_type type)
{
    static const int64_t numbers[] = {0, 0, 1, 1, 2, 3, 4, 5, 7, 8, 16, 127, 128, 255, 256, 257, 0x7fff, 0x8000, 0xffff, INT32_MAX,
                                      (int64_t)INT32_MAX + 1, UINT32_MAX, (int64_t)UINT32_MAX + 1, INT64_MAX, INT64_MAX - 1,
                                      INT64_MIN, INT64_MIN + 1, -1, -2, -3, -8, -128, -129, INT32_MIN, (int64_t)INT32_MIN - 1};

    return lab_convert(type, numbers[lab_pick(self, sizeof(numbers) / sizeof(numbers[0]))]);
}

/* What an evaluation met on the way. */
struct lab_outcome {
    bool is_undefined; /* no value: division by zero, shift too far */
    bool has_wrapped;  /* a sum of two numbers that are not negative left its type: fact.c takes that for impossible */
};

static inline int64_t lab_divide(enum ir_expr_op op, enum lab_type type, int64_t x, int64_t y, struct lab_outcome *outcome)
{
    if (y == 0 || (x == INT64_MIN && y == -1)) {
        outcome->is_undefined = true;
        return 0;
    }
    if (type == LAB_U64)
        return (int64_t)(op == IR_EXPR_DIV ? (uint64_t)x / (uint64_t)y : (uint64_t)x % (uint64_t)y);
    return op == IR_EXPR_DIV ? x / y : x % y;
}

static inline int64_t lab_shift(enum ir_expr_op op, enum lab_type type, int64_t x, int64_t y, struct lab_outcome *outcome)
{
    if (y < 0 || y > 63) {
        outcome->is_undefined = true;
        return 0;
    }
    if (op == IR_EXPR_SHL)
        return (int64_t)((uint64_t)x << y);
    return type == LAB_U64 ? (int64_t)((uint64_t)x >> y) : x >> y;
}

static inline int64_t lab_add(enum lab_type type, int64_t x, int64_t y, struct lab_outcome *outcome)
{
    int64_t sum = (int64_t)((uint64_t)x + (uint64_t)y);

    if (x >= 0 && y >= 0 && (sum < 0 || lab_convert(type, sum) != sum))
        outcome->has_wrapped = true;
    return sum;
}

static inline bool lab_less(enum lab_type type, int64_t x, int64_t y)
{
    return type == LAB_U64 ? (uint64_t)x < (uint64_t)y : x < y;
}

/* X OP Y; TYPE is the result's, or for comparisons the operands'. */
static inline int64_t lab_apply(enum ir_expr_op op, enum lab_type type, int64_t x, int64_t y, struct lab_outcome *outcome)
{
    switch (op) {
    case IR_EXPR_USE: return x;
    case IR_EXPR_CAST: return lab_convert(type, x);
    case IR_EXPR_NEG: return lab_convert(type, (int64_t)(0 - (uint64_t)x));
    case IR_EXPR_BITNOT: return lab_convert(type, ~x);
    case IR_EXPR_LNOT: return !x;
    case IR_EXPR_ADD: return lab_convert(type, lab_add(type, x, y, outcome));
    case IR_EXPR_SUB: return lab_convert(type, (int64_t)((uint64_t)x - (uint64_t)y));
    case IR_EXPR_MUL: return lab_convert(type, (int64_t)((uint64_t)x * (uint64_t)y));
    case IR_EXPR_DIV:
    case IR_EXPR_REM: return lab_convert(type, lab_divide(op, type, x, y, outcome));
    case IR_EXPR_SHL:
    case IR_EXPR_SHR: return lab_convert(type, lab_shift(op, type, x, y, outcome));
    case IR_EXPR_AND: return lab_convert(type, x & y);
    case IR_EXPR_OR: return lab_convert(type, x | y);
    case IR_EXPR_XOR: return lab_convert(type, x ^ y);
    case IR_EXPR_EQ: return x == y;
    case IR_EXPR_NE: return x != y;
    case IR_EXPR_LT: return lab_less(type, x, y);
    case IR_EXPR_LE: return !lab_less(type, y, x);
    case IR_EXPR_GT: return lab_less(type, y, x);
    case IR_EXPR_GE: return !lab_less(type, x, y);
    default: assert(!"no such operation"); return 0;
    }
}

/* ---- the engine's values ---- */

/* IR_NONE counts as 64 bits, signed. */
static inline enum lab_type lab_type_of(const struct lab *self, ir_id type)
{
    for (uint32_t t = 0; t < LAB_TYPES; t++)
        if (self->types[t] == type)
            return (enum lab_type)t;
    return LAB_I64;
}

/* What VALUE is worth when variable v holds ENV[v]. */
static inline int64_t lab_eval(const struct lab *self, value_id value, const int64_t *env, struct lab_outcome *outcome)
{
    const struct value *v = value_get(&self->values, value);

    if (v->kind == VALUE_INT)
        return v->number;
    for (uint32_t i = 0; i < LAB_VARS; i++)
        if (self->vars[i] == value)
            return env[i];
    assert(v->kind == VALUE_EXPR);
    return lab_apply(v->op, lab_type_of(self, v->type), lab_eval(self, v->a, env, outcome), v->b ? lab_eval(self, v->b, env, outcome) : 0,
                     outcome);
}

/* ---- expressions as they are written ---- */

struct tree {
    enum { TREE_VAR, TREE_NUMBER, TREE_OP } kind;
    enum ir_expr_op op;
    enum lab_type type; /* of the result; for comparisons that of the operands: the result is an int */
    uint32_t var;
    int64_t number;
    const struct tree *a, *b;
};

static inline int64_t tree_eval(const struct tree *self, const int64_t *env, struct lab_outcome *outcome)
{
    if (self->kind == TREE_VAR)
        return env[self->var];
    if (self->kind == TREE_NUMBER)
        return self->number;
    return lab_apply(self->op, self->type, tree_eval(self->a, env, outcome), self->b ? tree_eval(self->b, env, outcome) : 0, outcome);
}

static inline value_id tree_value(struct lab *lab, const struct tree *self)
{
    value_id a, b;

    if (self->kind == TREE_VAR)
        return lab->vars[self->var];
    if (self->kind == TREE_NUMBER)
        return value_constant(&lab->values, lab->types[self->type], self->number);
    a = tree_value(lab, self->a);
    b = self->b ? tree_value(lab, self->b) : 0;
    return value_expr(&lab->values, self->op, lab->types[self->type], a, b);
}

static inline const struct tree *tree_op(struct lab *lab, enum ir_expr_op op, enum lab_type type, const struct tree *a, const struct tree *b)
{
    struct tree tree = {.kind = TREE_OP, .op = op, .type = type, .a = a, .b = b};

    return arena_copy(&lab->arena, &tree, sizeof(tree));
}

static inline const struct tree *tree_number(struct lab *lab, enum lab_type type, int64_t number)
{
    struct tree tree = {.kind = TREE_NUMBER, .type = type, .number = number};

    return arena_copy(&lab->arena, &tree, sizeof(tree));
}

static inline const struct tree *tree_var(struct lab *lab, uint32_t var)
{
    struct tree tree = {.kind = TREE_VAR, .type = lab->var_types[var], .var = var};

    return arena_copy(&lab->arena, &tree, sizeof(tree));
}

static inline const struct tree *tree_leaf(struct lab *lab, enum lab_type type)
{
    const struct tree *leaf;

    if (lab_pick(lab, 3) == 0)
        return tree_number(lab, type, lab_number(lab, type));
    leaf = tree_var(lab, lab_pick(lab, LAB_VARS));
    return leaf->type == type ? leaf : tree_op(lab, IR_EXPR_CAST, type, leaf, NULL);
}

static inline const struct tree *tree_random(struct lab *lab, enum lab_type type, uint32_t depth);

/* A comparison or a negation, which is an int. */
static inline const struct tree *tree_truth(struct lab *lab, uint32_t depth)
{
    enum lab_type type = (enum lab_type)(LAB_U8 + lab_pick(lab, LAB_TYPES - 1));
    enum ir_expr_op op = (enum ir_expr_op)(IR_EXPR_EQ + lab_pick(lab, 6));

    if (lab_pick(lab, 4) == 0)
        return tree_op(lab, IR_EXPR_LNOT, LAB_I32, tree_random(lab, type, depth - 1), NULL);
    return tree_op(lab, op, type, tree_random(lab, type, depth - 1), tree_random(lab, type, lab_pick(lab, depth)));
}

static inline const struct tree *tree_arithmetic(struct lab *lab, enum lab_type type, uint32_t depth)
{
    enum ir_expr_op op = (enum ir_expr_op)(IR_EXPR_NEG + lab_pick(lab, IR_EXPR_EQ - IR_EXPR_NEG));
    const struct tree *a = tree_random(lab, type, depth - 1);
    enum lab_type other = type;

    if (op == IR_EXPR_LNOT)
        op = IR_EXPR_AND;
    if (ir_expr_arity(op) == 1)
        return tree_op(lab, op, type, a, NULL);
    if (op == IR_EXPR_SHL || op == IR_EXPR_SHR)
        return tree_op(lab, op, type, a, tree_number(lab, LAB_I32, lab_pick(lab, type == LAB_U64 || type == LAB_I64 ? 64 : 8)));
    if (op != IR_EXPR_DIV && op != IR_EXPR_REM && lab_pick(lab, 8) == 0) /* a compound assignment */
        other = (enum lab_type)lab_pick(lab, LAB_TYPES);
    return tree_op(lab, op, type, a, tree_random(lab, other, lab_pick(lab, depth)));
}

/* An expression of TYPE, at most DEPTH operations deep. */
static inline const struct tree *tree_random(struct lab *lab, enum lab_type type, uint32_t depth)
{
    const struct tree *tree;

    if (depth == 0)
        return tree_leaf(lab, type);
    switch (lab_pick(lab, 8)) {
    case 0: return tree_leaf(lab, type);
    case 1: return tree_op(lab, IR_EXPR_CAST, type, tree_random(lab, (enum lab_type)lab_pick(lab, LAB_TYPES), depth - 1), NULL);
    case 2:
    case 3: tree = tree_truth(lab, depth); return type == LAB_I32 ? tree : tree_op(lab, IR_EXPR_CAST, type, tree, NULL);
    default: break;
    }
    if (type == LAB_BOOL) /* C computes in int */
        return tree_op(lab, IR_EXPR_CAST, type, tree_arithmetic(lab, LAB_I32, depth), NULL);
    return tree_arithmetic(lab, type, depth);
}

#endif
