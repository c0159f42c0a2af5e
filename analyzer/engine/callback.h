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

/* Does FUNCTION call through pointers, or hand a parameter on to somebody who might, and is it short enough to be solved again? */
bool callback_is_possible(const struct engine *engine, ir_id function);
/* The entry of FUNCTION for BOUND: true and its index. Else IS_FULL: there are as many entries of the function as there may be. */
bool callback_find(const struct engine *engine, ir_id function, const ir_id *bound, uint32_t *index, bool *is_full);

#endif
