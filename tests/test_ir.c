/*
 * test_ir.c - building and printing of modules. Checking: test_ir_check.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ir_fixture.h"

/* ---- tables ---- */

static void equal_entries_have_equal_ids(void **state)
{
    struct fixture *f = *state;
    uint32_t files = f->module.files.count, locs = f->module.locs.count, types = f->module.types.count;
    uint32_t records = f->module.records.count, functions = f->module.functions.count;
    struct sample again = sample_unit(&f->module, "a.c");
    assert_int_equal(again.unit, f->s.unit);
    assert_int_equal(again.pmdl_type, f->s.pmdl_type);
    assert_int_equal(f->module.files.count, files);
    assert_int_equal(f->module.locs.count, locs);
    assert_int_equal(f->module.types.count, types);
    assert_int_equal(f->module.records.count, records);
    assert_int_equal(f->module.functions.count, functions);
}

static void what_a_kind_does_not_have_tells_no_types_apart(void **state)
{
    struct fixture *f = *state;
    struct ir_type type = sample_type(IR_TYPE_INT, 32, 5);
    type.is_signed = true;
    type.record = 0;
    type.count = 9;
    assert_int_equal(ir_module_type(&f->module, &type), f->s.int_type);
    type.name = "NTSTATUS";
    assert_int_not_equal(ir_module_type(&f->module, &type), f->s.int_type);
}

static void many_entries_are_found_again(void **state)
{
    struct fixture *f = *state;
    ir_id ids[1000];
    for (uint32_t i = 0; i < 1000; i++)
        ids[i] = sample_loc(&f->s, f->s.main_file, 100 + i, 1);
    for (uint32_t i = 0; i < 1000; i++)
        assert_int_equal(sample_loc(&f->s, f->s.main_file, 100 + i, 1), ids[i]);
}

static void functions_belong_to_their_unit(void **state)
{
    struct fixture *f = *state;
    ir_id other = ir_module_unit(&f->module, "/src/b.c", "/build");
    bool is_new = false;
    ir_id there = ir_module_function(&f->module, other, "MmLock", "MmLock", &is_new);
    assert_true(is_new);
    assert_int_not_equal(there, f->s.lock);
    assert_int_equal(ir_module_function(&f->module, f->s.unit, "MmLock", "MmLock", &is_new), f->s.lock);
    assert_false(is_new);
}

static void a_header_of_the_project_stays_one(void **state)
{
    struct fixture *f = *state;
    ir_id system = ir_module_file(&f->module, "/usr/include/wdm.h", true);
    assert_true(f->module.files.items[system].is_system);
    assert_int_equal(ir_module_file(&f->module, "/src/h.h", true), f->s.header);
    assert_false(f->module.files.items[f->s.header].is_system);
}

static void members_are_found_through_anonymous_members(void **state)
{
    struct fixture *f = *state;
    const struct ir_record *context = &f->module.records.items[f->s.context];
    assert_int_equal(ir_record_field(context, "Mdls"), 2);
    assert_int_equal(ir_record_field(context, "Bits"), IR_NONE);
    struct ir_field_step steps[4];
    assert_int_equal(ir_module_field_path(&f->module, f->s.context, "Bits", steps, 4), 2);
    assert_int_equal(steps[0].field, 1);
    assert_int_equal(steps[1].record, f->s.anonymous);
    assert_int_equal(steps[1].field, 1);
    assert_int_equal(ir_module_field_path(&f->module, f->s.context, "Mdl", steps, 4), 1);
    assert_int_equal(ir_module_field_path(&f->module, f->s.context, "Bits", steps, 1), 0);
    assert_int_equal(ir_module_field_path(&f->module, f->s.context, "Next", steps, 4), 0);
}

/* ---- printing ---- */

static void expect_place(struct fixture *f, const struct ir_place *place, const char *text)
{
    strbuf_clear(&f->out);
    ir_place_print(&f->module, &f->module.functions.items[f->s.transfer], place, &f->out);
    assert_string_equal(f->out.data, text);
}

static void places_read_as_in_c(void **state)
{
    struct fixture *f = *state;
    struct ir_module *m = &f->module;
    const struct ir_function *function = &m->functions.items[f->s.transfer];
    const struct ir_place *context = ir_place_local(m, function, 0);
    const struct ir_place *target = ir_place_deref(m, context, f->s.context_type);
    const struct ir_place *mdl = ir_place_field(m, target, f->s.context, 0);
    const struct ir_place *array = ir_place_field(m, target, f->s.context, 2);
    struct ir_operand two = ir_operand_int(f->s.int_type, 2), n = ir_operand_load(ir_place_local(m, function, 1));
    expect_place(f, context, "ctx");
    expect_place(f, target, "*ctx");
    expect_place(f, mdl, "ctx->Mdl");
    expect_place(f, ir_place_deref(m, mdl, f->s.mdl_type), "*ctx->Mdl");
    expect_place(f, ir_place_field(m, ir_place_deref(m, mdl, f->s.mdl_type), f->s.mdl, 1), "ctx->Mdl->Size");
    expect_place(f, ir_place_index(m, array, &n, f->s.pmdl_type), "ctx->Mdls[n]");
    expect_place(f, ir_place_field(m, ir_place_index(m, target, &two, f->s.context_type), f->s.context, 0),
                 "ctx[2].Mdl");
    expect_place(f, ir_place_local(m, function, 2), "%2");
}

static void anonymous_members_are_not_written(void **state)
{
    struct fixture *f = *state;
    struct ir_module *m = &f->module;
    const struct ir_place *global = ir_place_global(m, f->s.global);
    const struct ir_place *pointer = ir_place_local(m, &m->functions.items[f->s.transfer], 0);
    const struct ir_place *inside = ir_place_field(m, global, f->s.context, 1);
    expect_place(f, inside, "g_ctx");
    expect_place(f, ir_place_field(m, inside, f->s.anonymous, 0), "g_ctx.Flags");
    inside = ir_place_field(m, ir_place_deref(m, pointer, f->s.context_type), f->s.context, 1);
    expect_place(f, inside, "*ctx");
    expect_place(f, ir_place_field(m, inside, f->s.anonymous, 1), "ctx->Bits");
}

static void stars_get_parentheses_where_c_needs_them(void **state)
{
    struct fixture *f = *state;
    struct ir_module *m = &f->module;
    struct ir_function *function = &m->functions.items[f->s.transfer];
    ir_id two_stars = sample_pointer(&f->s, f->s.pmdl_type, NULL);
    ir_id to_array = sample_pointer(&f->s, f->s.array_type, NULL);
    ir_id pp = ir_function_add_local(m, function, IR_LOCAL_VAR, "pp", two_stars, IR_NONE);
    ir_id pa = ir_function_add_local(m, function, IR_LOCAL_VAR, "pa", to_array, IR_NONE);
    struct ir_operand one = ir_operand_int(f->s.int_type, 1);
    const struct ir_place *once = ir_place_deref(m, ir_place_local(m, function, pp), f->s.pmdl_type);
    const struct ir_place *twice = ir_place_deref(m, once, f->s.mdl_type);
    expect_place(f, twice, "**pp");
    expect_place(f, ir_place_field(m, twice, f->s.mdl, 0), "(*pp)->Next");
    expect_place(f, ir_place_index(m, once, &one, f->s.pmdl_type), "pp[1]");
    const struct ir_place *array = ir_place_deref(m, ir_place_local(m, function, pa), f->s.array_type);
    expect_place(f, ir_place_index(m, array, &one, f->s.pmdl_type), "(*pa)[1]");
    expect_place(f, ir_place_index(m, array, &one, f->s.array_type), "pa[1]");
}

static void references_are_not_dereferenced_in_writing(void **state)
{
    struct fixture *f = *state;
    struct ir_module *m = &f->module;
    struct ir_function *function = &m->functions.items[f->s.transfer];
    struct ir_type type = sample_type(IR_TYPE_POINTER, 64, f->s.context_type);
    type.is_reference = true;
    ir_id r = ir_function_add_local(m, function, IR_LOCAL_VAR, "r", ir_module_type(m, &type), IR_NONE);
    const struct ir_place *target = ir_place_deref(m, ir_place_local(m, function, r), f->s.context_type);
    expect_place(f, target, "r");
    expect_place(f, ir_place_field(m, target, f->s.context, 0), "r.Mdl");
}

static void a_function_prints_one_instruction_a_line(void **state)
{
    struct fixture *f = *state;
    ir_print_function(&f->module, f->s.transfer, &f->out);
    assert_string_equal(
        f->out.data, "function Transfer(ctx: struct _CTX*, n: int32) -> int32   ; a.c:12:5\n"
                     "  local %2: int32\n"
                     "  local n.3: uint32\n"
                     "b0:\n"
                     "  %2 = call Inner()   ; a.c:12:5\n"
                     "  call MmLock(ctx->Mdl, -1)   ; a.c:12:5\n"
                     "  branch %2 ? b1 : b4   \"Inner()\"   ; a.c:12:5\n"
                     "b1: loop handler b3\n"
                     "  switch n {-3: b2, 5..9223372036854775807: b3, else: b4}   \"n \\\"quoted\\\"\"   ; a.c:12:5\n"
                     "b2: handler b3\n"
                     "  ctx->Mdls[n] = 0   ; a.c:12:5\n"
                     "  goto b1   ; a.c:12:5\n"
                     "b3:\n"
                     "  unknown AsmStmt(\"two\\nlines\")   ; a.c:12:5\n"
                     "  resume   ; a.c:12:5\n"
                     "b4:\n"
                     "  scope_end n.3   ; a.c:12:5\n"
                     "  return %2   ; a.c:12:5\n"
                     "\n");
}

/* Prints the only instruction of a function of its own: `Of(<unnamed>)` with VALUE assigned to its parameter. */
static void expect_expr(struct fixture *f, enum ir_expr_op op, struct ir_operand a, struct ir_operand b,
                        const char *text)
{
    ir_id id = sample_function(&f->s, "Of", "Of", f->s.void_type, f->s.loc);
    struct ir_function *function = &f->module.functions.items[id];
    if (!function->blocks.count) {
        sample_param(&f->s, id, "", f->s.int_type);
        ir_function_add_block(&f->module, function, IR_NONE);
    }
    struct ir_block *block = &function->blocks.items[0];
    block->instrs.count = 0;
    struct ir_instr *instr = ir_block_add(&f->module, block, IR_ASSIGN, f->s.loc);
    instr->dst = ir_place_local(&f->module, function, 0);
    instr->value = (struct ir_expr){.op = op, .type = f->s.pmdl_type, .a = a, .b = b};
    strbuf_clear(&f->out);
    ir_print_function(&f->module, id, &f->out);
    const char *line = strstr(f->out.data, "  arg1 = ");
    assert_non_null(line);
    line += strlen("  arg1 = ");
    assert_int_equal(strncmp(line, text, strlen(text)), 0);
    assert_memory_equal(line + strlen(text), "   ;", 4);
}

static void expressions_read_as_in_c(void **state)
{
    struct fixture *f = *state;
    struct ir_operand one = ir_operand_int(f->s.int_type, 1), two = ir_operand_int(f->s.int_type, 2);
    struct ir_operand none = ir_operand_undef(f->s.int_type), real = {.kind = IR_OPERAND_FLOAT};
    struct ir_operand address = ir_operand_addr(ir_place_global(&f->module, f->s.global), f->s.context_pointer);
    expect_expr(f, IR_EXPR_USE, one, none, "1");
    expect_expr(f, IR_EXPR_USE, none, none, "undef");
    expect_expr(f, IR_EXPR_USE, real, none, "float");
    expect_expr(f, IR_EXPR_ZERO, none, none, "zero");
    expect_expr(f, IR_EXPR_CAST, address, none, "(PMDL) &g_ctx");
    expect_expr(f, IR_EXPR_NEG, one, none, "-1");
    expect_expr(f, IR_EXPR_BITNOT, one, none, "~1");
    expect_expr(f, IR_EXPR_LNOT, one, none, "!1");
    expect_expr(f, IR_EXPR_ADD, one, two, "1 + 2");
    expect_expr(f, IR_EXPR_SHR, one, two, "1 >> 2");
    expect_expr(f, IR_EXPR_GE, one, two, "1 >= 2");
}

static void a_block_under_construction_prints_too(void **state)
{
    struct fixture *f = *state;
    ir_function_add_block(&f->module, &f->module.functions.items[f->s.inner], IR_NONE);
    ir_print_function(&f->module, f->s.inner, &f->out);
    assert_non_null(strstr(f->out.data, "b1:\n  goto ?\n"));
}

static void printing_everything_leaves_out_mere_declarations(void **state)
{
    struct fixture *f = *state;
    ir_print_function(&f->module, IR_NONE, &f->out);
    assert_non_null(strstr(f->out.data, "function Inner() -> int32 internal   ; h.h:3:1\nb0:\n  return 7"));
    assert_non_null(strstr(f->out.data, "function Transfer("));
    assert_null(strstr(f->out.data, "function MmLock"));
}

static void a_flow_graph_prints_successors_and_handlers(void **state)
{
    struct fixture *f = *state;
    ir_print_cfg(&f->module, f->s.transfer, &f->out);
    assert_string_equal(f->out.data, "function Transfer\n"
                                     "  b0 -> b1 b4\n"
                                     "  b1 loop -> b2 b3 b4   raises to b3\n"
                                     "  b2 -> b1   raises to b3\n"
                                     "  b3 -> resume\n"
                                     "  b4 -> return\n"
                                     "\n");
}

static void expect_type(struct fixture *f, ir_id type, const char *text)
{
    strbuf_clear(&f->out);
    ir_type_print(&f->module, type, &f->out);
    assert_string_equal(f->out.data, text);
}

static void types_print_by_name_or_by_structure(void **state)
{
    struct fixture *f = *state;
    expect_type(f, f->s.pmdl_type, "PMDL");
    expect_type(f, f->s.array_type, "PMDL[4]");
    expect_type(f, f->s.context_pointer, "struct _CTX*");
    expect_type(f, f->s.void_type, "void");
    expect_type(f, f->module.functions.items[f->s.inner].type, "function -> int32");
    ir_id deep = f->s.int_type;
    for (int i = 0; i < 10000; i++)
        deep = sample_pointer(&f->s, deep, NULL);
    strbuf_clear(&f->out);
    ir_type_print(&f->module, deep, &f->out);
    assert_true(f->out.length < 100);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(equal_entries_have_equal_ids),
        TEST(what_a_kind_does_not_have_tells_no_types_apart),
        TEST(many_entries_are_found_again),
        TEST(functions_belong_to_their_unit),
        TEST(a_header_of_the_project_stays_one),
        TEST(members_are_found_through_anonymous_members),
        TEST(places_read_as_in_c),
        TEST(anonymous_members_are_not_written),
        TEST(stars_get_parentheses_where_c_needs_them),
        TEST(references_are_not_dereferenced_in_writing),
        TEST(a_function_prints_one_instruction_a_line),
        TEST(expressions_read_as_in_c),
        TEST(a_block_under_construction_prints_too),
        TEST(printing_everything_leaves_out_mere_declarations),
        TEST(a_flow_graph_prints_successors_and_handlers),
        TEST(types_print_by_name_or_by_structure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
