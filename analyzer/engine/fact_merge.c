/*
 * fact_merge.c - what is known where paths meet, and where a loop goes on: joins and widening of facts. See fact.h.
 */
#include "engine/fact_int.h"

static bool is_address(const struct value *v)
{
    return v->kind == VALUE_ADDR || v->kind == VALUE_FUNC || v->kind == VALUE_STRING;
}

/* All that is known of VALUE: its own fact, its type, what it is made of. */
static struct fact fact_of(const struct facts *self, const struct pmap *map, value_id value)
{
    struct fact fact = fact_current(self, map, value);
    const struct value *v = value_get(self->values, value);

    fact_known_bits(self, map, value, &fact.known_bits, &fact.bits);
    facts_range(self, map, value, &fact.low, &fact.high);
    if (facts_truth(self, map, value) == TRUTH_TRUE)
        fact_exclude(&fact, 0);
    if (v->kind == VALUE_INT) {
        fact.known_bits = UINT64_MAX;
        fact.bits = (uint64_t)v->number;
    }
    return fact;
}

const struct pmap *facts_join(struct facts *self, const struct pmap *out, value_id target, const struct pmap *a, value_id x,
                              const struct pmap *b, value_id y)
{
    struct fact f = fact_of(self, a, x), g = fact_of(self, b, y), joined = {0};

    if (value_get(self->values, target)->kind == VALUE_INT || is_address(value_get(self->values, target)))
        return out;
    joined.low = f.low < g.low ? f.low : g.low;
    joined.high = f.high > g.high ? f.high : g.high;
    joined.known_bits = f.known_bits & g.known_bits & ~(f.bits ^ g.bits);
    joined.bits = f.bits & joined.known_bits;
    for (uint32_t i = 0; i < f.excluded_count; i++)
        if (fact_is_excluded(&g, f.excluded[i]) || f.excluded[i] < g.low || f.excluded[i] > g.high)
            fact_exclude(&joined, f.excluded[i]);
    for (uint32_t i = 0; i < g.excluded_count; i++)
        if (g.excluded[i] < f.low || g.excluded[i] > f.high)
            fact_exclude(&joined, g.excluded[i]);
    fact_put(self, &out, target, &joined);
    return out;
}

uint32_t facts_snapshot(struct facts *self, const struct pmap *map, value_id value)
{
    struct fact fact = fact_of(self, map, value);

    return fact_intern(self, &fact);
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
    fact_put(self, &map, target, &wide);
    return map;
}
