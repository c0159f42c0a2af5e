/*
 * leftover.h - what a flag held before the function that sets it has set it.
 *
 * A function that builds something up notes in members of a context how far it came (`ctx->Locked = TRUE`, `ctx->Held |= 2`), and its way out of a
 * failure asks them. That such a member was set on entry, while what it speaks of was only now being made, is no path of a program that works: the
 * members of a new context are zero. So nothing wrong is said to happen to what the function made before it found such a member set.
 */
#ifndef MDLGUARD_ENGINE_LEFTOVER_H
#define MDLGUARD_ENGINE_LEFTOVER_H

#include "engine/engine_int.h"
#include "engine/report.h"

/* STATE came from BEFORE by learning something of VALUE. */
void leftover_learn(struct analysis *an, const struct state *before, struct state *state, value_id value);

/* Does VIOLATION happen only where a member held something from an earlier time, to what was made before that was found out? Leaks do not. */
bool leftover_explains(const struct analysis *an, const struct state *state, const struct violation *violation);

#endif
