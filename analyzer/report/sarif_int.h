/*
 * sarif_int.h - shared by the two files that write SARIF: sarif.c (the run and its results) and sarif_tool.c (the tool,
 * its rules and the taxonomy they refer to).
 */
#ifndef MDLGUARD_REPORT_SARIF_INT_H
#define MDLGUARD_REPORT_SARIF_INT_H

#include <stdint.h>

#include <jansson.h>

#include "report/report_int.h"

struct sarif {
    const struct report_run *run;
    const char **files; /* every file that the report names, sorted, each once: the run's artifacts */
    uint32_t file_count;
};

/* The value of run.tool. */
json_t *sarif_tool(const struct report_run *run);
/* The value of run.taxonomies: CWE with the entries that the rules refer to. */
json_t *sarif_taxonomies(const struct report_run *run);
/* {"text": TEXT} where TEXT ends in a full stop, as SARIF wants sentences. */
json_t *sarif_message(const struct report_run *run, const char *text);
/* The index of rule ID in report->rules, or UINT32_MAX. */
uint32_t sarif_rule_index(const struct finding_report *report, const char *id);

#endif
