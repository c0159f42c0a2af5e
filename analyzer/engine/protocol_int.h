/*
 * protocol_int.h - what protocol.c and requirement.c share. Not for others: they use protocol.h.
 */
#ifndef MDLGUARD_ENGINE_PROTOCOL_INT_H
#define MDLGUARD_ENGINE_PROTOCOL_INT_H

#include "engine/protocol.h"

/* The token that stands for "a mapping of OBJECT's was ended by itself", when its real token is not known. */
value_id protocol_ended_token(struct analysis *an, value_id object);

/* The token of a mapping of OBJECT's that has none to be seen; one for each kind. */
value_id protocol_unseen_token(struct analysis *an, value_id object, uint32_t kind);

/* The object that ROUTINE speaks of in a call with VALUES; 0: none that is known. */
value_id protocol_object(const struct state *state, const struct ruleset_routine *routine, const value_id *values);

/* OBJECT is NULL for certain. */
bool protocol_is_null(struct analysis *an, const struct state *state, value_id object);

/* ROUTINE has nothing to say of OBJECT: it is NULL, given up, or nobody's that the routine tracks. */
bool protocol_is_skipped(struct analysis *an, const struct state *state, const struct ruleset_routine *routine, value_id object);

/* A step of KIND about OBJECT in the path of STATE. */
void protocol_push_step(struct analysis *an, struct state *state, enum step_kind kind, value_id object,
                      const struct event_site *site);

#endif
