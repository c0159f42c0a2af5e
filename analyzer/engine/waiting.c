/*
 * waiting.c - the bounded set of states that wait at a block. Equal states are one; from MERGE_ABOVE on, states with equal typestates are joined
 * (property simulation: ESP); at the cap the two least different ones are merged, at the price of what they differ in. See waiting.h.
 */
#include "engine/waiting.h"

#include "engine/passed.h"
#include "engine/ways.h"

#define MERGE_ABOVE 8 /* states kept apart at a block even when their typestates are equal, while there are steps enough */
#define MERGE_SHARE 12 /* one less for each such part of the budget that is gone: all are merged in its last third */

/* A function that needs more steps than there are is followed less closely as they run out: its conditions are forgotten first. */
static uint32_t merge_above(const struct analysis *an)
{
    uint32_t gone = an->steps / (an->engine->options.step_budget / MERGE_SHARE + 1);

    return gone < MERGE_ABOVE ? MERGE_ABOVE - gone : 0;
}

/* Where a function that has to do with objects by chance only is not about to be left, ways are told apart by the memory that they free. */
static bool is_coarse(const struct analysis *an, const struct states *self)
{
    return an->engine->coarse[an->function_id] && !self->is_exit;
}

/* Two states with the same rounds of loops that differ least. */
struct nearest {
    uint32_t first, second, distance; /* UINT32_MAX: there are none */
};

/* Is one of the first COUNT nearer to STATE, number SECOND, than BEST are to each other? */
static void find_nearer(const struct states *self, uint32_t count, const struct state *state, uint32_t second, struct nearest *best)
{
    for (uint32_t i = 0; i < count && best->distance > 0; i++) {
        const struct state *other = &self->list.items[i];
        uint32_t distance;

        if (pmap_hash(other->loops) != pmap_hash(state->loops))
            continue;
        distance = state_distance(other, state, best->distance);
        if (distance < best->distance)
            *best = (struct nearest){i, second, distance};
    }
}

/* There is no room: the two states that differ least are merged, at the price of the objects in which they differ. STATE is one of them unless that
 * would cost a live object. */
static void states_squeeze(struct analysis *an, struct states *self, const struct state *state)
{
    uint32_t count = self->list.count, lost;
    struct nearest best = {0, 0, UINT32_MAX};
    struct state *first;

    find_nearer(self, count, state, count, &best);
    for (uint32_t i = 1; i < count && best.distance >= STATE_DISTANCE_LIVE; i++)
        find_nearer(self, i, &self->list.items[i], i, &best);
    if (best.distance == UINT32_MAX) {
        an->has_dropped = true;
        return;
    }
    first = &self->list.items[best.first];
    *first = state_join_lossy(an, first, best.second == count ? state : &self->list.items[best.second], self->point, &lost);
    if (best.second != count)
        self->list.items[best.second] = *state;
    an->has_dropped |= lost > 0;
}

/* The state with the typestates of STATE that it is merged with; NULL: there is none. On the way out of the function it is the one whose facts differ
 * least: callers choose by them, and "the array has no element" and "the first element is NULL" must not become "whatever is there". */
static struct state *find_alike(const struct analysis *an, const struct states *self, const struct state *state)
{
    bool is_full = self->list.count >= merge_above(an);
    struct state *alike = NULL;
    uint32_t best = UINT32_MAX;

    if (!is_full && !is_coarse(an, self))
        return NULL;
    for (uint32_t i = 0; i < self->list.count; i++) {
        struct state *other = &self->list.items[i];
        uint32_t differences;

        if (!state_same_key(other, state) || (!is_full && pmap_hash(other->freed) != pmap_hash(state->freed)))
            continue;
        if (!self->is_exit)
            return other;
        differences = facts_distance(&an->facts, other->facts, state->facts);
        if (differences < best) {
            best = differences;
            alike = other;
        }
    }
    return alike;
}

/* *FIRST is equal to OTHER in all that tells states apart, and stands for both. */
static void meet_equal(struct analysis *an, struct state *first, const struct state *other)
{
    if (passed_count(other) < passed_count(first))
        first->trace = other->trace;
    passed_meet(an, first, other);
    state_absorb(an, first, other);
    first->ways = ways_join(an, first, first, other);
}

void states_add(struct analysis *an, struct states *self, const struct state *state)
{
    uint32_t cap = an->engine->options.disjunct_cap;
    struct state *alike;

    if (!self->point)
        self->point = ++an->merge_points;
    for (uint32_t i = 0; i < self->list.count; i++)
        if (state_equal(&self->list.items[i], state)) {
            meet_equal(an, &self->list.items[i], state);
            return;
        }
    alike = find_alike(an, self, state);
    if (alike)
        *alike = state_join(an, alike, state, self->point);
    else if (self->list.count >= cap)
        states_squeeze(an, self, state);
    else
        VEC_PUSH(&self->list, *state);
}
