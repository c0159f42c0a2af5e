/*
 * run.h - functions of the program that a routine of a pack runs, or has run later by somebody else (the `run` effect): completion routines.
 */
#ifndef MDLGUARD_ENGINE_RUN_H
#define MDLGUARD_ENGINE_RUN_H

#include "engine/engine_int.h"

/* May callers know which function ROUTINE, a value, is? Then the run is a step of the trace (STEP_RUN): its values are ROUTINE, the arguments and, behind
 * them, what escapes unless it is given back. */
bool run_is_for_callers(const struct analysis *an, value_id routine);

/*
 * The function that ROUTINE, a value, is runs with ARGS, as many as EFFECT names (0: not known); nothing happens when it is not known, or does nothing
 * that callers see. Where it runs later, it has run, or will at any time from here on: what it does to objects in all its ways is done, since nobody
 * else may do it any more. Objects that it treats one way or another are given up, and what it writes is unknown. True: it is known to give back what
 * it was given.
 */
bool run_function(struct analysis *an, struct state *state, value_id routine, const value_id *args, const struct ruleset_effect *effect);

#endif
