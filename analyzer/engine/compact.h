/*
 * compact.h - memory for the maps of states: what the states that are left share is kept, the rest given back.
 */
#ifndef MDLGUARD_ENGINE_COMPACT_H
#define MDLGUARD_ENGINE_COMPACT_H

#include "engine/summary.h"

/* When the maps' nodes have become many since the last time: moves those of WAITING (COUNT lists) and EXITS together and gives the others back.
 * No other state of AN's may be in use. */
void compact_nodes(struct analysis *an, struct states *waiting, size_t count, struct function_exits *exits);

#endif
