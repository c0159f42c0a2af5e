/*
 * strbuf.h - a growing, always NUL-terminated byte buffer; also the writer's side of the binary encodings.
 */
#ifndef MDLGUARD_BASE_STRBUF_H
#define MDLGUARD_BASE_STRBUF_H

#include <stdarg.h>
#include <stddef.h>

#include "base/status.h"

struct strbuf {
    char *data; /* owned; "" (not owned) while empty */
    size_t length, capacity;
};

void strbuf_init(struct strbuf *self);
void strbuf_release(struct strbuf *self);
/* Back to empty, keeping the memory. */
void strbuf_clear(struct strbuf *self);
/* Only the LENGTH bytes at FROM, which are in it, are left. */
void strbuf_keep(struct strbuf *self, const void *from, size_t length);
void strbuf_add(struct strbuf *self, const void *data, size_t length);
void strbuf_adds(struct strbuf *self, const char *text);
void strbuf_addc(struct strbuf *self, char c);
void strbuf_addf(struct strbuf *self, const char *format, ...) __attribute__((format(printf, 2, 3)));
void strbuf_vaddf(struct strbuf *self, const char *format, va_list args);
/* Hands the heap memory over (free() it); the buffer is empty afterwards. */
char *strbuf_detach(struct strbuf *self);

/* The whole file at PATH, appended. MG_IO with an error that says why. */
enum mg_status strbuf_read_file(struct strbuf *self, const char *path, struct mg_error *error);
/* Writes the buffer to PATH through a temporary file beside it, so that PATH holds the old or the new bytes, never a part. */
enum mg_status strbuf_write_file(const struct strbuf *self, const char *path, struct mg_error *error);

#endif
