/*
 * callback.h - summaries of functions for the functions that are passed to them.
 */
#ifndef MDLGUARD_ENGINE_CALLBACK_H
#define MDLGUARD_ENGINE_CALLBACK_H

#include "engine/engine_int.h"

/* What FUNCTION, which is defined, does when called with ARGS: its summary for the functions among them, else its ordinary one, which may be NULL. */
const struct summary *callback_summary(struct analysis *an, ir_id function, const value_id *args, uint32_t arg_count);

/* Puts the functions that AN's parameters are bound to into the state at its entry. */
void callback_prepare(struct analysis *an, struct state *entry);

#endif
