/*
 * options.h - the command line: what `mdlguard --help` lists.
 */
#ifndef MDLGUARD_CLI_OPTIONS_H
#define MDLGUARD_CLI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "project/split.h"
#include "report/finding.h"
#include "report/report.h"

enum options_command {
    OPTIONS_SCAN = 1u << 0,
    OPTIONS_EXPLAIN = 1u << 1,
    OPTIONS_RULES = 1u << 2,
    OPTIONS_DUMP = 1u << 3,
    OPTIONS_LSP = 1u << 4,
    OPTIONS_HELP = 1u << 5,
    OPTIONS_VERSION = 1u << 6,
    OPTIONS_EXTRACT = 1u << 7,
    OPTIONS_LINK = 1u << 8,
    OPTIONS_NINJA = 1u << 9,
};

/* Lowest level that makes the exit status 1. */
enum options_fail_on {
    OPTIONS_FAIL_ON_NOTE = FINDING_NOTE,
    OPTIONS_FAIL_ON_WARNING = FINDING_WARNING,
    OPTIONS_FAIL_ON_ERROR = FINDING_ERROR,
    OPTIONS_FAIL_ON_NEVER,
    OPTIONS_FAIL_ON_UNSET, /* the configuration's, else warning */
};

enum options_color { OPTIONS_COLOR_AUTO, OPTIONS_COLOR_ALWAYS, OPTIONS_COLOR_NEVER };

enum options_stage {
    OPTIONS_STAGE_NONE,
    OPTIONS_STAGE_IR,
    OPTIONS_STAGE_CFG,
    OPTIONS_STAGE_CALLS,
    OPTIONS_STAGE_SUMMARY,
    OPTIONS_STAGE_STATE,
};

struct options_output {
    enum report_format format;
    const char *file; /* NULL: standard output */
};

/* Strings are the caller's argv, or in the arena. */
struct options {
    enum options_command command, help_on; /* help_on: 0, or the one whose help is asked for */
    struct text_list inputs;          /* scan, dump: FILEs and DIRs; explain: the rule; rules: the action and its files */
    const char *const *compiler_args; /* behind `--`, or NULL */
    uint32_t compiler_arg_count;
    const char *build_dir;            /* -p, or NULL */
    VEC(struct options_output) outputs; /* never empty for scan */
    uint32_t jobs;                    /* 0: one a core */
    uint32_t timeout_seconds, memory_mib;
    const char *db; /* NULL: the default place */
    bool no_db;
    bool no_shared_headers;
    struct text_list rule_files, only, skip, traces;
    const char *baseline, *config; /* or NULL */
    enum options_fail_on fail_on;
    bool is_quiet, is_verbose;
    enum options_color color;
    enum options_stage stage; /* dump */
    const char *function;     /* dump; NULL: all */
    const char *output;       /* extract, ninja; NULL: none given */
    const char *directory;    /* extract: where the compiler's arguments, which are clang's own, are run; or NULL */
    const char *problem;      /* extract: what is wrong with these arguments; or NULL */
    const char *root;         /* link: what paths in reports are relative to; or NULL */
    const char *launcher;     /* ninja: what runs the extract steps; or NULL */
};

/* Parses the arguments of main. MG_USAGE with a sentence for the user, which names the nearest option when one is unknown. */
enum mg_status options_parse(int argc, char **argv, struct arena *arena, struct options *out, struct mg_error *error);

/* False when NAME is not one of error, warning, note, never. */
bool options_parse_fail_on(const char *name, enum options_fail_on *out);

/* Appends what COMMAND does and which options it has; of all commands when it is none that has any. */
void options_help(enum options_command command, struct strbuf *out);

#endif
