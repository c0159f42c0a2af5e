/*
 * ways.h - what tells apart the ways that became one state, as callers see it: disjunctions of conditions on what was there at the entry.
 *
 * Ways that do the same are joined, and their facts with them: of "the list is empty" and "its first buffer is another pool's" nothing is left that
 * both know, though for a caller whose list has a buffer of this pool neither is possible. So a joined state keeps, for each way, what the join made it
 * forget; a caller for whom none of them is possible does not follow the case. Conditions speak of entry values alone, which nothing on the path
 * changes: what held when two ways met holds at every later point. Where there is no room two ways become one that keeps what holds of both, which makes it possible for
 * more callers, and never for fewer. (The disjunctive completion of an abstract domain, Cousot and Cousot, POPL 1979, bounded.)
 *
 * Each place where ways meet, and each case of a callee that stands for several, makes a clause: one of its ways was taken. All clauses hold. So ways of one
 * element of an array and ways of the next are not multiplied.
 */
#ifndef MDLGUARD_ENGINE_WAYS_H
#define MDLGUARD_ENGINE_WAYS_H

#include "engine/state.h"

#define WAYS_MAX 8
#define WAY_CONDITIONS_MAX 6
#define WAY_CLAUSES_MAX 4

struct way_condition {
    value_id value;
    uint32_t fact; /* index of the interned fact */
};

/* All of its conditions hold. In the order of values; never empty. */
struct way {
    uint32_t count;
    uint64_t values; /* a bit for each value, not its own: what is not here is not in it */
    struct way_condition conditions[WAY_CONDITIONS_MAX];
};

/* At least one of them was taken, and one of each clause in REST. */
struct ways {
    const struct ways *rest; /* older ones; NULL: there are none */
    uint32_t length;         /* of the list */
    uint32_t count;
    struct way items[];
};

/* Ways while they are collected; begins as zero. IS_OPEN: one of them has no condition, so that nothing is known. */
struct way_set {
    uint32_t count;
    struct way items[WAYS_MAX];
    bool is_open;
};

/* What is known of the ways of A and of B where they have become OUT, whose facts are joined; NULL: nothing. In the analysis' arena. */
const struct ways *ways_join(struct analysis *an, const struct state *out, const struct state *a, const struct state *b);
/* One way more in SET: it makes of BEFORE, what is known, AFTER. */
void ways_note(struct analysis *an, struct way_set *set, const struct pmap *before, const struct pmap *after);
/* One of SET was taken on the way to STATE. */
void ways_learn(struct analysis *an, struct state *state, const struct way_set *set);
/* What SELF tells those who know only the values that have a name in NAMES (by value; 0: none); NULL: nothing. In the analysis' arena. */
const struct ways *ways_told(struct analysis *an, const struct ways *self, const value_id *names);

#endif
