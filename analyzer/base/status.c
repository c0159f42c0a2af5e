/*
 * status.c - filling and printing of errors.
 */
#include "base/status.h"

#include <stdio.h>
#include <string.h>

/* A message is one line: compilers and YAML parsers hand out texts with line breaks in them. */
static void flatten(char *text)
{
    for (char *p = text; *p; p++)
        if (*p == '\n' || *p == '\r')
            *p = ' ';
}

enum mg_status mg_fail(struct mg_error *error, enum mg_status status, const char *file, uint32_t line, uint32_t column,
                       const char *format, ...)
{
    if (!error)
        return status;
    /* Format first: an argument may point into *error, which callers do to wrap a message. */
    char text[sizeof(error->text)];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    flatten(text);
    char name[sizeof(error->file)];
    snprintf(name, sizeof(name), "%s", file ? file : "");
    memcpy(error->text, text, sizeof(text));
    memcpy(error->file, name, sizeof(name));
    error->line = line;
    error->column = column;
    return status;
}

void mg_error_print(const struct mg_error *error)
{
    fprintf(stderr, "mdlguard: ");
    if (error->file[0])
        fprintf(stderr, "%s:", error->file);
    if (error->file[0] && error->line)
        fprintf(stderr, "%u:", error->line);
    if (error->file[0] && error->line && error->column)
        fprintf(stderr, "%u:", error->column);
    fprintf(stderr, "%serror: %s\n", error->file[0] ? " " : "", error->text);
}
