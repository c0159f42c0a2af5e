/*
 * tracker.h - follows every MDL, mapping and handle through the calls of a driver, and reports the analyzer's rules while it runs.
 *
 * The rules are the tables of tables.h. A wrapper brackets each call of a routine:
 *
 *     struct mg_call call = {.routine = MG_ROUTINE_MmUnlockPages, .site = ...};
 *     MG_ENTRY_MmUnlockPages(call.slots);
 *     mg_tracker_enter(tracker, &call);          checks the requirements; what the call ends, ends here
 *     ... the real routine ...
 *     MG_EXIT_MmUnlockPages(call.slots);
 *     mg_tracker_leave(tracker, &call, result);  picks the outcome by the result, and applies it
 *
 * A call that raises is not left: nothing of what it might have done has happened.
 *
 * Invariants: all memory is given to mg_tracker_init and never grows; an event takes the lock once, walks at most MG_PROBE_LIMIT entries of a
 * hash chain and the mappings that it ends, calls nothing but the hooks, and so may happen at DISPATCH_LEVEL. What does not fit is counted in
 * mg_stats and not followed; nothing is dropped silently.
 *
 * As in the analyzer: one violation for an MDL, which is given up then (until its address is a new MDL); of several requirements that fail the
 * first one speaks; a state that is not known, because the MDL was made by somebody else, fails nothing.
 */
#ifndef MDLGUARD_SHIM_TRACKER_H
#define MDLGUARD_SHIM_TRACKER_H

#include <stddef.h>
#include <stdint.h>

#include "tables.h"

#define MG_STACK_DEPTH 6
#define MG_HISTORY 6 /* events that an object remembers */
#define MG_PROBE_LIMIT 128

/* Where a call stands. Strings are borrowed for good: they are literals of the driver. */
struct mg_site {
    const char *file; /* NULL: not known */
    uint32_t line;
    uint32_t depth; /* of stack, innermost first */
    const void *stack[MG_STACK_DEPTH];
};

struct mg_event {
    uint64_t sequence; /* 1, 2, ... in the order of the tracker; 0: no event */
    uint64_t thread;
    struct mg_site site;
    uint16_t routine;
    bool is_wrong;    /* violated a rule */
    const char *says; /* what it did; NULL: nothing in particular */
};

struct mg_call {
    uint16_t routine;
    bool is_off; /* violated a rule, or is about an object that is given up: has no effect */
    struct mg_site site;
    uint64_t slots[MG_SLOT_COUNT];
    uint64_t token; /* of a mapping whose token no argument shows, when the wrapper knows it; else 0 */
    uint64_t bytes; /* of the mapping that it makes, when no MDL but the wrapper knows; else 0 */
    uint64_t scope; /* where the call's token means something, when two places may use the same: a domain; else 0 */
    bool is_lost;   /* the wrapper has no place for what the call makes: not followed, but counted */
    bool is_handle; /* the routine's objects are no MDLs but handles: there is no memory to look at */
};

/* What the memory of an MDL itself says; for MDLs that were made elsewhere, and for chains. */
struct mg_view {
    uint32_t flags;    /* MdlFlags */
    uint32_t bytes;    /* of the mapping */
    const void *next;
};

struct mg_violation {
    uint64_t number;         /* 1, 2, ... of this tracker */
    const struct mg_rule *rule;
    const char *message;     /* template: {mdl}, {token}, {state}, {mapping}, {early} */
    uint64_t object, token;  /* addresses or handles; 0: none */
    uint32_t pages;          /* mask: states that the pages may be in */
    int mapping_kind;        /* MG_MAPPING_xxx; -1: none */
    struct mg_event primary; /* the wrong event: the call at hand, or the earlier one that came too early. A leak: the acquisition */
    struct mg_event made;    /* the mapping was made; sequence 0: not known */
    struct mg_event ended;   /* the mapping ended */
    struct mg_event now;     /* the call at hand; a leak or a fault has none */
    struct mg_event history[MG_HISTORY]; /* of the object, oldest first */
    uint32_t history_count;
    uint64_t events_before;  /* events of the object that the history has forgotten */
};

struct mg_stats {
    uint64_t events, violations;
    uint64_t lost_objects, lost_mappings; /* did not fit: not followed */
    uint64_t forgotten;                   /* freed MDLs and ended mappings whose place was needed */
    uint32_t live_objects, live_mappings;
};

struct mg_config {
    uint32_t object_capacity, mapping_capacity; /* MDLs and mappings at a time, those that ended lately included */
    /* Every MDL and every mapping is made through the tracker, as on the host: an address never seen is a mistake then. */
    bool sees_everything;
    bool is_zeroed; /* the memory given to mg_tracker_init is all zero already */
    void *context; /* of the hooks */
    uint64_t (*lock)(void *context);
    void (*unlock)(void *context, uint64_t state);
    uint64_t (*thread)(void *context);                               /* or NULL */
    bool (*look)(void *context, uint64_t mdl, struct mg_view *view); /* of an MDL that is alive; or NULL. Called under the lock */
    void (*report)(void *context, const struct mg_violation *violation); /* called without the lock */
};

struct mg_tracker;

/* Bytes of memory, aligned as for a pointer, that a tracker of this capacity needs. */
size_t mg_tracker_size(const struct mg_config *config);
/* MEMORY stays the caller's. NULL when a capacity is 0 or above 2^28. */
struct mg_tracker *mg_tracker_init(void *memory, const struct mg_config *config);

void mg_tracker_enter(struct mg_tracker *self, struct mg_call *call);
/* RESULT: the pointer, or the status sign-extended; 0 for a routine that returns nothing. */
void mg_tracker_leave(struct mg_tracker *self, struct mg_call *call, int64_t result);

/* The memory of MDL may be used for anything from now on, or its owner is somebody whose calls are not seen. */
void mg_tracker_forget(struct mg_tracker *self, uint64_t mdl);
/* MDL is somebody else's, and stays so: for who hands it to the driver. */
void mg_tracker_lend(struct mg_tracker *self, uint64_t mdl);
/* True: MDL was freed through the tracker and is not forgotten. */
bool mg_tracker_is_freed(struct mg_tracker *self, uint64_t mdl);

/* ADDRESS was touched and is not there: reports the use of an ended mapping or of a freed MDL, or the unchecked result of a map call when the
 * address is one near NULL. False: nothing is known about it. MDL_BYTES: how much of a freed descriptor an address may lie in. */
bool mg_tracker_fault(struct mg_tracker *self, uint64_t address, const struct mg_site *site, uint32_t mdl_bytes);

/* Reports what is still there, one violation an MDL. IS_HELD says what is not lost (NULL: nothing is
 * held). To be called when no other thread uses the tracker. */
void mg_tracker_report_leaks(struct mg_tracker *self, bool (*is_held)(void *context, uint64_t value), void *context);

void mg_tracker_stats(struct mg_tracker *self, struct mg_stats *out);

/* ---- texts ---- */

/* Writes what a violation is, one line a call of LINE. DESCRIBE gives code addresses a name in BUFFER (may be NULL). */
struct mg_printer {
    void *context;
    void (*line)(void *context, const char *text);
    void (*describe)(void *context, const void *address, char *buffer, size_t size);
};
void mg_violation_print(const struct mg_violation *self, const struct mg_printer *printer);
/* The same as the records of a trace: see trace.c. DESCRIBE is not used. */
void mg_violation_trace(const struct mg_violation *self, const struct mg_printer *printer);

#endif
