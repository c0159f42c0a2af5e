/*
 * dump.c - `mdlguard dump`: what a stage of the analysis sees, for people who write rules or look for a missed finding.
 */
#include <string.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/pipeline.h"

static void dump_function(const struct options *options, const struct pipeline_program *program, ir_id function,
                          struct strbuf *out)
{
    switch (options->stage) {
    case OPTIONS_STAGE_IR:
        ir_print_function(&program->module, function, out);
        break;
    case OPTIONS_STAGE_CFG:
        ir_print_cfg(&program->module, function, out);
        break;
    case OPTIONS_STAGE_CALLS:
        callgraph_print(&program->calls, &program->module, function, out);
        break;
    case OPTIONS_STAGE_STATE:
        engine_dump_states(&program->module, &program->calls, program->rules, function, out);
        break;
    default:
        break;
    }
}

/* Is it one that the user asked for? Without a name: those that the project's own files define. */
static bool is_wanted(const struct options *options, const struct ir_function *function)
{
    if (!function->is_defined)
        return false;
    if (options->function)
        return strcmp(function->name, options->function) == 0;
    return !function->is_system;
}

/* The program is solved once for all summaries. */
static int dump_functions(const struct options *options, const struct project *project,
                          const struct pipeline_program *program, struct arena *arena)
{
    struct strbuf out;
    strbuf_init(&out);
    uint32_t count = 0;
    bool *wanted = ARENA_NEW_ARRAY(arena, bool, program->module.functions.count + 1);
    for (ir_id i = 0; i < program->module.functions.count; i++) {
        wanted[i] = is_wanted(options, &program->module.functions.items[i]);
        count += wanted[i];
        if (wanted[i] && options->stage != OPTIONS_STAGE_SUMMARY)
            dump_function(options, program, i, &out);
    }
    if (count && options->stage == OPTIONS_STAGE_SUMMARY)
        engine_dump_summaries(&program->module, &program->calls, program->rules, wanted, &out);
    int result = output_print(&out, program->gaps.count ? EXIT_NOT_ANALYZED : EXIT_CLEAN);
    strbuf_release(&out);
    setup_print_gaps(project->root, program->gaps.items, program->gaps.count);
    if (options->function && count == 0) {
        mg_message_print("error", NULL, 0, 0, arena_printf(arena, "no function '%s' is defined there", options->function));
        return program->gaps.count ? EXIT_NOT_ANALYZED : EXIT_USAGE;
    }
    return result;
}

int command_dump(const struct options *options, struct arena *arena)
{
    return setup_with_program(options, arena, dump_functions);
}
