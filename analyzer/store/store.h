/*
 * store.h - the SQLite store of a project: units, functions, calls, summaries and findings of the last scan. The only
 * folder that includes sqlite3.h. The tables are documented in docs/store.md and defined in schema.sql.
 *
 * One scan is one transaction: a store holds the previous scan or the new one, never a part of it.
 */
#ifndef MDLGUARD_STORE_STORE_H
#define MDLGUARD_STORE_STORE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/inputs.h"
#include "base/status.h"
#include "base/strbuf.h"
#include "ir/ir.h"
#include "report/finding.h"

struct store;

/* Opens PATH, making it and its folder when absent. A file of another schema version is rebuilt; a damaged one is set
 * aside as PATH.corrupt and rebuilt: *note (may be NULL) then points to a sentence to show (owned by the store), else
 * NULL. MG_USAGE when PATH is the database of another program, which is left alone; MG_IO with the reason otherwise. */
enum mg_status store_open(const char *path, struct store **out, const char **note, struct mg_error *error);
/* Closes and frees; NULL is fine. Rolls back an unfinished scan. */
void store_close(struct store *self);

/*
 * What outlives a scan. Each call is a transaction of its own, so a process that ends at any moment leaves the calls that returned.
 * Files that were damaged are not found; MG_CORRUPT and MG_IO are for a file that cannot be used at all.
 */

/* The files that the extract KEY was made from, in ARENA and sorted, and the hash that it was kept with. */
enum mg_status store_find_extract(struct store *self, uint64_t key, struct arena *arena, struct input_files *files,
                                  uint64_t *hash, bool *is_found, struct mg_error *error);
/* Appends the bytes of the extract KEY to OUT; whether they are whole, the caller has to see. */
enum mg_status store_read_extract(struct store *self, uint64_t key, struct strbuf *out, bool *is_found,
                                  struct mg_error *error);

struct store_extract {
    uint64_t key;
    const char *path; /* main file */
    uint64_t hash;    /* what store_find_extract shall say */
    const void *bytes;
    size_t length;
    const struct input_files *files;
};
/* Keeps the extract in place of an older one of its key. */
enum mg_status store_put_extract(struct store *self, const struct store_extract *extract, struct mg_error *error);
/* The files of the extract have other times now. */
enum mg_status store_touch_extract(struct store *self, uint64_t key, const struct input_files *files,
                                   struct mg_error *error);
/* Forgets all extracts but the COUNT KEYS, which are sorted. */
enum mg_status store_keep_extracts(struct store *self, const uint64_t *keys, uint32_t count, struct mg_error *error);

/* The report that the finished scan gave: by the hash of all that it came from (KEY), with the hash of what was reported. */
struct store_result {
    uint64_t key, report_hash;
    struct strbuf bytes; /* owned by the caller */
};
enum mg_status store_read_result(struct store *self, struct store_result *out, bool *is_found, struct mg_error *error);
/* Between begin and commit: goes with the scan. */
enum mg_status store_put_result(struct store *self, const struct store_result *result, struct mg_error *error);

/* What came of some functions: bytes by a key. Appends those of KEY to OUT; whether they are whole, the caller has to see. */
enum mg_status store_read_solution(struct store *self, uint64_t key, struct strbuf *out, bool *is_found,
                                   struct mg_error *error);

struct store_solution {
    uint64_t key;
    struct strbuf bytes; /* the caller's */
};
/* Keeps COUNT of them in place of older ones of their keys. */
enum mg_status store_put_solutions(struct store *self, const struct store_solution *solutions, uint32_t count,
                                   struct mg_error *error);
/* Forgets all but those of the COUNT KEYS, which are sorted. */
enum mg_status store_keep_solutions(struct store *self, const uint64_t *keys, uint32_t count, struct mg_error *error);

/*
 * A scan: begin, replace, then any number of the add calls, then commit. MG_IO when the disk is full and the like: the old scan stays.
 *
 * Its rows belong to parts: units with their functions, calls and summaries, and findings with their steps. Those of the scan before that
 * would have the same rows stay as they are. So between begin and replace the rows of each part are measured: the add calls write nothing
 * then. The ids of a part and of what is in it have to be the same from scan to scan, as far as they can.
 */
enum mg_status store_begin_scan(struct store *self, const char *root, const char *version, struct mg_error *error);

enum store_part_kind { STORE_UNIT, STORE_FINDING };

struct store_part {
    enum store_part_kind kind;
    int64_t id;    /* of the unit or finding */
    uint64_t hash; /* of its rows */
    bool is_kept;  /* they are there */
};

/* The id for the unit with EXTRACT (see struct store_unit): that of the scan before, or a new one. */
int64_t store_unit_id(struct store *self, uint64_t extract);
/* The id for the ORDINAL-th function, from 1 on, of UNIT. 0: there are too many. */
int64_t store_function_id(int64_t unit, uint32_t ordinal);

/* The add calls from here to store_measured, which returns a hash of what they were given, are about the part ID. */
void store_measure(struct store *self, int64_t id);
uint64_t store_measured(struct store *self);
/* Drops what is none of PARTS, and says which of these are kept; the others are to be written. */
enum mg_status store_replace_parts(struct store *self, struct store_part *parts, uint32_t count, struct mg_error *error);
/* The add calls from here on are about PART. */
void store_write(struct store *self, const struct store_part *part);

struct store_unit {
    const char *path, *directory;
    const char *arguments; /* one argument a line */
    uint64_t argument_hash;
    uint32_t error_count, statement_count, unknown_count;
    const char *first_error;
    uint64_t extract; /* key of what it was lowered to, 0: not kept */
};
enum mg_status store_add_unit(struct store *self, const struct store_unit *unit, int64_t *id, struct mg_error *error);
struct store_function {
    int64_t id; /* 0: any */
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
