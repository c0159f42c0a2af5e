/*
 * solve.h - the fixpoint over one function's flow graph.
 */
#ifndef MDLGUARD_ENGINE_SOLVE_H
#define MDLGUARD_ENGINE_SOLVE_H

#include "engine/engine_int.h"
#include "engine/summary.h"

/* Runs AN's function from an unknown entry state; appends its ways out. Violations met on the way are reported. */
void solve_function(struct analysis *an, struct function_exits *exits);

/* Leaks in a state that leaves the function at AN's current location (leak.c). */
void leak_check(struct analysis *an, struct state *state);
/* Objects that nothing could name when STATE was last collected leave it: what they leak is noted in `lost`, and reported where a path returns. */
void leak_settle(struct analysis *an, struct state *state);
/* Forgets live objects of ours, and their mappings, that memory of the caller's holds: they are handed over. Not those of BEFORE, which the loop did not
 * make. */
void leak_collect_handed_over(struct analysis *an, struct state *state, const struct pmap *before);

#endif
