/*
 * meet.h - what an entry point has to do with something that another one left: whether it releases the same field, and whether that can be followed.
 */
#ifndef MDLGUARD_ENGINE_MEET_H
#define MDLGUARD_ENGINE_MEET_H

#include "engine/align.h"

struct meeting {
    bool is_met;      /* it releases the field: ALIGNMENT brings both to the same instance */
    bool is_doubtful; /* it may end what was left in a way that cannot be followed */
    struct alignment alignment;
};

/* Does entry INDEX itself leave things like LEFT in such a field? */
bool meet_is_maker(const struct entries *entries, const struct lefts *lefts, const struct left *left, uint32_t index);
/* Can ENTRY have to do with LEFT: does it release anything, and know the records that hold LEFT, or belong to the same driver? */
bool meet_is_possible(struct entries *entries, const struct left *left, struct entry *entry);
/* Meets LEFT, one of LEFTS, with ENTRY, which has a summary. */
void meet(struct entries *entries, const struct lefts *lefts, const struct left *left, struct entry *entry,
          struct meeting *out);

/*
 * The code, read without following it: does a function that ENTRY calls read the field that holds LEFT, and come to a routine that ends such things,
 * though the entry's summary shows no such end? Then something got lost on the way.
 */
bool meet_is_lost(struct entries *entries, const struct left *left, struct entry *entry);
/* The same for the whole program, whatever the summaries show: does any entry that works on such records, or any function that reads the field,
 * come to such a routine? What the leaver itself does is known. */
bool meet_is_undone_anywhere(struct entries *entries, const struct left *left);

#endif
