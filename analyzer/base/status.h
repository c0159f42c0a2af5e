/*
 * status.h - what a function that can fail returns, and the message that goes with it.
 *
 * The status says which exit status the failure leads to (README.md); the error carries the text for the user, with the
 * place it speaks of. Functions that can fail take `struct mg_error *error` as their last or last-but-one parameter and fill it
 * exactly when they return something other than MG_OK.
 */
#ifndef MDLGUARD_BASE_STATUS_H
#define MDLGUARD_BASE_STATUS_H

#include <stdint.h>

enum mg_status {
    MG_OK = 0,
    MG_USAGE,   /* the call, the configuration or a rule pack is wrong: exit status 2 */
    MG_INPUT,   /* some input could not be analysed: exit status 3 when there is no finding */
    MG_IO,      /* reading or writing failed (disk full, no permission): exit status 3 */
    MG_CORRUPT, /* a store or an encoded unit is damaged */
};

struct mg_error {
    char file[512];      /* "" when the error speaks of no file */
    uint32_t line, column; /* 1-based; 0 when unknown */
    char text[768];      /* one sentence, no newline */
};

/* Fills ERROR (which may be NULL) and returns STATUS. FILE may be NULL; LINE and COLUMN 0 when unknown. */
enum mg_status mg_fail(struct mg_error *error, enum mg_status status, const char *file, uint32_t line, uint32_t column,
                       const char *format, ...) __attribute__((format(printf, 6, 7)));

/* Prints "mdlguard: file:line:column: error: text" or "mdlguard: error: text" on standard error. */
void mg_error_print(const struct mg_error *error);
/* The same for a message of another LEVEL ("warning", "note"). FILE may be NULL; LINE and COLUMN 0 when unknown. Whatever could steer a terminal,
 * as a file's name or a source's #error may want to, is shown as U+FFFD. */
void mg_message_print(const char *level, const char *file, uint32_t line, uint32_t column, const char *text);

#endif
