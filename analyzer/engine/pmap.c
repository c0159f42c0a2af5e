/*
 * pmap.c - the persistent treap. See pmap.h.
 */
#include "engine/pmap.h"

#include <stddef.h>

#include "base/hash.h"

static const struct pmap *node_new(struct arena *arena, uint32_t key, uint64_t value, const struct pmap *left,
                                   const struct pmap *right)
{
    struct pmap *node = ARENA_NEW(arena, struct pmap);

    node->key = key;
    node->value = value;
    node->priority = hash_mix(0x6d646c, key);
    node->left = left;
    node->right = right;
    node->count = 1 + pmap_count(left) + pmap_count(right);
    node->hash = hash_mix(node->priority, value) + pmap_hash(left) + pmap_hash(right);
    return node;
}

/* Is A nearer to the root than B? Keys break ties, so that shapes stay canonical. */
static bool is_above(const struct pmap *a, const struct pmap *b)
{
    return a->priority != b->priority ? a->priority > b->priority : a->key < b->key;
}

static const struct pmap *with_left(struct arena *arena, const struct pmap *self, const struct pmap *left)
{
    if (left && is_above(left, self))
        return node_new(arena, left->key, left->value, left->left,
                        node_new(arena, self->key, self->value, left->right, self->right));
    return node_new(arena, self->key, self->value, left, self->right);
}

static const struct pmap *with_right(struct arena *arena, const struct pmap *self, const struct pmap *right)
{
    if (right && is_above(right, self))
        return node_new(arena, right->key, right->value,
                        node_new(arena, self->key, self->value, self->left, right->left), right->right);
    return node_new(arena, self->key, self->value, self->left, right);
}

const struct pmap *pmap_set(const struct pmap *self, struct arena *arena, uint32_t key, uint64_t value)
{
    if (!self)
        return node_new(arena, key, value, NULL, NULL);
    if (self->key == key)
        return self->value == value ? self : node_new(arena, key, value, self->left, self->right);
    if (key < self->key) {
        const struct pmap *left = pmap_set(self->left, arena, key, value);
        return left == self->left ? self : with_left(arena, self, left);
    } else {
        const struct pmap *right = pmap_set(self->right, arena, key, value);
        return right == self->right ? self : with_right(arena, self, right);
    }
}

/* All of LEFT is below all of RIGHT. */
static const struct pmap *join(struct arena *arena, const struct pmap *left, const struct pmap *right)
{
    if (!left)
        return right;
    if (!right)
        return left;
    if (is_above(left, right))
        return node_new(arena, left->key, left->value, left->left, join(arena, left->right, right));
    return node_new(arena, right->key, right->value, join(arena, left, right->left), right->right);
}

const struct pmap *pmap_remove(const struct pmap *self, struct arena *arena, uint32_t key)
{
    const struct pmap *child;

    if (!self)
        return NULL;
    if (self->key == key)
        return join(arena, self->left, self->right);
    if (key < self->key) {
        child = pmap_remove(self->left, arena, key);
        return child == self->left ? self : node_new(arena, self->key, self->value, child, self->right);
    }
    child = pmap_remove(self->right, arena, key);
    return child == self->right ? self : node_new(arena, self->key, self->value, self->left, child);
}

const struct pmap *pmap_filter(const struct pmap *self, struct arena *arena, bool keep(void *context, const struct pmap *entry),
                               void *context)
{
    const struct pmap *left, *right;
    bool is_kept;

    if (!self)
        return NULL;
    left = pmap_filter(self->left, arena, keep, context);
    is_kept = keep(context, self);
    right = pmap_filter(self->right, arena, keep, context);
    if (!is_kept)
        return join(arena, left, right);
    return left == self->left && right == self->right ? self : node_new(arena, self->key, self->value, left, right);
}

/* ---- merging ---- */

/* The entries of SELF below KEY and above it; that of KEY, or NULL, is returned. */
static const struct pmap *split(struct arena *arena, const struct pmap *self, uint32_t key, const struct pmap **below, const struct pmap **above)
{
    const struct pmap *found, *rest;

    *below = *above = NULL;
    if (!self)
        return NULL;
    if (self->key == key) {
        *below = self->left;
        *above = self->right;
        return self;
    }
    if (key < self->key) {
        found = split(arena, self->left, key, below, &rest);
        *above = rest == self->left ? self : node_new(arena, self->key, self->value, rest, self->right);
    } else {
        found = split(arena, self->right, key, &rest, above);
        *below = rest == self->right ? self : node_new(arena, self->key, self->value, self->left, rest);
    }
    return found;
}

/* Maps whose contents are equal have equal shapes, so that the root is the one that is nearer to it. */
const struct pmap *pmap_merge(const struct pmap *a, const struct pmap *b, struct arena *arena, pmap_choice *choose, void *context)
{
    const struct pmap *x, *y, *root, *left[2], *right[2];
    uint64_t value;

    if (pmap_hash(a) == pmap_hash(b))
        return a;
    root = !b || (a && (a->key == b->key || is_above(a, b))) ? a : b;
    x = split(arena, a, root->key, &left[0], &right[0]);
    y = split(arena, b, root->key, &left[1], &right[1]);
    left[0] = pmap_merge(left[0], left[1], arena, choose, context);
    value = x && y && x->value == y->value ? x->value : choose(context, root->key, x ? &x->value : NULL, y ? &y->value : NULL);
    right[0] = pmap_merge(right[0], right[1], arena, choose, context);
    if (x && value == x->value && left[0] == x->left && right[0] == x->right)
        return x;
    return node_new(arena, root->key, value, left[0], right[0]);
}

/* A node that was moved has a count of 0, which no other has, and its new place as its left child. */
const struct pmap *pmap_move(const struct pmap *self, struct arena *to)
{
    struct pmap *old = (struct pmap *)self, *node;

    if (!old || old->count == 0)
        return old ? old->left : NULL;
    node = ARENA_NEW(to, struct pmap);
    *node = *old;
    old->count = 0;
    old->left = node;
    node->left = pmap_move(node->left, to);
    node->right = pmap_move(node->right, to);
    return node;
}

void pmap_iter_init_from(struct pmap_iter *self, const struct pmap *map, uint32_t key)
{
    self->depth = 0;
    while (map) {
        if (map->key >= key) {
            assert(self->depth < sizeof(self->stack) / sizeof(self->stack[0]));
            self->stack[self->depth++] = map;
        }
        map = map->key < key ? map->right : map->left;
    }
}

/* ---- differences ---- */

/* Shapes are canonical: a subtree that OTHER has too hangs below the same key there. */
static bool is_shared(const struct pmap *map, const struct pmap *other)
{
    const struct pmap *twin = pmap_find(other, map->key);

    return twin && twin->hash == map->hash;
}

static void diff_push(struct pmap_diff *self, const struct pmap *map)
{
    for (; map && !is_shared(map, self->other); map = map->left) {
        assert(self->iter.depth < sizeof(self->iter.stack) / sizeof(self->iter.stack[0]));
        self->iter.stack[self->iter.depth++] = map;
    }
}

void pmap_diff_init(struct pmap_diff *self, const struct pmap *map, const struct pmap *other)
{
    self->iter.depth = 0;
    self->other = other;
    diff_push(self, map);
}

const struct pmap *pmap_diff_next(struct pmap_diff *self)
{
    while (self->iter.depth > 0) {
        const struct pmap *node = self->iter.stack[--self->iter.depth];
        const struct pmap *twin = pmap_find(self->other, node->key);

        diff_push(self, node->right);
        if (!twin || twin->value != node->value)
            return node;
    }
    return NULL;
}

static uint32_t count_missing(const struct pmap *map, const struct pmap *other)
{
    struct pmap_diff diff;
    uint32_t count = 0;

    pmap_diff_init(&diff, map, other);
    while (pmap_diff_next(&diff))
        count++;
    return count;
}

uint32_t pmap_count_differences(const struct pmap *a, const struct pmap *b)
{
    return count_missing(a, b) + count_missing(b, a);
}
