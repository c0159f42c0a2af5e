/*
 * members_int.h - what members.c (which members, what is known of them), member_steps.c (what stores do) and member_signs.c (what is never negative) share, and
 * nobody else sees.
 */
#ifndef MDLGUARD_ENGINE_MEMBERS_INT_H
#define MDLGUARD_ENGINE_MEMBERS_INT_H

#include "base/wordmap.h"
#include "engine/members.h"

/* What a store does: what the member held, & keep, | set. */
struct member_step {
    uint64_t keep, set;
};

struct member_store {
    uint32_t member; /* index */
    ir_id function;
    uint32_t block, instr;
};

struct member {
    struct member_values values;
    bool is_typed;    /* else some bits are reserved */
    bool is_open;     /* its address goes somewhere, or it is overwritten in another way */
    bool is_mixed;    /* something is stored there that is no step */
    uint64_t seen;    /* bits that are set somewhere */
    VEC(struct member_step) steps; /* in the run's arena */
};

struct members {
    struct engine *engine;
    bool *is_own, *is_typed; /* record: typed.h */
    bool *is_reserved; /* record -> some of its members are */
    uint64_t *answers; /* record -> members_answer */
    VEC(struct member) members; /* in the run's arena; the first is none */
    VEC(struct member_store) stores; /* on the heap, until they are settled */
    struct word_map by_name;    /* record << 32 | field -> index; on the heap */
    uint64_t looks_left;        /* instructions that may still be looked at for what variables hold; 0: nothing more is found out */
};

static inline const struct ir_instr *member_store_instr(const struct members *self, const struct member_store *store)
{
    return &self->engine->program->functions.items[store->function].blocks.items[store->block].instrs.items[store->instr];
}

static inline const struct ir_field *member_field(const struct members *self, const struct member *member)
{
    return &self->engine->program->records.items[member->values.record].fields.items[member->values.field];
}

static inline bool member_is_bit_field(const struct members *self, const struct member *member)
{
    return member_field(self, member)->bit_width != 0;
}

/* The member that PLACE is, among those that are there; 0: none. */
uint32_t members_find_place(const struct members *self, const struct ir_place *place);

/* ---- member_steps.c ---- */

/* What STORE does becomes a step of its member. */
void member_settle_store(struct members *self, const struct member_store *store);
/* What LOCAL is assigned, one after the other, and NULL at the end, or when too much was looked at (looks_left); *BLOCK and *INDEX begin with 0. An
 * instruction that gives away its address counts. */
const struct ir_instr *member_next_source(struct members *self, const struct ir_function *function, ir_id local, uint32_t *block, uint32_t *index);
/* Does INSTR give away the address of LOCAL? */
bool member_gives_away(const struct ir_instr *instr, ir_id local);

/* ---- member_signs.c ---- */

/* Finds the members that are never negative. */
void member_settle_signs(struct members *self);

#endif
