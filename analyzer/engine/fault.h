/*
 * fault.h - memory accesses that raise, and which functions raise at all.
 *
 * A pack's `may-fault` effect marks a pointer: from then on an access through it, or through an offset from it, may raise. The mark belongs to the
 * value and to the whole function, not to a path. An access makes a state that raises only where somebody would see it: in a block with a handler, or
 * in a function that is called from such a block. The state is that before the instruction: what raised did nothing.
 *
 * During one instruction `an->fault` says whether an access of it raises: exec_instr() clears it, eval_use_pointer() sets it.
 */
#ifndef MDLGUARD_ENGINE_FAULT_H
#define MDLGUARD_ENGINE_FAULT_H

#include "engine/engine_int.h"

/* Would anybody see an exception that is raised here? */
bool fault_is_seen(const struct analysis *an);
/* Accesses through VALUE may raise from here on. */
void fault_mark(struct analysis *an, value_id value);
/* Memory at VALUE is read or written. */
void fault_access(struct analysis *an, value_id value);
/* A step of STATE, which goes to the handler, that says why. */
void fault_push(struct analysis *an, struct state *state, const char *text);

/* Sets raises[FUNCTION]; its callees are done by now, but for its own component. */
void fault_find_raising(struct engine *engine, ir_id function);
/* Sets guarded[] of all functions. */
void fault_find_guarded(struct engine *engine);
/* Sets exposed[] of all functions. */
void fault_find_exposed(struct engine *engine);

#endif
