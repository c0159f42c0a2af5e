/*
 * text.h - a line of text in fixed memory, for print.c and trace.c. What does not fit is cut off. No libc: it has to work in a driver.
 */
#ifndef MDLGUARD_SHIM_TEXT_H
#define MDLGUARD_SHIM_TEXT_H

#include "tracker.h"

/* Starts as {.length = 0}. */
struct text {
    char data[400];
    size_t length;
};

void text_add(struct text *self, const char *text);
void text_number(struct text *self, uint64_t value, unsigned base);
/* The sentence that VIOLATION is. */
void text_message(struct text *self, const struct mg_violation *violation);
/* What EVENT did, without the part that names the token; nothing when the tables do not say. */
void text_says(struct text *self, const struct mg_event *event);

#endif
