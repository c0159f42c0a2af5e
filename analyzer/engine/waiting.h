/*
 * waiting.h - states that wait at a block to be run.
 */
#ifndef MDLGUARD_ENGINE_WAITING_H
#define MDLGUARD_ENGINE_WAITING_H

#include "engine/exec.h"

/* Adds STATE to SELF, or merges it with one that is there. Nothing is dropped silently: what is lost for lack of room is in an->has_dropped. */
void states_add(struct analysis *an, struct states *self, const struct state *state);

#endif
