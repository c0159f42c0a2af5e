/*
 * fact.c - intervals, exclusions and known bits. See fact.h.
 */
#include "engine/fact_int.h"

#include <string.h>

/* ---- what is known ---- */

bool facts_is_nonzero(const struct facts *self, const struct pmap *map, value_id value)
{
    return facts_truth(self, map, value) == TRUTH_TRUE;
}

bool facts_is_zero(const struct facts *self, const struct pmap *map, value_id value)
{
    return facts_truth(self, map, value) == TRUTH_FALSE;
}

static enum truth truth_not(enum truth truth)
{
    return truth == TRUTH_UNKNOWN ? TRUTH_UNKNOWN : truth == TRUTH_TRUE ? TRUTH_FALSE : TRUTH_TRUE;
}

/* Are A and B, unless they are 0, what two different variables held that never hold the same? */
static bool are_held_apart(const struct facts *self, const struct pmap *map, value_id a, value_id b)
{
    uint64_t first = fact_holder(self, map, a), second = first ? fact_holder(self, map, b) : 0;

    return second && first != second;
}

static enum truth truth_eq(const struct facts *self, const struct pmap *map, const struct value *v)
{
    int64_t a, b, c, d;
    const struct fact *fact = facts_get(self, map, v->a);
    enum truth first;

    facts_range(self, map, v->a, &a, &b);
    facts_range(self, map, v->b, &c, &d);
    if (a == b && c == d && a == c)
        return TRUTH_TRUE;
    if (b < c || d < a)
        return TRUTH_FALSE;
    if (fact && c == d && (fact_is_excluded(fact, c) || (fact->known_bits & (fact->bits ^ (uint64_t)c))))
        return TRUTH_FALSE;
    first = facts_truth(self, map, v->a);
    if (first != TRUTH_UNKNOWN && facts_truth(self, map, v->b) == truth_not(first))
        return TRUTH_FALSE;
    if (are_held_apart(self, map, v->a, v->b) && (first == TRUTH_TRUE || facts_is_nonzero(self, map, v->b)))
        return TRUTH_FALSE;
    return TRUTH_UNKNOWN;
}

static bool type_is_unsigned64(const struct facts *self, ir_id type)
{
    const struct ir_type *t = type == IR_NONE ? NULL : &self->values->module->types.items[type];

    return t && t->kind == IR_TYPE_INT && !t->is_signed && t->bits >= 64;
}

static enum truth truth_lt(const struct facts *self, const struct pmap *map, const struct value *v)
{
    int64_t a, b, c, d;

    facts_range(self, map, v->a, &a, &b);
    facts_range(self, map, v->b, &c, &d);
    if (type_is_unsigned64(self, v->type) && (a < 0 || c < 0))
        return TRUTH_UNKNOWN;
    if (b < c)
        return TRUTH_TRUE;
    return a >= d ? TRUTH_FALSE : TRUTH_UNKNOWN;
}

/* x & c, from the bits known of x. */
static enum truth truth_and(const struct facts *self, const struct pmap *map, const struct value *v)
{
    const struct fact *fact = facts_get(self, map, v->a);
    int64_t mask, low, high;
    uint64_t known, bits;

    if (!value_is_int(self->values, v->b, &mask) || !fact_type_holds(self, v->type, mask))
        return TRUTH_UNKNOWN;
    known = fact ? fact->known_bits : 0;
    bits = fact ? fact->bits : 0;
    facts_range(self, map, v->a, &low, &high);
    if (low == high) {
        known = UINT64_MAX;
        bits = (uint64_t)low;
    }
    if (known & bits & (uint64_t)mask)
        return TRUTH_TRUE;
    return ((uint64_t)mask & ~known) == 0 ? TRUTH_FALSE : TRUTH_UNKNOWN;
}

/* A sum of what is not negative is zero only when all of it is; that it may wrap around is left aside, as programs do. */
static enum truth truth_add(const struct facts *self, const struct pmap *map, const struct value *v)
{
    int64_t a, b, high;

    facts_range(self, map, v->a, &a, &high);
    facts_range(self, map, v->b, &b, &high);
    if (a < 0 || b < 0)
        return TRUTH_UNKNOWN;
    return facts_is_nonzero(self, map, v->a) || facts_is_nonzero(self, map, v->b) ? TRUTH_TRUE : TRUTH_UNKNOWN;
}

static enum truth truth_expr(const struct facts *self, const struct pmap *map, const struct value *v)
{
    switch (v->op) {
    case IR_EXPR_LNOT: return truth_not(facts_truth(self, map, v->a));
    case IR_EXPR_EQ: return truth_eq(self, map, v);
    case IR_EXPR_LT: return truth_lt(self, map, v);
    case IR_EXPR_AND: return truth_and(self, map, v);
    case IR_EXPR_ADD: return truth_add(self, map, v);
    case IR_EXPR_CAST: return fact_cast_keeps(self, map, v) ? facts_truth(self, map, v->a) : TRUTH_UNKNOWN;
    default: return TRUTH_UNKNOWN;
    }
}

enum truth facts_truth(const struct facts *self, const struct pmap *map, value_id value)
{
    const struct value *v = value_get(self->values, value);
    const struct fact *fact = facts_get(self, map, value);
    enum truth truth = TRUTH_UNKNOWN;
    int64_t low, high;

    if (v->kind == VALUE_INT)
        return v->number ? TRUTH_TRUE : TRUTH_FALSE;
    if (fact_is_address(v) || (fact && (fact_is_excluded(fact, 0) || (fact->known_bits & fact->bits))))
        return TRUTH_TRUE;
    facts_range(self, map, value, &low, &high);
    if (low > 0 || high < 0)
        return TRUTH_TRUE;
    if (low == 0 && high == 0)
        return TRUTH_FALSE;
    if (v->kind == VALUE_EXPR)
        truth = truth_expr(self, map, v);
    return truth;
}

/* ---- assuming ---- */

static void fact_default(const struct facts *self, value_id value, struct fact *out)
{
    memset(out, 0, sizeof(*out));
    fact_default_range(self, value, &out->low, &out->high);
}

struct fact fact_current(const struct facts *self, const struct pmap *map, value_id value)
{
    const struct fact *known = facts_get(self, map, value);
    struct fact fact;

    if (known)
        return *known;
    fact_default(self, value, &fact);
    return fact;
}

/* Drops what FACT excludes outside its interval: what says the same is the same. */
static void drop_outside(struct fact *fact)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < fact->excluded_count; i++)
        if (fact->excluded[i] > fact->low && fact->excluded[i] < fact->high)
            fact->excluded[kept++] = fact->excluded[i];
    fact->excluded_count = kept;
}

/* Shrinks the interval past excluded ends; false when it is empty. */
static bool fact_normalize(struct fact *fact)
{
    while (fact->low <= fact->high && fact_is_excluded(fact, fact->low)) {
        if (fact->low == INT64_MAX)
            return false;
        fact->low++;
    }
    while (fact->low <= fact->high && fact_is_excluded(fact, fact->high)) {
        if (fact->high == INT64_MIN)
            return false;
        fact->high--;
    }
    drop_outside(fact);
    return fact->low <= fact->high;
}

void fact_exclude(struct fact *fact, int64_t number)
{
    uint32_t i = fact->excluded_count;

    if (fact_is_excluded(fact, number) || number < fact->low || number > fact->high)
        return;
    if (i == FACT_EXCLUDED) { /* full: zero is worth more than the rest */
        if (number != 0)
            return;
        i = FACT_EXCLUDED - 1;
        fact->excluded_count--;
    }
    for (; i > 0 && fact->excluded[i - 1] > number; i--)
        fact->excluded[i] = fact->excluded[i - 1];
    fact->excluded[i] = number;
    fact->excluded_count++;
}

/* Does FACT say no more of VALUE than its type does? */
static bool is_trivial(const struct facts *self, value_id value, const struct fact *fact)
{
    const struct value *v = value_get(self->values, value);
    int64_t low, high;

    if (v->kind == VALUE_EXPR || fact->excluded_count || fact->known_bits || fact->holder)
        return false;
    fact_default_range(self, value, &low, &high);
    return fact->low <= low && fact->high >= high;
}

bool fact_put(struct facts *self, const struct pmap **map, value_id value, struct fact *fact)
{
    if (!fact_normalize(fact) || !fact_fits_member(self, value, fact))
        return false;
    if (is_trivial(self, value, fact)) {
        if (value_get(self->values, value)->has_fact)
            *map = pmap_remove(*map, self->nodes, value);
        return true;
    }
    self->values->values.items[value].has_fact = true;
    *map = pmap_set(*map, self->nodes, value, fact_intern(self, fact));
    return true;
}

/* VALUE is a cast whose result is in [low, high]: its operand when that must be in [low, high] too, else 0. Either the cast changes nothing, or it
 * only reads the sign bit in another way and the numbers are such that it was not set. */
static value_id strip_cast(const struct facts *self, const struct pmap *map, value_id value, int64_t low, int64_t high)
{
    const struct value *v = value_get(self->values, value);
    const struct ir_type *types = self->values->module->types.items, *from, *to;
    ir_id type;

    if (v->kind != VALUE_EXPR || v->op != IR_EXPR_CAST)
        return 0;
    type = value_get(self->values, v->a)->type;
    if (type == IR_NONE || v->type == IR_NONE || types[type].kind != IR_TYPE_INT || types[v->type].kind != IR_TYPE_INT)
        return 0;
    from = &types[type];
    to = &types[v->type];
    if (fact_cast_keeps(self, map, v))
        return v->a;
    return to->bits >= from->bits && low >= 0 && fact_type_holds(self, type, high) ? v->a : 0;
}

/* VALUE is a cast whose result is not NUMBER: its operand, which is not NUMBER either, or 0. */
static value_id strip_cast_not(const struct facts *self, value_id value, int64_t number)
{
    const struct value *v = value_get(self->values, value);

    return v->kind == VALUE_EXPR && v->op == IR_EXPR_CAST && fact_type_holds(self, v->type, number) ? v->a : 0;
}

/* Is there a number in [a, b] that is in [c, d] + OFFSET? */
static bool ranges_meet(int64_t a, int64_t b, int64_t c, int64_t d, int64_t offset)
{
    return !__builtin_add_overflow(c, offset, &c) && !__builtin_add_overflow(d, offset, &d) && a <= d && c <= b;
}

/*
 * V is x + k, with a result in [*low, *high]: makes that the range of x; false when there is none. A sum is taken not to wrap (see
 * truth_add), but a difference may: `count - 1 > limit` holds for a count of zero.
 */
static bool range_of_operand(const struct facts *self, const struct pmap *map, const struct value *v, int64_t *low, int64_t *high)
{
    int64_t k, a, b, type_low, type_high, modulus, ignored;

    if (v->kind != VALUE_EXPR || v->op != IR_EXPR_ADD || !value_is_int(self->values, v->b, &k))
        return false;
    fact_type_range(self, v->type, &type_low, &type_high);
    *low = *low < type_low ? type_low : *low;
    *high = *high > type_high ? type_high : *high;
    facts_range(self, map, v->a, &a, &b);
    if (type_low != INT64_MIN && (a < type_low || b > type_high || k > type_high))
        return false;
    if (k < 0 && type_low != INT64_MIN && (__builtin_add_overflow(a, k, &ignored) || a + k < type_low)) {
        modulus = type_high - type_low + 1;
        if (k < -modulus || ranges_meet(a, b, *low, *high, -k - modulus))
            return false;
    }
    return *low != INT64_MIN && *high != INT64_MAX && !__builtin_sub_overflow(*low, k, low) && !__builtin_sub_overflow(*high, k, high);
}

/* Records that VALUE is in [LOW, HIGH], for itself and for what it is a cast of or a sum with; not what it says as a condition. */
static bool put_range(struct facts *self, const struct pmap **map, value_id value, int64_t low, int64_t high)
{
    const struct value *v = value_get(self->values, value);
    struct fact fact;
    int64_t a, b;

    facts_range(self, *map, value, &a, &b);
    if (a > high || b < low)
        return false;
    if (v->kind == VALUE_INT)
        return true;
    if (fact_is_address(v))
        return low != 0 || high != 0;
    if (low == high && low == 0 && facts_truth(self, *map, value) == TRUTH_TRUE)
        return false;
    a = low;
    b = high;
    if (range_of_operand(self, *map, v, &a, &b))
        return facts_assume_range(self, map, v->a, a, b);
    fact = fact_current(self, *map, value);
    if (low > fact.low)
        fact.low = low;
    if (high < fact.high)
        fact.high = high;
    if (!fact_put(self, map, value, &fact))
        return false;
    value = strip_cast(self, *map, value, fact.low, fact.high);
    return !value || facts_assume_range(self, map, value, fact.low, fact.high);
}

/* V is a condition, so that being zero or not says something about its operands. */
static bool is_condition(const struct value *v)
{
    return v->kind == VALUE_EXPR && (v->op == IR_EXPR_EQ || v->op == IR_EXPR_LT || v->op == IR_EXPR_LNOT);
}

bool facts_assume_range(struct facts *self, const struct pmap **map, value_id value, int64_t low, int64_t high)
{
    if (is_condition(value_get(self->values, value)) && (low > 0 || high <= 0))
        return low <= 1 && high >= 0 && facts_assume(self, map, value, low > 0);
    return put_range(self, map, value, low, high);
}

bool facts_assume_not(struct facts *self, const struct pmap **map, value_id value, int64_t number)
{
    const struct value *v = value_get(self->values, value);
    struct fact fact;
    int64_t low, high;

    if (is_condition(v) && (number == 0 || number == 1))
        return facts_assume(self, map, value, number == 0);
    if (v->kind == VALUE_INT)
        return v->number != number;
    facts_range(self, *map, value, &low, &high);
    if (low == number && high == number)
        return false;
    if (number == 0 && facts_truth(self, *map, value) == TRUTH_FALSE)
        return false;
    if (fact_is_address(v))
        return true;
    fact = fact_current(self, *map, value);
    if (low > fact.low)
        fact.low = low;
    if (high < fact.high)
        fact.high = high;
    fact_exclude(&fact, number);
    if (!fact_put(self, map, value, &fact))
        return false;
    value = strip_cast_not(self, value, number);
    return !value || facts_assume_not(self, map, value, number);
}

static bool assume_eq(struct facts *self, const struct pmap **map, value_id value, bool want)
{
    const struct value v = *value_get(self->values, value);
    int64_t k, low, high;

    if (value_is_int(self->values, v.b, &k))
        return want ? facts_assume_range(self, map, v.a, k, k) : facts_assume_not(self, map, v.a, k);
    if (want) {
        if (are_held_apart(self, *map, v.a, v.b))
            return facts_assume_range(self, map, v.a, 0, 0) && facts_assume_range(self, map, v.b, 0, 0) && put_range(self, map, value, 1, 1);
        facts_range(self, *map, v.b, &low, &high);
        if (!facts_assume_range(self, map, v.a, low, high))
            return false;
        facts_range(self, *map, v.a, &low, &high);
        if (!facts_assume_range(self, map, v.b, low, high))
            return false;
        if (facts_is_nonzero(self, *map, v.a) && !facts_assume_not(self, map, v.b, 0))
            return false;
        if (facts_is_nonzero(self, *map, v.b) && !facts_assume_not(self, map, v.a, 0))
            return false;
    } else {
        facts_range(self, *map, v.b, &low, &high);
        if (low == high && !facts_assume_not(self, map, v.a, low))
            return false;
        facts_range(self, *map, v.a, &low, &high);
        if (low == high && !facts_assume_not(self, map, v.b, low))
            return false;
    }
    return put_range(self, map, value, want, want);
}

static bool assume_lt(struct facts *self, const struct pmap **map, value_id value, bool want)
{
    const struct value v = *value_get(self->values, value);
    bool is_unsigned64 = type_is_unsigned64(self, v.type);
    int64_t a, b, c, d;

    facts_range(self, *map, v.a, &a, &b);
    facts_range(self, *map, v.b, &c, &d);
    /* Of numbers that may be above INT64_MAX, and so are negative here, an interval says nothing; but what is greater is not zero. */
    if (is_unsigned64 && (want ? c < 0 : a < 0 || c < 0)) {
        if (want ? !facts_assume_not(self, map, v.b, 0) : facts_is_nonzero(self, *map, v.b) && !facts_assume_not(self, map, v.a, 0))
            return false;
        if (!want && a >= 0 && !facts_assume_range(self, map, v.b, 0, b))
            return false;
        return put_range(self, map, value, want, want);
    }
    if (want) {
        if (d == INT64_MIN || a == INT64_MAX)
            return false;
        if (!facts_assume_range(self, map, v.a, is_unsigned64 ? 0 : INT64_MIN, d - 1) ||
            !facts_assume_range(self, map, v.b, a == INT64_MIN ? INT64_MIN : a + 1, INT64_MAX))
            return false;
    } else if (!facts_assume_range(self, map, v.a, c, INT64_MAX) || !facts_assume_range(self, map, v.b, INT64_MIN, b)) {
        return false;
    }
    return put_range(self, map, value, want, want);
}

static bool assume_and(struct facts *self, const struct pmap **map, value_id value, bool want)
{
    const struct value v = *value_get(self->values, value);
    const struct value *a = value_get(self->values, v.a);
    int64_t mask;

    if (value_is_int(self->values, v.b, &mask) && a->kind != VALUE_INT && !fact_is_address(a) &&
        fact_type_holds(self, v.type, mask) && (!want || ((uint64_t)mask & ((uint64_t)mask - 1)) == 0)) {
        struct fact fact = fact_current(self, *map, v.a);

        fact.known_bits |= (uint64_t)mask;
        fact.bits = want ? fact.bits | (uint64_t)mask : fact.bits & ~(uint64_t)mask;
        if (want)
            fact_exclude(&fact, 0);
        if (!fact_put(self, map, v.a, &fact))
            return false;
    } else if (want && !facts_assume_not(self, map, v.a, 0)) {
        return false;
    }
    return want ? facts_assume_not(self, map, value, 0) : facts_assume_range(self, map, value, 0, 0);
}

bool facts_assume(struct facts *self, const struct pmap **map, value_id value, bool want)
{
    const struct value *v = value_get(self->values, value);
    enum truth truth = facts_truth(self, *map, value);

    if (truth != TRUTH_UNKNOWN)
        return (truth == TRUTH_TRUE) == want;
    if (v->kind == VALUE_EXPR) {
        switch (v->op) {
        case IR_EXPR_LNOT: return facts_assume(self, map, v->a, !want);
        case IR_EXPR_EQ: return assume_eq(self, map, value, want);
        case IR_EXPR_LT: return assume_lt(self, map, value, want);
        case IR_EXPR_AND: return assume_and(self, map, value, want);
        default: break;
        }
    }
    return want ? facts_assume_not(self, map, value, 0) : facts_assume_range(self, map, value, 0, 0);
}

bool facts_apply(struct facts *self, const struct pmap **map, value_id value, const struct fact *fact)
{
    const struct value *v = value_get(self->values, value);
    uint64_t known, bits;
    struct fact own;

    if (!facts_assume_range(self, map, value, fact->low, fact->high))
        return false;
    for (uint32_t i = 0; i < fact->excluded_count; i++)
        if (!facts_assume_not(self, map, value, fact->excluded[i]))
            return false;
    if (v->kind == VALUE_INT)
        return (((uint64_t)v->number ^ fact->bits) & fact->known_bits) == 0;
    if ((!fact->known_bits && !fact->holder) || fact_is_address(v))
        return true;
    fact_known_bits(self, *map, value, &known, &bits);
    if ((bits ^ fact->bits) & known & fact->known_bits)
        return false;
    own = fact_current(self, *map, value);
    own.known_bits |= fact->known_bits;
    own.bits |= fact->bits & fact->known_bits;
    if (!fact_holder(self, *map, value))
        own.holder = fact->holder;
    return fact_put(self, map, value, &own);
}

void facts_rename_bits(struct facts *self, const struct pmap **map, value_id from, value_id to)
{
    struct fact fact = {.low = INT64_MIN, .high = INT64_MAX};

    fact_known_bits(self, *map, from, &fact.known_bits, &fact.bits);
    *map = pmap_remove(*map, self->nodes, to);
    facts_apply(self, map, to, &fact);
}
