/*
 * main.c - the command line's subcommands, one function each.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/options.h"

static int run(const struct options *options, struct arena *arena)
{
    switch (options->command) {
    case OPTIONS_SCAN:
        return command_scan(options, arena);
    case OPTIONS_EXPLAIN:
        return command_explain(options, arena);
    case OPTIONS_RULES:
        return command_rules(options, arena);
    case OPTIONS_DUMP:
        return command_dump(options, arena);
    case OPTIONS_LSP:
        return command_lsp(options, arena);
    case OPTIONS_EXTRACT:
        return command_extract(options, arena);
    case OPTIONS_LINK:
        return command_link(options, arena);
    case OPTIONS_NINJA:
        return command_ninja(options, arena);
    case OPTIONS_VERSION:
        printf("mdlguard %s\n", MDLGUARD_VERSION);
        break;
    case OPTIONS_HELP:
        options_print_help(options->help_on, stdout);
        break;
    }
    return fflush(stdout) == 0 ? EXIT_CLEAN : EXIT_NOT_ANALYZED;
}

int main(int argc, char **argv)
{
    struct arena arena;
    struct options options;
    struct mg_error error = {0};
    arena_init(&arena);
    setenv("SOURCE_DATE_EPOCH", "0", 0); /* clang's __DATE__ and __TIME__: the same source gives the same units, whenever it is read */
    int result = EXIT_USAGE;
    if (options_parse(argc, argv, &arena, &options, &error) == MG_OK)
        result = run(&options, &arena);
    else
        mg_error_print(&error);
    arena_release(&arena);
    return result;
}
