/*
 * intern.c - the table of distinct strings: open addressing with linear probing, at most three quarters full.
 */
#include "base/intern.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

void intern_init(struct intern *self, struct arena *arena)
{
    *self = (struct intern){.arena = arena};
}

void intern_release(struct intern *self)
{
    free(self->slots);
    *self = (struct intern){.arena = self->arena};
}

/* The slot that holds the LENGTH bytes at TEXT, or the empty one where they belong. The table is not empty. */
static const char **intern_slot(const struct intern *self, const char *text, size_t length)
{
    uint32_t mask = self->capacity - 1;
    uint32_t at = (uint32_t)hash_bytes(text, length) & mask;
    for (;; at = (at + 1) & mask) {
        const char *there = self->slots[at];
        /* Equal LENGTH bytes, none of them NUL, mean that THERE has a byte at LENGTH. */
        if (!there || (strncmp(there, text, length) == 0 && there[length] == '\0'))
            return &self->slots[at];
    }
}

static void intern_grow(struct intern *self)
{
    if (self->capacity > UINT32_MAX / 2)
        arena_die(SIZE_MAX);
    struct intern grown = {.arena = self->arena, .count = self->count};
    grown.capacity = self->capacity ? self->capacity * 2 : 64;
    grown.slots = calloc(grown.capacity, sizeof(*grown.slots));
    if (!grown.slots)
        arena_die(grown.capacity * sizeof(*grown.slots));
    for (uint32_t i = 0; i < self->capacity; i++)
        if (self->slots[i])
            *intern_slot(&grown, self->slots[i], strlen(self->slots[i])) = self->slots[i];
    free(self->slots);
    *self = grown;
}

const char *intern_bytes(struct intern *self, const char *text, size_t length)
{
    const char *end = length ? memchr(text, '\0', length) : NULL;
    if (end)
        length = (size_t)(end - text); /* a string ends at its NUL */
    if (self->count >= self->capacity / 4 * 3)
        intern_grow(self);
    const char **slot = intern_slot(self, text, length);
    if (!*slot) {
        *slot = arena_strndup(self->arena, text, length);
        self->count++;
    }
    return *slot;
}

const char *intern_string(struct intern *self, const char *text)
{
    return intern_bytes(self, text, strlen(text));
}

const char *intern_find(const struct intern *self, const char *text)
{
    return self->capacity ? *intern_slot(self, text, strlen(text)) : NULL;
}
