/*
 * fact_merge.c - two values, or one at two places: are they different, what holds where paths meet, and where a loop goes on. See fact.h.
 */
#include "engine/fact_int.h"

/* VALUE is *BASE plus the result. */
static int64_t split_sum(const struct facts *self, value_id value, value_id *base)
{
    const struct value *v = value_get(self->values, value);
    int64_t k = 0;

    *base = value;
    if (v->kind == VALUE_EXPR && v->op == IR_EXPR_ADD && value_is_int(self->values, v->b, &k))
        *base = v->a;
    return k;
}

/* Was it said that A and B are different? */
static bool is_said_to_differ(const struct facts *self, const struct pmap *map, value_id a, value_id b)
{
    const struct value *x = value_get(self->values, a), *y = value_get(self->values, b);

    return x->kind != VALUE_INT && y->kind != VALUE_INT &&
           facts_is_zero(self, map, value_expr(self->values, IR_EXPR_EQ, IR_NONE, a, b));
}

bool facts_differ(const struct facts *self, const struct pmap *map, value_id a, value_id b)
{
    value_id x, y;
    int64_t low, high, low2, high2, k = split_sum(self, a, &x), m = split_sum(self, b, &y);
    const struct fact *fact = facts_get(self, map, a), *other = facts_get(self, map, b);

    if (a == b)
        return false;
    if (x == y)
        return k != m;
    facts_range(self, map, a, &low, &high);
    facts_range(self, map, b, &low2, &high2);
    if (high < low2 || high2 < low)
        return true;
    return (fact && low2 == high2 && fact_is_excluded(fact, low2)) || (other && low == high && fact_is_excluded(other, low)) ||
           is_said_to_differ(self, map, a, b);
}

/* Is no more known of VALUE than its type? */
static bool is_open(const struct facts *self, value_id value)
{
    const struct value *v = value_get(self->values, value);

    return !v->has_fact && v->kind != VALUE_EXPR && v->kind != VALUE_INT && !fact_is_address(v) && !v->member && !fact_holder(self, NULL, value);
}

/* Is no more known of VALUE than its type, which allows all that TARGET's does? */
static bool is_open_for(const struct facts *self, value_id value, value_id target)
{
    int64_t low, high, target_low, target_high;

    if (!is_open(self, value))
        return false;
    if (value_get(self->values, value)->type == value_get(self->values, target)->type)
        return true;
    fact_type_range(self, value_get(self->values, value)->type, &low, &high);
    fact_type_range(self, value_get(self->values, target)->type, &target_low, &target_high);
    return low <= target_low && high >= target_high;
}

/* Does what X and Y have in common say no more of TARGET than its type does? So it is where nothing is known of X, and Y is among what X may be. */
static bool is_lost_in(const struct facts *self, value_id x, const struct pmap *map, value_id y, value_id target)
{
    const struct value *v = value_get(self->values, y);
    int64_t low, high, a, b;

    if (!is_open_for(self, x, target))
        return false;
    if (v->type == value_get(self->values, x)->type && v->kind != VALUE_INT && v->kind != VALUE_EXPR)
        return true;
    fact_type_range(self, value_get(self->values, x)->type, &low, &high);
    facts_range(self, map, y, &a, &b);
    return low <= a && b <= high;
}

/* All that is known of VALUE: its own fact, its type, what it is made of. */
static struct fact fact_of(const struct facts *self, const struct pmap *map, value_id value)
{
    const struct value *v = value_get(self->values, value);
    struct fact fact;

    if (v->kind == VALUE_INT)
        return (struct fact){.low = v->number, .high = v->number, .known_bits = UINT64_MAX, .bits = (uint64_t)v->number};
    fact = fact_current(self, map, value);
    if (is_open(self, value))
        return fact;
    fact_known_bits(self, map, value, &fact.known_bits, &fact.bits);
    facts_range(self, map, value, &fact.low, &fact.high);
    if (fact.low <= 0 && fact.high >= 0 && facts_truth(self, map, value) == TRUTH_TRUE)
        fact_exclude(&fact, 0);
    fact.holder = fact_holder(self, map, value);
    return fact;
}

/* The variable that what F and G speak of was held by, as far as it is not 0. */
static uint64_t joined_holder(const struct fact *f, const struct fact *g)
{
    if (f->holder == g->holder || (g->low == 0 && g->high == 0))
        return f->holder;
    return f->low == 0 && f->high == 0 ? g->holder : 0;
}

/* What holds of whatever F or G holds of. */
static struct fact fact_union(const struct fact *f, const struct fact *g)
{
    struct fact joined = {.low = f->low < g->low ? f->low : g->low, .high = f->high > g->high ? f->high : g->high};

    joined.known_bits = f->known_bits & g->known_bits & ~(f->bits ^ g->bits);
    joined.bits = f->bits & joined.known_bits;
    joined.holder = joined_holder(f, g);
    for (uint32_t i = 0; i < f->excluded_count; i++)
        if (fact_is_excluded(g, f->excluded[i]) || f->excluded[i] < g->low || f->excluded[i] > g->high)
            fact_exclude(&joined, f->excluded[i]);
    for (uint32_t i = 0; i < g->excluded_count; i++)
        if (g->excluded[i] < f->low || g->excluded[i] > f->high)
            fact_exclude(&joined, g->excluded[i]);
    return joined;
}

const struct pmap *facts_join(struct facts *self, const struct pmap *out, value_id target, const struct pmap *a, value_id x,
                              const struct pmap *b, value_id y)
{
    const struct value *v = value_get(self->values, target);
    struct fact f, g, joined;

    if (v->kind == VALUE_INT || fact_is_address(v))
        return out;
    if (v->kind != VALUE_EXPR && (is_lost_in(self, x, b, y, target) || is_lost_in(self, y, a, x, target)))
        return v->has_fact ? pmap_remove(out, self->nodes, target) : out;
    f = fact_of(self, a, x);
    g = fact_of(self, b, y);
    joined = fact_union(&f, &g);
    fact_put(self, &out, target, &joined);
    return out;
}

uint32_t facts_either(struct facts *self, uint32_t first, uint32_t second)
{
    struct fact f = self->table.items[first], g = self->table.items[second], joined = fact_union(&f, &g);

    return first == second ? first : fact_intern(self, &joined);
}

/* Is there a number between the intervals of F and G? */
static bool has_gap(const struct fact *f, const struct fact *g)
{
    return (f->high < g->low && f->high + 1 != g->low) || (g->high < f->low && g->high + 1 != f->low);
}

/* Makes JOINED exclude the numbers between F and G; false when there is no room for them. */
static bool exclude_between(struct fact *joined, const struct fact *f, const struct fact *g)
{
    int64_t last = f->high < g->low ? g->low : f->low;

    if (!has_gap(f, g))
        return true;
    for (int64_t number = (f->high < g->low ? f->high : g->high) + 1; number < last; number++) {
        if (joined->excluded_count == FACT_EXCLUDED)
            return false;
        fact_exclude(joined, number);
    }
    return true;
}

/* Does JOINED exclude what F does, where G does not allow it? */
static bool keeps_excluded(const struct fact *joined, const struct fact *f, const struct fact *g)
{
    for (uint32_t i = 0; i < f->excluded_count; i++) {
        int64_t number = f->excluded[i];
        bool is_allowed = g->low <= number && number <= g->high && !fact_is_excluded(g, number);

        if (!is_allowed && !fact_is_excluded(joined, number))
            return false;
    }
    return true;
}

bool facts_either_exactly(struct facts *self, uint32_t first, uint32_t second, uint32_t *either)
{
    struct fact f = self->table.items[first], g = self->table.items[second], joined = fact_union(&f, &g);

    if (f.holder != g.holder || f.known_bits != g.known_bits || f.bits != g.bits)
        return false;
    if (!exclude_between(&joined, &f, &g) || !keeps_excluded(&joined, &f, &g) || !keeps_excluded(&joined, &g, &f))
        return false;
    *either = fact_intern(self, &joined);
    return true;
}

uint32_t facts_distance(const struct facts *self, const struct pmap *a, const struct pmap *b)
{
    uint32_t distance = pmap_count_differences(a, b);
    struct pmap_diff diff;
    const struct pmap *entry;

    pmap_diff_init(&diff, a, b);
    while ((entry = pmap_diff_next(&diff))) {
        const struct fact *other = facts_get(self, b, entry->key);

        distance += other && has_gap(&self->table.items[entry->value], other);
    }
    return distance;
}

/* Does G allow whatever F excludes? */
static bool allows_excluded(const struct fact *f, const struct fact *g)
{
    for (uint32_t i = 0; i < f->excluded_count; i++)
        if (f->excluded[i] < g->low || f->excluded[i] > g->high || fact_is_excluded(g, f->excluded[i]))
            return false;
    return true;
}

/* A bit is set in one of F and G and not in the other, and nothing else is known of the bits of a number that is not known itself. */
static bool bits_cover(const struct fact *f, const struct fact *g)
{
    uint64_t one = f->low == f->high ? 0 : f->known_bits, other = g->low == g->high ? 0 : g->known_bits;

    return (one | other) == 0 || (one == other && (one & (one - 1)) == 0 && ((f->bits ^ g->bits) & one));
}

bool facts_cover(const struct facts *self, value_id value, uint32_t first, uint32_t second)
{
    const struct fact *f = &self->table.items[first], *g = &self->table.items[second];
    int64_t low, high;

    facts_range(self, NULL, value, &low, &high);
    return (f->low <= low || g->low <= low) && (f->high >= high || g->high >= high) && !has_gap(f, g) && allows_excluded(f, g) &&
           allows_excluded(g, f) && bits_cover(f, g) && !f->holder && !g->holder;
}

bool facts_is_narrower(const struct facts *self, uint32_t first, uint32_t second)
{
    const struct fact *f = &self->table.items[first], *g = &self->table.items[second];
    uint64_t one = (uint64_t)f->high - (uint64_t)f->low, other = (uint64_t)g->high - (uint64_t)g->low;

    return one != other ? one < other : f->excluded_count > g->excluded_count;
}

bool facts_says_nothing(const struct facts *self, value_id value, uint32_t fact)
{
    const struct fact *f = &self->table.items[fact];
    int64_t low, high;

    facts_range(self, NULL, value, &low, &high);
    return f->low <= low && f->high >= high && f->excluded_count == 0 && f->known_bits == 0 && !f->holder;
}

uint32_t facts_snapshot(struct facts *self, const struct pmap *map, value_id value)
{
    struct fact fact = fact_of(self, map, value);

    return fact_intern(self, &fact);
}

static bool is_number(const struct fact *fact)
{
    return fact->low == fact->high;
}

int64_t facts_snapshot_number(const struct facts *self, uint32_t snapshot)
{
    return self->table.items[snapshot].low;
}

int facts_direction(struct facts *self, const struct pmap *map, uint32_t first, uint32_t before, value_id value)
{
    struct fact a = self->table.items[first], b = self->table.items[before], c = fact_of(self, map, value);

    if (!is_number(&a) || !is_number(&b))
        return 0;
    if (is_number(&c) && !value_counter(self->values, value) && (uint64_t)c.low - (uint64_t)b.low != (uint64_t)b.low - (uint64_t)a.low)
        return 0;
    return (c.low > b.low && b.low > a.low) - (c.high < b.low && b.low < a.low);
}

const struct pmap *facts_widen(struct facts *self, const struct pmap *map, value_id target, uint32_t before, value_id value)
{
    struct fact old = self->table.items[before], now = fact_of(self, map, value), wide = {.low = INT64_MIN, .high = INT64_MAX};

    fact_type_range(self, value_get(self->values, target)->type, &wide.low, &wide.high);
    if (now.low >= old.low && old.low > wide.low)
        wide.low = old.low;
    if (now.high <= old.high && old.high < wide.high)
        wide.high = old.high;
    wide.known_bits = old.known_bits & now.known_bits & ~(old.bits ^ now.bits);
    wide.bits = now.bits & wide.known_bits;
    wide.holder = joined_holder(&old, &now);
    fact_put(self, &map, target, &wide);
    return map;
}
