/*
 * github.c - workflow commands of GitHub Actions: printed in a job's log, they become annotations on the lines of a
 * pull request.
 *
 * Values are escaped as the runner decodes them: % CR LF everywhere, in properties also ':' and ','. Columns are only
 * given for ranges within one line; the service drops them otherwise. Suppressed and baselined findings are
 * left out.
 */
#include "report/report_int.h"

#include <inttypes.h>
#include <string.h>

#include "base/utf8.h"

static void add_escaped(struct strbuf *out, const char *text, bool is_property)
{
    struct strbuf clean;

    strbuf_init(&clean);
    utf8_add_clean(&clean, text, strlen(text));
    for (size_t i = 0; i < clean.length; i++) {
        char c = clean.data[i];

        if (c == '%' || c == '\r' || c == '\n' || (is_property && (c == ':' || c == ',')))
            strbuf_addf(out, "%%%02X", (unsigned)c);
        else
            strbuf_addc(out, c);
    }
    strbuf_release(&clean);
}

static void add_property(const struct report_run *run, const char *separator, const char *name, const char *value)
{
    strbuf_addf(run->out, "%s%s=", separator, name);
    add_escaped(run->out, value, true);
}

static void add_range(const struct report_run *run, const struct finding_range *at)
{
    struct finding_range range = report_range(at);

    add_property(run, " ", "file", report_path(run, at->file));
    strbuf_addf(run->out, ",line=%" PRIu32, range.line);
    if (range.end_line > range.line)
        strbuf_addf(run->out, ",endLine=%" PRIu32, range.end_line);
    else
        strbuf_addf(run->out, ",col=%" PRIu32 ",endColumn=%" PRIu32, range.column, range.end_column);
}

/* The path, one line a step, within the one message that an annotation has. */
static void add_steps(const struct report_run *run, const struct finding *finding)
{
    for (uint32_t i = 0; i < finding->steps.count; i++) {
        const struct finding_step *step = &finding->steps.items[i];

        strbuf_addf(run->out, "%%0A%" PRIu32 ": ", i + 1);
        add_escaped(run->out, report_path(run, step->at.file), false);
        strbuf_addf(run->out, ":%" PRIu32 ": ", step->at.line);
        add_escaped(run->out, report_text_or_empty(step->message), false);
    }
}

static void add_finding(const struct report_run *run, const struct finding *finding)
{
    static const char *const commands[] = {"notice", "warning", "error"};

    strbuf_addf(run->out, "::%s", commands[finding->level]);
    add_range(run, &finding->at);
    add_property(run, ",", "title", report_text_or_empty(finding->rule));
    strbuf_addc(run->out, ' ');
    add_escaped(run->out, report_text_or_empty(finding->name), true);
    strbuf_adds(run->out, "::");
    add_escaped(run->out, report_text_or_empty(finding->message), false);
    if (finding->is_confirmed)
        strbuf_adds(run->out, " (" REPORT_CONFIRMED ")");
    add_steps(run, finding);
    strbuf_addc(run->out, '\n');
}

static void add_sighting(const struct report_run *run, const struct finding_sighting *sighting)
{
    strbuf_adds(run->out, "::notice");
    add_property(run, " ", "title", sighting->rule);
    strbuf_addc(run->out, ' ');
    add_escaped(run->out, sighting->name, true);
    if (sighting->at.file) {
        add_property(run, ",", "file", report_path(run, sighting->at.file));
        strbuf_addf(run->out, ",line=%" PRIu32, sighting->at.line);
    }
    strbuf_adds(run->out, "::" REPORT_UNEXPLAINED ": ");
    add_escaped(run->out, sighting->message, false);
    strbuf_addc(run->out, '\n');
}

static void add_gap(const struct report_run *run, const struct finding_gap *gap)
{
    strbuf_adds(run->out, gap->is_partial ? "::notice" : "::warning");
    add_property(run, " ", "file", report_path(run, gap->file));
    if (gap->line)
        strbuf_addf(run->out, ",line=%" PRIu32, gap->line);
    if (gap->line && gap->column)
        strbuf_addf(run->out, ",col=%" PRIu32, gap->column);
    add_property(run, ",", "title", gap->is_partial ? "mdlguard: analysed in part" : "mdlguard: not analysed");
    strbuf_adds(run->out, "::");
    add_escaped(run->out, report_text_or_empty(gap->text), false);
    strbuf_addc(run->out, '\n');
}

void report_github(const struct report_run *run)
{
    for (uint32_t i = 0; i < run->report->findings.count; i++)
        if (report_is_counted(&run->report->findings.items[i]))
            add_finding(run, &run->report->findings.items[i]);
    for (uint32_t i = 0; i < run->report->sightings.count; i++)
        add_sighting(run, &run->report->sightings.items[i]);
    for (uint32_t i = 0; i < run->report->gaps.count; i++)
        add_gap(run, &run->report->gaps.items[i]);
}
