/*
 * test_ruleset.c - the built-in packs say what the documents say, every mistake in a pack is found where it stands,
 * and no text harms.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/embedded.h"
#include "base/strbuf.h"
#include "ruleset/pack.h"

struct fixture {
    struct arena arena;
    struct ruleset rules;
    struct mg_error error;
    char folder[64];
    const char *path; /* folder/pack.yaml */
};

static void fixture_init(struct fixture *self)
{
    memset(self, 0, sizeof(*self));
    arena_init(&self->arena);
    snprintf(self->folder, sizeof(self->folder), "/tmp/mdlguard-packs-XXXXXX");
    assert_non_null(mkdtemp(self->folder));
    self->path = arena_printf(&self->arena, "%s/pack.yaml", self->folder);
}

static void fixture_release(struct fixture *self)
{
    unlink(self->path);
    unlink(arena_printf(&self->arena, "%s/second.yml", self->folder));
    rmdir(self->folder);
    ruleset_release(&self->rules);
    arena_release(&self->arena);
}

static void write_file(const char *path, const char *text, size_t length)
{
    struct mg_error error;
    struct strbuf bytes;

    strbuf_init(&bytes);
    strbuf_add(&bytes, text, length);
    assert_int_equal(strbuf_write_file(&bytes, path, &error), MG_OK);
    strbuf_release(&bytes);
}

static enum mg_status load(struct fixture *self, const char *file, const char *target_os)
{
    struct ruleset_options options = {.target_os = target_os, .files = &file, .file_count = file ? 1 : 0};

    return ruleset_load(&options, &self->arena, &self->rules, &self->error);
}

static void load_builtin(struct fixture *self)
{
    if (load(self, NULL, NULL) != MG_OK)
        fail_msg("%s:%u:%u: %s", self->error.file, self->error.line, self->error.column, self->error.text);
}

static const struct ruleset_routine *routine(struct fixture *self, const char *name)
{
    for (uint32_t i = 0; i < self->rules.routines.count; i++)
        if (strcmp(self->rules.routines.items[i].name, name) == 0)
            return &self->rules.routines.items[i];
    fail_msg("no routine %s", name);
    return NULL;
}

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
    assert_true(ruleset_is_borrowed(&f.rules, "_IRP", "MdlAddress"));
    assert_false(ruleset_is_borrowed(&f.rules, "_IRP", "UserBuffer"));
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

/* Both halves of every rule id: what is checked and what is only planned; and each has its page once there is one. */
static void rules_are_those_of_the_contract(void **state)
{
    static const char *const planned[] = {"MDL030", "MDL031", "MDL032", "MDL033", "MDL040",
                                          "MDL041", "MDL050", "MDL060", "MDL104", "MDL110"};
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
    for (size_t i = 0; i < sizeof(planned) / sizeof(planned[0]); i++)
        assert_true(ruleset_find_rule(&f.rules, planned[i])->is_planned);
    assert_int_equal(planned_count, sizeof(planned) / sizeof(planned[0]));
    assert_null(ruleset_find_rule(&f.rules, "MDL999"));
    assert_string_equal(f.rules.use_after_free->meta.id, "MDL005");
    assert_string_equal(f.rules.use_after_unmap->meta.id, "MDL014");
    assert_string_equal(f.rules.cannot_analyze->meta.id, "MDL900");
    assert_string_equal(f.rules.leaks.items[1].rule->meta.id, "MDL105");
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
    assert_int_equal(unlock->checks.count, 4); /* that of MDL041 is left out: planned */
    assert_check(unlock, 0, RULESET_CHECK_DESCRIPTOR,
                 RULESET_BIT(RULESET_DESCRIPTOR_LIVE) | RULESET_BIT(RULESET_DESCRIPTOR_BORROWED), "MDL005");
    assert_check(unlock, 1, RULESET_CHECK_NO_MAPPING, MAPPINGS_GPU, "MDL102");
    assert_check(unlock, 2, RULESET_CHECK_NO_MAPPING, MAPPINGS_EXPLICIT, "MDL002");
    assert_check(unlock, 3, RULESET_CHECK_PAGES,
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

static void list_names_routine_checks_effects_and_source(void **state)
{
    struct fixture f;
    struct strbuf out;
    const char *line;

    (void)state;
    fixture_init(&f);
    load_builtin(&f);
    strbuf_init(&out);
    ruleset_print_list(&f.rules, &out);
    line = strstr(out.data, "\nMmUnlockPages ");
    assert_non_null(line);
    assert_memory_equal(strstr(line, "MDL005"), "MDL005,MDL102,MDL002,MDL007 ", 28);
    assert_non_null(strstr(line, "end system; pages released  [ddi wdm/nf-wdm-mmunlockpages;"));
    assert_null(strstr(out.data, "\nKeSetEvent "));
    strbuf_release(&out);
    fixture_release(&f);
}

/* ---- mistakes ---- */

struct mistake {
    const char *text;
    uint32_t line, column;
    const char *says; /* part of the message */
};

#define ROUTINE "pack: p\nroutines:\n- name: f\n  source: s\n"
#define WITH_MDL ROUTINE "  mdl: arg0\n"
#define OUTCOME(when, effect) WITH_MDL "  outcomes:\n  - when: " when "\n    do: [" effect "]\n"

static const struct mistake mistakes[] = {
    {"pack: p\nroutines:\n- name: f\n  sorce: s\n  source: s\n", 4, 3, "did you mean 'source'?"},
    {"pack: p\nroutines:\n- name: f\n", 3, 3, "a routine needs the key 'source'"},
    {"routines: []\n", 1, 1, "a pack needs the key 'pack'"},
    {"pack: p\nroutines: {name: f}\n", 2, 11, "'routines' has to be a list, this is a mapping"},
    {"pack: p\nroutines:\n- just a text\n", 3, 3, "a routine has to be a mapping"},
    {ROUTINE "  mdl: args0\n", 5, 8, "'args0' is not an access path"},
    {ROUTINE "  mdl: arg0->\n", 5, 8, "a member's name is missing"},
    {ROUTINE "  mdl: arg99\n", 5, 8, "arg0 to arg31"},
    {WITH_MDL "  requires:\n  - {pages: lockd, else: MDL007}\n", 7, 13, "did you mean 'locked'?"},
    {WITH_MDL "  requires:\n  - {pages: locked, else: MDL07}\n", 7, 27, "did you mean 'MDL007'?"},
    {WITH_MDL "  requires:\n  - {pages: locked}\n", 7, 5, "needs the key 'else'"},
    {WITH_MDL "  requires:\n  - {pages: locked, origin: io, else: MDL007}\n", 7, 5, "exactly one of"},
    {WITH_MDL
     "  requires:\n  - {pages: {not: [none, locked, nonpaged, partial, allocated, io-space, hand-filled, released]}, "
     "else: MDL007}\n",
     7, 13, "the set is empty"},
    {ROUTINE "  requires:\n  - {pages: locked, else: MDL007}\n", 6, 5, "has no 'mdl'"},
    {WITH_MDL "  requires:\n  - {token: {path: arg0, kinds: physical-object}, else: MDL106}\n", 7, 5, "never bound"},
    {WITH_MDL "  requires:\n  - {pages: locked, else: MDL007, message: \"is {stat}\"}\n", 7, 44,
     "did you mean 'state'?"},
    {OUTCOME("succes", "pages: locked"), 7, 11, "did you mean 'success'?"},
    {OUTCOME("returns", "pags: locked"), 8, 10, "did you mean 'pages'?"},
    {OUTCOME("returns", "{pages: none, descriptor: freed}"), 8, 10, "one effect an entry"},
    {OUTCOME("returns", "late: MDL011"), 8, 10, "this entry has no effect"},
    {OUTCOME("raises", "write: return"), 8, 10, "returns nothing"},
    {OUTCOME("zero", "{new: {at: return, pages: none, origin: io}}"), 8, 10, "the result is 0 here"},
    {OUTCOME("returns", "{new: {at: return, descriptor: freed, pages: none, origin: io}}"), 8, 41, "freed already"},
    {OUTCOME("returns", "{pages: locked, late: MDL002}"), 8, 32, "'late' belongs to"},
    {ROUTINE "  outcomes:\n  - when: returns\n    do: [pages: locked]\n", 7, 10, "no 'mdl'"},
    {WITH_MDL "  outcomes:\n  - when: nonzero\n    unchecked: MDL015\n", 8, 16, "'unchecked' belongs to"},
    {WITH_MDL "  outcomes:\n  - when: returns\n    where: {arg1: never}\n", 8, 19, "'never' is no constant"},
    {WITH_MDL "  outcomes:\n  - when: returns\n    where: {return: 0}\n", 8, 13, "is written with 'when'"},
    {WITH_MDL "  requires:\n  - {pages: locked, else: MDL007}\n  outcomes:\n  - when: returns\n    if-pages: none\n", 9,
     5, "impossible state"},
    {WITH_MDL "  noreturn: true\n  outcomes:\n  - when: success\n", 8, 5, "said not to return"},
    {WITH_MDL "  pure: true\n  outcomes:\n  - {when: returns, do: [pages: locked]}\n", 3, 3, "said to be pure"},
    {WITH_MDL "  only-tracked: maybe\n", 6, 17, "true or false"},
    {WITH_MDL "  irql: {max: LOW}\n", 6, 15, "'LOW' is not an IRQL"},
    {ROUTINE "  match: [{field: NoDot}]\n", 5, 19, "write RECORD.FIELD"},
    {ROUTINE "  match: [{macro: M}]\n", 5, 11, "needs the key 'call'"},
    {ROUTINE "  match: []\n", 5, 10, "'match' is empty"},
    {ROUTINE "- name: f\n  source: s\n", 5, 3, "routine 'f' exists already, in "},
    {"pack: p\nroutines:\n- name: MmUnlockPages\n  source: s\n", 3, 3, "exists already, in rules/wdm.yaml:"},
    {ROUTINE "  match: [{function: MmUnlockPages}]\n", 3, 3, "recognised like 'MmUnlockPages'"},
    {"pack: p\npure: [f]\n", 2, 7, "need the pack's 'source'"},
    {"pack: p\nroles: {}\n", 2, 8, "given already"},
    {"pack: p\nrules:\n- {id: my1, name: n, level: error, summary: s, message: m}\n", 3, 8, "capital letters"},
    {"pack: p\nrules:\n- {id: MDL001, name: n, level: error, summary: s, message: m}\n", 3, 8, "exists already"},
    {"pack: p\npack: q\n", 2, 1, "given twice, first in line 1"},
    {"pack: p\nroutines: [\n", 3, 1, "not valid YAML"},
    {"pack: p\nroutines: *none\n", 2, 11, "no anchor '&none'"},
    {"pack: p\nroutines: &all [*all]\n", 2, 17, "inside the value that it names"},
    {"pack: p\nroutines: !!seq []\n", 2, 11, "tags"},
    {"pack: p\n---\npack: q\n", 2, 1, "one YAML document"},
    {"pack: p\n? [a, b]\n: c\n", 2, 3, "a key has to be a text"},
};

static void each_mistake_is_found_where_it_stands(void **state)
{
    struct fixture f;

    (void)state;
    fixture_init(&f);
    for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
        const struct mistake *m = &mistakes[i];
        write_file(f.path, m->text, strlen(m->text));
        if (load(&f, f.path, NULL) != MG_USAGE)
            fail_msg("accepted: %s", m->text);
        if (f.error.line != m->line || f.error.column != m->column || !strstr(f.error.text, m->says) ||
            strcmp(f.error.file, f.path) != 0)
            fail_msg("%s\nexpected %u:%u: %s\n     got %s:%u:%u: %s", m->text, m->line, m->column, m->says,
                     f.error.file, f.error.line, f.error.column, f.error.text);
    }
    fixture_release(&f);
}

/* All mistakes of a file in one go, in its order, whichever pass found them. */
static void check_lists_all_mistakes_of_all_files(void **state)
{
    static const char text[] =
        ROUTINE "  mdl: argh\n  requires:\n  - {pages: lockd, else: MDL7}\n- name: f\n  source: s\n"
                "rules:\n- {id: MDL001}\n";
    static const uint32_t lines[] = {5, 7, 7, 8, 11, 11, 11, 11};
    struct fixture f;
    struct mg_error *errors;
    uint32_t count;
    const char *files[2];

    (void)state;
    fixture_init(&f);
    files[0] = f.path;
    files[1] = "/nowhere/pack.yaml";
    write_file(f.path, text, sizeof(text) - 1);
    assert_int_equal(ruleset_check_files(files, 2, &f.arena, &errors, &count), MG_OK);
    assert_int_equal(count, 9);
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(errors[i].line, lines[i]);
        assert_string_equal(errors[i].file, f.path);
    }
    assert_string_equal(errors[8].file, "/nowhere/pack.yaml");
    fixture_release(&f);
}

static void missing_files_and_folders_are_named(void **state)
{
    struct fixture f;

    (void)state;
    fixture_init(&f);
    assert_int_equal(load(&f, "/nowhere/pack.yaml", NULL), MG_USAGE);
    assert_string_equal(f.error.file, "/nowhere/pack.yaml");
    assert_int_equal(load(&f, f.folder, NULL), MG_USAGE);
    assert_non_null(strstr(f.error.text, "no rule pack"));
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

/* ---- text that does harm ---- */

static uint32_t count_mistakes(struct fixture *self, const char *text, size_t length)
{
    const char *files[] = {self->path};
    struct mg_error *errors;
    uint32_t count;

    write_file(self->path, text, length);
    arena_clear(&self->arena);
    self->path = arena_printf(&self->arena, "%s/pack.yaml", self->folder);
    files[0] = self->path;
    assert_int_equal(ruleset_check_files(files, 1, &self->arena, &errors, &count), MG_OK);
    for (uint32_t i = 0; i < count; i++)
        assert_true(errors[i].text[0]);
    return count;
}

/* A pack that ends anywhere may be wrong or right, but is always answered. */
static void packs_cut_off_anywhere_are_answered(void **state)
{
    struct fixture f;

    (void)state;
    fixture_init(&f);
    for (size_t i = 0; i < embedded_rule_count; i++)
        for (size_t length = i; length < embedded_rules[i].length; length += 701)
            count_mistakes(&f, embedded_rules[i].text, length);
    fixture_release(&f);
}

/* One byte turned into another, places and bytes from a fixed sequence. */
static void packs_with_a_wrong_byte_are_answered(void **state)
{
    struct fixture f;
    uint32_t random = 12345;

    (void)state;
    fixture_init(&f);
    for (uint32_t i = 0; i < 300; i++) {
        const struct embedded_file *file = &embedded_rules[i % embedded_rule_count];
        static const char bytes[] = "{}[]:-&*!|>'\"%@ \n\t#,?\0\xff";
        char *text = malloc(file->length);
        assert_non_null(text);
        memcpy(text, file->text, file->length);
        for (int k = 0; k < 3; k++) {
            random = random * 1664525u + 1013904223u;
            text[(random >> 4) % file->length] = bytes[(random >> 24) % (sizeof(bytes) - 1)];
        }
        count_mistakes(&f, text, file->length);
        free(text);
    }
    fixture_release(&f);
}

static void aliases_cannot_blow_up(void **state)
{
    struct fixture f;
    struct strbuf text;

    (void)state;
    fixture_init(&f);
    strbuf_init(&text);
    strbuf_adds(&text, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 30; i++) {
        strbuf_addf(&text, "a%d: &a%d [", i, i);
        for (int k = 0; k < 10; k++)
            strbuf_addf(&text, "%s*a%d", k ? ", " : "", i - 1);
        strbuf_adds(&text, "]\n");
    }
    write_file(f.path, text.data, text.length);
    assert_int_equal(load(&f, f.path, NULL), MG_USAGE);
    assert_non_null(strstr(f.error.text, "once aliases are written out"));
    strbuf_clear(&text);
    for (int i = 0; i < 10000; i++)
        strbuf_addc(&text, '[');
    write_file(f.path, text.data, text.length);
    assert_int_equal(load(&f, f.path, NULL), MG_USAGE);
    assert_non_null(strstr(f.error.text, "deep"));
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
        cmocka_unit_test(every_routine_is_well_formed),
        cmocka_unit_test(rules_are_those_of_the_contract),
        cmocka_unit_test(unlock_requires_in_the_order_of_the_contract),
        cmocka_unit_test(iommu_mapping_is_bound_to_its_handle),
        cmocka_unit_test(user_and_kernel_mappings_are_told_apart_by_the_mode),
        cmocka_unit_test(the_irp_of_an_allocation_is_judged_by_what_is_known),
        cmocka_unit_test(before_windows_7_freeing_pages_does_not_unmap),
        cmocka_unit_test(list_names_routine_checks_effects_and_source),
        cmocka_unit_test(each_mistake_is_found_where_it_stands),
        cmocka_unit_test(check_lists_all_mistakes_of_all_files),
        cmocka_unit_test(missing_files_and_folders_are_named),
        cmocka_unit_test(a_folder_of_packs_adds_to_the_built_in_ones),
        cmocka_unit_test(a_pack_of_a_built_in_name_takes_its_place),
        cmocka_unit_test(packs_cut_off_anywhere_are_answered),
        cmocka_unit_test(packs_with_a_wrong_byte_are_answered),
        cmocka_unit_test(aliases_cannot_blow_up),
        cmocka_unit_test(paths_are_read_as_in_c),
    };

    return cmocka_run_group_tests_name("ruleset", tests, NULL, NULL);
}
