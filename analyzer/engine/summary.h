/*
 * summary.h - what a function does, as its callers need it: a list of cases, each with what must hold on entry, what it writes, the protocol events
 * it performs in order, and what it returns.
 *
 * A summary is self-contained: values and regions are numbered within it (indices into its tables, parts before wholes), so that it outlives the
 * analysis that made it. Entry values (what a parameter or the memory below it held) are translated at the call to what the caller has there; fresh
 * values become fresh values of the caller. Nothing of a typestate is stored: the caller replays the events with its own.
 */
#ifndef MDLGUARD_ENGINE_SUMMARY_H
#define MDLGUARD_ENGINE_SUMMARY_H

#include "engine/engine_int.h"
#include "engine/exec.h"

struct summary_write {
    region_id region;
    value_id value;
};

struct summary_fact {
    value_id value;
    struct fact fact;
};

/* One of the ways that the case stands for: what held on entry besides the facts of all of them. */
struct summary_way {
    uint32_t clause; /* one of those with the same number was taken; they are beside each other */
    VEC(struct summary_fact) facts;
};

struct summary_use {
    value_id value;
    ir_id loc;
    bool is_caught; /* an exception would not come out */
};

struct summary_mark {
    value_id value;
    uint32_t rule;
};

struct summary_case {
    bool is_raise;
    bool lacks_facts; /* facts or writes were left out for lack of room */
    bool lacks_steps; /* steps were */
    value_id result; /* 0: none */
    VEC(struct summary_fact) facts;
    VEC(struct summary_way) ways; /* one of each clause was taken (ways.h); none: nothing is known of them */
    VEC(struct summary_write) writes;
    VEC(struct step) steps; /* oldest first; depth counts from the callee's 0 */
    VEC(struct summary_use) uses;
    VEC(value_id) escapes; /* handed to something unknown */
    VEC(value_id) frees;   /* whose memory is gone */
    VEC(value_id) passed;  /* objects and tokens that a loop has passed by (passed.h) */
    VEC(struct summary_mark) unchecked;
};

struct summary {
    ir_id function;
    const struct kept *closed;  /* not NULL: of the rest only the flags are there (kept_close) */
    VEC(struct value) values;   /* [0] unused; operands refer to earlier entries */
    VEC(struct region) regions; /* [0] unused */
    VEC(const char *) names;    /* value -> the variable that an unknown was first put into; NULL or beyond the end: none */
    VEC(struct summary_case) cases;
    VEC(value_id) may_fault; /* pointers through which an access may raise after the call */
    bool has_events;    /* some case does something to objects or mappings that callers can see */
    bool is_blurred;    /* some case is a mixture of ways that do different things */
    bool is_incomplete; /* cases were given up: there may be others */
    bool has_effects;   /* ... more than that something is known of them no longer */
};

/* A way out of the function. */
struct function_exit {
    struct state state;
    bool is_raise;
};

struct function_exits {
    VEC(struct function_exit) list; /* on the heap */
};

/* Where a function's return value is kept until it leaves. */
region_id summary_return_slot(struct analysis *an);
/* Can callers see what is in REGION? Members of a returned record count: the caller has them where it puts the result. There is nothing at address 0. */
bool summary_is_visible(const struct analysis *an, region_id region);

/* The summary of the function whose exits are given; in the run's arena. */
const struct summary *summary_build(struct analysis *an, const struct function_exits *exits);

/* Moves what SUMMARY consists of to the run's arena, where what summaries have in common is there once. */
void summary_settle(struct engine *engine, struct summary *summary);

/* The interval of what C returns, and whether it is certainly not zero; false when it returns nothing. */
bool summary_result_range(const struct summary *summary, const struct summary_case *c, int64_t *low, int64_t *high, bool *is_nonzero);

/* Follows each case of SUMMARY that is possible in STATE at a call with ARGS. */
void summary_apply(struct analysis *an, const struct summary *summary, const struct ir_instr *instr, const value_id *args,
                   uint32_t arg_count, const struct state *state, struct successors *out);

/* The cases in the words of the store. */
void summary_describe(const struct engine *engine, const struct summary *summary, struct engine_function *out);
/* The whole summary, for people. */
void summary_print(const struct engine *engine, const struct summary *summary, struct strbuf *out);

#endif
