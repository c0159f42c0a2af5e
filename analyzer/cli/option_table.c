/*
 * option_table.c - which options there are, which command takes which, and the help, which is printed from these tables.
 */
#include "cli/option_table.h"

#include <string.h>

#define MAKES_REPORT (OPTIONS_SCAN | OPTIONS_LINK | OPTIONS_NINJA)
#define SHOWS_FINDINGS (MAKES_REPORT | OPTIONS_LSP)
#define USES_RULES (SHOWS_FINDINGS | OPTIONS_DUMP | OPTIONS_RULES)
#define EVERY_COMMAND UINT32_MAX

const struct option options_table[OPTION_COUNT] = {
    {OPTION_BUILD_DIR, "build-dir", 'p', VALUE_NEEDED, READS_SOURCE, "--build-dir DIR",
     "folder of compile_commands.json, or that file"},
    {OPTION_FORMAT, "format", 'f', VALUE_NEEDED, MAKES_REPORT, "--format F[=FILE]",
     "text, sarif, json, html, codeclimate or github, to FILE or standard output;\n"
     "may be repeated (default: text)"},
    {OPTION_JOBS, "jobs", 'j', VALUE_NEEDED, LOWERS_MANY, "--jobs N", "worker processes (default: one a core)"},
    {OPTION_DB, "db", 0, VALUE_NEEDED, OPTIONS_SCAN, "--db FILE",
     "the store (default: .mdlguard/mdlguard.db beside the compile database)"},
    {OPTION_NO_DB, "no-db", 0, VALUE_NONE, OPTIONS_SCAN, "--no-db", "write no store"},
    {OPTION_NO_SHARED_HEADERS, "no-shared-headers", 0, VALUE_NONE, OPTIONS_SCAN, "--no-shared-headers",
     "read every header anew for each unit, none precompiled"},
    {OPTION_RULES, "rules", 0, VALUE_NEEDED, USES_RULES, "--rules FILE|DIR",
     "more rule packs, or a built-in one that is optional (linux); may be repeated"},
    {OPTION_BASELINE, "baseline", 0, VALUE_NEEDED, MAKES_REPORT, "--baseline FILE",
     "an earlier SARIF report: what is in it does not fail the run"},
    {OPTION_CONFIRM, "confirm", 0, VALUE_NEEDED, OPTIONS_SCAN | OPTIONS_LINK, "--confirm TRACE",
     "what the runtime shim saw: marks the findings that it confirms, and lists what no\n"
     "finding explains; may be repeated"},
    {OPTION_FAIL_ON, "fail-on", 0, VALUE_NEEDED, MAKES_REPORT, "--fail-on LEVEL",
     "lowest level that makes the exit status 1: error, warning, note or never\n"
     "(default: warning)"},
    {OPTION_ONLY, "only", 0, VALUE_NEEDED, SHOWS_FINDINGS, "--only RULE,...", "report these rules only"},
    {OPTION_SKIP, "skip", 0, VALUE_NEEDED, SHOWS_FINDINGS, "--skip RULE,...", "do not report these rules"},
    {OPTION_CONFIG, "config", 0, VALUE_NEEDED, USES_RULES, "--config FILE",
     "configuration (default: .mdlguard.yaml, searched upwards)"},
    {OPTION_TIMEOUT, "timeout", 0, VALUE_NEEDED, LOWERS_SOURCE, "--timeout S",
     "seconds for one translation unit (default: 60; 0: no limit)"},
    {OPTION_MEMORY, "memory", 0, VALUE_NEEDED, LOWERS_SOURCE, "--memory MIB",
     "memory of one worker (default: 2048; 0: no limit)"},
    {OPTION_QUIET, "quiet", 'q', VALUE_NONE, OPTIONS_SCAN | OPTIONS_LINK, "--quiet", "no progress bar and no summary"},
    {OPTION_VERBOSE, "verbose", 'v', VALUE_NONE, OPTIONS_SCAN | OPTIONS_LINK | OPTIONS_DUMP, "--verbose",
     "say more about what is done"},
    {OPTION_COLOR, "color", 0, VALUE_OPTIONAL, OPTIONS_SCAN | OPTIONS_LINK, "--color[=WHEN]",
     "auto, always or never (default: auto)"},
    {OPTION_STAGE, "stage", 0, VALUE_NEEDED, OPTIONS_DUMP, "--stage STAGE",
     "dump: ir, cfg, calls, summary or state"},
    {OPTION_FUNCTION, "function", 0, VALUE_NEEDED, OPTIONS_DUMP, "--function F",
     "dump: this function (default: all that the project's own files define)"},
    {OPTION_OUTPUT, "output", 'o', VALUE_NEEDED, OPTIONS_EXTRACT | OPTIONS_NINJA, "--output FILE",
     "extract: the file to write, with FILE.d for what it depends on; ninja: the build file\n"
     "(default: standard output)"},
    {OPTION_DIRECTORY, "directory", 0, VALUE_NEEDED, OPTIONS_EXTRACT, "--directory DIR",
     "extract: the arguments behind -- are clang's own, to be run in DIR"},
    {OPTION_PROBLEM, "problem", 0, VALUE_NEEDED, OPTIONS_EXTRACT, "--problem TEXT",
     "extract: what is wrong with these arguments, for the report"},
    {OPTION_ROOT, "root", 0, VALUE_NEEDED, OPTIONS_LINK, "--root DIR",
     "link: the folder that paths in reports are relative to"},
    {OPTION_LAUNCHER, "launcher", 0, VALUE_NEEDED, OPTIONS_NINJA, "--launcher CMD",
     "ninja: what runs the extract steps, as in --launcher 'srun -N1 -n1'"},
    {OPTION_HELP, "help", 'h', VALUE_NONE, EVERY_COMMAND, "--help", "this text; behind a command, that of the command"},
    {OPTION_VERSION, "version", 0, VALUE_NONE, EVERY_COMMAND, "--version", "the version"},
};

const struct command commands_table[COMMAND_COUNT] = {
    {"scan", OPTIONS_SCAN, "scan [-p BUILD_DIR] [FILE|DIR ...] [options] [-- CLANG ARGS ...]",
     "scan looks for Windows MDLs that are freed or unlocked before their mapping is gone, in C and C++ drivers. It\n"
     "reads compile_commands.json from BUILD_DIR, or from the nearest parent folder that has one or has\n"
     "build/compile_commands.json; with FILE and `--` it takes the compiler's arguments from the command line."},
    {"explain", OPTIONS_EXPLAIN, "explain RULE", "explain prints what a rule means, with a bad and a good example."},
    {"rules", OPTIONS_RULES,
     "rules [list | check FILE ...]\n"
     "rules infer [-p BUILD_DIR] [FILE|DIR ...] [-- CLANG ARGS ...]",
     "rules lists the rules and the routines in force, checks rule packs, or prints a pack for the wrappers in a program."},
    {"dump", OPTIONS_DUMP, "dump --stage=ir|cfg|calls|summary|state [--function F] FILE ... [-- CLANG ARGS ...]",
     "dump prints what a stage of the analysis sees."},
    {"extract", OPTIONS_EXTRACT, "extract FILE -o X.mgo [-p BUILD_DIR | [--directory DIR] -- CLANG ARGS ...]",
     "extract is the first half of a scan, on one file."},
    {"link", OPTIONS_LINK, "link X.mgo ... [@LIST] [options]",
     "link is the second half, on the files that extract wrote; @LIST names a file with one of them a line."},
    {"ninja", OPTIONS_NINJA, "ninja [-p BUILD_DIR] [FILE|DIR ...] [--launcher CMD] [-o build.ninja] [options of link]",
     "ninja writes the build file that runs the two halves, on this machine or on others."},
    {"lsp", OPTIONS_LSP, "lsp [-p BUILD_DIR] [options] [-- CLANG ARGS ...]",
     "lsp is a language server on standard input and output."},
    {"help", OPTIONS_HELP, NULL, NULL},
    {"version", OPTIONS_VERSION, NULL, NULL},
};

/* TEXT's lines, the first as it is, the others behind INDENT. */
static void add_lines(struct strbuf *out, const char *text, const char *indent)
{
    for (const char *end; (end = strchr(text, '\n')); text = end + 1)
        strbuf_addf(out, "%.*s\n%s", (int)(end - text), text, indent);
    strbuf_addf(out, "%s\n", text);
}

static void add_option(struct strbuf *out, const struct option *option)
{
    if (option->letter)
        strbuf_addf(out, "  -%c, %-21s", option->letter, option->names);
    else
        strbuf_addf(out, "      %-21s", option->names);
    add_lines(out, option->help, "                           ");
}

static void add_exit_status(struct strbuf *out, unsigned commands)
{
    if (commands & MAKES_REPORT)
        strbuf_adds(out, "\nExit status: 0 nothing at or above --fail-on; 1 findings; 2 the call, the configuration or a rule pack is\n"
                         "wrong; 3 no finding, but some input could not be analysed, or a result not be written.\n");
    else if (commands & ~(unsigned)OPTIONS_LSP)
        strbuf_adds(out, "\nExit status: 0 done; 2 the call, the configuration or a rule pack is wrong; 3 some input could not be\n"
                         "analysed, or the result not be written.\n");
    else
        strbuf_adds(out, "\nExit status: 0 after `shutdown` and `exit`, else 1; 2 the call is wrong.\n");
}

void options_help(enum options_command command, struct strbuf *out)
{
    unsigned wanted = command & ~(unsigned)(OPTIONS_HELP | OPTIONS_VERSION);
    if (wanted == 0)
        wanted = EVERY_COMMAND;
    const char *lead = "Usage: mdlguard ";
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (!(commands_table[i].command & wanted) || !commands_table[i].usage)
            continue;
        strbuf_adds(out, lead);
        lead = "       mdlguard ";
        add_lines(out, commands_table[i].usage, lead);
    }
    strbuf_addc(out, '\n');
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if ((commands_table[i].command & wanted) && commands_table[i].help)
            add_lines(out, commands_table[i].help, "");
    strbuf_addc(out, '\n');
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (options_table[i].commands & wanted)
            add_option(out, &options_table[i]);
    add_exit_status(out, wanted);
}
