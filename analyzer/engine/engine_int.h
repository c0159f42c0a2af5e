/*
 * engine_int.h - what the engine's files share and nobody else sees.
 */
#ifndef MDLGUARD_ENGINE_ENGINE_INT_H
#define MDLGUARD_ENGINE_ENGINE_INT_H

#include "base/blocks.h"
#include "engine/engine.h"
#include "engine/sight.h"
#include "engine/state.h"

struct handles;
struct kept;
struct may_write;
struct members;
struct reuse;
struct summary;

/* A summary made for parameters that hold known functions. */
struct callback_summary {
    ir_id function;
    const ir_id *bound;            /* parameter -> function, or IR_NONE; in the run's arena */
    const struct summary *summary; /* NULL while it is being made */
    struct kept *kept;             /* reuse.h */
};

struct special_seed;

/* The numbers that a function is solved for (special.c). */
struct special {
    struct special_seed *seeds;
    uint32_t count;
    bool is_too_much; /* there is more, or something that cannot be told */
};

/* A summary made for what a caller has in memory. */
struct special_summary {
    ir_id function;
    uint64_t key;                  /* hash of the numbers */
    const struct summary *summary; /* NULL while it is being made, and when it could not be */
    struct kept *kept;             /* reuse.h */
};

/* One run over a program. */
struct engine {
    const struct ir_module *program;
    const struct callgraph *calls;
    const struct ruleset *rules;
    struct engine_options options;
    struct arena *arena;        /* of the run: summaries, findings, texts */
    struct arena scratch;       /* for a moment: empty before and after */
    struct block_set *blocks;   /* that summaries share */
    struct engine_result *result;
    const struct summary **summaries; /* function -> summary; NULL: not made yet. For more than its flags ask reuse_summary: it may be closed */
    VEC(struct callback_summary) callbacks; /* in the arena; callback.c */
    VEC(struct special_summary) specials;   /* in the arena; special.c */
    struct may_write **may_write; /* function -> what it may write; NULL: not known yet (may_write.h) */
    bool *relevant;             /* function -> it, or a callee as far as callers can see, does something to objects or mappings */
    bool *coarse;               /* function -> it is long, and has to do with objects by chance only: its ways are not told apart (waiting.c) */
    bool *applied;              /* function -> some caller applies its summary */
    bool *guarded;              /* function -> some caller, direct or not, has a handler around the call */
    bool *exposed;              /* function -> it is entered with no handler around the call on some way, as far as callers are known */
    bool *leaves;               /* function -> it may leave something live in memory that outlives it */
    bool *raises;               /* function -> it, or a callee, may leave by an exception */
    uint64_t *lent;             /* function -> the entries of rules->lends that speak of its arguments, as a mask */
    struct reuse *reuse;        /* what is known from earlier runs; NULL: nothing is, or shall be (reuse.h) */
    VEC(struct values_link) links; /* in the arena: rules->links, there and back */
    struct members *members;    /* what members hold, whatever the path (members.h) */
    struct handles *handles;    /* variables that hold new things only (handles.h) */
    struct sight sight;         /* which files and records are the project's */
    bool *system_records;       /* record -> declared in a system header */
    bool *object_records;       /* record -> it is the rules' object */
    struct strbuf *state_dump;  /* where to print block states of `dump_function`, or NULL */
    ir_id dump_function;
};

#define ANALYSIS_BYTES_MAX (256u << 20) /* memory that the analysis of one function may take */

static inline size_t analysis_memory(const struct analysis *an)
{
    return an->arena->total + an->nodes.total;
}

/* Takes COST off the budget of steps; sets is_over_budget when it, or the memory for one function, is used up. */
static inline void analysis_spend(struct analysis *an, uint32_t cost)
{
    an->is_over_budget |= an->steps_left < cost || analysis_memory(an) > ANALYSIS_BYTES_MAX;
    an->steps_left = an->steps_left < cost ? 0 : an->steps_left - cost;
    an->steps += cost;
}

/* AN for FUNCTION, with nothing known on entry; everything it makes but the maps of its states goes into ARENA. */
void analysis_init(struct analysis *an, struct engine *engine, ir_id function, struct arena *arena);
/* Gives back the maps; the arena is the caller's. */
void analysis_release(struct analysis *an);
/* A round of solving FUNCTION took that much. */
void engine_note_cost(struct engine_function *function, uint32_t steps, size_t memory);

bool engine_record_is_system(const struct engine *engine, ir_id record);
/* Is RECORD the object that the rules speak of? */
bool engine_record_is_object(const struct engine *engine, ir_id record);

/* Prints the states that wait at BLOCK to the engine's state dump (dump.c). */
void state_dump(struct analysis *an, uint32_t block, const struct state *states, uint32_t count);

/* ---- typestate.c ---- */

/* The flags word of OBJECT as its state determines it. */
value_id typestate_flags(struct analysis *an, struct state *state, value_id object, ir_id type);
/* A branch told that (flags & MASK) is non-zero (WANT) or zero, flags being a VALUE_FLAGS: narrows the object, and says in
 * NARROWED (a STEP_NARROW) what was learnt: its object is 0 when nothing was. False: contradiction. */
bool typestate_assume_flags(struct analysis *an, struct state *state, value_id flags, int64_t mask, bool want,
                            struct step *narrowed);
/* The flags say that OBJECT's pages are in MASK; IS_DENIED: because a test came out false, which outweighs what is only assumed. False:
 * contradiction. */
bool typestate_narrow_pages(struct object *object, uint32_t mask, bool is_denied);
/* Objects and tokens that VALUE is or mentions are known to something that we do not follow. */
void typestate_escape_value(struct analysis *an, struct state *state, value_id value);
/* The same where REGION has held VALUE, and nobody can say any more whether it does: that a block of memory holds its own address makes it known to
 * nobody. */
void typestate_escape_held(struct analysis *an, struct state *state, region_id region, value_id value);
/* The pointer that VALUE is an offset from. */
value_id typestate_pointer_base(const struct analysis *an, value_id value);
/* The driver writes page frames into the object at POINTER. False: that is known already. */
bool typestate_write_frames(struct analysis *an, struct state *state, value_id pointer);
/* The driver writes to REGION: reports it when that is a part of an object that must stay as it is while it is mapped. Page frames that it writes
 * are noted. */
void typestate_written(struct analysis *an, struct state *state, region_id region);
/* Somebody looks at the size of the object at POINTER, or may do so. */
void typestate_sized(struct analysis *an, struct state *state, value_id pointer);
/* The address behind POINTER's descriptor is formed, where the list of its pages begins. */
void typestate_listed(struct analysis *an, struct state *state, value_id pointer);
/* Other code runs: mappings that others may end are not known to live any more. */
void typestate_meanwhile(struct analysis *an, struct state *state);
/* The memory that POINTER leads to is given back: what only it held is lost. */
void typestate_drop(struct analysis *an, struct state *state, value_id pointer);
void typestate_give_up(struct analysis *an, struct state *state, value_id object);
/* Adds STEP to the history. What callers will replay also goes into the state's events; nobody replays what no caller calls (is_root). */
void state_record(struct analysis *an, struct state *state, const struct step *step);
/* Tells callers that OBJECT was given up here. */
void trace_give_up(struct analysis *an, struct state *state, value_id object);

/* ---- evaluation (eval.c) ---- */

/* The region that PLACE is, without following it: its last pointer is not used. */
region_id eval_where(struct analysis *an, struct state *state, const struct ir_place *place);
region_id eval_place(struct analysis *an, struct state *state, const struct ir_place *place);
value_id eval_operand(struct analysis *an, struct state *state, const struct ir_operand *operand);
value_id eval_expr(struct analysis *an, struct state *state, const struct ir_expr *expr);
/* STATE with VALUE assumed non-zero or zero; false when that is impossible. Also narrows objects through their flags. */
bool eval_assume(struct analysis *an, struct state *state, value_id value, bool want);
/* The rule that the use of a freed object breaks, when its ORIGIN (bits) has one of its own; else use_after_free. */
const struct ruleset_rule *eval_use_after_free_rule(const struct analysis *an, uint32_t origin);
/* Reports the use of VALUE as an address (or of memory it points to) when it is dead or unchecked. */
void eval_use_pointer(struct analysis *an, struct state *state, value_id value);

#endif
