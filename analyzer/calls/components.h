/*
 * components.h - strongly connected components of the call graph. Private to calls/.
 */
#ifndef MDLGUARD_CALLS_COMPONENTS_H
#define MDLGUARD_CALLS_COMPONENTS_H

#include "calls/callgraph.h"

/* Fills component, order, first_of_component from the edges, callees before callers. */
void components_find(struct callgraph *self, const struct ir_module *program);

#endif
