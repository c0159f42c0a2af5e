/*
 * loops.h - rounds of loops: a body runs twice exactly as it is, then what it assigns is forgotten, and it runs twice more.
 */
#ifndef MDLGUARD_ENGINE_LOOPS_H
#define MDLGUARD_ENGINE_LOOPS_H

#include "engine/engine_int.h"
#include "engine/flow.h"

struct assigned;

/* Of one function that is being solved. */
struct loops {
    struct analysis *an;
    const struct flow *flow;
    struct assigned *assigned; /* by loop head: what the loop assigns; in the analysis' arena */
    const struct pmap **before; /* by loop head: objects and tokens that were there when it began */
};

void loops_init(struct loops *self, struct analysis *an, const struct flow *flow);
/* The name of a point of STATE's path. A point that is passed again has other rounds of loops behind it. */
uint64_t loops_site(const struct state *state, uint32_t block, uint32_t point);
/* The rounds counted for loops that TO is outside of are over. */
void loops_leave(struct loops *self, struct state *state, uint32_t to);
/* A round of the loop at HEAD begins. */
void loops_begin_round(struct loops *self, uint32_t head, struct state *state);
/* STATE comes back to HEAD. False: that was followed often enough. */
bool loops_go_back(struct loops *self, struct state *state, uint32_t head);

#endif
