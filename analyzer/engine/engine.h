/*
 * engine.h - the path-sensitive typestate engine: a linked program and the rules in, findings and summaries out.
 *
 * Property simulation (ESP: Das, Lerner, Seigle, PLDI 2002) with compositional summaries (as in Infer's Pulse): each function once, callees first;
 * forward over its flow graph with a bounded set of disjuncts. docs/pipeline.md tells how the files divide the work.
 */
#ifndef MDLGUARD_ENGINE_ENGINE_H
#define MDLGUARD_ENGINE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "calls/callgraph.h"
#include "ir/ir.h"
#include "report/finding.h"
#include "ruleset/ruleset.h"
#include "store/store.h"

/* What runs leave to later ones: bytes by a key. They hold what came of some functions, and all that it depends on (reuse.h). */
struct engine_memory {
    uint64_t maker; /* what another build wrote is not used */
    void *context;  /* of the functions */
    /* Appends what an earlier run put under KEY, if anything. */
    bool (*find)(void *context, uint64_t key, struct strbuf *bytes);
    /* It is right as it is. */
    void (*keep)(void *context, uint64_t key);
    /* BYTES take its place. What is neither kept nor put is void. */
    void (*put)(void *context, uint64_t key, const struct strbuf *bytes);
};

struct engine_result;

struct engine_options {
    uint32_t disjunct_cap; /* states kept apart at one block; 0: 32 */
    uint32_t step_budget;  /* instructions executed in one function before it is given up; 0: 600,000 */
    const struct engine_memory *memory; /* NULL: every function is solved */
    /* After each group of functions that call each other; or NULL. What SO_FAR holds is not final. */
    void (*progress)(void *context, uint32_t done, uint32_t total, const struct engine_result *so_far);
    void *progress_context;
    bool keeps_callers; /* what functions that nobody calls do is told as if somebody did: for who reads summaries */
};

/* One case of a function's summary, in the words of the store. */
/* What stands behind an event's words. */
struct engine_origin {
    const struct ruleset_routine *routine;
    const struct ruleset_outcome *outcome;
    const struct ruleset_effect *effect;
    const char *path; /* of the effect, as the caller sees it: a mapping's token; "" when it has none */
};

struct engine_case {
    const char *result; /* "success", "failure", "NULL", "not NULL", "any", "raises" */
    VEC(struct store_event) events;
    VEC(struct engine_origin) origins; /* events[i] comes from origins[i] */
    VEC(const char *) nulls;           /* access paths that are zero in this case */
};

struct engine_function {
    bool is_relevant; /* it, or a callee as far as callers can see, does something to objects or mappings */
    bool is_given_up;
    bool is_solved;   /* in this run, in one round at least */
    uint32_t steps;   /* what its analysis took of the budget, in its most expensive round */
    size_t memory;    /* bytes, the same */
    uint64_t time_us; /* processor time of all its rounds: differs from run to run, so for eyes only, never for a report */
    uint64_t body; /* hash of what it does, wherever it stands (names.h); 0: it has none, or the run has no memory */
    VEC(struct engine_case) cases;
};

struct engine_result {
    VEC(struct finding) findings;      /* unsorted; suppressed and disabled rules not yet filtered */
    struct engine_function *functions; /* one for each of program->functions */
    uint32_t relevant_count, given_up_count;
    uint32_t solved_count, reused_count; /* functions, those that are solved once more for the pairs of entry points again */
    uint64_t time_us; /* processor time of the run: for eyes only */
};

/* Analyses PROGRAM (linked, checked). Everything in *out lives in ARENA. Never fails on odd input: what cannot be analysed is a
 * finding of rules->cannot_analyze. */
void engine_run(const struct ir_module *program, const struct callgraph *calls, const struct ruleset *rules,
                const struct engine_options *options, struct arena *arena, struct engine_result *out);

/* `dump --stage=summary`: the summaries of the functions that are true in WANTED (one for each of the program's). */
void engine_dump_summaries(const struct ir_module *program, const struct callgraph *calls, const struct ruleset *rules,
                           const bool *wanted, struct strbuf *out);
/* `dump --stage=state`: the states at the entry of each of FUNCTION's blocks. */
void engine_dump_states(const struct ir_module *program, const struct callgraph *calls, const struct ruleset *rules,
                        ir_id function, struct strbuf *out);

#endif
