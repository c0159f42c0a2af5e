/*
 * tracker_int.h - the tracker's memory: objects (MDLs) and mappings in fixed arrays, found through hash chains of indices.
 *
 * An entry is fresh (its memory is all zero), live, past (a freed MDL, an ended mapping: remembered until its place is needed) or unused again. Fresh
 * entries are taken first, and are those from object_fresh and mapping_fresh on. Past and unused ones stand in one queue, whose head is taken next (of
 * mappings, as soon as there are some thousands: see table.c), so that what ended longest ago is forgotten first. Index 0 is no entry.
 */
#ifndef MDLGUARD_SHIM_TRACKER_INT_H
#define MDLGUARD_SHIM_TRACKER_INT_H

#include "tracker.h"

#define MG_MAPPING_KINDS 10

enum mg_entry_state { MG_ENTRY_UNUSED, MG_ENTRY_LIVE, MG_ENTRY_PAST };

struct mg_link {
    uint32_t next, previous;
};

struct mg_object {
    uint64_t address;
    enum mg_entry_state state;
    struct mg_link queue;
    uint32_t hash_next;
    uint32_t descriptor, pages, origin; /* masks of what may be */
    bool is_ours;     /* made through the tracker */
    bool is_handle;   /* no MDL: see mg_call */
    bool is_given_up, is_escaped, is_chained;
    bool is_dropped; /* what held it was given back */
    uint32_t mappings[MG_MAPPING_KINDS]; /* first live mapping of each kind */
    struct mg_event history[MG_HISTORY]; /* ring: event n stands at n % MG_HISTORY */
    uint64_t event_count;
    struct mg_event acquired, filled;    /* made; its pages came to be what they are */
    /* Mappings that the tracker never saw ended by themselves here; a later unmap is the rule. MG_NO_RULE: no such event. */
    struct mg_event ended;
    uint16_t ended_rule;
    bool ended_early;
};

/* Two hash nodes an entry: node 2i is for the token, 2i + 1 for the alias. */
struct mg_mapping {
    uint64_t token, alias, scope;
    enum mg_entry_state state;
    struct mg_link queue; /* past: the queue; live: among the object's mappings of the kind */
    uint32_t object;      /* index; 0: none. A past mapping's object may have been taken for another MDL: see object_address */
    uint64_t object_address;
    uint32_t kind, bytes;
    bool is_explicit, is_given_up, late_at_end;
    uint16_t late_rule;
    struct mg_event made, ended;
};

struct mg_table {
    uint32_t *buckets; /* first node; 0: none */
    uint32_t mask;
};

struct mg_tracker {
    struct mg_config config;
    struct mg_stats stats;
    uint64_t sequence;
    struct mg_object *objects;    /* [object_capacity + 1] */
    struct mg_mapping *mappings;  /* [mapping_capacity + 1] */
    uint32_t *mapping_next;       /* of hash nodes */
    struct mg_table object_table, mapping_table;
    struct mg_link object_queue, mapping_queue; /* next: head, previous: tail */
    uint32_t object_fresh, mapping_fresh, mapping_queued;
    struct mg_event unchecked;    /* the last call whose NULL is a mistake to use */
    uint64_t unchecked_object;
    uint16_t unchecked_rule;
};

/* ---- table.c; the lock is held ---- */

void mg_table_init(struct mg_tracker *self, void *memory);
/* 0: not known, neither live nor past. */
uint32_t mg_object_find(const struct mg_tracker *self, uint64_t address);
/* The entry of ADDRESS, cleared; made when there is none. 0: does not fit (counted). */
uint32_t mg_object_renew(struct mg_tracker *self, uint64_t address);
/* To the end of the queue: its place may be taken when nothing older is left. */
void mg_object_retire(struct mg_tracker *self, uint32_t index);
void mg_object_drop(struct mg_tracker *self, uint32_t index);

/* A name that a call uses for a mapping. */
struct mg_token {
    uint64_t value, scope; /* see mg_call */
};

/* The mapping that TOKEN names: a live one of KINDS before a live one before the one that ended last. OBJECT, when it is not 0, is preferred. */
uint32_t mg_mapping_find(const struct mg_tracker *self, struct mg_token token, uint32_t kinds, uint32_t object);
uint32_t mg_mapping_add(struct mg_tracker *self, struct mg_token token, uint64_t alias, uint32_t object, uint32_t kind);
void mg_mapping_end(struct mg_tracker *self, uint32_t index);

/* ---- objects.c; the lock is held ---- */

/* What the memory of an MDL says; false: nothing, and of a handle always. */
bool mg_tracker_look(struct mg_tracker *self, const struct mg_object *object, struct mg_view *view);
/* The entry of an MDL of somebody else's, made. 0: does not fit. */
uint32_t mg_object_adopt(struct mg_tracker *self, uint64_t address, bool is_handle);
/* Brings what is known of somebody else's MDL in line with its memory. INDEX may be 0. */
void mg_object_refresh(struct mg_tracker *self, uint32_t index);
/* One violation an MDL: it and its mappings are not looked at again. INDEX may be 0. */
void mg_object_give_up(struct mg_tracker *self, uint32_t index);
/* The MDL of a mapping; 0: none, or another one has its place by now. */
uint32_t mg_mapping_object(const struct mg_tracker *self, uint32_t mapping);

/* INDEX may be 0. */
void mg_object_remember(struct mg_tracker *self, uint32_t index, const struct mg_event *event);
/* A live mapping of one of KINDS; 0: none. OBJECT may be 0. */
uint32_t mg_object_mapping(const struct mg_tracker *self, uint32_t object, uint32_t kinds);

void mg_violation_fill(const struct mg_tracker *self, struct mg_violation *out, uint32_t object, uint32_t mapping);
/* MESSAGE NULL: the rule's. */
void mg_violation_set_rule(struct mg_violation *self, uint16_t rule, const char *message);
/* Gives it its number. */
void mg_violation_count(struct mg_tracker *self, struct mg_violation *violation);

/* ---- checks.c; the lock is held ---- */

bool mg_conditions_hold(struct mg_range range, const struct mg_call *call);
/* The entry of MDL, which CALL names in one of its slots; made when its routine is for all MDLs. 0: none. */
uint32_t mg_call_object(struct mg_tracker *self, const struct mg_call *call, uint64_t mdl);
/* True: a requirement failed, and OUT says how. */
bool mg_checks_run(struct mg_tracker *self, const struct mg_call *call, struct mg_event *now, struct mg_violation *out);

/* ---- effects.c; the lock is held ---- */

void mg_outcome_apply(struct mg_tracker *self, const struct mg_call *call, int64_t result, struct mg_event *now);
/* A call that has no effect here may still have made a mapping: what its token is used for later is not judged. */
void mg_outcome_note_tokens(struct mg_tracker *self, const struct mg_call *call, int64_t result, const struct mg_event *now);

#endif
