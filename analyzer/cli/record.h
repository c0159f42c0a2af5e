/*
 * record.h - a finished scan, written to the store.
 */
#ifndef MDLGUARD_CLI_RECORD_H
#define MDLGUARD_CLI_RECORD_H

#include "base/status.h"
#include "cli/cache.h"
#include "cli/pipeline.h"

/* Replaces the scan in STORE by this one; UNITS are those of the cache, one a unit of the project, and RESULT is what the next scan can
 * take instead of analysing all again. */
enum mg_status record_scan(struct store *store, const struct project *project, const struct pipeline_program *program,
                           const struct engine_result *engine, const struct finding_report *report,
                           const struct cache_unit *units, const struct store_result *result, struct mg_error *error);

#endif
