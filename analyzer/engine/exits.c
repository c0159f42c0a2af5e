/*
 * exits.c - see exits.h.
 */
#include "engine/exits.h"

#include "engine/protocol.h"

#define SUMMARY_CASES_MAX 32
#define CASES_APART 8 /* of a function with events: up to here even ways that do the same are told apart by their conditions */

/* What a caller tells results apart by. */
enum result_class { RESULT_VOID, RESULT_ZERO, RESULT_NEGATIVE, RESULT_POSITIVE, RESULT_NONZERO, RESULT_NONNEGATIVE, RESULT_UNKNOWN };

static enum result_class classify(struct analysis *an, const struct function_exit *exit)
{
    struct state scratch = exit->state;
    uint64_t stored;
    int64_t low, high;
    value_id result;

    if (exit->is_raise || summary_is_visible(an, summary_return_slot(an)) || !pmap_get(exit->state.store, summary_return_slot(an), &stored))
        return RESULT_VOID;
    result = (value_id)stored;
    facts_range(&an->facts, scratch.facts, result, &low, &high);
    if (low == 0 && high == 0)
        return RESULT_ZERO;
    if (high < 0)
        return RESULT_NEGATIVE;
    if (low > 0)
        return RESULT_POSITIVE;
    if (facts_is_nonzero(&an->facts, scratch.facts, result))
        return RESULT_NONZERO;
    if (facts_is_zero(&an->facts, scratch.facts, result))
        return RESULT_ZERO;
    return low == 0 ? RESULT_NONNEGATIVE : RESULT_UNKNOWN;
}

/* Exits of different kinds are never merged. */
static bool is_same_kind(struct analysis *an, const struct function_exit *a, const struct function_exit *b)
{
    return a->is_raise == b->is_raise && classify(an, a) == classify(an, b);
}

/* The case of MERGED that EXIT differs from least, if possible of its kind; their count when none may be merged with it. */
static uint32_t find_nearest(struct analysis *an, const struct function_exits *merged, const struct function_exit *exit)
{
    uint32_t nearest = merged->list.count, best = UINT32_MAX;

    for (uint32_t m = 0; m < merged->list.count; m++) {
        const struct function_exit *other = &merged->list.items[m];
        uint32_t distance = state_distance(&other->state, &exit->state, best);

        if (!is_same_kind(an, other, exit))
            distance += UINT32_MAX / 4;
        if (other->is_raise == exit->is_raise && distance < best) {
            best = distance;
            nearest = m;
        }
    }
    return nearest;
}

/* May a parameter of TYPE hold an object: is it a pointer to one, or to anything? */
static bool may_hold_object(const struct analysis *an, ir_id type)
{
    const struct ir_type *types = an->program->types.items;

    return protocol_is_object_type(an, type) || (types[type].kind == IR_TYPE_POINTER && types[types[type].target].kind == IR_TYPE_VOID);
}

/* Have other code kept the objects that parameters may have held on entry after both of A and B, or after neither? */
static bool keeps_same_arguments(const struct analysis *an, const struct state *a, const struct state *b)
{
    for (ir_id p = 0; p < an->function->param_count && pmap_hash(a->escaped) != pmap_hash(b->escaped); p++) {
        region_id region = may_hold_object(an, an->function->locals.items[p].type) ? region_find_local(&an->values, p) : 0;
        value_id argument = region ? region_get(&an->values, region)->entry : 0;

        if (argument && !pmap_find(a->escaped, argument) != !pmap_find(b->escaped, argument))
            return false;
    }
    return true;
}

/* The case of MERGED that does the same as EXIT and whose conditions differ from its least; their count when there is none. "The array has no element" and
 * "the first element is NULL" must not become "whatever is there"; nor, where there is room, "somebody has kept it" and "nobody has" the former. */
static uint32_t find_alike(struct analysis *an, const struct function_exits *merged, const struct function_exit *exit)
{
    bool has_room = merged->list.count < CASES_APART;
    uint32_t alike = merged->list.count, best = UINT32_MAX;

    for (uint32_t m = 0; m < merged->list.count; m++) {
        const struct function_exit *other = &merged->list.items[m];
        uint32_t differences;

        if (!state_same_key(&other->state, &exit->state) || !is_same_kind(an, other, exit) ||
            (has_room && !keeps_same_arguments(an, &other->state, &exit->state)))
            continue;
        differences = facts_distance(&an->facts, other->state.facts, exit->state.facts);
        if (differences < best) {
            best = differences;
            alike = m;
        }
    }
    return alike;
}

/* Is the pointer to an object that callers have in a place of theirs another one now? */
static bool has_moved(struct analysis *an, const struct state *state)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, state->store);
    while ((entry = pmap_iter_next(&iter))) {
        const struct value *v = value_get(&an->values, (value_id)entry->value);

        if (protocol_is_object_type(an, region_get(&an->values, entry->key)->type) && summary_is_visible(an, entry->key) &&
            (v->kind != VALUE_ENTRY || v->region != entry->key))
            return true;
    }
    return false;
}

/* Does EXIT do something to objects or mappings that callers can see? */
static bool has_doings(struct analysis *an, const struct function_exit *exit)
{
    return exit->state.history || exit->state.objects || exit->state.mappings || exit->state.touched || has_moved(an, &exit->state);
}

/* How many exits are kept apart though they do the same. "Nothing was there" and "nothing was asked for" are one case only for a caller that
 * has nothing at stake. */
static uint32_t cases_apart(struct analysis *an, const struct function_exits *exits)
{
    for (uint32_t i = 0; i < exits->list.count; i++)
        if (has_doings(an, &exits->list.items[i]))
            return CASES_APART;
    return 0;
}

void exits_merge(struct analysis *an, const struct function_exits *exits, struct function_exits *merged)
{
    uint32_t point = an->merge_points + 1, apart = cases_apart(an, exits), lost;

    for (uint32_t i = 0; i < exits->list.count; i++) {
        const struct function_exit *exit = &exits->list.items[i];
        uint32_t m = merged->list.count < apart ? merged->list.count : find_alike(an, merged, exit);
        struct state *state;

        if (m == merged->list.count && m >= SUMMARY_CASES_MAX)
            m = find_nearest(an, merged, exit);
        if (m == merged->list.count) {
            VEC_PUSH(&merged->list, *exit);
            continue;
        }
        state = &merged->list.items[m].state;
        *state = state_join_lossy(an, state, &exit->state, point + m, &lost);
    }
    an->merge_points += SUMMARY_CASES_MAX + 1;
}
