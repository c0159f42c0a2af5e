/*
 * blob.h - small binary files: numbers and texts in a row, in an envelope that tells whether they are whole and whose they are.
 *
 *   file = magic (4 bytes) maker (8 bytes) content checksum (8 bytes: XXH3 of all before it)
 *
 * Numbers are eight bytes, lowest first, or, where most of them are small, LEB128; a text is its length + 1 and its bytes, NULL the number 0. MAKER is an identity of the program
 * that wrote the file (cli/identity.h): what another build wrote is refused, so that a change of what is written needs no version.
 */
#ifndef MDLGUARD_BASE_BLOB_H
#define MDLGUARD_BASE_BLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/strbuf.h"

/* Writing: blob_begin on an empty buffer, the content, blob_end. MAGIC has four characters. */
void blob_begin(struct strbuf *out, const char *magic, uint64_t maker);
void blob_number(struct strbuf *out, uint64_t value);
/* As few bytes as it takes; blob_read_small reads it. */
void blob_small(struct strbuf *out, uint64_t value);
void blob_bytes(struct strbuf *out, const void *data, size_t length);
void blob_text(struct strbuf *out, const char *text);
void blob_end(struct strbuf *out);

/* Reading. After an error everything reads as 0 and NULL, and `is_bad` stays set. */
struct blob_reader {
    const unsigned char *at, *end;
    bool is_bad;
};

/* False when DATA is not such a file, is not whole, or was written by another maker. */
bool blob_read_begin(struct blob_reader *self, const void *data, size_t length, const char *magic, uint64_t maker);
uint64_t blob_read_number(struct blob_reader *self);
uint64_t blob_read_small(struct blob_reader *self);
/* A number that counts things of at least SIZE bytes each: 0 and an error when there is no room for so many. */
uint32_t blob_read_count(struct blob_reader *self, size_t size);
/* Points into the data. */
const void *blob_read_bytes(struct blob_reader *self, size_t *length);
/* A copy in ARENA, or NULL. */
const char *blob_read_text(struct blob_reader *self, struct arena *arena);
/* Everything was read, and nothing was wrong. */
bool blob_read_end(const struct blob_reader *self);

#endif
