/*
 * print.c - violations as text for people.
 */
#include "text.h"

static void text_place(struct text *self, const struct mg_site *site)
{
    if (!site->file)
        return;
    text_add(self, site->file);
    text_add(self, ":");
    text_number(self, site->line, 10);
    text_add(self, ": ");
}

static void print_stack(const struct mg_event *event, const struct mg_printer *printer)
{
    char name[160];

    for (uint32_t d = 0; d < event->site.depth; d++) {
        struct text line = {.length = 0};

        text_add(&line, "    at ");
        name[0] = '\0';
        if (printer->describe)
            printer->describe(printer->context, event->site.stack[d], name, sizeof(name));
        if (name[0])
            text_add(&line, name);
        else
            text_number(&line, (uint64_t)(uintptr_t)event->site.stack[d], 16);
        printer->line(printer->context, line.data);
    }
}

static void print_event(const char *what, const struct mg_event *event, const struct mg_printer *printer, bool with_stack)
{
    struct text line = {.length = 0};

    if (!event->sequence)
        return;
    text_add(&line, "  ");
    text_place(&line, &event->site);
    text_add(&line, what);
    text_add(&line, " #");
    text_number(&line, event->sequence, 10);
    text_add(&line, " ");
    if (event->routine < mg_routine_count)
        text_add(&line, mg_routines[event->routine].name);
    if (event->says)
        text_add(&line, event->routine < mg_routine_count ? ": " : "");
    text_says(&line, event);
    text_add(&line, event->is_wrong && !with_stack ? " (the wrong call)" : "");
    printer->line(printer->context, line.data);
    if (with_stack)
        print_stack(event, printer);
}

void mg_violation_print(const struct mg_violation *self, const struct mg_printer *printer)
{
    static const char *const levels[] = {"note", "warning", "error"};
    struct text head = {.length = 0};

    text_place(&head, &self->primary.site);
    text_add(&head, levels[self->rule->level]);
    text_add(&head, ": ");
    text_message(&head, self);
    text_add(&head, " [");
    text_add(&head, self->rule->id);
    text_add(&head, " ");
    text_add(&head, self->rule->name);
    text_add(&head, "]");
    printer->line(printer->context, head.data);
    print_event(self->now.sequence ? "wrong call" : "event", &self->primary, printer, true);
    if (self->now.sequence != self->primary.sequence)
        print_event("noticed at", &self->now, printer, true);
    print_event("mapping made by", &self->made, printer, true);
    print_event("mapping ended by", &self->ended, printer, true);
    for (uint32_t e = 0; e < self->history_count; e++)
        print_event("history", &self->history[e], printer, false);
}
