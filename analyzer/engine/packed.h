/*
 * packed.h - what is known of an object and of a mapping, and both as words of 64 bits, so that equal typestates are equal words. They are asked for
 * all the time, one member at a time.
 */
#ifndef MDLGUARD_ENGINE_PACKED_H
#define MDLGUARD_ENGINE_PACKED_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/value.h"
#include "ruleset/ruleset.h"

/* Facets as masks of what is possible: one bit when known, several when the object came from the caller or from nowhere known. */
struct object {
    uint32_t descriptor; /* RULESET_BIT(RULESET_DESCRIPTOR_…) */
    uint32_t pages;      /* RULESET_BIT(RULESET_PAGES_…) */
    uint32_t origin;     /* bits of ruleset->origins, 31 at most */
    bool is_ours;        /* made here or by a callee that handed it to us: if it is lost, it leaks here */
    bool is_escaped;     /* something unknown holds it: it cannot leak any more */
    bool is_given_up;    /* a finding was reported for it, or it is past understanding: no more findings */
    bool is_guessed;     /* its pages or origin are those of one of several outcomes that were followed: nothing in the code says so */
    bool is_assumed;     /* its pages are only what a call on it required: a test of the flags may still say otherwise */
    bool is_unsized;     /* may be smaller than was asked for, and nobody has looked */
    bool is_dropped;     /* memory that held it was given back */
    bool is_listed;      /* somebody has looked at the list of its pages, and may know them without it */
};

#define OBJECT_DESCRIPTOR_ANY ((1u << RULESET_DESCRIPTOR_COUNT) - 1)
#define OBJECT_PAGES_ANY ((1u << RULESET_PAGES_COUNT) - 1)
#define OBJECT_ORIGIN_ANY 0x7fffffffu

struct mapping {
    enum ruleset_mapping kind;
    value_id object;
    bool is_live, is_explicit;
    bool is_escaped;   /* the token was kept by something unknown */
    bool is_given_up;
    bool is_invalid;   /* no mapping at all: the output of a map call that failed */
    bool is_loose;     /* others may end it while other code runs */
    bool late_at_end;  /* ended: the later unmap is reported at the event that ended it */
    uint32_t late_rule; /* ended: index of the rule in rules->rules, or MAPPING_NO_RULE */
};

#define MAPPING_NO_RULE 0xffu

/* What no rule will ask for any more must not keep states apart: all but whose it was of an object that was given up, the whereabouts of one that is
 * not ours to lose. */
static inline void object_simplify(struct object *object)
{
    if (object->is_given_up)
        *object = (struct object){.descriptor = OBJECT_DESCRIPTOR_ANY, .pages = OBJECT_PAGES_ANY, .origin = OBJECT_ORIGIN_ANY,
                                  .is_ours = object->is_ours, .is_given_up = true};
    if (!object->is_ours)
        object->is_escaped = object->is_dropped = false;
}

static inline uint64_t object_pack(const struct object *object)
{
    struct object o = *object;

    object_simplify(&o);
    return o.descriptor | (uint64_t)o.pages << 4 | (uint64_t)o.origin << 16 | (uint64_t)o.is_ours << 48 |
           (uint64_t)o.is_escaped << 49 | (uint64_t)o.is_given_up << 50 | (uint64_t)o.is_guessed << 51 |
           (uint64_t)o.is_unsized << 52 | (uint64_t)o.is_dropped << 53 | (uint64_t)o.is_assumed << 54 |
           (uint64_t)o.is_listed << 55;
}

static inline struct object object_unpack(uint64_t word)
{
    struct object object = {
        .descriptor = word & 0xf,
        .pages = (word >> 4) & 0xfff,
        .origin = (word >> 16) & OBJECT_ORIGIN_ANY,
        .is_ours = (word >> 48) & 1,
        .is_escaped = (word >> 49) & 1,
        .is_given_up = (word >> 50) & 1,
        .is_guessed = (word >> 51) & 1,
        .is_unsized = (word >> 52) & 1,
        .is_dropped = (word >> 53) & 1,
        .is_assumed = (word >> 54) & 1,
        .is_listed = (word >> 55) & 1,
    };

    return object;
}

static inline uint64_t mapping_pack(const struct mapping *mapping)
{
    return (uint64_t)mapping->object | (uint64_t)mapping->kind << 32 | (uint64_t)mapping->is_live << 36 |
           (uint64_t)mapping->is_explicit << 37 | (uint64_t)mapping->is_escaped << 38 |
           (uint64_t)mapping->is_given_up << 39 | (uint64_t)mapping->is_invalid << 40 |
           (uint64_t)mapping->late_at_end << 41 | (uint64_t)mapping->is_loose << 42 | (uint64_t)(mapping->late_rule & 0xff) << 48;
}

static inline struct mapping mapping_unpack(uint64_t word)
{
    struct mapping mapping = {
        .kind = (enum ruleset_mapping)((word >> 32) & 0xf),
        .object = (value_id)word,
        .is_live = (word >> 36) & 1,
        .is_explicit = (word >> 37) & 1,
        .is_escaped = (word >> 38) & 1,
        .is_given_up = (word >> 39) & 1,
        .is_invalid = (word >> 40) & 1,
        .late_at_end = (word >> 41) & 1,
        .is_loose = (word >> 42) & 1,
        .late_rule = (word >> 48) & 0xff,
    };

    return mapping;
}

#endif
