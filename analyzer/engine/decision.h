/*
 * decision.h - a branch taken, in words.
 */
#ifndef MDLGUARD_ENGINE_DECISION_H
#define MDLGUARD_ENGINE_DECISION_H

#include "engine/engine_int.h"

/* The same for a branch that could go only one way: recorded when it tells of a failure, since a reader asks why. */
void decision_push_known(struct analysis *an, struct state *state, value_id value, bool want, const char *text);
/* Records in STATE that VALUE, written TEXT in the source (or NULL), was assumed to be non-zero (WANT) or zero. */
void decision_push(struct analysis *an, struct state *state, value_id value, const char *text, bool want);

#endif
