/*
 * analysis.c - the pipeline, called for an editor: only what changed is lowered, in small portions so that an analysis
 * that is cut short by the next keystroke has not worked in vain.
 */
#include "lsp/analysis.h"

#include "cli/commands.h"
#include "cli/config.h"
#include "ruleset/ruleset.h"

/* Units lowered before the first of them is handed back. */
#define PORTION 16u

/* The texts of the documents that are files. */
static struct frontend_unsaved *collect_unsaved(const struct documents *documents, struct arena *arena, uint32_t *count)
{
    struct frontend_unsaved *list = ARENA_NEW_ARRAY(arena, struct frontend_unsaved, documents->open.count);

    *count = 0;
    for (uint32_t i = 0; i < documents->open.count; i++) {
        const struct document *document = &documents->open.items[i];

        if (document->path)
            list[(*count)++] = (struct frontend_unsaved){document->path, document->text, document->length};
    }
    return list;
}

static enum mg_status lower_portions(const struct analysis_request *request,
                                     const struct pipeline_lower_options *options, struct mg_error *error)
{
    for (uint32_t done = 0; done < request->wanted_count; done += PORTION) {
        uint32_t left = request->wanted_count - done, count = left < PORTION ? left : PORTION;
        enum mg_status status =
            pipeline_lower(request->project, request->wanted + done, count, options, request->units, error);

        if (status != MG_OK)
            return status;
        for (uint32_t i = 0; i < count; i++)
            request->lowered(request->context, request->wanted[done + i]);
    }
    return MG_OK;
}

enum mg_status analysis_run(const struct analysis_request *request, struct arena *arena, struct finding_report *out,
                            struct mg_error *error)
{
    struct pipeline_lower_options lower;
    struct ruleset rules;
    struct config config;
    uint32_t unsaved_count;
    struct frontend_unsaved *unsaved = collect_unsaved(request->documents, arena, &unsaved_count);

    enum mg_status status = setup_rules(request->options, request->project->root, arena, &config, &rules, error);
    if (status != MG_OK)
        return status;
    setup_lowering(request->options, &lower);
    lower.unsaved = unsaved;
    lower.unsaved_count = unsaved_count;
    status = lower_portions(request, &lower, error);
    if (status == MG_OK) {
        pipeline_link_and_check(request->project, request->units, &rules, unsaved, unsaved_count, arena, out);
        config_suppress(&config, arena, out, NULL);
    }
    ruleset_release(&rules);
    return status;
}
