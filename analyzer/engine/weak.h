/*
 * weak.h - weak updates: what is done to an object that was found in an element with an unknown index may have been done to any object that is
 * kept in that array.
 *
 * Such an object is followed under a name of its own. Those that it may be the same as, of the function's own, take what it becomes besides what they are:
 * a mistake is reported when it is one in both states.
 */
#ifndef MDLGUARD_ENGINE_WEAK_H
#define MDLGUARD_ENGINE_WEAK_H

#include "engine/engine_int.h"

#define WEAK_MAX 16

/* The objects of the function's own that OBJECT may be as well: at most WEAK_MAX, in OUT. Returns how many. */
uint32_t weak_others(const struct analysis *an, const struct state *state, value_id object, value_id out[WEAK_MAX]);
/* OBJECT may have become what BY says as well. */
void weak_widen(struct analysis *an, struct state *state, value_id object, const struct object *by);

#endif
