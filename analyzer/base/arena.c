/*
 * arena.c - bump allocation in a list of chunks.
 *
 * Chunks come zeroed from calloc (but see arena_init_uncleared) and no byte is handed out twice, so arena_alloc never clears. Chunks double in size
 * up to a limit, so that a small unit stays small and a large one needs few chunks; a request larger than the next
 * chunk gets a chunk of its own size.
 *
 * An arena that is cleared again and again, for each function, say, keeps its first chunk and zeroes what was used of it. Not with a sanitizer, which
 * shall see who still uses what is gone.
 */
#include "base/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_FIRST_CHUNK ((size_t)16 * 1024)
#define ARENA_LAST_CHUNK ((size_t)1024 * 1024)

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_KEEPS_CHUNK false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_KEEPS_CHUNK false
#endif
#endif
#ifndef ARENA_KEEPS_CHUNK
#define ARENA_KEEPS_CHUNK true
#endif

struct arena_chunk {
    struct arena_chunk *older;
    size_t size; /* of data */
    _Alignas(max_align_t) char data[];
};

_Noreturn void arena_die(size_t size)
{
    fprintf(stderr, "mdlguard: error: out of memory (%zu bytes wanted)\n", size);
    fflush(stderr);
    _Exit(3);
}

void arena_init(struct arena *self)
{
    *self = (struct arena){0};
}

void arena_init_uncleared(struct arena *self)
{
    *self = (struct arena){.is_uncleared = true};
}

void arena_release(struct arena *self)
{
    bool is_uncleared = self->is_uncleared;
    struct arena_chunk *chunk = self->chunks;
    while (chunk) {
        struct arena_chunk *older = chunk->older;
        free(chunk);
        chunk = older;
    }
    *self = (struct arena){.is_uncleared = is_uncleared};
}

/* All is free but the first chunk, which is as small as the first is. */
static void keep_first_chunk(struct arena *self)
{
    size_t used = (size_t)(self->next - self->chunks->data);
    while (self->chunks->older) {
        struct arena_chunk *older = self->chunks->older;
        free(self->chunks);
        self->chunks = older;
        used = older->size;
    }
    struct arena_chunk *first = self->chunks;
    if (!self->is_uncleared)
        memset(first->data, 0, used);
    self->next = first->data;
    self->end = first->data + first->size;
    self->total = sizeof(*first) + first->size;
}

void arena_clear(struct arena *self)
{
    struct arena_chunk *first = self->chunks;
    while (first && first->older)
        first = first->older;
    if (ARENA_KEEPS_CHUNK && first && first->size <= ARENA_FIRST_CHUNK)
        keep_first_chunk(self);
    else
        arena_release(self);
}

static size_t chunk_size(const struct arena *self, size_t wanted)
{
    size_t size = self->chunks ? self->chunks->size * 2 : ARENA_FIRST_CHUNK;
    if (size > ARENA_LAST_CHUNK)
        size = ARENA_LAST_CHUNK;
    return size < wanted ? wanted : size;
}

static void arena_add_chunk(struct arena *self, size_t wanted)
{
    size_t size = chunk_size(self, wanted);
    struct arena_chunk *chunk = self->is_uncleared ? malloc(sizeof(*chunk) + size) : calloc(1, sizeof(*chunk) + size);
    if (!chunk)
        arena_die(size);
    chunk->older = self->chunks;
    chunk->size = size;
    self->chunks = chunk;
    self->next = chunk->data;
    self->end = chunk->data + size;
    self->total += sizeof(*chunk) + size;
}

void *arena_alloc_rounded(struct arena *self, size_t size)
{
    if (!self->chunks || (size_t)(self->end - self->next) < size)
        arena_add_chunk(self, size);
    char *result = self->next;
    self->next += size;
    assert(self->next <= self->end);
    return result;
}

void *arena_array(struct arena *self, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        arena_die(SIZE_MAX);
    return arena_alloc(self, count * size);
}

void *arena_copy(struct arena *self, const void *data, size_t size)
{
    void *copy = arena_alloc(self, size);
    if (size)
        memcpy(copy, data, size);
    return copy;
}

char *arena_strndup(struct arena *self, const char *text, size_t length)
{
    char *copy = arena_alloc(self, length + 1);
    if (length)
        memcpy(copy, text, length);
    return copy; /* the last byte is zero already */
}

char *arena_strdup(struct arena *self, const char *text)
{
    return arena_strndup(self, text, strlen(text));
}

char *arena_concat(struct arena *self, const char *const *parts, size_t count)
{
    size_t length = 0;
    for (size_t i = 0; i < count; i++)
        length += strlen(parts[i]);
    char *text = arena_alloc(self, length + 1), *end = text;
    for (size_t i = 0; i < count; i++) {
        size_t part = strlen(parts[i]);
        memcpy(end, parts[i], part);
        end += part;
    }
    *end = 0;
    return text;
}

static char *format_text(struct arena *self, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    assert(length >= 0);
    if (length < 0)
        return arena_strdup(self, "");
    char *text = arena_alloc(self, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, args);
    return text;
}

char *arena_printf(struct arena *self, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = format_text(self, format, args);
    va_end(args);
    return text;
}
