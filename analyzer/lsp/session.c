/*
 * session.c - the programs and their analyses.
 */
#include "lsp/session.h"

#include <stdlib.h>
#include <string.h>

#include "lsp/rpc.h"
#include "project/path.h"

void session_init(struct session *self, const struct session_options *options, const struct documents *documents,
                  struct strbuf *out)
{
    memset(self, 0, sizeof(*self));
    self->options = options;
    self->documents = documents;
    self->out = out;
    stamps_init(&self->stamps);
    run_init(&self->run);
}

void session_release(struct session *self)
{
    run_release(&self->run);
    for (uint32_t i = 0; i < self->programs.count; i++)
        program_free(self->programs.items[i]);
    VEC_RELEASE(&self->programs);
    stamps_release(&self->stamps);
    free(self->root);
}

void session_set_root(struct session *self, const char *path)
{
    free(self->root);
    self->root = strdup(path);
}

static void session_log_error(struct session *self, const struct mg_error *error)
{
    struct strbuf text;

    strbuf_init(&text);
    if (error->file[0])
        strbuf_addf(&text, "%s:%u:%u: ", error->file, error->line, error->column);
    strbuf_adds(&text, error->text);
    rpc_write_log(self->out, RPC_LOG_ERROR, text.data);
    strbuf_release(&text);
}

/* ---- publishing ---- */

/* What all programs have to say about the file at PATH, without repetitions. */
static json_t *session_collect(const struct session *self, const char *path)
{
    json_t *all = json_array(), *item, *known;
    size_t i, j;

    for (uint32_t p = 0; p < self->programs.count; p++) {
        json_array_foreach(json_object_get(self->programs.items[p]->diagnostics, path), i, item)
        {
            bool is_new = true;

            json_array_foreach(all, j, known) is_new = is_new && !json_equal(known, item);
            if (is_new)
                json_array_append(all, item);
        }
    }
    return all;
}

static void session_publish_file(struct session *self, const char *path)
{
    diagnostics_publish(self->out, self->documents, path, session_collect(self, path));
}

/* Tells the editor what became of PROGRAM's files now that its diagnostics are FILES (taken over): all open ones, so
 * that it knows what version was analysed, and of the others those that differ. */
static void session_publish(struct session *self, struct program *program, json_t *files)
{
    json_t *before = program->diagnostics, *list;
    const char *path;

    program->diagnostics = files;
    json_object_foreach(before, path, list)
    {
        if (!json_object_get(files, path) && !documents_find_path(self->documents, path))
            session_publish_file(self, path);
    }
    json_object_foreach(files, path, list)
    {
        if (!documents_find_path(self->documents, path) && !json_equal(list, json_object_get(before, path)))
            session_publish_file(self, path);
    }
    for (uint32_t i = 0; i < self->documents->open.count; i++) {
        path = self->documents->open.items[i].path;
        if (path && (program_reads(program, path) || json_object_get(files, path) || json_object_get(before, path)))
            session_publish_file(self, path);
    }
    json_decref(before);
}

/* Logs what could not be analysed, unless the last analysis said so already. */
static void session_log_gaps(struct session *self, struct program *program, json_t *gaps)
{
    json_t *gap, *known;
    size_t i, j;

    json_array_foreach(gaps, i, gap)
    {
        bool is_new = true;

        json_array_foreach(program->gaps, j, known) is_new = is_new && !json_equal(known, gap);
        if (is_new)
            rpc_write_log(self->out, RPC_LOG_WARNING, json_string_value(gap));
    }
    json_decref(program->gaps);
    program->gaps = json_incref(gaps);
}

/* ---- programs ---- */

static void session_drop(struct session *self, struct program *program)
{
    if (self->running == program)
        session_cancel(self);
    session_publish(self, program, json_object());
    for (uint32_t i = 0; i < self->programs.count; i++) {
        if (self->programs.items[i] != program)
            continue;
        self->programs.count--;
        memmove(&self->programs.items[i], &self->programs.items[i + 1],
                (self->programs.count - i) * sizeof(*self->programs.items));
        break;
    }
    program_free(program);
}

/* PROGRAM, or what took its place because its database changed. */
static struct program *session_refresh(struct session *self, struct program *program)
{
    struct program *fresh;
    struct mg_error error;

    if (!program_database_changed(program, &self->stamps))
        return program;
    if (program_open_database(program->database.file->path, &self->stamps, &fresh, &error) != MG_OK) {
        session_log_error(self, &error);
        program_accept_database(program, &self->stamps); /* said once; the program goes on as it was */
        return program;
    }
    session_drop(self, program);
    fresh->is_pending = true;
    VEC_PUSH(&self->programs, fresh);
    return fresh;
}

/* The program of the database at PATH, loaded when it is new. NULL (and a message) when it is malformed. */
static struct program *session_load_database(struct session *self, const char *path)
{
    struct program *program;
    struct mg_error error;

    for (uint32_t i = 0; i < self->programs.count; i++)
        if (self->programs.items[i]->database.file && strcmp(self->programs.items[i]->database.file->path, path) == 0)
            return session_refresh(self, self->programs.items[i]);
    if (program_open_database(path, &self->stamps, &program, &error) != MG_OK) {
        session_log_error(self, &error);
        return NULL;
    }
    VEC_PUSH(&self->programs, program);
    return program;
}

/* A program of the one file at PATH. NULL (and a message) when it cannot be: it is not on disk yet. */
static struct program *session_load_file(struct session *self, const char *path)
{
    static const char *const driver_args[] = {"-target", "x86_64-w64-mingw32", "-fms-extensions"};
    const struct options *options = self->options->command_line;
    const char *const *args = options->compiler_args ? options->compiler_args : driver_args;
    uint32_t count =
        options->compiler_args ? options->compiler_arg_count : sizeof(driver_args) / sizeof(driver_args[0]);
    struct program *program;
    struct mg_error error;

    if (program_open_file(path, args, count, &self->stamps, &program, &error) != MG_OK) {
        session_log_error(self, &error);
        return NULL;
    }
    VEC_PUSH(&self->programs, program);
    return program;
}

static const char *session_find_database(struct session *self, struct arena *arena, const char *path)
{
    const char *build_dir = self->options->command_line->build_dir, *found;

    if (build_dir) {
        build_dir = project_path(arena, path_current(arena), build_dir);
        return path_is_folder(build_dir) ? path_join(arena, build_dir, "compile_commands.json") : build_dir;
    }
    found = project_find_database(arena, path_parent(arena, path));
    return found || !self->root ? found : project_find_database(arena, self->root);
}

static bool is_source(const char *path)
{
    static const char *const extensions[] = {".c", ".cc", ".cpp", ".cxx", ".c++", ".C"};

    for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++)
        if (strcmp(path_extension(path), extensions[i]) == 0)
            return true;
    return false;
}

/* The program that the file at PATH belongs to first of all, loaded when it is not yet. NULL: none. */
static struct program *session_home(struct session *self, const char *path)
{
    struct program *program = NULL;
    struct arena arena;

    for (uint32_t i = 0; i < self->programs.count; i++)
        if (program_reads(self->programs.items[i], path))
            return self->programs.items[i];
    arena_init(&arena);
    const char *database = session_find_database(self, &arena, path);
    if (database)
        program = session_load_database(self, database);
    arena_release(&arena);
    if (program && (program_has_main(program, path) || !is_source(path)))
        return program;
    if (!is_source(path) || !documents_find_path(self->documents, path))
        return NULL;
    return session_load_file(self, path);
}

/* PROGRAM has to be analysed (again); an analysis of it that runs is out of date. */
static void session_mark(struct session *self, struct program *program)
{
    if (self->running == program)
        session_cancel(self);
    program->is_pending = true;
}

void session_touch(struct session *self, const char *path)
{
    struct program *home;

    stamps_next_round(&self->stamps);
    home = session_home(self, path);
    for (uint32_t i = 0; i < self->programs.count; i++) {
        struct program *program = self->programs.items[i];
        /* What a program reads is not known before its first analysis is through. */
        bool may_read = program == self->running && !program->was_analysed;

        if (program == home || may_read || program_reads(program, path))
            session_mark(self, program);
    }
}

void session_saved(struct session *self, const char *path)
{
    for (uint32_t i = self->programs.count; i-- > 0;) {
        struct program *program = self->programs.items[i];

        program->retries_broken = program->retries_broken || !program_reads(program, path);
        program->is_forced = true;
        if (program->lone_file && strcmp(program->lone_file, path) == 0)
            session_drop(self, program);
    }
    session_touch(self, path);
}

void session_closed(struct session *self, const char *path)
{
    for (uint32_t i = self->programs.count; i-- > 0;)
        if (self->programs.items[i]->lone_file && strcmp(self->programs.items[i]->lone_file, path) == 0)
            session_drop(self, self->programs.items[i]);
    session_touch(self, path);
}

/* ---- analyses ---- */

static struct program *session_next(const struct session *self)
{
    for (uint32_t i = 0; i < self->programs.count; i++)
        if (self->programs.items[i]->is_pending)
            return self->programs.items[i];
    return NULL;
}

bool session_is_waiting(const struct session *self)
{
    return !run_is_active(&self->run) && session_next(self);
}

int session_descriptor(const struct session *self)
{
    return self->run.pipe;
}

void session_start(struct session *self)
{
    struct program *program = session_next(self);
    struct mg_error error;
    uint32_t *stale;

    stamps_next_round(&self->stamps);
    program = session_refresh(self, program);
    program->is_pending = false;
    uint32_t count = program_find_stale(program, &self->stamps, self->documents, &stale);
    struct analysis_request request = {.project = &program->project,
                                       .units = &program->modules,
                                       .wanted = stale,
                                       .wanted_count = count,
                                       .documents = self->documents,
                                       .options = self->options->command_line};
    if (count == 0 && program->was_analysed && !program->is_forced) {
        session_publish(self, program, json_incref(program->diagnostics));
    } else if (run_start(&self->run, self->options->analyse, &request, &self->display, &error) != MG_OK) {
        session_log_error(self, &error);
    } else {
        self->running = program;
        self->is_answered = false;
        program->retries_broken = program->is_forced = false;
    }
    vec_free(stale);
}

static void session_take_result(struct session *self, const struct run_record *record)
{
    json_t *result = json_loadb(record->data, record->length, JSON_ALLOW_NUL, NULL);

    if (result) {
        self->running->was_analysed = true;
        session_publish(self, self->running, json_incref(json_object_get(result, "files")));
        session_log_gaps(self, self->running, json_object_get(result, "gaps"));
    }
    json_decref(result);
}

static void session_take(struct session *self, const struct run_record *record)
{
    struct strbuf text;

    self->is_answered = record->kind != RUN_UNIT;
    switch (record->kind) {
    case RUN_UNIT:
        program_store_unit(self->running, &self->stamps, self->documents, record);
        break;
    case RUN_RESULT:
        session_take_result(self, record);
        break;
    case RUN_FAILED:
        strbuf_init(&text);
        strbuf_add(&text, record->data, record->length);
        rpc_write_log(self->out, RPC_LOG_ERROR, text.data);
        strbuf_release(&text);
        break;
    case RUN_NONE:
        break;
    }
}

void session_receive(struct session *self)
{
    struct run_record record;
    struct strbuf death;

    strbuf_init(&death);
    bool goes_on = run_read(&self->run, &death);
    while (run_next(&self->run, &record) != RUN_NONE) {
        session_take(self, &record);
        run_record_release(&record);
    }
    if (!goes_on && !self->is_answered) {
        struct strbuf text;

        strbuf_init(&text);
        strbuf_addf(&text, "%s: the analysis %s; what is shown is from before", self->running->project.root,
                    death.length ? death.data : "ended without a result");
        rpc_write_log(self->out, RPC_LOG_ERROR, text.data);
        strbuf_release(&text);
    }
    if (!goes_on)
        self->running = NULL;
    strbuf_release(&death);
}

void session_cancel(struct session *self)
{
    run_cancel(&self->run);
    self->running = NULL;
}

void session_give_up(struct session *self)
{
    struct strbuf text;

    strbuf_init(&text);
    strbuf_addf(&text, "%s: the analysis took too long and was given up; it starts again with the next change",
                self->running->project.root);
    rpc_write_log(self->out, RPC_LOG_ERROR, text.data);
    strbuf_release(&text);
    session_cancel(self);
}
