/*
 * between.h - what is wrong between two functions of which neither calls the other: one callback leaves a field mapped, another tears it down.
 */
#ifndef MDLGUARD_ENGINE_BETWEEN_H
#define MDLGUARD_ENGINE_BETWEEN_H

#include "engine/engine_int.h"

/* Adds the findings to ENGINE's; all functions are solved. */
void between_check(struct engine *engine);

#endif
