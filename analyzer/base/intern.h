/*
 * intern.h - one copy of each distinct string, so that equal strings are equal pointers.
 */
#ifndef MDLGUARD_BASE_INTERN_H
#define MDLGUARD_BASE_INTERN_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct intern_slot {
    const char *text; /* NULL: free */
    uint32_t length, hash;
};

struct intern {
    struct arena *arena;       /* borrowed: where the strings live */
    struct intern_slot *slots; /* open addressing; owned (heap) */
    uint32_t count, capacity;
};

void intern_init(struct intern *self, struct arena *arena);
/* Frees the table; the strings live on in the arena. */
void intern_release(struct intern *self);
const char *intern_string(struct intern *self, const char *text);
/* The interned copy of TEXT, or NULL when there is none; adds nothing. */
const char *intern_find(const struct intern *self, const char *text);
const char *intern_bytes(struct intern *self, const char *text, size_t length);

#endif
