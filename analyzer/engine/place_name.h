/*
 * place_name.h - names as the statement at hand writes them: readers look for `write->Mdl`, not for `Context->Mdl`, which is the same.
 */
#ifndef MDLGUARD_ENGINE_PLACE_NAME_H
#define MDLGUARD_ENGINE_PLACE_NAME_H

#include "engine/engine_int.h"

/* The argument of the call being executed that is VALUE, as the source has it; NULL when there is none, or it has no short form. In the analysis'
 * arena. */
const char *place_name_of(struct analysis *an, value_id value);

#endif
