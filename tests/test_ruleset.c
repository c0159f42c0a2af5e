/*
 * test_ruleset.c - the built-in packs say what the documents say; packs of the user's join them. Wrong packs: test_ruleset_mistakes.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ruleset_fixture.h"

/* ---- the built-in packs ---- */

static void finds_routines_by_function_member_typedef_and_macro(void **state)
{
    struct fixture f;

    (void)state;
    fixture_init(&f);
    load_builtin(&f);
    assert_string_equal(ruleset_find_function(&f.rules, "MmUnlockPages")->name, "MmUnlockPages");
    assert_string_equal(ruleset_find_function(&f.rules, "ExFreePoolWithTag")->name, "ExFreePool");
    assert_string_equal(ruleset_find_field(&f.rules, "_DXGKRNL_INTERFACE", "DxgkCbMapMdlToIoMmu")->name,
                        "DxgkCbMapMdlToIoMmu");
    assert_string_equal(ruleset_find_field(&f.rules, "DXGKRNL_INTERFACE", "DxgkCbUnmapMdlFromIoMmu")->name,
                        "DxgkCbUnmapMdlFromIoMmu");
    assert_string_equal(ruleset_find_type(&f.rules, "DXGKCB_MAPMDLTOIOMMU")->name, "DxgkCbMapMdlToIoMmu");
    assert_string_equal(
        ruleset_find_macro(&f.rules, "MmGetSystemAddressForMdlSafe", "MmMapLockedPagesSpecifyCache")->name,
        "MmGetSystemAddressForMdlSafe");
    assert_null(ruleset_find_macro(&f.rules, NULL, "MmMapLockedPagesSpecifyCache"));
    assert_null(ruleset_find_macro(&f.rules, "MY_MACRO", "MmMapLockedPagesSpecifyCache"));
    assert_null(ruleset_find_function(&f.rules, "DxgkCbMapMdlToIoMmu"));
    assert_null(ruleset_find_field(&f.rules, "OTHER_INTERFACE", "DxgkCbMapMdlToIoMmu"));
    assert_null(ruleset_find_function(&f.rules, "MmUnlock"));
    assert_null(ruleset_find_type(&f.rules, NULL));
    assert_true(ruleset_is_object(&f.rules, "_MDL") && ruleset_is_object(&f.rules, "MDL"));
    assert_false(ruleset_is_object(&f.rules, "_IRP") || ruleset_is_object(&f.rules, NULL));
    fixture_release(&f);
}

/* Facts that nothing checks yet. */
static void process_contexts_are_recorded(void **state)
{
    const struct ruleset_context *unmap, *map, *lock;
    struct fixture f;

    (void)state;
    fixture_init(&f);
    load_builtin(&f);
    unmap = &ruleset_find_function(&f.rules, "MmUnmapLockedPages")->context;
    map = &ruleset_find_function(&f.rules, "MmMapLockedPagesSpecifyCache")->context;
    lock = &ruleset_find_function(&f.rules, "WdfRequestProbeAndLockUserBufferForRead")->context;
    assert_int_equal(unmap->process, RULESET_PROCESS_MAPPER);
    assert_int_equal(unmap->mappings, RULESET_BIT(RULESET_MAPPING_USER));
    assert_int_equal(map->process, RULESET_PROCESS_CURRENT);
    assert_int_equal(map->conditions.count, 1);
    assert_string_equal(map->conditions.items[0].path.text, "arg1");
    assert_int_equal(lock->process, RULESET_PROCESS_REQUESTER);
    assert_int_equal(ruleset_find_function(&f.rules, "IoFreeMdl")->context.process, RULESET_PROCESS_UNKNOWN);
    fixture_release(&f);
}

/* A match that the index cannot find, or an effect outside its facet, would silently do nothing. */
static void every_routine_is_well_formed(void **state)
{
    struct fixture f;

    (void)state;
    fixture_init(&f);
    load_builtin(&f);
    assert_true(f.rules.routines.count > 500);
    for (uint32_t i = 0; i < f.rules.routines.count; i++) {
        const struct ruleset_routine *r = &f.rules.routines.items[i];
        assert_true(r->source && r->source[0] && r->pack && r->file && r->line && r->column && r->matches.count);
        assert_true(i == 0 || strcmp(f.rules.routines.items[i - 1].name, r->name) < 0);
        for (uint32_t k = 0; k < r->checks.count; k++) {
            assert_non_null(r->checks.items[k].rule);
            assert_true(r->checks.items[k].rule->is_enabled && !r->checks.items[k].rule->is_planned);
            assert_true(r->checks.items[k].mask || r->checks.items[k].kind == RULESET_CHECK_TOKEN_OWNER);
        }
        for (uint32_t k = 0; k < r->outcomes.count; k++)
            for (uint32_t e = 0; e < r->outcomes.items[k].effects.count; e++) {
                const struct ruleset_effect *effect = &r->outcomes.items[k].effects.items[e];
                assert_true(!effect->has_path || effect->path.text);
                assert_true(effect->if_pages && effect->if_origin);
            }
    }
    fixture_release(&f);
}

/* Every rule id is checked, and has its page. */
static void rules_are_those_of_the_contract(void **state)
{
    struct fixture f;
    uint32_t planned_count = 0;

    (void)state;
    fixture_init(&f);
    load_builtin(&f);
    assert_int_equal(f.rules.rules.count, 37);
    for (uint32_t i = 0; i < f.rules.rules.count; i++) {
        const struct ruleset_rule *rule = &f.rules.rules.items[i];
        assert_ptr_equal(ruleset_find_rule(&f.rules, rule->meta.id), rule);
        assert_true(rule->message[0] && rule->meta.summary[0] && rule->meta.help[0]);
        planned_count += rule->is_planned;
        if (!rule->is_planned)
            assert_memory_equal(rule->meta.help, "# MDL", 5);
    }
    assert_int_equal(planned_count, 0);
    assert_null(ruleset_find_rule(&f.rules, "MDL999"));
    assert_string_equal(f.rules.use_after_free->meta.id, "MDL005");
    assert_string_equal(f.rules.use_after_unmap->meta.id, "MDL014");
    assert_string_equal(f.rules.cannot_analyze->meta.id, "MDL900");
    assert_string_equal(f.rules.leaks.items[2].rule->meta.id, "MDL105");
    fixture_release(&f);
}

static void assert_check(const struct ruleset_routine *r, uint32_t index, enum ruleset_check_kind kind, uint32_t mask,
                         const char *rule)
{
    assert_true(index < r->checks.count);
    assert_int_equal(r->checks.items[index].kind, kind);
    assert_int_equal(r->checks.items[index].mask, mask);
    assert_string_equal(r->checks.items[index].rule->meta.id, rule);
}

#define MAPPINGS_GPU                                                                                                   \
    (RULESET_BIT(RULESET_MAPPING_IOMMU) | RULESET_BIT(RULESET_MAPPING_IDENTITY) | RULESET_BIT(RULESET_MAPPING_LOGICAL))
#define MAPPINGS_EXPLICIT (RULESET_BIT(RULESET_MAPPING_USER) | RULESET_BIT(RULESET_MAPPING_RESERVED))

static void unlock_requires_in_the_order_of_the_contract(void **state)
{
    struct fixture f;
    const struct ruleset_routine *unlock;
    const struct ruleset_effect *end;

    (void)state;
    fixture_init(&f);
    load_builtin(&f);
    unlock = routine(&f, "MmUnlockPages");
    assert_int_equal(unlock->checks.count, 7);
    assert_check(unlock, 0, RULESET_CHECK_DESCRIPTOR,
                 RULESET_BIT(RULESET_DESCRIPTOR_LIVE) | RULESET_BIT(RULESET_DESCRIPTOR_BORROWED), "MDL005");
    assert_check(unlock, 1, RULESET_CHECK_DESCRIPTOR, RULESET_BIT(RULESET_DESCRIPTOR_LIVE), "MDL041");
    assert_check(unlock, 2, RULESET_CHECK_NO_MAPPING, MAPPINGS_GPU, "MDL102");
    assert_check(unlock, 3, RULESET_CHECK_NO_MAPPING, MAPPINGS_EXPLICIT, "MDL002");
    assert_check(unlock, 4, RULESET_CHECK_NO_MAPPING, RULESET_BIT(RULESET_MAPPING_DMA), "MDL050");
    assert_check(unlock, 6, RULESET_CHECK_PAGES,
                 RULESET_BIT(RULESET_PAGES_LOCKED) | RULESET_BIT(RULESET_PAGES_HAND_FILLED), "MDL007");
    end = &unlock->outcomes.items[0].effects.items[0];
    assert_int_equal(end->kind, RULESET_EFFECT_END);
    assert_int_equal(end->mask, RULESET_BIT(RULESET_MAPPING_SYSTEM));
    assert_string_equal(end->late_rule->meta.id, "MDL002");
    assert_true(end->late_at_end);
    fixture_release(&f);
}

static void iommu_mapping_is_bound_to_its_handle(void **state)
{
    struct fixture f;
    const struct ruleset_routine *map, *unmap;
    const struct ruleset_effect *effect;

    (void)state;
    fixture_init(&f);
    load_builtin(&f);
    map = routine(&f, "DxgkCbMapMdlToIoMmu");
    assert_string_equal(map->mdl.text, "arg1->pMdl");
    assert_int_equal(map->mdl.arg, 1);
    assert_int_equal(map->mdl.step_count, 2);
    assert_true(map->mdl.steps[0].is_deref && !map->mdl.steps[1].is_deref);
    assert_string_equal(map->mdl.steps[1].field, "pMdl");
    assert_int_equal(map->outcomes.items[0].result, RULESET_RESULT_SUCCESS);
    effect = &map->outcomes.items[0].effects.items[0];
    assert_int_equal(effect->kind, RULESET_EFFECT_MAP);
    assert_int_equal(effect->value, RULESET_MAPPING_IOMMU);
    assert_true(effect->is_explicit && !effect->is_idempotent);
    assert_string_equal(effect->path.text, "arg1->hMemoryHandle");
    assert_int_equal(map->outcomes.items[1].effects.items[0].kind, RULESET_EFFECT_INVALID);
    unmap = routine(&f, "DxgkCbUnmapMdlFromIoMmu");
    assert_false(unmap->has_mdl);
    assert_check(unmap, 0, RULESET_CHECK_TOKEN, RULESET_BIT(RULESET_MAPPING_IOMMU), "MDL106");
    fixture_release(&f);
}

static void user_and_kernel_mappings_are_told_apart_by_the_mode(void **state)
{
    struct fixture f;
    const struct ruleset_routine *map;

    (void)state;
    fixture_init(&f);
    load_builtin(&f);
    map = routine(&f, "MmMapLockedPagesSpecifyCache");
    assert_int_equal(map->outcomes.count, 4);
    assert_int_equal(map->outcomes.items[0].effects.items[0].value, RULESET_MAPPING_SYSTEM);
    assert_int_equal(map->outcomes.items[1].result, RULESET_RESULT_NULL);
    assert_int_equal(map->outcomes.items[1].conditions.count, 2);
    assert_string_equal(map->outcomes.items[1].unchecked_rule->meta.id, "MDL015");
    assert_int_equal(map->outcomes.items[2].effects.items[0].value, RULESET_MAPPING_USER);
    assert_true(map->outcomes.items[2].conditions.items[0].is_negated);
    assert_int_equal(map->outcomes.items[3].result, RULESET_RESULT_RAISES);
    assert_int_equal(map->checks.items[2].conditions.count, 1);
    fixture_release(&f);
}

/* An IRP that a caller passes in is not assumed to be NULL on one path and an IRP on another. */
static void the_irp_of_an_allocation_is_judged_by_what_is_known(void **state)
{
    struct fixture f;
    const struct ruleset_routine *allocate;

    (void)state;
    fixture_init(&f);
    load_builtin(&f);
    allocate = routine(&f, "IoAllocateMdl");
    assert_int_equal(allocate->outcomes.count, 4);
    for (uint32_t i = 1; i < 4; i++) {
        assert_int_equal(allocate->outcomes.items[i].conditions.items[0].path.arg, 4);
        assert_true(allocate->outcomes.items[i].conditions.items[0].is_certain);
        assert_int_equal(allocate->outcomes.items[i].conditions.items[0].is_negated, i > 1);
    }
    assert_false(allocate->outcomes.items[2].conditions.items[1].is_certain);
    assert_int_equal(allocate->outcomes.items[2].effects.items[1].kind, RULESET_EFFECT_LINK);
    fixture_release(&f);
}

static void before_windows_7_freeing_pages_does_not_unmap(void **state)
{
    struct fixture f;
    uint32_t checks, effects;
    uint64_t hash;

    (void)state;
    fixture_init(&f);
    load_builtin(&f);
    checks = routine(&f, "MmFreePagesFromMdl")->checks.count;
    effects = routine(&f, "MmFreePagesFromMdl")->outcomes.items[0].effects.count;
    hash = f.rules.hash;
    assert_int_equal(load(&f, NULL, "windows-vista"), MG_OK);
    assert_int_equal(routine(&f, "MmFreePagesFromMdl")->checks.count, checks + 1);
    assert_int_equal(routine(&f, "MmFreePagesFromMdl")->outcomes.items[0].effects.count, effects - 1);
    assert_true(f.rules.hash != hash);
    assert_int_equal(load(&f, NULL, "windows-10"), MG_OK);
    assert_true(f.rules.hash == hash);
    assert_int_equal(load(&f, NULL, "windows-71"), MG_USAGE);
    assert_non_null(strstr(f.error.text, "did you mean 'windows-7'?"));
    fixture_release(&f);
}

static void list_names_family_routine_checks_effects_and_source(void **state)
{
    struct fixture f;
    struct strbuf out;
    const char *line, *first;

    (void)state;
    fixture_init(&f);
    load_builtin(&f);
    strbuf_init(&out);
    ruleset_print_list(&f.rules, &out);
    assert_memory_equal(out.data, "family   routine ", 17);
    line = strstr(out.data, "\nwdm      MmUnlockPages ");
    first = strstr(out.data, "\ndxgk     DxgkCbAllocate");
    assert_true(line && first && first < line);
    assert_memory_equal(strstr(line, "MDL005"), "MDL005,MDL041,MDL102,MDL002,MDL050,MDL009,MDL007 ", 49);
    assert_non_null(strstr(line, "end system; pages released  [ddi wdm/nf-wdm-mmunlockpages;"));
    assert_null(strstr(out.data, " KeSetEvent "));
    strbuf_release(&out);
    fixture_release(&f);
}

/* ---- packs of the user's ---- */

static void a_folder_of_packs_adds_to_the_built_in_ones(void **state)
{
    static const char one[] =
        "pack: one\norigins: [mine]\nroutines:\n- name: MyAlloc\n  source: s\n  outcomes:\n  - when: nonzero\n"
        "    do: [new: {at: return, pages: none, origin: mine}]\n";
    static const char two[] =
        "pack: two\nsource: s\npure: [MyLog]\noutputs: {MyFill: [\"*arg0\"]}\nkeeps: {MyQueue: [arg1]}\n";
    struct fixture f;
    uint64_t hash;

    (void)state;
    fixture_init(&f);
    load_builtin(&f);
    hash = f.rules.hash;
    write_file(f.path, one, sizeof(one) - 1);
    write_file(arena_printf(&f.arena, "%s/second.yml", f.folder), two, sizeof(two) - 1);
    if (load(&f, f.folder, NULL) != MG_OK)
        fail_msg("%u: %s", f.error.line, f.error.text);
    assert_true(f.rules.hash != hash);
    assert_non_null(ruleset_find_function(&f.rules, "MmUnlockPages"));
    assert_string_equal(
        f.rules.origins.items[ruleset_find_function(&f.rules, "MyAlloc")->outcomes.items[0].effects.items[0].origin],
        "mine");
    assert_true(ruleset_find_function(&f.rules, "MyLog")->is_pure);
    assert_int_equal(ruleset_find_function(&f.rules, "MyFill")->outcomes.items[0].effects.items[0].kind,
                     RULESET_EFFECT_WRITE);
    assert_int_equal(ruleset_find_function(&f.rules, "MyQueue")->outcomes.items[0].effects.items[0].kind,
                     RULESET_EFFECT_ESCAPE);
    fixture_release(&f);
}

static void a_pack_of_a_built_in_name_takes_its_place(void **state)
{
    static const char text[] = "pack: kernel\nsource: s\npure: [KeSetEvent]\n";
    struct fixture f;

    (void)state;
    fixture_init(&f);
    write_file(f.path, text, sizeof(text) - 1);
    assert_int_equal(load(&f, f.path, NULL), MG_OK);
    assert_string_equal(ruleset_find_function(&f.rules, "KeSetEvent")->file, f.path);
    assert_null(ruleset_find_function(&f.rules, "KeBugCheckEx"));
    fixture_release(&f);
}

static void an_optional_pack_is_in_force_when_it_is_named(void **state)
{
    struct fixture f;
    uint64_t hash;
    uint32_t leaks;

    (void)state;
    fixture_init(&f);
    load_builtin(&f);
    hash = f.rules.hash;
    leaks = f.rules.leaks.count;
    assert_null(ruleset_find_function(&f.rules, "pin_user_pages"));
    assert_null(ruleset_find_rule(&f.rules, "LNX001"));
    assert_true(ruleset_is_optional("linux"));
    assert_false(ruleset_is_optional("wdm") || ruleset_is_optional("linu") || ruleset_is_optional(""));
    assert_int_equal(load(&f, "linux", NULL), MG_OK);
    assert_non_null(ruleset_find_function(&f.rules, "pin_user_pages"));
    assert_non_null(ruleset_find_function(&f.rules, "MmUnlockPages"));
    assert_true(f.rules.hash != hash);
    /* Its leaks go before those that fit any MDL. */
    assert_int_equal(f.rules.leaks.count, leaks + 2);
    assert_string_equal(f.rules.leaks.items[1].rule->meta.id, "LNX006");
    assert_int_equal(load(&f, "wdm", NULL), MG_USAGE);
    fixture_release(&f);
}

static void origins_are_as_many_as_the_engine_has_bits(void **state)
{
    struct fixture f;
    struct strbuf text;

    (void)state;
    fixture_init(&f);
    strbuf_init(&text);
    strbuf_adds(&text, "pack: many\norigins: [io");
    for (int i = 0; i < RULESET_ORIGINS_MAX; i++)
        strbuf_addf(&text, ", many%d", i);
    strbuf_adds(&text, "]\n");
    write_file(f.path, text.data, text.length);
    assert_int_equal(load(&f, f.path, NULL), MG_USAGE);
    assert_non_null(strstr(f.error.text, "more than 31 origins"));
    strbuf_release(&text);
    fixture_release(&f);
}

/* ---- paths ---- */

static void paths_are_read_as_in_c(void **state)
{
    struct arena arena;
    struct ruleset_path path;
    const char *why;

    (void)state;
    arena_init(&arena);
    assert_true(path_parse("*arg2", &arena, &path, &why));
    assert_true(path.root == RULESET_ARG && path.arg == 2 && path.step_count == 1 && path.steps[0].is_deref);
    assert_true(path_parse("*arg1->out", &arena, &path, &why));
    assert_int_equal(path.step_count, 3);
    assert_true(path.steps[0].is_deref && !path.steps[1].is_deref && path.steps[2].is_deref);
    assert_true(path_parse("arg0.a.b", &arena, &path, &why));
    assert_int_equal(path.step_count, 2);
    assert_true(path_parse("return", &arena, &path, &why));
    assert_true(path.root == RULESET_RETURN && path.step_count == 0);
    assert_false(path_parse("return2", &arena, &path, &why));
    assert_false(path_parse("arg1[0]", &arena, &path, &why));
    assert_false(path_parse("", &arena, &path, &why));
    assert_false(path_parse("arg1->a->b->c->d->e", &arena, &path, &why));
    assert_false(path_parse("arg4294967296", &arena, &path, &why));
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_routines_by_function_member_typedef_and_macro),
        cmocka_unit_test(process_contexts_are_recorded),
        cmocka_unit_test(every_routine_is_well_formed),
        cmocka_unit_test(rules_are_those_of_the_contract),
        cmocka_unit_test(unlock_requires_in_the_order_of_the_contract),
        cmocka_unit_test(iommu_mapping_is_bound_to_its_handle),
        cmocka_unit_test(user_and_kernel_mappings_are_told_apart_by_the_mode),
        cmocka_unit_test(the_irp_of_an_allocation_is_judged_by_what_is_known),
        cmocka_unit_test(before_windows_7_freeing_pages_does_not_unmap),
        cmocka_unit_test(list_names_family_routine_checks_effects_and_source),
        cmocka_unit_test(a_folder_of_packs_adds_to_the_built_in_ones),
        cmocka_unit_test(a_pack_of_a_built_in_name_takes_its_place),
        cmocka_unit_test(an_optional_pack_is_in_force_when_it_is_named),
        cmocka_unit_test(origins_are_as_many_as_the_engine_has_bits),
        cmocka_unit_test(paths_are_read_as_in_c),
    };

    return cmocka_run_group_tests_name("ruleset", tests, NULL, NULL);
}
