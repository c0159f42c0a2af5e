/*
 * loops.c - see loops.h. Widening keeps the bounds that have not moved in the last exact round (Cousot and Cousot, POPL 1977, for intervals whose ends are
 * those of the rounds).
 */
#include "engine/loops.h"

#include "base/hash.h"
#include "engine/element.h"
#include "engine/solve.h"

#define ROUNDS_EXACT 2     /* of a loop's body, before what it assigns is forgotten */
#define ROUNDS_MAX 3       /* back edges followed in all */
#define ROUNDS_AGAIN 1     /* the same for a loop that is entered again by a later round of one around it */
#define TESTS_MAX 8        /* conditions of a loop that are looked at: while (a && b && ...) */
#define BEFORE_MAX 1 /* objects of a state that a loop did not make and that are followed through all its rounds; more would multiply them */

struct assigned {
    bool is_known;
    bool *locals;
    VEC(struct ir_proj) members; /* FIELD projections that end an assigned place */
    bool has_elements;           /* an element of an array was assigned */
};

#define SITE_WIDEN 0xfffffeu /* where what a loop assigns is forgotten, beside a block's instructions */

void loops_init(struct loops *self, struct analysis *an, const struct flow *flow)
{
    size_t count = (size_t)an->function->blocks.count + 1;

    *self = (struct loops){an, flow, ARENA_NEW_ARRAY(an->arena, struct assigned, count), ARENA_NEW_ARRAY(an->arena, const struct pmap *, count)};
}

uint64_t loops_site(const struct state *state, uint32_t block, uint32_t point)
{
    return hash_mix((uint64_t)block << 24 | point, pmap_hash(state->loops));
}

/* ---- what a loop assigns ---- */

static void note_assigned(struct loops *self, struct assigned *out, const struct ir_place *place)
{
    const struct ir_proj *last;
    struct arena *arena = self->an->arena;

    if (!place)
        return;
    for (uint32_t p = 0; p < place->proj_count; p++)
        out->has_elements |= place->projs[p].kind == IR_PROJ_INDEX;
    last = place->proj_count ? &place->projs[place->proj_count - 1] : NULL;
    if (!last && place->base == IR_BASE_LOCAL)
        out->locals[place->id] = true;
    else if (last && last->kind == IR_PROJ_FIELD)
        VEC_PUSH_IN(arena, &out->members, *last);
}

static const struct assigned *loop_assigned(struct loops *self, uint32_t head)
{
    struct assigned *out = &self->assigned[head];
    const struct ir_function *function = self->an->function;

    if (out->is_known)
        return out;
    out->is_known = true;
    out->locals = ARENA_NEW_ARRAY(self->an->arena, bool, (size_t)function->locals.count + 1);
    for (uint32_t b = 0; b < function->blocks.count; b++)
        if (flow_in_loop(self->flow, head, b))
            for (uint32_t i = 0; i < function->blocks.items[b].instrs.count; i++)
                note_assigned(self, out, function->blocks.items[b].instrs.items[i].dst);
    return out;
}

static bool is_assigned(const struct analysis *an, const struct assigned *assigned, region_id region)
{
    const struct region *r = region_get(&an->values, region);

    if (r->kind == REGION_LOCAL)
        return r->id < an->function->locals.count && assigned->locals[r->id];
    if (r->kind == REGION_INDEX)
        return assigned->has_elements;
    for (uint32_t m = 0; r->kind == REGION_FIELD && m < assigned->members.count; m++)
        if (assigned->members.items[m].record == r->id && assigned->members.items[m].field == r->field)
            return true;
    return false;
}

static bool noted(const struct state *state, uint32_t head, uint32_t key, uint32_t *snapshot)
{
    uint64_t word;

    if (!pmap_get(state->heads, key, &word) || word >> 32 != head)
        return false;
    *snapshot = (uint32_t)word;
    return true;
}

/* FRESH is what becomes of a variable that counts and holds VALUE. */
static void note_counter(struct analysis *an, struct state *state, value_id fresh, value_id value, struct element_counters *counters)
{
    value_id old = value_counter(&an->values, value);

    value_mark_counter(&an->values, fresh);
    if (old)
        facts_assume(&an->facts, &state->facts, value_expr(&an->values, IR_EXPR_EQ, IR_NONE, old, fresh), false);
    if (counters->count < ELEMENT_COUNTERS_MAX)
        counters->values[counters->count++] = fresh;
}

/* What becomes of REGION, which holds VALUE, when the loop goes on: any value within the bounds that have not moved, further on for a counter. */
static value_id widen_value(struct loops *self, uint32_t head, struct state *state, region_id region, value_id value,
                            struct element_counters *counters)
{
    struct analysis *an = self->an;
    value_id fresh = value_fresh_at(&an->values, region_get(&an->values, region)->type, region);
    uint32_t first, before;
    int direction = 0;
    int64_t low, high;

    if (noted(state, head, region, &before)) {
        state->facts = facts_widen(&an->facts, state->facts, fresh, before, value);
        if (noted(state, head, region | LOOP_FIRST_ROUND, &first))
            direction = facts_direction(&an->facts, state->facts, first, before, value);
    }
    facts_range(&an->facts, state->facts, value, &low, &high);
    if (direction != 0)
        facts_assume_range(&an->facts, &state->facts, fresh, direction > 0 ? low : INT64_MIN, direction > 0 ? INT64_MAX : high);
    if (direction != 0 || value_counter(&an->values, value))
        note_counter(an, state, fresh, value, counters);
    facts_range(&an->facts, state->facts, fresh, &low, &high);
    if (low == high)
        return value_constant(&an->values, region_get(&an->values, region)->type, low);
    /* What is not zero by now, a count or a pointer, is taken not to become zero by going on. */
    if (facts_is_nonzero(&an->facts, state->facts, value))
        facts_assume(&an->facts, &state->facts, fresh, true);
    return fresh;
}

/* Whatever the loop assigns may have any value after some more rounds, but for the bounds that have not moved in the last one. */
static void widen(struct loops *self, uint32_t head, struct state *state)
{
    struct analysis *an = self->an;
    const struct assigned *assigned = loop_assigned(self, head);
    const struct pmap *old = state->store;
    struct element_counters counters = {0};
    struct pmap_iter iter;
    const struct pmap *entry;

    values_at(&an->values, loops_site(state, head, SITE_WIDEN));
    pmap_iter_init(&iter, old);
    while ((entry = pmap_iter_next(&iter))) {
        value_id fresh;

        if (!is_assigned(an, assigned, entry->key) || entry->value == an->unknown || element_is_numbered(an, entry->key))
            continue;
        fresh = widen_value(self, head, state, entry->key, (value_id)entry->value, &counters);
        typestate_escape_held(an, state, entry->key, (value_id)entry->value);
        state->store = pmap_set(state->store, &an->nodes, entry->key, fresh);
    }
    element_widen(an, state, head, &counters);
}

/* Notes what is known of the variables that the loop assigns, where an exact round begins: the first, or the last. */
static void note_head(struct loops *self, uint32_t head, struct state *state, bool is_first)
{
    struct analysis *an = self->an;
    const struct assigned *assigned = loop_assigned(self, head);
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, state->store);
    while ((entry = pmap_iter_next(&iter)))
        if (is_assigned(an, assigned, entry->key) && !element_is_numbered(an, entry->key))
            state->heads = pmap_set(state->heads, &an->nodes, is_first ? entry->key | LOOP_FIRST_ROUND : entry->key,
                                    (uint64_t)head << 32 | facts_snapshot(&an->facts, state->facts, (value_id)entry->value));
    element_note(an, state, head, is_first);
}

/* ---- rounds ---- */

void loops_leave(struct loops *self, struct state *state, uint32_t to)
{
    const struct pmap *old = state->loops;
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, old);
    while ((entry = pmap_iter_next(&iter)))
        if (!flow_in_loop(self->flow, entry->key, to))
            state->loops = pmap_remove(state->loops, &self->an->nodes, entry->key);
    if (state->loops != old)
        element_leave(self->an, state);
}

/* How often HEAD's back edges are followed: nested loops must not multiply. */
static uint32_t rounds_max(const struct state *state, uint32_t head)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, state->loops);
    while ((entry = pmap_iter_next(&iter)))
        if (entry->key != head && entry->value > 0)
            return ROUNDS_AGAIN;
    return ROUNDS_MAX;
}

static uint32_t rounds_of(const struct state *state, uint32_t head)
{
    return LOOP_ROUNDS(state_loop_count(state, head));
}

/* A variable that the loop has counted up or down in its exact rounds. */
struct count {
    region_id region;
    int64_t number, step;
};

#define COUNTS_MAX 4

struct counts {
    uint32_t count;
    struct count items[COUNTS_MAX];
};

/* What the loop at HEAD counts, and is still a number. */
static void find_counts(struct loops *self, uint32_t head, const struct state *state, struct counts *out)
{
    struct analysis *an = self->an;
    const struct assigned *assigned = loop_assigned(self, head);
    struct pmap_iter iter;
    const struct pmap *entry;

    out->count = 0;
    pmap_iter_init(&iter, state->store);
    while ((entry = pmap_iter_next(&iter)) && out->count < COUNTS_MAX) {
        uint32_t first, before;
        int64_t number;

        if (!value_is_int(&an->values, (value_id)entry->value, &number) || !is_assigned(an, assigned, entry->key) ||
            element_is_numbered(an, entry->key) || !noted(state, head, entry->key, &before) ||
            !noted(state, head, entry->key | LOOP_FIRST_ROUND, &first) ||
            facts_direction(&an->facts, state->facts, first, before, (value_id)entry->value) == 0)
            continue;
        out->items[out->count++] = (struct count){entry->key, number, number - facts_snapshot_number(&an->facts, before)};
    }
}

/* Is an element followed that one of COUNTS is still to come to (IS_AHEAD), or has come from? */
static bool has_elements(struct analysis *an, const struct state *state, const struct counts *counts, bool is_ahead)
{
    for (uint32_t c = 0; c < counts->count; c++) {
        const struct count *count = &counts->items[c];

        if (element_is_ahead(an, state, count->number, (count->step > 0) == is_ahead ? 1 : -1))
            return true;
    }
    return false;
}

/* Where BLOCK, which is nothing but a test, goes on to in STATE; IR_NONE: nobody knows. The test of `a && b` that is not known is passed. */
static ir_id test_target(struct loops *self, uint32_t head, uint32_t block, struct state *state)
{
    struct analysis *an = self->an;
    const struct ir_block *b = &an->function->blocks.items[block];
    enum truth truth;

    for (uint32_t i = 0; i < b->instrs.count; i++) {
        const struct ir_instr *instr = &b->instrs.items[i];

        state_assign(an, state, region_local(&an->values, instr->dst->id, instr->dst->type), eval_expr(an, state, &instr->value));
    }
    truth = facts_truth(&an->facts, state->facts, eval_operand(an, state, &b->term.value));
    if (truth != TRUTH_UNKNOWN)
        return b->term.targets[truth == TRUTH_TRUE ? 0 : 1];
    for (uint32_t t = 0; t < 2; t++)
        if (!flow_in_loop(self->flow, head, b->term.targets[1 - t]))
            return b->term.targets[t];
    return IR_NONE;
}

/* Do the tests that the loop at HEAD begins with say that it is over when its COUNTS have gone on by so many STEPS? */
static bool is_over_after(struct loops *self, uint32_t head, const struct state *state, const struct counts *counts, int64_t steps)
{
    struct analysis *an = self->an;
    struct state later = *state;
    ir_id block = head;

    for (uint32_t c = 0; c < counts->count; c++) {
        const struct count *count = &counts->items[c];
        ir_id type = region_get(&an->values, count->region)->type;

        state_assign(an, &later, count->region, value_constant(&an->values, type, count->number + steps * count->step));
    }
    for (uint32_t i = 0; i < TESTS_MAX && block != IR_NONE && flow_in_loop(self->flow, head, block); i++) {
        if (!flow_only_tests(self->flow, block))
            return false;
        block = test_target(self, head, block, &later);
    }
    return block != IR_NONE && !flow_in_loop(self->flow, head, block);
}

/* Will the loop at HEAD be over after no more rounds than are exact, counted from this one? Nothing is reported or changed on the way. */
static bool ends_soon(struct loops *self, uint32_t head, const struct state *state, const struct counts *counts)
{
    struct analysis *an = self->an;
    enum fault fault = an->fault;
    bool is_silent = an->is_silent, is_over = false;

    an->is_silent = true;
    for (int64_t steps = 1; steps <= ROUNDS_EXACT && !is_over; steps++)
        is_over = is_over_after(self, head, state, counts, steps);
    an->is_silent = is_silent;
    an->fault = fault;
    return is_over;
}

/* Does what is followed in an array ask for more exact rounds: elements that a counter will come to, or the last ones of an array that is being filled? */
static bool wants_exact_rounds(struct loops *self, uint32_t head, const struct state *state)
{
    struct counts counts;

    find_counts(self, head, state, &counts);
    return has_elements(self->an, state, &counts, true) ||
           (LOOP_RETURNS(state_loop_count(state, head)) == 0 && has_elements(self->an, state, &counts, false) && ends_soon(self, head, state, &counts));
}

/* What is there when the loop begins was not made in it. */
static void note_before(struct loops *self, uint32_t head, const struct pmap *map)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, map);
    while ((entry = pmap_iter_next(&iter)))
        if (!pmap_find(self->before[head], entry->key))
            self->before[head] = pmap_set(self->before[head], self->an->arena, entry->key, 1);
}

void loops_begin_round(struct loops *self, uint32_t head, struct state *state)
{
    uint32_t rounds = rounds_of(state, head);

    if (rounds >= ROUNDS_EXACT && !(wants_exact_rounds(self, head, state) && element_begin_again(self->an, state, head)))
        widen(self, head, state);
    rounds = rounds_of(state, head);
    if (rounds == 0) {
        note_before(self, head, state->objects);
        note_before(self, head, state->mappings);
    }
    if (rounds == 0 || rounds == ROUNDS_EXACT - 1)
        note_head(self, head, state, rounds == 0);
}

bool loops_go_back(struct loops *self, struct state *state, uint32_t head)
{
    struct analysis *an = self->an;
    uint64_t count = state_loop_count(state, head);
    uint32_t rounds = LOOP_ROUNDS(count) + 1;

    if (rounds > rounds_max(state, head))
        return false;
    state->loops = pmap_set(state->loops, &an->nodes, head, LOOP_COUNT(rounds, LOOP_RETURNS(count)));
    state_collect_round(an, state);
    element_leave(an, state);
    if (rounds >= ROUNDS_EXACT)
        leak_collect_handed_over(an, state, pmap_count(state->objects) <= BEFORE_MAX ? self->before[head] : NULL);
    return true;
}
