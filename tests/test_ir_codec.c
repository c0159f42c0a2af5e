/*
 * test_ir_codec.c - encoding, decoding and merging of modules.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ir/ir.h"
#include "ir_sample.h"

static void merge_ok(struct ir_module *module, const struct strbuf *bytes)
{
    struct mg_error error = {0};
    enum mg_status status = ir_module_merge(module, bytes->data, bytes->length, &error);
    assert_string_equal(error.text, "");
    assert_int_equal(status, MG_OK);
    assert_int_equal(ir_module_check(module, &error), MG_OK);
}

static void merge_unit(struct ir_module *module, const char *file, void (*tweak)(struct sample *))
{
    struct strbuf bytes = encoded_unit(file, tweak);
    merge_ok(module, &bytes);
    strbuf_release(&bytes);
}

static void expect_same_bytes(const struct strbuf *a, const struct strbuf *b)
{
    assert_int_equal(a->length, b->length);
    assert_memory_equal(a->data, b->data, a->length);
}

/* ---- round trips ---- */

static void expect_round_trip(const struct strbuf *bytes)
{
    struct world world;
    struct strbuf again;
    world_init(&world);
    strbuf_init(&again);
    merge_ok(&world.module, bytes);
    ir_module_encode(&world.module, &again);
    expect_same_bytes(&again, bytes);
    strbuf_release(&again);
    world_release(&world);
}

static void encoding_and_decoding_are_inverse(void **state)
{
    (void)state;
    struct strbuf bytes = encoded_unit("a.c", NULL);
    expect_round_trip(&bytes);
    strbuf_release(&bytes);
}

static void the_same_module_has_the_same_bytes(void **state)
{
    (void)state;
    struct strbuf first = encoded_unit("a.c", NULL), second = encoded_unit("a.c", NULL);
    struct strbuf other = encoded_unit("b.c", NULL);
    expect_same_bytes(&first, &second);
    assert_true(other.length != first.length || memcmp(other.data, first.data, first.length) != 0);
    strbuf_release(&first);
    strbuf_release(&second);
    strbuf_release(&other);
}

static void an_empty_module_round_trips(void **state)
{
    (void)state;
    struct world world;
    struct strbuf bytes;
    world_init(&world);
    strbuf_init(&bytes);
    strbuf_adds(&bytes, "");
    ir_module_encode(&world.module, &bytes);
    expect_round_trip(&bytes);
    strbuf_release(&bytes);
    world_release(&world);
}

static void a_merged_program_round_trips(void **state)
{
    (void)state;
    struct world world;
    struct strbuf bytes;
    world_init(&world);
    strbuf_init(&bytes);
    merge_unit(&world.module, "a.c", NULL);
    merge_unit(&world.module, "b.c", NULL);
    merge_unit(&world.module, "a.c", NULL);
    assert_int_equal(world.module.units.count, 3);
    ir_module_encode(&world.module, &bytes);
    expect_round_trip(&bytes);
    strbuf_release(&bytes);
    world_release(&world);
}

static void a_decoded_function_prints_as_before(void **state)
{
    (void)state;
    struct world before, after;
    struct strbuf bytes, texts[2];
    world_init(&before);
    world_init(&after);
    strbuf_init(&bytes);
    strbuf_init(&texts[0]);
    strbuf_init(&texts[1]);
    sample_unit(&before.module, "a.c");
    ir_module_encode(&before.module, &bytes);
    merge_ok(&after.module, &bytes);
    ir_print_function(&before.module, IR_NONE, &texts[0]);
    ir_print_function(&after.module, IR_NONE, &texts[1]);
    assert_string_equal(texts[0].data, texts[1].data);
    strbuf_release(&bytes);
    strbuf_release(&texts[0]);
    strbuf_release(&texts[1]);
    world_release(&before);
    world_release(&after);
}

static void tweak_extremes(struct sample *s)
{
    struct ir_function *f = &s->module->functions.items[s->inner];
    f->blocks.items[0].term.value.value = INT64_MIN;
    s->module->records.items[s->mdl].fields.items[1].offset = UINT64_MAX;
    s->module->records.items[s->mdl].fields.items[1].bit_width = UINT32_MAX;
    s->module->units.items[0].error_count = UINT32_MAX;
    s->module->units.items[0].first_error = intern_string(&s->module->strings, "a.c:1:1: \xc3\xa4");
    struct ir_loc loc = {{IR_NONE, UINT32_MAX, 0, 0, UINT32_MAX}, {s->header, 0, 7, UINT32_MAX, 0}, ""};
    ir_module_loc(s->module, &loc);
}

static void extreme_numbers_survive(void **state)
{
    (void)state;
    struct strbuf bytes = encoded_unit("a.c", tweak_extremes);
    struct world world;
    world_init(&world);
    merge_ok(&world.module, &bytes);
    const struct ir_function *inner = &world.module.functions.items[1];
    assert_string_equal(inner->name, "Inner");
    assert_true(inner->blocks.items[0].term.value.value == INT64_MIN);
    assert_true(world.module.records.items[0].fields.items[1].offset == UINT64_MAX);
    assert_string_equal(world.module.units.items[0].first_error, "a.c:1:1: \xc3\xa4");
    const struct ir_loc *loc = &world.module.locs.items[world.module.locs.count - 1];
    assert_int_equal(loc->at.line, UINT32_MAX);
    assert_int_equal(loc->at.end_line, 0);
    assert_int_equal(loc->spelling.end_line, UINT32_MAX);
    assert_string_equal(loc->macro, "");
    world_release(&world);
    expect_round_trip(&bytes);
    strbuf_release(&bytes);
}

/* ---- merging ---- */

static ir_id find_function(const struct ir_module *module, ir_id unit, const char *name)
{
    for (ir_id i = 0; i < module->functions.count; i++)
        if (module->functions.items[i].unit == unit && strcmp(module->functions.items[i].name, name) == 0)
            return i;
    return IR_NONE;
}

static ir_id callee_of_transfer(const struct ir_module *module, ir_id unit)
{
    return module->functions.items[find_function(module, unit, "Transfer")]
        .blocks.items[0]
        .instrs.items[0]
        .callee.function;
}

static void units_share_types_records_and_headers(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    struct ir_module *m = &world.module;
    merge_unit(m, "a.c", NULL);
    uint32_t types = m->types.count, records = m->records.count, files = m->files.count;
    merge_unit(m, "b.c", NULL);
    assert_int_equal(m->types.count, types);
    assert_int_equal(m->records.count, records);
    assert_int_equal(m->files.count, files + 1);
    assert_int_equal(m->units.count, 2);
    assert_string_equal(m->units.items[1].path, "/src/b.c");
    assert_int_equal(m->globals.count, 2);
    world_release(&world);
}

static void internal_functions_of_headers_are_there_once(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    struct ir_module *m = &world.module;
    merge_unit(m, "a.c", NULL);
    merge_unit(m, "b.c", NULL);
    assert_int_not_equal(find_function(m, 0, "Inner"), IR_NONE);
    assert_int_equal(find_function(m, 1, "Inner"), IR_NONE);
    assert_int_equal(callee_of_transfer(m, 1), find_function(m, 0, "Inner"));
    assert_int_not_equal(find_function(m, 1, "Transfer"), IR_NONE);
    assert_int_not_equal(find_function(m, 1, "MmLock"), IR_NONE);
    world_release(&world);
}

static void tweak_inner_into_main_file(struct sample *s)
{
    s->module->functions.items[s->inner].loc = s->loc;
}

static void internal_functions_of_main_files_are_their_units_own(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    struct ir_module *m = &world.module;
    merge_unit(m, "a.c", tweak_inner_into_main_file);
    merge_unit(m, "a.c", tweak_inner_into_main_file);
    assert_int_equal(callee_of_transfer(m, 0), find_function(m, 0, "Inner"));
    assert_int_equal(callee_of_transfer(m, 1), find_function(m, 1, "Inner"));
    world_release(&world);
}

static void tweak_inner_into_declaration(struct sample *s)
{
    struct ir_function *inner = &s->module->functions.items[s->inner];
    inner->blocks.count = 0;
    inner->is_defined = false;
}

static void a_declaration_does_not_stand_for_a_definition(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    struct ir_module *m = &world.module;
    merge_unit(m, "a.c", tweak_inner_into_declaration);
    merge_unit(m, "b.c", NULL);
    merge_unit(m, "c.c", NULL);
    assert_int_equal(callee_of_transfer(m, 0), find_function(m, 0, "Inner"));
    assert_int_equal(callee_of_transfer(m, 1), find_function(m, 1, "Inner"));
    assert_int_equal(callee_of_transfer(m, 2), find_function(m, 1, "Inner"));
    world_release(&world);
}

static void tweak_incomplete_context(struct sample *s)
{
    struct ir_record *context = &s->module->records.items[s->context];
    context->fields.count = 0;
    context->size = 0;
    /* Nothing may speak of its members then. */
    s->module->functions.items[s->transfer].blocks.count = 0;
    s->module->functions.items[s->transfer].is_defined = false;
}

static void an_incomplete_record_is_filled_by_a_complete_one(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    struct ir_module *m = &world.module;
    merge_unit(m, "a.c", tweak_incomplete_context);
    uint32_t records = m->records.count;
    const struct ir_record *context = &m->records.items[2];
    assert_string_equal(context->name, "_CTX");
    assert_int_equal(context->fields.count, 0);
    merge_unit(m, "b.c", NULL);
    assert_int_equal(m->records.count, records);
    context = &m->records.items[2];
    assert_int_equal(context->fields.count, 3);
    assert_int_equal(context->size, 56);
    merge_unit(m, "c.c", tweak_incomplete_context);
    assert_int_equal(m->records.items[2].fields.count, 3);
    world_release(&world);
}

static void tweak_longer_mdl(struct sample *s)
{
    sample_field(s, s->mdl, "MappedSystemVa", s->pmdl_type, 128);
    s->module->records.items[s->mdl].size = 24;
}

static void records_that_differ_are_kept_apart(void **state)
{
    (void)state;
    struct world world;
    struct strbuf bytes;
    world_init(&world);
    strbuf_init(&bytes);
    struct ir_module *m = &world.module;
    merge_unit(m, "a.c", NULL);
    uint32_t records = m->records.count;
    merge_unit(m, "b.c", tweak_longer_mdl);
    assert_int_equal(m->records.count, records + 1);
    const struct ir_record *other = &m->records.items[records];
    assert_int_equal(other->fields.count, 3);
    assert_string_equal(other->name, "_MDL");
    assert_memory_equal(other->key, "/src/h.h#_MDL~", 14);
    merge_unit(m, "c.c", tweak_longer_mdl);
    merge_unit(m, "d.c", NULL);
    assert_int_equal(m->records.count, records + 1);
    ir_module_encode(m, &bytes);
    expect_round_trip(&bytes);
    strbuf_release(&bytes);
    world_release(&world);
}

static void tweak_definition(struct sample *s)
{
    s->module->functions.items[s->lock].definition = s->inner;
}

static void ids_of_functions_are_translated(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    struct ir_module *m = &world.module;
    merge_unit(m, "a.c", NULL);
    merge_unit(m, "b.c", tweak_definition);
    const struct ir_function *lock = &m->functions.items[find_function(m, 1, "MmLock")];
    assert_int_equal(lock->definition, find_function(m, 0, "Inner"));
    const struct ir_function *transfer = &m->functions.items[find_function(m, 1, "Transfer")];
    assert_int_equal(transfer->blocks.items[0].instrs.items[1].callee.function, find_function(m, 1, "MmLock"));
    assert_int_equal(transfer->annotations.count, 2);
    assert_int_equal(transfer->annotations.items[1].param, 1);
    assert_string_equal(transfer->annotations.items[1].text, "count");
    assert_int_equal(transfer->macro_uses.count, 1);
    assert_string_equal(transfer->macro_uses.items[0].name, "LOCK_COUNT");
    assert_int_equal(transfer->macro_uses.items[0].loc, transfer->loc);
    assert_string_equal(m->files.items[m->locs.items[transfer->loc].at.file].path, "/src/b.c");
    world_release(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encoding_and_decoding_are_inverse),
        cmocka_unit_test(the_same_module_has_the_same_bytes),
        cmocka_unit_test(an_empty_module_round_trips),
        cmocka_unit_test(a_merged_program_round_trips),
        cmocka_unit_test(a_decoded_function_prints_as_before),
        cmocka_unit_test(extreme_numbers_survive),
        cmocka_unit_test(units_share_types_records_and_headers),
        cmocka_unit_test(internal_functions_of_headers_are_there_once),
        cmocka_unit_test(internal_functions_of_main_files_are_their_units_own),
        cmocka_unit_test(a_declaration_does_not_stand_for_a_definition),
        cmocka_unit_test(an_incomplete_record_is_filled_by_a_complete_one),
        cmocka_unit_test(records_that_differ_are_kept_apart),
        cmocka_unit_test(ids_of_functions_are_translated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
