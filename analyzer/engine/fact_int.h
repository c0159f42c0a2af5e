/*
 * fact_int.h - what fact.c, fact_range.c, fact_table.c and fact_merge.c share, and nobody else sees.
 */
#ifndef MDLGUARD_ENGINE_FACT_INT_H
#define MDLGUARD_ENGINE_FACT_INT_H

#include "engine/fact.h"

/* The index of the fact equal to FACT in SELF's table. */
uint32_t fact_intern(struct facts *self, const struct fact *fact);

/* The interval of TYPE's values; all 64 bits when it has none. */
void fact_type_range(const struct facts *self, ir_id type, int64_t *low, int64_t *high);
/* The interval of what VALUE, no number and no expression, can be when nothing was said of it: its type's, or that of the member that it was read from. */
void fact_default_range(const struct facts *self, value_id value, int64_t *low, int64_t *high);
/* Can VALUE be as FACT says, for all that is known of the member that it was read from? Its interval becomes that of what is left. */
bool fact_fits_member(const struct facts *self, value_id value, struct fact *fact);
/* The fact recorded for VALUE, or what its type tells. */
struct fact fact_current(const struct facts *self, const struct pmap *map, value_id value);
/* The bits of VALUE that MAP tells, directly or through casts. */
void fact_known_bits(const struct facts *self, const struct pmap *map, value_id value, uint64_t *known, uint64_t *bits);
bool fact_type_holds(const struct facts *self, ir_id type, int64_t number);
/* V is a cast: is its operand known to lie in the type it is cast to, so that the cast changes nothing? */
bool fact_cast_keeps(const struct facts *self, const struct pmap *map, const struct value *v);
bool fact_is_excluded(const struct fact *fact, int64_t number);
/* Adds NUMBER to what FACT excludes, if there is room and it says something. */
void fact_exclude(struct fact *fact, int64_t number);
/* The variable that held VALUE on entry; 0: none that is known. See handles.h. */
uint64_t fact_holder(const struct facts *self, const struct pmap *map, value_id value);
/* MAP with FACT for VALUE; false when it contradicts itself. */
bool fact_put(struct facts *self, const struct pmap **map, value_id value, struct fact *fact);

/* Is V the address of something, which is not 0? */
static inline bool fact_is_address(const struct value *v)
{
    return v->kind == VALUE_ADDR || v->kind == VALUE_FUNC || v->kind == VALUE_STRING;
}

#endif
