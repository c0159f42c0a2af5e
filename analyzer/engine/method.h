/*
 * method.h - which override a dispatched call of a virtual method reaches.
 */
#ifndef MDLGUARD_ENGINE_METHOD_H
#define MDLGUARD_ENGINE_METHOD_H

#include "engine/engine_int.h"

#define METHOD_TARGETS_MAX 8 /* a method with more overrides is code that is not seen */

/* The functions that METHOD can be for the object that RECEIVER points to; OUT has room for METHOD_TARGETS_MAX. 0: there is none, or there are more. */
uint32_t method_targets(struct analysis *an, ir_id method, value_id receiver, ir_id *out);
/* Which one it is, as a value: the function's id, a number when the object's class leaves one only. */
value_id method_choice(struct analysis *an, ir_id method, value_id receiver);
/* `this` as TARGET's class expects it: the object around the base class through which the method was called. */
value_id method_receiver(struct analysis *an, value_id receiver, ir_id target);

#endif
