/*
 * json.c - mdlguard's own JSON, version 1: the findings that count (not suppressed, not in the baseline) and what could
 * not be analysed.
 *
 * Lines and columns are 1-based, columns count bytes, the end column is exclusive. docs/reports.md describes the
 * fields.
 */
#include "report/report_int.h"

#include "report/jsonout.h"

static void put_range(const struct report_run *run, json_t *object, const struct finding_range *at)
{
    struct finding_range range = report_range(at);

    json_put_text(object, "file", report_path(run, at->file));
    json_put_number(object, "line", range.line);
    json_put_number(object, "column", range.column);
    json_put_number(object, "endLine", range.end_line);
    json_put_number(object, "endColumn", range.end_column);
}

static void push_step(const struct report_run *run, json_t *path, const struct finding_step *step)
{
    json_t *object = json_push_object(path);

    put_range(run, object, &step->at);
    json_put_text(object, "message", step->message);
    json_put_text(object, "function", step->function);
    json_put_number(object, "depth", step->depth);
}

static void push_finding(const struct report_run *run, json_t *findings, const struct finding *finding)
{
    json_t *object = json_push_object(findings);
    json_t *path;

    json_put_text(object, "rule", finding->rule);
    json_put_text(object, "name", finding->name);
    json_put_text(object, "level", finding_level_name(finding->level));
    json_put_text(object, "message", finding->message);
    put_range(run, object, &finding->at);
    json_put_text(object, "function", finding->function);
    json_put_text(object, "fingerprint", finding->fingerprint);
    if (run->report->has_trace)
        json_put_bool(object, "confirmedAtRunTime", finding->is_confirmed);
    path = json_put_array(object, "path");
    for (uint32_t i = 0; i < finding->steps.count; i++)
        push_step(run, path, &finding->steps.items[i]);
    if (finding->related.count == 0)
        return;
    path = json_put_array(object, "alternatives");
    for (uint32_t i = 0; i < finding->related.count; i++)
        push_step(run, path, &finding->related.items[i]);
}

static void put_line(const struct report_run *run, json_t *object, const struct finding_range *at)
{
    json_put_text(object, "file", report_path(run, at->file));
    json_put_number(object, "line", at->line);
}

static void push_sighting(const struct report_run *run, json_t *sightings, const struct finding_sighting *sighting)
{
    json_t *object = json_push_object(sightings), *path;

    json_put_text(object, "rule", sighting->rule);
    json_put_text(object, "name", sighting->name);
    json_put_text(object, "level", finding_level_name(sighting->level));
    json_put_text(object, "message", sighting->message);
    put_line(run, object, &sighting->at);
    path = json_put_array(object, "path");
    for (uint32_t i = 0; i < sighting->steps.count; i++) {
        json_t *step = json_push_object(path);

        put_line(run, step, &sighting->steps.items[i].at);
        json_put_text(step, "message", sighting->steps.items[i].message);
    }
}

static void push_gap(const struct report_run *run, json_t *gaps, const struct finding_gap *gap)
{
    json_t *object = json_push_object(gaps);

    json_put_text(object, "file", report_path(run, gap->file));
    json_put_number(object, "line", gap->line);
    json_put_number(object, "column", gap->column);
    json_put_text(object, "text", gap->text);
    json_put_bool(object, "partial", gap->is_partial);
}

void report_json(const struct report_run *run)
{
    const struct finding_report *report = run->report;
    json_t *top = json_new_object();
    json_t *tool, *list;

    json_put_number(top, "version", 1);
    tool = json_put_object(top, "tool");
    json_put_text(tool, "name", "mdlguard");
    json_put_text(tool, "version", report->version);
    list = json_put_array(top, "findings");
    for (uint32_t i = 0; i < report->findings.count; i++)
        if (report_is_counted(&report->findings.items[i]))
            push_finding(run, list, &report->findings.items[i]);
    if (report->has_trace) {
        list = json_put_array(top, "seenAtRunTimeOnly");
        for (uint32_t i = 0; i < report->sightings.count; i++)
            push_sighting(run, list, &report->sightings.items[i]);
    }
    list = json_put_array(top, "unanalyzed");
    for (uint32_t i = 0; i < report->gaps.count; i++)
        push_gap(run, list, &report->gaps.items[i]);
    json_write(top, run->out);
}
