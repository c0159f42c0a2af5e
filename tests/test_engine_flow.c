/*
 * test_engine_flow.c - the order of blocks and the loops of hand-made and random flow graphs, against plain reachability.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/flow.h"

#define BLOCKS 24

struct graph {
    struct arena arena;
    struct ir_module module;
    struct ir_function function;
    struct flow flow;
    uint64_t seed;
};

static int set_up(void **state)
{
    struct graph *g = calloc(1, sizeof(*g));

    arena_init(&g->arena);
    ir_module_init(&g->module, &g->arena);
    g->seed = 0x853c49e6748fea9bu;
    *state = g;
    return 0;
}

static int tear_down(void **state)
{
    struct graph *g = *state;

    ir_module_release(&g->module);
    arena_release(&g->arena);
    free(g);
    return 0;
}

/* A function of COUNT blocks that all return. */
static void graph_start(struct graph *self, uint32_t count)
{
    memset(&self->function, 0, sizeof(self->function));
    for (uint32_t b = 0; b < count; b++) {
        ir_function_add_block(&self->module, &self->function, IR_NONE);
        self->function.blocks.items[b].term.kind = IR_RETURN;
    }
}

/* One more edge out of FROM. */
static void graph_edge(struct graph *self, uint32_t from, ir_id to)
{
    struct ir_term *term = &self->function.blocks.items[from].term;
    ir_id *targets = ARENA_NEW_ARRAY(&self->arena, ir_id, (size_t)term->target_count + 1);

    if (term->target_count)
        memcpy(targets, term->targets, term->target_count * sizeof(*targets));
    targets[term->target_count++] = to;
    term->targets = targets;
    term->kind = term->target_count == 1 ? IR_GOTO : term->target_count == 2 ? IR_BRANCH : IR_SWITCH;
}

static void graph_solve(struct graph *self)
{
    flow_init(&self->flow, &self->function, &self->arena);
}

static void assert_loop(const struct graph *g, uint32_t head, const char *members)
{
    assert_true(g->flow.is_head[head]);
    for (uint32_t b = 0; b < g->function.blocks.count; b++)
        assert_int_equal(flow_in_loop(&g->flow, head, b), strchr(members, (int)('0' + b)) != NULL);
}

/* ---- by hand ---- */

static void a_single_block_is_its_own_order(void **state)
{
    struct graph *g = *state;

    graph_start(g, 1);
    graph_solve(g);
    assert_int_equal(g->flow.order_count, 1);
    assert_int_equal(g->flow.order[0], 0);
    assert_false(g->flow.is_head[0]);
    assert_false(flow_in_loop(&g->flow, 0, 0));
    assert_int_equal(flow_successor(&g->flow, 0, 0), IR_NONE);
}

static void a_join_comes_after_both_branches(void **state)
{
    struct graph *g = *state;

    graph_start(g, 4);
    graph_edge(g, 0, 1);
    graph_edge(g, 0, 2);
    graph_edge(g, 1, 3);
    graph_edge(g, 2, 3);
    graph_solve(g);
    assert_int_equal(g->flow.order_count, 4);
    assert_int_equal(g->flow.order[0], 0);
    assert_int_equal(g->flow.order[3], 3);
    for (uint32_t b = 0; b < 4; b++)
        assert_false(g->flow.is_head[b]);
}

static void loops_nest(void **state)
{
    struct graph *g = *state;

    graph_start(g, 6); /* 0 -> 1 { 2 { 3 } 4 } 5 */
    graph_edge(g, 0, 1);
    graph_edge(g, 1, 2);
    graph_edge(g, 1, 5);
    graph_edge(g, 2, 3);
    graph_edge(g, 2, 4);
    graph_edge(g, 3, 2);
    graph_edge(g, 4, 1);
    graph_solve(g);
    assert_loop(g, 1, "1234");
    assert_loop(g, 2, "23");
    assert_false(g->flow.is_head[0]);
    assert_false(g->flow.is_head[4]);
}

/* Reverse postorder alone puts the exit of either loop before its body, and so runs what follows once for each round. */
static void loops_end_before_what_follows_them(void **state)
{
    struct graph *g = *state;

    graph_start(g, 8); /* 0 -> 1 { 2 or 3, which breaks; 4 } 5 { 6 } 7 */
    graph_edge(g, 0, 1);
    graph_edge(g, 1, 2);
    graph_edge(g, 1, 3);
    graph_edge(g, 2, 4);
    graph_edge(g, 3, 4);
    graph_edge(g, 3, 5);
    graph_edge(g, 4, 1);
    graph_edge(g, 5, 6);
    graph_edge(g, 5, 7);
    graph_edge(g, 6, 5);
    graph_solve(g);
    assert_loop(g, 1, "1234");
    assert_loop(g, 5, "56");
    for (uint32_t b = 1; b <= 4; b++)
        assert_true(g->flow.position[b] < g->flow.position[5]);
    assert_true(g->flow.position[4] > g->flow.position[2] && g->flow.position[4] > g->flow.position[3]);
    assert_int_equal(g->flow.order[5], 5);
    assert_int_equal(g->flow.order[6], 6);
    assert_int_equal(g->flow.order[7], 7);
}

static void a_block_may_loop_on_itself(void **state)
{
    struct graph *g = *state;

    graph_start(g, 3);
    graph_edge(g, 0, 1);
    graph_edge(g, 1, 1);
    graph_edge(g, 1, 2);
    graph_solve(g);
    assert_loop(g, 1, "1");
}

static void two_continues_are_one_loop(void **state)
{
    struct graph *g = *state;

    graph_start(g, 5);
    graph_edge(g, 0, 1);
    graph_edge(g, 1, 2);
    graph_edge(g, 1, 3);
    graph_edge(g, 1, 4);
    graph_edge(g, 2, 1);
    graph_edge(g, 3, 1);
    graph_solve(g);
    assert_loop(g, 1, "123");
}

static void handlers_are_edges(void **state)
{
    struct graph *g = *state;

    graph_start(g, 4); /* __try in 1, its handler 2 goes around again */
    graph_edge(g, 0, 1);
    graph_edge(g, 1, 3);
    graph_edge(g, 2, 1);
    g->function.blocks.items[1].handler = 2;
    graph_solve(g);
    assert_int_equal(g->flow.order_count, 4);
    assert_int_equal(flow_successor(&g->flow, 1, 0), 3);
    assert_int_equal(flow_successor(&g->flow, 1, 1), 2);
    assert_int_equal(flow_successor(&g->flow, 1, 2), IR_NONE);
    assert_loop(g, 1, "12");
}

static void unreachable_blocks_are_left_out(void **state)
{
    struct graph *g = *state;

    graph_start(g, 5); /* 3 and 4 loop where nobody goes, and jump into the loop of 1 */
    graph_edge(g, 0, 1);
    graph_edge(g, 1, 2);
    graph_edge(g, 2, 1);
    graph_edge(g, 3, 4);
    graph_edge(g, 4, 3);
    graph_edge(g, 4, 2);
    graph_solve(g);
    assert_int_equal(g->flow.order_count, 3);
    assert_int_equal(g->flow.position[3], UINT32_MAX);
    assert_int_equal(g->flow.position[4], UINT32_MAX);
    assert_false(g->flow.is_head[3]);
    assert_loop(g, 1, "12");
}

static void a_loop_with_two_entries_has_a_head_all_the_same(void **state)
{
    struct graph *g = *state;

    graph_start(g, 4); /* goto into a loop: 0 -> 1 and 0 -> 2, 1 <-> 2 */
    graph_edge(g, 0, 1);
    graph_edge(g, 0, 2);
    graph_edge(g, 1, 2);
    graph_edge(g, 2, 1);
    graph_edge(g, 2, 3);
    graph_solve(g);
    assert_int_equal(g->flow.is_head[1] + g->flow.is_head[2], 1);
    assert_loop(g, g->flow.is_head[1] ? 1 : 2, "12");
}

static void a_long_chain_needs_no_stack(void **state)
{
    struct graph *g = *state;
    uint32_t count = 100000;

    graph_start(g, count);
    for (uint32_t b = 0; b + 1 < count; b++)
        graph_edge(g, b, b + 1);
    graph_edge(g, count - 1, 1);
    graph_solve(g);
    assert_int_equal(g->flow.order_count, count);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(g->flow.order[i], i);
    assert_true(flow_in_loop(&g->flow, 1, count - 1));
    assert_false(flow_in_loop(&g->flow, 1, 0));
}

/* ---- at random ---- */

static uint32_t pick(struct graph *g, uint32_t count)
{
    g->seed ^= g->seed << 13;
    g->seed ^= g->seed >> 7;
    g->seed ^= g->seed << 17;
    return (uint32_t)((g->seed >> 17) % count);
}

static void graph_draw(struct graph *g)
{
    uint32_t count = 1 + pick(g, BLOCKS);

    graph_start(g, count);
    for (uint32_t b = 0; b < count; b++)
        for (uint32_t e = pick(g, 4); e > 0; e--)
            graph_edge(g, b, pick(g, count));
    for (uint32_t b = 0; b < count; b++)
        if (pick(g, 4) == 0)
            g->function.blocks.items[b].handler = pick(g, count);
}

struct relation {
    bool holds[BLOCKS][BLOCKS];
};

/* A reaches B by at least one edge, over blocks at or behind position FROM only (both ends included). */
static void reach(const struct graph *g, uint32_t from, struct relation *out)
{
    uint32_t count = g->function.blocks.count;
    const struct flow *flow = &g->flow;

    memset(out, 0, sizeof(*out));
    for (uint32_t b = 0; b < count; b++) {
        ir_id next;
        if (flow->position[b] == UINT32_MAX || flow->position[b] < from)
            continue;
        for (uint32_t s = 0; (next = flow_successor(flow, b, s)) != IR_NONE; s++)
            if (flow->position[next] >= from)
                out->holds[b][next] = true;
    }
    for (uint32_t k = 0; k < count; k++)
        for (uint32_t a = 0; a < count; a++)
            for (uint32_t b = 0; b < count; b++)
                out->holds[a][b] |= out->holds[a][k] && out->holds[k][b];
}

static bool has_edge(const struct flow *flow, uint32_t from, uint32_t to)
{
    ir_id next;

    for (uint32_t s = 0; (next = flow_successor(flow, from, s)) != IR_NONE; s++)
        if (next == to)
            return true;
    return false;
}

static void check_order(const struct graph *g)
{
    const struct flow *flow = &g->flow;
    uint32_t count = g->function.blocks.count, reachable = 1;
    struct relation all;

    /* positions are not known yet to reach(): follow every edge */
    memset(&all, 0, sizeof(all));
    for (uint32_t a = 0; a < count; a++)
        for (uint32_t b = 0; b < count; b++)
            all.holds[a][b] = has_edge(flow, a, b);
    for (uint32_t k = 0; k < count; k++)
        for (uint32_t a = 0; a < count; a++)
            for (uint32_t b = 0; b < count; b++)
                all.holds[a][b] |= all.holds[a][k] && all.holds[k][b];
    for (uint32_t b = 1; b < count; b++) {
        reachable += all.holds[0][b];
        assert_int_equal(flow->position[b] != UINT32_MAX, all.holds[0][b]);
    }
    assert_int_equal(flow->order_count, reachable);
    assert_int_equal(flow->order[0], 0);
    for (uint32_t i = 0; i < reachable; i++)
        assert_int_equal(flow->position[flow->order[i]], i);
    /* an edge that does not go on in the order closes a cycle */
    for (uint32_t a = 0; a < count; a++)
        for (uint32_t b = 0; b < count; b++)
            if (flow->position[a] != UINT32_MAX && has_edge(flow, a, b) && flow->position[b] <= flow->position[a])
                assert_true(a == b || all.holds[b][a]);
}

/* The loop of HEAD, from the definition: what reaches an edge back to HEAD without passing HEAD or what comes before it. */
static void check_loop(const struct graph *g, uint32_t head)
{
    const struct flow *flow = &g->flow;
    struct relation behind;
    bool is_head = false;

    reach(g, flow->position[head] + 1, &behind);
    for (uint32_t b = 0; b < g->function.blocks.count; b++) {
        bool is_member = b == head;
        for (uint32_t s = 0; s < g->function.blocks.count; s++) {
            bool closes = flow->position[s] != UINT32_MAX && flow->position[s] >= flow->position[head] && has_edge(flow, s, head);
            is_head |= closes;
            is_member |= closes && (s == b || behind.holds[b][s]);
        }
        if (flow->is_head[head])
            assert_int_equal(flow_in_loop(flow, head, b), is_member && flow->position[b] != UINT32_MAX);
        else
            assert_false(flow_in_loop(flow, head, b));
    }
    assert_int_equal(flow->is_head[head], is_head);
}

/* Every cycle has a head, whose loop holds all of it: cut the graph at heads and nothing goes round any more. */
static void check_cycles(const struct graph *g)
{
    const struct flow *flow = &g->flow;
    struct relation all;

    reach(g, 0, &all);
    for (uint32_t a = 0; a < g->function.blocks.count; a++) {
        uint32_t first = a;

        if (flow->position[a] == UINT32_MAX || !all.holds[a][a])
            continue;
        for (uint32_t b = 0; b < g->function.blocks.count; b++)
            if (all.holds[a][b] && all.holds[b][a] && flow->position[b] < flow->position[first])
                first = b;
        assert_true(flow->is_head[first]);
        assert_true(flow_in_loop(flow, first, a));
    }
}

static void random_graphs_follow_the_definitions(void **state)
{
    struct graph *g = *state;

    for (uint32_t round = 0; round < 1500; round++) {
        graph_draw(g);
        graph_solve(g);
        check_order(g);
        for (uint32_t b = 0; b < g->function.blocks.count; b++)
            if (g->flow.position[b] != UINT32_MAX)
                check_loop(g, b);
        check_cycles(g);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* 0 raises to 1, which resumes to 2; from 2 on it depends. */
static void a_handler_catches_when_some_way_does_not_go_on_raising(void **state)
{
    struct graph *g = *state;

    graph_start(g, 5);
    g->function.blocks.items[0].handler = 1;
    g->function.blocks.items[1].handler = 2;
    g->function.blocks.items[1].term.kind = IR_RESUME;
    g->function.blocks.items[2].term.kind = IR_RESUME;
    g->function.blocks.items[3].term.kind = IR_UNREACHABLE;
    graph_solve(g);
    assert_false(flow_catches(&g->flow, IR_NONE));
    assert_false(flow_catches(&g->flow, 1)); /* two termination handlers */
    assert_false(flow_catches(&g->flow, 2));
    assert_false(flow_catches(&g->flow, 3)); /* does not return at all */
    assert_true(flow_catches(&g->flow, 4));
    graph_edge(g, 2, 3); /* a filter that may answer either way */
    graph_edge(g, 2, 4);
    graph_solve(g);
    assert_true(flow_catches(&g->flow, 1));
    assert_true(flow_catches(&g->flow, 2));
    assert_true(flow_catches(&g->flow, 1)); /* as remembered */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_single_block_is_its_own_order),
        TEST(a_join_comes_after_both_branches),
        TEST(loops_nest),
        TEST(loops_end_before_what_follows_them),
        TEST(a_block_may_loop_on_itself),
        TEST(two_continues_are_one_loop),
        TEST(handlers_are_edges),
        TEST(unreachable_blocks_are_left_out),
        TEST(a_loop_with_two_entries_has_a_head_all_the_same),
        TEST(a_long_chain_needs_no_stack),
        TEST(random_graphs_follow_the_definitions),
        TEST(a_handler_catches_when_some_way_does_not_go_on_raising),
    };

    return cmocka_run_group_tests_name("engine: flow graphs", tests, NULL, NULL);
}
