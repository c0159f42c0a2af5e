/*
 * quote.c - reading and splitting the quoted files.
 */
#include "report/quote.h"

#include <string.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "report/linehash.h"

#define QUOTE_LIMIT (64 * 1024 * 1024)

void quote_cache_init(struct quote_cache *self, struct arena *arena)
{
    memset(self, 0, sizeof(*self));
    self->arena = arena;
}

const char *quote_read(struct arena *arena, const char *path, size_t *length)
{
    struct stat info;
    struct strbuf bytes;
    const char *data = NULL;

    /* A pipe or a device would block or never end. */
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size > QUOTE_LIMIT)
        return NULL;
    strbuf_init(&bytes);
    if (strbuf_read_file(&bytes, path, NULL) == MG_OK) {
        data = arena_strndup(arena, bytes.data, bytes.length);
        *length = bytes.length;
    }
    strbuf_release(&bytes);
    return data;
}

/* Where the line that starts at I ends; *NEXT is where the following one starts. */
static size_t line_end(const char *data, size_t length, size_t i, size_t *next)
{
    while (i < length && data[i] != '\n' && data[i] != '\r')
        i++;
    *next = i;
    if (i < length)
        *next += i + 1 < length && data[i] == '\r' && data[i + 1] == '\n' ? 2 : 1;
    return i;
}

static void split_lines(struct quote_file *file, struct arena *arena)
{
    uint32_t count = 0;
    size_t next;

    for (size_t i = 0; i < file->length; i = next, count++)
        line_end(file->data, file->length, i, &next);
    file->line_count = count;
    file->starts = ARENA_NEW_ARRAY(arena, size_t, (size_t)count + 1);
    count = 0;
    for (size_t i = 0; i < file->length; i = next, count++) {
        file->starts[count] = i;
        line_end(file->data, file->length, i, &next);
    }
    file->starts[count] = file->length;
}

/* Adds the file at PATH; DATA NULL when it could not be read. */
static struct quote_file *quote_cache_add(struct quote_cache *self, const char *path, const char *data, size_t length)
{
    struct quote_file **bucket = &self->buckets[hash_string(path) % QUOTE_BUCKETS];
    struct quote_file *file = ARENA_NEW(self->arena, struct quote_file);

    file->path = arena_strdup(self->arena, path);
    file->data = data;
    if (data) {
        file->length = length;
        split_lines(file, self->arena);
        file->is_utf8 = utf8_is_valid(data, length);
    }
    file->next = *bucket;
    *bucket = file;
    return file;
}

struct quote_file *quote_cache_get(struct quote_cache *self, const char *path)
{
    size_t length = 0;

    for (struct quote_file *file = self->buckets[hash_string(path) % QUOTE_BUCKETS]; file; file = file->next)
        if (strcmp(file->path, path) == 0)
            return file;
    const char *data = quote_read(self->arena, path, &length);
    return quote_cache_add(self, path, data, length);
}

void quote_cache_put(struct quote_cache *self, const char *path, const char *text, size_t length)
{
    quote_cache_add(self, path, text, length);
}

bool quote_line(const struct quote_file *file, uint32_t line, const char **text, size_t *length)
{
    size_t start, next;

    if (line == 0 || line > file->line_count)
        return false;
    start = file->starts[line - 1];
    *text = file->data + start;
    *length = line_end(file->data, file->starts[line], start, &next) - start;
    return true;
}

const char *quote_line_hash(struct quote_cache *self, struct quote_file *file, uint32_t line)
{
    if (!file->data || line == 0 || line > file->line_count)
        return NULL;
    if (!file->hashes)
        file->hashes = linehash_compute(self->arena, file->data, file->length, file->line_count);
    return file->hashes[line - 1];
}
