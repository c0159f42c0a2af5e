/*
 * store_extract.c - what outlives a scan: encoded units with the files they were made from, the last report, and what came of functions.
 *
 * SQLite notices a damaged page only when its structure is hurt. So what is read here carries hashes of its own, and a row that does not
 * agree with them counts as absent.
 */
#include "store/store_int.h"

#include <stdlib.h>

#include "base/hash.h"

/* ---- the files ---- */

static int source_id(struct store *self, const char *path, int64_t *id)
{
    struct row row = row_begin(self, STORE_SQL_FIND_SOURCE);
    row_text(&row, path);
    if (!row.statement)
        return row.rc;
    int rc = sqlite3_step(row.statement);
    *id = rc == SQLITE_ROW ? sqlite3_column_int64(row.statement, 0) : 0;
    sqlite3_reset(row.statement);
    if (rc != SQLITE_DONE)
        return rc == SQLITE_ROW ? SQLITE_OK : rc;
    row = row_begin(self, STORE_SQL_SOURCE);
    row_text(&row, path);
    return row_insert(&row, id);
}

/* Of an extract's hash and all that is kept of its files but the times, whatever their order. */
static uint64_t hash_inputs(uint64_t hash_of_extract, const struct input_files *files)
{
    uint64_t sum = hash_of_extract;
    for (uint32_t i = 0; i < files->list.count; i++) {
        const struct input_file *file = &files->list.items[i];
        uint64_t hash = hash_mix(hash_string(file->path), file->hash);
        sum += hash_mix(hash_mix(hash, file->size), file->is_system);
    }
    return hash_mix(sum, files->list.count);
}

/* Of the extract with this id. */
static int put_inputs(struct store *self, int64_t extract, const struct input_files *files)
{
    int rc = SQLITE_OK;
    for (uint32_t i = 0; i < files->list.count && rc == SQLITE_OK; i++) {
        const struct input_file *file = &files->list.items[i];
        int64_t source;
        rc = source_id(self, file->path, &source);
        if (rc != SQLITE_OK)
            break;
        struct row row = row_begin(self, STORE_SQL_INPUT);
        row_number(&row, extract);
        row_number(&row, source);
        row_number(&row, file->is_system);
        row_number(&row, (int64_t)file->size);
        row_number(&row, file->mtime_ns);
        row_number(&row, (int64_t)file->hash);
        rc = row_insert(&row, NULL);
    }
    return rc;
}

static int read_inputs(struct store *self, int64_t extract, struct arena *arena, struct input_files *out)
{
    struct row row = row_begin(self, STORE_SQL_READ_INPUTS);
    int rc = row.rc;
    row_number(&row, extract);
    while (row.statement && (rc = sqlite3_step(row.statement)) == SQLITE_ROW) {
        const char *path = (const char *)sqlite3_column_text(row.statement, 0);
        struct input_file file = {.path = arena_strdup(arena, path ? path : ""),
                                  .is_system = sqlite3_column_int64(row.statement, 1) != 0,
                                  .size = (uint64_t)sqlite3_column_int64(row.statement, 2),
                                  .mtime_ns = sqlite3_column_int64(row.statement, 3),
                                  .hash = (uint64_t)sqlite3_column_int64(row.statement, 4)};
        VEC_PUSH_IN(arena, &out->list, file);
    }
    if (row.statement)
        sqlite3_reset(row.statement);
    input_files_sort(out);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* ---- extracts ---- */

/* What the row of an extract says of it. */
struct extract_row {
    int64_t id; /* 0: there is none */
    uint64_t input_hash, hash;
};

static int find_extract(struct store *self, uint64_t key, struct extract_row *out)
{
    struct row row = row_begin(self, STORE_SQL_FIND_EXTRACT);
    *out = (struct extract_row){0};
    row_number(&row, (int64_t)key);
    if (!row.statement)
        return row.rc;
    int rc = sqlite3_step(row.statement);
    if (rc == SQLITE_ROW)
        *out = (struct extract_row){.id = sqlite3_column_int64(row.statement, 0),
                                    .input_hash = (uint64_t)sqlite3_column_int64(row.statement, 1),
                                    .hash = (uint64_t)sqlite3_column_int64(row.statement, 2)};
    sqlite3_reset(row.statement);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

enum mg_status store_find_extract(struct store *self, uint64_t key, struct arena *arena, struct input_files *files,
                                  uint64_t *hash, bool *is_found, struct mg_error *error)
{
    struct extract_row found;
    *files = (struct input_files){0};
    int rc = find_extract(self, key, &found);
    if (rc == SQLITE_OK && found.id)
        rc = read_inputs(self, found.id, arena, files);
    *hash = found.hash;
    *is_found = found.id && rc == SQLITE_OK && hash_inputs(found.hash, files) == found.input_hash;
    return rc == SQLITE_OK ? MG_OK : store_fail(self, rc, error);
}

/* The bytes that STATEMENT finds for KEY, appended to OUT. */
static enum mg_status read_bytes(struct store *self, enum store_statement statement, uint64_t key, struct strbuf *out,
                                 bool *is_found, struct mg_error *error)
{
    struct row row = row_begin(self, statement);
    int rc = row.rc;
    *is_found = false;
    row_number(&row, (int64_t)key);
    if (row.statement) {
        rc = sqlite3_step(row.statement);
        if (rc == SQLITE_ROW) {
            const void *bytes = sqlite3_column_blob(row.statement, 0);
            size_t length = (size_t)sqlite3_column_bytes(row.statement, 0);
            *is_found = bytes != NULL;
            if (bytes)
                strbuf_add(out, bytes, length);
        }
        sqlite3_reset(row.statement);
    }
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? MG_OK : store_fail(self, rc, error);
}

enum mg_status store_read_extract(struct store *self, uint64_t key, struct strbuf *out, bool *is_found,
                                  struct mg_error *error)
{
    return read_bytes(self, STORE_SQL_READ_EXTRACT, key, out, is_found, error);
}

static int put_extract(struct store *self, const void *what)
{
    const struct store_extract *extract = what;
    int64_t source, id;
    int rc = source_id(self, extract->path, &source);
    if (rc == SQLITE_OK)
        rc = store_drop(self, STORE_SQL_DROP_EXTRACT, (int64_t)extract->key);
    if (rc != SQLITE_OK)
        return rc;
    struct row row = row_begin(self, STORE_SQL_EXTRACT);
    row_number(&row, (int64_t)extract->key);
    row_number(&row, source);
    row_number(&row, (int64_t)hash_inputs(extract->hash, extract->files));
    row_number(&row, (int64_t)extract->hash);
    row_blob(&row, extract->bytes, extract->length);
    rc = row_insert(&row, &id);
    return rc == SQLITE_OK ? put_inputs(self, id, extract->files) : rc;
}

enum mg_status store_put_extract(struct store *self, const struct store_extract *extract, struct mg_error *error)
{
    return store_transact(self, put_extract, extract, error);
}

static int touch_extract(struct store *self, const void *what)
{
    const struct store_extract *extract = what;
    struct extract_row found;
    int rc = find_extract(self, extract->key, &found);
    if (rc != SQLITE_OK || !found.id)
        return rc;
    rc = store_drop(self, STORE_SQL_FORGET_INPUTS, found.id);
    return rc == SQLITE_OK ? put_inputs(self, found.id, extract->files) : rc;
}

enum mg_status store_touch_extract(struct store *self, uint64_t key, const struct input_files *files,
                                   struct mg_error *error)
{
    struct store_extract extract = {.key = key, .files = files};
    return store_transact(self, touch_extract, &extract, error);
}

struct key_list {
    const uint64_t *keys;
    uint32_t count;
};

static int compare_keys(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* The keys are few, and SQL has no array to compare with: the others are looked for here. */
static int keep_keys(struct store *self, const struct key_list *kept, const char *all, const char *one)
{
    sqlite3_stmt *find = NULL, *drop = NULL;
    int rc = sqlite3_prepare_v2(self->db, all, -1, &find, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v2(self->db, one, -1, &drop, NULL);
    VEC(int64_t) dropped = {0};
    while (rc == SQLITE_OK && (rc = sqlite3_step(find)) == SQLITE_ROW) {
        uint64_t key = (uint64_t)sqlite3_column_int64(find, 0);
        if (!kept->count || !bsearch(&key, kept->keys, kept->count, sizeof(key), compare_keys))
            VEC_PUSH(&dropped, (int64_t)key);
        rc = SQLITE_OK;
    }
    rc = rc == SQLITE_DONE ? SQLITE_OK : rc;
    for (uint32_t i = 0; i < dropped.count && rc == SQLITE_OK; i++) {
        sqlite3_bind_int64(drop, 1, dropped.items[i]);
        rc = sqlite3_step(drop);
        rc = rc == SQLITE_DONE ? sqlite3_reset(drop) : rc;
    }
    VEC_RELEASE(&dropped);
    sqlite3_finalize(find);
    sqlite3_finalize(drop);
    return rc;
}

static int keep_extracts(struct store *self, const void *what)
{
    return keep_keys(self, what, "SELECT key FROM extract", "DELETE FROM extract WHERE key = ?1");
}

enum mg_status store_keep_extracts(struct store *self, const uint64_t *keys, uint32_t count, struct mg_error *error)
{
    struct key_list kept = {keys, count};
    return store_transact(self, keep_extracts, &kept, error);
}

/* ---- the report ---- */

enum mg_status store_read_result(struct store *self, struct store_result *out, bool *is_found, struct mg_error *error)
{
    struct row row = row_begin(self, STORE_SQL_READ_RESULT);
    int rc = row.rc;
    *is_found = false;
    if (row.statement) {
        rc = sqlite3_step(row.statement);
        *is_found = rc == SQLITE_ROW;
        if (*is_found) {
            out->key = (uint64_t)sqlite3_column_int64(row.statement, 0);
            out->report_hash = (uint64_t)sqlite3_column_int64(row.statement, 1);
            const void *bytes = sqlite3_column_blob(row.statement, 2);
            if (bytes)
                strbuf_add(&out->bytes, bytes, (size_t)sqlite3_column_bytes(row.statement, 2));
        }
        sqlite3_reset(row.statement);
    }
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? MG_OK : store_fail(self, rc, error);
}

enum mg_status store_put_result(struct store *self, const struct store_result *result, struct mg_error *error)
{
    if (!self->in_scan)
        return mg_fail(error, MG_IO, self->path, 0, 0, "the scan was given up after an earlier error");
    struct row row = row_begin(self, STORE_SQL_RESULT);
    row_number(&row, (int64_t)result->key);
    row_number(&row, (int64_t)result->report_hash);
    row_blob(&row, result->bytes.data, result->bytes.length);
    int rc = row_insert(&row, NULL);
    return rc == SQLITE_OK ? MG_OK : store_fail(self, rc, error);
}

/* ---- functions ---- */

enum mg_status store_read_solution(struct store *self, uint64_t key, struct strbuf *out, bool *is_found,
                                   struct mg_error *error)
{
    return read_bytes(self, STORE_SQL_READ_SOLUTION, key, out, is_found, error);
}

struct solution_list {
    const struct store_solution *items;
    uint32_t count;
};

static int put_solutions(struct store *self, const void *what)
{
    const struct solution_list *list = what;
    int rc = SQLITE_OK;
    for (uint32_t i = 0; i < list->count && rc == SQLITE_OK; i++) {
        struct row row = row_begin(self, STORE_SQL_SOLUTION);
        row_number(&row, (int64_t)list->items[i].key);
        row_blob(&row, list->items[i].bytes.data, list->items[i].bytes.length);
        rc = row_insert(&row, NULL);
    }
    return rc;
}

enum mg_status store_put_solutions(struct store *self, const struct store_solution *solutions, uint32_t count,
                                   struct mg_error *error)
{
    struct solution_list list = {solutions, count};
    return store_transact(self, put_solutions, &list, error);
}

static int keep_solutions(struct store *self, const void *what)
{
    return keep_keys(self, what, "SELECT key FROM solution", "DELETE FROM solution WHERE key = ?1");
}

enum mg_status store_keep_solutions(struct store *self, const uint64_t *keys, uint32_t count, struct mg_error *error)
{
    struct key_list kept = {keys, count};
    return store_transact(self, keep_solutions, &kept, error);
}
