/*
 * store_parts.c - what of a scan is in the store already, and need not be written.
 *
 * A unit's rows, and a finding's, carry a hash of all that they hold (row_hash). The add calls, run once without writing, give that of the
 * new ones; where it is the same, the rows stay. Ids have to be the same for that: a unit keeps its own as long as its arguments are the
 * same, those of what is in it are made from the unit's by counting, and a file keeps its id while something is in it.
 *
 * Where most has changed, or somebody else has written to the store, all tables are made anew.
 */
#include "store/store_int.h"

#include <assert.h>
#include <string.h>

#include "base/embedded.h"
#include "base/hash.h"

#define FUNCTION_BITS 20 /* of a function's id: its number in the unit */
#define ROW_BITS 32      /* of a call's or case's id */
#define CHANGED_MAX 4    /* more than one in so many parts: the tables are made anew */

/* ---- files ---- */

static struct store_file *add_file(struct store_scan *self, const char *path, int64_t id, bool is_stored)
{
    struct store_file file = {.path = arena_strdup(&self->arena, path), .id = id, .is_stored = is_stored};
    uint64_t hash = hash_string(path);
    uint32_t first;

    if (word_map_get(&self->file_index, hash, &first)) {
        file.next = self->files.items[first].next;
        self->files.items[first].next = self->files.count + 1;
    } else {
        (void)word_map_add(&self->file_index, hash, self->files.count);
    }
    if (id > self->last_file)
        self->last_file = id;
    VEC_PUSH_IN(&self->arena, &self->files, file);
    return &self->files.items[self->files.count - 1];
}

static struct store_file *find_file(struct store_scan *self, const char *path)
{
    uint32_t at;

    if (!word_map_get(&self->file_index, hash_string(path), &at))
        return NULL;
    for (at++; at; at = self->files.items[at - 1].next)
        if (strcmp(self->files.items[at - 1].path, path) == 0)
            return &self->files.items[at - 1];
    return NULL;
}

static int put_file(struct store *self, struct store_file *file)
{
    struct row row = row_begin(self, STORE_SQL_FILE);

    row_number(&row, file->id);
    row_text(&row, file->path);
    file->is_stored = true;
    return row_insert(&row, NULL);
}

int store_file_id(struct store *self, const char *path, int64_t *id)
{
    struct store_scan *scan = &self->scan;
    struct store_file *file = path ? find_file(scan, path) : NULL;

    if (path && !file)
        file = add_file(scan, path, scan->last_file + 1, false);
    *id = file ? file->id : 0;
    if (!file)
        return SQLITE_OK;
    file->is_used = true;
    return file->is_stored || scan->is_measuring ? SQLITE_OK : put_file(self, file);
}

int store_drop(struct store *self, enum store_statement statement, int64_t id)
{
    struct row row = row_begin(self, statement);

    row_number(&row, id);
    return row_insert(&row, NULL);
}

int store_drop_files(struct store *self)
{
    const struct store_scan *scan = &self->scan;
    int rc = SQLITE_OK;

    for (uint32_t i = 0; i < scan->files.count && rc == SQLITE_OK; i++)
        if (scan->files.items[i].is_stored && !scan->files.items[i].is_used)
            rc = store_drop(self, STORE_SQL_DROP_FILE, scan->files.items[i].id);
    return rc;
}

/* ---- the scan before ---- */

static uint64_t id_key(enum store_part_kind kind, int64_t id)
{
    return (uint64_t)id << 1 | (kind == STORE_FINDING);
}

static int read_files(struct store *self)
{
    int rc;
    sqlite3_stmt *statement = store_prepare(self, STORE_SQL_OLD_FILES, &rc);

    while (statement && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *path = (const char *)sqlite3_column_text(statement, 1);

        add_file(&self->scan, path ? path : "", sqlite3_column_int64(statement, 0), true);
    }
    if (statement)
        sqlite3_reset(statement);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static void add_old(struct store_scan *self, const struct store_old *old)
{
    (void)word_map_add(&self->old_ids, id_key(old->kind, old->id), self->olds.count);
    if (old->kind == STORE_UNIT)
        (void)word_map_add(&self->old_units, old->extract, self->olds.count);
    if (old->kind == STORE_UNIT && old->id > self->last_unit)
        self->last_unit = old->id;
    VEC_PUSH_IN(&self->arena, &self->olds, *old);
}

static int read_olds(struct store *self, enum store_part_kind kind, enum store_statement which)
{
    int rc;
    sqlite3_stmt *statement = store_prepare(self, which, &rc);

    while (statement && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
        struct store_old old = {.kind = kind,
                                .id = sqlite3_column_int64(statement, 0),
                                .hash = (uint64_t)sqlite3_column_int64(statement, 1),
                                .extract = (uint64_t)sqlite3_column_int64(statement, 2)};

        add_old(&self->scan, &old);
    }
    if (statement)
        sqlite3_reset(statement);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int store_scan_init(struct store *self, const char *root, const char *version)
{
    struct store_scan *scan = &self->scan;
    int rc = SQLITE_OK;

    *scan = (struct store_scan){0};
    arena_init(&scan->arena);
    scan->root = arena_strdup(&scan->arena, root);
    scan->version = arena_strdup(&scan->arena, version);
    if (self->is_as_left)
        rc = read_files(self);
    if (self->is_as_left && rc == SQLITE_OK)
        rc = read_olds(self, STORE_UNIT, STORE_SQL_OLD_UNITS);
    if (self->is_as_left && rc == SQLITE_OK)
        rc = read_olds(self, STORE_FINDING, STORE_SQL_OLD_FINDINGS);
    return rc;
}

void store_scan_release(struct store *self)
{
    word_map_release(&self->scan.file_index);
    word_map_release(&self->scan.old_units);
    word_map_release(&self->scan.old_ids);
    arena_release(&self->scan.arena);
    self->scan = (struct store_scan){0};
}

/* ---- parts ---- */

int64_t store_unit_id(struct store *self, uint64_t extract)
{
    struct store_scan *scan = &self->scan;
    uint32_t at;

    if (!word_map_get(&scan->old_units, extract, &at) || scan->olds.items[at].is_taken)
        return ++scan->last_unit;
    scan->olds.items[at].is_taken = true;
    return scan->olds.items[at].id;
}

int64_t store_function_id(int64_t unit, uint32_t ordinal)
{
    return ordinal >> FUNCTION_BITS ? 0 : unit << FUNCTION_BITS | ordinal;
}

static void begin_part(struct store_scan *self, int64_t id, uint64_t hash, bool is_measuring)
{
    self->part = id;
    self->part_hash = hash;
    self->row = id << ROW_BITS;
    self->is_measuring = is_measuring;
    self->measured = 1;
}

void store_measure(struct store *self, int64_t id)
{
    assert(self->in_scan);
    begin_part(&self->scan, id, 0, true);
}

uint64_t store_measured(struct store *self)
{
    self->scan.is_measuring = false;
    return self->scan.measured;
}

void store_write(struct store *self, const struct store_part *part)
{
    begin_part(&self->scan, part->id, part->hash, false);
}

/* Dropping tables and making them again takes no time; deleting a million rows under foreign keys takes seconds.
 * Children come before parents, since a table that another one refers to would be emptied row by row. */
static const char drop_all[] =
    "DROP VIEW IF EXISTS function_effects; DROP VIEW IF EXISTS case_effects; DROP VIEW IF EXISTS call_list; "
    "DROP VIEW IF EXISTS finding_list; DROP VIEW IF EXISTS unit_health; DROP TABLE IF EXISTS finding_step; "
    "DROP TABLE IF EXISTS finding; DROP TABLE IF EXISTS gap; DROP TABLE IF EXISTS summary_event; "
    "DROP TABLE IF EXISTS summary_case; DROP TABLE IF EXISTS call; DROP TABLE IF EXISTS function; "
    "DROP TABLE IF EXISTS unit; "
    "DROP TABLE IF EXISTS file; DROP TABLE IF EXISTS scan;";

static int make_anew(struct store *self)
{
    int rc = sqlite3_exec(self->db, drop_all, NULL, NULL, NULL);

    for (uint32_t i = 0; i < self->scan.files.count; i++)
        self->scan.files.items[i].is_stored = false;
    return rc == SQLITE_OK ? sqlite3_exec(self->db, store_schema_sql, NULL, NULL, NULL) : rc;
}

/* What goes with a unit or finding goes by the foreign keys. */
static int drop_others(struct store *self)
{
    int rc = sqlite3_exec(self->db, "DELETE FROM gap; DELETE FROM scan;", NULL, NULL, NULL);

    for (uint32_t i = 0; i < self->scan.olds.count && rc == SQLITE_OK; i++) {
        const struct store_old *old = &self->scan.olds.items[i];

        if (!old->is_taken)
            rc = store_drop(self, old->kind == STORE_UNIT ? STORE_SQL_DROP_UNIT : STORE_SQL_DROP_FINDING, old->id);
    }
    return rc;
}

static int put_scan(struct store *self)
{
    struct row row = row_begin(self, STORE_SQL_SCAN);

    row_text(&row, self->scan.root);
    row_text(&row, self->scan.version);
    return row_insert(&row, NULL);
}

/* How many of PARTS are kept. */
static uint32_t compare(struct store_scan *self, struct store_part *parts, uint32_t count)
{
    uint32_t kept = 0, at;

    for (uint32_t i = 0; i < self->olds.count; i++)
        self->olds.items[i].is_taken = false;
    for (uint32_t i = 0; i < count; i++) {
        struct store_part *part = &parts[i];

        part->is_kept = word_map_get(&self->old_ids, id_key(part->kind, part->id), &at) && self->olds.items[at].hash == part->hash;
        if (part->is_kept)
            self->olds.items[at].is_taken = true;
        kept += part->is_kept;
    }
    return kept;
}

enum mg_status store_replace_parts(struct store *self, struct store_part *parts, uint32_t count, struct mg_error *error)
{
    uint32_t kept = compare(&self->scan, parts, count);
    bool is_new = count - kept > count / CHANGED_MAX || !kept;
    int rc;

    assert(self->in_scan && !self->scan.is_measuring);
    for (uint32_t i = 0; i < count && is_new; i++)
        parts[i].is_kept = false;
    begin_part(&self->scan, 0, 0, false);
    rc = is_new ? make_anew(self) : drop_others(self);
    if (rc == SQLITE_OK)
        rc = put_scan(self);
    return rc == SQLITE_OK ? MG_OK : store_fail(self, rc, error);
}
