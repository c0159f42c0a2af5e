/*
 * ways.c - see ways.h.
 */
#include "engine/ways.h"

#include <string.h>

#include "engine/engine_int.h"

#define WAYS_SHARE 30 /* of the budget: who has taken more steps goes too many ways to tell them apart */

/* Ways while they are collected. IS_OPEN: one of them has no condition, so that nothing is known. */
struct collected {
    uint32_t count;
    struct way items[WAYS_MAX];
    bool is_open;
};

/* ---- conditions ---- */

/* Facts about flags words are told by the steps of a case, and what was made here is not there at the entry. */
static bool is_for_callers(const struct analysis *an, value_id value)
{
    const struct value *v = value_get(&an->values, value);

    return !v->has_fresh && v->kind != VALUE_FLAGS && (v->kind != VALUE_EXPR || value_get(&an->values, v->a)->kind != VALUE_FLAGS);
}

static void push(struct way *self, struct way_condition condition)
{
    self->conditions[self->count++] = condition;
    self->values |= UINT64_C(1) << (condition.value % 64);
}

/* Can all values of A be among those of B? */
static bool may_contain(const struct way *b, const struct way *a)
{
    return a->count <= b->count && (a->values & ~b->values) == 0;
}

/* The conditions of STATE's way that OUT does not know, the oldest values first. */
static void find_forgotten(const struct analysis *an, const struct state *state, const struct state *out, struct way *way)
{
    struct pmap_diff diff;
    const struct pmap *entry;

    pmap_diff_init(&diff, state->facts, out->facts);
    while (way->count < WAY_CONDITIONS_MAX && (entry = pmap_diff_next(&diff)))
        if (is_for_callers(an, entry->key) && !facts_says_nothing(&an->facts, entry->key, (uint32_t)entry->value))
            push(way, (struct way_condition){entry->key, (uint32_t)entry->value});
}

static bool is_same(const struct way_condition *a, const struct way_condition *b)
{
    return a->value == b->value && a->fact == b->fact;
}

/* The conditions of both; of two on one value, the one that says more. */
static struct way both(const struct facts *facts, const struct way *a, const struct way *b)
{
    struct way out = {0};

    for (uint32_t i = 0, j = 0; out.count < WAY_CONDITIONS_MAX && (i < a->count || j < b->count);) {
        const struct way_condition *x = i < a->count ? &a->conditions[i] : NULL, *y = j < b->count ? &b->conditions[j] : NULL;

        i += x && (!y || x->value <= y->value);
        j += y && (!x || y->value <= x->value);
        if (x && y && x->value == y->value)
            push(&out, facts_is_narrower(facts, x->fact, y->fact) ? *x : *y);
        else
            push(&out, !y || (x && x->value < y->value) ? *x : *y);
    }
    return out;
}

/* The conditions that A and B share, and of two others on one value what holds where either does. */
static struct way common(struct facts *facts, const struct way *a, const struct way *b)
{
    struct way out = {0};

    for (uint32_t i = 0, j = 0; i < a->count && j < b->count;) {
        const struct way_condition *x = &a->conditions[i], *y = &b->conditions[j];
        struct way_condition either = {x->value, x->fact};

        i += x->value <= y->value;
        j += y->value <= x->value;
        if (x->value != y->value)
            continue;
        either.fact = facts_either(facts, x->fact, y->fact);
        if (!facts_says_nothing(facts, either.value, either.fact))
            push(&out, either);
    }
    return out;
}

/* Are all conditions of A among those of B? */
static bool is_weaker(const struct way *a, const struct way *b)
{
    uint32_t i = 0;

    if (!may_contain(b, a))
        return false;
    for (uint32_t j = 0; i < a->count && j < b->count; j++)
        i += is_same(&a->conditions[i], &b->conditions[j]);
    return i == a->count;
}

/*
 * The condition of WAY that need not be asked where OTHER is a way, too: OTHER has the opposite one, and all its others are WAY's as well. ("Empty, or not
 * empty and of another pool" is "empty, or of another pool".) WAY's count when there is none.
 */
static uint32_t find_idle(const struct facts *facts, const struct way *way, const struct way *other)
{
    uint32_t idle = way->count;

    for (uint32_t i = 0, j = 0; j < other->count; i++) {
        if (i == way->count || way->conditions[i].value > other->conditions[j].value)
            return way->count;
        if (way->conditions[i].value < other->conditions[j].value)
            continue;
        if (!is_same(&way->conditions[i], &other->conditions[j])) {
            if (idle != way->count || !facts_cover(facts, way->conditions[i].value, way->conditions[i].fact, other->conditions[j].fact))
                return way->count;
            idle = i;
        }
        j++;
    }
    return idle;
}

/* Takes what need not be asked beside OTHER out of WAY. */
static bool shorten(const struct facts *facts, struct way *way, const struct way *other)
{
    uint32_t idle = may_contain(way, other) ? find_idle(facts, way, other) : way->count;
    struct way whole;

    if (idle == way->count)
        return false;
    whole = *way;
    *way = (struct way){0};
    for (uint32_t i = 0; i < whole.count; i++)
        if (i != idle)
            push(way, whole.conditions[i]);
    return true;
}

/* ---- ways ---- */

static void remove_at(struct collected *self, uint32_t i)
{
    self->items[i] = self->items[--self->count];
}

/* WAY and the ways that are there ask no more of each other than they have to. */
static void shorten_all(const struct facts *facts, struct collected *self, struct way *way)
{
    for (uint32_t i = 0; i < self->count; i++) {
        if (shorten(facts, way, &self->items[i]))
            i = UINT32_MAX; /* the others may have something to say now */
        else
            shorten(facts, &self->items[i], way);
    }
}

/* How much WAY says that PART of it says, too: a condition that became weaker counts half. */
static uint32_t says_of(const struct way *part, const struct way *way)
{
    uint32_t said = part->count;

    for (uint32_t i = 0, j = 0; i < part->count; i++, j++) {
        while (way->conditions[j].value != part->conditions[i].value)
            j++;
        said += is_same(&part->conditions[i], &way->conditions[j]);
    }
    return said;
}

/* There is no room for WAY: it and the one that has most in common with it become what they have in common. */
static struct way squeeze(struct facts *facts, struct collected *self, const struct way *way)
{
    struct way best = {0};
    uint32_t nearest = 0, most = 0;

    for (uint32_t i = 0; i < self->count; i++) {
        struct way shared = common(facts, &self->items[i], way);
        uint32_t said = says_of(&shared, way);

        if (said > most) {
            best = shared;
            most = said;
            nearest = i;
        }
    }
    remove_at(self, nearest);
    return best;
}

/* A way whose conditions are all among those of another stands for both. */
static void add(struct facts *facts, struct collected *self, struct way way)
{
    shorten_all(facts, self, &way);
    for (uint32_t i = self->count; i-- > 0;)
        if (is_weaker(&self->items[i], &way))
            return;
        else if (is_weaker(&way, &self->items[i]))
            remove_at(self, i);
    if (way.count == 0) {
        self->is_open = true;
    } else if (self->count < WAYS_MAX) {
        self->items[self->count++] = way;
    } else {
        add(facts, self, squeeze(facts, self, &way));
    }
}

/* The ways of STATE, each of which has the conditions in FORGOTTEN, too. */
static void collect(struct facts *facts, struct collected *self, const struct state *state, const struct way *forgotten)
{
    if (!state->ways)
        add(facts, self, *forgotten);
    for (uint32_t i = 0; state->ways && i < state->ways->count && !self->is_open; i++)
        add(facts, self, both(facts, forgotten, &state->ways->items[i]));
}

static bool is_same_list(const struct ways *ways, const struct collected *collected)
{
    return ways && !collected->is_open && ways->count == collected->count &&
           memcmp(ways->items, collected->items, ways->count * sizeof(*ways->items)) == 0;
}

static const struct ways *keep(struct analysis *an, const struct collected *collected)
{
    struct ways *ways;

    if (collected->is_open || collected->count == 0)
        return NULL;
    ways = arena_alloc(an->arena, sizeof(*ways) + collected->count * sizeof(*ways->items));
    ways->count = collected->count;
    memcpy(ways->items, collected->items, collected->count * sizeof(*ways->items));
    return ways;
}

/* Those of A and those of B, of each of which what OUT has forgotten holds as well. */
static const struct ways *unite(struct analysis *an, const struct state *out, const struct state *a, const struct state *b)
{
    struct collected collected;
    struct way of_a = {0}, of_b = {0};

    find_forgotten(an, a, out, &of_a);
    if (!a->ways && of_a.count == 0)
        return NULL;
    find_forgotten(an, b, out, &of_b);
    if (!b->ways && of_b.count == 0)
        return NULL;
    if (a->ways == b->ways && of_a.count == 0 && of_b.count == 0)
        return a->ways;
    collected.count = 0;
    collected.is_open = false;
    collect(&an->facts, &collected, a, &of_a);
    if (!collected.is_open)
        collect(&an->facts, &collected, b, &of_b);
    return is_same_list(a->ways, &collected) ? a->ways : keep(an, &collected);
}

const struct ways *ways_join(struct analysis *an, const struct state *out, const struct state *a, const struct state *b)
{
    if (an->is_root || !an->has_doings || an->steps > an->engine->options.step_budget / WAYS_SHARE)
        return NULL;
    return unite(an, out, a, b);
}

const struct ways *ways_told(struct analysis *an, const struct ways *self, const value_id *names)
{
    struct collected collected;

    collected.count = 0;
    collected.is_open = false;
    for (uint32_t w = 0; w < self->count && !collected.is_open; w++) {
        struct way way = {0};

        for (uint32_t c = 0; c < self->items[w].count; c++)
            if (names[self->items[w].conditions[c].value])
                push(&way, self->items[w].conditions[c]);
        add(&an->facts, &collected, way);
    }
    return keep(an, &collected);
}
