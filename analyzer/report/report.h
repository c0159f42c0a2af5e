/*
 * report.h - the report formats of docs/reports.md, each a pure function of the findings.
 */
#ifndef MDLGUARD_REPORT_REPORT_H
#define MDLGUARD_REPORT_REPORT_H

#include <stdbool.h>

#include "base/status.h"
#include "base/strbuf.h"
#include "report/finding.h"

#define REPORT_FORMATS(X)                                                                                              \
    X(TEXT, "text")                                                                                                    \
    X(SARIF, "sarif")                                                                                                  \
    X(JSON, "json")                                                                                                    \
    X(HTML, "html")                                                                                                    \
    X(CODECLIMATE, "codeclimate")                                                                                      \
    X(GITHUB, "github")

enum report_format {
#define X(id, text) REPORT_##id,
    REPORT_FORMATS(X)
#undef X
};

const char *report_format_name(enum report_format format);
/* Parses a format's name; false when there is none of that name. */
bool report_format_parse(const char *name, enum report_format *out);

struct report_options {
    bool color;            /* TEXT */
    const char *only_root; /* unused by most; paths below it are printed relative to it. Usually report->root */
};

/* Appends the report in FORMAT to OUT. Source lines for TEXT are read from the files (missing ones are left out). */
void report_render(const struct finding_report *report, enum report_format format, const struct report_options *options,
                   struct strbuf *out);

#endif
