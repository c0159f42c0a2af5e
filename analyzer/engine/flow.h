/*
 * flow.h - the shape of a function's flow graph: an order of its blocks in which loops end before what follows them, and the loops.
 */
#ifndef MDLGUARD_ENGINE_FLOW_H
#define MDLGUARD_ENGINE_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "ir/ir.h"

struct flow {
    const struct ir_function *function;
    uint32_t *order;      /* the reachable blocks: topological but for back edges, each loop before its exits */
    uint32_t *position;   /* block -> index in order; UINT32_MAX: unreachable */
    uint32_t order_count;
    bool *is_head;        /* block is the target of a back edge */
    ir_id *begins;        /* block -> head of the loop whose rounds begin when control goes on inside from here; IR_NONE: of none */
    bool *is_meeting;     /* block is the target of more than one edge, or a handler: states meet there */
    uint32_t words;       /* of a bit set of blocks */
    uint64_t **members;   /* head -> bit set of the blocks of its loop; NULL for other blocks */
    uint32_t *stack;      /* scratch: as many entries as blocks */
    uint8_t *catches;     /* handler -> 0 not asked yet, 1 no, 2 yes: see flow_catches */
    bool *seen;           /* scratch: as many entries as blocks */
};

/* Edges are the terminator's targets and the handler. */
void flow_init(struct flow *self, const struct ir_function *function, struct arena *arena);
/* Does BLOCK belong to the loop of HEAD? */
bool flow_in_loop(const struct flow *self, uint32_t head, uint32_t block);
/* Is BLOCK nothing but a test: does it only work out its condition? */
bool flow_only_tests(const struct flow *self, uint32_t block);
/* Does some way through HANDLER (IR_NONE: none) end otherwise than by going on raising out of the function? */
bool flow_catches(struct flow *self, ir_id handler);
/* Successor I of BLOCK (targets, then the handler); IR_NONE behind the last. */
ir_id flow_successor(const struct flow *self, uint32_t block, uint32_t i);

#endif
