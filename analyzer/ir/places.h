/*
 * places.h - equal places once: a program names the same few places over and over. Private to the IR's files.
 */
#ifndef MDLGUARD_IR_PLACES_H
#define MDLGUARD_IR_PLACES_H

#include "ir/ir.h"

/* A zeroed table is empty. Open addressing, at most half full. */
struct place_table {
    struct arena *scratch;         /* of the slots; borrowed */
    const struct ir_place **slots; /* NULL: free */
    uint32_t count, capacity;
};

/*
 * The place that equals PLACE: one that the table has, or a copy in ARENA, which it has from then on. Places with an index are copied each
 * time; their index operands are not.
 */
const struct ir_place *place_table_share(struct place_table *self, struct arena *arena, const struct ir_place *place);

#endif
