/*
 * intern.c - the table of distinct strings: open addressing with linear probing, at most three quarters full.
 */
#include "base/intern.h"

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
static struct intern_slot *intern_slot(const struct intern *self, const char *text, size_t length, uint32_t hash)
{
    uint32_t mask = self->capacity - 1;
    for (uint32_t at = hash & mask;; at = (at + 1) & mask) {
        struct intern_slot *slot = &self->slots[at];
        if (!slot->text ||
            (slot->hash == hash && slot->length == (uint32_t)length && memcmp(slot->text, text, length) == 0))
            return slot;
    }
}

/* No two strings of the table are equal, so that the first free slot is the one. */
static void intern_grow(struct intern *self)
{
    if (self->capacity > UINT32_MAX / 2)
        arena_die(SIZE_MAX);
    struct intern grown = {.arena = self->arena, .count = self->count};
    grown.capacity = self->capacity ? self->capacity * 2 : 64;
    grown.slots = calloc(grown.capacity, sizeof(*grown.slots));
    if (!grown.slots)
        arena_die(grown.capacity * sizeof(*grown.slots));
    for (uint32_t i = 0; i < self->capacity; i++) {
        uint32_t at = self->slots[i].hash & (grown.capacity - 1);
        while (self->slots[i].text && grown.slots[at].text)
            at = (at + 1) & (grown.capacity - 1);
        if (self->slots[i].text)
            grown.slots[at] = self->slots[i];
    }
    free(self->slots);
    *self = grown;
}

const char *intern_bytes(struct intern *self, const char *text, size_t length)
{
    const char *end = length ? memchr(text, '\0', length) : NULL;
    if (end)
        length = (size_t)(end - text); /* a string ends at its NUL */
    if (length >= UINT32_MAX)
        arena_die(length);
    if (self->count >= self->capacity / 4 * 3)
        intern_grow(self);
    uint32_t hash = (uint32_t)hash_bytes(text, length);
    struct intern_slot *slot = intern_slot(self, text, length, hash);
    if (!slot->text) {
        *slot = (struct intern_slot){arena_strndup(self->arena, text, length), (uint32_t)length, hash};
        self->count++;
    }
    return slot->text;
}

const char *intern_string(struct intern *self, const char *text)
{
    return intern_bytes(self, text, strlen(text));
}

const char *intern_find(const struct intern *self, const char *text)
{
    size_t length = strlen(text);
    return self->capacity ? intern_slot(self, text, length, (uint32_t)hash_bytes(text, length))->text : NULL;
}
