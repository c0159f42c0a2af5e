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

#endif
