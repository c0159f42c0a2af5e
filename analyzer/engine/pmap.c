/*
 * pmap.c - the persistent trie. See pmap.h.
 *
 * A range is what a node stands for: all keys that begin with its digits. The ranges of two nodes are disjoint or one is within the other.
 */
#include "engine/pmap.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/hash.h"

/* ---- nodes ---- */

static uint64_t entry_hash(uint32_t key, uint64_t value)
{
    return hash_mix(hash_mix(0x6d646c, key), value);
}

static bool is_leaf(const struct pmap_node *node)
{
    return node->shift == 0;
}

/* Is KEY in NODE's range? */
static bool is_within(const struct pmap_node *node, uint32_t key)
{
    return (key ^ node->head.key) >> node->shift < PMAP_WAYS;
}

static size_t item_size(const struct pmap_node *node)
{
    return is_leaf(node) ? sizeof(struct pmap) : sizeof(const struct pmap *);
}

static struct pmap *entries_of(struct pmap_node *leaf)
{
    return ((struct pmap_leaf *)leaf)->entries;
}

static const struct pmap **children_of(struct pmap_node *branch)
{
    return ((struct pmap_branch *)branch)->children;
}

static const struct pmap *child_of(const struct pmap_node *branch, uint32_t digit)
{
    return pmap_children(branch)[pmap_rank(branch, digit)];
}

static struct pmap_node *node_alloc(struct arena *arena, uint32_t width, size_t item)
{
    return arena_alloc(arena, sizeof(struct pmap_node) + width * item);
}

/* What a digit adds to the ranks of those above it. */
static uint64_t rank_step(uint32_t digit)
{
    return UINT64_C(0x1111111111111110) << PMAP_DIGIT_BITS * digit;
}

static uint64_t ranks_of(uint32_t digits)
{
    uint64_t ranks = 0;

    for (; digits; digits &= digits - 1)
        ranks += rank_step((uint32_t)__builtin_ctz(digits));
    return ranks;
}

static struct pmap_node *node_copy(struct arena *arena, const struct pmap_node *node)
{
    struct pmap_node *copy = node_alloc(arena, node->width, item_size(node));

    memcpy(copy, node, sizeof(*node) + node->width * item_size(node));
    return copy;
}

/* NODE with room for one item more, that of DIGIT, which is still to be filled in. */
static struct pmap_node *node_widen(struct arena *arena, const struct pmap_node *node, uint32_t digit)
{
    size_t item = item_size(node), before = sizeof(*node) + pmap_rank(node, digit) * item;
    struct pmap_node *wide = node_alloc(arena, node->width + 1u, item);

    memcpy(wide, node, before);
    memcpy((char *)wide + before + item, (const char *)node + before, sizeof(*node) + node->width * item - before);
    wide->digits |= (uint16_t)(1u << digit);
    wide->ranks += rank_step(digit);
    wide->width++;
    return wide;
}

/* NODE without the item of DIGIT, and with one left at least. */
static struct pmap_node *node_narrow(struct arena *arena, const struct pmap_node *node, uint32_t digit)
{
    size_t item = item_size(node), before = sizeof(*node) + pmap_rank(node, digit) * item;
    struct pmap_node *narrow = node_alloc(arena, node->width - 1u, item);

    memcpy(narrow, node, before);
    memcpy((char *)narrow + before, (const char *)node + before + item,
           sizeof(*node) + node->width * item - before - item);
    narrow->digits &= (uint16_t) ~(1u << digit);
    narrow->ranks -= rank_step(digit);
    narrow->width--;
    return narrow;
}

static const struct pmap *leaf_new(struct arena *arena, uint32_t key, uint64_t value)
{
    struct pmap_node *leaf = node_alloc(arena, 1, sizeof(struct pmap));
    uint32_t digit = key % PMAP_WAYS;

    *leaf =
        (struct pmap_node){{key - digit, 1, entry_hash(key, value)}, rank_step(digit), (uint16_t)(1u << digit), 1, 0};
    entries_of(leaf)[0] = (struct pmap){key, 1, value};
    return &leaf->head;
}

/* The node above children with DIGITS, whose range is the one around KEY. */
static const struct pmap *branch_new(struct arena *arena, uint32_t key, uint8_t shift, uint32_t digits,
                                     const struct pmap *const *children)
{
    uint32_t width = (uint32_t)__builtin_popcount(digits);
    struct pmap_node *branch = node_alloc(arena, width, sizeof(*children));
    struct pmap head = {key >> shift >> PMAP_DIGIT_BITS << PMAP_DIGIT_BITS << shift, 0, 0};

    for (uint32_t i = 0; i < width; i++) {
        head.count += children[i]->count;
        head.value += children[i]->value;
    }
    *branch = (struct pmap_node){head, ranks_of(digits), (uint16_t)digits, (uint8_t)width, shift};
    memcpy(children_of(branch), children, width * sizeof(*children));
    return &branch->head;
}

/* Two nodes with disjoint ranges as one. */
static const struct pmap *branch_of(struct arena *arena, const struct pmap *a, const struct pmap *b)
{
    uint8_t shift = (uint8_t)((31 - __builtin_clz(a->key ^ b->key)) / PMAP_DIGIT_BITS * PMAP_DIGIT_BITS);
    uint32_t digits = 1u << (a->key >> shift) % PMAP_WAYS | 1u << (b->key >> shift) % PMAP_WAYS;
    const struct pmap *children[] = {a->key < b->key ? a : b, a->key < b->key ? b : a};

    return branch_new(arena, a->key, shift, digits, children);
}

/* BRANCH with CHILD for DIGIT instead of what it had. */
static const struct pmap *branch_replace(struct arena *arena, const struct pmap_node *branch, uint32_t digit,
                                         const struct pmap *child)
{
    struct pmap_node *copy = node_copy(arena, branch);
    const struct pmap *old = child_of(branch, digit);

    children_of(copy)[pmap_rank(branch, digit)] = child;
    copy->head.count += child->count - old->count;
    copy->head.value += child->value - old->value;
    return &copy->head;
}

/* ---- one entry ---- */

static const struct pmap *leaf_set(struct arena *arena, const struct pmap_node *leaf, uint32_t key, uint64_t value)
{
    uint32_t digit = pmap_digit(leaf, key), rank = pmap_rank(leaf, digit);
    const struct pmap *old = &pmap_entries(leaf)[rank];
    struct pmap_node *made;

    if (!pmap_has_digit(leaf, digit)) {
        made = node_widen(arena, leaf, digit);
        made->head.count++;
    } else {
        if (old->value == value)
            return &leaf->head;
        made = node_copy(arena, leaf);
        made->head.value -= entry_hash(key, old->value);
    }
    entries_of(made)[rank] = (struct pmap){key, 1, value};
    made->head.value += entry_hash(key, value);
    return &made->head;
}

const struct pmap *pmap_set(const struct pmap *self, struct arena *arena, uint32_t key, uint64_t value)
{
    const struct pmap_node *node = pmap_node(self);
    const struct pmap *child;
    struct pmap_node *wide;
    uint32_t digit;

    if (!self)
        return leaf_new(arena, key, value);
    if (!is_within(node, key))
        return branch_of(arena, self, leaf_new(arena, key, value));
    if (is_leaf(node))
        return leaf_set(arena, node, key, value);
    digit = pmap_digit(node, key);
    if (pmap_has_digit(node, digit)) {
        child = pmap_set(child_of(node, digit), arena, key, value);
        return child == child_of(node, digit) ? self : branch_replace(arena, node, digit, child);
    }
    child = leaf_new(arena, key, value);
    wide = node_widen(arena, node, digit);
    children_of(wide)[pmap_rank(wide, digit)] = child;
    wide->head.count++;
    wide->head.value += child->value;
    return &wide->head;
}

static const struct pmap *leaf_remove(struct arena *arena, const struct pmap_node *leaf, uint32_t key)
{
    uint32_t digit = pmap_digit(leaf, key);
    struct pmap_node *narrow;

    if (leaf->width == 1)
        return NULL;
    narrow = node_narrow(arena, leaf, digit);
    narrow->head.count--;
    narrow->head.value -= entry_hash(key, pmap_entries(leaf)[pmap_rank(leaf, digit)].value);
    return &narrow->head;
}

/* BRANCH, whose child for DIGIT is empty now. */
static const struct pmap *branch_remove(struct arena *arena, const struct pmap_node *branch, uint32_t digit)
{
    const struct pmap *old = child_of(branch, digit);
    struct pmap_node *narrow;

    if (branch->width == 2)
        return pmap_children(branch)[1 - pmap_rank(branch, digit)];
    narrow = node_narrow(arena, branch, digit);
    narrow->head.count -= old->count;
    narrow->head.value -= old->value;
    return &narrow->head;
}

const struct pmap *pmap_remove(const struct pmap *self, struct arena *arena, uint32_t key)
{
    const struct pmap_node *node = pmap_node(self);
    const struct pmap *child;
    uint32_t digit;

    if (!self || !is_within(node, key))
        return self;
    digit = pmap_digit(node, key);
    if (!pmap_has_digit(node, digit))
        return self;
    if (is_leaf(node))
        return leaf_remove(arena, node, key);
    child = pmap_remove(child_of(node, digit), arena, key);
    if (child == child_of(node, digit))
        return self;
    return child ? branch_replace(arena, node, digit, child) : branch_remove(arena, node, digit);
}

/* ---- filtering ---- */

typedef bool pmap_keep(void *context, const struct pmap *entry);

static const struct pmap *filter_leaf(const struct pmap_node *leaf, struct arena *arena, pmap_keep *keep, void *context)
{
    const struct pmap *entries = pmap_entries(leaf);
    uint32_t kept = 0, count = 0, next = 0;
    struct pmap_node *made;

    for (uint32_t i = 0; i < leaf->width; i++)
        if (keep(context, &entries[i])) {
            kept |= 1u << i;
            count++;
        }
    if (count == leaf->width)
        return &leaf->head;
    if (count == 0)
        return NULL;
    made = node_alloc(arena, count, sizeof(*entries));
    *made = (struct pmap_node){{leaf->head.key, count, 0}, 0, 0, (uint8_t)count, 0};
    for (; kept; kept &= kept - 1) {
        const struct pmap *entry = &entries[__builtin_ctz(kept)];

        entries_of(made)[next++] = *entry;
        made->head.value += entry_hash(entry->key, entry->value);
        made->digits |= (uint16_t)(1u << pmap_digit(leaf, entry->key));
    }
    made->ranks = ranks_of(made->digits);
    return &made->head;
}

const struct pmap *pmap_filter(const struct pmap *self, struct arena *arena, pmap_keep *keep, void *context)
{
    const struct pmap_node *node = pmap_node(self);
    const struct pmap *kept[PMAP_WAYS];
    uint32_t digits = 0, count = 0;
    bool is_whole = true;

    if (!self)
        return NULL;
    if (is_leaf(node))
        return filter_leaf(node, arena, keep, context);
    for (uint32_t rest = node->digits, i = 0; rest; rest &= rest - 1, i++) {
        const struct pmap *child = pmap_children(node)[i];

        kept[count] = pmap_filter(child, arena, keep, context);
        is_whole &= kept[count] == child;
        if (kept[count]) {
            digits |= rest & -rest;
            count++;
        }
    }
    if (is_whole)
        return self;
    return count > 1 ? branch_new(arena, self->key, node->shift, digits, kept) : count == 1 ? kept[0] : NULL;
}

/* ---- merging ---- */

struct merging {
    struct arena *arena;
    pmap_choice *choose;
    void *context;
};

/* The entry of DIGIT, or NULL. */
static const struct pmap *entry_of(const struct pmap_node *leaf, uint32_t digit)
{
    return leaf && pmap_has_digit(leaf, digit) ? &pmap_entries(leaf)[pmap_rank(leaf, digit)] : NULL;
}

/* Two leaves with the same range, one of which may not be there. */
static const struct pmap *merge_leaves(const struct merging *self, const struct pmap_node *a, const struct pmap_node *b)
{
    const struct pmap_node *some = a ? a : b;
    uint32_t digits = (a ? a->digits : 0u) | (b ? b->digits : 0u), width = 0;
    bool is_a = a && digits == a->digits;
    struct pmap entries[PMAP_WAYS];
    uint64_t hash = a ? a->head.value : 0;
    struct pmap_node *made;

    for (uint32_t rest = digits; rest; rest &= rest - 1) {
        uint32_t digit = (uint32_t)__builtin_ctz(rest), key = some->head.key + digit;
        const struct pmap *x = entry_of(a, digit), *y = entry_of(b, digit);
        uint64_t value = x && y && x->value == y->value
                             ? x->value
                             : self->choose(self->context, key, x ? &x->value : NULL, y ? &y->value : NULL);

        entries[width++] = (struct pmap){key, 1, value};
        if (x && value == x->value)
            continue;
        is_a = false;
        hash += entry_hash(key, value) - (x ? entry_hash(key, x->value) : 0);
    }
    if (is_a)
        return &a->head;
    made = node_alloc(self->arena, width, sizeof(*entries));
    *made = (struct pmap_node){{some->head.key, width, hash},
                               a && digits == a->digits ? a->ranks : ranks_of(digits),
                               (uint16_t)digits,
                               (uint8_t)width,
                               0};
    memcpy(entries_of(made), entries, width * sizeof(*entries));
    return &made->head;
}

/* What a node of SHIFT around KEY has of NODE as its child for DIGIT: NODE itself when its range is within that, or a child of it. */
static const struct pmap *part_of(const struct pmap *node, uint8_t shift, uint32_t digit)
{
    if (!node)
        return NULL;
    if (pmap_node(node)->shift < shift)
        return (node->key >> shift) % PMAP_WAYS == digit ? node : NULL;
    return pmap_has_digit(pmap_node(node), digit) ? child_of(pmap_node(node), digit) : NULL;
}

static const struct pmap *merge(const struct merging *self, const struct pmap *a, const struct pmap *b);

/* SHIFT: that of A or of B, whose range has the other's in it. */
static const struct pmap *merge_parts(const struct merging *self, const struct pmap *a, const struct pmap *b,
                                      uint8_t shift)
{
    const struct pmap *parts[PMAP_WAYS];
    uint32_t digits = 0, count = 0;
    bool is_a = a && pmap_node(a)->shift == shift;

    for (uint32_t digit = 0; digit < PMAP_WAYS; digit++) {
        const struct pmap *x = part_of(a, shift, digit), *y = part_of(b, shift, digit);

        if (!x && !y)
            continue;
        parts[count] = merge(self, x, y);
        is_a &= parts[count] == x;
        digits |= 1u << digit;
        count++;
    }
    return is_a ? a : branch_new(self->arena, a ? a->key : b->key, shift, digits, parts);
}

static const struct pmap *merge_disjoint(const struct merging *self, const struct pmap *a, const struct pmap *b)
{
    const struct pmap *x, *y;

    if (b->key < a->key) {
        y = merge(self, NULL, b);
        x = merge(self, a, NULL);
    } else {
        x = merge(self, a, NULL);
        y = merge(self, NULL, b);
    }
    return branch_of(self->arena, x, y);
}

static const struct pmap *merge(const struct merging *self, const struct pmap *a, const struct pmap *b)
{
    const struct pmap_node *x = pmap_node(a), *y = pmap_node(b);
    const struct pmap_node *outer = !y || (x && x->shift >= y->shift) ? x : y;

    if (pmap_hash(a) == pmap_hash(b))
        return a;
    if (x && y && !is_within(outer, outer == x ? b->key : a->key))
        return merge_disjoint(self, a, b);
    return is_leaf(outer) ? merge_leaves(self, x, y) : merge_parts(self, a, b, outer->shift);
}

const struct pmap *pmap_merge(const struct pmap *a, const struct pmap *b, struct arena *arena, pmap_choice *choose,
                              void *context)
{
    struct merging self = {arena, choose, context};

    return merge(&self, a, b);
}

/* ---- moving ---- */

/* A node that was moved has a count of 0, which no other has, and its new place instead of its hash. */
const struct pmap *pmap_move(const struct pmap *self, struct arena *to)
{
    struct pmap *old = (struct pmap *)self;
    struct pmap_node *node;

    if (!old || old->count == 0)
        return old ? (const struct pmap *)(uintptr_t)old->value : NULL;
    node = node_copy(to, pmap_node(self));
    old->count = 0;
    old->value = (uintptr_t)node;
    for (uint32_t i = 0; i < node->width && !is_leaf(node); i++)
        children_of(node)[i] = pmap_move(children_of(node)[i], to);
    return &node->head;
}

/* ---- walking ---- */

/* The first leaf of MAP comes next. */
static void iter_enter(struct pmap_iter *self, const struct pmap *map)
{
    const struct pmap_node *node = pmap_node(map);

    for (; !is_leaf(node); node = pmap_node(pmap_children(node)[0])) {
        assert(self->depth < PMAP_DEPTH_MAX);
        self->above[self->depth].next = pmap_children(node) + 1;
        self->above[self->depth++].end = pmap_children(node) + node->width;
    }
    self->next = pmap_entries(node);
    self->end = self->next + node->width;
    if (self->depth > 0 && self->above[self->depth - 1].next != self->above[self->depth - 1].end)
        __builtin_prefetch(*self->above[self->depth - 1].next); /* the next one, while this one is walked */
}

bool pmap_iter_next_leaf(struct pmap_iter *self)
{
    while (self->depth > 0 && self->above[self->depth - 1].next == self->above[self->depth - 1].end)
        self->depth--;
    if (self->depth == 0)
        return false;
    iter_enter(self, *self->above[self->depth - 1].next++);
    return true;
}

void pmap_iter_init(struct pmap_iter *self, const struct pmap *map)
{
    self->next = self->end = NULL;
    self->depth = 0;
    if (map)
        iter_enter(self, map);
}

void pmap_iter_init_from(struct pmap_iter *self, const struct pmap *map, uint32_t key)
{
    const struct pmap_node *node = pmap_node(map);
    uint32_t digit = 0, rank = 0;

    self->next = self->end = NULL;
    self->depth = 0;
    for (; node && is_within(node, key) && !is_leaf(node);
         node = pmap_has_digit(node, digit) ? pmap_node(pmap_children(node)[rank]) : NULL) {
        digit = pmap_digit(node, key);
        rank = pmap_rank(node, digit);
        self->above[self->depth].next = pmap_children(node) + rank + pmap_has_digit(node, digit);
        self->above[self->depth++].end = pmap_children(node) + node->width;
    }
    if (!node || (!is_within(node, key) && node->head.key < key))
        return;
    iter_enter(self, &node->head);
    if (is_within(node, key))
        self->next += pmap_rank(node, pmap_digit(node, key));
}

/* ---- differences ---- */

/* All that OTHER has of NODE's range; NULL: nothing. */
static const struct pmap_node *twin_of(const struct pmap_node *node, const struct pmap_node *other)
{
    while (other && other->shift > node->shift)
        other = is_within(other, node->head.key) && pmap_has_digit(other, pmap_digit(other, node->head.key))
                    ? pmap_node(child_of(other, pmap_digit(other, node->head.key)))
                    : NULL;
    return other && is_within(node, other->head.key) ? other : NULL;
}

static void diff_push(struct pmap_diff *self, const struct pmap *map, const struct pmap_node *other)
{
    const struct pmap_node *node = pmap_node(map), *twin = twin_of(node, other);

    if (twin && twin->head.value == map->value && twin->shift == node->shift)
        return;
    assert(self->depth < PMAP_DEPTH_MAX);
    self->levels[self->depth].node = node;
    self->levels[self->depth].other = twin;
    self->levels[self->depth++].next = 0;
}

void pmap_diff_init(struct pmap_diff *self, const struct pmap *map, const struct pmap *other)
{
    self->depth = 0;
    if (map)
        diff_push(self, map, pmap_node(other));
}

const struct pmap *pmap_diff_next(struct pmap_diff *self)
{
    while (self->depth > 0) {
        const struct pmap_node *node = self->levels[self->depth - 1].node, *other = self->levels[self->depth - 1].other;
        uint32_t next = self->levels[self->depth - 1].next++;

        if (next == node->width) {
            self->depth--;
        } else if (!is_leaf(node)) {
            diff_push(self, pmap_children(node)[next], other);
        } else {
            const struct pmap *entry = &pmap_entries(node)[next], *twin = entry_of(other, pmap_digit(node, entry->key));

            if (!twin || twin->value != entry->value)
                return entry;
        }
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
