/*
 * store.h - the SQLite store of a project: units, functions, calls, summaries and findings of the last scan. The only
 * folder that includes sqlite3.h. The tables are documented in docs/store.md and defined in schema.sql.
 *
 * One scan is one transaction: a store holds the previous scan or the new one, never a part of it.
 */
#ifndef MDLGUARD_STORE_STORE_H
#define MDLGUARD_STORE_STORE_H

#include <stdint.h>

#include "base/status.h"
#include "ir/ir.h"
#include "report/finding.h"

struct store;

/* Opens PATH, making it and its folder when absent. A file of another schema version is rebuilt; a damaged one is set
 * aside as PATH.corrupt and rebuilt: *note (may be NULL) then points to a sentence to show (owned by the store), else
 * NULL. MG_USAGE when PATH is the database of another program, which is left alone; MG_IO with the reason otherwise. */
enum mg_status store_open(const char *path, struct store **out, const char **note, struct mg_error *error);
/* Closes and frees; NULL is fine. Rolls back an unfinished scan. */
void store_close(struct store *self);

/* A scan: begin, then any number of the add calls, then commit. MG_IO when the disk is full and the like: the old scan
 * stays. */
enum mg_status store_begin_scan(struct store *self, const char *root, const char *version, struct mg_error *error);

struct store_unit {
    const char *path, *directory;
    const char *arguments; /* one argument a line */
    uint64_t argument_hash;
    uint32_t error_count, statement_count, unknown_count;
    const char *first_error;
    const void *ir; /* encoded module, or NULL */
    size_t ir_length;
};
enum mg_status store_add_unit(struct store *self, const struct store_unit *unit, int64_t *id, struct mg_error *error);
/* A file that a unit read, with what tells whether it changed. */
enum mg_status store_add_include(struct store *self, int64_t unit, const char *path, int64_t size, int64_t mtime_ns,
                                 uint64_t hash, struct mg_error *error);

struct store_function {
    int64_t unit;
    const char *name, *key, *file;
    uint32_t line, column;
    bool is_defined, is_external, is_relevant;
    uint64_t ir_hash;
};
enum mg_status store_add_function(struct store *self, const struct store_function *function, int64_t *id,
                                  struct mg_error *error);

enum store_call_kind {
    STORE_CALL_DIRECT,
    STORE_CALL_VIRTUAL,
    STORE_CALL_FIELD,
    STORE_CALL_ROUTINE,
    STORE_CALL_MACRO,
    STORE_CALL_UNKNOWN
};
/* CALLEE 0 when it is not a function of the program; ROUTINE: the pack's routine it is, or NULL. */
enum mg_status store_add_call(struct store *self, int64_t caller, int64_t callee, const char *callee_name,
                              const char *routine, enum store_call_kind kind, const char *file, uint32_t line,
                              uint32_t column, struct mg_error *error);

/* One event that a case of a function's summary performs on an MDL or mapping that its caller can see. */
struct store_event {
    const char *effect;  /* "lock", "map", "unmap", "unlock", "free", "free-pages", … : the pack's effect words */
    const char *routine; /* the pack's routine */
    const char *subject; /* access path as the caller sees it: "arg0->Mdl", "return" */
    const char *mapping; /* "system", "iommu" …, or NULL */
};
/* The summary of FUNCTION: CASE_INDEX counts its cases; RESULT in words ("success", "failure", "any", "raises",
 * "NULL"). */
enum mg_status store_add_summary_case(struct store *self, int64_t function, uint32_t case_index, const char *result,
                                      const struct store_event *events, uint32_t event_count, struct mg_error *error);

enum mg_status store_add_finding(struct store *self, const struct finding *finding, struct mg_error *error);
enum mg_status store_add_gap(struct store *self, const struct finding_gap *gap, struct mg_error *error);
enum mg_status store_commit_scan(struct store *self, struct mg_error *error);

#endif
