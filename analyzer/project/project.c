/*
 * project.c - from the user's call to the list of units: finds the database, chooses among its units, puts them in order.
 */
#include "project/project.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "project/args.h"
#include "project/database.h"
#include "project/path.h"

#define DATABASE_NAME "compile_commands.json"

static int compare_units(const void *left, const void *right)
{
    const struct project_unit *a = left, *b = right;
    int order = strcmp(a->path, b->path);
    for (uint32_t i = 0; order == 0 && i < a->arg_count && i < b->arg_count; i++)
        order = strcmp(a->args[i], b->args[i]);
    if (order == 0)
        order = (a->arg_count > b->arg_count) - (a->arg_count < b->arg_count);
    return order ? order : strcmp(a->directory, b->directory);
}

void project_sort(struct project *self)
{
    if (self->units.count)
        qsort(self->units.items, self->units.count, sizeof(*self->units.items), compare_units);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < self->units.count; i++)
        if (kept == 0 || compare_units(&self->units.items[kept - 1], &self->units.items[i]) != 0)
            self->units.items[kept++] = self->units.items[i];
    self->units.count = kept;
}

/* FOLDER's own database or its build folder's, or NULL. */
static const char *database_in(struct arena *arena, const char *folder)
{
    static const char *const names[] = {DATABASE_NAME, "build/" DATABASE_NAME};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *path = path_join(arena, folder, names[i]);
        if (path_is_file(path))
            return path;
    }
    return NULL;
}

const char *project_find_database(struct arena *arena, const char *folder)
{
    for (;; folder = path_parent(arena, folder)) {
        const char *found = database_in(arena, folder);
        if (found || strcmp(folder, path_parent(arena, folder)) == 0)
            return found;
    }
}

static enum mg_status find_upwards(const struct project_request *request, struct arena *arena, const char *current,
                                   const char **out, struct mg_error *error)
{
    const char *start = request->input_count ? project_path(arena, current, request->inputs[0]) : current;
    if (!path_is_folder(start))
        start = path_parent(arena, start);
    *out = project_find_database(arena, start);
    if (*out)
        return MG_OK;
    return mg_fail(
        error, MG_USAGE, NULL, 0, 0,
        "no " DATABASE_NAME " in '%s' or above; name its folder with -p, or the compiler's arguments behind --", start);
}

/* -p names the folder of the database, or the database itself. */
static enum mg_status find_database(const struct project_request *request, struct arena *arena, const char *current,
                                    const char **out, struct mg_error *error)
{
    if (!request->build_dir)
        return find_upwards(request, arena, current, out, error);
    const char *path = project_path(arena, current, request->build_dir);
    if (path_is_file(path)) {
        *out = path;
        return MG_OK;
    }
    *out = path_join(arena, path, DATABASE_NAME);
    if (path_is_file(*out))
        return MG_OK;
    return mg_fail(error, MG_USAGE, NULL, 0, 0,
                   path_is_folder(path) ? "'%s' has no " DATABASE_NAME : "'%s' does not exist", request->build_dir);
}

/* The nearest folder that the database and its units have in common, unless that is the root folder. */
static const char *find_root(const struct project *self)
{
    const char *folder = path_parent(self->arena, self->database);
    const char *common = folder;
    for (uint32_t i = 0; i < self->units.count; i++)
        common = path_common(self->arena, common, self->units.items[i].path);
    return strcmp(common, path_parent(self->arena, common)) == 0 ? folder : common;
}

/* Keeps the units at or below the request's inputs; every input must keep one. */
static enum mg_status choose_units(const struct project_request *request, const char *current, struct project *self,
                                   struct mg_error *error)
{
    if (request->input_count == 0)
        return MG_OK;
    bool *is_chosen = arena_alloc(self->arena, self->units.count);
    for (uint32_t i = 0; i < request->input_count; i++) {
        const char *input = project_path(self->arena, current, request->inputs[i]);
        bool is_found = false;
        for (uint32_t j = 0; j < self->units.count; j++)
            if (path_is_below(self->units.items[j].path, input))
                is_found = is_chosen[j] = true;
        if (is_found)
            continue;
        bool exists = path_is_file(input) || path_is_folder(input);
        return mg_fail(error, MG_USAGE, NULL, 0, 0,
                       exists ? "'%s' is not in %s; give its compiler arguments behind --"
                              : "'%s' does not exist and is not in %s",
                       request->inputs[i], self->database);
    }
    uint32_t kept = 0;
    for (uint32_t j = 0; j < self->units.count; j++)
        if (is_chosen[j])
            self->units.items[kept++] = self->units.items[j];
    self->units.count = kept;
    return MG_OK;
}

static enum mg_status load_database(const struct project_request *request, const char *current, struct project *self,
                                    struct mg_error *error)
{
    enum mg_status status = find_database(request, self->arena, current, &self->database, error);
    if (status != MG_OK)
        return status;
    self->root = path_parent(self->arena, self->database);
    status = database_read(self->database, self->arena, self, error);
    if (status != MG_OK)
        return status;
    self->root = find_root(self);
    status = choose_units(request, current, self, error);
    project_sort(self);
    return status;
}

/* FILEs with the compiler's arguments behind `--`. */
static enum mg_status load_files(const struct project_request *request, const char *current, struct project *self,
                                 struct mg_error *error)
{
    if (request->input_count == 0)
        return mg_fail(error, MG_USAGE, NULL, 0, 0, "compiler arguments behind -- need a FILE before it");
    for (uint32_t i = 0; i < request->input_count; i++) {
        struct project_unit unit = {.directory = current,
                                    .path = project_path(self->arena, current, request->inputs[i])};
        if (!path_is_file(unit.path))
            return mg_fail(error, MG_USAGE, NULL, 0, 0,
                           path_is_folder(unit.path) ? "'%s' is a folder, not a source file" : "'%s' does not exist",
                           request->inputs[i]);
        enum args_compiler compiler;
        struct args_request translate = {.directory = current,
                                         .file = unit.path,
                                         .argv = request->compiler_args,
                                         .argc = request->compiler_arg_count};
        translate.has_compiler =
            translate.argc && translate.argv[0][0] != '-' && args_parse_compiler(translate.argv[0], &compiler);
        struct args_result translated;
        args_translate(&translate, self->arena, &translated);
        unit.args = translated.args.items;
        unit.arg_count = translated.args.count;
        unit.problem = translated.problem;
        VEC_PUSH_IN(self->arena, &self->units, unit);
    }
    project_sort(self);
    return MG_OK;
}

enum mg_status project_load(const struct project_request *request, struct arena *arena, struct project *out,
                            struct mg_error *error)
{
    const char *current = path_current(arena);
    *out = (struct project){.arena = arena, .root = current};
    if (request->compiler_args)
        return load_files(request, current, out, error);
    return load_database(request, current, out, error);
}
