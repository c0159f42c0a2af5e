/*
 * liveness.h - which locals a block still reads: what is dead there need not keep states apart.
 *
 * The classic backward analysis over bit sets. A local whose address is taken is always live; so is one that is written in part.
 */
#ifndef MDLGUARD_ENGINE_LIVENESS_H
#define MDLGUARD_ENGINE_LIVENESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "engine/flow.h"

struct liveness {
    uint32_t words;   /* of a bit set of locals */
    uint64_t *pinned; /* address taken */
    uint64_t *in;     /* block -> live at its beginning: `words` words each */
    uint64_t *named;  /* block -> named in it */
};

void liveness_init(struct liveness *self, const struct flow *flow, struct arena *arena);
/* May LOCAL be read from the beginning of BLOCK on? */
bool liveness_is_live(const struct liveness *self, uint32_t block, uint32_t local);
/* The locals, as word WORD of their bit set, that the way from block FROM to TO ends: live or named there, and not read any more. */
uint64_t liveness_ended(const struct liveness *self, uint32_t from, uint32_t to, uint32_t word);

#endif
