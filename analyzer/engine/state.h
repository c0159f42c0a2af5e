/*
 * state.h - one disjunct: everything that is known on one bundle of paths to a program point; and the context of one function's analysis.
 *
 * A state is a handful of persistent maps, so that forking it is copying the struct. Objects are the MDLs, known by the value of the
 * pointer to them; mappings are known by their token's value. Both are packed into words (packed.h), so that equal maps have equal hashes.
 */
#ifndef MDLGUARD_ENGINE_STATE_H
#define MDLGUARD_ENGINE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/vec.h"
#include "calls/callgraph.h"
#include "engine/fact.h"
#include "engine/packed.h"
#include "engine/pmap.h"
#include "engine/trace.h"
#include "engine/value.h"
#include "ir/ir.h"
#include "ruleset/ruleset.h"

struct state {
    const struct pmap *store;    /* region -> value */
    const struct pmap *facts;    /* value -> fact */
    const struct pmap *objects;  /* pointer value -> packed struct object */
    const struct pmap *mappings; /* token value -> packed struct mapping */
    const struct pmap *unchecked; /* value -> index of the rule that its use without a check breaks */
    const struct pmap *used;      /* pointers that came from the caller and were followed here (value -> loc, USED_CAUGHT) */
    const struct pmap *escaped;   /* pointers that came from the caller, or to memory made here, and were handed to something unknown (value -> loc) */
    const struct pmap *freed;     /* pointers that came from the caller and whose memory was freed (value -> loc) */
    const struct pmap *touched;   /* objects with events that callers are not told (later rounds of loops) -> loc */
    const struct pmap *heads;    /* region that a loop assigns -> what was known of it when the last exact round began (see solve.c) */
    const struct pmap *loops;    /* loop head -> times entered by a back edge */
    const struct pmap *lost;     /* leaks that are certain once the function returns -> index in the analysis' `lost`; no part of what tells states apart */
    const struct pmap *left;     /* heads of loops that were just left by a condition that may be false -> rounds that were over (passed.h) */
    const struct pmap *written;  /* objects into which the driver may have written page frames */
    const struct pmap *passed;   /* objects and tokens that a loop has passed by -> 1, or 0 when only callers can say what that means */
    uint32_t leftover;           /* length of the trace when a member was last found to hold something from an earlier time; 0: none was (leftover.h) */
    bool is_blurred; /* states with different typestates became this one for lack of room: what looks wrong here may be a mixture of paths */
    const struct ways *ways;     /* that were joined here, as callers can tell them apart; NULL: nothing is known of them (ways.h) */
    const struct step *trace;    /* newest first */
    const struct pmap *history; /* object of the caller's (0: none in particular) -> hash of its events so far: what a caller would see */
};

#define USED_CAUGHT (UINT64_C(1) << 32) /* in `used`: only where an exception would have been caught */

struct engine;
struct liveness;
struct lost;
struct passing;
struct special;
struct ways;

/* What a place held at the entry, because the caller is known to have it there. */
struct seeded {
    region_id region;
    value_id value;
};

struct summary;

/* A finding that a mapping was live when it should have been gone. When the path goes on to unmap it, the finding gets one more step. */
struct late_unmap {
    value_id token;
    const char *rule;
    struct finding_range at;
};

/* Something that looks wrong, on a mixture of paths. */
struct doubt {
    const char *rule;
    struct finding_range at;
};

/* The innermost region around another one, or itself, that a state's store has something for; 0: there is none. */
struct cover {
    region_id whole;
    uint32_t merge; /* the merge that this was found in */
};

/* Where two states hold X and Y, the merged one holds MERGED. */
struct merged_pair {
    value_id x, y, merged;
    uint32_t merge; /* the merge that this was said in */
};

/* How often a value was come across in one pass over a state; and, from earlier ones, in which entries of the store, two at most, and in which key. */
struct mentions {
    uint32_t pass, count;
    region_id places[2];
    value_id held[2];
    value_id key; /* of which something was said */
};

/* A count in `loops`: rounds, and how often the index came back to elements that are told apart, so that they were counted from 0 again. */
#define LOOP_COUNT(rounds, returns) ((uint64_t)(returns) << 32 | (rounds))
#define LOOP_ROUNDS(count) ((uint32_t)(count))
#define LOOP_RETURNS(count) ((uint32_t)((count) >> 32))
#define LOOP_RETURNS_MAX 3

/* In `heads`, what was known when the first round began has this bit in its key; what was known when the last exact one did has not. */
#define LOOP_FIRST_ROUND 0x80000000u

/* Does an access to memory raise? SURE: it cannot succeed. */
enum fault { FAULT_NONE, FAULT_POSSIBLE, FAULT_SURE };

/* The analysis of one function. */
struct analysis {
    struct engine *engine; /* the whole run: summaries, options, findings */
    struct arena *arena;   /* of this analysis; dropped with it */
    struct arena nodes;    /* of the states' maps; owned. See compact.h */
    size_t nodes_left;     /* bytes of it when it was compacted last */
    const struct ir_module *program;
    const struct callgraph *calls;
    const struct ruleset *rules;
    ir_id function_id;
    const struct ir_function *function;
    struct values values;
    struct facts facts;
    VEC(struct late_unmap) late;
    VEC(struct doubt) doubts;
    VEC(uint32_t) marks; /* value -> what the collection that last came across it knew of it (collect.c) */
    uint32_t pass;       /* number of the newest pass of a collection, of which the newest one's first is */
    uint32_t first_pass; /* this one */
    bool forgets_callers; /* it forgets what only callers could name: there are none */
    const struct pmap *collected;    /* the store that it goes through */
    const struct liveness *liveness; /* of the function's locals; NULL where none is being solved */
    uint32_t next_block;             /* that the state goes to which is being collected; IR_NONE: it is in the middle of one, or leaves the function */
    uint32_t merge_points; /* places where states were merged, so far; a place that is passed twice counts twice */
    VEC(struct merged_pair) pairs; /* join.c: a table of the values that one merge named; a power of two slots */
    VEC(struct cover) covers[2]; /* by region, in each of the two */
    uint32_t merges;         /* number of the merge that filled these last */
    VEC(const struct pmap *) unreached; /* its working list */
    VEC(const struct pmap *) held;      /* entries of the store that it saw and that hold an unknown of their own */
    VEC(const struct pmap *) open;      /* those of them that nothing else is known to mention (unknown.c) */
    VEC(value_id) unheld; /* live objects of ours that nothing could name when state_collect ran last */
    VEC(struct lost *) lost; /* leaks that no return has made certain yet: leak.c */
    VEC(struct ir_proj) set_members; /* that the function marks something in (leftover.c), once HAS_MARKS */
    bool has_marks;
    struct state *settling;        /* leaks are noted there, not reported; NULL: they are reported */
    VEC(struct mentions) mentions; /* by value: unknown.c */
    uint32_t mention_pass;
    value_id unknown; /* what memory holds of which no more is known than that something was written: see unknown.h */
    ir_id loc;        /* of the instruction being executed */
    struct passing *passing; /* passed.c; NULL where no function is being solved */
    const struct ir_instr *call; /* being executed, or NULL; with the values of its arguments */
    const value_id *call_args;
    ir_id handler;    /* of its block */
    bool is_caught;   /* some way through the handler does not go on raising */
    enum fault fault; /* of the instruction being executed: see fault.h */
    const struct pmap *may_fault; /* pointers through which an access may raise */
    uint32_t steps_left;
    uint32_t steps; /* taken so far */
    const ir_id *bound;   /* parameter -> the function it holds, or IR_NONE; NULL: none is known (callback.h) */
    const struct special *special; /* numbers that it is solved for; NULL: none (special.h) */
    VEC(struct seeded) seeded;     /* where they were put at the entry */
    uint32_t bound_depth; /* analyses for known functions, or for special callers, that this one is inside of */
    bool is_root; /* no caller applies the summary */
    bool keeps_contexts; /* others may find memory again that this function found by a call: a context, an element of a list (between.c) */
    bool is_over_budget;
    bool has_doings;  /* something was done that callers are told of */
    bool has_dropped; /* states were dropped for lack of room */
    bool may_leave;   /* see leaving.h */
    bool is_silent; /* report nothing: a second round for recursion will */
    struct report_filter *filter; /* of what is reported (report.h); NULL: everything */
};

/* ---- the store ---- */

value_id state_load(struct analysis *an, struct state *state, region_id region);
/* The same without side effects, for comparing states: an element that may have another name is as on entry. */
value_id state_peek(struct analysis *an, const struct state *state, region_id region);
/* What REGION, a part of WHOLE, holds when VALUE was stored there. */
value_id state_part(struct analysis *an, region_id region, region_id whole, value_id value);
void state_store(struct analysis *an, struct state *state, region_id region, value_id value);
/* The same for a write that a callee did: what an aggregate held may live on where we do not see it. */
void state_assign(struct analysis *an, struct state *state, region_id region, value_id value);
/* Copies the aggregate at SOURCE to TARGET, member by member. */
void state_copy(struct analysis *an, struct state *state, region_id target, region_id source);
/* The same with SOURCE as it is in the state FROM. */
void state_copy_from(struct analysis *an, struct state *state, region_id target, const struct state *from,
                     region_id source);
/* All of REGION is now zero. */
void state_zero(struct analysis *an, struct state *state, region_id region);
/* REGION and its parts hold unknown values from here on; what they held escapes. */
void state_forget(struct analysis *an, struct state *state, region_id region);
/* The memory that POINTER leads to is freed, unless it is a tracked object: what only it held is lost. */
void state_free_memory(struct analysis *an, struct state *state, value_id pointer);
/* Removes what locals [ids] hold without letting it escape: their scope ends. */
void state_drop_local(struct analysis *an, struct state *state, ir_id local);
/* Memory that VALUE points to may have been changed by code that knows only what is declared in system headers (SYSTEM_ONLY) or anything. */
void state_havoc(struct analysis *an, struct state *state, value_id value, bool system_only);
/* VALUE became known to something that we do not follow: objects and mappings in it, and in memory it points to, escape. Callers that
 * VALUE came from are told. */
void state_escape(struct analysis *an, struct state *state, value_id value);

/* ---- objects and mappings ---- */

/* The state of object VALUE; one that is not tracked yet comes from outside with everything possible. */
struct object state_object(const struct analysis *an, const struct state *state, value_id value);
static inline bool state_is_tracked(const struct state *state, value_id value)
{
    return pmap_find(state->objects, value) != NULL;
}
void state_set_object(struct analysis *an, struct state *state, value_id value, const struct object *object);
/* The mapping with TOKEN; false: there is none, and *OUT stays as it is. */
static inline bool state_mapping(const struct state *state, value_id token, struct mapping *out)
{
    const struct pmap *entry = pmap_find(state->mappings, token);

    if (entry)
        *out = mapping_unpack(entry->value);
    return entry != NULL;
}
/* The next entry of a walk through the mappings of a state, or NULL: its token is the key, *OUT what it was when the walk began. */
static inline const struct pmap *state_next_mapping(struct pmap_iter *walk, struct mapping *out)
{
    const struct pmap *entry = pmap_iter_next(walk);

    if (entry)
        *out = mapping_unpack(entry->value);
    return entry;
}
void state_set_mapping(struct analysis *an, struct state *state, value_id token, const struct mapping *mapping);
/* A live mapping of OBJECT whose kind is in KINDS; its token, or 0. */
value_id state_find_mapping(const struct analysis *an, const struct state *state, value_id object, uint32_t kinds);
/* The mapping that address VALUE lies in: its token, or 0. An address derived from a token (an offset added) counts. */
value_id state_token_of(const struct analysis *an, const struct state *state, value_id value);

/* Is REGION a member of a tracked object's record? Its object's pointer and the member's index. */
bool state_object_member(const struct analysis *an, region_id region, value_id *object, ir_id *record, ir_id *field);

/* A name for VALUE as the source has it ("ctx->Mdl"), found in the store or by where it came from; NULL when it has none. In the
 * analysis' arena. */
const char *state_describe(struct analysis *an, const struct state *state, value_id value);

/* ---- sets of states ---- */

/* Same typestates, mappings and events: may be merged without losing a distinction that a rule makes. */
bool state_same_key(const struct state *a, const struct state *b);
bool state_equal(const struct state *a, const struct state *b);
/* STATE stands for OTHER as well: what is lost in OTHER is lost in STATE, too, and what is left over in STATE need not be in OTHER. */
void state_absorb(struct analysis *an, struct state *state, const struct state *other);
/* The same for states with different typestates: objects and mappings that differ are given up. Returns how many of them were live objects
 * of ours. */
struct state state_join_lossy(struct analysis *an, const struct state *a, const struct state *b, uint32_t point, uint32_t *lost);
/* What would be given up by merging A and B: from STATE_DISTANCE_LIVE on, live objects of ours are among it. From LIMIT on, how much more is not
 * asked. */
#define STATE_DISTANCE_LIVE 1000
uint32_t state_distance(const struct state *a, const struct state *b, uint32_t limit);
/* What holds in both; values that differ are named after POINT, a number that no value that reaches the merge was named after.
 * The trace is the shorter one. */
struct state state_join(struct analysis *an, const struct state *a, const struct state *b, uint32_t point);
/* The same at the end of a round of a loop, for objects of the caller's as well. */
void state_collect_round(struct analysis *an, struct state *state);
/* The count of the loop at HEAD (LOOP_COUNT); 0: the path is not in it, or in its first round. */
static inline uint64_t state_loop_count(const struct state *state, uint32_t head)
{
    uint64_t count = 0;

    pmap_get(state->loops, head, &count);
    return count;
}
/* Is the path in a later round of some loop? */
bool state_is_repeating(const struct state *state);
/* Forgets what the rest of the path cannot name any more: memory, facts, freed objects, ended mappings. What a forgotten part of
 * memory holds escapes. */
void state_collect(struct analysis *an, struct state *state);

#endif
