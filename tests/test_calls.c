/*
 * test_calls.c - which definition a name reaches, and components against reachability. Edges: test_calls_edges.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "calls_program.h"

/* ---- linking ---- */

static void a_definition_is_its_own(void **state)
{
    struct program *p = *state;
    ir_id a = unit(p, "/src/a.c"), b = unit(p, "/src/b.c");
    ir_id here = define(p, a, "Start", true), there = define(p, b, "Start", true), internal = define(p, a, "a.c#Help", false);

    link_program(&p->module);
    assert_int_equal(definition_of(p, here), here);
    assert_int_equal(definition_of(p, there), there);
    assert_int_equal(definition_of(p, internal), internal);
}

static void a_name_binds_to_the_driver_it_is_used_in(void **state)
{
    struct program *p = *state;
    ir_id one = unit(p, "/src/net/one/main.c"), one_help = unit(p, "/src/net/one/lib/help.c");
    ir_id two = unit(p, "/src/net/two/main.c"), two_help = unit(p, "/src/net/two/lib/help.c");
    ir_id used_in_one = declare(p, one, "Help", true), used_in_two = declare(p, two, "Help", true);
    ir_id help_of_two = define(p, two_help, "Help", true), help_of_one = define(p, one_help, "Help", true);

    link_program(&p->module);
    assert_int_equal(definition_of(p, used_in_one), help_of_one);
    assert_int_equal(definition_of(p, used_in_two), help_of_two);
}

static void folders_are_compared_by_whole_names(void **state)
{
    struct program *p = *state;
    ir_id far = define(p, unit(p, "/src/drivers-old/a.c"), "Help", true), near = define(p, unit(p, "/src/drivers/sub/a.c"), "Help", true);
    ir_id used = declare(p, unit(p, "/src/drivers/main.c"), "Help", true);

    link_program(&p->module);
    assert_int_not_equal(definition_of(p, used), far);
    assert_int_equal(definition_of(p, used), near);
}

static void equally_near_namesakes_bind_to_one_of_them_always(void **state)
{
    struct program *p = *state;
    ir_id first = define(p, unit(p, "/src/lib/a.c"), "Help", true);
    ir_id used = declare(p, unit(p, "/src/app/main.c"), "Help", true);

    define(p, unit(p, "/src/other/b.c"), "Help", true);
    link_program(&p->module);
    assert_int_equal(definition_of(p, used), first);
    link_program(&p->module);
    assert_int_equal(definition_of(p, used), first);
}

static void what_is_defined_nowhere_or_hidden_stays_open(void **state)
{
    struct program *p = *state;
    ir_id a = unit(p, "/src/a.c"), b = unit(p, "/src/b.c");
    ir_id nowhere = declare(p, a, "IoFreeMdl", true), hidden = declare(p, a, "Help", true), internal = declare(p, a, "Static", false);

    define(p, b, "Help", false);
    define(p, b, "Static", true);
    define(p, b, "IoFreeMdlEx", true);
    link_program(&p->module);
    assert_int_equal(definition_of(p, nowhere), IR_NONE);
    assert_int_equal(definition_of(p, hidden), IR_NONE);
    assert_int_equal(definition_of(p, internal), IR_NONE);
}

static void linking_again_sees_what_came_later(void **state)
{
    struct program *p = *state;
    ir_id used = declare(p, unit(p, "/src/a.c"), "Help", true), later;

    link_program(&p->module);
    assert_int_equal(definition_of(p, used), IR_NONE);
    later = define(p, unit(p, "/src/b.c"), "Help", true);
    link_program(&p->module);
    assert_int_equal(definition_of(p, used), later);
}

static void many_names_find_their_own(void **state)
{
    struct program *p = *state;
    ir_id a = unit(p, "/src/a.c"), b = unit(p, "/src/b.c"), used[500], defined[500];

    for (uint32_t i = 0; i < 500; i++) {
        char name[16];
        snprintf(name, sizeof(name), "f%u", i * 7919 % 1000);
        used[i] = declare(p, a, name, true);
        defined[i] = define(p, b, name, true);
    }
    link_program(&p->module);
    for (uint32_t i = 0; i < 500; i++)
        assert_int_equal(definition_of(p, used[i]), defined[i]);
}

/* ---- components ---- */

/* Each defined function stands once in the order, in its component's stretch, and callees' components come first. */
static void check_components(const struct program *p)
{
    const struct callgraph *g = &p->graph;
    uint32_t defined = 0;

    for (ir_id f = 0; f < p->module.functions.count; f++)
        defined += p->module.functions.items[f].is_defined;
    assert_int_equal(g->order_count, defined);
    assert_int_equal(g->first_of_component[0], 0);
    assert_int_equal(g->first_of_component[g->component_count], defined);
    for (uint32_t c = 0; c < g->component_count; c++) {
        assert_true(g->first_of_component[c] < g->first_of_component[c + 1]);
        for (uint32_t i = g->first_of_component[c]; i < g->first_of_component[c + 1]; i++)
            assert_int_equal(g->component[g->order[i]], c);
    }
    for (uint32_t e = 0; e < g->edges.count; e++)
        if (g->edges.items[e].callee != IR_NONE)
            assert_true(g->component[g->edges.items[e].callee] <= g->component[g->edges.items[e].caller]);
}

static uint32_t pick(struct program *p, uint32_t count)
{
    p->seed ^= p->seed << 13;
    p->seed ^= p->seed >> 7;
    p->seed ^= p->seed << 17;
    return (uint32_t)((p->seed >> 20) % count);
}

static void check_against_reachability(const struct program *p, uint32_t count)
{
    bool reaches[24][24] = {{false}};

    for (uint32_t e = 0; e < p->graph.edges.count; e++)
        reaches[p->graph.edges.items[e].caller][p->graph.edges.items[e].callee] = true;
    for (uint32_t k = 0; k < count; k++)
        for (uint32_t a = 0; a < count; a++)
            for (uint32_t b = 0; b < count; b++)
                reaches[a][b] |= reaches[a][k] && reaches[k][b];
    for (uint32_t a = 0; a < count; a++)
        for (uint32_t b = 0; b < count; b++)
            assert_int_equal(p->graph.component[a] == p->graph.component[b], a == b || (reaches[a][b] && reaches[b][a]));
}

static void functions_that_reach_each_other_are_one_component(void **state)
{
    struct program *p = *state;

    for (uint32_t round = 0; round < 1000; round++) {
        uint32_t count = 1 + pick(p, 24), calls = pick(p, 2 * count + 1);
        ir_id in_unit;

        ir_module_release(&p->module);
        ir_module_init(&p->module, &p->arena);
        make_types(p);
        p->loc = ir_module_loc(&p->module, &(struct ir_loc){.at = {.file = IR_NONE}, .spelling = {.file = IR_NONE}});
        in_unit = unit(p, "/src/a.c");
        for (uint32_t f = 0; f < count; f++) {
            char name[16];
            snprintf(name, sizeof(name), "f%u", f);
            define(p, in_unit, name, true);
        }
        for (uint32_t c = 0; c < calls; c++)
            call_function(p, pick(p, count), pick(p, count));
        build(p);
        check_components(p);
        check_against_reachability(p, count);
    }
}

/* A chain of COUNT calls; a ring when IS_RING. */
static void chain(struct program *p, uint32_t count, bool is_ring)
{
    ir_id in_unit = unit(p, "/src/a.c"), first = p->module.functions.count;

    for (uint32_t f = 0; f < count; f++) {
        char name[16];
        snprintf(name, sizeof(name), "f%u", f);
        define(p, in_unit, name, true);
    }
    for (uint32_t f = 0; f + 1 < count; f++)
        call_function(p, first + f, first + f + 1);
    if (is_ring)
        call_function(p, first + count - 1, first);
    build(p);
    check_components(p);
}

static void a_deep_chain_needs_no_stack(void **state)
{
    struct program *p = *state;

    chain(p, 100000, false);
    assert_int_equal(p->graph.component_count, 100000);
    for (uint32_t i = 0; i < 100000; i++)
        assert_int_equal(p->graph.order[i], 99999 - i);
}

static void a_long_ring_is_one_component(void **state)
{
    struct program *p = *state;

    chain(p, 100000, true);
    assert_int_equal(p->graph.component_count, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_definition_is_its_own),
        TEST(a_name_binds_to_the_driver_it_is_used_in),
        TEST(folders_are_compared_by_whole_names),
        TEST(equally_near_namesakes_bind_to_one_of_them_always),
        TEST(what_is_defined_nowhere_or_hidden_stays_open),
        TEST(linking_again_sees_what_came_later),
        TEST(many_names_find_their_own),
        TEST(functions_that_reach_each_other_are_one_component),
        TEST(a_deep_chain_needs_no_stack),
        TEST(a_long_ring_is_one_component),
    };

    return cmocka_run_group_tests_name("calls", tests, NULL, NULL);
}
