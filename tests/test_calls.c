/*
 * test_calls.c - linking and the call graph: which definition a name reaches, an edge of every kind, components against reachability.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "calls/callgraph.h"
#include "calls/link.h"
#include "calls/overrides.h"

struct program {
    struct arena arena;
    struct ir_module module;
    struct ruleset rules;
    struct callgraph graph;
    ir_id void_type, function_type, pointer_type, loc;
    uint64_t seed;
};

static void make_types(struct program *self)
{
    struct ir_type type = {.kind = IR_TYPE_VOID, .target = IR_NONE, .record = IR_NONE};

    self->void_type = ir_module_type(&self->module, &type);
    type = (struct ir_type){.kind = IR_TYPE_FUNCTION, .target = self->void_type, .record = IR_NONE};
    self->function_type = ir_module_type(&self->module, &type);
    type = (struct ir_type){.kind = IR_TYPE_POINTER, .bits = 64, .target = self->function_type, .record = IR_NONE};
    self->pointer_type = ir_module_type(&self->module, &type);
}

static int set_up(void **state)
{
    struct program *p = calloc(1, sizeof(*p));
    struct ruleset_options options = {0};
    struct mg_error error;
    struct ir_loc loc = {{0, 7, 3, 7, 9}, {0, 7, 3, 7, 9}, NULL};

    arena_init(&p->arena);
    ir_module_init(&p->module, &p->arena);
    assert_int_equal(ruleset_load(&options, &p->arena, &p->rules, &error), MG_OK);
    ir_module_file(&p->module, "/src/a.c", false);
    p->loc = ir_module_loc(&p->module, &loc);
    p->seed = 0x9e3779b97f4a7c15u;
    make_types(p);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct program *p = *state;

    ruleset_release(&p->rules);
    ir_module_release(&p->module);
    arena_release(&p->arena);
    free(p);
    return 0;
}

/* ---- making programs ---- */

static ir_id unit(struct program *p, const char *path)
{
    return ir_module_unit(&p->module, path, "/build");
}

static ir_id declare(struct program *p, ir_id in_unit, const char *name, bool is_external)
{
    bool is_new;
    ir_id id = ir_module_function(&p->module, in_unit, name, name, &is_new);

    p->module.functions.items[id].type = p->function_type;
    p->module.functions.items[id].is_external = is_external;
    return id;
}

static ir_id define(struct program *p, ir_id in_unit, const char *name, bool is_external)
{
    ir_id id = declare(p, in_unit, name, is_external);

    ir_function_add_block(&p->module, &p->module.functions.items[id], IR_NONE);
    p->module.functions.items[id].blocks.items[0].term = (struct ir_term){.kind = IR_RETURN, .loc = p->loc};
    return id;
}

static struct ir_operand address_of(const struct program *p, ir_id function)
{
    return (struct ir_operand){.kind = IR_OPERAND_FUNC, .type = p->pointer_type, .function = function};
}

static struct ir_instr *add_instr(struct program *p, ir_id function, enum ir_instr_kind kind)
{
    return ir_block_add(&p->module, &p->module.functions.items[function].blocks.items[0], kind, p->loc);
}

static void call(struct program *p, ir_id caller, struct ir_operand callee, const struct ir_operand *args, uint32_t count)
{
    struct ir_instr *instr = add_instr(p, caller, IR_CALL);

    instr->callee = callee;
    instr->args = count ? arena_copy(&p->arena, args, count * sizeof(*args)) : NULL;
    instr->arg_count = count;
}

static void call_function(struct program *p, ir_id caller, ir_id callee)
{
    call(p, caller, address_of(p, callee), NULL, 0);
}

/* A record with two members that point to functions, and a global of it. */
static ir_id record(struct program *p, const char *key, const char *name, const char *first)
{
    bool is_new;
    ir_id id = ir_module_record(&p->module, key, name, &is_new);
    struct ir_field fields[] = {{intern_string(&p->module.strings, first), p->pointer_type, 0, 0},
                                {intern_string(&p->module.strings, "Stop"), p->pointer_type, 64, 0}};

    for (uint32_t i = 0; i < 2; i++)
        VEC_PUSH_IN(&p->arena, &p->module.records.items[id].fields, fields[i]);
    return id;
}

static const struct ir_place *global_of(struct program *p, ir_id in_unit, const char *name, ir_id of_record, ir_id field)
{
    bool is_new;
    struct ir_type type = {.kind = IR_TYPE_RECORD, .target = IR_NONE, .record = of_record};
    ir_id id = ir_module_global(&p->module, in_unit, name, name, &is_new);

    p->module.globals.items[id].type = ir_module_type(&p->module, &type);
    return ir_place_field(&p->module, ir_place_global(&p->module, id), of_record, field);
}

static void store(struct program *p, ir_id function, const struct ir_place *place, ir_id target)
{
    struct ir_instr *instr = add_instr(p, function, IR_ASSIGN);

    instr->dst = place;
    instr->value = (struct ir_expr){.op = IR_EXPR_USE, .type = p->pointer_type, .a = address_of(p, target)};
}

static void build(struct program *p)
{
    link_program(&p->module);
    callgraph_build(&p->graph, &p->module, &p->rules, &p->arena);
}

static ir_id definition_of(const struct program *p, ir_id function)
{
    return p->module.functions.items[function].definition;
}

/* The edge number N of CALLER. */
static const struct callgraph_edge *edge(const struct program *p, ir_id caller, uint32_t n)
{
    assert_true(p->graph.first_edge[caller] + n < p->graph.first_edge[caller + 1]);
    return &p->graph.edges.items[p->graph.first_edge[caller] + n];
}

static uint32_t edge_count(const struct program *p, ir_id caller)
{
    return p->graph.first_edge[caller + 1] - p->graph.first_edge[caller];
}

static void assert_edge(const struct program *p, ir_id caller, uint32_t n, enum callgraph_kind kind, ir_id callee, const char *name)
{
    const struct callgraph_edge *e = edge(p, caller, n);

    assert_int_equal(e->caller, caller);
    assert_int_equal(e->kind, kind);
    assert_int_equal(e->callee, callee);
    assert_string_equal(e->name, name);
    assert_int_equal(e->loc, p->loc);
}

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

/* ---- edges ---- */

static void direct_calls_reach_definitions(void **state)
{
    struct program *p = *state;
    ir_id a = unit(p, "/src/a.c"), b = unit(p, "/src/b.c");
    ir_id caller = define(p, a, "Start", true), declared = declare(p, a, "Help", true), help = define(p, b, "Help", true);
    ir_id open = declare(p, a, "SomethingElse", true);

    call_function(p, caller, declared);
    call_function(p, caller, open);
    build(p);
    assert_int_equal(edge_count(p, caller), 2);
    assert_edge(p, caller, 0, CALLGRAPH_DIRECT, help, "Help");
    assert_edge(p, caller, 1, CALLGRAPH_UNKNOWN, IR_NONE, "SomethingElse");
    assert_int_equal(edge_count(p, declared), 0);
    assert_true(p->graph.is_called[help]);
    assert_false(p->graph.is_called[caller]);
    assert_true(p->graph.component[help] < p->graph.component[caller]);
}

/* A class, with a base class unless BASE is IR_NONE. */
static ir_id class(struct program *p, const char *name, ir_id base)
{
    bool is_new;
    ir_id id = ir_module_record(&p->module, name, name, &is_new);
    struct ir_type type = {.kind = IR_TYPE_RECORD, .target = IR_NONE, .record = base};
    struct ir_field field = {intern_string(&p->module.strings, "(base) 0"), IR_NONE, 0, 0};

    if (base == IR_NONE)
        return id;
    field.type = ir_module_type(&p->module, &type);
    VEC_PUSH_IN(&p->arena, &p->module.records.items[id].fields, field);
    return id;
}

static ir_id method_of(struct program *p, ir_id unit_id, const char *name, ir_id record_id)
{
    ir_id id = define(p, unit_id, name, true);

    p->module.functions.items[id].is_virtual = true;
    p->module.functions.items[id].record = record_id;
    return id;
}

/* The object is whatever: the call graph does not look at it. */
static void call_method(struct program *p, ir_id caller, ir_id method)
{
    struct ir_operand object = ir_operand_undef(p->pointer_type);

    struct ir_block *block = &p->module.functions.items[caller].blocks.items[0];

    call(p, caller, address_of(p, method), &object, 1);
    block->instrs.items[block->instrs.count - 1].is_dispatched = true;
}

static void dispatched_calls_reach_what_overrides_the_method(void **state)
{
    struct program *p = *state;
    ir_id a = unit(p, "/src/a.cpp"), caller = define(p, a, "Start", true), direct = define(p, a, "Direct", true);
    ir_id base = class(p, "Base", IR_NONE), middle = class(p, "n::Middle<a::b>", base), leaf = class(p, "Leaf", middle);
    ir_id other = class(p, "Other", IR_NONE), stop = method_of(p, a, "Base::Stop", base);
    ir_id of_middle = method_of(p, a, "n::Middle<a::b>::Stop", middle), of_leaf = method_of(p, a, "Leaf::Stop", leaf);

    method_of(p, a, "Other::Stop", other);
    method_of(p, a, "Leaf::Start", leaf);
    call_method(p, caller, stop);
    call_method(p, caller, of_middle);
    call_function(p, direct, stop);
    build(p);
    assert_int_equal(edge_count(p, caller), 5);
    assert_edge(p, caller, 0, CALLGRAPH_VIRTUAL, stop, "Base::Stop");
    assert_edge(p, caller, 1, CALLGRAPH_VIRTUAL, of_middle, "Base::Stop");
    assert_edge(p, caller, 2, CALLGRAPH_VIRTUAL, of_leaf, "Base::Stop");
    assert_edge(p, caller, 3, CALLGRAPH_VIRTUAL, of_middle, "n::Middle<a::b>::Stop");
    assert_int_equal(edge_count(p, direct), 1);
    assert_edge(p, direct, 0, CALLGRAPH_DIRECT, stop, "Base::Stop");
}

static void destructors_override_each_other_and_pure_methods_have_no_target(void **state)
{
    struct program *p = *state;
    ir_id a = unit(p, "/src/a.cpp"), caller = define(p, a, "Start", true);
    ir_id base = class(p, "Base", IR_NONE), leaf = class(p, "Leaf", base);
    ir_id pure = declare(p, a, "Base::Stop", true), first = method_of(p, a, "Base::~Base", base);
    ir_id second = method_of(p, a, "Leaf::~Leaf", leaf);

    p->module.functions.items[pure].is_virtual = true;
    p->module.functions.items[pure].record = base;
    call_method(p, caller, pure);
    call_method(p, caller, first);
    build(p);
    assert_int_equal(edge_count(p, caller), 3);
    assert_edge(p, caller, 0, CALLGRAPH_UNKNOWN, IR_NONE, "Base::Stop");
    assert_edge(p, caller, 1, CALLGRAPH_VIRTUAL, first, "Base::~Base");
    assert_edge(p, caller, 2, CALLGRAPH_VIRTUAL, second, "Base::~Base");
}

static void an_objects_class_narrows_its_methods(void **state)
{
    struct program *p = *state;
    ir_id a = unit(p, "/src/a.cpp"), base = class(p, "Base", IR_NONE), middle = class(p, "Middle", base);
    ir_id leaf = class(p, "Leaf", middle), sibling = class(p, "Sibling", base), out[4];
    ir_id all[] = {method_of(p, a, "Base::Stop", base), method_of(p, a, "Leaf::Stop", leaf),
                   method_of(p, a, "Sibling::Stop", sibling)};

    assert_int_equal(overrides_narrow(&p->module, all, 3, (struct overrides_class){IR_NONE, false}, out), 3);
    assert_int_equal(overrides_narrow(&p->module, all, 3, (struct overrides_class){middle, true}, out), 1);
    assert_int_equal(out[0], all[0]);
    assert_int_equal(overrides_narrow(&p->module, all, 3, (struct overrides_class){middle, false}, out), 2);
    assert_int_equal(out[1], all[1]);
    assert_int_equal(overrides_narrow(&p->module, all, 3, (struct overrides_class){leaf, false}, out), 1);
    assert_int_equal(out[0], all[1]);
    assert_int_equal(overrides_narrow(&p->module, all, 3, (struct overrides_class){sibling, true}, out), 1);
    assert_int_equal(out[0], all[2]);
}

static void routines_of_a_pack_are_known_by_name_and_by_member(void **state)
{
    struct program *p = *state;
    ir_id a = unit(p, "/src/a.c"), caller = define(p, a, "Start", true), free_mdl = declare(p, a, "IoFreeMdl", true);
    ir_id table = record(p, "d3dkmddi.h#DXGKRNL", "_DXGKRNL_INTERFACE", "DxgkCbMapMdlToIoMmu");

    call_function(p, caller, free_mdl);
    call(p, caller, ir_operand_load(global_of(p, a, "Interface", table, 0)), NULL, 0);
    build(p);
    assert_edge(p, caller, 0, CALLGRAPH_ROUTINE, IR_NONE, "IoFreeMdl");
    assert_edge(p, caller, 1, CALLGRAPH_ROUTINE, IR_NONE, "DxgkCbMapMdlToIoMmu");
    assert_ptr_equal(edge(p, caller, 0)->routine, ruleset_find_function(&p->rules, "IoFreeMdl"));
    assert_non_null(edge(p, caller, 1)->routine);
}

static void a_member_reaches_all_that_was_stored_in_it_and_no_more(void **state)
{
    struct program *p = *state;
    ir_id a = unit(p, "/src/a.c"), b = unit(p, "/src/b.c"), ops = record(p, "ops.h#OPS", "OPS", "Start");
    ir_id namesake = record(p, "other.h#OPS", "OPS", "Start"), caller = define(p, a, "Run", true), init = define(p, b, "Init", true);
    ir_id first = define(p, a, "First", true), second = define(p, b, "Second", true), other = define(p, b, "Other", true);
    const struct ir_place *start = global_of(p, a, "g_ops", ops, 0), *stop = global_of(p, a, "g_ops", ops, 1);
    const ir_id *targets = NULL;

    store(p, init, start, declare(p, b, "First", true));
    store(p, init, global_of(p, b, "g_more", ops, 0), second);
    store(p, init, start, first);
    store(p, init, stop, other);
    store(p, init, global_of(p, b, "g_other", namesake, 0), other);
    call(p, caller, ir_operand_load(start), NULL, 0);
    call(p, caller, ir_operand_load(global_of(p, a, "g_x", namesake, 1)), NULL, 0);
    build(p);
    assert_int_equal(edge_count(p, caller), 3);
    assert_edge(p, caller, 0, CALLGRAPH_FIELD, first, "Start");
    assert_edge(p, caller, 1, CALLGRAPH_FIELD, second, "Start");
    assert_edge(p, caller, 2, CALLGRAPH_UNKNOWN, IR_NONE, "Stop");
    assert_int_equal(edge_count(p, init), 0);
    assert_int_equal(callgraph_field_targets(&p->graph, ops, 0, &targets), 2);
    assert_int_equal(callgraph_field_targets(&p->graph, namesake, 0, &targets), 1);
    assert_int_equal(targets[0], other);
    assert_int_equal(callgraph_field_targets(&p->graph, namesake, 1, &targets), 0);
}

static void elements_of_a_table_are_one_member(void **state)
{
    struct program *p = *state;
    ir_id a = unit(p, "/src/a.c"), driver = record(p, "wdm.h#DRIVER", "_DRIVER", "MajorFunction");
    ir_id entry = define(p, a, "DriverEntry", true), caller = define(p, a, "Dispatch", true), read = define(p, a, "Read", true);
    struct ir_operand three = ir_operand_int(p->void_type, 3), four = ir_operand_int(p->void_type, 4);
    const struct ir_place *table = global_of(p, a, "g_driver", driver, 0);

    store(p, entry, ir_place_index(&p->module, table, &three, p->pointer_type), read);
    call(p, caller, ir_operand_load(ir_place_index(&p->module, table, &four, p->pointer_type)), NULL, 0);
    build(p);
    assert_edge(p, caller, 0, CALLGRAPH_FIELD, read, "MajorFunction");
}

static void functions_handed_over_may_be_called_back(void **state)
{
    struct program *p = *state;
    ir_id a = unit(p, "/src/a.c"), caller = define(p, a, "Start", true), open = declare(p, a, "IoSetCompletionRoutine", true);
    ir_id done = define(p, a, "Done", true), elsewhere = declare(p, a, "Elsewhere", true);
    struct ir_operand args[] = {ir_operand_undef(p->void_type), address_of(p, done), address_of(p, elsewhere)};

    call(p, caller, address_of(p, open), args, 3);
    build(p);
    assert_int_equal(edge_count(p, caller), 2);
    assert_edge(p, caller, 1, CALLGRAPH_CALLBACK, done, "Done");
    assert_true(p->graph.is_called[done]);
}

static void a_plain_pointer_leads_nowhere_known(void **state)
{
    struct program *p = *state;
    ir_id a = unit(p, "/src/a.c"), caller = define(p, a, "Start", true);
    ir_id local = ir_function_add_local(&p->module, &p->module.functions.items[caller], IR_LOCAL_VAR, "f", p->pointer_type, IR_NONE);

    call(p, caller, ir_operand_load(ir_place_local(&p->module, &p->module.functions.items[caller], local)), NULL, 0);
    call(p, caller, ir_operand_undef(p->pointer_type), NULL, 0);
    build(p);
    assert_edge(p, caller, 0, CALLGRAPH_UNKNOWN, IR_NONE, "(pointer)");
    assert_edge(p, caller, 1, CALLGRAPH_UNKNOWN, IR_NONE, "(value)");
}

static void the_print_names_both_ends_and_the_place(void **state)
{
    struct program *p = *state;
    ir_id a = unit(p, "/src/a.c"), caller = define(p, a, "Start", true), help = define(p, a, "Help", true);
    struct strbuf out;

    strbuf_init(&out);
    call_function(p, caller, help);
    call_function(p, help, declare(p, a, "IoFreeMdl", true));
    build(p);
    callgraph_print(&p->graph, &p->module, IR_NONE, &out);
    assert_string_equal(out.data, "Start -> Help  direct  /src/a.c:7:3\nHelp -> IoFreeMdl  routine  /src/a.c:7:3\n");
    strbuf_clear(&out);
    callgraph_print(&p->graph, &p->module, help, &out);
    assert_string_equal(out.data, "Help -> IoFreeMdl  routine  /src/a.c:7:3\n");
    strbuf_release(&out);
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
        TEST(direct_calls_reach_definitions),
        TEST(dispatched_calls_reach_what_overrides_the_method),
        TEST(destructors_override_each_other_and_pure_methods_have_no_target),
        TEST(an_objects_class_narrows_its_methods),
        TEST(routines_of_a_pack_are_known_by_name_and_by_member),
        TEST(a_member_reaches_all_that_was_stored_in_it_and_no_more),
        TEST(elements_of_a_table_are_one_member),
        TEST(functions_handed_over_may_be_called_back),
        TEST(a_plain_pointer_leads_nowhere_known),
        TEST(the_print_names_both_ends_and_the_place),
        TEST(functions_that_reach_each_other_are_one_component),
        TEST(a_deep_chain_needs_no_stack),
        TEST(a_long_ring_is_one_component),
    };

    return cmocka_run_group_tests_name("calls", tests, NULL, NULL);
}
