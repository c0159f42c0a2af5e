/*
 * target.h - the functions that a call through a pointer may reach.
 */
#ifndef MDLGUARD_ENGINE_TARGET_H
#define MDLGUARD_ENGINE_TARGET_H

#include "engine/engine_int.h"

#define TARGETS_MAX 8

struct target {
    ir_id function;     /* a definition, or a declaration without one */
    struct state state; /* in which it is called: what the choice tells is assumed */
};

/* The targets of a call of CALLEE, whose value is POINTER, in STATE; 0 when they are not known, or too many. */
uint32_t targets_find(struct analysis *an, struct state *state, const struct ir_operand *callee, value_id pointer,
                      struct target out[TARGETS_MAX]);

/* The function that the program gives REGION, a member of a global table, and never changes; 0 when there is none. */
value_id target_initial(struct analysis *an, region_id region);

#endif
