/*
 * fact_int.h - interning of facts, for fact.c. Private to fact.c and fact_table.c.
 */
#ifndef MDLGUARD_ENGINE_FACT_INT_H
#define MDLGUARD_ENGINE_FACT_INT_H

#include "engine/fact.h"

/* The index of the fact equal to FACT in SELF's table. */
uint32_t fact_intern(struct facts *self, const struct fact *fact);

#endif
