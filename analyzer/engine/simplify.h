/*
 * simplify.h - interning of values as they are, for simplify.c. Private to value.c and simplify.c.
 */
#ifndef MDLGUARD_ENGINE_SIMPLIFY_H
#define MDLGUARD_ENGINE_SIMPLIFY_H

#include "engine/value.h"

value_id value_intern(struct values *self, const struct value *wanted);

#endif
