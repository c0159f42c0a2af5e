/*
 * report_int.h - what the report formats share; private to this folder.
 */
#ifndef MDLGUARD_REPORT_REPORT_INT_H
#define MDLGUARD_REPORT_REPORT_INT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "report/finding.h"
#include "report/quote.h"

/* One rendering. Everything is borrowed; the arena and the quoted files live for this rendering only. */
struct report_run {
    const struct finding_report *report;
    const char *root; /* paths below it are shown relative to it; NULL: none are */
    bool color;
    struct arena *arena;
    struct quote_cache *quotes;
    struct strbuf *out;
};

/* What the formats say of a finding, and of a violation without one, when there is a trace. */
#define REPORT_CONFIRMED "confirmed at run time"
#define REPORT_UNEXPLAINED "seen at run time, explained by no finding"

void report_text(const struct report_run *run);
void report_sarif(const struct report_run *run);
void report_json(const struct report_run *run);
void report_html(const struct report_run *run);
void report_codeclimate(const struct report_run *run);
void report_github(const struct report_run *run);

/* FILE relative to the root when below it, else FILE; a NULL file is "". Points into FILE. */
const char *report_path(const struct report_run *run, const char *file);
/* AT with every gap closed: lines and columns at least 1, an end that is not before the start. */
struct finding_range report_range(const struct finding_range *at);
/* Does FINDING ask for attention? Not when it is suppressed or in the baseline. */
bool report_is_counted(const struct finding *finding);
/* TEXT, or "" for NULL. */
const char *report_text_or_empty(const char *text);
/* TEXT in the run's arena with every byte that is no UTF-8 and every control character replaced by U+FFFD. */
const char *report_printable(const struct report_run *run, const char *text);

#endif
