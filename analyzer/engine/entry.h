/*
 * entry.h - where control comes into the program from outside: the functions that the system, or code that is not seen, calls; and what else of the
 * program's data such code has in its hands.
 *
 * Nothing here knows a registration routine by name. A function is an entry when the program gives its address away (stores it, passes it on), or when
 * nothing in the program calls it although others could.
 */
#ifndef MDLGUARD_ENGINE_ENTRY_H
#define MDLGUARD_ENGINE_ENTRY_H

#include "engine/engine_int.h"

/* Record and member, or a global (record IR_NONE, field: its id); both IR_NONE: no name that other functions could know. */
struct field_key {
    ir_id record, field;
};

static inline bool field_key_equal(struct field_key a, struct field_key b)
{
    return a.record == b.record && a.field == b.field;
}

static inline bool field_key_is_none(struct field_key key)
{
    return key.record == IR_NONE && key.field == IR_NONE;
}

struct entry {
    ir_id function;
    const struct summary *summary; /* see entries_summarize; NULL: there is none, or nobody has asked */
    bool is_known;                 /* its address is taken in the program, or it takes the addresses of others: we see who registers it */
    uint64_t *records;             /* bit set: records whose members it, or what it calls, names; NULL: not asked yet */
};

struct entries {
    struct engine *engine;
    VEC(struct entry) list;     /* in the order of the program's functions; in the run's arena */
    uint32_t *releases_mdls;    /* the same without routines that take any memory (ExFreePool) */
    uint32_t *releases;         /* function -> what it, or what it calls, may release (release.h) */
    bool *open_records;         /* record -> code that is not seen, and is not the system's, gets pointers to it */
    bool is_whole;              /* no function of the project's own is called without being seen */
    VEC(struct entry) given_up; /* functions of which not all is known, entries or not */
};

/* Finds the entries of ENGINE's program; everything is solved by now. */
void entries_init(struct entries *self, struct engine *engine);
/* The summary of ENTRY with the history of the objects that it is given: it is solved once more for that, silently, when it is asked for first. NULL: it
 * does nothing to objects, or is not known well enough. */
const struct summary *entries_summarize(struct entries *self, struct entry *entry);
/* Does that for the entries that may leave something behind. */
void entries_find_leaving(struct entries *self);
/* Does ENTRY, or a function that it calls, name a member of RECORD? */
bool entry_names_record(struct entries *self, struct entry *entry, ir_id record);
/* Is there a function that was given up and names a member of RECORD? It may do more than its summary tells. */
bool entries_gave_up(struct entries *self, ir_id record);
/* Does a function that reads the field KEY, and comes to a routine that releases something of CLASS, belong to what ENTRY calls? */
bool entry_may_release(struct entries *self, const struct entry *entry, struct field_key key, uint32_t class);
/* Is there one in the program, other than EXCEPT? */
bool entries_may_release(const struct entries *self, struct field_key key, uint32_t class, ir_id except);

#endif
