/*
 * decision.h - a branch taken, in words.
 */
#ifndef MDLGUARD_ENGINE_DECISION_H
#define MDLGUARD_ENGINE_DECISION_H

#include "engine/engine_int.h"

/* Records in STATE that VALUE, written TEXT in the source (or NULL), was assumed to be non-zero (WANT) or zero. */
void decision_push(struct analysis *an, struct state *state, value_id value, const char *text, bool want);

#endif
