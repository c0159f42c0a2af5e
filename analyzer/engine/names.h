/*
 * names.h - what the parts of a program are called from scan to scan: 64-bit hashes in place of ids, which are other ones as soon as a unit changes.
 *
 * The name of a type, a record, a function's head or body stands for all that the analysis of a function can see of it; equal names mean equal
 * contents. A record's name covers every record that its members lead to. Locations are left out, since nothing depends on where a line stands: a body's
 * name tells which of its locations are equal, and which stand at one place. What is found is told with the locations of the program at hand.
 */
#ifndef MDLGUARD_ENGINE_NAMES_H
#define MDLGUARD_ENGINE_NAMES_H

#include "base/wordmap.h"
#include "engine/engine_int.h"

struct names {
    struct engine *engine; /* borrowed */
    uint64_t *types, *records, *globals;
    uint64_t *functions; /* the entry's identity: its unit and key */
    uint64_t *heads;     /* what those who name it see: identity, type, definition */
    uint64_t *bodies;    /* what is done there; 0: it has none */
    bool *dispatches;    /* function -> it calls virtual methods */
    uint64_t numbering;  /* of all functions in their order: while it is the same, ids of functions are */
    uint32_t *first_loc; /* function -> its locations, in the order of their first use; one more entry than functions */
    VEC(ir_id) locs;
    struct word_map type_ids, record_ids, global_ids, function_ids;
};

/* For the engine's program and call graph, in the run's arena; the engine's tables of records, files and lends are there. */
void names_init(struct names *self, struct engine *engine);
void names_release(struct names *self);

/* What functions were stored in the members of RECORD, where, and in which order. */
uint64_t names_stores(const struct names *self, ir_id record);

/* The id with NAME in MAP, one of the four; IR_NONE: the program has none. */
ir_id names_find(const struct word_map *map, uint64_t name);

#endif
