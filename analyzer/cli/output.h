/*
 * output.h - what a scan writes: reports, the progress bar, the summary on standard error.
 */
#ifndef MDLGUARD_CLI_OUTPUT_H
#define MDLGUARD_CLI_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/strbuf.h"
#include "cli/options.h"
#include "report/finding.h"
#include "report/suppress.h"

/* How many findings count, and how many do not. */
struct output_counts {
    uint32_t by_level[FINDING_ERROR + 1];
    uint32_t failing; /* at or above --fail-on */
    uint32_t suppressed, baselined, confirmed;
};

void output_count(const struct finding_report *report, enum options_fail_on fail_on, struct output_counts *out);

/* Renders REPORT in every format that OPTIONS ask for, and writes all that can be written. MG_IO, with the first error, when something
 * could not be; the others are printed. */
enum mg_status output_reports(const struct options *options, const struct finding_report *report,
                              struct mg_error *error);

/* Writes TEXT to standard output: the exit status RESULT, or that of a result that could not be written, which is said then. */
int output_print(const struct strbuf *text, int result);

/* A line that is drawn over: "[#####     ] 12 of 40 units, 8 s left", then "[#####     ] 200 of 430 functions, 3 findings, 2 s left". */
struct output_progress {
    double start; /* seconds of the monotonic clock */
    double shown; /* when the functions were last drawn, the same */
};

void output_progress_start(struct output_progress *self);
/* The units read. CONTEXT is the struct. */
void output_progress(void *context, uint32_t done, uint32_t total);
/* Is it time to draw functions again? */
bool output_progress_is_due(struct output_progress *self);
void output_progress_functions(const struct output_progress *self, uint32_t done, uint32_t total, uint32_t findings);
/* Takes the line away. */
void output_progress_end(void);
/* Wanted, and on a terminal? */
bool output_has_progress(const struct options *options);

/* What is wrong with the sources' suppressions. Files below ROOT are named as in reports. */
void output_notes(const struct suppress_notes *notes, const char *root);
/* One line that says what was found in how much. */
void output_summary(const struct finding_report *report, const struct output_counts *counts);

#endif
