/*
 * handles.h - variables that hold nothing but 0 and what was made for them, the results of routines that return memory which nobody else knows
 * (`new-memory: return` in a pack): pools, handles, buffers. What two of them hold differs, unless it is 0. Found once from the code, whatever the path.
 */
#ifndef MDLGUARD_ENGINE_HANDLES_H
#define MDLGUARD_ENGINE_HANDLES_H

#include "engine/engine_int.h"

struct handles;

/* The global variables of ENGINE's program that are such, and members of others; in the run's arena. */
struct handles *handles_find(struct engine *engine);
void handles_release(struct handles *self); /* NULL is fine */
/* The name of the one that held VALUE on entry, which does not depend on ids; 0: there is none. Elements of one array count as one. */
uint64_t handles_holder(const struct handles *self, const struct values *values, value_id value);
/* What is known of GLOBAL, as a number that does not depend on ids. */
uint64_t handles_answer(const struct handles *self, ir_id global);

#endif
