/*
 * solve.c - the fixpoint: blocks in the order of flow.h, a bounded set of states waiting at each.
 *
 * A block is executed when no block before it has states waiting, so that without loops each block runs once with all that reaches it. A loop's
 * body runs twice exactly as it is; then what it assigns is forgotten and it runs twice more, which stands for any number of rounds. States with
 * equal typestates are merged where they meet when there are many of them; beyond the cap they are merged or, when nothing fits, dropped, and
 * the function is reported as given up.
 */
#include "engine/solve.h"

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
#include "engine/loops.h"
#include "engine/passed.h"
#include "engine/report.h"
#include "engine/waiting.h"

/* Which point of a block fresh values are made at, besides its instructions. */
#define SITE_TERM 0xffffffu

struct solver {
    struct analysis *an;
    struct flow flow;
    struct liveness liveness;
    struct states *inboxes;    /* by block */
    uint32_t next;             /* no block before this position of the flow's order has states waiting */
    struct loops loops;
    struct function_exits *exits;
};

/* ---- from block to block ---- */

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

static void propagate(struct solver *self, uint32_t from, uint32_t to, struct state state)
{
    struct analysis *an = self->an;

    passed_note_round(an, &state, from, to);
    loops_leave(&self->loops, &state, to);
    if (self->flow.begins[from] != IR_NONE && flow_in_loop(&self->flow, self->flow.begins[from], to))
        loops_begin_round(&self->loops, self->flow.begins[from], &state);
    if (self->flow.position[to] <= self->flow.position[from] && !loops_go_back(&self->loops, &state, to))
        return;
    if (from == 0) /* what the parameters hold was there before */
        drop_dead_locals(self, &state, to);
    else
        drop_ended_locals(self, &state, from, to);
    if (self->flow.is_meeting[to]) { /* else it meets no others before it is done there */
        an->next_block = to;
        state_collect(an, &state);
        an->next_block = IR_NONE;
        if (!state.left) /* else it may have been passed by, which is known when TO is run */
            leak_settle(an, &state);
    }
    states_add(an, &self->inboxes[to], &state);
    if (self->flow.position[to] < self->next)
        self->next = self->flow.position[to];
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
    values_at(&self->an->values, loops_site(state, block, SITE_TERM));
    switch (term->kind) {
    case IR_GOTO: propagate(self, block, term->targets[0], *state); break;
    case IR_BRANCH: run_branch(self, block, state); break;
    case IR_SWITCH: run_switch(self, block, state); break;
    case IR_RETURN: run_return(self, term, state); break;
    case IR_RESUME: raise_from(self, block, state); break;
    case IR_UNREACHABLE: break;
    }
}

static void run_term_parts(struct solver *self, uint32_t block, struct state *state)
{
    struct states parts = {0};

    if (!element_split_term(self->an, &self->an->function->blocks.items[block].term, state, &parts))
        run_term(self, block, state);
    for (uint32_t p = 0; p < parts.list.count; p++)
        run_term(self, block, &parts.list.items[p]);
    VEC_RELEASE(&parts.list);
}

/* ---- blocks ---- */

static void run_instr_on(struct solver *self, uint32_t block, uint32_t index, const struct state *state, struct successors *next)
{
    struct analysis *an = self->an;

    analysis_spend(an, 1 + pmap_count(state->store) / 16);
    values_at(&an->values, loops_site(state, block, index));
    passed_enter(an, block);
    exec_instr(an, &an->function->blocks.items[block].instrs.items[index], state, next);
    passed_enter(an, IR_NONE);
}

/* The states behind a call, those that NEXT has, in LIST. */
static void gather_returns(struct analysis *an, struct successors *next, struct states *list)
{
    list->list.count = list->point = 0;
    for (uint32_t i = 0; i < next->normal.list.count; i++) {
        struct state *state = &next->normal.list.items[i];

        /* The first round of a loop follows each object on its own; the later ones only bring the loop to an end. */
        if (next->normal.list.count > 1 && state_is_repeating(state)) {
            state_collect_round(an, state);
            state_collect(an, state);
        }
        states_add(an, list, state);
    }
}

/* Runs the instruction at INDEX on every state of LIST, which becomes what follows it. NEXT is scratch: room that a block's instructions share. */
static void run_instr(struct solver *self, uint32_t block, uint32_t index, struct states *list, struct successors *next)
{
    struct analysis *an = self->an;
    const struct ir_instr *instr = &an->function->blocks.items[block].instrs.items[index];
    struct states done = *list;

    next->normal.list.count = next->raised.list.count = 0;
    for (uint32_t i = 0; i < list->list.count && !an->is_over_budget; i++) {
        struct states parts = {0};

        if (!element_split(an, instr, &list->list.items[i], &parts))
            run_instr_on(self, block, index, &list->list.items[i], next);
        for (uint32_t p = 0; p < parts.list.count; p++)
            run_instr_on(self, block, index, &parts.list.items[p], next);
        VEC_RELEASE(&parts.list);
    }
    for (uint32_t i = 0; i < next->raised.list.count; i++)
        raise_from(self, block, &next->raised.list.items[i]);
    if (instr->kind == IR_CALL) {
        gather_returns(an, next, list);
    } else {
        list->list = next->normal.list;
        next->normal.list = done.list;
    }
}

static void run_block(struct solver *self, uint32_t block)
{
    const struct ir_block *b = &self->an->function->blocks.items[block];
    struct states list = self->inboxes[block];
    struct successors next = {0};

    self->inboxes[block] = (struct states){.is_exit = list.is_exit};
    self->an->handler = b->handler;
    self->an->is_caught = flow_catches(&self->flow, b->handler);
    for (uint32_t i = 0; i < list.list.count; i++)
        passed_settle(self->an, &list.list.items[i], block);
    for (uint32_t i = 0; i < b->instrs.count && list.list.count > 0; i++)
        run_instr(self, block, i, &list, &next);
    for (uint32_t i = 0; i < list.list.count && !self->an->is_over_budget; i++)
        run_term_parts(self, block, &list.list.items[i]);
    VEC_RELEASE(&list.list);
    successors_release(&next);
}

static bool next_block(struct solver *self, uint32_t *out)
{
    while (self->next < self->flow.order_count && self->inboxes[self->flow.order[self->next]].list.count == 0)
        self->next++;
    if (self->next == self->flow.order_count)
        return false;
    *out = self->flow.order[self->next];
    return true;
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
    an->liveness = &solver.liveness;
    solver.inboxes = ARENA_NEW_ARRAY(an->arena, struct states, count);
    for (uint32_t b = 0; b < an->function->blocks.count; b++)
        solver.inboxes[b].is_exit = an->function->blocks.items[b].term.kind == IR_RETURN;
    loops_init(&solver.loops, an, &solver.flow);
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
    report_settle_doubts(an);
    for (size_t b = 0; b < count; b++)
        VEC_RELEASE(&solver.inboxes[b].list);
}
