/*
 * test_store.c - what is written to the store can be asked for, by the views and as docs/store.md says.
 */
#include "store_sample.h"

/* ---- what is written ---- */

static void what_is_written_can_be_asked_for(void **state)
{
    struct fixture self;
    (void)state;

    fixture_init(&self);
    write_sample_store(&self);
    expect_query(&self, "SELECT root, version FROM scan", "/src/drv|0.1.0\n");
    expect_query(&self, "SELECT path, errors, unknown_percent, functions FROM unit_health ORDER BY path",
                 "/src/drv/dma.c|0|0.05|4\n/src/drv/ioctl.c|2|0.0|0\n");
    expect_query(&self, "SELECT argument_hash, extract FROM unit ORDER BY id", "-1|42\n0|\n");
    expect_query(&self, "SELECT printf('%016x', ir_hash) FROM function WHERE name = 'Remove'", "fedcba9876543210\n");
    expect_query(&self, "PRAGMA foreign_key_check", "");
    expect_query(&self, "PRAGMA journal_mode", "wal\n");
    fixture_release(&self);
}

static void views_answer_questions(void **state)
{
    struct fixture self;
    (void)state;

    fixture_init(&self);
    write_sample_store(&self);
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
    expect_query(&self,
                 "SELECT part, position, message, depth FROM finding_step WHERE finding = 1 ORDER BY part, position",
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
    write_sample_store(&self);
    expect_query(&self,
                 "SELECT (SELECT count(*) FROM unit), (SELECT count(*) FROM finding), (SELECT count(*) FROM file)",
                 "2|2|2\n");
    expect_query(&self, "PRAGMA foreign_key_check", "");
    fixture_release(&self);
}

/* ---- parts that are as they were ---- */

/* A scan of units u0.c and so on, in each a function that is called as the letter in NAMES says. How many of them were written. */
static uint32_t scan_units(struct fixture *self, const char *names)
{
    struct store *store = open_store(self);
    struct store_part parts[16] = {0};
    uint32_t count = (uint32_t)strlen(names), written = 0;

    assert_int_equal(store_begin_scan(store, "/r", "0", NULL), MG_OK);
    for (int is_writing = 0; is_writing < 2; is_writing++) {
        for (uint32_t i = 0; i < count; i++) {
            const char *path = arena_printf(&self->arena, "/u%u.c", i), *name = arena_printf(&self->arena, "F%c", names[i]);
            struct store_unit unit = {.path = path, .directory = "/", .arguments = "", .extract = i + 1};
            struct store_function row = {.unit = parts[i].id, .name = name, .key = name, .file = path};

            if (!is_writing) {
                parts[i].id = row.unit = store_unit_id(store, i + 1);
                store_measure(store, parts[i].id);
            } else if (!parts[i].is_kept) {
                store_write(store, &parts[i]);
                written++;
            } else {
                continue;
            }
            row.id = store_function_id(row.unit, 1);
            assert_int_equal(store_add_unit(store, &unit, NULL, NULL), MG_OK);
            assert_int_equal(store_add_function(store, &row, NULL, NULL), MG_OK);
            assert_int_equal(store_add_call(store, row.id, row.id, name, NULL, STORE_CALL_DIRECT, path, 1, 1, NULL), MG_OK);
            assert_int_equal(store_add_summary_case(store, row.id, 0, "any", NULL, 0, NULL), MG_OK);
            if (!is_writing)
                parts[i].hash = store_measured(store);
        }
        if (!is_writing)
            assert_int_equal(store_replace_parts(store, parts, count, NULL), MG_OK);
    }
    assert_int_equal(store_commit_scan(store, NULL), MG_OK);
    store_close(store);
    return written;
}

static void what_is_there_is_not_written_again(void **state)
{
    static const char names[] = "SELECT group_concat(name, ' ') FROM (SELECT name FROM function ORDER BY id)";
    static const char counts[] = "SELECT (SELECT count(*) FROM unit), (SELECT count(*) FROM call JOIN function ON function.id = callee), "
                                 "(SELECT count(*) FROM summary_case), (SELECT group_concat(path, ' ') FROM (SELECT path FROM file ORDER BY id))";
    struct fixture self;
    (void)state;

    fixture_init(&self);
    assert_int_equal(scan_units(&self, "abcdefgh"), 8);
    assert_int_equal(scan_units(&self, "abcdefgh"), 0);
    assert_int_equal(scan_units(&self, "abxdefgh"), 1);
    expect_query(&self, names, "Fa Fb Fx Fd Fe Ff Fg Fh\n");
    expect_query(&self, counts, "8|8|8|/u0.c /u1.c /u2.c /u3.c /u4.c /u5.c /u6.c /u7.c\n");
    assert_int_equal(scan_units(&self, "abxdefg"), 0);
    expect_query(&self, names, "Fa Fb Fx Fd Fe Ff Fg\n");
    expect_query(&self, counts, "7|7|7|/u0.c /u1.c /u2.c /u3.c /u4.c /u5.c /u6.c\n");
    assert_int_equal(scan_units(&self, "abcdefgy"), 2);
    expect_query(&self, names, "Fa Fb Fc Fd Fe Ff Fg Fy\n");
    expect_query(&self, "PRAGMA foreign_key_check", "");
    expect_query(&self, "PRAGMA integrity_check", "ok\n");
    fixture_release(&self);
}

static void what_others_have_written_to_is_written_anew(void **state)
{
    struct fixture self;
    sqlite3 *db;
    (void)state;

    fixture_init(&self);
    assert_int_equal(scan_units(&self, "abcdefgh"), 8);
    assert_int_equal(sqlite3_open(self.path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "UPDATE function SET name = 'nonsense'", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    assert_int_equal(scan_units(&self, "abcdefgh"), 8);
    expect_query(&self, "SELECT name FROM function WHERE name = 'nonsense'", "");
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
    assert_int_equal(store_replace_parts(store, NULL, 0, &self.error), MG_OK);
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
    assert_int_equal(store_replace_parts(store, NULL, 0, &self.error), MG_OK);
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
    assert_int_equal(store_replace_parts(store, NULL, 0, &self.error), MG_OK);
    assert_int_equal(store_add_call(store, 4711, 0, "x", NULL, STORE_CALL_DIRECT, NULL, 1, 1, &self.error), MG_IO);
    assert_non_null(strstr(self.error.text, "FOREIGN KEY"));
    assert_int_equal(store_commit_scan(store, &self.error), MG_IO);
    store_close(store);
    fixture_release(&self);
}

/* ---- what outlives a scan ---- */

static void put_extract(struct fixture *self, struct store *store, uint64_t key, const char *bytes, uint64_t hash)
{
    struct input_files files = {0};
    struct store_extract extract = {
        .key = key, .path = "/a.c", .hash = hash, .bytes = bytes, .length = strlen(bytes), .files = &files};
    VEC_PUSH_IN(&self->arena, &files.list, ((struct input_file){"/b.h", true, 900, 1700000000000000000, UINT64_MAX}));
    VEC_PUSH_IN(&self->arena, &files.list, ((struct input_file){"/a.c", false, 7, 0, 9}));
    assert_int_equal(store_put_extract(store, &extract, &self->error), MG_OK);
}

static bool find(struct fixture *self, struct store *store, uint64_t key, struct input_files *files, uint64_t *hash)
{
    bool is_found;
    assert_int_equal(store_find_extract(store, key, &self->arena, files, hash, &is_found, &self->error), MG_OK);
    return is_found;
}

static void extracts_outlive_scans(void **state)
{
    struct fixture self;
    struct store *store;
    struct input_files files;
    struct strbuf bytes;
    uint64_t hash;
    bool is_found;
    (void)state;

    fixture_init(&self);
    strbuf_init(&bytes);
    store = open_store(&self);
    put_extract(&self, store, UINT64_MAX, "old", 1);
    put_extract(&self, store, UINT64_MAX, "new", UINT64_MAX - 1);
    write_sample(store);
    store_close(store);
    store = open_store(&self);
    assert_true(find(&self, store, UINT64_MAX, &files, &hash));
    assert_true(hash == UINT64_MAX - 1);
    assert_int_equal(files.list.count, 2);
    assert_string_equal(files.list.items[0].path, "/a.c");
    assert_true(files.list.items[1].hash == UINT64_MAX && files.list.items[1].is_system);
    assert_true(files.list.items[1].mtime_ns == 1700000000000000000);
    assert_int_equal(store_read_extract(store, UINT64_MAX, &bytes, &is_found, &self.error), MG_OK);
    assert_true(is_found);
    assert_string_equal(bytes.data, "new");
    assert_false(find(&self, store, 5, &files, &hash));
    store_close(store);
    strbuf_release(&bytes);
    fixture_release(&self);
}

static void extracts_are_touched_and_forgotten(void **state)
{
    struct fixture self;
    struct store *store;
    struct input_files files;
    uint64_t hash, kept[] = {2, UINT64_MAX};
    (void)state;

    fixture_init(&self);
    store = open_store(&self);
    for (uint64_t key = 1; key < 4; key++)
        put_extract(&self, store, key, "bytes", key);
    assert_true(find(&self, store, 2, &files, &hash));
    files.list.items[0].mtime_ns = 77;
    assert_int_equal(store_touch_extract(store, 2, &files, &self.error), MG_OK);
    assert_true(find(&self, store, 2, &files, &hash));
    assert_true(files.list.items[0].mtime_ns == 77);
    assert_int_equal(store_keep_extracts(store, kept, 2, &self.error), MG_OK);
    assert_false(find(&self, store, 1, &files, &hash));
    assert_true(find(&self, store, 2, &files, &hash));
    store_close(store);
    expect_query(&self, "SELECT count(*), (SELECT count(*) FROM extract_input) FROM extract", "1|2\n");
    fixture_release(&self);
}

static void damaged_files_of_an_extract_are_not_found(void **state)
{
    static const char *const damages[] = {
        "UPDATE extract SET hash = hash + 1",
        "UPDATE extract SET input_hash = 0",
        "UPDATE extract_input SET size = size + 1 WHERE is_system",
        "UPDATE extract_input SET is_system = 1",
        "DELETE FROM extract_input WHERE is_system",
        "UPDATE source SET path = '/c.h' WHERE path = '/b.h'",
    };
    (void)state;

    for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
        struct fixture self;
        struct input_files files;
        uint64_t hash;

        fixture_init(&self);
        struct store *store = open_store(&self);
        put_extract(&self, store, 1, "bytes", 3);
        assert_true(find(&self, store, 1, &files, &hash));
        assert_int_equal(sqlite3_exec(store->db, damages[i], NULL, NULL, NULL), SQLITE_OK);
        if (find(&self, store, 1, &files, &hash))
            fail_msg("found after %s", damages[i]);
        store_close(store);
        fixture_release(&self);
    }
}

static void the_report_goes_with_its_scan(void **state)
{
    struct fixture self;
    struct store *store;
    struct store_result result = {.key = UINT64_MAX, .report_hash = 5}, read = {0};
    bool is_found;
    (void)state;

    fixture_init(&self);
    strbuf_init(&result.bytes);
    strbuf_init(&read.bytes);
    strbuf_adds(&result.bytes, "report");
    store = open_store(&self);
    assert_int_equal(store_read_result(store, &read, &is_found, &self.error), MG_OK);
    assert_false(is_found);
    assert_int_equal(store_put_result(store, &result, &self.error), MG_IO); /* no scan */
    assert_int_equal(store_begin_scan(store, "/r", "1", &self.error), MG_OK);
    assert_int_equal(store_replace_parts(store, NULL, 0, &self.error), MG_OK);
    assert_int_equal(store_put_result(store, &result, &self.error), MG_OK);
    assert_int_equal(store_commit_scan(store, &self.error), MG_OK);
    result.key = 8;
    assert_int_equal(store_begin_scan(store, "/r", "1", &self.error), MG_OK);
    assert_int_equal(store_replace_parts(store, NULL, 0, &self.error), MG_OK);
    assert_int_equal(store_put_result(store, &result, &self.error), MG_OK);
    store_close(store);
    store = open_store(&self);
    assert_int_equal(store_read_result(store, &read, &is_found, &self.error), MG_OK);
    assert_true(is_found && read.key == UINT64_MAX && read.report_hash == 5);
    assert_string_equal(read.bytes.data, "report");
    store_close(store);
    strbuf_release(&result.bytes);
    strbuf_release(&read.bytes);
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
    struct strbuf docs;
    const char *at, *sql;
    int count = 0;
    (void)state;

    fixture_init(&self);
    write_sample_store(&self);
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
    columns = arena_strdup(&self->arena,
                           query(self, arena_printf(&self->arena, "SELECT name FROM pragma_table_info('%s')", table)));
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
    names =
        arena_strdup(&self.arena, query(&self, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_can_be_asked_for),
        cmocka_unit_test(views_answer_questions),
        cmocka_unit_test(a_scan_replaces_the_one_before),
        cmocka_unit_test(what_is_there_is_not_written_again),
        cmocka_unit_test(what_others_have_written_to_is_written_anew),
        cmocka_unit_test(an_unfinished_scan_leaves_the_old_one),
        cmocka_unit_test(hostile_texts_are_stored_as_they_are),
        cmocka_unit_test(a_reference_to_nothing_is_refused),
        cmocka_unit_test(extracts_outlive_scans),
        cmocka_unit_test(extracts_are_touched_and_forgotten),
        cmocka_unit_test(damaged_files_of_an_extract_are_not_found),
        cmocka_unit_test(the_report_goes_with_its_scan),
        cmocka_unit_test(the_examples_of_the_docs_are_true),
        cmocka_unit_test(the_docs_describe_every_table_and_view),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
