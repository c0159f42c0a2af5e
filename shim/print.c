/*
 * print.c - violations as text. No libc beyond memcpy: it has to work in a driver, where there is no snprintf.
 */
#include <string.h>

#include "tracker.h"

struct text {
    char data[400];
    size_t length;
};

static void text_add(struct text *self, const char *text)
{
    while (*text && self->length + 1 < sizeof(self->data))
        self->data[self->length++] = *text++;
    self->data[self->length] = '\0';
}

static void text_number(struct text *self, uint64_t value, unsigned base)
{
    char digits[24];
    size_t at = sizeof(digits) - 1;

    digits[at] = '\0';
    do {
        digits[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    text_add(self, base == 16 ? "0x" : "");
    text_add(self, digits + at);
}

static void text_states(struct text *self, uint32_t pages)
{
    const char *separator = "";

    for (uint32_t p = 0; p < mg_flag_pages_count; p++)
        if (pages & MG_BIT(p)) {
            text_add(self, separator);
            text_add(self, mg_pages_names[p]);
            separator = " or ";
        }
}

/* The value of the word {NAME}. */
static void text_word(struct text *self, const struct mg_violation *violation, const char *name, size_t length)
{
    if (length == 3 && memcmp(name, "mdl", 3) == 0)
        text_number(self, violation->object, 16);
    else if (length == 5 && memcmp(name, "token", 5) == 0)
        text_number(self, violation->token, 16);
    else if (length == 5 && memcmp(name, "state", 5) == 0)
        text_states(self, violation->pages);
    else if (length == 7 && memcmp(name, "mapping", 7) == 0)
        text_add(self, violation->mapping_kind < 0 ? "" : mg_mapping_names[violation->mapping_kind]);
    else if (length == 5 && memcmp(name, "early", 5) == 0 && violation->ended.sequence)
        text_add(self, mg_routines[violation->ended.routine].name);
}

static void text_template(struct text *self, const struct mg_violation *violation, const char *text)
{
    char one[2] = {0, 0};

    for (; *text; text++) {
        const char *end = *text == '{' ? strchr(text, '}') : NULL;

        if (end) {
            text_word(self, violation, text + 1, (size_t)(end - text - 1));
            text = end;
        } else {
            one[0] = *text;
            text_add(self, one);
        }
    }
}

static void text_place(struct text *self, const struct mg_site *site)
{
    if (!site->file)
        return;
    text_add(self, site->file);
    text_add(self, ":");
    text_number(self, site->line, 10);
    text_add(self, ": ");
}

/* "says" of the tables, without the part that names the token. */
static void text_says(struct text *self, const struct mg_event *event)
{
    const char *cut = event->says ? strstr(event->says, ", ") : NULL;
    char words[96];
    size_t length;

    if (!event->says)
        return;
    length = cut && strchr(cut, '{') ? (size_t)(cut - event->says) : strlen(event->says);
    length = length < sizeof(words) ? length : sizeof(words) - 1;
    memcpy(words, event->says, length);
    words[length] = '\0';
    text_add(self, event->routine < mg_routine_count ? ": " : "");
    text_add(self, words);
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
    text_template(&head, self, self->message);
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
