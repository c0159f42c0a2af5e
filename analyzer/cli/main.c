/*
 * main.c - the command line's subcommands, one function each.
 */
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/output.h"

/* --help, --version */
static int about(const struct options *options)
{
    struct strbuf text;
    strbuf_init(&text);
    if (options->command == OPTIONS_HELP)
        options_help(options->help_on, &text);
    else
        strbuf_addf(&text, "mdlguard %s\n", MDLGUARD_VERSION);
    int result = output_print(&text, EXIT_CLEAN);
    strbuf_release(&text);
    return result;
}

/* The memory of one function's analysis is given back before that of the next is taken, thousands of times: it stays with the process, as far as these
 * bytes go, and is not asked of the system anew, page by page. */
static void keep_memory(void)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
#endif
}

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
    case OPTIONS_HELP:
        break;
    }
    return about(options);
}

int main(int argc, char **argv)
{
    struct arena arena;
    struct options options;
    struct mg_error error = {0};
    keep_memory();
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
