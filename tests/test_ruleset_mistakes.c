/*
 * test_ruleset_mistakes.c - every mistake in a pack is found where it stands, and no text harms.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/embedded.h"
#include "ruleset_fixture.h"

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
    {ROUTINE "  mdl: arg1\n  args: 1\n", 5, 8, "there is no arg1, the routine has 1 argument ('args')"},
    {ROUTINE "  args: 40\n", 5, 9, "from 0 to 32"},
    {WITH_MDL "  requires:\n  - {pages: lockd, else: MDL007}\n", 7, 13, "did you mean 'locked'?"},
    {WITH_MDL "  requires:\n  - {pages: locked, else: MDL07}\n", 7, 27, "did you mean 'MDL007'?"},
    {WITH_MDL "  requires:\n  - {pages: locked}\n", 7, 5, "needs the key 'else'"},
    {WITH_MDL "  requires:\n  - {pages: locked, origin: io, else: MDL007}\n", 7, 5, "exactly one of"},
    {WITH_MDL
     "  requires:\n  - {pages: {not: [none, locked, nonpaged, partial, allocated, io-space, hand-filled, released]}, "
     "else: MDL007}\n",
     7, 13, "the set is empty"},
    {ROUTINE "  requires:\n  - {pages: locked, else: MDL007}\n", 6, 5, "has no 'mdl'"},
    {WITH_MDL "  requires:\n  - {token: {path: arg0, kinds: identity}, else: MDL106}\n", 7, 5, "never bound"},
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
    {WITH_MDL "  requires:\n  - {origin: io, else: MDL009}\n  outcomes:\n  - when: returns\n    if-origin: pages\n", 9,
     5, "lets no MDL of this origin through"},
    {WITH_MDL "  requires:\n  - {mapping: user, else: MDL011}\n  - {no-mapping: [user, system], else: MDL002}\n", 8, 5,
     "the requirement in line 7"},
    {OUTCOME("returns", "descriptor: freed, pages: locked"), 8, 29, "frees the MDL"},
    {OUTCOME("nonzero", "{new: {at: return, pages: none, origin: io}}, {new: {at: return, pages: none, origin: io}}"), 8,
     56, "holds a new MDL already"},
    {WITH_MDL "  noreturn: true\n  outcomes:\n  - when: success\n", 8, 5, "said not to return"},
    {WITH_MDL "  pure: true\n  outcomes:\n  - {when: returns, do: [pages: locked]}\n", 3, 3, "said to be pure"},
    {WITH_MDL "  only-tracked: maybe\n", 6, 17, "true or false"},
    {WITH_MDL "  irql: {max: LOW}\n", 6, 15, "'LOW' is not an IRQL"},
    {WITH_MDL "  context: mine\n", 6, 12, "'mine' is not a process"},
    {WITH_MDL "  context: {kinds: user}\n", 6, 12, "needs the key 'process'"},
    {WITH_MDL "  args: 1\n  context: {process: current, where: {arg1: 0}}\n", 7, 39, "there is no arg1"},
    {OUTCOME("returns", "{pages: locked, drops: true}"), 8, 33, "'drops' belongs to free-memory only"},
    {OUTCOME("returns", "{descriptor: freed, over: arg1}"), 8, 36, "'over' belongs to new, pages and no-mapping only"},
    {WITH_MDL "  requires:\n  - {pages: locked, over: arg1, else: MDL007}\n", 7, 27, "'over' belongs to no-mapping only"},
    {OUTCOME("returns", "{pages: locked, unless-mdl: true}"), 8, 38, "'unless-mdl' belongs to escape only"},
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

/* ---- the packs in tests/packs/wrong: each with one mistake, and with its message in the first line ---- */

#define WRONG_FOLDER MDLGUARD_SOURCE_DIR "/tests/packs/wrong"

/* "# expect: 6:1: part of the message" */
static void assert_expected(struct arena *arena, const struct mg_error *error)
{
    struct mg_error unread;
    struct strbuf text;
    unsigned line, column;
    int start = 0;
    const char *says;

    strbuf_init(&text);
    assert_int_equal(strbuf_read_file(&text, error->file, &unread), MG_OK);
    if (sscanf(text.data, "# expect: %u:%u: %n", &line, &column, &start) < 2 || !start)
        fail_msg("%s has no '# expect:' line", error->file);
    says = arena_strndup(arena, text.data + start, strcspn(text.data + start, "\n"));
    if (line != error->line || column != error->column || !strstr(error->text, says))
        fail_msg("%s:%u:%u: %s\nexpected %u:%u: %s", error->file, error->line, error->column, error->text, line, column,
                 says);
    strbuf_release(&text);
}

/* All of them in one go: one located message each, in the order of the files; and so by themselves. */
static void wrong_packs_give_a_message_each(void **state)
{
    struct fixture f;
    struct mg_error *errors, *own;
    const char *folder = WRONG_FOLDER;
    uint32_t count, own_count;

    (void)state;
    fixture_init(&f);
    assert_int_equal(ruleset_check_files(&folder, 1, &f.arena, &errors, &count), MG_OK);
    assert_int_equal(count, 21);
    for (uint32_t i = 0; i < count; i++) {
        const char *file = errors[i].file;
        assert_expected(&f.arena, &errors[i]);
        assert_true(i == 0 || strcmp(errors[i - 1].file, file) < 0);
        assert_int_equal(ruleset_check_files(&file, 1, &f.arena, &own, &own_count), MG_OK);
        assert_int_equal(own_count, 1);
        assert_string_equal(own[0].text, errors[i].text);
    }
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mistake_is_found_where_it_stands),
        cmocka_unit_test(check_lists_all_mistakes_of_all_files),
        cmocka_unit_test(wrong_packs_give_a_message_each),
        cmocka_unit_test(missing_files_and_folders_are_named),
        cmocka_unit_test(packs_cut_off_anywhere_are_answered),
        cmocka_unit_test(packs_with_a_wrong_byte_are_answered),
        cmocka_unit_test(aliases_cannot_blow_up),
    };

    return cmocka_run_group_tests_name("ruleset: mistakes", tests, NULL, NULL);
}
