/*
 * options.c - parsing of the command line: one table of options, one function that stores a value.
 */
#include "cli/options.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli/nearest.h"

enum option_id {
    OPTION_BUILD_DIR,
    OPTION_FORMAT,
    OPTION_JOBS,
    OPTION_DB,
    OPTION_NO_DB,
    OPTION_NO_SHARED_HEADERS,
    OPTION_RULES,
    OPTION_BASELINE,
    OPTION_CONFIRM,
    OPTION_FAIL_ON,
    OPTION_ONLY,
    OPTION_SKIP,
    OPTION_CONFIG,
    OPTION_TIMEOUT,
    OPTION_MEMORY,
    OPTION_QUIET,
    OPTION_VERBOSE,
    OPTION_COLOR,
    OPTION_STAGE,
    OPTION_FUNCTION,
    OPTION_OUTPUT,
    OPTION_DIRECTORY,
    OPTION_PROBLEM,
    OPTION_ROOT,
    OPTION_LAUNCHER,
    OPTION_HELP,
    OPTION_VERSION,
};

enum option_value { VALUE_NONE, VALUE_NEEDED, VALUE_OPTIONAL /* only behind '=' */ };

struct option {
    enum option_id id;
    const char *name; /* without "--" */
    char letter;      /* 0: none */
    enum option_value value;
    unsigned commands; /* that take it: OPTIONS_… bits */
};

#define LOWERS_MANY (OPTIONS_SCAN | OPTIONS_DUMP | OPTIONS_LSP | OPTIONS_RULES /* infer */)
#define LOWERS_SOURCE (LOWERS_MANY | OPTIONS_EXTRACT)
#define READS_SOURCE (LOWERS_SOURCE | OPTIONS_NINJA)
#define MAKES_REPORT (OPTIONS_SCAN | OPTIONS_LINK | OPTIONS_NINJA)
#define USES_RULES (MAKES_REPORT | OPTIONS_DUMP | OPTIONS_RULES)
#define EVERY_COMMAND UINT32_MAX

static const struct option options_table[] = {
    {OPTION_BUILD_DIR, "build-dir", 'p', VALUE_NEEDED, READS_SOURCE},
    {OPTION_FORMAT, "format", 'f', VALUE_NEEDED, MAKES_REPORT},
    {OPTION_JOBS, "jobs", 'j', VALUE_NEEDED, LOWERS_MANY},
    {OPTION_DB, "db", 0, VALUE_NEEDED, OPTIONS_SCAN},
    {OPTION_NO_DB, "no-db", 0, VALUE_NONE, OPTIONS_SCAN},
    {OPTION_NO_SHARED_HEADERS, "no-shared-headers", 0, VALUE_NONE, OPTIONS_SCAN},
    {OPTION_RULES, "rules", 0, VALUE_NEEDED, USES_RULES | OPTIONS_LSP},
    {OPTION_BASELINE, "baseline", 0, VALUE_NEEDED, MAKES_REPORT},
    {OPTION_CONFIRM, "confirm", 0, VALUE_NEEDED, OPTIONS_SCAN | OPTIONS_LINK},
    {OPTION_FAIL_ON, "fail-on", 0, VALUE_NEEDED, MAKES_REPORT},
    {OPTION_ONLY, "only", 0, VALUE_NEEDED, MAKES_REPORT},
    {OPTION_SKIP, "skip", 0, VALUE_NEEDED, MAKES_REPORT},
    {OPTION_CONFIG, "config", 0, VALUE_NEEDED, USES_RULES},
    {OPTION_TIMEOUT, "timeout", 0, VALUE_NEEDED, LOWERS_SOURCE},
    {OPTION_MEMORY, "memory", 0, VALUE_NEEDED, LOWERS_SOURCE},
    {OPTION_QUIET, "quiet", 'q', VALUE_NONE, OPTIONS_SCAN | OPTIONS_LINK},
    {OPTION_VERBOSE, "verbose", 'v', VALUE_NONE, OPTIONS_SCAN | OPTIONS_LINK | OPTIONS_DUMP},
    {OPTION_COLOR, "color", 0, VALUE_OPTIONAL, OPTIONS_SCAN | OPTIONS_LINK},
    {OPTION_STAGE, "stage", 0, VALUE_NEEDED, OPTIONS_DUMP},
    {OPTION_FUNCTION, "function", 0, VALUE_NEEDED, OPTIONS_DUMP},
    {OPTION_OUTPUT, "output", 'o', VALUE_NEEDED, OPTIONS_EXTRACT | OPTIONS_NINJA},
    {OPTION_DIRECTORY, "directory", 0, VALUE_NEEDED, OPTIONS_EXTRACT},
    {OPTION_PROBLEM, "problem", 0, VALUE_NEEDED, OPTIONS_EXTRACT},
    {OPTION_ROOT, "root", 0, VALUE_NEEDED, OPTIONS_LINK},
    {OPTION_LAUNCHER, "launcher", 0, VALUE_NEEDED, OPTIONS_NINJA},
    {OPTION_HELP, "help", 'h', VALUE_NONE, EVERY_COMMAND},
    {OPTION_VERSION, "version", 0, VALUE_NONE, EVERY_COMMAND},
};
#define OPTION_COUNT (sizeof(options_table) / sizeof(options_table[0]))

static const struct {
    const char *name;
    enum options_command command;
} commands[] = {
    {"scan", OPTIONS_SCAN}, {"explain", OPTIONS_EXPLAIN}, {"rules", OPTIONS_RULES},     {"dump", OPTIONS_DUMP},
    {"lsp", OPTIONS_LSP},   {"help", OPTIONS_HELP},       {"version", OPTIONS_VERSION}, {"extract", OPTIONS_EXTRACT},
    {"link", OPTIONS_LINK}, {"ninja", OPTIONS_NINJA},
};
#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

struct parser {
    int argc, at;
    char **argv;
    struct arena *arena;
    struct options *out;
    struct mg_error *error;
};

static const char help_text[] =
    "Usage: mdlguard scan [-p BUILD_DIR] [FILE|DIR ...] [options] [-- CLANG ARGS ...]\n"
    "       mdlguard explain RULE\n"
    "       mdlguard rules [list | check FILE ...]\n"
    "       mdlguard rules infer [-p BUILD_DIR] [FILE|DIR ...] [-- CLANG ARGS ...]\n"
    "       mdlguard dump --stage=ir|cfg|calls|summary|state [--function F] FILE ... [-- CLANG ARGS ...]\n"
    "       mdlguard extract FILE -o X.mgo [-p BUILD_DIR | [--directory DIR] -- CLANG ARGS ...]\n"
    "       mdlguard link X.mgo ... [@LIST] [options]\n"
    "       mdlguard ninja [-p BUILD_DIR] [FILE|DIR ...] [--launcher CMD] [-o build.ninja] [options of link]\n"
    "       mdlguard lsp [-p BUILD_DIR] [options] [-- CLANG ARGS ...]\n"
    "\n"
    "scan looks for Windows MDLs that are freed or unlocked before their mapping is gone, in C and C++ drivers. It\n"
    "reads compile_commands.json from BUILD_DIR, or from the nearest parent folder that has one or has\n"
    "build/compile_commands.json; with FILE and `--` it takes the compiler's arguments from the command line.\n"
    "explain prints what a rule means, rules lists or checks rule packs, dump prints what a stage of the\n"
    "analysis sees, and lsp is a language server on standard input and output. extract and link are the two halves of\n"
    "a scan, on files; ninja writes the build file that runs them, on this machine or on others.\n"
    "\n"
    "  -p, --build-dir DIR      folder of compile_commands.json, or that file\n"
    "  -f, --format F[=FILE]    text, sarif, json, html, codeclimate or github, to FILE or standard output;\n"
    "                           may be repeated (default: text)\n"
    "  -j, --jobs N             worker processes (default: one a core)\n"
    "      --db FILE            the store (default: .mdlguard/mdlguard.db beside the compile database)\n"
    "      --no-db              write no store\n"
    "      --no-shared-headers  read every header anew for each unit, none precompiled\n"
    "      --rules FILE|DIR     more rule packs, or a built-in one that is optional (linux); may be repeated\n"
    "      --baseline FILE      an earlier SARIF report: what is in it does not fail the run\n"
    "      --confirm TRACE      what the runtime shim saw: marks the findings that it confirms, and lists what no\n"
    "                           finding explains; may be repeated\n"
    "      --fail-on LEVEL      lowest level that makes the exit status 1: error, warning, note or never\n"
    "                           (default: warning)\n"
    "      --only RULE,...      report these rules only\n"
    "      --skip RULE,...      do not report these rules\n"
    "      --config FILE        configuration (default: .mdlguard.yaml, searched upwards)\n"
    "      --timeout S          seconds for one translation unit (default: 60; 0: no limit)\n"
    "      --memory MIB         memory of one worker (default: 2048; 0: no limit)\n"
    "  -q, --quiet              no progress bar and no summary\n"
    "  -v, --verbose            say more about what is done\n"
    "      --color[=WHEN]       auto, always or never (default: auto)\n"
    "  -o, --output FILE        extract: the file to write, with FILE.d for what it depends on; ninja: the build file\n"
    "                           (default: standard output)\n"
    "      --directory DIR      extract: the arguments behind -- are clang's own, to be run in DIR\n"
    "      --problem TEXT       extract: what is wrong with these arguments, for the report\n"
    "      --root DIR           link: the folder that paths in reports are relative to\n"
    "      --launcher CMD       ninja: what runs the extract steps, as in --launcher 'srun -N1 -n1'\n"
    "  -h, --help               this text\n"
    "      --version            the version\n"
    "\n"
    "Exit status: 0 nothing at or above --fail-on; 1 findings; 2 the call, the configuration or a rule pack is\n"
    "wrong; 3 no finding, but some input could not be analysed.\n";

void options_print_help(FILE *stream)
{
    fputs(help_text, stream);
}

static enum mg_status usage(struct parser *self, const char *text, const char *subject)
{
    return mg_fail(self->error, MG_USAGE, NULL, 0, 0, text, subject);
}

/* ---- values ---- */

/* Reads a whole number up to LIMIT. */
static enum mg_status parse_number(struct parser *self, const char *name, const char *text, uint32_t lowest,
                                   uint32_t limit, uint32_t *out)
{
    char *end;
    errno = 0;
    unsigned long value = text[0] >= '0' && text[0] <= '9' ? strtoul(text, &end, 10) : ULONG_MAX;
    if (value == ULONG_MAX || errno || *end || value < lowest || value > limit)
        return mg_fail(self->error, MG_USAGE, NULL, 0, 0, "--%s wants a whole number from %u to %u, not '%s'", name,
                       lowest, limit, text);
    *out = (uint32_t)value;
    return MG_OK;
}

/* "MDL001,MDL002": appended to OUT one by one. */
static enum mg_status parse_list(struct parser *self, const char *name, const char *text, struct text_list *out)
{
    while (*text) {
        size_t length = strcspn(text, ",");
        if (length)
            VEC_PUSH_IN(self->arena, out, arena_strndup(self->arena, text, length));
        text += length;
        text += *text == ',';
    }
    if (out->count == 0)
        return usage(self, "--%s wants the ids of rules, separated by commas", name);
    return MG_OK;
}

static enum mg_status parse_format(struct parser *self, const char *text)
{
    struct options_output output = {0};
    const char *sign = strchr(text, '=');
    const char *name = sign ? arena_strndup(self->arena, text, (size_t)(sign - text)) : text;
    output.file = sign ? sign + 1 : NULL;
    if (!report_format_parse(name, &output.format))
        return usage(self, "there is no report format '%s'; there are text, sarif, json, html, codeclimate and github",
                     name);
    if (output.file && !*output.file)
        return usage(self, "--format %s= lacks the name of a file", name);
    for (uint32_t i = 0; i < self->out->outputs.count && !output.file; i++)
        if (!self->out->outputs.items[i].file)
            return usage(self, "two formats for standard output: give '%s' a file, as in -f FORMAT=FILE", name);
    VEC_PUSH_IN(self->arena, &self->out->outputs, output);
    return MG_OK;
}

bool options_parse_fail_on(const char *name, enum options_fail_on *out)
{
    static const char *const names[] = {"note", "warning", "error", "never"}; /* in the order of the enum */
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i]) == 0) {
            *out = (enum options_fail_on)i;
            return true;
        }
    }
    return false;
}

static enum mg_status parse_color(struct parser *self, const char *text)
{
    if (!text || strcmp(text, "always") == 0)
        self->out->color = OPTIONS_COLOR_ALWAYS;
    else if (strcmp(text, "never") == 0)
        self->out->color = OPTIONS_COLOR_NEVER;
    else if (strcmp(text, "auto") == 0)
        self->out->color = OPTIONS_COLOR_AUTO;
    else
        return usage(self, "--color is auto, always or never, not '%s'", text);
    return MG_OK;
}

static enum mg_status parse_stage(struct parser *self, const char *text)
{
    static const char *const names[] = {"ir", "cfg", "calls", "summary", "state"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(text, names[i]) == 0)
            self->out->stage = (enum options_stage)(OPTIONS_STAGE_IR + i);
    if (self->out->stage == OPTIONS_STAGE_NONE)
        return usage(self, "there is no stage '%s'; there are ir, cfg, calls, summary and state", text);
    return MG_OK;
}

static enum mg_status store_value(struct parser *self, const struct option *option, const char *value)
{
    struct options *out = self->out;
    switch (option->id) {
    case OPTION_BUILD_DIR: out->build_dir = value; return MG_OK;
    case OPTION_FORMAT: return parse_format(self, value);
    case OPTION_JOBS: return parse_number(self, "jobs", value, 1, 1024, &out->jobs);
    case OPTION_DB: out->db = value; return MG_OK;
    case OPTION_NO_DB: out->no_db = true; return MG_OK;
    case OPTION_NO_SHARED_HEADERS: out->no_shared_headers = true; return MG_OK;
    case OPTION_RULES: VEC_PUSH_IN(self->arena, &out->rule_files, value); return MG_OK;
    case OPTION_BASELINE: out->baseline = value; return MG_OK;
    case OPTION_CONFIRM: VEC_PUSH_IN(self->arena, &out->traces, value); return MG_OK;
    case OPTION_FAIL_ON:
        if (options_parse_fail_on(value, &out->fail_on))
            return MG_OK;
        return usage(self, "--fail-on is error, warning, note or never, not '%s'", value);
    case OPTION_ONLY: return parse_list(self, "only", value, &out->only);
    case OPTION_SKIP: return parse_list(self, "skip", value, &out->skip);
    case OPTION_CONFIG: out->config = value; return MG_OK;
    case OPTION_TIMEOUT: return parse_number(self, "timeout", value, 0, 86400, &out->timeout_seconds);
    case OPTION_MEMORY: return parse_number(self, "memory", value, 0, 1u << 24, &out->memory_mib);
    case OPTION_QUIET: out->is_quiet = true; return MG_OK;
    case OPTION_VERBOSE: out->is_verbose = true; return MG_OK;
    case OPTION_COLOR: return parse_color(self, value);
    case OPTION_STAGE: return parse_stage(self, value);
    case OPTION_FUNCTION: out->function = value; return MG_OK;
    case OPTION_OUTPUT: out->output = value; return MG_OK;
    case OPTION_DIRECTORY: out->directory = value; return MG_OK;
    case OPTION_PROBLEM: out->problem = value; return MG_OK;
    case OPTION_ROOT: out->root = value; return MG_OK;
    case OPTION_LAUNCHER: out->launcher = value; return MG_OK;
    case OPTION_HELP: out->command = OPTIONS_HELP; return MG_OK;
    case OPTION_VERSION: out->command = OPTIONS_VERSION; return MG_OK;
    }
    return MG_OK;
}

/* ---- options ---- */

/* LENGTH bytes at NAME are no option of the command: says which is nearest. */
static enum mg_status unknown_option(struct parser *self, const char *arg, const char *name, size_t length)
{
    const char *names[OPTION_COUNT];
    uint32_t count = 0;
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (options_table[i].commands & self->out->command)
            names[count++] = options_table[i].name;
    const char *wanted = arena_strndup(self->arena, name, length);
    const char *nearest = nearest_name(wanted, names, count);
    const char *hint = nearest ? arena_printf(self->arena, "; did you mean --%s?", nearest) : "; see mdlguard --help";
    return mg_fail(self->error, MG_USAGE, NULL, 0, 0, "unknown option '%s'%s", arg, hint);
}

/* --name, --name=value, --name value */
static enum mg_status parse_long(struct parser *self, const char *arg)
{
    const char *name = arg + 2, *sign = strchr(name, '=');
    size_t length = sign ? (size_t)(sign - name) : strlen(name);
    const struct option *option = NULL;
    for (size_t i = 0; i < OPTION_COUNT && !option; i++)
        if (strlen(options_table[i].name) == length && strncmp(options_table[i].name, name, length) == 0 &&
            (options_table[i].commands & self->out->command))
            option = &options_table[i];
    if (!option)
        return unknown_option(self, arg, name, length);
    const char *value = sign ? sign + 1 : NULL;
    if (sign && option->value == VALUE_NONE)
        return usage(self, "--%s takes no value", option->name);
    if (!sign && option->value == VALUE_NEEDED) {
        if (self->at >= self->argc)
            return usage(self, "--%s lacks its value", option->name);
        value = self->argv[self->at++];
    }
    return store_value(self, option, value);
}

/* -j 4, -j4, and letters without a value together: -qv */
static enum mg_status parse_short(struct parser *self, const char *arg)
{
    for (const char *p = arg + 1; *p; p++) {
        const struct option *option = NULL;
        for (size_t i = 0; i < OPTION_COUNT && !option; i++)
            if (options_table[i].letter == *p && (options_table[i].commands & self->out->command))
                option = &options_table[i];
        if (!option)
            return unknown_option(self, arg, arg + 1, strlen(arg + 1));
        const char *value = NULL;
        if (option->value == VALUE_NEEDED) {
            value = p[1] ? p + 1 : self->at < self->argc ? self->argv[self->at++] : NULL;
            if (!value)
                return usage(self, "%s lacks its value", arg);
            return store_value(self, option, value);
        }
        enum mg_status status = store_value(self, option, NULL);
        if (status != MG_OK)
            return status;
    }
    return MG_OK;
}

/* ---- the whole line ---- */

static enum mg_status parse_command(struct parser *self)
{
    if (self->argc < 2)
        return usage(self, "%s; see mdlguard --help", "which command? There are scan, explain, rules, dump, lsp, extract, link and ninja");
    const char *name = self->argv[1];
    const char *names[COMMAND_COUNT];
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        names[i] = commands[i].name;
        if (strcmp(name, commands[i].name) == 0)
            self->out->command = commands[i].command;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        self->out->command = OPTIONS_HELP;
    if (strcmp(name, "--version") == 0)
        self->out->command = OPTIONS_VERSION;
    if (self->out->command)
        return MG_OK;
    const char *nearest = nearest_name(name, names, COMMAND_COUNT);
    const char *hint = nearest ? arena_printf(self->arena, "; did you mean %s?", nearest)
                               : "; there are scan, explain, rules, dump, lsp, extract, link and ninja";
    return mg_fail(self->error, MG_USAGE, NULL, 0, 0, "unknown command '%s'%s", name, hint);
}

/* What a command needs beside its options. */
static enum mg_status check_inputs(struct parser *self)
{
    const struct options *out = self->out;
    switch (out->command) {
    case OPTIONS_EXPLAIN:
        if (out->inputs.count != 1)
            return usage(self, "explain wants one rule, as in: mdlguard explain %s", "MDL002");
        return MG_OK;
    case OPTIONS_DUMP:
        if (out->stage == OPTIONS_STAGE_NONE)
            return usage(self, "dump wants --stage=%s", "ir, cfg, calls, summary or state");
        if (out->inputs.count == 0 && !out->build_dir)
            return usage(self, "dump wants a %s", "FILE");
        return MG_OK;
    case OPTIONS_EXTRACT:
        if (out->inputs.count != 1 || !out->output)
            return usage(self, "extract wants one FILE and -o %s", "X.mgo");
        if (out->directory && !out->compiler_args)
            return usage(self, "--directory wants the compiler's arguments behind %s", "--");
        return MG_OK;
    case OPTIONS_LINK:
        if (out->inputs.count == 0)
            return usage(self, "link wants the files that extract wrote, as in: mdlguard link %s", "X.mgo Y.mgo");
        return MG_OK;
    case OPTIONS_LSP:
        if (out->inputs.count)
            return usage(self, "lsp takes no files: '%s'", out->inputs.items[0]);
        return MG_OK;
    default: return MG_OK;
    }
}

static enum mg_status parse_rest(struct parser *self)
{
    bool takes_compiler_args = (self->out->command & (READS_SOURCE | OPTIONS_LSP)) != 0;
    while (self->at < self->argc) {
        const char *arg = self->argv[self->at++];
        enum mg_status status = MG_OK;
        if (strcmp(arg, "--") == 0 && takes_compiler_args) {
            self->out->compiler_args = (const char *const *)(self->argv + self->at);
            self->out->compiler_arg_count = (uint32_t)(self->argc - self->at);
            return MG_OK;
        }
        if (strncmp(arg, "--", 2) == 0)
            status = parse_long(self, arg);
        else if (arg[0] == '-' && arg[1])
            status = parse_short(self, arg);
        else
            VEC_PUSH_IN(self->arena, &self->out->inputs, arg);
        if (status != MG_OK || self->out->command == OPTIONS_HELP || self->out->command == OPTIONS_VERSION)
            return status;
    }
    return MG_OK;
}

enum mg_status options_parse(int argc, char **argv, struct arena *arena, struct options *out, struct mg_error *error)
{
    *out = (struct options){.timeout_seconds = 60, .memory_mib = 2048, .fail_on = OPTIONS_FAIL_ON_UNSET};
    struct parser self = {.argc = argc, .at = 2, .argv = argv, .arena = arena, .out = out, .error = error};
    enum mg_status status = parse_command(&self);
    if (status == MG_OK)
        status = parse_rest(&self);
    if (status == MG_OK)
        status = check_inputs(&self);
    if (status == MG_OK && out->outputs.count == 0) {
        struct options_output text = {.format = REPORT_TEXT};
        VEC_PUSH_IN(arena, &out->outputs, text);
    }
    return status;
}
