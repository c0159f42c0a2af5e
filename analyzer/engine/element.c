/*
 * element.c - see element.h.
 */
#include "engine/element.h"

#include "base/hash.h"

/* Tells the names of elements that a loop has passed from other names. */
#define PASSED 0x7061737365640000u

#define SPLITS_MAX 8 /* of a state at one instruction */

/* ---- aliases ---- */

static bool is_element(const struct region *r)
{
    return r->kind == REGION_INDEX;
}

bool element_is_numbered(const struct analysis *an, region_id region)
{
    bool is_numbered = region_get(&an->values, region)->is_element;
    int64_t number;

    for (; is_numbered && region; region = region_get(&an->values, region)->parent) {
        const struct region *r = region_get(&an->values, region);

        if (is_element(r) && !value_is_int(&an->values, r->value, &number))
            return false;
    }
    return is_numbered;
}

bool element_may_alias(const struct analysis *an, const struct state *state, region_id a, region_id b)
{
    if (region_root(&an->values, a) != region_root(&an->values, b))
        return false;
    while (a != b) {
        const struct region *x = region_get(&an->values, a), *y = region_get(&an->values, b);

        /* what a pointer leads to is its element 0 */
        if (is_element(x) != is_element(y) && (is_element(x) ? x->parent == b : y->parent == a))
            return !facts_is_nonzero(&an->facts, state->facts, is_element(x) ? x->value : y->value);
        if (x->kind != y->kind || !x->parent || !y->parent)
            return false;
        if (x->kind == REGION_FIELD && (x->id != y->id || x->field != y->field))
            return false;
        if (is_element(x) && facts_differ(&an->facts, state->facts, x->value, y->value))
            return false;
        a = x->parent;
        b = y->parent;
    }
    return true;
}

/* ---- splitting ---- */

/* Does STATE follow something that is kept in REGION: an object or a mapping? */
static bool is_followed(const struct state *state, value_id value)
{
    struct mapping ignored;

    return state_is_tracked(state, value) || state_mapping(state, value, &ignored);
}

/* An element of ARRAY with a number that INDEX may have, and that holds something that is followed. */
static bool find_number(const struct analysis *an, const struct state *state, region_id array, value_id index, int64_t *number)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, state->store);
    while ((entry = pmap_iter_next(&iter))) {
        region_id region = entry->key;
        const struct region *r = region_get(&an->values, region);

        if (!r->is_element || !is_followed(state, (value_id)entry->value))
            continue;
        while (region && !(is_element(r) && r->parent == array)) {
            region = r->parent;
            r = region_get(&an->values, region);
        }
        if (region && value_is_int(&an->values, r->value, number) && !facts_differ(&an->facts, state->facts, index, r->value))
            return true;
    }
    return false;
}

struct choice {
    value_id index;
    int64_t number;
};

/* An index in PLACE that may or may not be that of an element that is told apart. Nothing is reported or changed on the way. */
static bool find_choice(struct analysis *an, const struct state *state, const struct ir_place *place, struct choice *out)
{
    for (uint32_t p = 0; place && p < place->proj_count; p++) {
        struct ir_place prefix;
        struct state scratch;
        value_id index;

        if (place->projs[p].kind != IR_PROJ_INDEX)
            continue;
        prefix = *place;
        scratch = *state;
        index = eval_operand(an, &scratch, place->projs[p].index);
        if (!value_counter(&an->values, index))
            continue;
        prefix.proj_count = p;
        if (find_number(an, &scratch, eval_where(an, &scratch, &prefix), index, &out->number)) {
            out->index = index;
            return true;
        }
    }
    return false;
}

static bool find_operand_choice(struct analysis *an, const struct state *state, const struct ir_operand *operand, struct choice *out)
{
    return (operand->kind == IR_OPERAND_LOAD || operand->kind == IR_OPERAND_ADDR) && find_choice(an, state, operand->place, out);
}

static bool find_instr_choice(struct analysis *an, const struct state *state, const struct ir_instr *instr, struct choice *out)
{
    if (instr->dst && find_choice(an, state, instr->dst, out))
        return true;
    if (instr->kind == IR_ASSIGN && find_operand_choice(an, state, &instr->value.a, out))
        return true;
    if (instr->kind == IR_ASSIGN && instr->value.op >= IR_EXPR_ADD && find_operand_choice(an, state, &instr->value.b, out))
        return true;
    for (uint32_t a = 0; a < instr->arg_count; a++)
        if (find_operand_choice(an, state, &instr->args[a], out))
            return true;
    return instr->kind == IR_CALL && find_operand_choice(an, state, &instr->callee, out);
}

/* STATE with the index equal to the element's number (WANT) or not; false: it cannot be. */
static bool assume_choice(struct analysis *an, struct state *state, const struct choice *choice, bool want)
{
    value_id number = value_constant(&an->values, value_get(&an->values, choice->index)->type, choice->number);

    return facts_assume(&an->facts, &state->facts, value_expr(&an->values, IR_EXPR_EQ, IR_NONE, choice->index, number), want);
}

bool element_begin_again(struct analysis *an, struct state *state, uint32_t head)
{
    const struct pmap *old = state->loops;
    struct pmap_iter iter;
    const struct pmap *entry;
    bool done = false;

    pmap_iter_init(&iter, old);
    while ((entry = pmap_iter_next(&iter))) {
        uint32_t returns = LOOP_RETURNS(entry->value);

        if ((head != IR_NONE && entry->key != head) || LOOP_ROUNDS(entry->value) == 0 || returns >= LOOP_RETURNS_MAX)
            continue;
        state->loops = pmap_set(state->loops, &an->nodes, entry->key, LOOP_COUNT(0, returns + 1));
        done = true;
    }
    return done;
}

/* Exactly one is given. */
struct site {
    const struct ir_instr *instr;
    const struct ir_term *term;
};

static bool find_site_choice(struct analysis *an, const struct state *state, const struct site *site, struct choice *out)
{
    return site->instr ? find_instr_choice(an, state, site->instr, out) : find_operand_choice(an, state, &site->term->value, out);
}

static bool split(struct analysis *an, const struct site *site, const struct state *state, struct states *out)
{
    struct state rest = *state;
    enum fault fault = an->fault;
    struct choice choice;
    uint32_t i;

    for (i = 0; i < SPLITS_MAX && find_site_choice(an, &rest, site, &choice); i++) {
        struct state chosen = rest;

        if (assume_choice(an, &chosen, &choice, true)) {
            element_begin_again(an, &chosen, IR_NONE);
            VEC_PUSH(&out->list, chosen);
        }
        an->fault = fault;
        if (!assume_choice(an, &rest, &choice, false))
            return true;
    }
    an->fault = fault;
    if (i > 0)
        VEC_PUSH(&out->list, rest);
    return i > 0;
}

bool element_split(struct analysis *an, const struct ir_instr *instr, const struct state *state, struct states *out)
{
    struct site site = {.instr = instr};

    return split(an, &site, state, out);
}

bool element_split_term(struct analysis *an, const struct ir_term *term, const struct state *state, struct states *out)
{
    struct site site = {.term = term};

    return ir_term_has_value(term->kind) && split(an, &site, state, out);
}

bool element_is_ahead(const struct analysis *an, const struct state *state, int64_t number, int direction)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, state->store);
    while ((entry = pmap_iter_next(&iter))) {
        if (!element_is_part(an, entry->key) || !is_followed(state, (value_id)entry->value))
            continue;
        for (region_id r = entry->key; r; r = region_get(&an->values, r)->parent) {
            int64_t other;

            if (is_element(region_get(&an->values, r)) && value_is_int(&an->values, region_get(&an->values, r)->value, &other) &&
                (direction > 0 ? other >= number : other <= number))
                return true;
        }
    }
    return false;
}

/* ---- loops ---- */

static bool is_counted(const struct analysis *an, region_id region)
{
    for (; element_is_part(an, region); region = region_get(&an->values, region)->parent) {
        const struct region *r = region_get(&an->values, region);

        if (is_element(r) && value_counter(&an->values, r->value))
            return true;
    }
    return false;
}

void element_leave(struct analysis *an, struct state *state)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, state->store);
    while ((entry = pmap_iter_next(&iter)))
        if (is_counted(an, entry->key))
            typestate_escape_held(an, state, entry->key, (value_id)entry->value);
}

void element_note(struct analysis *an, struct state *state, uint32_t head, bool is_first)
{
    const struct pmap *heads = state->heads;
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, state->store);
    while ((entry = pmap_iter_next(&iter)))
        if (element_is_numbered(an, entry->key))
            heads = pmap_set(heads, &an->nodes, is_first ? entry->key | LOOP_FIRST_ROUND : entry->key,
                             (uint64_t)head << 32 | (value_id)entry->value);
    state->heads = heads;
}

/* The value of REGION that was noted for a round of the loop at HEAD; 0: none. */
static value_id noted(const struct state *state, uint32_t head, uint32_t key)
{
    uint64_t word;

    return pmap_get(state->heads, key, &word) && word >> 32 == head ? (value_id)word : 0;
}

/* Says that INDEX is none of COUNTERS. */
static void assume_passed(struct analysis *an, struct state *state, value_id index, const struct element_counters *counters)
{
    for (uint32_t c = 0; c < counters->count; c++)
        facts_assume(&an->facts, &state->facts, value_expr(&an->values, IR_EXPR_EQ, IR_NONE, index, counters->values[c]), false);
}

/* REGION with the number of the element that it is (a part of) replaced by *INDEX, one that stands for those that the loop at HEAD has passed. */
static region_id passed_element(struct analysis *an, region_id region, uint32_t head, value_id *index)
{
    const struct region r = *region_get(&an->values, region);

    if (is_element(&r)) {
        int64_t name = (int64_t)(hash_mix(hash_mix(head, r.parent), PASSED) & INT64_MAX);

        *index = value_named(&an->values, value_get(&an->values, r.value)->type, name);
        return region_index(&an->values, r.parent, *index, r.type);
    }
    return region_field(&an->values, passed_element(an, r.parent, head, index), r.id, r.field, r.type);
}

void element_widen(struct analysis *an, struct state *state, uint32_t head, const struct element_counters *counters)
{
    const struct pmap *old = state->store;
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, old);
    while ((entry = pmap_iter_next(&iter))) {
        value_id first, second, index, value = (value_id)entry->value;
        region_id passed;

        if (!element_is_numbered(an, entry->key))
            continue;
        first = noted(state, head, entry->key | LOOP_FIRST_ROUND);
        second = noted(state, head, entry->key);
        if (first == second && second == value)
            continue;
        if (second && first != second && second != value) { /* not the index: it is written in every round */
            typestate_escape_held(an, state, entry->key, value);
            value = value_fresh_at(&an->values, region_get(&an->values, entry->key)->type, entry->key);
            state->store = pmap_set(state->store, &an->nodes, entry->key, value);
        }
        passed = passed_element(an, entry->key, head, &index);
        assume_passed(an, state, index, counters);
        state->store = pmap_set(state->store, &an->nodes, passed,
                                value_fresh_at(&an->values, region_get(&an->values, passed)->type, passed));
    }
}
