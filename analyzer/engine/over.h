/*
 * over.h - what an object was made over: another object, whose pages it shares (the source of a partial MDL), or memory that it describes (the
 * pool behind an MDL). A pack says so where that comes about (`over`), and the trace is where it is remembered: states hold nothing more for it.
 */
#ifndef MDLGUARD_ENGINE_OVER_H
#define MDLGUARD_ENGINE_OVER_H

#include "engine/protocol.h"

/* The pages of OBJECT are gone by the event at SITE: the system mappings of what was made over it end with them. */
void over_released(struct analysis *an, struct state *state, value_id object, const struct event_site *site);

/* An object that was made over VALUE and has a live mapping of KINDS, with the token in *TOKEN; 0: there is none. */
value_id over_mapped(struct analysis *an, const struct state *state, value_id value, uint32_t kinds, value_id *token);

#endif
