/*
 * pmap.h - a persistent map from 32-bit keys to 64-bit values: an old version stays valid when a new one is made from it.
 *
 * A treap whose priorities are hashes of the keys (Seidel, Aragon, Algorithmica 1996), so that equal contents have equal shapes whatever
 * the order of insertion. Nodes live in an arena and are shared between versions; NULL is the empty map. Each node carries a hash of its
 * whole subtree, the sum of those of its entries: maps with equal hashes are taken as equal.
 */
#ifndef MDLGUARD_ENGINE_PMAP_H
#define MDLGUARD_ENGINE_PMAP_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

struct pmap {
    uint32_t key, count; /* count: entries of the subtree */
    uint64_t value;
    uint64_t priority, hash;
    const struct pmap *left, *right;
};

/* The node of KEY, or NULL. */
static inline const struct pmap *pmap_find(const struct pmap *self, uint32_t key)
{
    while (self && self->key != key)
        self = key < self->key ? self->left : self->right;
    return self;
}

/* The value of KEY; false when it has none. */
static inline bool pmap_get(const struct pmap *self, uint32_t key, uint64_t *out)
{
    const struct pmap *node = pmap_find(self, key);

    if (node)
        *out = node->value;
    return node != NULL;
}

/* SELF with KEY bound to VALUE. */
const struct pmap *pmap_set(const struct pmap *self, struct arena *arena, uint32_t key, uint64_t value);
/* SELF without KEY. */
const struct pmap *pmap_remove(const struct pmap *self, struct arena *arena, uint32_t key);

/* The entries of SELF that KEEP, which is asked in the order of keys, says true of; in one pass, sharing what stays whole. */
const struct pmap *pmap_filter(const struct pmap *self, struct arena *arena, bool keep(void *context, const struct pmap *entry),
                               void *context);

/* What KEY is bound to where two maps become one; X and Y: what it is bound to in each, NULL: it is not there. */
typedef uint64_t pmap_choice(void *context, uint32_t key, const uint64_t *x, const uint64_t *y);
/* The keys of A and of B. CHOOSE is asked in the order of keys, for those that the two do not agree on; what they share is skipped by whole
 * subtrees, and what is equal to a subtree of A is that subtree. */
const struct pmap *pmap_merge(const struct pmap *a, const struct pmap *b, struct arena *arena, pmap_choice *choose, void *context);

static inline uint64_t pmap_hash(const struct pmap *self)
{
    return self ? self->hash : 0;
}

static inline uint32_t pmap_count(const struct pmap *self)
{
    return self ? self->count : 0;
}

/* Walks a map in the order of its keys. Depth is logarithmic with the priorities of a hash; 96 levels are out of reach. */
struct pmap_iter {
    const struct pmap *stack[96];
    uint32_t depth;
};

static inline void pmap_iter_push(struct pmap_iter *self, const struct pmap *map)
{
    for (; map; map = map->left) {
        assert(self->depth < sizeof(self->stack) / sizeof(self->stack[0]));
        self->stack[self->depth++] = map;
    }
}

static inline void pmap_iter_init(struct pmap_iter *self, const struct pmap *map)
{
    self->depth = 0;
    pmap_iter_push(self, map);
}

/* The same from KEY on. */
void pmap_iter_init_from(struct pmap_iter *self, const struct pmap *map, uint32_t key);

/* The next entry, or NULL. */
static inline const struct pmap *pmap_iter_next(struct pmap_iter *self)
{
    const struct pmap *node;

    if (self->depth == 0)
        return NULL;
    node = self->stack[--self->depth];
    pmap_iter_push(self, node->right);
    return node;
}

/* SELF moved to the arena TO, with all that it shares with maps that were moved before. What is left behind may only be moved again. */
const struct pmap *pmap_move(const struct pmap *self, struct arena *to);

/* Walks the entries of one map that the other lacks or has with another value. What the two share is skipped by whole subtrees, so that
 * versions of one map are compared in time proportional to their difference. */
struct pmap_diff {
    struct pmap_iter iter;
    const struct pmap *other;
};

void pmap_diff_init(struct pmap_diff *self, const struct pmap *map, const struct pmap *other);
/* The next entry of the first map, or NULL. */
const struct pmap *pmap_diff_next(struct pmap_diff *self);
/* How many entries of A and of B the other map lacks or has with another value. */
uint32_t pmap_count_differences(const struct pmap *a, const struct pmap *b);

#endif
