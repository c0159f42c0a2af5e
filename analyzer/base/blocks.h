/*
 * blocks.h - one copy of each distinct run of bytes, for what is built once, never changed, and much alike: intern.h for other things than
 * strings. Contents with pointers in them are shared when the pointers are equal.
 */
#ifndef MDLGUARD_BASE_BLOCKS_H
#define MDLGUARD_BASE_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct block_slot {
    const void *data; /* NULL: free */
    uint32_t size, hash;
};

/* A zeroed set is empty. */
struct block_set {
    struct block_slot *slots; /* open addressing; owned (heap) */
    uint32_t count, capacity;
};

/* The block that equals the SIZE bytes at DATA, or a copy in ARENA. It must not be written to, whatever its type says. NULL when SIZE is 0. */
void *block_set_share(struct block_set *self, struct arena *arena, const void *data, size_t size);
/* Frees the table; the blocks live on in their arena. */
void block_set_release(struct block_set *self);

#endif
