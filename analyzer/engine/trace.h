/*
 * trace.h - the history of a state: protocol events, decisions, calls entered and left. A shared immutable list, newest first.
 *
 * Events are also what summaries are made of: a caller replays them (protocol.h), with values translated. So an event carries the values at
 * all access paths that its routine's checks and effects name, not the paths.
 */
#ifndef MDLGUARD_ENGINE_TRACE_H
#define MDLGUARD_ENGINE_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/value.h"
#include "ir/ir.h"
#include "ruleset/ruleset.h"

enum step_kind {
    STEP_EVENT,    /* routine and outcome */
    STEP_DECISION, /* a branch that could have gone the other way; `object`: a pointer of the caller's that is not NULL then, or 0 */
    STEP_ENTER,    /* into a callee with a summary; its steps follow, one deeper */
    STEP_LEAVE,
    STEP_GIVE_UP,  /* `object` is past understanding: a finding was reported where it happened */
    STEP_LINK,     /* `object` became the next of another object's chain */
    STEP_NARROW,   /* a test of the flags word told that the pages of `object` are in `mask` */
    STEP_SIZED,    /* the size of `object` was read */
    STEP_PAGES,    /* the driver wrote the flags word itself: the pages of `object` are in `mask` now */
    STEP_WRITTEN,  /* the driver wrote page frames into `object` */
    STEP_RUN,      /* a function that only callers can know is run: effect `mask` of `outcome`; `values`: see run.h */
};

struct step {
    const struct step *prev;
    uint32_t length; /* of the list up to here */
    enum step_kind kind;
    ir_id loc, function;
    uint32_t depth; /* calls between the analysed function and this step */
    const struct ruleset_routine *routine; /* EVENT, RUN */
    const struct ruleset_outcome *outcome; /* EVENT, RUN */
    const value_id *values; /* EVENT: see protocol.h */
    uint32_t value_count;
    value_id object;
    uint64_t checks; /* EVENT: bit i: the conditions of the routine's check i certainly hold in this call */
    value_id result; /* EVENT: what the call returned; 0 when nothing */
    bool is_caught; /* EVENT: what it raises is caught on the way to the analysed function */
    bool is_private; /* of a later round of a loop: callers are not told (struct state, touched) */
    uint32_t mask;   /* NARROW, PAGES, RUN */
    bool has_mapping, has_no_mapping; /* NARROW: it has, or has not, a live system mapping */
    bool is_denied; /* NARROW: a test of the flags that came out false left `mask` */
    bool is_either; /* NARROW: it has a live system mapping, or its pages are in `mask` */
    bool is_repeated; /* happened in a loop of the function that it stands in */
    const char *text; /* what a reader is told; NULL for silent steps */
};

/* Is a step of KIND replayed by callers, rather than only told to readers? */
bool step_is_for_callers(enum step_kind kind);

/* LIST with a copy of STEP (its prev and length are set) on top. */
const struct step *trace_push(struct arena *arena, const struct step *list, const struct step *step);

#endif
