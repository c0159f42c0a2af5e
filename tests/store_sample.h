/*
 * store_sample.h - what the tests of analyzer/store share: a store in a folder of its own, a made-up driver of two
 * files to put into it, and queries as a user would make them.
 */
#ifndef MDLGUARD_TESTS_STORE_SAMPLE_H
#define MDLGUARD_TESTS_STORE_SAMPLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
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

static inline void fixture_init(struct fixture *self)
{
    memset(self, 0, sizeof(*self));
    arena_init(&self->arena);
    strbuf_init(&self->out);
    snprintf(self->folder, sizeof(self->folder), "/tmp/mdlguard-store-XXXXXX");
    assert_non_null(mkdtemp(self->folder));
    self->path = arena_printf(&self->arena, "%s/.mdlguard/mdlguard.db", self->folder);
}

static inline void fixture_release(struct fixture *self)
{
    static const char *const names[] = {"mdlguard.db",         "mdlguard.db-wal",         "mdlguard.db-shm",
                                        "mdlguard.db.corrupt", "mdlguard.db.corrupt-wal", "mdlguard.db.corrupt-shm"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unlink(arena_printf(&self->arena, "%s/.mdlguard/%s", self->folder, names[i]));
    rmdir(arena_printf(&self->arena, "%s/.mdlguard", self->folder));
    rmdir(self->folder);
    strbuf_release(&self->out);
    arena_release(&self->arena);
}

static inline struct store *open_store(struct fixture *self)
{
    struct store *store = NULL;
    enum mg_status status = store_open(self->path, &store, NULL, &self->error);

    if (status != MG_OK)
        fail_msg("store_open: %s", self->error.text);
    return store;
}

static inline void add_row(struct strbuf *out, sqlite3_stmt *statement, bool is_header)
{
    for (int i = 0; i < sqlite3_column_count(statement); i++) {
        const char *text =
            is_header ? sqlite3_column_name(statement, i) : (const char *)sqlite3_column_text(statement, i);

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

static inline void expect_query(struct fixture *self, const char *sql, const char *expected)
{
    assert_string_equal(query(self, sql), expected);
}

/* ---- the sample: a driver of two files ---- */

static inline int64_t add_function(struct store *store, int64_t unit, const char *name, const char *file, uint32_t line)
{
    struct store_function function = {.unit = unit,
                                      .name = name,
                                      .key = name,
                                      .file = file,
                                      .line = line,
                                      .column = 1,
                                      .is_defined = true,
                                      .is_external = true,
                                      .is_relevant = true,
                                      .ir_hash = 0xFEDCBA9876543210u};
    int64_t id = 0;

    assert_int_equal(store_add_function(store, &function, &id, NULL), MG_OK);
    assert_true(id > 0);
    return id;
}

static inline void add_call(struct store *store, int64_t caller, int64_t callee, const char *name, const char *routine,
                            enum store_call_kind kind, uint32_t line)
{
    assert_int_equal(store_add_call(store, caller, callee, name, routine, kind, "/src/drv/dma.c", line, 9, NULL),
                     MG_OK);
}

static inline int64_t add_units(struct store *store)
{
    struct store_unit unit = {.path = "/src/drv/dma.c",
                              .directory = "/src/drv",
                              .arguments = "-DAMD64\n-I/wdk",
                              .argument_hash = UINT64_MAX,
                              .statement_count = 2000,
                              .unknown_count = 1,
                              .extract = 42};
    int64_t id = 0, other = 0;

    assert_int_equal(store_add_unit(store, &unit, &id, NULL), MG_OK);
    unit = (struct store_unit){.path = "/src/drv/ioctl.c",
                               .directory = "/src/drv",
                               .arguments = "",
                               .error_count = 2,
                               .first_error = "unknown type name 'PFOO'",
                               .statement_count = 500};
    assert_int_equal(store_add_unit(store, &unit, &other, NULL), MG_OK);
    return id;
}

static inline void add_summaries(struct store *store, int64_t acquire, int64_t release, int64_t show)
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

static inline void add_sample_finding(struct store *store)
{
    struct finding_step steps[] = {{{"/src/drv/dma.c", 41, 14, 41, 40}, "mapped here", "BufferAcquire", 1, true},
                                   {{"/src/drv/dma.c", 120, 5, 120, 28}, "unlocked here", "Remove", 0, true}};
    struct finding finding = {.rule = "MDL102",
                              .name = "IommuUnlockBeforeUnmap",
                              .level = FINDING_ERROR,
                              .message = "MDL unlocked while it is mapped to the IOMMU",
                              .at = steps[1].at,
                              .function = "Remove",
                              .steps = {steps, 2, 2},
                              .related = {steps, 1, 1},
                              .fingerprint = "00ff00ff00ff00ff"};
    struct finding_gap gap = {"/src/drv/ioctl.c", 12, 3, "unknown type name 'PFOO'", true};

    assert_int_equal(store_add_finding(store, &finding, NULL), MG_OK);
    finding.rule = "MDL002";
    finding.name = "UnlockBeforeUnmap";
    finding.is_suppressed = true;
    finding.suppression = "the framework's \"own\" mapping";
    assert_int_equal(store_add_finding(store, &finding, NULL), MG_OK);
    assert_int_equal(store_add_gap(store, &gap, NULL), MG_OK);
}

static inline void write_sample(struct store *store)
{
    int64_t unit, acquire, release, show, remove_device;

    assert_int_equal(store_begin_scan(store, "/src/drv", "0.1.0", NULL), MG_OK);
    assert_int_equal(store_replace_parts(store, NULL, 0, NULL), MG_OK);
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

/* A store that has the sample, and that nobody has open. */
static inline void write_sample_store(struct fixture *self)
{
    struct store *store = open_store(self);

    write_sample(store);
    store_close(store);
}

#endif
