/*
 * passed.c - see passed.h. What a loop does to an object is noted while its rounds are followed: the first round that does something, and what has become
 * of the object where a round is over, on any path. The blocks of a loop are run before those behind it, so that this is complete when it is asked for.
 */
#include "engine/passed.h"

#include "engine/report.h"

#define PROGRESS(count) (LOOP_RETURNS(count) * 8 + LOOP_ROUNDS(count)) /* of a loop: the rounds that are over, whatever they are counted from */
#define PROGRESS_MAX 64
#define TESTS_MAX 8 /* conditions of a loop that are looked at: while (a && b && ...) */

/* What the rounds of a loop do to an object, or to a mapping: its live one with that token ends. */
struct passed_change {
    value_id value;
    bool is_token;
    uint32_t first;       /* rounds before the first one that does it */
    struct object object; /* all that it may have become: the masks, is_escaped */
    bool is_written;      /* page frames may have been written into it */
};

struct passed_loop {
    VEC(struct passed_change) changes; /* in the analysis' arena */
};

struct passing {
    const struct flow *flow;
    VEC(uint32_t) heads;       /* of all loops */
    struct passed_loop *loops; /* by head */
    uint32_t block;            /* that is being run; IR_NONE: none */
};

void passed_init(struct analysis *an, const struct flow *flow)
{
    an->passing = ARENA_NEW(an->arena, struct passing);
    an->passing->flow = flow;
    an->passing->loops = ARENA_NEW_ARRAY(an->arena, struct passed_loop, (size_t)an->function->blocks.count + 1);
    an->passing->block = IR_NONE;
    for (uint32_t b = 0; b < an->function->blocks.count; b++)
        if (flow->is_head[b])
            VEC_PUSH_IN(an->arena, &an->passing->heads, b);
}

void passed_enter(struct analysis *an, uint32_t block)
{
    an->passing->block = block;
}

bool passed_is_repeating(const struct analysis *an)
{
    const struct passing *self = an->passing;

    for (uint32_t h = 0; self && self->block != IR_NONE && h < self->heads.count; h++)
        if (flow_in_loop(self->flow, self->heads.items[h], self->block))
            return true;
    return false;
}

static uint32_t progress_of(const struct state *state, uint32_t head)
{
    uint64_t count = state_loop_count(state, head);

    return PROGRESS(count);
}

/* ---- what rounds do ---- */

static void add_change(struct analysis *an, struct passed_loop *loop, value_id value, bool is_token, uint32_t progress)
{
    struct passed_change change = {.value = value, .is_token = is_token, .first = progress};

    for (uint32_t c = 0; c < loop->changes.count; c++) {
        struct passed_change *old = &loop->changes.items[c];

        if (old->value != value || old->is_token != is_token)
            continue;
        if (progress < old->first)
            old->first = progress;
        return;
    }
    VEC_PUSH_IN(an->arena, &loop->changes, change);
}

/* In all loops around the block that is being run. */
static void note_change(struct analysis *an, const struct state *state, value_id value, bool is_token)
{
    struct passing *self = an->passing;

    if (!self || self->block == IR_NONE)
        return;
    for (uint32_t h = 0; h < self->heads.count; h++) {
        uint32_t head = self->heads.items[h];

        if (flow_in_loop(self->flow, head, self->block))
            add_change(an, &self->loops[head], value, is_token, progress_of(state, head));
    }
}

void passed_note_object(struct analysis *an, const struct state *state, value_id object)
{
    note_change(an, state, object, false);
}

void passed_note_end(struct analysis *an, const struct state *state, value_id token)
{
    note_change(an, state, token, true);
}

static void widen_object(struct object *object, const struct object *by)
{
    object->descriptor |= by->descriptor;
    object->pages |= by->pages;
    object->origin |= by->origin;
    object->is_escaped |= by->is_escaped;
}

static void note_round(const struct state *state, struct passed_loop *loop)
{
    for (uint32_t c = 0; c < loop->changes.count; c++) {
        struct passed_change *change = &loop->changes.items[c];
        uint64_t word;
        struct object now;

        if (change->is_token || !pmap_get(state->objects, change->value, &word))
            continue;
        now = object_unpack(word);
        if (now.is_given_up)
            continue;
        widen_object(&change->object, &now);
        change->is_written |= pmap_find(state->written, change->value) != NULL;
    }
}

void passed_note_round(struct analysis *an, const struct state *state, uint32_t from, uint32_t to)
{
    struct passing *self = an->passing;

    for (uint32_t h = 0; h < self->heads.count; h++) {
        uint32_t head = self->heads.items[h];

        if (self->loops[head].changes.count && flow_in_loop(self->flow, head, from) && (to == head || !flow_in_loop(self->flow, head, to)))
            note_round(state, &self->loops[head]);
    }
}

/* ---- leaving ---- */

/* Does BLOCK decide, as a part of the condition of the loop at HEAD, whether there is another round? */
static bool is_condition(const struct passing *self, uint32_t head, uint32_t block)
{
    const struct ir_function *function = self->flow->function;
    uint32_t at = head;

    for (uint32_t i = 0; i < TESTS_MAX && at != IR_NONE; i++) {
        const struct ir_term *term = &function->blocks.items[at].term;
        uint32_t next = IR_NONE;

        for (uint32_t t = 0; t < term->target_count; t++) {
            if (term->targets[t] == head)
                return false; /* the condition stands at the end */
            if (flow_in_loop(self->flow, head, term->targets[t]) && flow_only_tests(self->flow, term->targets[t]))
                next = term->targets[t];
        }
        if (at == block)
            return true;
        at = next;
    }
    return false;
}

void passed_leave(struct analysis *an, struct state *state, uint32_t from, uint32_t to)
{
    const struct passing *self = an->passing;

    for (uint32_t h = 0; h < self->heads.count; h++) {
        uint32_t head = self->heads.items[h];

        if (flow_in_loop(self->flow, head, from) && !flow_in_loop(self->flow, head, to) && is_condition(self, head, from))
            state->left = pmap_set(state->left, &an->nodes, head, progress_of(state, head));
    }
}

uint32_t passed_count(const struct state *state)
{
    uint32_t count = PROGRESS_MAX * pmap_count(state->passed);
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, state->left);
    while ((entry = pmap_iter_next(&iter)))
        count += entry->value < PROGRESS_MAX ? PROGRESS_MAX - (uint32_t)entry->value : 1;
    return count;
}

/* What is in A and in B; the greater value of the two, or the lesser. */
static const struct pmap *meet(struct analysis *an, const struct pmap *a, const struct pmap *b, bool wants_greater)
{
    const struct pmap *both = a;
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, a);
    while ((entry = pmap_iter_next(&iter))) {
        uint64_t other;

        if (!pmap_get(b, entry->key, &other))
            both = pmap_remove(both, &an->nodes, entry->key);
        else if (wants_greater ? other > entry->value : other < entry->value)
            both = pmap_set(both, &an->nodes, entry->key, other);
    }
    return both;
}

void passed_meet(struct analysis *an, struct state *state, const struct state *other)
{
    if (state->left != other->left)
        state->left = meet(an, state->left, other->left, true);
    if (state->passed != other->passed)
        state->passed = meet(an, state->passed, other->passed, false);
}

/* ---- what was passed by ---- */

static uint32_t block_of(const struct ir_function *function, ir_id loc)
{
    for (uint32_t b = 0; b < function->blocks.count; b++)
        for (uint32_t i = 0; i < function->blocks.items[b].instrs.count; i++)
            if (function->blocks.items[b].instrs.items[i].loc == loc)
                return b;
    return IR_NONE;
}

/* Was STEP made in a loop that is over at BLOCK? */
static bool is_of_many(const struct analysis *an, const struct state *state, const struct step *step, uint32_t block)
{
    const struct passing *self = an->passing;
    uint32_t made;

    if (!step)
        return false;
    if (step->depth > 0 && step->is_repeated)
        return true;
    made = self && block != IR_NONE ? block_of(an->function, report_project(state, step)) : IR_NONE;
    for (uint32_t h = 0; made != IR_NONE && h < self->heads.count; h++)
        if (flow_in_loop(self->flow, self->heads.items[h], made) && !flow_in_loop(self->flow, self->heads.items[h], block))
            return true;
    return false;
}

/* Is what CHANGE speaks of there, and would the loop have made something else of it? */
static bool is_missed(struct analysis *an, const struct state *state, const struct passed_change *change)
{
    struct object now = state_object(an, state, change->value);
    uint64_t before = object_pack(&now);
    struct mapping mapping;

    if (change->is_token)
        return state_mapping(state, change->value, &mapping) && mapping.is_live && !mapping.is_given_up;
    if (value_get(&an->values, change->value)->kind == VALUE_ENTRY)
        return true;
    if (!now.is_ours || now.is_given_up)
        return false;
    widen_object(&now, &change->object);
    return object_pack(&now) != before || (change->is_written && !pmap_find(state->written, change->value));
}

/* VALUE was passed by where BLOCK is run next, or holds the call. Of what the caller made, it is for the caller to say whether it is one of many. */
static void pass(struct analysis *an, struct state *state, value_id value, uint32_t block)
{
    const struct step *made = state_is_tracked(state, value) ? report_find_event(state, value, RULESET_EFFECT_NEW, RULESET_ANY)
                                                             : report_find_token(state, value);
    bool is_excused = is_of_many(an, state, made, block) || passed_excuses(state, value, 0);

    if (is_excused || (!an->is_root && value_get(&an->values, value)->kind == VALUE_ENTRY))
        state->passed = pmap_set(state->passed, &an->nodes, value, is_excused);
}

void passed_settle(struct analysis *an, struct state *state, uint32_t block)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, state->left);
    while ((entry = pmap_iter_next(&iter))) {
        const struct passed_loop *loop = &an->passing->loops[entry->key];

        for (uint32_t c = 0; c < loop->changes.count; c++)
            if (loop->changes.items[c].first >= entry->value && is_missed(an, state, &loop->changes.items[c]))
                pass(an, state, loop->changes.items[c].value, block);
    }
    state->left = NULL;
}

void passed_replay(struct analysis *an, struct state *state, value_id value)
{
    if (an->passing)
        pass(an, state, value, an->passing->block);
}

bool passed_excuses(const struct state *state, value_id object, value_id token)
{
    uint64_t is_excused;

    return (object && pmap_get(state->passed, object, &is_excused) && is_excused) ||
           (token && pmap_get(state->passed, token, &is_excused) && is_excused);
}
