/*
 * pmap.h - a persistent map from 32-bit keys to 64-bit values: an old version stays valid when a new one is made from it.
 *
 * A trie over the digits of the keys, 4 bits each, the highest first, in which a node that would have one child is left out (the mergeable
 * maps of Okasaki and Gill, ML Workshop 1998, with 16 ways, and only those that are there: Bagwell 2001). So equal contents have equal shapes
 * whatever the order of insertion, and the order of a walk is that of the keys. Nodes live in an arena and are shared between versions; NULL is the
 * empty map. Each node carries a hash of all below it, the sum of those of its entries: maps with equal hashes are taken as equal.
 */
#ifndef MDLGUARD_ENGINE_PMAP_H
#define MDLGUARD_ENGINE_PMAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

/* An entry, which is an element of a leaf; and what a node begins with, by whose address a map is known. Users look at entries only. */
struct pmap {
    uint32_t key;   /* of a node: the digits that its keys have in common, the others 0 */
    uint32_t count; /* of a node: its entries */
    uint64_t value; /* of a node: its hash */
};

#define PMAP_DIGIT_BITS 4
#define PMAP_WAYS (1u << PMAP_DIGIT_BITS)
#define PMAP_DEPTH_MAX (32 / PMAP_DIGIT_BITS)

struct pmap_node {
    struct pmap head;
    uint64_t ranks;  /* for each digit, 4 bits: how many of those below it are there */
    uint16_t digits; /* that are there, a bit each */
    uint8_t width;   /* how many these are */
    uint8_t shift;   /* where in the keys the digit is; 0: it is the last one, and this is a leaf */
};

struct pmap_leaf {
    struct pmap_node node;
    struct pmap entries[]; /* one a digit */
};

struct pmap_branch {
    struct pmap_node node;
    const struct pmap *children[]; /* one a digit; two at least */
};

static inline const struct pmap_node *pmap_node(const struct pmap *map)
{
    return (const struct pmap_node *)map;
}

static inline const struct pmap *pmap_entries(const struct pmap_node *leaf)
{
    return ((const struct pmap_leaf *)leaf)->entries;
}

static inline const struct pmap *const *pmap_children(const struct pmap_node *branch)
{
    return ((const struct pmap_branch *)branch)->children;
}

static inline uint32_t pmap_digit(const struct pmap_node *node, uint32_t key)
{
    return key >> node->shift & (PMAP_WAYS - 1);
}

static inline bool pmap_has_digit(const struct pmap_node *node, uint32_t digit)
{
    return node->digits >> digit & 1;
}

/* Where DIGIT stands among the digits of NODE, or would stand. */
static inline uint32_t pmap_rank(const struct pmap_node *node, uint32_t digit)
{
    return node->ranks >> PMAP_DIGIT_BITS * digit & (PMAP_WAYS - 1);
}

/* The entry of KEY, or NULL. */
static inline const struct pmap *pmap_find(const struct pmap *self, uint32_t key)
{
    const struct pmap_node *node = pmap_node(self);

    if (!node)
        return NULL;
    while (node->shift) {
        uint32_t digit = pmap_digit(node, key);

        if (!pmap_has_digit(node, digit))
            return NULL;
        node = pmap_node(pmap_children(node)[pmap_rank(node, digit)]);
    }
    if ((key ^ node->head.key) >= PMAP_WAYS || !pmap_has_digit(node, pmap_digit(node, key)))
        return NULL;
    return &pmap_entries(node)[pmap_rank(node, pmap_digit(node, key))];
}

/* The value of KEY; false when it has none. */
static inline bool pmap_get(const struct pmap *self, uint32_t key, uint64_t *out)
{
    const struct pmap *entry = pmap_find(self, key);

    if (entry)
        *out = entry->value;
    return entry != NULL;
}

/* SELF with KEY bound to VALUE. */
const struct pmap *pmap_set(const struct pmap *self, struct arena *arena, uint32_t key, uint64_t value);
/* SELF without KEY. */
const struct pmap *pmap_remove(const struct pmap *self, struct arena *arena, uint32_t key);

/* The entries of SELF that KEEP, which is asked in the order of keys, says true of; in one pass, sharing what stays whole. */
const struct pmap *pmap_filter(const struct pmap *self, struct arena *arena,
                               bool keep(void *context, const struct pmap *entry), void *context);

/* What KEY is bound to where two maps become one; X and Y: what it is bound to in each, NULL: it is not there. */
typedef uint64_t pmap_choice(void *context, uint32_t key, const uint64_t *x, const uint64_t *y);
/* The keys of A and of B. CHOOSE is asked in the order of keys, for those that the two do not agree on; what they share is skipped by whole
 * subtrees, and what is equal to a subtree of A is that subtree. */
const struct pmap *pmap_merge(const struct pmap *a, const struct pmap *b, struct arena *arena, pmap_choice *choose,
                              void *context);

static inline uint64_t pmap_hash(const struct pmap *self)
{
    return self ? self->value : 0;
}

static inline uint32_t pmap_count(const struct pmap *self)
{
    return self ? self->count : 0;
}

/* Walks a map in the order of its keys. */
struct pmap_iter {
    const struct pmap *next, *end; /* entries of the leaf that it is in */
    struct {
        const struct pmap *const *next, *const *end;
    } above[PMAP_DEPTH_MAX]; /* children that are still to come, the root's first */
    uint32_t depth;
};

void pmap_iter_init(struct pmap_iter *self, const struct pmap *map);
/* The same from KEY on. */
void pmap_iter_init_from(struct pmap_iter *self, const struct pmap *map, uint32_t key);

/* Goes on to the next leaf; false: there is none. */
bool pmap_iter_next_leaf(struct pmap_iter *self);

/* The next entry, or NULL. */
static inline const struct pmap *pmap_iter_next(struct pmap_iter *self)
{
    return self->next != self->end || pmap_iter_next_leaf(self) ? self->next++ : NULL;
}

/* SELF moved to the arena TO, with all that it shares with maps that were moved before. What is left behind may only be moved again. */
const struct pmap *pmap_move(const struct pmap *self, struct arena *to);

/* Walks the entries of one map that the other lacks or has with another value. What the two share is skipped by whole subtrees, so that
 * versions of one map are compared in time proportional to their difference. */
struct pmap_diff {
    struct {
        const struct pmap_node *node, *other; /* OTHER: all that the other map has of NODE's range; NULL: nothing */
        uint32_t next;
    } levels[PMAP_DEPTH_MAX];
    uint32_t depth;
};

void pmap_diff_init(struct pmap_diff *self, const struct pmap *map, const struct pmap *other);
/* The next entry of the first map, or NULL. */
const struct pmap *pmap_diff_next(struct pmap_diff *self);
/* How many entries of A and of B the other map lacks or has with another value. */
uint32_t pmap_count_differences(const struct pmap *a, const struct pmap *b);

#endif
