/*
 * unknown.h - memory of which no more is known than that it was written.
 *
 * Most of what a large function's state holds is of this kind: a member of some list or counter, written by some callee, joined and widened over and
 * over. With a value of its own in each such place every join makes new names for all of them, and no two states are ever equal. So a value
 * that only one place holds, of which nothing is known and which nothing else mentions is replaced by one mark, the same everywhere
 * (struct analysis, unknown). Reading the place gives it a value of its own again (state_load).
 */
#ifndef MDLGUARD_ENGINE_UNKNOWN_H
#define MDLGUARD_ENGINE_UNKNOWN_H

#include "engine/state.h"

/* Does ENTRY of a store hold an unknown with a name of its own? */
static inline bool unknown_is_held(const struct analysis *an, const struct pmap *entry)
{
    return entry->value != an->unknown && value_get(&an->values, (value_id)entry->value)->kind == VALUE_FRESH;
}
/* Replaces such values in memory that is not a variable of the function's own. AN's list `held` is that of the collection just made. */
void unknown_forget(struct analysis *an, struct state *state);
/* May the place REGION hold the mark? Numbers and pointers but to objects, which keep their names. */
bool unknown_may_hold(const struct analysis *an, region_id region);

#endif
