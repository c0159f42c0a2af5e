/*
 * element.h - arrays: the elements that the exact rounds of a loop touch are told apart, all others are one.
 *
 * A loop that fills an array runs its first rounds exactly, so that the first elements have constant indices, and are followed like any
 * variable. What later rounds do, they do to other elements, with an index that is only known to be larger: those may be the same as each other,
 * but not the same as the first ones. When a loop counts down and its index may reach the first elements again, the state is split: it is that
 * element, or another one. So what holds for the first elements is exact whatever the number of elements is, and nothing is claimed of the others.
 *
 * This is array segmentation (Cousot, Cousot and Logozzo, POPL 2011) with fixed bounds: [0, 1), [1, 2), …, and the rest.
 */
#ifndef MDLGUARD_ENGINE_ELEMENT_H
#define MDLGUARD_ENGINE_ELEMENT_H

#include "engine/exec.h"

/* Can the memory at A and B, two different regions, be the same: do they differ in nothing but indices that may be equal? */
bool element_may_alias(const struct analysis *an, const struct state *state, region_id a, region_id b);
/* Is REGION an element of an array, or a part of one? */
static inline bool element_is_part(const struct analysis *an, region_id region)
{
    return region_get(&an->values, region)->is_element;
}

/* Appends to *out the states that STATE falls into when an index of INSTR (of the value of TERM) may be that of an element that is told apart.
 * False: there is none, and nothing was appended. */
bool element_split(struct analysis *an, const struct ir_instr *instr, const struct state *state, struct states *out);
bool element_split_term(struct analysis *an, const struct ir_term *term, const struct state *state, struct states *out);

/* Is an element followed whose number is NUMBER, or comes after it in DIRECTION? */
bool element_is_ahead(const struct analysis *an, const struct state *state, int64_t number, int direction);
/* The loop at HEAD, or when it is IR_NONE all loops around this point, run exactly again. False: they have done so too often. */
bool element_begin_again(struct analysis *an, struct state *state, uint32_t head);

/* What the elements hold where the first or the last exact round of the loop at HEAD begins. */
void element_note(struct analysis *an, struct state *state, uint32_t head, bool is_first);
#define ELEMENT_COUNTERS_MAX 8

/* What a loop's counters hold in the rounds that are not exact. */
struct element_counters {
    uint32_t count;
    value_id values[ELEMENT_COUNTERS_MAX];
};

/* The exact rounds of the loop at HEAD are over. Elements that one round wrote and the others did not stay as they are: the index moves on. What
 * earlier rounds than the next one wrote is another element, of which nothing is known but that it is not the one that the COUNTERS have come to. */
void element_widen(struct analysis *an, struct state *state, uint32_t head, const struct element_counters *counters);
/* A round is over, or its loop is left: nothing that comes later can say which element a counter's was, so that it is not lost when it is left. */
void element_leave(struct analysis *an, struct state *state);
/* Is REGION an element with a number that element_widen looks after? */
bool element_is_numbered(const struct analysis *an, region_id region);

#endif
