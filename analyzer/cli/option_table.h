/*
 * option_table.h - the commands and options of the command line, as data: what is taken, and what the help says of it.
 */
#ifndef MDLGUARD_CLI_OPTION_TABLE_H
#define MDLGUARD_CLI_OPTION_TABLE_H


#include "cli/options.h"

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
    const char *names; /* how the help writes it; with its value */
    const char *help;  /* lines of at most 80 characters */
};

#define LOWERS_MANY (OPTIONS_SCAN | OPTIONS_DUMP | OPTIONS_LSP | OPTIONS_RULES /* infer */)
#define LOWERS_SOURCE (LOWERS_MANY | OPTIONS_EXTRACT)
#define READS_SOURCE (LOWERS_SOURCE | OPTIONS_NINJA)

struct command {
    const char *name;
    enum options_command command;
    const char *usage; /* its forms, one a line, without "mdlguard"; NULL for what is no work: help, version */
    const char *help;  /* lines */
};

enum { OPTION_COUNT = OPTION_VERSION + 1, COMMAND_COUNT = 10 };

extern const struct option options_table[OPTION_COUNT];
extern const struct command commands_table[COMMAND_COUNT];

#endif
