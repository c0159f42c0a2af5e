/*
 * scribe.h - writes and reads what outlives a run: numbers in a row, in which types, records, functions and globals are known by their names
 * (names.h) and texts stand once. Locations are numbered in the order of their first use; what they are the writer has to tell otherwise.
 *
 * The same contents give the same bytes whatever the ids in the program are, so that their hash is the contents' name.
 */
#ifndef MDLGUARD_ENGINE_SCRIBE_H
#define MDLGUARD_ENGINE_SCRIBE_H

#include "base/blob.h"
#include "engine/names.h"

struct scribe {
    const struct names *names; /* borrowed */
    struct strbuf body;
    VEC(ir_id) types, records, functions, globals, locs;
    VEC(const char *) texts; /* borrowed until the end */
    struct word_map seen[6];
    bool is_bad; /* something has no name */
};

void scribe_init(struct scribe *self, const struct names *names);
void scribe_release(struct scribe *self);

void scribe_number(struct scribe *self, uint64_t value);
void scribe_signed(struct scribe *self, int64_t value);
void scribe_name(struct scribe *self, uint64_t name);
void scribe_text(struct scribe *self, const char *text); /* NULL is one, too */
/* Ids of the program, IR_NONE among them. */
void scribe_type(struct scribe *self, ir_id type);
void scribe_record(struct scribe *self, ir_id record);
void scribe_function(struct scribe *self, ir_id function);
void scribe_global(struct scribe *self, ir_id global);
void scribe_loc(struct scribe *self, ir_id loc);
/* An entry of the engine's rules, NULL among them. */
void scribe_routine(struct scribe *self, const struct ruleset_routine *routine);
void scribe_rule(struct scribe *self, const char *rule);

/* Appends all that was written to OUT, the names first. */
void scribe_finish(struct scribe *self, struct strbuf *out);

/* What a scribe wrote, for the program at hand. */
struct reading {
    const struct names *names; /* borrowed */
    struct arena *arena;       /* borrowed; what is read lives there */
    struct blob_reader in;     /* `is_bad`: it is damaged, or names what the program does not have */
    ir_id *types, *records, *functions, *globals;
    const char **texts;
    uint32_t type_count, record_count, function_count, global_count, text_count;
    const ir_id *locs; /* by number; the caller's */
    uint32_t loc_count;
};

void reading_init(struct reading *self, const struct names *names, struct arena *arena, const void *bytes, size_t length);

uint64_t reading_number(struct reading *self);
/* A number below LIMIT; 0 and an error when it is not. */
uint32_t reading_below(struct reading *self, uint32_t limit);
/* A number of things that follow. */
uint32_t reading_count(struct reading *self);
int64_t reading_signed(struct reading *self);
uint64_t reading_name(struct reading *self);
const char *reading_text(struct reading *self);
ir_id reading_type(struct reading *self);
ir_id reading_record(struct reading *self);
ir_id reading_function(struct reading *self);
ir_id reading_global(struct reading *self);
ir_id reading_loc(struct reading *self);
const struct ruleset_routine *reading_routine(struct reading *self);
const struct ruleset_rule *reading_rule(struct reading *self);
/* Everything was read, and nothing was wrong. */
bool reading_end(const struct reading *self);

#endif
