/*
 * test_calls_edges.c - the call graph: an edge of every kind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "calls/overrides.h"
#include "calls_program.h"

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

static void use_macro(struct program *p, ir_id caller, const char *name, uint32_t line)
{
    struct ir_loc loc = {{0, line, 3, line, 9}, {0, line, 3, line, 9}, NULL};
    struct ir_macro_use use = {intern_string(&p->module.strings, name), ir_module_loc(&p->module, &loc)};

    VEC_PUSH_IN(&p->arena, &p->module.functions.items[caller].macro_uses, use);
}

static void a_macro_of_a_routines_name_is_a_use_unless_it_comes_down_to_a_call(void **state)
{
    struct program *p = *state;
    ir_id a = unit(p, "/src/a.c"), caller = define(p, a, "Start", true), map = declare(p, a, "MmMapLockedPagesSpecifyCache", true);

    call_function(p, caller, map); /* in line 7 */
    use_macro(p, caller, "MmGetMdlByteCount", 8);
    use_macro(p, caller, "MmGetMdlByteCount", 7);
    use_macro(p, caller, "NT_SUCCESS", 9);
    build(p);
    assert_int_equal(edge_count(p, caller), 2);
    assert_edge(p, caller, 0, CALLGRAPH_ROUTINE, IR_NONE, "MmMapLockedPagesSpecifyCache");
    assert_int_equal(edge(p, caller, 1)->kind, CALLGRAPH_MACRO);
    assert_int_equal(p->module.locs.items[edge(p, caller, 1)->loc].at.line, 8);
    assert_ptr_equal(edge(p, caller, 1)->routine, ruleset_find_function(&p->rules, "MmGetMdlByteCount"));
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
    assert_string_equal(out.data, "Start -> Help  direct  a.c:7:3\nHelp -> IoFreeMdl  routine  a.c:7:3\n");
    strbuf_clear(&out);
    callgraph_print(&p->graph, &p->module, help, &out);
    assert_string_equal(out.data, "Help -> IoFreeMdl  routine  a.c:7:3\n");
    strbuf_release(&out);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(direct_calls_reach_definitions),
        TEST(dispatched_calls_reach_what_overrides_the_method),
        TEST(destructors_override_each_other_and_pure_methods_have_no_target),
        TEST(an_objects_class_narrows_its_methods),
        TEST(routines_of_a_pack_are_known_by_name_and_by_member),
        TEST(a_macro_of_a_routines_name_is_a_use_unless_it_comes_down_to_a_call),
        TEST(a_member_reaches_all_that_was_stored_in_it_and_no_more),
        TEST(elements_of_a_table_are_one_member),
        TEST(functions_handed_over_may_be_called_back),
        TEST(a_plain_pointer_leads_nowhere_known),
        TEST(the_print_names_both_ends_and_the_place),
    };

    return cmocka_run_group_tests_name("calls: edges", tests, NULL, NULL);
}
