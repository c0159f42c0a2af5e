/*
 * collect.c - forgetting what no execution of the rest of the function can name: garbage collection of a state.
 *
 * Memory can be named when it is a variable, belongs to the caller, or a value that can be named points to it; a value can be named when
 * such memory holds it. Marking starts from variables, the caller's memory and objects that somebody still has to release, and follows the
 * store; what stays unmarked is dropped with all that was known of it. An object that only dropped memory holds escapes: it is not lost, but nobody
 * here can say where it is. Memory that was allocated here and that nobody was told of is lost with all that it holds.
 *
 * What a function that nobody calls found on entry only counts while the function itself can get at it: no caller will ask. A worker that takes the next
 * request from a queue, or a dispatch routine that tries again, begins its next round with what it began the first one with. A place where callers find an
 * object that was made here stays: that they will have it does not mean that somebody else has done something to it.
 *
 * Without this the store of a function that walks lists and calls helpers grows with every node that was ever passed.
 */

#include "engine/engine_int.h"
#include "engine/leaving.h"
#include "engine/liveness.h"
#include "engine/unknown.h"

/* ---- marking ---- */

/* What a collection knows of a value; the entry of `marks` is four times the number of the pass that found it, and this. What can be named stays so;
 * what cannot may be reached by a later pass. */
enum known { KNOWN_NOT, KNOWN_MARKED, KNOWN_REACHABLE, KNOWN_UNREACHABLE };

static enum known known_of(const struct analysis *an, value_id value)
{
    uint32_t pass = an->marks.items[value] / 4;
    enum known known = (enum known)(an->marks.items[value] % 4);

    return pass < an->first_pass || (known == KNOWN_UNREACHABLE && pass != an->pass) ? KNOWN_NOT : known;
}

static void set_known(struct analysis *an, value_id value, enum known known)
{
    an->marks.items[value] = an->pass * 4 + known;
}

static bool is_marked(const struct analysis *an, value_id value)
{
    return known_of(an, value) == KNOWN_MARKED;
}

static void mark_value(struct analysis *an, value_id value)
{
    const struct value *v;

    if (!value || is_marked(an, value))
        return;
    set_known(an, value, KNOWN_MARKED);
    v = value_get(&an->values, value);
    if (v->kind == VALUE_EXPR) {
        mark_value(an, v->a);
        mark_value(an, v->b);
    }
    for (region_id r = v->kind == VALUE_ADDR ? v->region : 0; r; r = region_get(&an->values, r)->parent)
        mark_value(an, region_get(&an->values, r)->value);
}

static bool is_value_reachable(struct analysis *an, value_id value);

static bool is_region_reachable(struct analysis *an, region_id region)
{
    const struct region *root = region_get(&an->values, region_root(&an->values, region));

    return an->keeps_contexts || root->kind != REGION_TARGET || is_value_reachable(an, root->value);
}

/* Is there still what REGION held on entry? What callers gave for a parameter that is not read any more is not asked for. */
static bool is_unwritten(const struct analysis *an, region_id region)
{
    const struct region *root = region_get(&an->values, region_root(&an->values, region));

    if (root->kind == REGION_LOCAL && root->id < an->function->param_count && !liveness_is_live(an->liveness, an->next_block, root->id))
        return false;
    for (; region; region = region_get(&an->values, region)->parent)
        if (pmap_find(an->collected, region))
            return false;
    return true;
}

static bool find_reachable(struct analysis *an, value_id value)
{
    const struct value *v = value_get(&an->values, value);

    switch (v->kind) {
    case VALUE_FRESH: return false;
    case VALUE_ENTRY: return (!an->forgets_callers || is_unwritten(an, v->region)) && is_region_reachable(an, v->region);
    case VALUE_ADDR: return is_region_reachable(an, v->region);
    case VALUE_METHOD:
    case VALUE_FLAGS: return is_value_reachable(an, v->a);
    case VALUE_EXPR: return is_value_reachable(an, v->a) && (!v->b || is_value_reachable(an, v->b));
    case VALUE_INT:
    case VALUE_FUNC:
    case VALUE_STRING: break;
    }
    return true;
}

/* Can VALUE be named: is it held somewhere, or can what it was read from be read? That it cannot is only final when all is marked. */
static bool is_value_reachable(struct analysis *an, value_id value)
{
    enum known known;

    if (!value_get(&an->values, value)->has_fresh && !an->forgets_callers)
        return true;
    known = known_of(an, value);
    if (known == KNOWN_NOT) {
        known = find_reachable(an, value) ? KNOWN_REACHABLE : KNOWN_UNREACHABLE;
        set_known(an, value, known);
    }
    return known != KNOWN_UNREACHABLE;
}

/* What an element is known by can be named where the element can. */
static void mark_indices(struct analysis *an, region_id region)
{
    for (; region; region = region_get(&an->values, region)->parent)
        if (region_get(&an->values, region)->kind == REGION_INDEX)
            mark_value(an, region_get(&an->values, region)->value);
}

/* Marks what the unreached entries hold whose memory can be named after all; the others stay, in order. False: there were none. */
static bool mark_reachable(struct analysis *an)
{
    uint32_t kept = 0, all = an->unreached.count;

    an->pass++;
    for (uint32_t i = 0; i < all; i++) {
        const struct pmap *entry = an->unreached.items[i];

        if (is_region_reachable(an, entry->key)) {
            mark_value(an, (value_id)entry->value);
            mark_indices(an, entry->key);
        } else
            an->unreached.items[kept++] = entry;
    }
    an->unreached.count = kept;
    return kept < all;
}

static bool is_freed(const struct object *object)
{
    return object->descriptor == RULESET_BIT(RULESET_DESCRIPTOR_FREED);
}

/* Nothing can be reported about an object like this that nobody can name. */
static bool is_over(const struct object *object)
{
    return is_freed(object) || object->is_escaped || object->is_given_up;
}

/* Is the token of a live mapping of OBJECT held? Whoever has it can undo that. */
static bool has_marked_token(const struct analysis *an, const struct state *state, value_id object)
{
    struct pmap_iter iter;
    const struct pmap *entry;
    struct mapping mapping;

    pmap_iter_init(&iter, state->mappings);
    while ((entry = state_next_mapping(&iter, &mapping)))
        if (mapping.object == object && mapping.is_live && (mapping.is_escaped || is_marked(an, entry->key)))
            return true;
    return false;
}

/* Notes the live objects of ours that nothing marked so far can name, nor undo. */
static void note_unheld(struct analysis *an, const struct state *state)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    an->unheld.count = 0;
    pmap_iter_init(&iter, state->objects);
    while ((entry = pmap_iter_next(&iter))) {
        struct object object = object_unpack(entry->value);

        if (object.is_ours && !is_over(&object) && !is_marked(an, entry->key) && !has_marked_token(an, state, entry->key))
            VEC_PUSH_IN(an->arena, &an->unheld, entry->key);
    }
}

/* A system mapping of somebody else's object goes with that: who cannot name it does nothing to it. */
static bool is_of_no_concern(const struct analysis *an, const struct state *state, const struct mapping *mapping)
{
    return an->forgets_callers && mapping->kind == RULESET_MAPPING_SYSTEM && mapping->object &&
           !state_object(an, state, mapping->object).is_ours;
}

/* Is VALUE a live object of ours? Where callers have it from does not make it one that anybody may have changed. */
static bool is_in_our_hands(const struct state *state, value_id value)
{
    uint64_t word;
    struct object object;

    if (!pmap_get(state->objects, value, &word))
        return false;
    object = object_unpack(word);
    return object.is_ours && !is_over(&object);
}

/* Objects that can still be lost count as held; so do those of live mappings, and freed ones that hold another object (a broken chain). */
static void mark_objects(struct analysis *an, const struct state *state)
{
    struct pmap_iter iter;
    const struct pmap *entry;
    struct mapping mapping;

    pmap_iter_init(&iter, state->objects);
    while ((entry = pmap_iter_next(&iter))) {
        struct object object = object_unpack(entry->value);

        if (object.is_ours && !is_over(&object))
            mark_value(an, entry->key);
    }
    pmap_iter_init(&iter, state->mappings);
    while ((entry = state_next_mapping(&iter, &mapping)))
        if (mapping.is_live && !is_of_no_concern(an, state, &mapping))
            mark_value(an, mapping.object);
    for (uint32_t i = 0; i < an->unreached.count; i++) {
        const struct pmap *held = an->unreached.items[i];
        const struct region *root = region_get(&an->values, region_root(&an->values, held->key));

        if ((state_is_tracked(state, root->value) && state_is_tracked(state, (value_id)held->value)) ||
            (!root->has_fresh && is_in_our_hands(state, (value_id)held->value)))
            mark_value(an, root->value);
    }
}

/* Does one need a value to get at REGION? */
static bool is_to_be_reached(const struct analysis *an, region_id region)
{
    return region_get(&an->values, region)->has_fresh ||
           (an->forgets_callers && region_get(&an->values, region_root(&an->values, region))->kind == REGION_TARGET);
}

/* Marks everything that can be named; the entries of the store whose memory cannot are left in AN's `unreached`. */
static void mark_state(struct analysis *an, const struct state *state)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    an->first_pass = ++an->pass;
    an->forgets_callers = an->is_root && !an->engine->options.keeps_callers && !an->keeps_contexts && an->liveness && an->next_block != IR_NONE;
    an->collected = state->store;
    while (an->marks.count < an->values.values.count)
        VEC_PUSH_IN(an->arena, &an->marks, 0);
    an->unreached.count = an->held.count = 0;
    pmap_iter_init(&iter, state->store);
    while ((entry = pmap_iter_next(&iter))) {
        if (unknown_is_held(an, entry))
            VEC_PUSH_IN(an->arena, &an->held, entry);
        if (is_to_be_reached(an, entry->key))
            VEC_PUSH_IN(an->arena, &an->unreached, entry);
        else
            mark_value(an, (value_id)entry->value);
    }
    while (mark_reachable(an))
        ;
    note_unheld(an, state);
    mark_objects(an, state);
    while (mark_reachable(an))
        ;
}

/* ---- dropping ---- */

static bool is_own_memory(const struct analysis *an, const struct state *state, region_id region)
{
    value_id pointer = region_get(&an->values, region_root(&an->values, region))->value;

    return pointer && value_get(&an->values, pointer)->is_memory && !pmap_find(state->escaped, pointer);
}

/* What the filters below are asked with. */
struct keeping {
    struct analysis *an;
    const struct state *state;
};

static bool keep_named_place(void *context, const struct pmap *entry)
{
    const struct keeping *self = context;

    return !is_to_be_reached(self->an, entry->key) || is_region_reachable(self->an, entry->key);
}

/* What is said of a value that nobody can name tells nobody anything. Key 0 is no value in particular. */
static bool keep_named(void *context, const struct pmap *entry)
{
    return !entry->key || is_value_reachable(((struct keeping *)context)->an, entry->key);
}

/* MAP without what is said of values that nobody can name: mostly all of it. */
static const struct pmap *filter_named(struct keeping *self, const struct pmap *map)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, map);
    while ((entry = pmap_iter_next(&iter)))
        if (!keep_named(self, entry))
            return pmap_filter(map, &self->an->nodes, keep_named, self);
    return map;
}

static bool keep_held(void *context, const struct pmap *entry)
{
    return is_marked(((struct keeping *)context)->an, entry->key);
}

static bool keep_object(void *context, const struct pmap *entry)
{
    struct analysis *an = ((struct keeping *)context)->an;
    struct object object = object_unpack(entry->value);

    return object.is_ours ? !is_over(&object) || is_marked(an, entry->key) : is_value_reachable(an, entry->key);
}

/* Does TOKEN stand for the unknown token of an object that is still followed? */
static bool is_ended_with_object(const struct analysis *an, const struct state *state, value_id token)
{
    const struct value *v = value_get(&an->values, token);

    return v->kind == VALUE_FLAGS && state_is_tracked(state, v->a);
}

/* An ended mapping whose token nothing holds goes; one that stands for an unknown token goes with its object. */
static bool keep_mapping(void *context, const struct pmap *entry)
{
    const struct keeping *self = context;
    struct mapping mapping = mapping_unpack(entry->value);

    if (mapping.is_live)
        return !is_of_no_concern(self->an, self->state, &mapping) || is_value_reachable(self->an, mapping.object) ||
               is_value_reachable(self->an, entry->key);
    if (value_get(&self->an->values, entry->key)->kind == VALUE_FLAGS)
        return is_ended_with_object(self->an, self->state, entry->key);
    return is_marked(self->an, entry->key);
}

/* What the unreached places outside memory of ours hold escapes; such memory is no longer ours when it is among it. False: there were none. */
static bool escape_unreached(struct analysis *an, struct state *state)
{
    uint32_t kept = 0, all = an->unreached.count;

    for (uint32_t i = 0; i < all; i++) {
        const struct pmap *entry = an->unreached.items[i];

        if (is_own_memory(an, state, entry->key))
            an->unreached.items[kept++] = entry;
        else {
            const struct state before = *state;

            state_escape(an, state, (value_id)entry->value);
            leaving_note_escape(an, &before, state, entry->key);
        }
    }
    an->unreached.count = kept;
    return kept < all;
}

static void drop_places(struct keeping *keeping, struct state *state)
{
    if (keeping->an->unreached.count == 0)
        return;
    state->store = pmap_filter(state->store, &keeping->an->nodes, keep_named_place, keeping);
    while (escape_unreached(keeping->an, state))
        ;
}

void state_collect(struct analysis *an, struct state *state)
{
    struct keeping keeping = {an, state};
    struct state before = *state;

    mark_state(an, state);
    drop_places(&keeping, state);
    state->facts = filter_named(&keeping, state->facts);
    state->objects = pmap_filter(state->objects, &an->nodes, keep_object, &keeping);
    state->mappings = pmap_filter(state->mappings, &an->nodes, keep_mapping, &keeping);
    if (an->forgets_callers)
        leaving_note_forgotten(an, &before, state);
    state->unchecked = pmap_filter(state->unchecked, &an->nodes, keep_held, &keeping);
    state->history = filter_named(&keeping, state->history);
    state->touched = filter_named(&keeping, state->touched);
    state->escaped = filter_named(&keeping, state->escaped);
    state->freed = filter_named(&keeping, state->freed);
    state->used = filter_named(&keeping, state->used);
    unknown_forget(an, state);
}

/* ---- at the end of a round ---- */

/* Does the store mention VALUE at all, but for the members that it was read from and that still hold it? */
static bool store_mentions_elsewhere(const struct analysis *an, const struct state *state, value_id value)
{
    const struct value *v = value_get(&an->values, value);
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, state->store);
    while ((entry = pmap_iter_next(&iter)))
        if (value_mentions(&an->values, (value_id)entry->value, value) &&
            !(v->kind == VALUE_ENTRY && v->region == entry->key))
            return true;
    return false;
}

/* Objects and mappings that this round of a loop has finished with: freed or ended, and held by nothing that the next round starts from. */
void state_collect_round(struct analysis *an, struct state *state)
{
    struct pmap_iter iter;
    const struct pmap *entry;
    struct mapping mapping;

    pmap_iter_init(&iter, state->objects);
    while ((entry = pmap_iter_next(&iter))) {
        struct object object = object_unpack(entry->value);

        if (is_freed(&object) && !store_mentions_elsewhere(an, state, entry->key))
            state->objects = pmap_remove(state->objects, &an->nodes, entry->key);
    }
    pmap_iter_init(&iter, state->mappings);
    while ((entry = state_next_mapping(&iter, &mapping)))
        if (!mapping.is_live && !is_ended_with_object(an, state, entry->key) && !store_mentions_elsewhere(an, state, entry->key))
            state->mappings = pmap_remove(state->mappings, &an->nodes, entry->key);
}
