/*
 * utf8.h - reading text that claims to be UTF-8: source files, paths and messages may hold any bytes.
 */
#ifndef MDLGUARD_BASE_UTF8_H
#define MDLGUARD_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

#define UTF8_INVALID UINT32_MAX

/* Reads one code point at TEXT (LENGTH > 0 bytes) into CODE and returns its bytes. A byte that starts no well-formed
 * sequence (overlong forms and surrogates included) is UTF8_INVALID and one byte long. */
size_t utf8_next(const char *text, size_t length, uint32_t *code);
bool utf8_is_valid(const char *text, size_t length);

/* Appends TEXT with U+FFFD for every invalid byte. */
void utf8_add_clean(struct strbuf *out, const char *text, size_t length);
/* The same, with U+FFFD also for control characters and those that reorder what a reader sees (bidirectional
 * overrides), so that a source line or a path cannot steer a terminal. A tab counts as a control character. */
void utf8_add_printable(struct strbuf *out, const char *text, size_t length);

/* The 1-based column in UTF-16 code units of the 1-based byte COLUMN of a line. Columns past the end keep their
 * distance to it. */
uint32_t utf8_column_utf16(const char *line, size_t length, uint32_t column);

#endif
