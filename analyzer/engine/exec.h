/*
 * exec.h - the effect of one instruction on one state: which states follow, and which states raise.
 */
#ifndef MDLGUARD_ENGINE_EXEC_H
#define MDLGUARD_ENGINE_EXEC_H

#include "engine/engine_int.h"

struct states {
    uint32_t point; /* of the merges among them; 0: none yet (state_join) */
    bool is_exit;   /* they leave the function next */
    VEC(struct state) list; /* on the heap */
};

struct successors {
    struct states normal, raised;
};

void successors_release(struct successors *self);

/* Executes INSTR on STATE; appends to *out. */
void exec_instr(struct analysis *an, const struct ir_instr *instr, const struct state *state, struct successors *out);

/* Reads the value that TERM decides on or returns, as far as that may raise: appends to *raised. False: it raises for sure. */
bool exec_term_value(struct analysis *an, const struct ir_term *term, const struct state *state, struct states *raised);

/* A call (call.c). */
void exec_call(struct analysis *an, const struct ir_instr *instr, const struct state *state, struct successors *out);
/* A call of a pack's routine (routine.c); ARGS are its arguments' values. */
void exec_routine(struct analysis *an, const struct ir_instr *instr, const struct ruleset_routine *routine,
                  const value_id *args, const struct state *state, struct successors *out);

/* ENTRY is what the function starts with: MDLs among its arguments that the system lends it become known as somebody else's. */
void exec_lend(struct analysis *an, struct state *entry);

/* The call INSTR returns VALUE: puts it where INSTR wants it, and appends to *out what follows. */
void exec_return(struct analysis *an, struct state *state, const struct ir_instr *instr, value_id value, struct successors *out);
/* VALUE is handed to code outside: reports it when it is a dead address or a freed object. */
void exec_pass_pointer(struct analysis *an, struct state *state, value_id value);

#endif
