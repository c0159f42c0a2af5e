/*
 * special.h - summaries of functions for what their callers have in memory.
 *
 * A release helper that asks six flags has 64 ways through, more than a summary has room for. But a caller that comes from one place mostly knows
 * each of them. When a function's summary had to mix ways that do different things, the function is solved once more with the numbers that the caller
 * has in the memory behind the arguments (and among them), and the result is kept for the next call with the same ones. Nothing is reported on the
 * way: what holds whatever the caller has was said before. Bounded in depth, number and size; beyond the bounds the mixed summary stands.
 */
#ifndef MDLGUARD_ENGINE_SPECIAL_H
#define MDLGUARD_ENGINE_SPECIAL_H

#include "engine/engine_int.h"
#include "engine/summary.h"

/* What FUNCTION, whose ordinary summary is GENERAL, does when called with ARGS in STATE. */
const struct summary *special_summary(struct analysis *an, ir_id function, const struct summary *general, const value_id *args,
                                      uint32_t arg_count, const struct state *state);

/* Puts the numbers that AN's function is solved for into the state at its entry. */
void special_prepare(struct analysis *an, struct state *entry);

/* Is VALUE, which REGION holds in STATE, what special_prepare put there, with all that it put into parts of REGION? Then the function has not written
 * there: callers have more in that memory than the numbers that were told. */
bool special_is_untouched(const struct analysis *an, const struct state *state, region_id region, value_id value);

/* Is FUNCTION too long to be solved again? */
bool special_is_too_long(const struct engine *engine, ir_id function);
/* The entry of FUNCTION for KEY: true and its index. Else IS_FULL: there are as many entries of the function as there may be. */
bool special_find(const struct engine *engine, ir_id function, uint64_t key, uint32_t *index, bool *is_full);

#endif
