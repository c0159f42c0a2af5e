/*
 * test_ir_check.c - every way in which a module can be broken is found.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ir_fixture.h"

/* ---- checking ---- */

static void expect_broken(struct fixture *f, const char *text)
{
    struct mg_error error = {0};
    assert_int_equal(ir_module_check(&f->module, &error), MG_CORRUPT);
    if (!strstr(error.text, text))
        fail_msg("expected \"%s\", got \"%s\"", text, error.text);
}

static struct ir_block *block_of(struct fixture *f, ir_id block)
{
    return &f->module.functions.items[f->s.transfer].blocks.items[block];
}

static void a_sound_module_passes(void **state)
{
    struct fixture *f = *state;
    struct mg_error error = {0};
    enum mg_status status = ir_module_check(&f->module, &error);
    assert_string_equal(error.text, "");
    assert_int_equal(status, MG_OK);
    sample_unit(&f->module, "b.c");
    assert_int_equal(ir_module_check(&f->module, &error), MG_OK);
}

/* Sets PLACE to VALUE, expects the check to fail with TEXT, and puts the old value back. */
#define EXPECT_BROKEN_BY(f, place, value, text)                                                                        \
    do {                                                                                                               \
        __typeof__(place) before = (place);                                                                            \
        (place) = (value);                                                                                             \
        expect_broken((f), (text));                                                                                    \
        (place) = before;                                                                                              \
    } while (0)

static void ids_out_of_range_are_found(void **state)
{
    struct fixture *f = *state;
    struct ir_module *m = &f->module;
    struct ir_function *function = &m->functions.items[f->s.transfer];
    EXPECT_BROKEN_BY(f, m->locs.items[0].at.file, 99, "file of a location 99 is out of range");
    EXPECT_BROKEN_BY(f, m->records.items[0].fields.items[0].type, IR_NONE, "type -1 is out of range");
    EXPECT_BROKEN_BY(f, m->globals.items[0].type, 1000, "type 1000");
    EXPECT_BROKEN_BY(f, function->unit, 1, "function 'Transfer': unit 1");
    EXPECT_BROKEN_BY(f, function->definition, 77, "definition 77");
    EXPECT_BROKEN_BY(f, function->definition, f->s.lock, "its definition has no body");
    EXPECT_BROKEN_BY(f, function->type, f->s.int_type, "not a function type");
    EXPECT_BROKEN_BY(f, function->param_count, 100, "fewer locals than parameters");
    EXPECT_BROKEN_BY(f, function->param_count, 1, "parameter out of place");
    EXPECT_BROKEN_BY(f, block_of(f, 1)->handler, 5, "function 'Transfer', block 1: handler 5");
    EXPECT_BROKEN_BY(f, block_of(f, 0)->instrs.items[0].loc, IR_NONE, "block 0: location -1");
    EXPECT_BROKEN_BY(f, block_of(f, 0)->instrs.items[0].callee.function, 50, "block 0: function 50");
    EXPECT_BROKEN_BY(f, block_of(f, 4)->term.value.type, IR_NONE, "block 4: type -1");
}

static void damaged_bodies_are_found(void **state)
{
    struct fixture *f = *state;
    struct ir_function *inner = &f->module.functions.items[f->s.inner];
    EXPECT_BROKEN_BY(f, inner->is_defined, false, "is_defined");
    EXPECT_BROKEN_BY(f, block_of(f, 3)->term.kind, IR_GOTO, "block 3: the block has no terminator");
    EXPECT_BROKEN_BY(f, block_of(f, 0)->term.target_count, 1, "block 0: a terminator has 1 targets");
    EXPECT_BROKEN_BY(f, block_of(f, 1)->term.case_high, NULL, "cases of a switch are missing");
    EXPECT_BROKEN_BY(f, block_of(f, 2)->instrs.items[0].dst, NULL, "a place is missing");
    EXPECT_BROKEN_BY(f, block_of(f, 0)->instrs.items[1].args, NULL, "arguments are missing");
    EXPECT_BROKEN_BY(f, block_of(f, 3)->instrs.items[0].what, NULL, "name of an unknown construct is missing");
    EXPECT_BROKEN_BY(f, block_of(f, 0)->term.text, "Inner()", "'Inner()' is not interned");
    static const ir_id far[] = {1, 9};
    EXPECT_BROKEN_BY(f, block_of(f, 0)->term.targets, far, "block 0: target 9");
}

static void a_value_from_a_void_function_is_found(void **state)
{
    struct fixture *f = *state;
    struct ir_function *inner = &f->module.functions.items[f->s.inner];
    inner->type = f->module.functions.items[f->s.lock].type;
    expect_broken(f, "returns a value");
    inner->blocks.items[0].term.value = ir_operand_undef(IR_NONE);
    struct mg_error error;
    assert_int_equal(ir_module_check(&f->module, &error), MG_OK);
    inner->blocks.items[0].term.value.type = 12345;
    expect_broken(f, "type 12345");
}

static void members_and_projections_are_checked(void **state)
{
    struct fixture *f = *state;
    struct ir_place place = *block_of(f, 2)->instrs.items[0].dst;
    struct ir_proj projs[3];
    assert_int_equal(place.proj_count, 3);
    memcpy(projs, place.projs, sizeof(projs));
    place.projs = projs;
    block_of(f, 2)->instrs.items[0].dst = &place;
    EXPECT_BROKEN_BY(f, projs[1].field, 3, "block 2: member 3 is out of range (there are 3)");
    EXPECT_BROKEN_BY(f, projs[1].record, IR_NONE, "record of a member");
    EXPECT_BROKEN_BY(f, projs[2].index, NULL, "an index is missing");
    EXPECT_BROKEN_BY(f, place.type, f->s.int_type, "not that of its last projection");
    EXPECT_BROKEN_BY(f, place.id, 44, "local 44");
    struct ir_operand endless = ir_operand_load(&place);
    EXPECT_BROKEN_BY(f, projs[2].index, &endless, "nested too deeply");
}

static void a_record_that_contains_itself_is_found(void **state)
{
    struct fixture *f = *state;
    struct ir_record *records = f->module.records.items;
    struct ir_type type = sample_type(IR_TYPE_ARRAY, 0, f->s.context_type);
    ir_id array = ir_module_type(&f->module, &type);
    records[f->s.anonymous].fields.items[0].type = array;
    expect_broken(f, "contains itself");
    records[f->s.anonymous].fields.items[0].type = f->s.context_pointer;
    struct mg_error error;
    assert_int_equal(ir_module_check(&f->module, &error), MG_OK);
}

static void a_type_that_refers_to_itself_is_found(void **state)
{
    struct fixture *f = *state;
    EXPECT_BROKEN_BY(f, f->module.types.items[f->s.pmdl_type].target, f->s.pmdl_type, "not an earlier type");
    EXPECT_BROKEN_BY(f, f->module.types.items[f->s.uint_type].is_signed, true, "is there twice");
}

/* ---- temporaries ---- */

/* A function of BLOCKS blocks, COUNT temporaries and one parameter. */
static struct ir_function *flow_function(struct fixture *f, uint32_t blocks, uint32_t count)
{
    ir_id id = sample_function(&f->s, "Flow", "Flow", f->s.int_type, f->s.loc);
    sample_param(&f->s, id, "n", f->s.int_type);
    struct ir_function *function = &f->module.functions.items[id];
    for (uint32_t i = 0; i < count; i++)
        ir_function_add_local(&f->module, function, IR_LOCAL_TEMP, "", f->s.int_type, IR_NONE);
    for (uint32_t i = 0; i < blocks; i++)
        ir_function_add_block(&f->module, function, IR_NONE);
    return function;
}

static void assign_temp(struct fixture *f, struct ir_function *function, ir_id block, ir_id temp)
{
    sample_assign(&f->s, &function->blocks.items[block], ir_place_local(&f->module, function, temp),
                  ir_operand_int(f->s.int_type, 1));
}

static void branch(struct fixture *f, struct ir_function *function, ir_id block, ir_id yes, ir_id no)
{
    sample_jump(&f->s, &function->blocks.items[block], IR_BRANCH, 2, (const ir_id[]){yes, no});
    function->blocks.items[block].term.value = ir_operand_load(ir_place_local(&f->module, function, 0));
}

static void return_temp(struct fixture *f, struct ir_function *function, ir_id block, ir_id temp)
{
    function->blocks.items[block].term = (struct ir_term){.kind = IR_RETURN, .loc = f->s.loc};
    function->blocks.items[block].term.value = ir_operand_load(ir_place_local(&f->module, function, temp));
}

static void a_temporary_assigned_on_one_branch_only_is_found(void **state)
{
    struct fixture *f = *state;
    struct mg_error error;
    struct ir_function *function = flow_function(f, 4, 1);
    branch(f, function, 0, 1, 2);
    assign_temp(f, function, 1, 1);
    sample_goto(&f->s, &function->blocks.items[1], 3);
    sample_goto(&f->s, &function->blocks.items[2], 3);
    return_temp(f, function, 3, 1);
    expect_broken(f, "function 'Flow', block 3: temporary %1 is used before it is assigned");
    assign_temp(f, function, 2, 1);
    assert_int_equal(ir_module_check(&f->module, &error), MG_OK);
}

static void a_temporary_assigned_in_a_loop_body_is_not_assigned_behind_it(void **state)
{
    struct fixture *f = *state;
    struct mg_error error;
    struct ir_function *function = flow_function(f, 4, 1);
    sample_goto(&f->s, &function->blocks.items[0], 1);
    branch(f, function, 1, 2, 3);
    assign_temp(f, function, 2, 1);
    sample_goto(&f->s, &function->blocks.items[2], 1);
    return_temp(f, function, 3, 1);
    expect_broken(f, "block 3: temporary %1");
    assign_temp(f, function, 1, 1);
    assert_int_equal(ir_module_check(&f->module, &error), MG_OK);
}

static void a_handler_does_not_see_what_its_block_assigns(void **state)
{
    struct fixture *f = *state;
    struct mg_error error;
    struct ir_function *function = flow_function(f, 3, 1);
    function->blocks.items[1].handler = 2;
    sample_goto(&f->s, &function->blocks.items[0], 1);
    assign_temp(f, function, 1, 1);
    return_temp(f, function, 1, 1);
    return_temp(f, function, 2, 1);
    expect_broken(f, "block 2: temporary %1");
    assign_temp(f, function, 0, 1);
    assert_int_equal(ir_module_check(&f->module, &error), MG_OK);
}

static void unreachable_blocks_may_use_what_they_like(void **state)
{
    struct fixture *f = *state;
    struct mg_error error;
    struct ir_function *function = flow_function(f, 2, 1);
    return_temp(f, function, 0, 0);
    return_temp(f, function, 1, 1);
    assert_int_equal(ir_module_check(&f->module, &error), MG_OK);
}

static void every_one_of_many_temporaries_is_checked(void **state)
{
    struct fixture *f = *state;
    struct mg_error error;
    enum { COUNT = 200 };
    struct ir_function *function = flow_function(f, 2, COUNT);
    for (ir_id i = 1; i <= COUNT; i++) {
        if (i != 150)
            assign_temp(f, function, 0, i);
        sample_assign(&f->s, &function->blocks.items[1], ir_place_local(&f->module, function, 0),
                      ir_operand_load(ir_place_local(&f->module, function, i)));
    }
    sample_goto(&f->s, &function->blocks.items[0], 1);
    return_temp(f, function, 1, 0);
    expect_broken(f, "block 1: temporary %150");
    assign_temp(f, function, 0, 150);
    assert_int_equal(ir_module_check(&f->module, &error), MG_OK);
}

static void an_index_is_a_use_and_an_address_an_assignment(void **state)
{
    struct fixture *f = *state;
    struct mg_error error;
    struct ir_function *function = flow_function(f, 1, 1);
    struct ir_operand index = ir_operand_load(ir_place_local(&f->module, function, 1));
    const struct ir_place *array =
        ir_place_field(&f->module, ir_place_global(&f->module, f->s.global), f->s.context, 2);
    const struct ir_place *element = ir_place_index(&f->module, array, &index, f->s.pmdl_type);
    struct ir_operand out = ir_operand_addr(ir_place_local(&f->module, function, 1), f->s.context_pointer);
    struct ir_block *block = &function->blocks.items[0];
    return_temp(f, function, 0, 0);
    sample_assign(&f->s, block, element, ir_operand_int(f->s.pmdl_type, 0));
    expect_broken(f, "block 0: temporary %1");
    block->instrs.count = 0;
    sample_call(&f->s, block, NULL, f->s.lock, &out, 1);
    sample_assign(&f->s, block, element, ir_operand_int(f->s.pmdl_type, 0));
    assert_int_equal(ir_module_check(&f->module, &error), MG_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_sound_module_passes),
        TEST(ids_out_of_range_are_found),
        TEST(damaged_bodies_are_found),
        TEST(a_value_from_a_void_function_is_found),
        TEST(members_and_projections_are_checked),
        TEST(a_record_that_contains_itself_is_found),
        TEST(a_type_that_refers_to_itself_is_found),
        TEST(a_temporary_assigned_on_one_branch_only_is_found),
        TEST(a_temporary_assigned_in_a_loop_body_is_not_assigned_behind_it),
        TEST(a_handler_does_not_see_what_its_block_assigns),
        TEST(unreachable_blocks_may_use_what_they_like),
        TEST(every_one_of_many_temporaries_is_checked),
        TEST(an_index_is_a_use_and_an_address_an_assignment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
