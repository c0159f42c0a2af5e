/*
 * status.c - filling and printing of errors.
 */
#include "base/status.h"

#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/utf8.h"

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
    mg_message_print("error", error->file, error->line, error->column, error->text);
}

void mg_message_print(const char *level, const char *file, uint32_t line, uint32_t column, const char *text)
{
    struct strbuf out;
    strbuf_init(&out);
    strbuf_adds(&out, "mdlguard: ");
    if (file && file[0]) {
        utf8_add_printable(&out, file, strlen(file));
        if (line)
            strbuf_addf(&out, ":%u", line);
        if (line && column)
            strbuf_addf(&out, ":%u", column);
        strbuf_adds(&out, ": ");
    }
    strbuf_addf(&out, "%s: ", level);
    utf8_add_printable(&out, text, strlen(text));
    strbuf_addc(&out, '\n');
    fputs(out.data, stderr);
    strbuf_release(&out);
}
