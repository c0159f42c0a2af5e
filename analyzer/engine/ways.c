/*
 * ways.c - see ways.h.
 */
#include "engine/ways.h"

#include <string.h>

#include "engine/engine_int.h"

#define WAY_DEPTH_MAX 2 /* pointers that a condition's memory is away: callers seldom know anything of what is further */
#define WAYS_SHARE 30 /* of the budget: who has taken more steps goes too many ways to tell them apart */

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

/* The conditions in FACTS that OTHER does not know, the oldest values first. */
static void find_more(const struct analysis *an, const struct pmap *facts, const struct pmap *other, struct way *way)
{
    struct pmap_diff diff;
    const struct pmap *entry;

    pmap_diff_init(&diff, facts, other);
    while (way->count < WAY_CONDITIONS_MAX && (entry = pmap_diff_next(&diff)))
        if (is_for_callers(an, entry->key) && value_get(&an->values, entry->key)->depth <= WAY_DEPTH_MAX &&
            !facts_says_nothing(&an->facts, entry->key, (uint32_t)entry->value))
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

/* WAY and OTHER differ in one condition, and a condition says just what these two say together: makes WAY stand for both. */
static bool fuse(struct facts *facts, struct way *way, const struct way *other)
{
    uint32_t differing = way->count, fact;

    if (way->count != other->count || way->values != other->values)
        return false;
    for (uint32_t i = 0; i < way->count; i++) {
        if (is_same(&way->conditions[i], &other->conditions[i]))
            continue;
        if (differing != way->count || way->conditions[i].value != other->conditions[i].value)
            return false;
        differing = i;
    }
    if (differing == way->count ||
        !facts_either_exactly(facts, way->conditions[differing].fact, other->conditions[differing].fact, &fact))
        return false;
    way->conditions[differing].fact = fact;
    return true;
}

/* ---- ways ---- */

static void remove_at(struct way_set *self, uint32_t i)
{
    self->items[i] = self->items[--self->count];
}

/* WAY and the ways that are there ask no more of each other than they have to. */
static void shorten_all(struct facts *facts, struct way_set *self, struct way *way)
{
    for (uint32_t i = 0; i < self->count; i++) {
        if (fuse(facts, way, &self->items[i])) {
            remove_at(self, i);
            i = UINT32_MAX;
        } else if (shorten(facts, way, &self->items[i])) {
            i = UINT32_MAX; /* the others may have something to say now */
        } else {
            shorten(facts, &self->items[i], way);
        }
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
static struct way squeeze(struct facts *facts, struct way_set *self, const struct way *way)
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
static void add(struct facts *facts, struct way_set *self, struct way way)
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

/* The ways of CLAUSE (NULL: there is one, of which nothing is known), each of which has the conditions in MORE, too. */
static void collect(struct facts *facts, struct way_set *self, const struct ways *clause, const struct way *more)
{
    if (!clause)
        add(facts, self, *more);
    for (uint32_t i = 0; clause && i < clause->count && !self->is_open; i++)
        add(facts, self, both(facts, more, &clause->items[i]));
}

/* ---- lists of clauses ---- */

/* Clauses, the oldest first. */
struct clauses {
    const struct ways *items[WAY_CLAUSES_MAX];
    uint32_t count;
};

static struct clauses clauses_of(const struct ways *ways)
{
    struct clauses out = {.count = ways ? ways->length : 0};

    for (; ways; ways = ways->rest)
        out.items[ways->length - 1] = ways;
    return out;
}

static bool is_same_clause(const struct ways *a, const struct ways *b)
{
    return a == b || (a->count == b->count && memcmp(a->items, b->items, a->count * sizeof(*a->items)) == 0);
}

/* REST, and one of SET as well. */
static const struct ways *push_clause(struct analysis *an, const struct ways *rest, const struct way_set *set)
{
    struct ways *ways;

    if (set->is_open || set->count == 0)
        return rest;
    if (rest && rest->length == WAY_CLAUSES_MAX) { /* no room: each of these with each of the newest */
        struct way_set product = {0};

        for (uint32_t i = 0; i < set->count; i++)
            collect(&an->facts, &product, rest, &set->items[i]);
        return push_clause(an, rest->rest, &product);
    }
    ways = arena_alloc(an->arena, sizeof(*ways) + set->count * sizeof(*ways->items));
    ways->rest = rest;
    ways->length = rest ? rest->length + 1 : 1;
    ways->count = set->count;
    memcpy(ways->items, set->items, set->count * sizeof(*ways->items));
    return ways;
}

/* One of A's ways with OF_A, or one of B's with OF_B; NULL: there is one of which nothing is known. */
static const struct ways *push_either(struct analysis *an, const struct ways *rest, const struct ways *a,
                                      const struct way *of_a, const struct ways *b, const struct way *of_b)
{
    struct way_set set = {0};

    if ((!a && of_a->count == 0) || (!b && of_b->count == 0))
        return rest;
    collect(&an->facts, &set, a, of_a);
    if (!set.is_open)
        collect(&an->facts, &set, b, of_b);
    return push_clause(an, rest, &set);
}

/* What holds of A and of B, of each of which what OUT has forgotten holds as well. Clauses that only one of them has are put beside each other in their
 * order, since rounds of a loop make them in the same one. */
static const struct ways *unite(struct analysis *an, const struct state *out, const struct state *a, const struct state *b)
{
    struct clauses of_a = clauses_of(a->ways), of_b = clauses_of(b->ways);
    struct way forgotten_a = {0}, forgotten_b = {0};
    const struct ways *ways = NULL;
    uint32_t i = 0;

    find_more(an, a->facts, out->facts, &forgotten_a);
    find_more(an, b->facts, out->facts, &forgotten_b);
    for (; i < of_a.count && i < of_b.count && is_same_clause(of_a.items[i], of_b.items[i]); i++)
        ways = of_a.items[i];
    do
        ways = push_either(an, ways, i < of_a.count ? of_a.items[i] : NULL, &forgotten_a,
                           i < of_b.count ? of_b.items[i] : NULL, &forgotten_b);
    while (++i < of_a.count || i < of_b.count);
    return ways;
}

/* Is it worth while to tell ways apart? */
static bool is_worth_while(const struct analysis *an)
{
    return !an->is_root && an->steps <= an->engine->options.step_budget / WAYS_SHARE;
}

const struct ways *ways_join(struct analysis *an, const struct state *out, const struct state *a, const struct state *b)
{
    if (!an->has_doings || !is_worth_while(an))
        return NULL;
    return unite(an, out, a, b);
}

void ways_note(struct analysis *an, struct way_set *set, const struct pmap *before, const struct pmap *after)
{
    struct way way = {0};

    if (set->is_open)
        return;
    find_more(an, after, before, &way);
    add(&an->facts, set, way);
}

void ways_learn(struct analysis *an, struct state *state, const struct way_set *set)
{
    if (is_worth_while(an))
        state->ways = push_clause(an, state->ways, set);
}

const struct ways *ways_told(struct analysis *an, const struct ways *self, const value_id *names)
{
    struct clauses clauses = clauses_of(self);
    const struct ways *told = NULL;

    for (uint32_t i = 0; i < clauses.count; i++) {
        struct way_set set = {0};

        for (uint32_t w = 0; w < clauses.items[i]->count && !set.is_open; w++) {
            const struct way *whole = &clauses.items[i]->items[w];
            struct way way = {0};

            for (uint32_t c = 0; c < whole->count; c++)
                if (names[whole->conditions[c].value])
                    push(&way, whole->conditions[c]);
            add(&an->facts, &set, way);
        }
        told = push_clause(an, told, &set);
    }
    return told;
}
