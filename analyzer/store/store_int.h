/*
 * store_int.h - the store's privates, shared by store.c (the file, its schema, transactions), store_parts.c (what of a scan is
 * there already) and store_write.c (the add calls), and by the tests, which make the disk "full" through the connection.
 */
#ifndef MDLGUARD_STORE_STORE_INT_H
#define MDLGUARD_STORE_STORE_INT_H

#include <stdbool.h>

#include <sqlite3.h>

#include "base/vec.h"
#include "base/wordmap.h"
#include "store/store.h"

/* Goes into the file's user_version; changes with every change of schema.sql. */
#define STORE_SCHEMA_VERSION 6
/* Goes into the file's application_id ("MDLg"): tells a store from another program's database. */
#define STORE_APPLICATION_ID 0x4D444C67

/* Every statement that writes, prepared when first used. Numbered parameters are bound in the order of the columns. */
#define STORE_STATEMENTS(X)                                                                                            \
    X(SCAN, "INSERT INTO scan (id, root, version) VALUES (1, ?1, ?2)")                                                 \
    X(OLD_FILES, "SELECT id, path FROM file")                                                                          \
    X(OLD_UNITS, "SELECT id, row_hash, extract FROM unit")                                                             \
    X(OLD_FINDINGS, "SELECT id, row_hash, 0 FROM finding")                                                             \
    X(DROP_FILE, "DELETE FROM file WHERE id = ?1")                                                                     \
    X(DROP_UNIT, "DELETE FROM unit WHERE id = ?1")                                                                     \
    X(DROP_FINDING, "DELETE FROM finding WHERE id = ?1")                                                               \
    X(FILE, "INSERT INTO file (id, path) VALUES (?1, ?2)")                                                             \
    X(UNIT, "INSERT INTO unit (id, row_hash, file, directory, arguments, argument_hash, error_count, first_error, "    \
            "statement_count, unknown_count, extract) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")          \
    X(FIND_SOURCE, "SELECT id FROM source WHERE path = ?1")                                                            \
    X(SOURCE, "INSERT INTO source (path) VALUES (?1)")                                                                 \
    X(DROP_EXTRACT, "DELETE FROM extract WHERE key = ?1")                                                              \
    X(EXTRACT, "INSERT INTO extract (key, source, input_hash, hash, bytes) VALUES (?1, ?2, ?3, ?4, ?5)")               \
    X(FIND_EXTRACT, "SELECT id, input_hash, hash FROM extract WHERE key = ?1")                                         \
    X(READ_EXTRACT, "SELECT bytes FROM extract WHERE key = ?1")                                                        \
    X(FORGET_INPUTS, "DELETE FROM extract_input WHERE extract = ?1")                                                   \
    X(INPUT, "INSERT INTO extract_input (extract, source, is_system, size, mtime_ns, hash) "                           \
             "VALUES (?1, ?2, ?3, ?4, ?5, ?6)")                                                                        \
    X(READ_INPUTS, "SELECT source.path, is_system, size, mtime_ns, hash FROM extract_input "                           \
                   "JOIN source ON source.id = extract_input.source WHERE extract = ?1")                               \
    X(RESULT, "INSERT OR REPLACE INTO result (id, key, report_hash, bytes) VALUES (1, ?1, ?2, ?3)")                    \
    X(READ_RESULT, "SELECT key, report_hash, bytes FROM result")                                                       \
    X(SOLUTION, "INSERT OR REPLACE INTO solution (key, bytes) VALUES (?1, ?2)")                                       \
    X(READ_SOLUTION, "SELECT bytes FROM solution WHERE key = ?1")                                                      \
    X(FUNCTION, "INSERT INTO function (id, unit, name, key, file, line, \"column\", is_defined, is_external, "         \
                "is_relevant, ir_hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")                         \
    X(CALL, "INSERT INTO call (id, caller, callee, callee_name, routine, kind, file, line, \"column\") "               \
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")                                                             \
    X(SUMMARY_CASE, "INSERT INTO summary_case (id, function, case_index, result) VALUES (?1, ?2, ?3, ?4)")             \
    X(SUMMARY_EVENT, "INSERT INTO summary_event (summary_case, position, effect, routine, subject, mapping) "          \
                     "VALUES (?1, ?2, ?3, ?4, ?5, ?6)")                                                                \
    X(FINDING, "INSERT INTO finding (id, row_hash, rule, name, level, message, file, line, \"column\", end_line, "     \
               "end_column, function, fingerprint, is_suppressed, suppression) "                                       \
               "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)")                            \
    X(FINDING_STEP, "INSERT INTO finding_step (finding, part, position, file, line, \"column\", end_line, "            \
                    "end_column, message, function, depth, is_event) "                                                 \
                    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)")                                      \
    X(GAP, "INSERT INTO gap (file, line, \"column\", text, is_partial) VALUES (?1, ?2, ?3, ?4, ?5)")

enum store_statement {
#define X(id, sql) STORE_SQL_##id,
    STORE_STATEMENTS(X)
#undef X
        STORE_STATEMENT_COUNT
};

/* A file of the scan. */
struct store_file {
    const char *path;
    int64_t id;
    uint32_t next;  /* index of another one with the same hash, plus one */
    bool is_stored; /* it has a row */
    bool is_used;   /* something of the scan is in it */
};

/* A unit or finding of the scan before. */
struct store_old {
    enum store_part_kind kind;
    int64_t id;
    uint64_t hash, extract;
    bool is_taken; /* a part of this scan has its id; set while ids are given out, then: its rows stay */
};

/* What there is to know of a scan while it is written (store_parts.c). */
struct store_scan {
    struct arena arena;
    const char *root, *version;
    VEC(struct store_file) files;    /* in the arena, like the next one */
    VEC(struct store_old) olds;
    struct word_map file_index;      /* hash of the path -> index */
    struct word_map old_units;       /* extract -> index of the first */
    struct word_map old_ids;         /* id and kind -> index */
    int64_t last_file, last_unit;    /* greatest ids so far */
    bool is_measuring;               /* rows are not written: `measured` becomes a hash of them */
    uint64_t measured;
    int64_t part, row;               /* id of the part; of its last call or case. 0: SQLite chooses */
    uint64_t part_hash;
};

struct store {
    char *path;                                      /* owned */
    sqlite3 *db;                                     /* owned */
    sqlite3_stmt *statements[STORE_STATEMENT_COUNT]; /* owned; NULL until first used */
    bool is_sound;                                   /* it was opened, and no damage was met since */
    bool is_as_left;                                 /* when it was opened, nobody else had written to it */
    bool in_scan;                                    /* between begin and commit, with the transaction open */
    struct store_scan scan;                          /* during a scan */
    char note[768]; /* what store_open hands out */
};

/* Behind the store's name, that of the file which tells how it was left. */
#define STORE_LEFT_SUFFIX "-left"

/* Is the file, which has no open transaction, the one that store_leave() saw last? */
bool store_is_as_left(const struct store *self);
/* The file is closed, and there was nothing wrong with it. */
void store_leave(const struct store *self);

/* The scan before, for one that begins; and the end of that. */
int store_scan_init(struct store *self, const char *root, const char *version);
void store_scan_release(struct store *self);
/* The id of PATH; its row is made when there is none. 0 for NULL. */
int store_file_id(struct store *self, const char *path, int64_t *id);
/* Runs STATEMENT, which deletes what has ID (or key) as its only parameter. */
int store_drop(struct store *self, enum store_statement statement, int64_t id);
/* Drops the files that nothing of the scan is in. */
int store_drop_files(struct store *self);

/* Rolls back, fills ERROR from the connection's last error RC and returns the status for it. */
enum mg_status store_fail(struct store *self, int rc, struct mg_error *error);
/* The prepared statement WHICH, ready to be bound, or NULL with *RC set. */
sqlite3_stmt *store_prepare(struct store *self, enum store_statement which, int *rc);

/* Runs in a transaction of its own: WRITE returns one of SQLite's codes. Not during a scan. */
enum mg_status store_transact(struct store *self, int (*write)(struct store *self, const void *what), const void *what,
                              struct mg_error *error);

/* One run of a statement. Texts are bound without a copy: they outlive the run. */
struct row {
    struct store *store;
    sqlite3_stmt *statement; /* NULL after an error, and when the row is measured */
    bool is_measured;
    int next, rc;
};

struct row row_begin(struct store *store, enum store_statement which);
void row_text(struct row *self, const char *text);
void row_number(struct row *self, int64_t number);
void row_blob(struct row *self, const void *data, size_t length);
/* Runs the statement; *ID (may be NULL) is the new row's. */
int row_insert(struct row *self, int64_t *id);

#endif
