/*
 * program.c - loading a program and knowing which of its units are out of date.
 */
#include "lsp/program.h"

#include <stdlib.h>
#include <string.h>

#include "lsp/run.h"
#include "project/path.h"

static struct program *program_new(void)
{
    struct program *self = calloc(1, sizeof(*self));

    if (!self)
        arena_die(sizeof(*self));
    arena_init(&self->arena);
    pipeline_units_init(&self->modules, 0);
    self->diagnostics = json_object();
    self->gaps = json_array();
    return self;
}

void program_free(struct program *self)
{
    if (!self)
        return;
    for (uint32_t i = 0; self->units && i < self->project.units.count; i++)
        VEC_RELEASE(&self->units[i].dependencies);
    free(self->units);
    pipeline_units_release(&self->modules);
    json_decref(self->diagnostics);
    json_decref(self->gaps);
    arena_release(&self->arena);
    free(self);
}

static enum mg_status program_load(struct program *self, const struct project_request *request, struct stamps *stamps,
                                   struct mg_error *error)
{
    enum mg_status status = project_load(request, &self->arena, &self->project, error);

    if (status != MG_OK)
        return status;
    pipeline_units_release(&self->modules);
    pipeline_units_init(&self->modules, self->project.units.count);
    self->units = calloc(self->project.units.count + 1, sizeof(*self->units));
    if (!self->units)
        arena_die(self->project.units.count * sizeof(*self->units));
    for (uint32_t i = 0; i < self->project.units.count; i++) {
        struct program_dependency main_file = {stamps_get(stamps, self->project.units.items[i].path), 0};

        VEC_PUSH(&self->units[i].dependencies, main_file);
    }
    return MG_OK;
}

/* Databases are read from disk, whatever the editor shows of them. */
static const struct documents disk_only;

bool program_database_changed(const struct program *self, struct stamps *stamps)
{
    return self->database.file && stamps_look(stamps, self->database.file, &disk_only) != self->database.hash;
}

void program_accept_database(struct program *self, struct stamps *stamps)
{
    self->database.hash = stamps_look(stamps, self->database.file, &disk_only);
}

enum mg_status program_open_database(const char *path, struct stamps *stamps, struct program **out,
                                     struct mg_error *error)
{
    struct program *self = program_new();
    struct project_request request = {.build_dir = path};
    enum mg_status status;

    self->database.file = stamps_get(stamps, path);
    program_accept_database(self, stamps);
    status = program_load(self, &request, stamps, error);
    *out = status == MG_OK ? self : NULL;
    if (status != MG_OK)
        program_free(self);
    return status;
}

enum mg_status program_open_file(const char *path, const char *const *args, uint32_t arg_count, struct stamps *stamps,
                                 struct program **out, struct mg_error *error)
{
    struct program *self = program_new();
    struct project_request request = {
        .inputs = &path, .input_count = 1, .compiler_args = args, .compiler_arg_count = arg_count};
    enum mg_status status = program_load(self, &request, stamps, error);

    if (status == MG_OK)
        self->lone_file = arena_strdup(&self->arena, path);
    *out = status == MG_OK ? self : NULL;
    if (status != MG_OK)
        program_free(self);
    return status;
}

bool program_has_main(const struct program *self, const char *path)
{
    for (uint32_t i = 0; i < self->project.units.count; i++)
        if (strcmp(self->project.units.items[i].path, path) == 0)
            return true;
    return false;
}

bool program_reads(const struct program *self, const char *path)
{
    for (uint32_t i = 0; i < self->project.units.count; i++)
        for (uint32_t j = 0; j < self->units[i].dependencies.count; j++)
            if (strcmp(self->units[i].dependencies.items[j].file->path, path) == 0)
                return true;
    return false;
}

static bool unit_is_stale(const struct program_unit *self, struct stamps *stamps, const struct documents *documents)
{
    for (uint32_t i = 0; i < self->dependencies.count; i++)
        if (stamps_look(stamps, self->dependencies.items[i].file, documents) != self->dependencies.items[i].hash)
            return true;
    return false;
}

uint32_t program_find_stale(struct program *self, struct stamps *stamps, const struct documents *documents,
                            uint32_t **out)
{
    VEC(uint32_t) stale = {0};

    for (uint32_t i = 0; i < self->project.units.count; i++) {
        const struct program_unit *unit = &self->units[i];

        if (!unit->is_lowered || (unit->is_broken && self->retries_broken) || unit_is_stale(unit, stamps, documents))
            VEC_PUSH(&stale, i);
    }
    *out = stale.items;
    return stale.count;
}

void program_store_unit(struct program *self, struct stamps *stamps, const struct documents *documents,
                        const struct run_record *record)
{
    if (record->unit >= self->project.units.count)
        return;
    struct pipeline_unit *module = &self->modules.items[record->unit];
    struct program_unit *unit = &self->units[record->unit];
    struct stamp *main_file = unit->dependencies.items[0].file;

    module->status = record->status;
    module->error = record->error;
    strbuf_clear(&module->encoded);
    strbuf_add(&module->encoded, record->data, record->length);
    unit->is_lowered = true;
    unit->is_broken = record->has_errors;
    unit->dependencies.items[0].hash = stamps_look(stamps, main_file, documents);
    unit->dependencies.count = 1;
    for (uint32_t i = 0; i < record->files.count; i++) {
        struct stamp *file = stamps_get(stamps, record->files.items[i]);
        struct program_dependency dependency = {file, stamps_look(stamps, file, documents)};

        if (file != main_file)
            VEC_PUSH(&unit->dependencies, dependency);
    }
}
