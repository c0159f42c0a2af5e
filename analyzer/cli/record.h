/*
 * record.h - a finished scan, written to the store.
 */
#ifndef MDLGUARD_CLI_RECORD_H
#define MDLGUARD_CLI_RECORD_H

#include "base/status.h"
#include "cli/pipeline.h"

/* Replaces the scan in the store at PATH (made when absent) by this one. What is worth a word about the store is printed on standard error. */
enum mg_status record_scan(const char *path, const struct project *project, const struct pipeline_program *program,
                           const struct engine_result *engine, const struct finding_report *report,
                           struct mg_error *error);

#endif
