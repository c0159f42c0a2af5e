/*
 * test_store.c - the store: what is written can be asked for, and every way in which a file or a disk can fail.
 *
 * The examples of docs/store.md are run on the sample.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "store/store_int.h"

struct fixture {
    struct arena arena;
    char folder[64];
    const char *path;
    struct strbuf out;
    struct mg_error error;
};

static void fixture_init(struct fixture *self)
{
    memset(self, 0, sizeof(*self));
    arena_init(&self->arena);
    strbuf_init(&self->out);
    snprintf(self->folder, sizeof(self->folder), "/tmp/mdlguard-store-XXXXXX");
    assert_non_null(mkdtemp(self->folder));
    self->path = arena_printf(&self->arena, "%s/.mdlguard/mdlguard.db", self->folder);
}

static void fixture_release(struct fixture *self)
{
    static const char *const names[] = {"mdlguard.db", "mdlguard.db-wal", "mdlguard.db-shm", "mdlguard.db.corrupt",
                                        "mdlguard.db.corrupt-wal", "mdlguard.db.corrupt-shm"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unlink(arena_printf(&self->arena, "%s/.mdlguard/%s", self->folder, names[i]));
    rmdir(arena_printf(&self->arena, "%s/.mdlguard", self->folder));
    rmdir(self->folder);
    strbuf_release(&self->out);
    arena_release(&self->arena);
}

static struct store *open_store(struct fixture *self)
{
    struct store *store = NULL;
    enum mg_status status = store_open(self->path, &store, NULL, &self->error);

    if (status != MG_OK)
        fail_msg("store_open: %s", self->error.text);
    return store;
}

static void add_row(struct strbuf *out, sqlite3_stmt *statement, bool is_header)
{
    for (int i = 0; i < sqlite3_column_count(statement); i++) {
        const char *text = is_header ? sqlite3_column_name(statement, i) : (const char *)sqlite3_column_text(statement, i);

        strbuf_addf(out, "%s%s", i ? "|" : "", text ? text : "");
    }
    strbuf_addc(out, '\n');
}

/* The rows of SQL as sqlite3's shell prints them; read through a second connection, as a user would. */
static const char *run_query(struct fixture *self, const char *sql, bool with_header)
{
    sqlite3 *db;
    sqlite3_stmt *statement;

    strbuf_clear(&self->out);
    assert_int_equal(sqlite3_open_v2(self->path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    if (with_header)
        add_row(&self->out, statement, true);
    while (sqlite3_step(statement) == SQLITE_ROW)
        add_row(&self->out, statement, false);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return self->out.data;
}

static const char *query(struct fixture *self, const char *sql)
{
    return run_query(self, sql, false);
}

static void expect_query(struct fixture *self, const char *sql, const char *expected)
{
    assert_string_equal(query(self, sql), expected);
}

/* ---- the sample: a driver of two files ---- */

static int64_t add_function(struct store *store, int64_t unit, const char *name, const char *file, uint32_t line)
{
    struct store_function function = {.unit = unit, .name = name, .key = name, .file = file, .line = line, .column = 1,
                                      .is_defined = true, .is_external = true, .is_relevant = true,
                                      .ir_hash = 0xFEDCBA9876543210u};
    int64_t id = 0;

    assert_int_equal(store_add_function(store, &function, &id, NULL), MG_OK);
    assert_true(id > 0);
    return id;
}

static void add_call(struct store *store, int64_t caller, int64_t callee, const char *name, const char *routine,
                     enum store_call_kind kind, uint32_t line)
{
    assert_int_equal(store_add_call(store, caller, callee, name, routine, kind, "/src/drv/dma.c", line, 9, NULL), MG_OK);
}

static int64_t add_units(struct store *store)
{
    struct store_unit unit = {.path = "/src/drv/dma.c", .directory = "/src/drv", .arguments = "-DAMD64\n-I/wdk",
                              .argument_hash = UINT64_MAX, .statement_count = 2000, .unknown_count = 1, .ir = "IR\0bytes",
                              .ir_length = 8};
    int64_t id = 0, other = 0;

    assert_int_equal(store_add_unit(store, &unit, &id, NULL), MG_OK);
    unit = (struct store_unit){.path = "/src/drv/ioctl.c", .directory = "/src/drv", .arguments = "", .error_count = 2,
                               .first_error = "unknown type name 'PFOO'", .statement_count = 500};
    assert_int_equal(store_add_unit(store, &unit, &other, NULL), MG_OK);
    assert_int_equal(store_add_include(store, id, "/wdk/wdm.h", 900000, 1700000000000000000, 7, NULL), MG_OK);
    assert_int_equal(store_add_include(store, id, "/wdk/wdm.h", 900000, 1700000000000000000, 7, NULL), MG_OK);
    assert_int_equal(store_add_include(store, other, "/wdk/wdm.h", 900000, 1700000000000000000, 7, NULL), MG_OK);
    return id;
}

static void add_summaries(struct store *store, int64_t acquire, int64_t release, int64_t show)
{
    static const struct store_event acquired[] = {{"lock", "MmProbeAndLockPages", "arg0->Mdl", NULL},
                                                  {"map", "DxgkCbMapMdlToIoMmu", "arg0->Mdl", "iommu"}};
    static const struct store_event released[] = {{"unmap", "DxgkCbUnmapMdlFromIoMmu", "arg0->Mdl", "iommu"},
                                                  {"unlock", "MmUnlockPages", "arg0->Mdl", NULL},
                                                  {"free", "IoFreeMdl", "arg0->Mdl", NULL}};
    static const struct store_event shown[] = {{"map", "MmMapLockedPagesSpecifyCache", "arg0->Mdl", "user"},
                                               {"unmap", "MmUnmapLockedPages", "arg0->Mdl", "user"}};

    assert_int_equal(store_add_summary_case(store, acquire, 0, "success", acquired, 2, NULL), MG_OK);
    assert_int_equal(store_add_summary_case(store, acquire, 1, "failure", NULL, 0, NULL), MG_OK);
    assert_int_equal(store_add_summary_case(store, release, 0, "any", released, 3, NULL), MG_OK);
    assert_int_equal(store_add_summary_case(store, show, 0, "any", shown, 2, NULL), MG_OK);
}

static void add_sample_finding(struct store *store)
{
    struct finding_step steps[] = {{{"/src/drv/dma.c", 41, 14, 41, 40}, "mapped here", "BufferAcquire", 1, true},
                                   {{"/src/drv/dma.c", 120, 5, 120, 28}, "unlocked here", "Remove", 0, true}};
    struct finding finding = {.rule = "MDL102", .name = "IommuUnlockBeforeUnmap", .level = FINDING_ERROR,
                              .message = "MDL unlocked while it is mapped to the IOMMU", .at = steps[1].at, .function = "Remove",
                              .steps = {steps, 2, 2}, .related = {steps, 1, 1}, .fingerprint = "00ff00ff00ff00ff"};
    struct finding_gap gap = {"/src/drv/ioctl.c", 12, 3, "unknown type name 'PFOO'", true};

    assert_int_equal(store_add_finding(store, &finding, NULL), MG_OK);
    finding.rule = "MDL002";
    finding.name = "UnlockBeforeUnmap";
    finding.is_suppressed = true;
    finding.suppression = "the framework's \"own\" mapping";
    assert_int_equal(store_add_finding(store, &finding, NULL), MG_OK);
    assert_int_equal(store_add_gap(store, &gap, NULL), MG_OK);
}

static void write_sample(struct store *store)
{
    int64_t unit, acquire, release, show, remove_device;

    assert_int_equal(store_begin_scan(store, "/src/drv", "0.1.0", NULL), MG_OK);
    unit = add_units(store);
    acquire = add_function(store, unit, "BufferAcquire", "/src/drv/dma.c", 30);
    release = add_function(store, unit, "BufferRelease", "/src/drv/dma.c", 60);
    show = add_function(store, unit, "BufferShow", "/src/drv/dma.c", 80);
    remove_device = add_function(store, unit, "Remove", "/src/drv/dma.c", 110);
    add_call(store, acquire, 0, "MmProbeAndLockPages", "MmProbeAndLockPages", STORE_CALL_ROUTINE, 38);
    add_call(store, acquire, 0, "DxgkCbMapMdlToIoMmu", "DxgkCbMapMdlToIoMmu", STORE_CALL_ROUTINE, 41);
    add_call(store, release, 0, "MmUnlockPages", "MmUnlockPages", STORE_CALL_ROUTINE, 65);
    add_call(store, remove_device, 0, "MmUnlockPages", "MmUnlockPages", STORE_CALL_ROUTINE, 120);
    add_call(store, remove_device, release, "BufferRelease", NULL, STORE_CALL_DIRECT, 121);
    add_call(store, remove_device, 0, "ops->stop", NULL, STORE_CALL_UNKNOWN, 122);
    add_summaries(store, acquire, release, show);
    add_sample_finding(store);
    assert_int_equal(store_commit_scan(store, NULL), MG_OK);
}

/* ---- what is written ---- */

static void what_is_written_can_be_asked_for(void **state)
{
    struct fixture self;
    struct store *store;
    (void)state;

    fixture_init(&self);
    store = open_store(&self);
    write_sample(store);
    store_close(store);
    expect_query(&self, "SELECT root, version FROM scan", "/src/drv|0.1.0\n");
    expect_query(&self, "SELECT path, errors, unknown_percent, functions FROM unit_health ORDER BY path",
                 "/src/drv/dma.c|0|0.05|4\n/src/drv/ioctl.c|2|0.0|0\n");
    expect_query(&self, "SELECT argument_hash, hex(bytes) FROM unit JOIN unit_ir ON unit_ir.unit = unit.id",
                 "-1|4952006279746573\n");
    expect_query(&self, "SELECT count(*), size FROM include JOIN file ON file.id = file WHERE path = '/wdk/wdm.h'", "2|900000\n");
    expect_query(&self, "SELECT printf('%016x', ir_hash) FROM function WHERE name = 'Remove'", "fedcba9876543210\n");
    expect_query(&self, "PRAGMA foreign_key_check", "");
    expect_query(&self, "PRAGMA journal_mode", "wal\n");
    fixture_release(&self);
}

static void views_answer_questions(void **state)
{
    struct fixture self;
    struct store *store;
    (void)state;

    fixture_init(&self);
    store = open_store(&self);
    write_sample(store);
    store_close(store);
    expect_query(&self, "SELECT name, path, line FROM function_effects WHERE leaves_mapped ORDER BY name",
                 "BufferAcquire|/src/drv/dma.c|30\n");
    expect_query(&self, "SELECT name, cases, locks, unlocks, maps, unmaps, frees FROM function_effects ORDER BY name",
                 "BufferAcquire|2|1|0|1|0|0\nBufferRelease|1|0|1|0|1|1\nBufferShow|1|0|0|1|1|0\n");
    expect_query(&self, "SELECT caller, line FROM call_list WHERE routine = 'MmUnlockPages' ORDER BY line",
                 "BufferRelease|65\nRemove|120\n");
    expect_query(&self, "SELECT callee, kind FROM call_list WHERE caller = 'Remove' ORDER BY line",
                 "MmUnlockPages|routine\nBufferRelease|direct\nops->stop|unknown\n");
    expect_query(&self, "SELECT rule, path, line, is_suppressed FROM finding_list ORDER BY rule",
                 "MDL002|/src/drv/dma.c|120|1\nMDL102|/src/drv/dma.c|120|0\n");
    expect_query(&self, "SELECT part, position, message, depth FROM finding_step WHERE finding = 1 ORDER BY part, position",
                 "path|1|mapped here|1\npath|2|unlocked here|0\nrelated|1|mapped here|1\n");
    expect_query(&self, "SELECT suppression FROM finding WHERE is_suppressed", "the framework's \"own\" mapping\n");
    fixture_release(&self);
}

static void a_scan_replaces_the_one_before(void **state)
{
    struct fixture self;
    struct store *store;
    (void)state;

    fixture_init(&self);
    store = open_store(&self);
    write_sample(store);
    write_sample(store);
    store_close(store);
    store = open_store(&self);
    write_sample(store);
    store_close(store);
    expect_query(&self, "SELECT (SELECT count(*) FROM unit), (SELECT count(*) FROM finding), (SELECT count(*) FROM file)",
                 "2|2|3\n");
    expect_query(&self, "PRAGMA foreign_key_check", "");
    fixture_release(&self);
}

static void an_unfinished_scan_leaves_the_old_one(void **state)
{
    struct fixture self;
    struct store *store;
    (void)state;

    fixture_init(&self);
    store = open_store(&self);
    write_sample(store);
    assert_int_equal(store_begin_scan(store, "/elsewhere", "9.9.9", &self.error), MG_OK);
    add_units(store);
    /* A reader sees the old scan while the new one is written. */
    expect_query(&self, "SELECT root FROM scan", "/src/drv\n");
    store_close(store);
    expect_query(&self, "SELECT root, (SELECT count(*) FROM finding) FROM scan", "/src/drv|2\n");
    fixture_release(&self);
}

static void hostile_texts_are_stored_as_they_are(void **state)
{
    struct fixture self;
    struct store *store;
    struct finding_gap gap = {"/tmp/a'; DROP TABLE gap; --\xFF\n.c", 1, 1, "\"'\x01%s\xED\xA0\x80", false};
    struct finding finding = {.rule = "MDL001", .at = {NULL, 0, 0, 0, 0}};
    (void)state;

    fixture_init(&self);
    store = open_store(&self);
    assert_int_equal(store_begin_scan(store, "", "", &self.error), MG_OK);
    assert_int_equal(store_add_gap(store, &gap, &self.error), MG_OK);
    assert_int_equal(store_add_finding(store, &finding, &self.error), MG_OK);
    assert_int_equal(store_commit_scan(store, &self.error), MG_OK);
    store_close(store);
    expect_query(&self, "SELECT path, text FROM gap JOIN file ON file.id = gap.file",
                 "/tmp/a'; DROP TABLE gap; --\xFF\n.c|\"'\x01%s\xED\xA0\x80\n");
    expect_query(&self, "SELECT name, message, file, function FROM finding", "|||\n");
    fixture_release(&self);
}

static void a_reference_to_nothing_is_refused(void **state)
{
    struct fixture self;
    struct store *store;
    (void)state;

    fixture_init(&self);
    store = open_store(&self);
    assert_int_equal(store_begin_scan(store, "/r", "0", &self.error), MG_OK);
    assert_int_equal(store_add_call(store, 4711, 0, "x", NULL, STORE_CALL_DIRECT, NULL, 1, 1, &self.error), MG_IO);
    assert_non_null(strstr(self.error.text, "FOREIGN KEY"));
    assert_int_equal(store_commit_scan(store, &self.error), MG_IO);
    store_close(store);
    fixture_release(&self);
}

/* ---- docs/store.md ---- */

static void read_docs(struct strbuf *text)
{
    strbuf_init(text);
    assert_int_equal(strbuf_read_file(text, MDLGUARD_SOURCE_DIR "/docs/store.md", NULL), MG_OK);
}

/* The content of the next block fenced as LANGUAGE after *AT, which moves behind it; NULL when there is none. */
static const char *next_block(struct fixture *self, const char **at, const char *language)
{
    const char *fence = arena_printf(&self->arena, "```%s\n", language);
    const char *start = strstr(*at, fence), *end;

    if (!start)
        return NULL;
    start += strlen(fence);
    end = strstr(start, "```");
    assert_non_null(end);
    *at = end + 3;
    return arena_strndup(&self->arena, start, (size_t)(end - start));
}

static void the_examples_of_the_docs_are_true(void **state)
{
    struct fixture self;
    struct store *store;
    struct strbuf docs;
    const char *at, *sql;
    int count = 0;
    (void)state;

    fixture_init(&self);
    store = open_store(&self);
    write_sample(store);
    store_close(store);
    read_docs(&docs);
    at = docs.data;
    while ((sql = next_block(&self, &at, "sql")) != NULL) {
        const char *expected = next_block(&self, &at, "text");

        assert_non_null(expected);
        assert_string_equal(run_query(&self, sql, true), expected);
        count++;
    }
    assert_true(count >= 5);
    strbuf_release(&docs);
    fixture_release(&self);
}

/* Every column of TABLE has a row in the section of its name. */
static void expect_documented(struct fixture *self, const char *docs, const char *table)
{
    const char *section = strstr(docs, arena_printf(&self->arena, "\n### `%s`\n", table));
    const char *end;
    char *text, *columns, *next;

    if (!section) {
        fail_msg("docs/store.md does not describe table %s", table);
        return;
    }
    end = strstr(section + 1, "\n##");
    text = arena_strndup(&self->arena, section, end ? (size_t)(end - section) : strlen(section));
    columns = arena_strdup(&self->arena, query(self, arena_printf(&self->arena, "SELECT name FROM pragma_table_info('%s')", table)));
    for (; *columns; columns = next) {
        next = columns + strcspn(columns, "\n");
        *next++ = '\0';
        if (!strstr(text, arena_printf(&self->arena, "\n| `%s` |", columns)))
            fail_msg("docs/store.md does not describe column %s.%s", table, columns);
    }
}

static void the_docs_describe_every_table_and_view(void **state)
{
    struct fixture self;
    struct strbuf docs;
    char *names, *next;
    (void)state;

    fixture_init(&self);
    store_close(open_store(&self));
    read_docs(&docs);
    names = arena_strdup(&self.arena, query(&self, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"));
    assert_true(*names);
    for (; *names; names = next) {
        next = names + strcspn(names, "\n");
        *next++ = '\0';
        expect_documented(&self, docs.data, names);
    }
    names = arena_strdup(&self.arena, query(&self, "SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY name"));
    for (; *names; names = next) {
        next = names + strcspn(names, "\n");
        *next++ = '\0';
        if (!strstr(docs.data, arena_printf(&self.arena, "\n| `%s` |", names)))
            fail_msg("docs/store.md does not describe view %s", names);
    }
    strbuf_release(&docs);
    fixture_release(&self);
}

/* ---- what can go wrong with the file ---- */

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
    store = open_store(&self);
    write_sample(store);
    store_close(store);
    assert_int_equal(strbuf_read_file(&self.out, self.path, NULL), MG_OK);
    assert_true(self.out.length > 40000);
    /* Every page but the first ones, which hold the header and the schema. */
    memset(self.out.data + 24576, 0xA5, self.out.length - 24576);
    write_bytes(self.path, self.out.data, self.out.length);
    assert_int_equal(store_open(self.path, &store, &note, &self.error), MG_OK);
    assert_non_null(note);
    write_sample(store);
    store_close(store);
    expect_query(&self, "SELECT count(*) FROM finding", "2\n");
    fixture_release(&self);
}

static void a_truncated_database_is_set_aside(void **state)
{
    struct fixture self;
    struct store *store;
    const char *note;
    (void)state;

    fixture_init(&self);
    store = open_store(&self);
    write_sample(store);
    store_close(store);
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
    store = open_store(&self);
    write_sample(store);
    store_close(store);
    execute(&self, "CREATE TABLE of_the_future (x); PRAGMA user_version = 99");
    assert_int_equal(store_open(self.path, &store, &note, &self.error), MG_OK);
    assert_non_null(strstr(note, "another version"));
    store_close(store);
    expect_query(&self, "SELECT count(*) FROM sqlite_master WHERE name = 'of_the_future'", "0\n");
    expect_query(&self, "SELECT count(*) FROM finding", "0\n");
    expect_query(&self, "PRAGMA user_version", "1\n");
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
    char *bytes = arena_alloc(&self->arena, 65536);
    int64_t id;

    for (int i = 0; i < 1000 && status == MG_OK; i++) {
        struct store_unit unit = {.path = arena_printf(&self->arena, "/u%d.c", i), .directory = "/", .arguments = "",
                                  .ir = bytes, .ir_length = 65536};

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
    assert_int_equal(fill(&self, store), MG_IO);
    assert_string_equal(self.error.text, "cannot write the store: the disk is full");
    assert_string_equal(self.error.file, self.path);
    /* Nothing more goes in, and it cannot be committed by mistake. */
    assert_int_equal(store_add_unit(store, &unit, &id, &self.error), MG_IO);
    assert_int_equal(store_commit_scan(store, &self.error), MG_IO);
    store_close(store);
    expect_query(&self, "SELECT root, (SELECT count(*) FROM finding), (SELECT count(*) FROM unit) FROM scan", "/src/drv|2|2\n");
    store = open_store(&self);
    write_sample(store);
    store_close(store);
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
    struct store *store;
    (void)state;

    fixture_init(&self);
    assert_int_equal(chmod(self.folder, 0555), 0);
    assert_int_equal(open_as_nobody(&self), MG_IO);
    assert_non_null(strstr(self.error.text, "cannot make the store's folder"));
    assert_int_equal(chmod(self.folder, 0755), 0);
    store = open_store(&self);
    write_sample(store);
    store_close(store);
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
    assert_int_equal(store_open(arena_printf(&self.arena, "%s/below/a/file.db", self.path), &store, NULL, &self.error), MG_IO);
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
        cmocka_unit_test(what_is_written_can_be_asked_for),
        cmocka_unit_test(views_answer_questions),
        cmocka_unit_test(a_scan_replaces_the_one_before),
        cmocka_unit_test(an_unfinished_scan_leaves_the_old_one),
        cmocka_unit_test(hostile_texts_are_stored_as_they_are),
        cmocka_unit_test(a_reference_to_nothing_is_refused),
        cmocka_unit_test(the_examples_of_the_docs_are_true),
        cmocka_unit_test(the_docs_describe_every_table_and_view),
        cmocka_unit_test(a_file_that_is_no_database_is_set_aside),
        cmocka_unit_test(a_damaged_database_is_set_aside),
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
