/*
 * arena.h - bump allocation with one lifetime.
 *
 * An arena hands out zeroed memory and gives all of it back at once; nothing in it is freed alone. One arena serves a translation
 * unit, one a run. Memory that runs out ends the process with a message and exit status 3 (see arena_die): an analyzer that cannot
 * allocate has nothing better to offer, and callers stay free of checks that no test could reach.
 */
#ifndef MDLGUARD_BASE_ARENA_H
#define MDLGUARD_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena_chunk;

/* Says on standard error that SIZE bytes cannot be had and ends the process with status 3. */
_Noreturn void arena_die(size_t size);

struct arena {
    struct arena_chunk *chunks; /* newest first; owned */
    char *next, *end;           /* free part of the newest chunk */
    size_t total;               /* bytes taken from the system */
    bool is_uncleared;          /* see arena_init_uncleared */
};

void arena_init(struct arena *self);
/* An arena for who writes every byte that he is given: what arena_alloc gives may hold anything. */
void arena_init_uncleared(struct arena *self);
/* Everything that was handed out is gone. The arena is to be used again and may have kept some memory: arena_release gives that back. */
void arena_clear(struct arena *self);
/* Frees everything. */
void arena_release(struct arena *self);

#define ARENA_ALIGN _Alignof(max_align_t)

/* The same as arena_alloc for a SIZE that is a multiple of ARENA_ALIGN and not 0. */
void *arena_alloc_rounded(struct arena *self, size_t size);

/* SIZE zeroed bytes, aligned for any object. Never NULL. */
static inline void *arena_alloc(struct arena *self, size_t size)
{
    if (size > SIZE_MAX / 2)
        arena_die(size);
    size = size ? (size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN : ARENA_ALIGN;
    if (!self->chunks || (size_t)(self->end - self->next) < size)
        return arena_alloc_rounded(self, size);
    char *result = self->next;
    self->next += size;
    return result;
}

/* COUNT elements of SIZE bytes; the product is checked. */
void *arena_array(struct arena *self, size_t count, size_t size);
void *arena_copy(struct arena *self, const void *data, size_t size);
char *arena_strdup(struct arena *self, const char *text);
char *arena_strndup(struct arena *self, const char *text, size_t length);
/* The COUNT texts of PARTS, one behind the other. For what is said so often that formatting would show. */
char *arena_concat(struct arena *self, const char *const *parts, size_t count);
#define ARENA_CONCAT(arena, ...)                                                                                       \
    arena_concat((arena), (const char *const[]){__VA_ARGS__},                                                          \
                 sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))
/* Never NULL. */
char *arena_printf(struct arena *self, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_NEW_ARRAY(arena, type, count) ((type *)arena_array((arena), (count), sizeof(type)))

#endif
