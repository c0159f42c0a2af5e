/*
 * fact.h - what a path knows about values: interval, excluded numbers, known bits. Decides whether a branch is possible.
 *
 * Facts are a persistent map from value to an index into a table of interned facts. A value without an entry has the range of its type.
 * facts_assume() propagates through the canonical forms of value.h to the symbols below a condition; it is sound (never calls a possible path
 * impossible) and incomplete (two unknowns are compared only with themselves).
 */
#ifndef MDLGUARD_ENGINE_FACT_H
#define MDLGUARD_ENGINE_FACT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/pmap.h"
#include "engine/value.h"

#define FACT_EXCLUDED 8

struct fact {
    int64_t low, high;
    int64_t excluded[FACT_EXCLUDED]; /* the first excluded_count; sorted */
    uint32_t excluded_count;
    uint64_t known_bits, bits; /* bits & known_bits is certain */
    uint64_t holder;           /* it is 0, or what this variable held on entry (handles.h); 0: that is not known */
};

struct facts {
    struct values *values; /* borrowed */
    struct arena *arena;   /* borrowed */
    struct arena *nodes;   /* of the maps; borrowed */
    VEC(struct fact) table;
    uint32_t *slots; /* open addressing over table */
    uint32_t capacity;
};

enum truth { TRUTH_FALSE, TRUTH_TRUE, TRUTH_UNKNOWN };

/* The table goes into ARENA, what is added to maps into NODES. */
void facts_init(struct facts *self, struct arena *arena, struct arena *nodes, struct values *values);

/* Is VALUE zero or not, as far as MAP tells? */
enum truth facts_truth(const struct facts *self, const struct pmap *map, value_id value);
/* MAP with VALUE assumed to be non-zero (WANT) or zero; false when that contradicts it (*map is then unspecified). */
bool facts_assume(struct facts *self, const struct pmap **map, value_id value, bool want);
/* MAP with VALUE in [LOW, HIGH]; false when impossible. */
bool facts_assume_range(struct facts *self, const struct pmap **map, value_id value, int64_t low, int64_t high);
bool facts_assume_not(struct facts *self, const struct pmap **map, value_id value, int64_t number);

/* The interval of VALUE. */
void facts_range(const struct facts *self, const struct pmap *map, value_id value, int64_t *low, int64_t *high);
/* Is VALUE certainly different from zero / equal to zero? */
bool facts_is_nonzero(const struct facts *self, const struct pmap *map, value_id value);
bool facts_is_zero(const struct facts *self, const struct pmap *map, value_id value);

/* Are A and B certainly different numbers? */
bool facts_differ(const struct facts *self, const struct pmap *map, value_id a, value_id b);

/* The weakest fact that both A and B imply, for value X under map A and value Y under map B; bound to TARGET in OUT. */
const struct pmap *facts_join(struct facts *self, const struct pmap *out, value_id target, const struct pmap *a, value_id x,
                              const struct pmap *b, value_id y);

/* How much is lost by joining the facts of A and B: what differs, and once more where the joined interval has numbers that neither of the two has. */
uint32_t facts_distance(const struct facts *self, const struct pmap *a, const struct pmap *b);

/* Of interned facts. Does one of FIRST and SECOND hold of VALUE, whatever it is? */
bool facts_cover(const struct facts *self, value_id value, uint32_t first, uint32_t second);
/* The interned fact that holds wherever FIRST or SECOND does. */
uint32_t facts_either(struct facts *self, uint32_t first, uint32_t second);
/* EITHER holds wherever FIRST or SECOND does, and nowhere else; false when there is no such fact. */
bool facts_either_exactly(struct facts *self, uint32_t first, uint32_t second, uint32_t *either);
/* Does FIRST leave fewer numbers than SECOND? */
bool facts_is_narrower(const struct facts *self, uint32_t first, uint32_t second);
/* Does FACT hold of every VALUE? */
bool facts_says_nothing(const struct facts *self, value_id value, uint32_t fact);

/* What is known of VALUE now, as a number that facts_widen takes later. */
uint32_t facts_snapshot(struct facts *self, const struct pmap *map, value_id value);
/* Does a variable count: was it a number in FIRST, another one in BEFORE, and is it, holding VALUE, as much further now, or still further? 1: up,
 * -1: down, 0: no. */
int facts_direction(struct facts *self, const struct pmap *map, uint32_t first, uint32_t before, value_id value);
/* The number that a variable was in SNAPSHOT, which facts_direction found to count. */
int64_t facts_snapshot_number(const struct facts *self, uint32_t snapshot);
/* TARGET is what becomes of a variable that held a value of which BEFORE was known, and holds VALUE now, if that goes on: a bound that has not
 * moved stays, one that has moved is given up (the interval widening of Cousot and Cousot, POPL 1977). Not a proof: it may move later. */
const struct pmap *facts_widen(struct facts *self, const struct pmap *map, value_id target, uint32_t before, value_id value);

/* The fact recorded for VALUE itself, or NULL. */
static inline const struct fact *facts_get(const struct facts *self, const struct pmap *map, value_id value)
{
    const struct pmap *entry = value_get(self->values, value)->has_fact ? pmap_find(map, value) : NULL;

    return entry ? &self->table.items[entry->value] : NULL;
}
/* Assumes everything FACT says of VALUE. */
bool facts_apply(struct facts *self, const struct pmap **map, value_id value, const struct fact *fact);
/* What is known of TO from now on are the bits that are known of FROM, which may be made of TO, and nothing else. */
void facts_rename_bits(struct facts *self, const struct pmap **map, value_id from, value_id to);

#endif
