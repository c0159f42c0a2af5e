/*
 * join.c - comparing and merging states (ESP's property simulation: states with equal typestates become one).
 */

#include "base/hash.h"
#include "engine/engine_int.h"
#include "engine/passed.h"
#include "engine/protocol.h"
#include "engine/unknown.h"
#include "engine/ways.h"

bool state_same_key(const struct state *a, const struct state *b)
{
    return pmap_hash(a->objects) == pmap_hash(b->objects) && pmap_hash(a->mappings) == pmap_hash(b->mappings) &&
           pmap_hash(a->loops) == pmap_hash(b->loops) && pmap_hash(a->unchecked) == pmap_hash(b->unchecked) &&
           pmap_hash(a->history) == pmap_hash(b->history);
}

bool state_equal(const struct state *a, const struct state *b)
{
    return pmap_hash(a->store) == pmap_hash(b->store) && pmap_hash(a->facts) == pmap_hash(b->facts) && state_same_key(a, b);
}

/* ---- the store ---- */

/* Makes room for as many pairs as the stores of A and B can differ in, and forgets those of earlier merges. */
static void pairs_reset(struct analysis *an, const struct state *a, const struct state *b)
{
    uint32_t wanted = 2 * (pmap_count(a->store) + pmap_count(b->store)), size = 64;

    while (size < wanted)
        size *= 2;
    while (an->pairs.count < size)
        VEC_PUSH_IN(an->arena, &an->pairs, (struct merged_pair){0});
    an->merges++;
}

/* The slot of the pair X, Y, or the free one where it belongs. */
static struct merged_pair *pairs_find(struct analysis *an, value_id x, value_id y)
{
    uint32_t mask = an->pairs.count - 1, i = (uint32_t)hash_mix(x, y) & mask;

    while (an->pairs.items[i].merge == an->merges && (an->pairs.items[i].x != x || an->pairs.items[i].y != y))
        i = (i + 1) & mask;
    return &an->pairs.items[i];
}

/* Numbers and counters: what they merge to is one or the other, and may be an element's index. */
static bool is_countable(const struct analysis *an, value_id value)
{
    return value_get(&an->values, value)->kind == VALUE_INT || value_counter(&an->values, value);
}

/* Is VALUE the one that value_named gives for NAME? */
static bool is_named(const struct analysis *an, value_id value, int64_t name)
{
    const struct value *v = value_get(&an->values, value);

    return v->kind == VALUE_FRESH && v->number == name;
}

/* The value that stands for X on one side and Y on the other: the same wherever the two meet in this merge, so that what is equal on both sides
 * stays equal. Named after the first such region. */
static value_id merge_values(struct analysis *an, value_id x, value_id y, uint32_t point, region_id region)
{
    ir_id type = region_get(&an->values, region)->type;
    int64_t name = -(int64_t)((uint64_t)(point + 1) << 32 | region);
    struct merged_pair *pair = pairs_find(an, x, y);

    if (pair->merge == an->merges && value_get(&an->values, pair->merged)->type == type)
        return pair->merged;
    *pair = (struct merged_pair){x, y, is_named(an, x, name) ? x : value_named(&an->values, type, name), an->merges};
    if (is_countable(an, x) && is_countable(an, y))
        value_mark_counter(&an->values, pair->merged);
    return pair->merged;
}

/* Is REGION memory, and VALUE a pointer that the caller passed, not one to that very memory? */
static bool is_kept_argument(const struct analysis *an, region_id region, value_id value)
{
    const struct value *v = value_get(&an->values, value);
    const struct region *root = region_get(&an->values, region_root(&an->values, region));

    return root->kind != REGION_LOCAL && root->value != value && v->type != IR_NONE &&
           an->program->types.items[v->type].kind == IR_TYPE_POINTER &&
           region_get(&an->values, region_root(&an->values, v->region))->kind == REGION_LOCAL;
}

/* VALUE is held in REGION on one side: it is not lost, but where it is nobody can say any more. Callers are told of what they passed when it is kept in
 * memory, and of objects unless they are where callers left them. */
static void escape_joined(struct analysis *an, struct state *out, const struct state *a, const struct state *b, region_id region,
                          value_id value)
{
    const struct value *v = value_get(&an->values, value);

    typestate_escape_held(an, out, region, value);
    if (an->is_root || v->kind != VALUE_ENTRY)
        return;
    if (is_kept_argument(an, region, value) ||
        (protocol_is_object_type(an, v->type) && (state_peek(an, a, v->region) != value || state_peek(an, b, v->region) != value)))
        out->escaped = pmap_set(out->escaped, &an->nodes, value, an->loc);
}

/* Two stores that become one. */
struct store_join {
    struct analysis *an;
    struct state *out;
    const struct state *a, *b;
    uint32_t point;
};

/* See struct cover. Regions have few wholes, and many of one whole are asked for. */
static region_id find_cover(const struct store_join *self, int side, region_id region)
{
    struct analysis *an = self->an;
    region_id whole;

    while (an->covers[side].count <= region)
        VEC_PUSH_IN(an->arena, &an->covers[side], (struct cover){0});
    if (an->covers[side].items[region].merge == an->merges)
        return an->covers[side].items[region].whole;
    if (!region || pmap_find(side ? self->b->store : self->a->store, region))
        whole = region;
    else
        whole = find_cover(self, side, region_get(&an->values, region)->parent);
    an->covers[side].items[region] = (struct cover){whole, an->merges};
    return whole;
}

/* What REGION, which the store has nothing for, holds in A (0) or B (1). */
static value_id peek_unwritten(const struct store_join *self, int side, region_id region)
{
    struct analysis *an = self->an;
    region_id whole = find_cover(self, side, region_get(&an->values, region)->parent);

    if (!whole)
        return value_entry(&an->values, region);
    return state_part(an, region, whole, (value_id)pmap_find(side ? self->b->store : self->a->store, whole)->value);
}

/* One region's value in the merged state; WORDS: what the stores have. */
static uint64_t join_region(void *context, region_id region, const uint64_t *word_a, const uint64_t *word_b)
{
    const struct store_join *self = context;
    struct analysis *an = self->an;
    const struct state *a = self->a, *b = self->b;
    value_id x = word_a ? (value_id)*word_a : peek_unwritten(self, 0, region);
    value_id y = word_b ? (value_id)*word_b : peek_unwritten(self, 1, region), merged;

    if (x == y)
        return x;
    if ((x == an->unknown || y == an->unknown) && unknown_may_hold(an, region))
        merged = an->unknown;
    else
        merged = merge_values(an, x, y, self->point, region);
    if (merged != an->unknown)
        self->out->facts = facts_join(&an->facts, self->out->facts, merged, a->facts, x, b->facts, y);
    if (x != an->unknown)
        escape_joined(an, self->out, a, b, region, x);
    if (y != an->unknown)
        escape_joined(an, self->out, a, b, region, y);
    return merged;
}

static void join_stores(struct analysis *an, struct state *out, const struct state *a, const struct state *b, uint32_t point)
{
    struct store_join join = {an, out, a, b, point};

    pairs_reset(an, a, b);
    out->store = pmap_merge(a->store, b->store, &an->nodes, join_region, &join);
}

/* ---- the rest ---- */

static void join_facts(struct analysis *an, struct state *out, const struct state *a, const struct state *b)
{
    struct pmap_diff diff;
    const struct pmap *entry;

    pmap_diff_init(&diff, a->facts, b->facts);
    while ((entry = pmap_diff_next(&diff))) {
        if (pmap_find(b->facts, entry->key))
            out->facts = facts_join(&an->facts, out->facts, entry->key, a->facts, entry->key, b->facts, entry->key);
        else
            out->facts = pmap_remove(out->facts, &an->nodes, entry->key);
    }
}

/* The entries of both. */
static const struct pmap *join_entries(struct analysis *an, const struct pmap *a, const struct pmap *b)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    if (a == b)
        return a;
    pmap_iter_init(&iter, b);
    while ((entry = pmap_iter_next(&iter)))
        a = pmap_set(a, &an->nodes, entry->key, entry->value);
    return a;
}

/* The entries of A whose keys B has, too. */
static const struct pmap *common_keys(struct analysis *an, const struct pmap *a, const struct pmap *b)
{
    const struct pmap *common = a;
    struct pmap_diff diff;
    const struct pmap *entry;

    pmap_diff_init(&diff, a, b);
    while ((entry = pmap_diff_next(&diff)))
        if (!pmap_find(b, entry->key))
            common = pmap_remove(common, &an->nodes, entry->key);
    return common;
}

/* The entries that A and B share. */
static const struct pmap *common_entries(struct analysis *an, const struct pmap *a, const struct pmap *b)
{
    const struct pmap *common = a;
    struct pmap_diff diff;
    const struct pmap *entry;

    pmap_diff_init(&diff, a, b);
    while ((entry = pmap_diff_next(&diff)))
        common = pmap_remove(common, &an->nodes, entry->key);
    return common;
}

void state_absorb(struct analysis *an, struct state *state, const struct state *other)
{
    if (other->leftover < state->leftover)
        state->leftover = other->leftover;
    state->lost = join_entries(an, state->lost, other->lost);
}

static const struct step *better_trace(const struct state *a, const struct state *b)
{
    uint32_t a_length = a->trace ? a->trace->length : 0, b_length = b->trace ? b->trace->length : 0;

    if (passed_count(a) != passed_count(b))
        return passed_count(b) < passed_count(a) ? b->trace : a->trace;
    return b_length < a_length ? b->trace : a->trace;
}

struct state state_join(struct analysis *an, const struct state *a, const struct state *b, uint32_t point)
{
    struct state out = *a;

    if (pmap_hash(a->facts) != pmap_hash(b->facts))
        join_facts(an, &out, a, b);
    out.escaped = join_entries(an, a->escaped, b->escaped);
    if (pmap_hash(a->store) != pmap_hash(b->store))
        join_stores(an, &out, a, b, point);
    out.touched = join_entries(an, a->touched, b->touched);
    state_absorb(an, &out, b);
    out.heads = common_entries(an, a->heads, b->heads);
    out.written = join_entries(an, a->written, b->written);
    out.freed = common_keys(an, a->freed, b->freed);
    out.used = common_keys(an, a->used, b->used);
    out.is_blurred = a->is_blurred || b->is_blurred;
    passed_meet(an, &out, b);
    out.ways = ways_join(an, &out, a, b);
    out.trace = better_trace(a, b);
    return out;
}

/* ---- when there is no room ---- */

/* What it costs to give up an entry of a map: more than anything else, when a live object of ours is among them. */
enum { COST_LIVE = STATE_DISTANCE_LIVE, COST_OBJECT = 4, COST_OTHER = 1 };

static uint32_t cost_of_object(uint64_t word)
{
    struct object object = object_unpack(word);

    if (object.is_given_up)
        return COST_OTHER;
    return object.is_ours && object.descriptor == RULESET_BIT(RULESET_DESCRIPTOR_LIVE) ? COST_LIVE : COST_OBJECT;
}

static uint32_t cost_of_any(uint64_t word)
{
    (void)word;
    return COST_OTHER;
}

/* Adds the costs of the keys that A has with another word than B, or alone, to *SUM, until that is LIMIT or more. */
static void add_costs(const struct pmap *a, const struct pmap *b, uint32_t cost(uint64_t), uint32_t limit, uint32_t *sum)
{
    struct pmap_diff diff;
    const struct pmap *entry;

    pmap_diff_init(&diff, a, b);
    while (*sum < limit && (entry = pmap_diff_next(&diff)))
        *sum += cost(entry->value);
}

uint32_t state_distance(const struct state *a, const struct state *b, uint32_t limit)
{
    const struct pmap *const firsts[] = {a->objects, a->mappings, a->unchecked, a->history};
    const struct pmap *const seconds[] = {b->objects, b->mappings, b->unchecked, b->history};
    uint32_t sum = 0;

    for (size_t m = 0; m < sizeof(firsts) / sizeof(firsts[0]) && sum < limit; m++) {
        if (pmap_hash(firsts[m]) == pmap_hash(seconds[m]))
            continue;
        add_costs(firsts[m], seconds[m], m == 0 ? cost_of_object : cost_of_any, limit, &sum);
        add_costs(seconds[m], firsts[m], m == 0 ? cost_of_object : cost_of_any, limit, &sum);
    }
    return sum;
}

/* Gives up in OUT the objects of A that B has in another state or not at all. */
static void give_up_differences(struct analysis *an, struct state *out, const struct pmap *a, const struct pmap *b, uint32_t *lost)
{
    struct pmap_diff diff;
    const struct pmap *entry;

    pmap_diff_init(&diff, a, b);
    while ((entry = pmap_diff_next(&diff))) {
        struct object object = object_unpack(entry->value);

        *lost += object.is_ours && !object.is_given_up && object.descriptor == RULESET_BIT(RULESET_DESCRIPTOR_LIVE);
        typestate_give_up(an, out, entry->key);
        out->touched = pmap_set(out->touched, &an->nodes, entry->key, an->loc);
    }
}

/* Gives up the objects of A's mappings that B does not have in the same state. */
static void give_up_owners(struct analysis *an, struct state *out, const struct pmap *a, const struct pmap *b)
{
    struct pmap_diff diff;
    const struct pmap *entry;

    pmap_diff_init(&diff, a, b);
    while ((entry = pmap_diff_next(&diff))) {
        struct mapping mapping = mapping_unpack(entry->value);
        value_id owner = mapping.object ? mapping.object : entry->key;

        typestate_give_up(an, out, owner);
        out->touched = pmap_set(out->touched, &an->nodes, owner, an->loc);
    }
}

/* See history_add: whether the object was given up stays. */
static uint64_t mixed_history(const struct pmap *entry)
{
    return (hash_mix(entry->value, entry->key) & ~UINT64_C(1)) | (entry->value & 1);
}

/* Adds to OUT's histories those of A that B does not have: what happened on one side only is a history of its own. */
static void mix_histories(struct analysis *an, struct state *out, const struct pmap *a, const struct pmap *b)
{
    struct pmap_diff diff;
    const struct pmap *entry;

    pmap_diff_init(&diff, a, b);
    while ((entry = pmap_diff_next(&diff)))
        out->history = pmap_set(out->history, &an->nodes, entry->key, mixed_history(entry));
}

/* Callers see what happened to an object, not only what it has become: where that differs, nothing can be told. */
static void give_up_histories(struct analysis *an, struct state *out, const struct pmap *a, const struct pmap *b)
{
    struct pmap_diff diff;
    const struct pmap *entry;

    pmap_diff_init(&diff, a, b);
    while ((entry = pmap_diff_next(&diff))) {
        if (!entry->key)
            continue;
        typestate_give_up(an, out, entry->key);
        out->touched = pmap_set(out->touched, &an->nodes, entry->key, an->loc);
    }
}

struct state state_join_lossy(struct analysis *an, const struct state *a, const struct state *b, uint32_t point, uint32_t *lost)
{
    struct state out = state_join(an, a, b, point);

    out.is_blurred |= !state_same_key(a, b);
    *lost = 0;
    give_up_owners(an, &out, a->mappings, b->mappings);
    give_up_owners(an, &out, b->mappings, a->mappings);
    out.mappings = common_entries(an, a->mappings, b->mappings);
    out.unchecked = common_entries(an, a->unchecked, b->unchecked);
    give_up_differences(an, &out, a->objects, b->objects, lost);
    give_up_differences(an, &out, b->objects, a->objects, lost);
    give_up_histories(an, &out, a->history, b->history);
    give_up_histories(an, &out, b->history, a->history);
    mix_histories(an, &out, a->history, b->history);
    mix_histories(an, &out, b->history, a->history);
    return out;
}
