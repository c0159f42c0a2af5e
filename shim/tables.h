/*
 * tables.h - the rule packs as the tracker reads them: constant tables, generated from rules/ at build time by shim/gen_tables.c. Nothing here
 * or in the tracker names a Windows routine; what one requires and does is data, and the same data that the analyzer reads.
 *
 * A call is a row of slots: the values of the access paths that the pack names for the routine ("arg1->pMdl"). Slot 0 is the routine's MDL. The
 * wrappers fill them with the macros of the generated header mdlguard_routines.h, so that the tracker knows no structure of Windows.
 *
 * Masks hold 1u << value of the facets in that header (MG_PAGES_LOCKED ...).
 */
#ifndef MDLGUARD_SHIM_TABLES_H
#define MDLGUARD_SHIM_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#define MG_SLOT_COUNT 8   /* at most, of one routine; the generator refuses packs that need more */
#define MG_NO_SLOT 0xff
#define MG_NO_RULE 0xffff
#define MG_ANY UINT32_MAX /* a mask that restricts nothing */
#define MG_BIT(value) (1u << (value))

enum mg_check_kind {
    MG_CHECK_DESCRIPTOR,
    MG_CHECK_PAGES,
    MG_CHECK_ORIGIN,
    MG_CHECK_NO_MAPPING,
    MG_CHECK_MAPPING,
    MG_CHECK_TOKEN,
    MG_CHECK_TOKEN_OWNER,
};

/* What is not here (writes to memory) is not the tracker's business. */
enum mg_effect_kind {
    MG_EFFECT_NEW,
    MG_EFFECT_BORROW,
    MG_EFFECT_SET_DESCRIPTOR,
    MG_EFFECT_SET_PAGES,
    MG_EFFECT_SET_ORIGIN,
    MG_EFFECT_MAP,
    MG_EFFECT_UNMAP_TOKEN,
    MG_EFFECT_END, /* and UNMAP: all mappings of a kind */
    MG_EFFECT_ESCAPE,
    MG_EFFECT_LINK, /* put into memory of somebody else's */
    MG_EFFECT_DROP, /* the memory that held the routine's MDL is given back */
};

enum mg_result {
    MG_RESULT_ANY,
    MG_RESULT_NULL,
    MG_RESULT_NONNULL,
    MG_RESULT_SUCCESS,
    MG_RESULT_FAILURE,
    MG_RESULT_POSITIVE,
    MG_RESULT_RAISES,
};

/* A part of one of the arrays below. */
struct mg_range {
    uint16_t first, count;
};

struct mg_condition {
    int64_t value, mask; /* mask 0: the whole value */
    uint8_t slot;
    bool is_negated;
};

struct mg_check {
    enum mg_check_kind kind;
    uint32_t mask, if_pages, if_origin;
    struct mg_range conditions;
    uint8_t slot;    /* the token; MG_NO_SLOT: none */
    uint8_t subject; /* the MDL that the check speaks of; MG_NO_SLOT: the routine has none */
    uint16_t rule;
    const char *message; /* instead of the rule's; or NULL */
    bool allows_null;    /* a token that is 0 is none, and right */
};

struct mg_effect {
    enum mg_effect_kind kind;
    uint8_t slot, other; /* MG_NO_SLOT: none; of MAP: the token is the call's, or the mapping is known by its MDL alone */
    uint32_t value, mask, pages, origin, if_pages, if_origin;
    bool is_explicit, is_idempotent, late_at_end;
    uint16_t late_rule;
};

struct mg_outcome {
    enum mg_result result;
    uint32_t if_pages, if_origin, if_no_mapping;
    struct mg_range conditions, effects;
    uint16_t unchecked_rule;
    const char *says; /* or NULL */
};

struct mg_routine {
    const char *name;
    struct mg_range checks, outcomes;
    bool has_mdl, only_tracked;
    bool is_by_token; /* slot 0 is no MDL but the token of one of its mappings */
    /* The effects do not depend on the result and are due before the call is made: what it frees may be somebody else's when it returns. */
    bool is_early;
};

enum mg_level { MG_LEVEL_NOTE, MG_LEVEL_WARNING, MG_LEVEL_ERROR };

struct mg_rule {
    const char *id, *name, *message;
    enum mg_level level;
};

struct mg_leak {
    uint16_t rule;
    uint32_t mappings, descriptor, pages, origin;
    bool is_chained, is_dropped;
};

/* The bits of MDL.MdlFlags that tell the state of the pages: index is MG_PAGES_xxx, 0 where no bit does. */
extern const uint32_t mg_flag_pages[];
extern const uint16_t mg_flag_pages_count;

extern const struct mg_condition mg_conditions[];
extern const struct mg_check mg_checks[];
extern const struct mg_effect mg_effects[];
extern const struct mg_outcome mg_outcomes[];
extern const struct mg_routine mg_routines[]; /* index is MG_ROUTINE_xxx */
extern const struct mg_rule mg_rules[];
extern const struct mg_leak mg_leaks[];
extern const uint16_t mg_leak_count, mg_routine_count;
/* Roles of rules: what touching a freed MDL and a dead address is. */
extern const uint16_t mg_rule_use_after_free, mg_rule_use_after_unmap;
/* The latter's where a kind of mapping has one of its own (index is MG_MAPPING_xxx); MG_NO_RULE elsewhere. */
extern const uint16_t mg_rule_use_after_unmap_of[];
extern const char *const mg_pages_names[], *const mg_mapping_names[];

#endif
