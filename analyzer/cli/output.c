/*
 * output.c - the reports go where the command line says; standard error gets everything that is not a report.
 */
#include "cli/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "cli/commands.h"
#include "project/path.h"

#define BAR_WIDTH 30
#define REDRAW_SECONDS 0.1

void output_count(const struct finding_report *report, enum options_fail_on fail_on, struct output_counts *out)
{
    *out = (struct output_counts){0};
    for (uint32_t i = 0; i < report->findings.count; i++) {
        const struct finding *finding = &report->findings.items[i];
        if (finding->is_suppressed) {
            out->suppressed++;
        } else if (finding->is_baselined) {
            out->baselined++;
        } else {
            out->by_level[finding->level]++;
            out->confirmed += finding->is_confirmed;
            out->failing += (int)finding->level >= (int)fail_on;
        }
    }
}

static bool wants_color(const struct options *options)
{
    if (options->color == OPTIONS_COLOR_AUTO)
        return isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
    return options->color == OPTIONS_COLOR_ALWAYS;
}

static enum mg_status write_stdout(const struct strbuf *text, struct mg_error *error)
{
    errno = 0;
    bool is_written = fwrite(text->data, 1, text->length, stdout) == text->length;
    if (fflush(stdout) != 0 || !is_written || ferror(stdout))
        return mg_fail(error, MG_IO, "(standard output)", 0, 0, "cannot write: %s",
                       errno ? strerror(errno) : "output error");
    return MG_OK;
}

int output_print(const struct strbuf *text, int result)
{
    struct mg_error error;
    enum mg_status status = write_stdout(text, &error);
    return status == MG_OK ? result : setup_failed(status, &error);
}

static enum mg_status write_report(const struct options *options, const struct finding_report *report,
                                   const struct options_output *output, struct mg_error *error)
{
    struct report_options how = {.color = !output->file && wants_color(options), .only_root = report->root};
    struct strbuf text;
    strbuf_init(&text);
    report_render(report, output->format, &how, &text);
    enum mg_status status = output->file ? strbuf_write_file(&text, output->file, error) : write_stdout(&text, error);
    strbuf_release(&text);
    return status;
}

enum mg_status output_reports(const struct options *options, const struct finding_report *report,
                              struct mg_error *error)
{
    enum mg_status first = MG_OK;
    for (uint32_t i = 0; i < options->outputs.count; i++) {
        struct mg_error reason;
        enum mg_status status = write_report(options, report, &options->outputs.items[i], &reason);
        if (status == MG_OK)
            continue;
        if (first != MG_OK)
            mg_error_print(&reason);
        else
            *error = reason;
        first = status;
    }
    return first;
}

bool output_has_progress(const struct options *options)
{
    return !options->is_quiet && !options->is_verbose && isatty(STDERR_FILENO);
}

static const char *plural(uint32_t count)
{
    return count == 1 ? "" : "s";
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* ", 12 s left", ", 3 min left"; nothing while there is little to go by. */
static void add_time_left(const struct output_progress *self, uint32_t done, uint32_t total, struct strbuf *out)
{
    double elapsed = seconds_now() - self->start;
    if (done == 0 || elapsed < 2)
        return;
    double left = elapsed / done * (total - done);
    if (left < 90)
        strbuf_addf(out, ", %.0f s left", left);
    else
        strbuf_addf(out, ", %.0f min left", left / 60);
}

void output_progress_start(struct output_progress *self)
{
    *self = (struct output_progress){.start = seconds_now()};
}

/* "[####    ] TEXT, 8 s left" in place of what the line held. */
static void draw_progress(const struct output_progress *self, uint32_t done, uint32_t total, const char *text)
{
    char bar[BAR_WIDTH + 1];
    uint32_t filled = total ? (uint32_t)((uint64_t)done * BAR_WIDTH / total) : BAR_WIDTH;
    struct strbuf line;
    memset(bar, ' ', BAR_WIDTH);
    memset(bar, '#', filled);
    bar[BAR_WIDTH] = '\0';
    strbuf_init(&line);
    strbuf_addf(&line, "\r[%s] %s", bar, text);
    if (done < total)
        add_time_left(self, done, total, &line);
    strbuf_adds(&line, "\033[K");
    fputs(line.data, stderr);
    fflush(stderr);
    strbuf_release(&line);
}

void output_progress(void *context, uint32_t done, uint32_t total)
{
    char text[64];
    if (done < total)
        snprintf(text, sizeof(text), "%u of %u units", done, total);
    else
        snprintf(text, sizeof(text), "%u unit%s read", total, plural(total));
    draw_progress(context, done, total, text);
}

bool output_progress_is_due(struct output_progress *self)
{
    double now = seconds_now();
    if (now - self->shown < REDRAW_SECONDS)
        return false;
    self->shown = now;
    return true;
}

void output_progress_functions(const struct output_progress *self, uint32_t done, uint32_t total, uint32_t findings)
{
    char text[96];
    snprintf(text, sizeof(text), "%u of %u functions, %u finding%s", done, total, findings, plural(findings));
    draw_progress(self, done, total, text);
}

void output_progress_end(void)
{
    fprintf(stderr, "\r\033[K");
    fflush(stderr);
}

void output_notes(const struct suppress_notes *notes, const char *root)
{
    for (uint32_t i = 0; i < notes->list.count; i++) {
        const struct suppress_note *note = &notes->list.items[i];
        mg_message_print("note", path_relative(note->file, root), note->line, note->column, note->text);
    }
}

void output_summary(const struct finding_report *report, const struct output_counts *counts)
{
    uint32_t errors = counts->by_level[FINDING_ERROR], warnings = counts->by_level[FINDING_WARNING];
    uint32_t notes = counts->by_level[FINDING_NOTE];
    fprintf(stderr, "mdlguard: %u error%s, %u warning%s, %u note%s", errors, plural(errors), warnings, plural(warnings),
            notes, plural(notes));
    if (counts->suppressed)
        fprintf(stderr, ", %u suppressed", counts->suppressed);
    if (counts->baselined)
        fprintf(stderr, ", %u in the baseline", counts->baselined);
    if (report->has_trace) {
        fprintf(stderr, ", %u confirmed at run time", counts->confirmed);
        if (report->sightings.count)
            fprintf(stderr, ", %u seen there only", report->sightings.count);
    }
    fprintf(stderr, " in %u function%s of %u unit%s\n", report->function_count, plural(report->function_count),
            report->unit_count, plural(report->unit_count));
}
