/*
 * analysis.h - one analysis of a program: what it is given, what it hands back. The server's only door to the pipeline,
 * and where tests put something simpler behind it.
 */
#ifndef MDLGUARD_LSP_ANALYSIS_H
#define MDLGUARD_LSP_ANALYSIS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "cli/options.h"
#include "cli/pipeline.h"
#include "lsp/documents.h"
#include "project/project.h"
#include "report/finding.h"

struct analysis_request {
    const struct project *project;
    struct pipeline_units *units; /* one a unit of the project; those not in `wanted` are up to date */
    const uint32_t *wanted;       /* indices of the units to be lowered again */
    uint32_t wanted_count;
    const struct documents *documents; /* their texts stand for the files */
    const struct options *options;     /* the server's command line: rule packs, limits */
    /* Called when unit UNIT was lowered, or failed: units->items[UNIT] is new. */
    void (*lowered)(void *context, uint32_t unit);
    void *context;
};

/* Fills *OUT, whose contents live in ARENA. A unit that fails is a gap in the report; a configuration or a rule pack
 * that is wrong is a failure. */
typedef enum mg_status analysis_function(const struct analysis_request *request, struct arena *arena,
                                         struct finding_report *out, struct mg_error *error);

/* The pipeline. */
analysis_function analysis_run;

#endif
