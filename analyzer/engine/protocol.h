/*
 * protocol.h - applies a pack's routine to the typestates of a state: the checks, then an outcome's effects.
 *
 * Works on resolved values only, so that a call in the function and the replay of a callee's event are the same thing. The values of an event are
 * laid out as: [0] the routine's MDL, then two for each check (path, subject), then two for each effect of the outcome (path, other); 0 where the
 * pack names no path. What an outcome does to memory (outputs, zeroing, copies) is not here but in call.c.
 */
#ifndef MDLGUARD_ENGINE_PROTOCOL_H
#define MDLGUARD_ENGINE_PROTOCOL_H

#include "engine/engine_int.h"

/* Where an event happens: in the analysed function (depth 0), or in a callee whose summary is applied. */
struct event_site {
    ir_id loc, function;
    uint32_t depth;
};

static inline uint32_t protocol_check_slot(uint32_t check)
{
    return 1 + 2 * check;
}

static inline uint32_t protocol_effect_slot(const struct ruleset_routine *routine, uint32_t effect)
{
    return 1 + 2 * routine->checks.count + 2 * effect;
}

/* Is TYPE that of a pointer to an object? */
bool protocol_is_object_type(const struct analysis *an, ir_id type);

/* Does the routine say anything about objects or mappings? (memset does not.) */
bool protocol_is_relevant(const struct ruleset_routine *routine);
/* EVENT asks for nothing, and does nothing but what callers are told of by themselves, memory's contents and what escapes: an allocation that failed. */
bool protocol_is_idle(const struct step *event);

/* Runs the checks of ROUTINE whose bit is in CHECKS. A failure is reported, the object given up, and false returned: the call has no effect then. */
bool protocol_check(struct analysis *an, struct state *state, const struct ruleset_routine *routine, uint64_t checks,
                    const value_id *values, const struct event_site *site);

/* A NULL that nobody has checked is given to ROUTINE where it needs an object: that value; else 0. */
value_id protocol_unchecked_null(const struct analysis *an, const struct state *state, const struct ruleset_routine *routine,
                                 const value_id *values);

/* Is OUTCOME possible for the object's state? Narrows the object to the states that it is possible for. */
bool protocol_outcome_possible(struct analysis *an, struct state *state, const struct ruleset_routine *routine,
                               const struct ruleset_outcome *outcome, const value_id *values);

/* Applies the effects of EVENT's outcome to objects and mappings, and records the event (a STEP_EVENT with site, routine, outcome,
 * values, result and text filled; object is filled here). */
void protocol_apply(struct analysis *an, struct state *state, const struct step *event);

#endif
