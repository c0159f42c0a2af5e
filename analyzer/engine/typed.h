/*
 * typed.h - records of the program's own that nothing touches but as what they are: no pointer to one is ever made of a pointer to something else, but by
 * an allocation, and none is handed to code that does not know what it is. What their members hold is what the program's assignments to them say.
 */
#ifndef MDLGUARD_ENGINE_TYPED_H
#define MDLGUARD_ENGINE_TYPED_H

#include "engine/engine_int.h"

/* Record -> it is such a one; in the run's arena. *IS_OWN: record -> it may be one, being declared in the main file of a unit, where no other unit sees it. */
bool *typed_find(struct engine *engine, bool **is_own);

#endif
