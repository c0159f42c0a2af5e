/*
 * report.c - from a format's name to the function that writes it, and the small things all of them need.
 */
#include "report/report.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"
#include "project/path.h"
#include "report/report_int.h"

static const char *const format_names[] = {
#define X(id, text) text,
    REPORT_FORMATS(X)
#undef X
};

const char *report_format_name(enum report_format format)
{
    return format_names[format];
}

bool report_format_parse(const char *name, enum report_format *out)
{
    for (size_t i = 0; i < sizeof(format_names) / sizeof(format_names[0]); i++) {
        if (strcmp(format_names[i], name) == 0) {
            *out = (enum report_format)i;
            return true;
        }
    }
    return false;
}

static void render(const struct report_run *run, enum report_format format)
{
    switch (format) {
    case REPORT_TEXT:
        report_text(run);
        return;
    case REPORT_SARIF:
        report_sarif(run);
        return;
    case REPORT_JSON:
        report_json(run);
        return;
    case REPORT_HTML:
        report_html(run);
        return;
    case REPORT_CODECLIMATE:
        report_codeclimate(run);
        return;
    case REPORT_GITHUB:
        report_github(run);
        return;
    }
    assert(!"a format of the enum");
}

void report_render(const struct finding_report *report, enum report_format format, const struct report_options *options,
                   struct strbuf *out)
{
    struct arena arena;
    struct quote_cache quotes;
    struct report_run run = {.report = report, .root = report->root, .arena = &arena, .quotes = &quotes, .out = out};

    if (options && options->only_root)
        run.root = options->only_root;
    run.color = options && options->color;
    arena_init(&arena);
    quote_cache_init(&quotes, &arena);
    render(&run, format);
    arena_release(&arena);
}

const char *report_path(const struct report_run *run, const char *file)
{
    return file && run->root ? path_relative(file, run->root) : report_text_or_empty(file);
}

struct finding_range report_range(const struct finding_range *at)
{
    struct finding_range range = *at;

    if (range.line == 0)
        range.line = 1;
    if (range.column == 0)
        range.column = 1;
    if (range.end_line < range.line) {
        range.end_line = range.line;
        range.end_column = 0;
    }
    if (range.end_column == 0 || (range.end_line == range.line && range.end_column <= range.column))
        range.end_column = range.end_line == range.line ? range.column + 1 : 1;
    return range;
}

bool report_is_counted(const struct finding *finding)
{
    return !finding->is_suppressed && !finding->is_baselined;
}

const char *report_text_or_empty(const char *text)
{
    return text ? text : "";
}

const char *report_printable(const struct report_run *run, const char *text)
{
    struct strbuf clean;
    const char *copy;

    strbuf_init(&clean);
    utf8_add_printable(&clean, report_text_or_empty(text), text ? strlen(text) : 0);
    copy = arena_strndup(run->arena, clean.data, clean.length);
    strbuf_release(&clean);
    return copy;
}
