/*
 * solve.c - the fixpoint: blocks in the order of flow.h, a bounded set of states waiting at each.
 *
 * A block is executed when no block before it has states waiting, so that without loops each block runs once with all that reaches it. A loop's
 * body runs twice exactly as it is; then what it assigns is forgotten and it runs twice more, which stands for any number of rounds. States with
 * equal typestates are merged where they meet when there are many of them; beyond the cap they are merged or, when nothing fits, dropped, and
 * the function is reported as given up.
 */
#include "engine/solve.h"

#include <string.h>

#include "base/hash.h"
#include "engine/callback.h"
#include "engine/compact.h"
#include "engine/decision.h"
#include "engine/element.h"
#include "engine/exec.h"
#include "engine/flow.h"
#include "engine/leaving.h"
#include "engine/leftover.h"
#include "engine/special.h"
#include "engine/liveness.h"
#include "engine/passed.h"
#include "engine/waiting.h"

#define ROUNDS_EXACT 2     /* of a loop's body, before what it assigns is forgotten */
#define ROUNDS_MAX 3       /* back edges followed in all */
#define ROUNDS_AGAIN 1     /* the same for a loop that is entered again by a later round of one around it */

struct assigned {
    bool is_known;
    bool *locals;
    VEC(struct ir_proj) members; /* FIELD projections that end an assigned place */
    bool has_elements;           /* an element of an array was assigned */
};

/* Which point of a block fresh values are made at, besides its instructions. */
#define SITE_TERM 0xffffffu
#define SITE_WIDEN 0xfffffeu

struct solver {
    struct analysis *an;
    struct flow flow;
    struct liveness liveness;
    struct states *inboxes;    /* by block */
    struct assigned *assigned; /* by loop head */
    struct function_exits *exits;
};

/* The name of a point of STATE's path. A point that is passed again has other rounds of loops behind it. */
static uint64_t state_site(const struct state *state, uint32_t block, uint32_t point)
{
    return hash_mix((uint64_t)block << 24 | point, pmap_hash(state->loops));
}

/* ---- loops ---- */

static void note_assigned(struct solver *self, struct assigned *out, const struct ir_place *place)
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

static const struct assigned *loop_assigned(struct solver *self, uint32_t head)
{
    struct assigned *out = &self->assigned[head];
    const struct ir_function *function = self->an->function;

    if (out->is_known)
        return out;
    out->is_known = true;
    out->locals = ARENA_NEW_ARRAY(self->an->arena, bool, (size_t)function->locals.count + 1);
    for (uint32_t b = 0; b < function->blocks.count; b++)
        if (flow_in_loop(&self->flow, head, b))
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
static value_id widen_value(struct solver *self, uint32_t head, struct state *state, region_id region, value_id value,
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
static void widen(struct solver *self, uint32_t head, struct state *state)
{
    struct analysis *an = self->an;
    const struct assigned *assigned = loop_assigned(self, head);
    const struct pmap *old = state->store;
    struct element_counters counters = {0};
    struct pmap_iter iter;
    const struct pmap *entry;

    values_at(&an->values, state_site(state, head, SITE_WIDEN));
    pmap_iter_init(&iter, old);
    while ((entry = pmap_iter_next(&iter))) {
        value_id fresh;

        if (!is_assigned(an, assigned, entry->key) || entry->value == an->unknown || element_is_numbered(an, entry->key))
            continue;
        fresh = widen_value(self, head, state, entry->key, (value_id)entry->value, &counters);
        typestate_escape_value(an, state, (value_id)entry->value);
        state->store = pmap_set(state->store, &an->nodes, entry->key, fresh);
    }
    element_widen(an, state, head, &counters);
}

/* Notes what is known of the variables that the loop assigns, where an exact round begins: the first, or the last. */
static void note_head(struct solver *self, uint32_t head, struct state *state, bool is_first)
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

/* The rounds counted for loops that TO is outside of are over. */
static void leave_loops(struct solver *self, struct state *state, uint32_t to)
{
    const struct pmap *old = state->loops;
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, old);
    while ((entry = pmap_iter_next(&iter)))
        if (!flow_in_loop(&self->flow, entry->key, to))
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

static uint64_t rounds_of(const struct state *state, uint32_t head)
{
    uint64_t rounds = 0;

    pmap_get(state->loops, head, &rounds);
    return LOOP_ROUNDS(rounds);
}

static uint64_t returns_of(const struct state *state, uint32_t head)
{
    uint64_t count = 0;

    pmap_get(state->loops, head, &count);
    return LOOP_RETURNS(count);
}

struct living {
    const struct solver *solver;
    uint32_t block;
};

static bool is_living(void *context, const struct pmap *entry)
{
    const struct living *self = context;
    const struct analysis *an = self->solver->an;
    const struct region *root = region_get(&an->values, region_root(&an->values, entry->key));

    if (root->kind != REGION_LOCAL || root->id >= an->function->locals.count)
        return true;
    return self->block != IR_NONE && liveness_is_live(&self->solver->liveness, self->block, root->id);
}

/* What BLOCK does not read any more need not be remembered; at the function's end (IR_NONE) that is every local. */
static void drop_dead_locals(struct solver *self, struct state *state, uint32_t block)
{
    struct living living = {self, block};

    state->store = pmap_filter(state->store, &self->an->nodes, is_living, &living);
}

/* The same where the state comes from block FROM, at whose beginning it was done, too. */
static void drop_ended_locals(struct solver *self, struct state *state, uint32_t from, uint32_t to)
{
    struct analysis *an = self->an;

    for (uint32_t w = 0; w < self->liveness.words; w++)
        for (uint64_t ended = liveness_ended(&self->liveness, from, to, w); ended; ended &= ended - 1) {
            region_id region = region_find_local(&an->values, w * 64 + (uint32_t)__builtin_ctzll(ended));

            if (region && region_get(&an->values, region)->has_parts) {
                drop_dead_locals(self, state, to);
                return;
            }
            if (region)
                state->store = pmap_remove(state->store, &an->nodes, region);
        }
}

/* Has a counter that is still a number an element before it that is followed? */
static bool has_elements_ahead(struct solver *self, uint32_t head, const struct state *state)
{
    struct analysis *an = self->an;
    const struct assigned *assigned = loop_assigned(self, head);
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, state->store);
    while ((entry = pmap_iter_next(&iter))) {
        uint32_t first, before;
        int64_t number;
        int direction;

        if (!value_is_int(&an->values, (value_id)entry->value, &number) || !is_assigned(an, assigned, entry->key) ||
            element_is_numbered(an, entry->key) || !noted(state, head, entry->key, &before) ||
            !noted(state, head, entry->key | LOOP_FIRST_ROUND, &first))
            continue;
        direction = facts_direction(&an->facts, state->facts, first, before, (value_id)entry->value);
        if (direction != 0 && element_is_ahead(an, state, number, direction))
            return true;
    }
    return false;
}

/* A round of the loop at HEAD begins. */
static void begin_round(struct solver *self, uint32_t head, struct state *state)
{
    uint64_t rounds = rounds_of(state, head);

    if (rounds >= ROUNDS_EXACT && !(has_elements_ahead(self, head, state) && element_begin_again(self->an, state, head)))
        widen(self, head, state);
    rounds = rounds_of(state, head);
    if (rounds == 0 || rounds == ROUNDS_EXACT - 1)
        note_head(self, head, state, rounds == 0);
}

static void propagate(struct solver *self, uint32_t from, uint32_t to, struct state state)
{
    struct analysis *an = self->an;

    passed_note_round(an, &state, from, to);
    leave_loops(self, &state, to);
    if (self->flow.begins[from] != IR_NONE && flow_in_loop(&self->flow, self->flow.begins[from], to))
        begin_round(self, self->flow.begins[from], &state);
    if (self->flow.position[to] <= self->flow.position[from]) {
        uint64_t rounds = rounds_of(&state, to) + 1;

        if (rounds > rounds_max(&state, to))
            return;
        state.loops = pmap_set(state.loops, &an->nodes, to, LOOP_COUNT(rounds, returns_of(&state, to)));
        state_collect_round(an, &state);
        element_leave(an, &state);
        if (rounds >= ROUNDS_EXACT)
            leak_collect_handed_over(an, &state);
    }
    if (from == 0) /* what the parameters hold was there before */
        drop_dead_locals(self, &state, to);
    else
        drop_ended_locals(self, &state, from, to);
    if (self->flow.is_meeting[to]) { /* else it meets no others before it is done there */
        state_collect(an, &state);
        if (!state.left) /* else it may have been passed by, which is known when TO is run */
            leak_settle(an, &state);
    }
    states_add(an, &self->inboxes[to], &state);
}

/* ---- leaving ---- */

static void leave(struct solver *self, const struct state *state, bool is_raise)
{
    struct function_exit exit = {*state, is_raise};

    if (!is_raise)
        leaving_note_exit(self->an, state);
    drop_dead_locals(self, &exit.state, IR_NONE);
    state_collect(self->an, &exit.state);
    VEC_PUSH(&self->exits->list, exit);
}

static void raise_from(struct solver *self, uint32_t block, const struct state *state)
{
    ir_id handler = self->an->function->blocks.items[block].handler;

    if (handler == IR_NONE)
        leave(self, state, true);
    else
        propagate(self, block, handler, *state);
}

static void run_return(struct solver *self, const struct ir_term *term, struct state *state)
{
    struct analysis *an = self->an;
    region_id slot = summary_return_slot(an);

    if (term->value.kind == IR_OPERAND_LOAD &&
        an->program->types.items[term->value.place->type].kind == IR_TYPE_RECORD)
        state_copy(an, state, slot, eval_place(an, state, term->value.place));
    else if (term->value.kind != IR_OPERAND_UNDEF)
        state_store(an, state, slot, eval_operand(an, state, &term->value));
    leak_check(an, state);
    leave(self, state, false);
}

/* ---- branching ---- */

static void run_edge(struct solver *self, uint32_t block, uint32_t target, struct state state, value_id condition, bool want,
                     bool is_decision)
{
    const struct ir_term *term = &self->an->function->blocks.items[block].term;
    struct state before = state;

    if (is_decision)
        passed_leave(self->an, &state, block, term->targets[target]);
    if (is_decision)
        decision_push(self->an, &state, condition, term->text, want);
    else
        decision_push_known(self->an, &state, condition, want, term->text);
    if (!eval_assume(self->an, &state, condition, want))
        return;
    leftover_learn(self->an, &before, &state, condition);
    propagate(self, block, term->targets[target], state);
}

static void run_branch(struct solver *self, uint32_t block, struct state *state)
{
    struct analysis *an = self->an;
    const struct ir_term *term = &an->function->blocks.items[block].term;
    value_id condition = eval_operand(an, state, &term->value);
    enum truth truth = facts_truth(&an->facts, state->facts, condition);

    if (truth != TRUTH_FALSE)
        run_edge(self, block, 0, *state, condition, true, truth == TRUTH_UNKNOWN);
    if (truth != TRUTH_TRUE)
        run_edge(self, block, 1, *state, condition, false, truth == TRUTH_UNKNOWN);
}

static void push_case(struct analysis *an, struct state *state, const struct ir_term *term, const int64_t *value)
{
    struct step step = {.kind = STEP_DECISION, .loc = an->loc, .function = an->function_id};

    if (!term->text)
        return;
    step.text = value ? arena_printf(an->arena, "'%s' is %lld: branch taken", term->text, (long long)*value)
                      : arena_printf(an->arena, "'%s' is none of the cases: branch taken", term->text);
    state->trace = trace_push(an->arena, state->trace, &step);
}

static void run_switch(struct solver *self, uint32_t block, const struct state *state)
{
    struct analysis *an = self->an;
    const struct ir_term *term = &an->function->blocks.items[block].term;
    struct state rest = *state;
    value_id value = eval_operand(an, &rest, &term->value);
    int64_t low, high;
    bool is_known, rest_possible = true;

    facts_range(&an->facts, rest.facts, value, &low, &high);
    is_known = low == high;
    for (uint32_t c = 0; c + 1 < term->target_count; c++) {
        struct state taken = rest;

        if (facts_assume_range(&an->facts, &taken.facts, value, term->case_low[c], term->case_high[c])) {
            if (!is_known)
                push_case(an, &taken, term, &term->case_low[c]);
            leftover_learn(an, &rest, &taken, value);
            propagate(self, block, term->targets[c], taken);
        }
        if (term->case_low[c] == term->case_high[c])
            rest_possible = rest_possible && facts_assume_not(&an->facts, &rest.facts, value, term->case_low[c]);
        else if (low >= term->case_low[c] && high <= term->case_high[c])
            rest_possible = false;
    }
    if (!rest_possible)
        return;
    if (!is_known)
        push_case(an, &rest, term, NULL);
    propagate(self, block, term->targets[term->target_count - 1], rest);
}

/* The value that the terminator needs may be in memory that cannot be read. False: it is. */
static bool read_term_value(struct solver *self, uint32_t block, const struct state *state)
{
    struct states raised = {0};
    bool can_read = exec_term_value(self->an, &self->an->function->blocks.items[block].term, state, &raised);

    for (uint32_t i = 0; i < raised.list.count; i++)
        raise_from(self, block, &raised.list.items[i]);
    VEC_RELEASE(&raised.list);
    return can_read;
}

static void run_term(struct solver *self, uint32_t block, struct state *state)
{
    const struct ir_term *term = &self->an->function->blocks.items[block].term;

    self->an->loc = term->loc;
    if (!read_term_value(self, block, state))
        return;
    values_at(&self->an->values, state_site(state, block, SITE_TERM));
    switch (term->kind) {
    case IR_GOTO: propagate(self, block, term->targets[0], *state); break;
    case IR_BRANCH: run_branch(self, block, state); break;
    case IR_SWITCH: run_switch(self, block, state); break;
    case IR_RETURN: run_return(self, term, state); break;
    case IR_RESUME: raise_from(self, block, state); break;
    case IR_UNREACHABLE: break;
    }
}

static void run_term_parts(struct solver *self, uint32_t block, const struct state *state)
{
    struct states parts = {0};

    element_split_term(self->an, &self->an->function->blocks.items[block].term, state, &parts);
    for (uint32_t p = 0; p < parts.list.count; p++)
        run_term(self, block, &parts.list.items[p]);
    VEC_RELEASE(&parts.list);
}

/* ---- blocks ---- */

/* Runs the instruction at INDEX on every state of LIST, which becomes what follows it. */
static void run_instr(struct solver *self, uint32_t block, uint32_t index, struct states *list)
{
    struct analysis *an = self->an;
    const struct ir_instr *instr = &an->function->blocks.items[block].instrs.items[index];
    struct successors next = {0};
    struct states merged = {0};

    for (uint32_t i = 0; i < list->list.count && !an->is_over_budget; i++) {
        struct states parts = {0};

        element_split(an, instr, &list->list.items[i], &parts);
        for (uint32_t p = 0; p < parts.list.count; p++) {
            analysis_spend(an, 1 + pmap_count(parts.list.items[p].store) / 16);
            values_at(&an->values, state_site(&parts.list.items[p], block, index));
            passed_enter(an, block);
            exec_instr(an, instr, &parts.list.items[p], &next);
            passed_enter(an, IR_NONE);
        }
        VEC_RELEASE(&parts.list);
    }
    for (uint32_t i = 0; i < next.raised.list.count; i++)
        raise_from(self, block, &next.raised.list.items[i]);
    if (instr->kind == IR_CALL) {
        for (uint32_t i = 0; i < next.normal.list.count; i++) {
            struct state *state = &next.normal.list.items[i];

            /* The first round of a loop follows each object on its own; the later ones only bring the loop to an end. */
            if (state_is_repeating(state)) {
                state_collect_round(an, state);
                state_collect(an, state);
            }
            states_add(an, &merged, state);
        }
        VEC_RELEASE(&list->list);
        *list = merged;
    } else {
        VEC_RELEASE(&list->list);
        *list = next.normal;
        memset(&next.normal, 0, sizeof(next.normal));
    }
    successors_release(&next);
}

static void run_block(struct solver *self, uint32_t block)
{
    const struct ir_block *b = &self->an->function->blocks.items[block];
    struct states list = self->inboxes[block];

    self->inboxes[block] = (struct states){.is_exit = list.is_exit};
    self->an->handler = b->handler;
    self->an->is_caught = flow_catches(&self->flow, b->handler);
    for (uint32_t i = 0; i < list.list.count; i++)
        passed_settle(self->an, &list.list.items[i], block);
    for (uint32_t i = 0; i < b->instrs.count && list.list.count > 0; i++)
        run_instr(self, block, i, &list);
    for (uint32_t i = 0; i < list.list.count && !self->an->is_over_budget; i++)
        run_term_parts(self, block, &list.list.items[i]);
    VEC_RELEASE(&list.list);
}

static bool next_block(const struct solver *self, uint32_t *out)
{
    for (uint32_t i = 0; i < self->flow.order_count; i++)
        if (self->inboxes[self->flow.order[i]].list.count > 0) {
            *out = self->flow.order[i];
            return true;
        }
    return false;
}

void solve_function(struct analysis *an, struct function_exits *exits)
{
    struct solver solver = {.an = an, .exits = exits};
    size_t count = (size_t)an->function->blocks.count + 1;
    struct state entry = {0};
    uint32_t block;

    flow_init(&solver.flow, an->function, an->arena);
    passed_init(an, &solver.flow);
    liveness_init(&solver.liveness, &solver.flow, an->arena);
    solver.inboxes = ARENA_NEW_ARRAY(an->arena, struct states, count);
    for (uint32_t b = 0; b < an->function->blocks.count; b++)
        solver.inboxes[b].is_exit = an->function->blocks.items[b].term.kind == IR_RETURN;
    solver.assigned = ARENA_NEW_ARRAY(an->arena, struct assigned, count);
    callback_prepare(an, &entry);
    special_prepare(an, &entry);
    exec_lend(an, &entry);
    VEC_PUSH(&solver.inboxes[0].list, entry);
    while (!an->is_over_budget && next_block(&solver, &block)) {
        if (an->engine->state_dump && an->engine->dump_function == an->function_id)
            state_dump(an, block, solver.inboxes[block].list.items, solver.inboxes[block].list.count);
        run_block(&solver, block);
        compact_nodes(an, solver.inboxes, count, exits);
    }
    for (size_t b = 0; b < count; b++)
        VEC_RELEASE(&solver.inboxes[b].list);
}
