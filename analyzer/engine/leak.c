/*
 * leak.c - what is lost when a function returns: objects and mappings of ours that no memory of the caller's holds.
 *
 * "Ours" is what was made here or handed to us by a callee. It is not lost when the return value, a global, or memory that the function does not
 * own mentions it, or when it was handed to code that we do not see. Which loss breaks which rule is the ruleset's leak table, read in order: one
 * finding for an object.
 */
#include "base/hash.h"
#include "engine/passed.h"
#include "engine/report.h"
#include "engine/solve.h"

/* Who still holds a value outside the function's own variables: nobody; only objects that are themselves freed (a broken chain); only
 * objects of ours (a chain whose head is known); memory that outlives the function. */
enum holder { HOLDER_NONE, HOLDER_FREED, HOLDER_OBJECT, HOLDER_OTHER };

#define ASKED_MAX 16 /* blocks of memory that lead to a value, beyond which it is taken to be held */

/* One question for a holder: the value and the blocks of memory that were come across on the way to it. They may hold each other. */
struct search {
    struct analysis *an;
    const struct state *state;
    value_id asked[ASKED_MAX];
    uint32_t count;
};

static enum holder search_holder(struct search *self, value_id value);

static bool was_asked(const struct search *self, value_id value)
{
    for (uint32_t i = 0; i < self->count; i++)
        if (self->asked[i] == value)
            return true;
    return false;
}

/* What being kept in REGION means. Memory that was made here is no better than those who know its address. */
static enum holder judge_holder(struct search *self, region_id region)
{
    struct analysis *an = self->an;
    region_id root_id = region_root(&an->values, region);
    const struct region *root = region_get(&an->values, root_id);
    struct object owner;

    if (root->kind == REGION_LOCAL && root_id != summary_return_slot(an))
        return HOLDER_NONE;
    if (root->kind != REGION_TARGET)
        return HOLDER_OTHER;
    if (was_asked(self, root->value))
        return HOLDER_NONE; /* it holds itself */
    if (value_get(&an->values, root->value)->is_memory && !pmap_find(self->state->escaped, root->value))
        return search_holder(self, root->value);
    if (!state_is_tracked(self->state, root->value))
        return HOLDER_OTHER;
    owner = state_object(an, self->state, root->value);
    if (!owner.is_ours || owner.is_escaped)
        return HOLDER_OTHER;
    return owner.descriptor == RULESET_BIT(RULESET_DESCRIPTOR_FREED) ? HOLDER_FREED : HOLDER_OBJECT;
}

static enum holder search_holder(struct search *self, value_id value)
{
    enum holder best = HOLDER_NONE;
    struct pmap_iter iter;
    const struct pmap *entry;

    if (self->count == ASKED_MAX)
        return HOLDER_OTHER;
    self->asked[self->count++] = value;
    pmap_iter_init(&iter, self->state->store);
    while ((entry = pmap_iter_next(&iter)) && best != HOLDER_OTHER) {
        enum holder found;

        if (!value_leads_to(&self->an->values, (value_id)entry->value, value))
            continue;
        found = judge_holder(self, entry->key);
        best = found > best ? found : best;
    }
    return best;
}

static enum holder find_holder(struct analysis *an, const struct state *state, value_id value)
{
    struct search search = {.an = an, .state = state};

    return search_holder(&search, value);
}

/* One for a rule and a place: the first path that was seen stands. */
static void note_lost(struct analysis *an, struct state *state, const struct state *at, const struct violation *violation)
{
    uint32_t key = (uint32_t)hash_mix(violation->loc, (uint64_t)(violation->rule - an->rules->rules.items));
    struct lost *lost;

    if (pmap_find(state->lost, key))
        return;
    lost = ARENA_NEW(an->arena, struct lost);
    *lost = (struct lost){*at, *violation};
    state->lost = pmap_set(state->lost, &an->nodes, key, an->lost.count);
    VEC_PUSH_IN(an->arena, &an->lost, lost);
}

static void report_lost(struct analysis *an, const struct state *state)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, state->lost);
    while ((entry = pmap_iter_next(&iter))) {
        const struct lost *lost = an->lost.items[entry->value];
        struct violation violation = lost->violation;

        violation.exit_loc = an->loc;
        report_violation(an, &lost->at, &violation);
    }
}

static void report_leak(struct analysis *an, struct state *state, const struct ruleset_rule *rule, value_id object, value_id token,
                        const struct step *acquired)
{
    struct violation violation = {.rule = rule, .object = object, .token = token, .exit_loc = an->loc,
                                  .exit_text = "leaves the function here, and nothing refers to it any more"};

    violation.loc = acquired ? report_project(state, acquired) : an->loc;
    if (violation.loc == IR_NONE)
        violation.loc = an->loc;
    if (!passed_excuses(state, object, token)) {
        if (an->settling)
            note_lost(an, an->settling, state, &violation);
        else
            report_violation(an, state, &violation);
    }
    if (object) {
        typestate_give_up(an, state, object);
        trace_give_up(an, state, object);
    }
}

/* ---- mappings ---- */

static const struct ruleset_rule *mapping_leak_rule(const struct analysis *an, const struct mapping *mapping)
{
    for (uint32_t l = 0; l < an->rules->leaks.count; l++)
        if (an->rules->leaks.items[l].mappings & RULESET_BIT(mapping->kind))
            return an->rules->leaks.items[l].rule;
    return NULL;
}

/* Only what the token alone can undo is lost with it: a system mapping goes with the pages, whoever releases them. */
static bool is_token_lost(struct analysis *an, const struct state *state, value_id token, const struct mapping *mapping)
{
    return mapping->is_live && mapping->is_explicit && !mapping->is_escaped && !mapping->is_given_up &&
           mapping->kind != RULESET_MAPPING_SYSTEM && find_holder(an, state, token) < HOLDER_OBJECT;
}

/* Reports the tokens that are lost with mappings of which RULE speaks. */
static void check_mappings(struct analysis *an, struct state *state, const struct ruleset_rule *rule)
{
    const struct pmap *old = state->mappings;
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, old);
    while ((entry = pmap_iter_next(&iter))) {
        struct mapping mapping;

        if (!state_mapping(state, entry->key, &mapping) || mapping_leak_rule(an, &mapping) != rule ||
            !is_token_lost(an, state, entry->key, &mapping))
            continue;
        if (!mapping.object || !state_object(an, state, mapping.object).is_given_up)
            report_leak(an, state, rule, mapping.object, entry->key, report_find_token(state, entry->key));
    }
}

/* ---- objects ---- */

static bool mask_within(uint32_t possible, uint32_t asked)
{
    return asked == RULESET_ANY || (possible & ~asked) == 0;
}

/* Does VALUE, in state OBJECT, lose what LEAK speaks of? Mappings that only their token can end were looked at before. */
static bool leak_fits(const struct analysis *an, const struct state *state, const struct ruleset_leak *leak, value_id value,
                      const struct object *object, bool is_chained)
{
    if (leak->mappings && !state_find_mapping(an, state, value, leak->mappings))
        return false;
    if (object->is_listed && object->descriptor == RULESET_BIT(RULESET_DESCRIPTOR_FREED))
        return false; /* the descriptor is gone, and its pages are known without it */
    return (!leak->is_chained || is_chained) && (!leak->is_dropped || object->is_dropped) && mask_within(object->descriptor, leak->descriptor) &&
           mask_within(object->pages, leak->pages) && mask_within(object->origin, leak->origin);
}

static const struct ruleset_leak *find_leak(const struct analysis *an, const struct state *state, value_id value,
                                            const struct object *object, bool is_chained)
{
    for (uint32_t l = 0; l < an->rules->leaks.count; l++)
        if (leak_fits(an, state, &an->rules->leaks.items[l], value, object, is_chained))
            return &an->rules->leaks.items[l];
    return NULL;
}

/* The event that acquired what LEAK speaks of: the one that brought the pages into that state, else the one that made the object. */
static const struct step *find_acquisition(const struct state *state, const struct ruleset_leak *leak, value_id object)
{
    const struct step *step = NULL;

    for (uint32_t pages = 0; leak->at == RULESET_LEAK_AT_PAGES && pages < RULESET_PAGES_COUNT && !step; pages++)
        if (leak->pages & RULESET_BIT(pages))
            step = report_find_event(state, object, RULESET_EFFECT_SET_PAGES, pages);
    if (leak->at == RULESET_LEAK_AT_MAPPING)
        step = report_find_event(state, object, RULESET_EFFECT_MAP, RULESET_ANY);
    if (leak->at == RULESET_LEAK_AT_DROP)
        step = report_find_event(state, object, RULESET_EFFECT_DROP, RULESET_ANY);
    return step ? step : report_find_event(state, object, RULESET_EFFECT_NEW, RULESET_ANY);
}

/* A mapping that came with the object stands for both: whoever has its token can release them. */
static enum holder find_token_holder(struct analysis *an, const struct state *state, value_id object)
{
    enum holder best = HOLDER_NONE;
    struct pmap_iter iter;
    const struct pmap *entry;
    struct mapping mapping;

    pmap_iter_init(&iter, state->mappings);
    while ((entry = state_next_mapping(&iter, &mapping)) && best != HOLDER_OTHER) {
        enum holder found;

        if (mapping.object != object || !mapping.is_live || mapping.is_explicit ||
            mapping.kind == RULESET_MAPPING_SYSTEM)
            continue;
        found = mapping.is_escaped ? HOLDER_OTHER : find_holder(an, state, entry->key);
        best = found > best ? found : best;
    }
    return best;
}

/* Reports the objects that are lost in the way that LEAK speaks of, and in none of those before it. */
static void check_objects(struct analysis *an, struct state *state, const struct ruleset_leak *leak)
{
    const struct pmap *old = state->objects;
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, old);
    while ((entry = pmap_iter_next(&iter))) {
        struct object object = state_object(an, state, entry->key);
        enum holder holder;

        if (!object.is_ours || object.is_escaped || object.is_given_up)
            continue;
        holder = find_holder(an, state, entry->key);
        if (holder >= HOLDER_OBJECT || find_leak(an, state, entry->key, &object, holder == HOLDER_FREED) != leak)
            continue;
        if (find_token_holder(an, state, entry->key) < HOLDER_OBJECT)
            report_leak(an, state, leak->rule, entry->key, 0, find_acquisition(state, leak, entry->key));
    }
}

/* The gravest loss first, for it is the one that is reported. */
static void find_leaks(struct analysis *an, struct state *state)
{
    for (uint32_t l = 0; l < an->rules->leaks.count; l++) {
        check_mappings(an, state, an->rules->leaks.items[l].rule);
        check_objects(an, state, &an->rules->leaks.items[l]);
    }
}

void leak_check(struct analysis *an, struct state *state)
{
    report_lost(an, state);
    find_leaks(an, state);
}

/* ---- before the return ---- */

/* Does OBJECT neither hold another one nor hang from one? */
static bool is_alone(struct analysis *an, const struct state *state, value_id object)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, state->store);
    while ((entry = pmap_iter_next(&iter)))
        if (state_is_tracked(state, (value_id)entry->value) &&
            region_get(&an->values, region_root(&an->values, entry->key))->value == object)
            return false;
    return find_holder(an, state, object) == HOLDER_NONE;
}

/* CONTEXT: an object; ENTRY: a mapping. */
static bool is_of_object(void *context, const struct pmap *entry)
{
    return mapping_unpack(entry->value).object == *(const value_id *)context;
}

static bool is_not_of_object(void *context, const struct pmap *entry)
{
    return !is_of_object(context, entry);
}

static void settle(struct analysis *an, struct state *state, value_id object)
{
    struct state alone = *state;
    uint64_t word;

    if (!pmap_get(state->objects, object, &word) || !is_alone(an, state, object))
        return;
    alone.objects = pmap_set(NULL, &an->nodes, object, word);
    alone.mappings = pmap_filter(state->mappings, &an->nodes, is_of_object, &object);
    an->settling = state;
    find_leaks(an, &alone);
    an->settling = NULL;
    if (!state_object(an, &alone, object).is_given_up)
        return; /* it breaks no rule to lose it */
    state->objects = pmap_remove(state->objects, &an->nodes, object);
    state->mappings = pmap_filter(state->mappings, &an->nodes, is_not_of_object, &object);
}

void leak_settle(struct analysis *an, struct state *state)
{
    for (uint32_t i = 0; i < an->unheld.count; i++)
        settle(an, state, an->unheld.items[i]);
}

void leak_collect_handed_over(struct analysis *an, struct state *state, const struct pmap *before)
{
    struct pmap_iter iter;
    const struct pmap *entry;
    struct mapping mapping;

    pmap_iter_init(&iter, state->objects);
    while ((entry = pmap_iter_next(&iter)))
        if (object_unpack(entry->value).is_ours && !pmap_find(before, entry->key) && find_holder(an, state, entry->key) == HOLDER_OTHER)
            state->objects = pmap_remove(state->objects, &an->nodes, entry->key);
    pmap_iter_init(&iter, state->mappings);
    while ((entry = state_next_mapping(&iter, &mapping)))
        if (!state_is_tracked(state, mapping.object) && !pmap_find(before, entry->key) &&
            find_holder(an, state, entry->key) == HOLDER_OTHER)
            state->mappings = pmap_remove(state->mappings, &an->nodes, entry->key);
}
