/*
 * options.c - parsing of the command line: what is in option_table.c, and one function that stores a value.
 */
#include "cli/options.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "cli/option_table.h"

struct parser {
    int argc, at;
    char **argv;
    struct arena *arena;
    struct options *out;
    struct mg_error *error;
};

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
    case OPTION_HELP: out->help_on = out->command; out->command = OPTIONS_HELP; return MG_OK;
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

/* 0 when there is none of that name. */
static enum options_command command_named(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(name, commands_table[i].name) == 0)
            return commands_table[i].command;
    return 0;
}

static enum mg_status unknown_command(struct parser *self, const char *name)
{
    const char *names[COMMAND_COUNT];
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        names[i] = commands_table[i].name;
    const char *nearest = nearest_name(name, names, COMMAND_COUNT);
    const char *hint = nearest ? arena_printf(self->arena, "; did you mean %s?", nearest)
                               : "; there are scan, explain, rules, dump, lsp, extract, link and ninja";
    return mg_fail(self->error, MG_USAGE, NULL, 0, 0, "unknown command '%s'%s", name, hint);
}

static enum mg_status parse_command(struct parser *self)
{
    if (self->argc < 2)
        return usage(self, "%s; see mdlguard --help", "which command? There are scan, explain, rules, dump, lsp, extract, link and ninja");
    const char *name = self->argv[1];
    self->out->command = command_named(name);
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        self->out->command = OPTIONS_HELP;
    if (strcmp(name, "--version") == 0)
        self->out->command = OPTIONS_VERSION;
    if (self->out->command)
        return MG_OK;
    return unknown_command(self, name);
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
    case OPTIONS_HELP:
        return out->inputs.count && !out->help_on ? unknown_command(self, out->inputs.items[0]) : MG_OK;
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
    if (status == MG_OK && out->command == OPTIONS_HELP && out->inputs.count)
        out->help_on = command_named(out->inputs.items[0]); /* mdlguard help scan */
    if (status == MG_OK)
        status = check_inputs(&self);
    if (status == MG_OK && out->outputs.count == 0) {
        struct options_output text = {.format = REPORT_TEXT};
        VEC_PUSH_IN(arena, &out->outputs, text);
    }
    return status;
}
