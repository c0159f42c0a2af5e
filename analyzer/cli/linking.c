/*
 * linking.c - `mdlguard link`: the rest of a scan, for units that `mdlguard extract` wrote. The files' order does not matter: units come
 * in the order that a scan of their database would give them.
 */
#include <string.h>

#include "base/ptrmap.h"
#include "cli/commands.h"
#include "cli/identity.h"
#include "cli/mgo.h"
#include "project/path.h"

struct linking {
    const struct options *options;
    struct arena *arena;
    struct mgo_units files;
    struct project project;
    struct pipeline_units units;
};

/* The files that LIST names, one a line. */
static enum mg_status read_list(struct linking *self, const char *list, struct mg_error *error)
{
    struct strbuf text;
    strbuf_init(&text);
    uint32_t before = self->files.list.count;
    enum mg_status status = strbuf_read_file(&text, list, error);
    if (status != MG_OK)
        status = MG_USAGE;
    for (const char *line = text.data; status == MG_OK && *line;) {
        size_t length = strcspn(line, "\n");
        if (length)
            status = mgo_read(arena_strndup(self->arena, line, length), self->arena, &self->files, error);
        line += length;
        line += *line == '\n';
    }
    if (status == MG_OK && self->files.list.count == before)
        status = mg_fail(error, MG_USAGE, list, 0, 0, "names no file of `mdlguard extract`");
    strbuf_release(&text);
    return status;
}

static enum mg_status read_files(struct linking *self, struct mg_error *error)
{
    const struct text_list *inputs = &self->options->inputs;
    enum mg_status status = MG_OK;
    for (uint32_t i = 0; i < inputs->count && status == MG_OK; i++) {
        const char *input = inputs->items[i];
        status = input[0] == '@' ? read_list(self, input + 1, error)
                                 : mgo_read(input, self->arena, &self->files, error);
    }
    return status;
}

/* The same unit twice is one. */
static void make_project(struct linking *self)
{
    const char *current = path_current(self->arena);
    const char *root = self->options->root ? self->options->root : ".";
    self->project = (struct project){.arena = self->arena, .root = project_path(self->arena, current, root)};
    for (uint32_t i = 0; i < self->files.list.count; i++)
        VEC_PUSH_IN(self->arena, &self->project.units, self->files.list.items[i].unit);
    project_sort(&self->project);
}

/* Each unit of the sorted project with the bytes that belong to it; its array of arguments tells which these are. */
static void take_extracts(struct linking *self)
{
    struct ptr_map files = {0};
    pipeline_units_init(&self->units, self->project.units.count);
    for (uint32_t i = 0; i < self->files.list.count; i++)
        ptr_map_put(&files, self->files.list.items[i].unit.args, i);
    for (uint32_t i = 0; i < self->project.units.count; i++) {
        uint32_t file;
        if (ptr_map_get(&files, self->project.units.items[i].args, &file)) {
            pipeline_take_extract(&self->units.items[i], &self->files.list.items[file].extract, identity());
            strbuf_release(&self->files.list.items[file].extract);
        }
    }
    ptr_map_release(&files);
}

int command_link(const struct options *options, struct arena *arena)
{
    struct linking self = {.options = options, .arena = arena};
    struct mg_error error = {0};
    enum mg_status status = read_files(&self, &error);
    int result;
    if (status == MG_OK) {
        make_project(&self);
        take_extracts(&self);
        result = scan_extracted(options, &self.project, &self.units, arena);
        pipeline_units_release(&self.units);
    } else {
        result = setup_failed(status, &error);
    }
    mgo_release(&self.files);
    return result;
}
