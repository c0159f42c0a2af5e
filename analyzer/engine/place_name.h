/*
 * place_name.h - names as the statement at hand writes them: readers look for `write->Mdl`, not for `Context->Mdl`, which is the same.
 */
#ifndef MDLGUARD_ENGINE_PLACE_NAME_H
#define MDLGUARD_ENGINE_PLACE_NAME_H

#include "engine/engine_int.h"

/* The argument of the call being executed that is VALUE, as the source has it; NULL when there is none, or it has no short form. In the analysis'
 * arena. */
const char *place_name_of(struct analysis *an, value_id value);
/* The call of ROUTINE at LOC in the analysed function is told again, not executed: makes it the call at hand, with VALUES of the event (protocol.h). */
void place_name_replay(struct analysis *an, const struct ruleset_routine *routine, const value_id *values, ir_id loc);

#endif
