/*
 * text.c - texts of violations in fixed memory.
 */
#include "text.h"

#include <string.h>

void text_add(struct text *self, const char *text)
{
    while (*text && self->length + 1 < sizeof(self->data))
        self->data[self->length++] = *text++;
    self->data[self->length] = '\0';
}

void text_number(struct text *self, uint64_t value, unsigned base)
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

void text_message(struct text *self, const struct mg_violation *violation)
{
    char one[2] = {0, 0};

    for (const char *text = violation->message; *text; text++) {
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

void text_says(struct text *self, const struct mg_event *event)
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
    text_add(self, words);
}
