/*
 * fact_range.c - the interval of a value, and its bits, from what is known of it and of what it is made of. See fact.h.
 */
#include "engine/fact_int.h"
#include "engine/handles.h"
#include "engine/members.h"

void fact_type_range(const struct facts *self, ir_id type, int64_t *low, int64_t *high)
{
    const struct ir_type *t = type == IR_NONE ? NULL : &self->values->module->types.items[type];

    *low = INT64_MIN;
    *high = INT64_MAX;
    if (t && t->kind == IR_TYPE_BOOL) {
        *low = 0;
        *high = 1;
    } else if (t && t->kind == IR_TYPE_INT && t->bits > 0 && t->bits < 64) {
        *high = (int64_t)((UINT64_C(1) << (t->is_signed ? t->bits - 1 : t->bits)) - 1);
        *low = t->is_signed ? -*high - 1 : 0;
    }
}

void fact_default_range(const struct facts *self, value_id value, int64_t *low, int64_t *high)
{
    const struct value *v = value_get(self->values, value);

    fact_type_range(self, v->type, low, high);
    if (v->member) {
        const struct member_values *values = members_get(self->values->members, v->member);

        *low = values->low > *low ? values->low : *low;
        *high = values->high < *high ? values->high : *high;
    }
}

/* Is PATTERN, which is all of a number or some of its bits, one that FACT allows? */
static bool allows_pattern(const struct fact *fact, const struct member_values *values, int64_t pattern)
{
    bool is_whole = values->mask == UINT64_MAX;

    if (((uint64_t)pattern ^ fact->bits) & fact->known_bits & values->mask)
        return false;
    if (is_whole)
        return fact->low <= pattern && pattern <= fact->high && !fact_is_excluded(fact, pattern);
    return fact->low != fact->high || ((uint64_t)fact->low & values->mask) == (uint64_t)pattern;
}

bool fact_fits_member(const struct facts *self, value_id value, struct fact *fact)
{
    const struct value *v = value_get(self->values, value);
    const struct member_values *values = v->member ? members_get(self->values->members, v->member) : NULL;
    int64_t low = INT64_MAX, high = INT64_MIN;

    if (!values || values->mask == 0)
        return true;
    for (uint32_t p = 0; p < values->pattern_count; p++)
        if (allows_pattern(fact, values, values->patterns[p])) {
            low = values->patterns[p] < low ? values->patterns[p] : low;
            high = values->patterns[p];
        }
    if (high < low)
        return false;
    if (values->mask == UINT64_MAX) {
        fact->low = low;
        fact->high = high;
    }
    return true;
}

bool fact_type_holds(const struct facts *self, ir_id type, int64_t number)
{
    int64_t low, high;

    fact_type_range(self, type, &low, &high);
    return low <= number && number <= high;
}

bool fact_cast_keeps(const struct facts *self, const struct pmap *map, const struct value *v)
{
    int64_t low, high;

    facts_range(self, map, v->a, &low, &high);
    return fact_type_holds(self, v->type, low) && fact_type_holds(self, v->type, high);
}

/* The lowest bits, which a cast between integers of TYPE and another type keeps. */
static uint64_t low_bits(const struct facts *self, ir_id type)
{
    const struct ir_type *t = type == IR_NONE ? NULL : &self->values->module->types.items[type];

    if (!t || t->kind != IR_TYPE_INT)
        return 0;
    return t->bits >= 64 ? UINT64_MAX : (UINT64_C(1) << t->bits) - 1;
}

/* KNOWN and BITS are those of an operand of V, an operation on bits with NUMBER: makes them those of the result. */
static void bits_of_result(const struct value *v, uint64_t number, uint64_t *known, uint64_t *bits)
{
    if (v->op == IR_EXPR_OR) {
        *known |= number;
        *bits |= number;
    } else if (v->op == IR_EXPR_AND) {
        *known |= ~number;
        *bits &= number;
    } else {
        *bits ^= number & *known;
    }
}

/* The bits of V that follow from what it is made of. */
static void bits_of_parts(const struct facts *self, const struct pmap *map, const struct value *v, uint64_t *known, uint64_t *bits)
{
    bool is_cast = v->kind == VALUE_EXPR && v->op == IR_EXPR_CAST;
    bool is_bitwise = v->kind == VALUE_EXPR && (v->op == IR_EXPR_OR || v->op == IR_EXPR_AND || v->op == IR_EXPR_XOR);
    int64_t number = 0;

    *known = *bits = 0;
    if (!is_cast && !(is_bitwise && value_is_int(self->values, v->b, &number)))
        return;
    fact_known_bits(self, map, v->a, known, bits);
    if (is_cast)
        *known &= low_bits(self, value_get(self->values, v->a)->type);
    else
        bits_of_result(v, (uint64_t)number, known, bits);
    *known &= low_bits(self, v->type);
    *bits &= *known;
}

void fact_known_bits(const struct facts *self, const struct pmap *map, value_id value, uint64_t *known, uint64_t *bits)
{
    const struct fact *fact = facts_get(self, map, value);

    bits_of_parts(self, map, value_get(self->values, value), known, bits);
    if (!fact)
        return;
    *bits = (*bits & ~fact->known_bits) | (fact->bits & fact->known_bits);
    *known |= fact->known_bits;
}

/* The range of [A, B] plus K, within *LOW and *HIGH, those of the type. A sum is taken not to wrap (see truth_add); a difference may. */
static void sum_range(int64_t a, int64_t b, int64_t k, int64_t *low, int64_t *high)
{
    int64_t least, most;
    bool fits = b != INT64_MAX && !__builtin_add_overflow(b, k, &most) && most <= *high;

    if (a == INT64_MIN || __builtin_add_overflow(a, k, &least) || least < *low || least > *high || (k < 0 && !fits))
        return;
    *low = least;
    if (fits)
        *high = most;
}

/* What is not negative adds up: see sum_range. V, a sum, is within [*LOW, *HIGH]. */
static void range_of_sum(const struct facts *self, const struct pmap *map, const struct value *v, int64_t *low, int64_t *high)
{
    int64_t a, b, c, d, k, least;

    facts_range(self, map, v->a, &a, &b);
    facts_range(self, map, v->b, &c, &d);
    if (a >= 0 && c >= 0 && !__builtin_add_overflow(a, c, &least) && least <= *high)
        *low = least > *low ? least : *low;
    if (value_is_int(self->values, v->b, &k))
        sum_range(a, b, k, low, high);
}

/* V, a cast, is within [*LOW, *HIGH], those of its type: it is what its operand is when that cannot be anything else. */
static void range_of_cast(const struct facts *self, const struct pmap *map, const struct value *v, int64_t *low, int64_t *high)
{
    int64_t a, b;

    facts_range(self, map, v->a, &a, &b);
    if (*low <= a && a <= *high && *low <= b && b <= *high) {
        *low = a;
        *high = b;
    }
}

static void expr_range(const struct facts *self, const struct pmap *map, const struct value *v, int64_t *low, int64_t *high)
{
    int64_t k, a, b;

    if (v->op == IR_EXPR_EQ || v->op == IR_EXPR_LT || v->op == IR_EXPR_LNOT) {
        *low = 0;
        *high = 1;
        return;
    }
    fact_type_range(self, v->type, low, high);
    if (v->op == IR_EXPR_CAST)
        range_of_cast(self, map, v, low, high);
    else if (v->op == IR_EXPR_ADD)
        range_of_sum(self, map, v, low, high);
    if (v->op != IR_EXPR_AND || !value_is_int(self->values, v->b, &k))
        return;
    if (k < 0) {
        facts_range(self, map, v->a, &a, &b);
        *low = a >= 0 ? 0 : *low;
        *high = a >= 0 && b < *high ? b : *high;
    } else if (k <= *high) {
        uint64_t known, bits;

        fact_known_bits(self, map, v->a, &known, &bits);
        *low = (int64_t)(bits & (uint64_t)k);
        *high = (int64_t)((bits | ~known) & (uint64_t)k);
    }
}

void facts_range(const struct facts *self, const struct pmap *map, value_id value, int64_t *low, int64_t *high)
{
    const struct value *v = value_get(self->values, value);
    const struct fact *fact = facts_get(self, map, value);

    if (v->kind == VALUE_INT) {
        *low = *high = v->number;
        return;
    }
    if (v->kind == VALUE_EXPR)
        expr_range(self, map, v, low, high);
    else
        fact_default_range(self, value, low, high);
    if (fact && fact->low > *low)
        *low = fact->low;
    if (fact && fact->high < *high)
        *high = fact->high;
}

bool fact_is_excluded(const struct fact *fact, int64_t number)
{
    for (uint32_t i = 0; i < fact->excluded_count; i++)
        if (fact->excluded[i] == number)
            return true;
    return false;
}

uint64_t fact_holder(const struct facts *self, const struct pmap *map, value_id value)
{
    const struct fact *fact = facts_get(self, map, value);

    return fact && fact->holder ? fact->holder : handles_holder(self->values->handles, self->values, value);
}
