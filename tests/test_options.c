/*
 * test_options.c - the command line (cli/options).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "cli/options.h"

#define MOST_ARGS 32

struct fixture {
    struct arena arena;
    struct options options;
    struct mg_error error;
};

static int setup(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){0};
    arena_init(&fixture.arena);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *self = *state;
    arena_release(&self->arena);
    return 0;
}

/* Parses "mdlguard" and the words of LINE. */
static enum mg_status parse(struct fixture *self, const char *line)
{
    struct text_list words = {0};
    VEC_PUSH_IN(&self->arena, &words, "mdlguard");
    split_command(&self->arena, SPLIT_SHELL, line, strlen(line), &words);
    assert_true(words.count < MOST_ARGS);
    char **argv = ARENA_NEW_ARRAY(&self->arena, char *, MOST_ARGS);
    for (uint32_t i = 0; i < words.count; i++)
        argv[i] = arena_strdup(&self->arena, words.items[i]);
    return options_parse((int)words.count, argv, &self->arena, &self->options, &self->error);
}

static void assert_refused(struct fixture *self, const char *line, const char *message)
{
    self->error.text[0] = '\0';
    if (parse(self, line) != MG_USAGE)
        fail_msg("'%s' was accepted", line);
    if (!strstr(self->error.text, message))
        fail_msg("'%s' says '%s', not '%s'", line, self->error.text, message);
}

static void defaults_are_those_of_the_contract(void **state)
{
    struct fixture *self = *state;
    assert_int_equal(parse(self, "scan"), MG_OK);
    const struct options *options = &self->options;
    assert_int_equal(options->command, OPTIONS_SCAN);
    assert_int_equal(options->outputs.count, 1);
    assert_int_equal(options->outputs.items[0].format, REPORT_TEXT);
    assert_null(options->outputs.items[0].file);
    assert_int_equal(options->timeout_seconds, 60);
    assert_int_equal(options->memory_mib, 2048);
    assert_int_equal(options->jobs, 0);
    assert_int_equal(options->fail_on, OPTIONS_FAIL_ON_UNSET);
    assert_false(options->no_db);
    assert_null(options->compiler_args);
}

static void every_scan_option_is_taken_in_every_form(void **state)
{
    struct fixture *self = *state;
    assert_int_equal(parse(self, "scan -pbuild a.c --format=text -f sarif=x.sarif -f json=y -j3 --db s.db --rules r.yaml "
                                 "--rules=dir -qv --fail-on never --color"),
                     MG_OK);
    const struct options *options = &self->options;
    assert_string_equal(options->build_dir, "build");
    assert_int_equal(options->inputs.count, 1);
    assert_int_equal(options->outputs.count, 3);
    assert_int_equal(options->outputs.items[1].format, REPORT_SARIF);
    assert_string_equal(options->outputs.items[1].file, "x.sarif");
    assert_int_equal(options->jobs, 3);
    assert_string_equal(options->db, "s.db");
    assert_int_equal(options->rule_files.count, 2);
    assert_true(options->is_quiet && options->is_verbose);
    assert_int_equal(options->fail_on, OPTIONS_FAIL_ON_NEVER);
    assert_int_equal(options->color, OPTIONS_COLOR_ALWAYS);

    assert_int_equal(parse(self, "scan --baseline b --confirm t1 --confirm=t2 --only MDL001,MDL002 --only MDL003 --skip=MDL004 --config c --timeout 0 "
                                 "--memory=512 --no-db --color=never"),
                     MG_OK);
    assert_string_equal(options->baseline, "b");
    assert_int_equal(options->traces.count, 2);
    assert_string_equal(options->traces.items[1], "t2");
    assert_int_equal(options->only.count, 3);
    assert_string_equal(options->only.items[1], "MDL002");
    assert_int_equal(options->skip.count, 1);
    assert_string_equal(options->config, "c");
    assert_int_equal(options->timeout_seconds, 0);
    assert_int_equal(options->memory_mib, 512);
    assert_true(options->no_db);
    assert_int_equal(options->color, OPTIONS_COLOR_NEVER);
}

static void what_stands_behind_two_dashes_is_the_compilers(void **state)
{
    struct fixture *self = *state;
    assert_int_equal(parse(self, "scan a.c b.c -- -DX --bogus"), MG_OK);
    assert_int_equal(self->options.inputs.count, 2);
    assert_int_equal(self->options.compiler_arg_count, 2);
    assert_string_equal(self->options.compiler_args[1], "--bogus");
    assert_int_equal(parse(self, "scan a.c --"), MG_OK);
    assert_non_null(self->options.compiler_args);
    assert_int_equal(self->options.compiler_arg_count, 0);
}

static void the_other_commands_are_parsed(void **state)
{
    struct fixture *self = *state;
    assert_int_equal(parse(self, "explain MDL002"), MG_OK);
    assert_int_equal(self->options.command, OPTIONS_EXPLAIN);
    assert_int_equal(parse(self, "rules check a.yaml"), MG_OK);
    assert_int_equal(self->options.inputs.count, 2);
    assert_int_equal(parse(self, "dump --stage=cfg --function F a.c"), MG_OK);
    assert_int_equal(self->options.stage, OPTIONS_STAGE_CFG);
    assert_string_equal(self->options.function, "F");
    assert_int_equal(parse(self, "lsp -p build -- -DX"), MG_OK);
    assert_int_equal(self->options.command, OPTIONS_LSP);
    assert_int_equal(parse(self, "lsp --only MDL001 --skip MDL002 --config c.yaml --rules r -j2 --timeout 5 --memory 100"), MG_OK);
    assert_int_equal(self->options.only.count, 1);
    assert_string_equal(self->options.config, "c.yaml");
    assert_int_equal(parse(self, "--version"), MG_OK);
    assert_int_equal(self->options.command, OPTIONS_VERSION);
    assert_int_equal(parse(self, "scan --help"), MG_OK);
    assert_int_equal(self->options.command, OPTIONS_HELP);
    assert_int_equal(self->options.help_on, OPTIONS_SCAN);
    assert_int_equal(parse(self, "help lsp"), MG_OK);
    assert_int_equal(self->options.command, OPTIONS_HELP);
    assert_int_equal(self->options.help_on, OPTIONS_LSP);
    assert_int_equal(parse(self, "--help"), MG_OK);
    assert_int_equal(self->options.help_on, 0);
}

static void mistakes_are_told(void **state)
{
    struct fixture *self = *state;
    assert_refused(self, "", "which command?");
    assert_refused(self, "skan", "unknown command 'skan'; did you mean scan?");
    assert_refused(self, "help skan", "unknown command 'skan'; did you mean scan?");
    assert_refused(self, "frobnicate", "there are scan, explain");
    assert_refused(self, "scan --fromat text", "unknown option '--fromat'; did you mean --format?");
    assert_refused(self, "scan --stage=ir", "unknown option '--stage=ir'");
    assert_refused(self, "scan -x", "unknown option '-x'");
    assert_refused(self, "scan --jobs", "--jobs lacks its value");
    assert_refused(self, "scan -j", "-j lacks its value");
    assert_refused(self, "scan -j0", "--jobs wants a whole number from 1");
    assert_refused(self, "scan -j 3x", "not '3x'");
    assert_refused(self, "scan --timeout=-1", "not '-1'");
    assert_refused(self, "scan --memory 99999999999999999999", "whole number");
    assert_refused(self, "scan --no-db=yes", "--no-db takes no value");
    assert_refused(self, "scan -f yaml", "no report format 'yaml'");
    assert_refused(self, "scan -f sarif=", "lacks the name of a file");
    assert_refused(self, "scan -f text -f json", "two formats for standard output");
    assert_refused(self, "scan --fail-on fatal", "--fail-on is error, warning, note or never, not 'fatal'");
    assert_refused(self, "scan --only ,", "--only wants the ids of rules");
    assert_refused(self, "scan --color=red", "--color is auto");
    assert_refused(self, "explain", "explain wants one rule");
    assert_refused(self, "dump a.c", "dump wants --stage");
    assert_refused(self, "dump --stage=ast a.c", "no stage 'ast'");
    assert_refused(self, "dump --stage=ir", "dump wants a FILE");
    assert_refused(self, "lsp a.c", "lsp takes no files");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(defaults_are_those_of_the_contract),
        TEST(every_scan_option_is_taken_in_every_form),
        TEST(what_stands_behind_two_dashes_is_the_compilers),
        TEST(the_other_commands_are_parsed),
        TEST(mistakes_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
