/*
 * findings.h - the run's list of findings, and the three things that are done with it. They are noted for the next run (reuse.h), which does them
 * again where a function is not solved.
 */
#ifndef MDLGUARD_ENGINE_FINDINGS_H
#define MDLGUARD_ENGINE_FINDINGS_H

#include "engine/engine_int.h"

/* LOC as a reader sees it. */
struct finding_range findings_place(const struct ir_module *program, ir_id loc);

/* One finding for a rule and a place, or for a cause in a callee: the shortest path stands, but for one that is VAGUE. */
void findings_add(struct engine *engine, const struct finding *finding, bool is_vague);
/* The findings of RULE at AT get STEP as their last one, unless they have one there. */
void findings_append(struct engine *engine, const char *rule, const struct finding_range *at, const struct finding_step *step);
/* Is there a finding of RULE at AT? */
bool findings_has(struct engine *engine, const char *rule, const struct finding_range *at);

#endif
