/*
 * code.h - what an instruction may do, judged from its text alone: for passes over the program's code, before any path is followed.
 */
#ifndef MDLGUARD_ENGINE_CODE_H
#define MDLGUARD_ENGINE_CODE_H

#include "engine/engine_int.h"

enum code_change {
    CODE_NOTHING,
    CODE_ZERO,  /* it is made 0, and no more */
    CODE_COPY,  /* memory that another argument points to is copied there */
    CODE_WRITE, /* anything */
};

/* Does ROUTINE (NULL is fine) return memory that nobody else knows, when it does not fail? */
bool code_returns_new(const struct ruleset_routine *routine);
/* The gravest that INSTR, a call of ROUTINE, may do to what its argument ARG points to. */
enum code_change code_change_of_argument(const struct ruleset_routine *routine, const struct ir_instr *instr, uint32_t arg);
/* Are A and B the same place while no pointer or index changes? Two elements with an index that is not written the same way are not. */
bool code_is_same_place(const struct ir_place *a, const struct ir_place *b);

static inline bool code_is_local(const struct ir_place *place)
{
    return place->base == IR_BASE_LOCAL && place->proj_count == 0;
}

#endif
