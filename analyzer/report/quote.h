/*
 * quote.h - the source files that reports quote, read at most once each.
 *
 * A file that cannot be read (gone, no permission, not a regular file, larger than 64 MiB) has no lines: reports do
 * without the quote. Lines end at LF, CR or CR LF, as clang counts them.
 */
#ifndef MDLGUARD_REPORT_QUOTE_H
#define MDLGUARD_REPORT_QUOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct quote_file {
    const char *path;
    const char *data; /* in the cache's arena; NULL when it could not be read */
    size_t length;
    size_t *starts; /* of line i + 1; starts[line_count] is the length */
    uint32_t line_count;
    bool is_utf8;
    const char **hashes; /* of line i + 1, see linehash.h; NULL until asked for */
    struct quote_file *next;
};

#define QUOTE_BUCKETS 256

struct quote_cache {
    struct arena *arena; /* borrowed */
    struct quote_file *buckets[QUOTE_BUCKETS];
};

void quote_cache_init(struct quote_cache *self, struct arena *arena);
/* The file at PATH; never NULL. It lives as long as the arena. */
struct quote_file *quote_cache_get(struct quote_cache *self, const char *path);
/* Makes TEXT (borrowed) stand for the file at PATH, which has not been asked for yet: what an editor has not saved. */
void quote_cache_put(struct quote_cache *self, const char *path, const char *text, size_t length);
/* Line LINE (1-based) without its end; false when there is no such line. TEXT is not terminated. */
bool quote_line(const struct quote_file *file, uint32_t line, const char **text, size_t *length);
/* GitHub's hash of LINE, or NULL when there is no such line. */
const char *quote_line_hash(struct quote_cache *self, struct quote_file *file, uint32_t line);

/* Reads the regular file at PATH into ARENA; NULL when it cannot be read. */
const char *quote_read(struct arena *arena, const char *path, size_t *length);

#endif
