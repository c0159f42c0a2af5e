/*
 * blocks.h - one copy of runs of bytes that come again and again, for what is built once and never changed: intern.h for other things than
 * strings, and for so many that a table of all would be large and slow. Some thousands are remembered, those that came again before the others: a block
 * may be there twice. Contents with pointers in them are shared when the pointers are equal.
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
    struct block_slot *slots; /* buckets of a few; owned (heap) */
};

/* The block that equals the SIZE bytes at DATA, or a copy in ARENA. It must not be written to, whatever its type says. NULL when SIZE is 0. */
void *block_set_share(struct block_set *self, struct arena *arena, const void *data, size_t size);
/* Frees the table; the blocks live on in their arena. */
void block_set_release(struct block_set *self);

#endif
