/*
 * store_write.c - the rows of a scan.
 *
 * Each add call is one or more runs of a prepared statement through `struct row`, which binds values in the order of
 * the columns and remembers the first error, so that the calls read as the list of what they store. After an error the
 * scan is rolled back and every further call fails.
 */
#include "store/store_int.h"

#include "base/hash.h"

static void mix(struct row *self, uint64_t value)
{
    self->store->scan.measured = hash_mix(self->store->scan.measured, value);
}

struct row row_begin(struct store *store, enum store_statement which)
{
    struct row row = {.store = store, .is_measured = store->scan.is_measuring, .next = 1};

    if (row.is_measured)
        mix(&row, which);
    else
        row.statement = store_prepare(store, which, &row.rc);
    return row;
}

static void row_note(struct row *self, int rc)
{
    if (rc == SQLITE_OK)
        return;
    self->rc = rc;
    self->statement = NULL;
}

void row_text(struct row *self, const char *text)
{
    if (self->is_measured)
        mix(self, hash_string(text ? text : ""));
    else if (self->statement)
        row_note(self, sqlite3_bind_text(self->statement, self->next++, text ? text : "", -1, SQLITE_STATIC));
}

/* NULL stays NULL. */
static void row_text_or_null(struct row *self, const char *text)
{
    if (self->is_measured)
        mix(self, text ? hash_string(text) : 0);
    else if (self->statement)
        row_note(self, sqlite3_bind_text(self->statement, self->next++, text, -1, SQLITE_STATIC));
}

void row_number(struct row *self, int64_t number)
{
    if (self->is_measured)
        mix(self, (uint64_t)number);
    else if (self->statement)
        row_note(self, sqlite3_bind_int64(self->statement, self->next++, number));
}

/* An id, where 0 stands for none. */
static void row_reference(struct row *self, int64_t id)
{
    if (self->is_measured)
        mix(self, (uint64_t)id);
    else if (self->statement)
        row_note(self, id ? sqlite3_bind_int64(self->statement, self->next++, id)
                          : sqlite3_bind_null(self->statement, self->next++));
}

void row_blob(struct row *self, const void *data, size_t length)
{
    if (self->statement)
        row_note(self, sqlite3_bind_blob64(self->statement, self->next++, data, length, SQLITE_STATIC));
}

/* The id of the file PATH, whose own row is made when there is none. */
static void row_file(struct row *self, const char *path)
{
    int64_t id;

    if (!self->statement && !self->is_measured)
        return;
    row_note(self, store_file_id(self->store, path, &id));
    row_reference(self, id);
}

int row_insert(struct row *self, int64_t *id)
{
    int rc;

    if (self->is_measured && id)
        *id = 0;
    if (!self->statement)
        return self->rc;
    rc = sqlite3_step(self->statement);
    sqlite3_reset(self->statement);
    if (rc != SQLITE_DONE)
        return rc;
    if (id)
        *id = sqlite3_last_insert_rowid(self->store->db);
    return SQLITE_OK;
}

static enum mg_status finish(struct store *self, int rc, struct mg_error *error)
{
    return rc == SQLITE_OK ? MG_OK : store_fail(self, rc, error);
}

static enum mg_status check_scan(const struct store *self, struct mg_error *error)
{
    if (self->in_scan)
        return MG_OK;
    return mg_fail(error, MG_IO, self->path, 0, 0, "the scan was given up after an earlier error");
}

/* The id of a row of the part that nothing refers to by a number known before; 0: any. */
static int64_t next_row(struct store *self)
{
    return self->scan.row ? ++self->scan.row : 0;
}

/* ---- units and functions ---- */

enum mg_status store_add_unit(struct store *self, const struct store_unit *unit, int64_t *id, struct mg_error *error)
{
    struct row row;
    enum mg_status status = check_scan(self, error);

    if (status != MG_OK)
        return status;
    row = row_begin(self, STORE_SQL_UNIT);
    row_reference(&row, self->scan.part);
    row_number(&row, (int64_t)self->scan.part_hash);
    row_file(&row, unit->path ? unit->path : "");
    row_text(&row, unit->directory);
    row_text(&row, unit->arguments);
    row_number(&row, (int64_t)unit->argument_hash);
    row_number(&row, unit->error_count);
    row_text_or_null(&row, unit->first_error);
    row_number(&row, unit->statement_count);
    row_number(&row, unit->unknown_count);
    row_reference(&row, (int64_t)unit->extract);
    return finish(self, row_insert(&row, id), error);
}

enum mg_status store_add_function(struct store *self, const struct store_function *function, int64_t *id,
                                  struct mg_error *error)
{
    struct row row;
    enum mg_status status = check_scan(self, error);

    if (status != MG_OK)
        return status;
    row = row_begin(self, STORE_SQL_FUNCTION);
    row_reference(&row, function->id);
    row_number(&row, function->unit);
    row_text(&row, function->name);
    row_text(&row, function->key);
    row_file(&row, function->file);
    row_number(&row, function->line);
    row_number(&row, function->column);
    row_number(&row, function->is_defined);
    row_number(&row, function->is_external);
    row_number(&row, function->is_relevant);
    row_number(&row, (int64_t)function->ir_hash);
    return finish(self, row_insert(&row, id), error);
}

enum mg_status store_add_call(struct store *self, int64_t caller, int64_t callee, const char *callee_name,
                              const char *routine, enum store_call_kind kind, const char *file, uint32_t line,
                              uint32_t column, struct mg_error *error)
{
    static const char *const kinds[] = {"direct", "virtual", "field", "routine", "macro", "unknown"};
    struct row row;
    enum mg_status status = check_scan(self, error);

    if (status != MG_OK)
        return status;
    row = row_begin(self, STORE_SQL_CALL);
    row_reference(&row, next_row(self));
    row_number(&row, caller);
    row_reference(&row, callee);
    row_text(&row, callee_name);
    row_text_or_null(&row, routine);
    row_text(&row, kinds[kind]);
    row_file(&row, file);
    row_number(&row, line);
    row_number(&row, column);
    return finish(self, row_insert(&row, NULL), error);
}

/* ---- summaries ---- */

static int add_event(struct store *self, int64_t summary_case, uint32_t position, const struct store_event *event)
{
    struct row row = row_begin(self, STORE_SQL_SUMMARY_EVENT);

    row_number(&row, summary_case);
    row_number(&row, position);
    row_text(&row, event->effect);
    row_text(&row, event->routine);
    row_text(&row, event->subject);
    row_text_or_null(&row, event->mapping);
    return row_insert(&row, NULL);
}

enum mg_status store_add_summary_case(struct store *self, int64_t function, uint32_t case_index, const char *result,
                                      const struct store_event *events, uint32_t event_count, struct mg_error *error)
{
    struct row row;
    int64_t id = 0;
    int rc;
    enum mg_status status = check_scan(self, error);

    if (status != MG_OK)
        return status;
    row = row_begin(self, STORE_SQL_SUMMARY_CASE);
    row_reference(&row, next_row(self));
    row_number(&row, function);
    row_number(&row, case_index);
    row_text(&row, result);
    rc = row_insert(&row, &id);
    for (uint32_t i = 0; i < event_count && rc == SQLITE_OK; i++)
        rc = add_event(self, id, i + 1, &events[i]);
    return finish(self, rc, error);
}

/* ---- findings ---- */

static void row_range(struct row *self, const struct finding_range *at)
{
    row_file(self, at->file);
    row_number(self, at->line);
    row_number(self, at->column);
    row_number(self, at->end_line);
    row_number(self, at->end_column);
}

static int add_step(struct store *self, int64_t finding, const char *part, uint32_t position,
                    const struct finding_step *step)
{
    struct row row = row_begin(self, STORE_SQL_FINDING_STEP);

    row_number(&row, finding);
    row_text(&row, part);
    row_number(&row, position);
    row_range(&row, &step->at);
    row_text(&row, step->message);
    row_text_or_null(&row, step->function);
    row_number(&row, step->depth);
    row_number(&row, step->is_event);
    return row_insert(&row, NULL);
}

static int add_finding_row(struct store *self, const struct finding *finding, int64_t *id)
{
    struct row row = row_begin(self, STORE_SQL_FINDING);

    row_reference(&row, self->scan.part);
    row_number(&row, (int64_t)self->scan.part_hash);
    row_text(&row, finding->rule);
    row_text(&row, finding->name);
    row_text(&row, finding_level_name(finding->level));
    row_text(&row, finding->message);
    row_range(&row, &finding->at);
    row_text_or_null(&row, finding->function);
    row_text_or_null(&row, finding->fingerprint);
    row_number(&row, finding->is_suppressed);
    row_text_or_null(&row, finding->suppression);
    return row_insert(&row, id);
}

enum mg_status store_add_finding(struct store *self, const struct finding *finding, struct mg_error *error)
{
    int64_t id = 0;
    int rc;
    enum mg_status status = check_scan(self, error);

    if (status != MG_OK)
        return status;
    rc = add_finding_row(self, finding, &id);
    for (uint32_t i = 0; i < finding->steps.count && rc == SQLITE_OK; i++)
        rc = add_step(self, id, "path", i + 1, &finding->steps.items[i]);
    for (uint32_t i = 0; i < finding->related.count && rc == SQLITE_OK; i++)
        rc = add_step(self, id, "related", i + 1, &finding->related.items[i]);
    return finish(self, rc, error);
}

enum mg_status store_add_gap(struct store *self, const struct finding_gap *gap, struct mg_error *error)
{
    struct row row;
    enum mg_status status = check_scan(self, error);

    if (status != MG_OK)
        return status;
    row = row_begin(self, STORE_SQL_GAP);
    row_file(&row, gap->file);
    row_number(&row, gap->line);
    row_number(&row, gap->column);
    row_text(&row, gap->text);
    row_number(&row, gap->is_partial);
    return finish(self, row_insert(&row, NULL), error);
}
