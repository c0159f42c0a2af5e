/*
 * trace.c - violations as records of a trace, which `mdlguard scan --confirm` reads (docs/runtime.md has the format; analyzer/cli/trace.c is the
 * reader). Each line stands for itself and says which violation it belongs to: lines of several processors may mix, others may stand between
 * them, and what a crash cuts off is a line at most.
 */
#include "text.h"

#define RECORD "mdlguard-trace 1 "

/* RECORD NUMBER KIND */
static struct text begin(const struct mg_violation *violation, const char *kind)
{
    struct text line = {.length = 0};

    text_add(&line, RECORD);
    text_number(&line, violation->number, 10);
    text_add(&line, " ");
    text_add(&line, kind);
    text_add(&line, " ");
    return line;
}

/* The place comes last, because the name of a file may hold anything but the end of a line. */
static void add_place(struct text *line, const struct mg_site *site)
{
    text_add(line, " ");
    if (!site->file) {
        text_add(line, "-");
        return;
    }
    text_number(line, site->line, 10);
    text_add(line, " ");
    text_add(line, site->file);
}

/* The name's first word: "MmPrepareMdlForReuse" of "MmPrepareMdlForReuse (macro)". */
static void add_routine(struct text *line, uint16_t routine)
{
    const char *name = routine < mg_routine_count ? mg_routines[routine].name : "-";
    char one[2] = {0, 0};

    for (; *name && *name != ' '; name++) {
        one[0] = *name;
        text_add(line, one);
    }
}

static void trace_event(const struct mg_violation *violation, const char *kind, const struct mg_event *event, const struct mg_printer *printer)
{
    struct text line = begin(violation, kind);

    if (!event->sequence)
        return;
    add_routine(&line, event->routine);
    add_place(&line, &event->site);
    printer->line(printer->context, line.data);
}

void mg_violation_trace(const struct mg_violation *self, const struct mg_printer *printer)
{
    struct text line = begin(self, "violation");

    text_add(&line, self->rule->id);
    add_place(&line, &self->primary.site);
    printer->line(printer->context, line.data);
    line = begin(self, "message");
    text_message(&line, self);
    printer->line(printer->context, line.data);
    trace_event(self, "made", &self->made, printer);
    trace_event(self, "ended", &self->ended, printer);
    if (self->now.sequence != self->primary.sequence)
        trace_event(self, "noticed", &self->now, printer);
}
