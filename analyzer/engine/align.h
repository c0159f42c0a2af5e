/*
 * align.h - two functions that never call each other, brought to work on the same object: places of one summary are identified with places of another.
 */
#ifndef MDLGUARD_ENGINE_ALIGN_H
#define MDLGUARD_ENGINE_ALIGN_H

#include "engine/field.h"

#define ALIGN_MAX 8

/* Values of two summaries that are taken to be the same: pointers to the context, indices of arrays. */
struct align_pair {
    value_id first, second;
    region_id first_place, second_place; /* instead of a value: the place that the other's pointer leads to; else 0 */
};

struct alignment {
    struct align_pair pairs[ALIGN_MAX];
    uint32_t count;
    bool is_found; /* the second function came by the instance through a call: an unknown, which may be an object of its own making */
};

/* Can two places be the same: never (another member, another element), by taking the pairs of an alignment to be equal, or nobody knows? */
enum align { ALIGN_NEVER, ALIGN_UNKNOWN, ALIGN_SAME };

/* Place A of FIRST and place B of SECOND: the same members of the same records, up to a pointer or a global? Fills *out. */
enum align align_places(const struct summary *first, region_id a, const struct summary *second, region_id b,
                        struct alignment *out);

/* Prepares the players: EARLIER follows the first summary, LATER the second one. Both start in memory that is as on entry. */
void align_players(const struct alignment *self, struct player *earlier, struct player *later);
/* Another player of the second summary, that starts after the first: takes the identified values from LATER. */
void align_again(const struct alignment *self, struct player *later, struct player *again);

#endif
