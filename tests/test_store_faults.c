/*
 * test_store_faults.c - every way in which the store's file or its disk can fail; the old scan survives each of them.
 */
#include "store_sample.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* ---- what can go wrong with the file ---- */

#define UNDAMAGED 49152 /* bytes: the pages that hold the header and the schema */

static void write_bytes(const char *path, const char *bytes, size_t length)
{
    struct strbuf text;

    strbuf_init(&text);
    strbuf_add(&text, bytes, length);
    assert_int_equal(strbuf_write_file(&text, path, NULL), MG_OK);
    strbuf_release(&text);
}

static void a_file_that_is_no_database_is_set_aside(void **state)
{
    static const char junk[] = "this is not a database, but it is longer than the header of one would be: "
                               "one hundred bytes are what SQLite reads first";
    struct fixture self;
    struct store *store;
    const char *note;
    (void)state;

    fixture_init(&self);
    store_close(open_store(&self));
    write_bytes(self.path, junk, sizeof(junk) - 1);
    assert_int_equal(store_open(self.path, &store, &note, &self.error), MG_OK);
    assert_non_null(note);
    assert_non_null(strstr(note, ".corrupt"));
    write_sample(store);
    store_close(store);
    assert_int_equal(strbuf_read_file(&self.out, arena_printf(&self.arena, "%s.corrupt", self.path), NULL), MG_OK);
    assert_string_equal(self.out.data, junk);
    expect_query(&self, "SELECT count(*) FROM finding", "2\n");
    fixture_release(&self);
}

static void a_damaged_database_is_set_aside(void **state)
{
    struct fixture self;
    struct store *store;
    const char *note;
    (void)state;

    fixture_init(&self);
    write_sample_store(&self);
    assert_int_equal(strbuf_read_file(&self.out, self.path, NULL), MG_OK);
    assert_true(self.out.length > UNDAMAGED);
    memset(self.out.data + UNDAMAGED, 0xA5, self.out.length - UNDAMAGED);
    write_bytes(self.path, self.out.data, self.out.length);
    assert_int_equal(store_open(self.path, &store, &note, &self.error), MG_OK);
    assert_non_null(note);
    write_sample(store);
    store_close(store);
    expect_query(&self, "SELECT count(*) FROM finding", "2\n");
    fixture_release(&self);
}

/* In place, and in the same moment: the size is the same, the time only if it is put back. */
static void damage_in_place(const char *path, bool is_time_kept)
{
    struct stat before;
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(stat(path, &before), 0);
    assert_true(before.st_size > UNDAMAGED);
    assert_int_equal(fseek(file, UNDAMAGED, SEEK_SET), 0);
    for (off_t i = UNDAMAGED; i < before.st_size; i++)
        fputc(0xA5, file);
    assert_int_equal(fclose(file), 0);
    struct timespec times[2] = {before.st_atim, before.st_mtim};
    if (is_time_kept)
        assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void a_store_is_looked_through_unless_it_is_as_it_was_left(void **state)
{
    (void)state;
    for (int is_time_kept = 0; is_time_kept < 2; is_time_kept++) {
        struct fixture self;
        struct store *store;
        const char *note;
        fixture_init(&self);
        write_sample_store(&self);
        damage_in_place(self.path, is_time_kept);
        assert_int_equal(store_open(self.path, &store, &note, &self.error), MG_OK);
        assert_int_equal(note == NULL, is_time_kept);
        store_close(store);
        fixture_release(&self);
    }
}

static void a_truncated_database_is_set_aside(void **state)
{
    struct fixture self;
    struct store *store;
    const char *note;
    (void)state;

    fixture_init(&self);
    write_sample_store(&self);
    assert_int_equal(truncate(self.path, 30000), 0);
    assert_int_equal(store_open(self.path, &store, &note, &self.error), MG_OK);
    assert_non_null(note);
    store_close(store);
    expect_query(&self, "SELECT count(*) FROM finding", "0\n");
    fixture_release(&self);
}

static void an_empty_file_becomes_a_store(void **state)
{
    struct fixture self;
    struct store *store;
    const char *note;
    (void)state;

    fixture_init(&self);
    store_close(open_store(&self));
    write_bytes(self.path, "", 0);
    assert_int_equal(store_open(self.path, &store, &note, &self.error), MG_OK);
    assert_null(note);
    write_sample(store);
    store_close(store);
    fixture_release(&self);
}

static void execute(struct fixture *self, const char *sql)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(self->path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    sqlite3_close(db);
}

static void a_store_of_another_version_is_made_anew(void **state)
{
    struct fixture self;
    struct store *store;
    const char *note;
    (void)state;

    fixture_init(&self);
    write_sample_store(&self);
    execute(&self, "CREATE TABLE of_the_future (x); PRAGMA user_version = 99");
    assert_int_equal(store_open(self.path, &store, &note, &self.error), MG_OK);
    assert_non_null(strstr(note, "another version"));
    store_close(store);
    expect_query(&self, "SELECT count(*) FROM sqlite_master WHERE name = 'of_the_future'", "0\n");
    expect_query(&self, "SELECT count(*) FROM finding", "0\n");
    expect_query(&self, "PRAGMA user_version", "6\n");
    assert_int_equal(store_open(self.path, &store, &note, &self.error), MG_OK);
    assert_null(note);
    store_close(store);
    fixture_release(&self);
}

static void the_database_of_another_program_is_left_alone(void **state)
{
    struct fixture self;
    struct store *store = NULL;
    (void)state;

    fixture_init(&self);
    assert_int_equal(mkdir(arena_printf(&self.arena, "%s/.mdlguard", self.folder), 0755), 0);
    execute(&self, "CREATE TABLE bookmarks (url); INSERT INTO bookmarks VALUES ('x')");
    assert_int_equal(store_open(self.path, &store, NULL, &self.error), MG_USAGE);
    assert_string_equal(self.error.file, self.path);
    assert_null(store);
    expect_query(&self, "SELECT url FROM bookmarks", "x\n");
    fixture_release(&self);
}

/* ---- what can go wrong with the disk ---- */

/* Adds units until one fails and returns how that was. */
static enum mg_status fill(struct fixture *self, struct store *store)
{
    enum mg_status status = MG_OK;
    char *text = arena_alloc(&self->arena, 65537);
    int64_t id;

    memset(text, 'a', 65536);
    for (int i = 0; i < 1000 && status == MG_OK; i++) {
        struct store_unit unit = {.path = arena_printf(&self->arena, "/u%d.c", i),
                                  .directory = "/",
                                  .arguments = text};

        status = store_add_unit(store, &unit, &id, &self->error);
    }
    return status;
}

static void a_full_disk_keeps_the_old_scan(void **state)
{
    struct fixture self;
    struct store *store;
    int64_t id;
    struct store_unit unit = {.path = "/x.c", .directory = "/", .arguments = ""};
    (void)state;

    fixture_init(&self);
    store = open_store(&self);
    write_sample(store);
    assert_int_equal(sqlite3_exec(store->db, "PRAGMA max_page_count = 100", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(store_begin_scan(store, "/elsewhere", "9.9.9", &self.error), MG_OK);
    assert_int_equal(store_replace_parts(store, NULL, 0, &self.error), MG_OK);
    assert_int_equal(fill(&self, store), MG_IO);
    assert_string_equal(self.error.text, "cannot write the store: the disk is full");
    assert_string_equal(self.error.file, self.path);
    /* Nothing more goes in, and it cannot be committed by mistake. */
    assert_int_equal(store_add_unit(store, &unit, &id, &self.error), MG_IO);
    assert_int_equal(store_commit_scan(store, &self.error), MG_IO);
    store_close(store);
    expect_query(&self, "SELECT root, (SELECT count(*) FROM finding), (SELECT count(*) FROM unit) FROM scan",
                 "/src/drv|2|2\n");
    write_sample_store(&self);
    fixture_release(&self);
}

/* The limit on a file's size makes write(2) itself fail, in the journal and not in SQLite's own counting. */
static void a_write_that_fails_keeps_the_old_scan(void **state)
{
    struct fixture self;
    struct store *store;
    struct rlimit old, small;
    enum mg_status filled;
    (void)state;

    fixture_init(&self);
    store = open_store(&self);
    write_sample(store);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = (struct rlimit){4 * 1024 * 1024, old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_int_equal(store_begin_scan(store, "/elsewhere", "9.9.9", &self.error), MG_OK);
    assert_int_equal(store_replace_parts(store, NULL, 0, &self.error), MG_OK);
    filled = fill(&self, store);
    store_close(store);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(filled, MG_IO);
    assert_non_null(strstr(self.error.text, "cannot write the store: "));
    expect_query(&self, "SELECT root, (SELECT count(*) FROM finding) FROM scan", "/src/drv|2\n");
    fixture_release(&self);
}

/* The superuser may write anywhere: act as somebody else meanwhile. */
static enum mg_status open_as_nobody(struct fixture *self)
{
    uid_t user = geteuid();
    struct store *store = NULL;
    enum mg_status status;

    if (user == 0)
        assert_int_equal(seteuid(65534), 0);
    status = store_open(self->path, &store, NULL, &self->error);
    if (status == MG_OK) {
        status = store_begin_scan(store, "/elsewhere", "9.9.9", &self->error);
        store_close(store);
    }
    if (user == 0)
        assert_int_equal(seteuid(user), 0);
    return status;
}

static void a_read_only_folder_is_an_error(void **state)
{
    struct fixture self;
    (void)state;

    fixture_init(&self);
    assert_int_equal(chmod(self.folder, 0555), 0);
    assert_int_equal(open_as_nobody(&self), MG_IO);
    assert_non_null(strstr(self.error.text, "cannot make the store's folder"));
    assert_int_equal(chmod(self.folder, 0755), 0);
    write_sample_store(&self);
    assert_int_equal(chmod(self.path, 0444), 0);
    assert_int_equal(chmod(arena_printf(&self.arena, "%s/.mdlguard", self.folder), 0555), 0);
    assert_int_equal(open_as_nobody(&self), MG_IO);
    assert_non_null(strstr(self.error.text, "cannot write the store: "));
    assert_int_equal(chmod(arena_printf(&self.arena, "%s/.mdlguard", self.folder), 0755), 0);
    expect_query(&self, "SELECT count(*) FROM finding", "2\n");
    fixture_release(&self);
}

static void a_path_that_cannot_be_is_an_error(void **state)
{
    struct fixture self;
    struct store *store = NULL;
    (void)state;

    fixture_init(&self);
    store_close(open_store(&self));
    assert_int_equal(store_open(arena_printf(&self.arena, "%s/below/a/file.db", self.path), &store, NULL, &self.error),
                     MG_IO);
    assert_int_equal(store_open(self.folder, &store, NULL, &self.error), MG_IO);
    assert_non_null(strstr(self.error.text, "cannot be opened"));
    assert_null(store);
    store_close(NULL);
    fixture_release(&self);
}

static void a_second_writer_is_told_so(void **state)
{
    struct fixture self;
    struct store *first, *second;
    (void)state;

    fixture_init(&self);
    first = open_store(&self);
    second = open_store(&self);
    sqlite3_busy_timeout(second->db, 10);
    assert_int_equal(store_begin_scan(first, "/r", "0", &self.error), MG_OK);
    assert_int_equal(store_begin_scan(second, "/r", "0", &self.error), MG_IO);
    assert_string_equal(self.error.text, "cannot write the store: another program is writing to it");
    store_close(first);
    write_sample(second);
    store_close(second);
    fixture_release(&self);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_that_is_no_database_is_set_aside),
        cmocka_unit_test(a_damaged_database_is_set_aside),
        cmocka_unit_test(a_store_is_looked_through_unless_it_is_as_it_was_left),
        cmocka_unit_test(a_truncated_database_is_set_aside),
        cmocka_unit_test(an_empty_file_becomes_a_store),
        cmocka_unit_test(a_store_of_another_version_is_made_anew),
        cmocka_unit_test(the_database_of_another_program_is_left_alone),
        cmocka_unit_test(a_full_disk_keeps_the_old_scan),
        cmocka_unit_test(a_write_that_fails_keeps_the_old_scan),
        cmocka_unit_test(a_read_only_folder_is_an_error),
        cmocka_unit_test(a_path_that_cannot_be_is_an_error),
        cmocka_unit_test(a_second_writer_is_told_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
