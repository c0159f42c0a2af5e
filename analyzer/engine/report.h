/*
 * report.h - makes findings: picks the steps of a state's trace that matter, fills the message, projects locations of callees to the call.
 */
#ifndef MDLGUARD_ENGINE_REPORT_H
#define MDLGUARD_ENGINE_REPORT_H

#include "engine/engine_int.h"

struct violation {
    const struct ruleset_rule *rule;
    const char *message;  /* overrides the rule's, or NULL */
    value_id object;      /* the MDL; 0 when none is known */
    value_id token;       /* the mapping; 0 when none */
    ir_id loc;            /* primary location, in the analysed function */
    const char *last;     /* text of the step at the primary location when the trace has none there; NULL: the message */
    ir_id exit_loc;       /* leaks: where the function is left (one more step); else IR_NONE */
    const char *exit_text;
    const struct ruleset_routine *routine; /* the call that is wrong, when it is a routine's check that failed */
    const struct ruleset_check *check;     /* ... and the check */
};

/* A leak that comes about when the function returns, whatever happens until then: the state in which nothing could name the object any more. */
struct lost {
    struct state at;
    struct violation violation; /* without its exit */
};

/* Who wants to hear of violations only, and decides which become findings. */
struct report_filter {
    bool (*wants)(struct report_filter *self, const struct state *state, const struct violation *violation);
};

/* Adds the finding to the run's, unless the analysis is silent or the rule is off. */
void report_violation(struct analysis *an, const struct state *state, const struct violation *violation);

/* The newest step of STATE's trace that is an event of OBJECT with an effect of KIND (any value when VALUE is RULESET_ANY); NULL: none. */
const struct step *report_find_event(const struct state *state, value_id object, enum ruleset_effect_kind kind, uint32_t value);
/* The newest event of OBJECT that ends mappings, of which a later unmap breaks the rule LATE. */
const struct step *report_find_end(const struct state *state, value_id object, const struct ruleset_rule *late);
/* The newest event that made the mapping with TOKEN. */
const struct step *report_find_token(const struct state *state, value_id token);
/* The newest event whose call returned VALUE. */
const struct step *report_find_result(const struct state *state, value_id value);
/* Where STEP is in the analysed function: its own location, or that of the call it happened in. */
ir_id report_project(const struct state *state, const struct step *step);

/* The function has been solved: better to say that it was given up than to report what may be on no path. */
void report_settle_doubts(struct analysis *an);
/* The mapping with TOKEN is unmapped at the current location: findings that said it was too late for that get the step. */
void report_late_unmap(struct analysis *an, value_id token);

/* Notes that the function was given up, with the reason. */
void report_given_up(struct analysis *an, const char *reason);

#endif
