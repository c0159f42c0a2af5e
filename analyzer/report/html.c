/*
 * html.c - one page that needs nothing else: no script, no link to the net; a policy header forbids both, should a text
 * slip through.
 *
 * A table counts findings by file and rule; below it stands each finding with its source and its path. Texts of the
 * user are escaped, and control characters replaced, before they are written.
 */
#include "report/report_int.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define CONTEXT_LINES 3u

static const char page_head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<title>mdlguard report</title>\n<style>\n"
    ":root { color-scheme: light dark; --line: #8884; --error: #c62828; --warning: #b26a00; --note: #1565c0; }\n"
    "@media (prefers-color-scheme: dark) { :root { --error: #ff6b6b; --warning: #ffb74d; --note: #64b5f6; } }\n"
    "body { font: 15px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }\n"
    "h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }\n"
    "h3 { font-size: 1rem; margin: 0; }\n"
    "table { border-collapse: collapse; } th, td { border: 1px solid var(--line); padding: .25rem .6rem; }\n"
    "th { text-align: left; } td.n { text-align: right; }\n"
    "article { border: 1px solid var(--line); border-radius: 6px; padding: .8rem 1rem; margin: 1rem 0; }\n"
    ".error { color: var(--error); } .warning { color: var(--warning); } .note { color: var(--note); }\n"
    ".place { font-family: monospace; font-size: .9rem; }\n"
    "pre { background: #8881; padding: .5rem .8rem; overflow-x: auto; margin: .6rem 0; tab-size: 4; }\n"
    "pre .hit { font-weight: bold; } pre mark { background: #ffd54f66; color: inherit; }\n"
    "ol { padding-left: 1.6rem; } li { margin: .3rem 0; } li pre { margin: .2rem 0; }\n"
    ".decision { opacity: .8; }\n"
    "</style>\n</head>\n<body>\n";

static void add_escaped(const struct report_run *run, const char *text)
{
    for (const char *c = report_printable(run, text); *c; c++) {
        switch (*c) {
        case '&':
            strbuf_adds(run->out, "&amp;");
            break;
        case '<':
            strbuf_adds(run->out, "&lt;");
            break;
        case '>':
            strbuf_adds(run->out, "&gt;");
            break;
        case '"':
            strbuf_adds(run->out, "&quot;");
            break;
        case '\'':
            strbuf_adds(run->out, "&#39;");
            break;
        default:
            strbuf_addc(run->out, *c);
        }
    }
}

/* LENGTH bytes of a source line; tabs stay. */
static void add_source(const struct report_run *run, const char *text, size_t length)
{
    while (length > 0) {
        const char *tab = memchr(text, '\t', length);
        size_t part = tab ? (size_t)(tab - text) : length;

        add_escaped(run, arena_strndup(run->arena, text, part));
        if (tab)
            strbuf_addc(run->out, '\t');
        part += tab != NULL;
        text += part;
        length -= part;
    }
}

/* The line with the primary range marked. */
static void add_marked(const struct report_run *run, const char *line, size_t length, const struct finding_range *range)
{
    size_t first = range->column - 1, last = range->end_column - 1;

    if (range->end_line > range->line || last > length)
        last = length;
    if (first > last)
        first = last;
    add_source(run, line, first);
    strbuf_adds(run->out, "<mark>");
    add_source(run, line + first, last - first);
    strbuf_adds(run->out, "</mark>");
    add_source(run, line + last, length - last);
}

/* The lines of AT with CONTEXT lines before and after; nothing when the source is not there. */
static void add_excerpt(const struct report_run *run, const struct finding_range *at, uint32_t context)
{
    struct finding_range range = report_range(at);
    const struct quote_file *file;
    const char *line;
    size_t length;
    uint32_t first = range.line > context ? range.line - context : 1;

    if (!at->file)
        return;
    file = quote_cache_get(run->quotes, at->file);
    if (!quote_line(file, range.line, &line, &length))
        return;
    strbuf_adds(run->out, "<pre>");
    for (uint32_t i = first; i <= range.line + context && quote_line(file, i, &line, &length); i++) {
        strbuf_addf(run->out, i == range.line ? "<span class=\"hit\">%5" PRIu32 " | " : "%5" PRIu32 " | ", i);
        if (i == range.line)
            add_marked(run, line, length, &range);
        else
            add_source(run, line, length);
        strbuf_adds(run->out, i == range.line ? "</span>\n" : "\n");
    }
    strbuf_adds(run->out, "</pre>\n");
}

static void add_place(const struct report_run *run, const struct finding_range *at)
{
    strbuf_adds(run->out, "<span class=\"place\">");
    add_escaped(run, report_path(run, at->file));
    strbuf_addf(run->out, ":%" PRIu32 ":%" PRIu32 "</span>", at->line, at->column);
}

/* A place that a trace knows: it has no column. */
static void add_line(const struct report_run *run, const struct finding_range *at)
{
    strbuf_adds(run->out, "<span class=\"place\">");
    add_escaped(run, report_path(run, at->file));
    strbuf_addf(run->out, ":%" PRIu32 "</span>", at->line);
}

static void add_step(const struct report_run *run, const struct finding_step *step)
{
    strbuf_addf(run->out, "<li class=\"%s\">", step->is_event ? "event" : "decision");
    add_escaped(run, step->message);
    strbuf_adds(run->out, " — ");
    add_place(run, &step->at);
    if (step->function && step->function[0]) {
        strbuf_adds(run->out, " in <code>");
        add_escaped(run, step->function);
        strbuf_adds(run->out, "</code>");
    }
    strbuf_addc(run->out, '\n');
    add_excerpt(run, &step->at, 0);
    strbuf_adds(run->out, "</li>\n");
}

static void add_steps(const struct report_run *run, const char *title, const struct finding_step *steps, uint32_t count)
{
    if (count == 0)
        return;
    strbuf_addf(run->out, "<details open><summary>%s</summary>\n<ol>\n", title);
    for (uint32_t i = 0; i < count; i++)
        add_step(run, &steps[i]);
    strbuf_adds(run->out, "</ol></details>\n");
}

static void add_finding(const struct report_run *run, const struct finding *finding, uint32_t index)
{
    const char *level = finding_level_name(finding->level);

    strbuf_addf(run->out, "<article id=\"finding-%" PRIu32 "\">\n<h3><span class=\"%s\">%s</span> ", index + 1, level,
                level);
    add_escaped(run, finding->message);
    strbuf_adds(run->out, " [");
    add_escaped(run, finding->rule);
    strbuf_addc(run->out, ' ');
    add_escaped(run, finding->name);
    strbuf_adds(run->out, "]</h3>\n<p>");
    add_place(run, &finding->at);
    strbuf_adds(run->out, " in <code>");
    add_escaped(run, finding->function);
    strbuf_adds(run->out, "</code></p>\n");
    if (finding->is_suppressed) {
        strbuf_adds(run->out, "<p>Suppressed: ");
        add_escaped(run, finding->suppression);
        strbuf_adds(run->out, "</p>\n");
    }
    if (finding->is_baselined)
        strbuf_adds(run->out, "<p>In the baseline.</p>\n");
    if (finding->is_confirmed)
        strbuf_adds(run->out, "<p><strong>Confirmed at run time.</strong></p>\n");
    add_excerpt(run, &finding->at, CONTEXT_LINES);
    add_steps(run, "Path", finding->steps.items, finding->steps.count);
    add_steps(run, "The same cause elsewhere", finding->related.items, finding->related.count);
    strbuf_adds(run->out, "</article>\n");
}

/* ---- the table ---- */

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The rules that have findings, sorted, each once. */
static uint32_t collect_rules(const struct report_run *run, const char ***out)
{
    uint32_t count = run->report->findings.count, kept = 0;
    const char **rules = ARENA_NEW_ARRAY(run->arena, const char *, (size_t)count + 1);

    for (uint32_t i = 0; i < count; i++)
        rules[i] = report_text_or_empty(run->report->findings.items[i].rule);
    qsort(rules, count, sizeof(*rules), compare_texts);
    for (uint32_t i = 0; i < count; i++)
        if (kept == 0 || strcmp(rules[kept - 1], rules[i]) != 0)
            rules[kept++] = rules[i];
    *out = rules;
    return kept;
}

/* One row: findings [FIRST, LAST) are those of one file. */
static void add_row(const struct report_run *run, uint32_t first, uint32_t last, const char **rules,
                    uint32_t rule_count)
{
    const struct finding *findings = run->report->findings.items;

    strbuf_addf(run->out, "<tr><th><a href=\"#finding-%" PRIu32 "\">", first + 1);
    add_escaped(run, report_path(run, findings[first].at.file));
    strbuf_adds(run->out, "</a></th>");
    for (uint32_t r = 0; r < rule_count; r++) {
        uint32_t count = 0;

        for (uint32_t i = first; i < last; i++)
            count += strcmp(report_text_or_empty(findings[i].rule), rules[r]) == 0;
        if (count)
            strbuf_addf(run->out, "<td class=\"n\">%" PRIu32 "</td>", count);
        else
            strbuf_adds(run->out, "<td></td>");
    }
    strbuf_addf(run->out, "<td class=\"n\">%" PRIu32 "</td></tr>\n", last - first);
}

static bool is_same_file(const struct finding *a, const struct finding *b)
{
    return strcmp(report_text_or_empty(a->at.file), report_text_or_empty(b->at.file)) == 0;
}

static void add_table(const struct report_run *run)
{
    const struct finding *findings = run->report->findings.items;
    uint32_t count = run->report->findings.count, last;
    const char **rules;
    uint32_t rule_count = collect_rules(run, &rules);

    strbuf_adds(run->out, "<table>\n<tr><th>File</th>");
    for (uint32_t r = 0; r < rule_count; r++) {
        strbuf_adds(run->out, "<th>");
        add_escaped(run, rules[r]);
        strbuf_adds(run->out, "</th>");
    }
    strbuf_adds(run->out, "<th>All</th></tr>\n");
    for (uint32_t first = 0; first < count; first = last) {
        for (last = first + 1; last < count && is_same_file(&findings[first], &findings[last]);)
            last++;
        add_row(run, first, last, rules, rule_count);
    }
    strbuf_adds(run->out, "</table>\n");
}

static void add_gaps(const struct report_run *run)
{
    const struct finding_report *report = run->report;

    if (report->gaps.count == 0)
        return;
    strbuf_adds(run->out, "<h2>Not or not wholly analysed</h2>\n<ul>\n");
    for (uint32_t i = 0; i < report->gaps.count; i++) {
        const struct finding_gap *gap = &report->gaps.items[i];

        strbuf_adds(run->out, "<li><span class=\"place\">");
        add_escaped(run, report_path(run, gap->file));
        if (gap->line)
            strbuf_addf(run->out, ":%" PRIu32 ":%" PRIu32, gap->line, gap->column);
        strbuf_adds(run->out, gap->is_partial ? "</span> (in part): " : "</span>: ");
        add_escaped(run, gap->text);
        strbuf_adds(run->out, "</li>\n");
    }
    strbuf_adds(run->out, "</ul>\n");
}

static void add_sighting(const struct report_run *run, const struct finding_sighting *sighting)
{
    const char *level = finding_level_name(sighting->level);

    strbuf_addf(run->out, "<article>\n<h3><span class=\"%s\">%s</span> ", level, level);
    add_escaped(run, sighting->message);
    strbuf_adds(run->out, " [");
    add_escaped(run, sighting->rule);
    strbuf_addc(run->out, ' ');
    add_escaped(run, sighting->name);
    strbuf_adds(run->out, "]</h3>\n");
    if (sighting->at.file) {
        strbuf_adds(run->out, "<p>");
        add_line(run, &sighting->at);
        strbuf_adds(run->out, "</p>\n");
        add_excerpt(run, &sighting->at, CONTEXT_LINES);
    }
    for (uint32_t i = 0; i < sighting->steps.count; i++) {
        strbuf_adds(run->out, "<p>");
        add_escaped(run, sighting->steps.items[i].message);
        strbuf_adds(run->out, " — ");
        add_line(run, &sighting->steps.items[i].at);
        strbuf_adds(run->out, "</p>\n");
    }
    strbuf_adds(run->out, "</article>\n");
}

static void add_sightings(const struct report_run *run)
{
    if (run->report->sightings.count == 0)
        return;
    strbuf_adds(run->out, "<h2>Seen at run time, explained by no finding</h2>\n");
    for (uint32_t i = 0; i < run->report->sightings.count; i++)
        add_sighting(run, &run->report->sightings.items[i]);
}

void report_html(const struct report_run *run)
{
    const struct finding_report *report = run->report;

    strbuf_adds(run->out, page_head);
    strbuf_addf(run->out,
                "<h1>mdlguard report</h1>\n<p>%" PRIu32 " finding%s in %" PRIu32 " translation unit%s, %" PRIu32
                " function%s. mdlguard ",
                report->findings.count, report->findings.count == 1 ? "" : "s", report->unit_count,
                report->unit_count == 1 ? "" : "s", report->function_count, report->function_count == 1 ? "" : "s");
    add_escaped(run, report->version);
    strbuf_adds(run->out, "</p>\n");
    if (report->findings.count > 0) {
        add_table(run);
        strbuf_adds(run->out, "<h2>Findings</h2>\n");
    }
    for (uint32_t i = 0; i < report->findings.count; i++)
        add_finding(run, &report->findings.items[i], i);
    add_sightings(run);
    add_gaps(run);
    strbuf_adds(run->out, "</body>\n</html>\n");
}
