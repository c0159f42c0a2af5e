/*
 * store.c - opening, checking and replacing the store's file, and the transaction that is a scan.
 *
 * The file is in WAL mode: readers (an editor, a user's sqlite3) see the previous scan while the next one is written.
 * What cannot be read as a database is renamed, never deleted; a database that another program made is left alone.
 */
#include "store/store_int.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/embedded.h"

#define BUSY_MILLISECONDS 10000

/* ---- errors ---- */

static enum mg_status status_of(int rc)
{
    rc &= 0xFF;
    return rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB ? MG_CORRUPT : MG_IO;
}

static const char *reason_of(const struct store *self, int rc)
{
    switch (rc & 0xFF) {
    case SQLITE_FULL:
        return "the disk is full";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return "another program is writing to it";
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return "it or its folder is read-only";
    case SQLITE_CANTOPEN:
        return "it cannot be opened or made (permissions, or no such folder)";
    default:
        return self->db ? sqlite3_errmsg(self->db) : sqlite3_errstr(rc);
    }
}

/* Ends an open scan without its changes. */
static void roll_back(struct store *self)
{
    store_scan_release(self);
    self->in_scan = false;
    /* SQLite has rolled back by itself after some errors, "disk full" among them. */
    if (!self->db || sqlite3_get_autocommit(self->db))
        return;
    for (int i = 0; i < STORE_STATEMENT_COUNT; i++)
        if (self->statements[i])
            sqlite3_reset(self->statements[i]);
    sqlite3_exec(self->db, "ROLLBACK", NULL, NULL, NULL);
}

enum mg_status store_fail(struct store *self, int rc, struct mg_error *error)
{
    enum mg_status status = status_of(rc);

    self->is_sound &= status != MG_CORRUPT;
    if (status == MG_CORRUPT)
        mg_fail(error, status, self->path, 0, 0, "the store is damaged: %s; delete it, the next scan makes it anew",
                reason_of(self, rc));
    else
        mg_fail(error, status, self->path, 0, 0, "cannot write the store: %s", reason_of(self, rc));
    roll_back(self);
    return status;
}

/* ---- the file ---- */

static enum mg_status make_folder(const char *path, struct mg_error *error)
{
    struct arena arena;
    char *folder;
    enum mg_status status = MG_OK;

    arena_init(&arena);
    folder = arena_strdup(&arena, path);
    for (char *slash = *folder ? strchr(folder + 1, '/') : NULL; slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        /* A folder that is there may also answer EROFS or EACCES: whether it can be used, opening the file shows. */
        if (mkdir(folder, 0777) != 0 && errno != EEXIST && access(folder, F_OK) != 0) {
            status =
                mg_fail(error, MG_IO, path, 0, 0, "cannot make the store's folder '%s': %s", folder, strerror(errno));
            break;
        }
        *slash = '/';
    }
    arena_release(&arena);
    return status;
}

static int open_file(struct store *self)
{
    /* A store belongs to one thread: no locking inside the connection. */
    int rc =
        sqlite3_open_v2(self->path, &self->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);

    if (rc == SQLITE_OK) {
        sqlite3_extended_result_codes(self->db, 1);
        sqlite3_busy_timeout(self->db, BUSY_MILLISECONDS);
    }
    return rc;
}

static void finalize_statements(struct store *self)
{
    for (int i = 0; i < STORE_STATEMENT_COUNT; i++) {
        sqlite3_finalize(self->statements[i]);
        self->statements[i] = NULL;
    }
}

static void close_file(struct store *self)
{
    finalize_statements(self);
    sqlite3_close(self->db);
    self->db = NULL;
}

/* The first column of the first row of SQL, a fixed text; NULL result when there is no row. */
static int query_number(struct store *self, const char *sql, int64_t *out)
{
    sqlite3_stmt *statement;
    int rc = sqlite3_prepare_v2(self->db, sql, -1, &statement, NULL);

    if (rc != SQLITE_OK)
        return rc;
    *out = 0;
    rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW)
        *out = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int run_check(struct store *self)
{
    sqlite3_stmt *statement;
    int rc = sqlite3_prepare_v2(self->db, "PRAGMA quick_check(1)", -1, &statement, NULL);

    if (rc != SQLITE_OK)
        return rc;
    rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(statement, 0);

        rc = text && strcmp(text, "ok") == 0 ? SQLITE_OK : SQLITE_CORRUPT;
    }
    sqlite3_finalize(statement);
    return rc;
}

enum store_content { STORE_CONTENT_OURS, STORE_CONTENT_EMPTY, STORE_CONTENT_OTHER_VERSION, STORE_CONTENT_FOREIGN };

/* What the open file holds. */
static int look_inside(struct store *self, enum store_content *out)
{
    int64_t tables, application, version;
    int rc;

    self->is_as_left = store_is_as_left(self);
    rc = query_number(self, "SELECT count(*) FROM sqlite_master", &tables);

    if (rc == SQLITE_OK)
        rc = query_number(self, "PRAGMA application_id", &application);
    if (rc == SQLITE_OK)
        rc = query_number(self, "PRAGMA user_version", &version);
    if (rc != SQLITE_OK)
        return rc;
    if (tables == 0)
        *out = STORE_CONTENT_EMPTY;
    else if (application != STORE_APPLICATION_ID)
        *out = STORE_CONTENT_FOREIGN;
    else if (version != STORE_SCHEMA_VERSION)
        *out = STORE_CONTENT_OTHER_VERSION;
    else
        *out = STORE_CONTENT_OURS;
    return *out == STORE_CONTENT_FOREIGN || self->is_as_left ? SQLITE_OK : run_check(self);
}

/* Empties the database, whatever is in it. */
static int reset_file(struct store *self)
{
    int rc, off;

    rc = sqlite3_db_config(self->db, SQLITE_DBCONFIG_RESET_DATABASE, 1, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(self->db, "VACUUM", NULL, NULL, NULL);
    off = sqlite3_db_config(self->db, SQLITE_DBCONFIG_RESET_DATABASE, 0, NULL);
    return rc == SQLITE_OK ? off : rc;
}

static int make_schema(struct store *self)
{
    static const char stamp[] = "PRAGMA application_id = 1296321639; PRAGMA user_version = 6;";
    int rc;

    static_assert(STORE_APPLICATION_ID == 1296321639 && STORE_SCHEMA_VERSION == 6, "the stamp says the same");
    rc = sqlite3_exec(self->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(self->db, store_schema_sql, NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(self->db, stamp, NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(self->db, "COMMIT", NULL, NULL, NULL);
    if (rc != SQLITE_OK && !sqlite3_get_autocommit(self->db))
        sqlite3_exec(self->db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}

static int configure(struct store *self)
{
    return sqlite3_exec(self->db,
                        "PRAGMA page_size = 16384;" /* of a new file: most of it are values of 10 to 200 KB */
                        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;"
                        "PRAGMA cache_size = -16384;" /* KiB: rows come in the order of the tables */
                        "PRAGMA temp_store = MEMORY;",
                        NULL, NULL, NULL);
}

/* Opens self->path and brings it to the state of a store. SQLITE_CORRUPT or SQLITE_NOTADB: it is damaged. */
static int open_checked(struct store *self, bool *is_foreign)
{
    enum store_content content = STORE_CONTENT_EMPTY;
    int rc = open_file(self);

    if (rc == SQLITE_OK)
        rc = look_inside(self, &content);
    *is_foreign = rc == SQLITE_OK && content == STORE_CONTENT_FOREIGN;
    if (rc != SQLITE_OK || *is_foreign)
        return rc;
    if (content == STORE_CONTENT_OTHER_VERSION) {
        rc = reset_file(self);
        snprintf(self->note, sizeof(self->note), "the store '%s' was of another version and is made anew", self->path);
    }
    if (rc == SQLITE_OK)
        rc = configure(self);
    if (rc == SQLITE_OK && content != STORE_CONTENT_OURS)
        rc = make_schema(self);
    return rc;
}

/* Renames the damaged file, and the journals that belong to it, to PATH.corrupt. */
static enum mg_status set_aside(struct store *self, struct mg_error *error)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    struct arena arena;
    enum mg_status status = MG_OK;

    arena_init(&arena);
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]) && status == MG_OK; i++) {
        const char *from = arena_printf(&arena, "%s%s", self->path, suffixes[i]);
        const char *to = arena_printf(&arena, "%s.corrupt%s", self->path, suffixes[i]);

        if (rename(from, to) != 0 && errno != ENOENT)
            status = mg_fail(error, MG_IO, self->path, 0, 0, "the store is damaged and cannot be set aside: %s",
                             strerror(errno));
    }
    arena_release(&arena);
    snprintf(self->note, sizeof(self->note), "the store '%s' was damaged; it is kept as '%s.corrupt' and made anew",
             self->path, self->path);
    return status;
}

static enum mg_status open_or_replace(struct store *self, struct mg_error *error)
{
    bool is_foreign;
    int rc = open_checked(self, &is_foreign);

    if (status_of(rc) == MG_CORRUPT) {
        enum mg_status status;

        close_file(self);
        status = set_aside(self, error);
        if (status != MG_OK)
            return status;
        rc = open_checked(self, &is_foreign);
    }
    if (rc == SQLITE_OK && is_foreign)
        return mg_fail(error, MG_USAGE, self->path, 0, 0,
                       "this is a database of another program, not a store of mdlguard; choose another file with --db");
    return rc == SQLITE_OK ? MG_OK : store_fail(self, rc, error);
}

enum mg_status store_open(const char *path, struct store **out, const char **note, struct mg_error *error)
{
    struct store *self = calloc(1, sizeof(*self));
    enum mg_status status;

    if (!self)
        arena_die(sizeof(*self));
    self->path = strdup(path);
    if (!self->path)
        arena_die(strlen(path));
    status = make_folder(path, error);
    if (status == MG_OK)
        status = open_or_replace(self, error);
    if (status != MG_OK) {
        store_close(self);
        return status;
    }
    self->is_sound = true;
    if (note)
        *note = self->note[0] ? self->note : NULL;
    *out = self;
    return MG_OK;
}

void store_close(struct store *self)
{
    if (!self)
        return;
    roll_back(self);
    close_file(self);
    if (self->is_sound)
        store_leave(self);
    free(self->path);
    free(self);
}

/* ---- the transaction ---- */

enum mg_status store_transact(struct store *self, int (*write)(struct store *self, const void *what), const void *what,
                              struct mg_error *error)
{
    assert(!self->in_scan);
    int rc = sqlite3_exec(self->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = write(self, what);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(self->db, "COMMIT", NULL, NULL, NULL);
    return rc == SQLITE_OK ? MG_OK : store_fail(self, rc, error);
}

enum mg_status store_begin_scan(struct store *self, const char *root, const char *version, struct mg_error *error)
{
    int rc;

    assert(!self->in_scan);
    rc = sqlite3_exec(self->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = store_scan_init(self, root, version);
    if (rc != SQLITE_OK)
        return store_fail(self, rc, error);
    self->in_scan = true;
    return MG_OK;
}

enum mg_status store_commit_scan(struct store *self, struct mg_error *error)
{
    int rc;

    if (!self->in_scan)
        return mg_fail(error, MG_IO, self->path, 0, 0, "the scan was given up after an earlier error");
    for (int i = 0; i < STORE_STATEMENT_COUNT; i++)
        if (self->statements[i])
            sqlite3_reset(self->statements[i]);
    rc = store_drop_files(self);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(self->db, "COMMIT", NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        return store_fail(self, rc, error);
    store_scan_release(self);
    self->in_scan = false;
    return MG_OK;
}

sqlite3_stmt *store_prepare(struct store *self, enum store_statement which, int *rc)
{
    static const char *const texts[] = {
#define X(id, sql) sql,
        STORE_STATEMENTS(X)
#undef X
    };

    *rc = SQLITE_OK;
    if (!self->statements[which])
        *rc = sqlite3_prepare_v3(self->db, texts[which], -1, SQLITE_PREPARE_PERSISTENT, &self->statements[which], NULL);
    if (*rc != SQLITE_OK)
        return NULL;
    sqlite3_reset(self->statements[which]);
    return self->statements[which];
}
