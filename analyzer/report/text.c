/*
 * text.c - the text form: what a compiler prints, so that editors and terminals know its places.
 *
 * A finding is one line, the source line with its gutter, a line that underlines the primary range, and one numbered
 * note a step. Suppressed and baselined findings are left out; what could not be analysed is said on standard error,
 * not here. Tabs become blanks up to the next multiple of TAB_WIDTH; the columns of the first line count bytes, as
 * those of every compiler do.
 */
#include "report/report_int.h"

#include <inttypes.h>
#include <string.h>

#include "base/utf8.h"

#define TAB_WIDTH 4
#define BOLD "\033[1m"
#define GREEN "\033[1;32m"
#define RESET "\033[0m"

static const char *level_color(enum finding_level level)
{
    static const char *const colors[] = {"\033[1;36m", "\033[1;35m", "\033[1;31m"};

    return colors[level];
}

static void add_color(const struct report_run *run, const char *color)
{
    if (run->color)
        strbuf_adds(run->out, color);
}

/* "file:line:column: level: ", coloured. */
static void add_place(const struct report_run *run, const struct finding_range *at, enum finding_level level)
{
    add_color(run, BOLD);
    strbuf_addf(run->out, "%s:%" PRIu32 ":%" PRIu32 ": ", report_printable(run, report_path(run, at->file)), at->line,
                at->column);
    add_color(run, level_color(level));
    strbuf_addf(run->out, "%s: ", finding_level_name(level));
    add_color(run, RESET);
}

/* The columns that CODE takes on the screen when it stands at screen column AT. */
static uint32_t screen_width(uint32_t code, uint32_t at)
{
    return code == '\t' ? TAB_WIDTH - at % TAB_WIDTH : 1;
}

/* The screen column (from 0) of byte BYTE of a line. */
static uint32_t screen_column(const char *line, size_t length, size_t byte)
{
    uint32_t column = 0, code;

    for (size_t i = 0; i < length && i < byte;) {
        i += utf8_next(line + i, length - i, &code);
        column += screen_width(code, column);
    }
    return column;
}

static void add_quote_line(struct strbuf *out, const char *line, size_t length)
{
    uint32_t column = 0, code;

    for (size_t i = 0; i < length;) {
        size_t bytes = utf8_next(line + i, length - i, &code);
        uint32_t width = screen_width(code, column);

        if (code == '\t')
            strbuf_addf(out, "%*s", (int)width, "");
        else
            utf8_add_printable(out, line + i, bytes);
        column += width;
        i += bytes;
    }
}

/* The screen columns of the first line of RANGE: from *START for *WIDTH columns, at least one. */
static void underline(const struct finding_range *range, const char *line, size_t length, uint32_t *start,
                      uint32_t *width)
{
    size_t first = range->column - 1, last = range->end_column - 1;
    uint32_t end;

    if (range->end_line > range->line || last > length)
        last = length;
    if (first > length)
        first = length;
    *start = screen_column(line, length, first);
    end = screen_column(line, length, last);
    *width = end > *start ? end - *start : 1;
}

static void add_excerpt(const struct report_run *run, const struct finding_range *at)
{
    struct finding_range range = report_range(at);
    const char *line;
    size_t length;
    uint32_t start, width;
    int gutter;

    if (!at->file || !quote_line(quote_cache_get(run->quotes, at->file), range.line, &line, &length))
        return;
    while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\t'))
        length--;
    underline(&range, line, length, &start, &width);
    gutter = (int)strlen(arena_printf(run->arena, "%5" PRIu32, range.line));
    strbuf_addf(run->out, "%5" PRIu32 " | ", range.line);
    add_quote_line(run->out, line, length);
    strbuf_addf(run->out, "\n%*s | %*s", gutter, "", (int)start, "");
    add_color(run, GREEN);
    strbuf_addc(run->out, '^');
    while (--width > 0)
        strbuf_addc(run->out, '~');
    add_color(run, RESET);
    strbuf_addc(run->out, '\n');
}

static void add_finding(const struct report_run *run, const struct finding *finding)
{
    add_place(run, &finding->at, finding->level);
    add_color(run, BOLD);
    strbuf_adds(run->out, report_printable(run, finding->message));
    add_color(run, RESET);
    strbuf_addf(run->out, " [%s %s]\n", report_text_or_empty(finding->rule), report_text_or_empty(finding->name));
    add_excerpt(run, &finding->at);
    for (uint32_t i = 0; i < finding->steps.count; i++) {
        const struct finding_step *step = &finding->steps.items[i];

        add_place(run, &step->at, FINDING_NOTE);
        strbuf_addf(run->out, "%" PRIu32 ": %s\n", i + 1, report_printable(run, step->message));
    }
    for (uint32_t i = 0; i < finding->related.count; i++) {
        add_place(run, &finding->related.items[i].at, FINDING_NOTE);
        strbuf_addf(run->out, "%s\n", report_printable(run, finding->related.items[i].message));
    }
    if (finding->is_confirmed) {
        add_place(run, &finding->at, FINDING_NOTE);
        strbuf_adds(run->out, REPORT_CONFIRMED "\n");
    }
}

/* A place that a trace knows: it has no column. */
static void add_sighted_place(const struct report_run *run, const struct finding_range *at, enum finding_level level)
{
    add_color(run, BOLD);
    if (at->file)
        strbuf_addf(run->out, "%s:%" PRIu32 ": ", report_printable(run, report_path(run, at->file)), at->line);
    add_color(run, level_color(level));
    strbuf_addf(run->out, "%s: ", finding_level_name(level));
    add_color(run, RESET);
}

static void add_sighting(const struct report_run *run, const struct finding_sighting *sighting)
{
    add_sighted_place(run, &sighting->at, sighting->level);
    strbuf_addf(run->out, REPORT_UNEXPLAINED ": %s [%s%s%s]\n", report_printable(run, sighting->message), sighting->rule,
                sighting->name[0] ? " " : "", sighting->name);
    for (uint32_t i = 0; i < sighting->steps.count; i++) {
        add_sighted_place(run, &sighting->steps.items[i].at, FINDING_NOTE);
        strbuf_addf(run->out, "%s\n", report_printable(run, sighting->steps.items[i].message));
    }
}

void report_text(const struct report_run *run)
{
    for (uint32_t i = 0; i < run->report->findings.count; i++)
        if (report_is_counted(&run->report->findings.items[i]))
            add_finding(run, &run->report->findings.items[i]);
    for (uint32_t i = 0; i < run->report->sightings.count; i++)
        add_sighting(run, &run->report->sightings.items[i]);
}
