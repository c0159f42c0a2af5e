/*
 * extracting.c - `mdlguard extract`: one source file's units into an .mgo file, and the list of files that it depends on.
 *
 * Nothing else is read or written: no store, no shared header, no configuration. So whoever runs it, here or elsewhere, gets the same bytes.
 */
#include "cli/commands.h"
#include "cli/extract.h"
#include "cli/identity.h"
#include "cli/mgo.h"
#include "cli/pipeline.h"
#include "project/path.h"

struct extracting {
    const struct options *options;
    struct arena *arena;
    struct project project;
    struct pipeline_units units;
    struct strbuf *extracts; /* one a unit */
};

/* A unit with arguments that are clang's own already. */
static void exact_project(struct extracting *self)
{
    const struct options *options = self->options;
    const char *current = path_current(self->arena);
    struct project_unit unit = {.directory = project_path(self->arena, current, options->directory),
                                .path = project_path(self->arena, current, options->inputs.items[0]),
                                .problem = options->problem,
                                .args = options->compiler_args,
                                .arg_count = options->compiler_arg_count};
    self->project = (struct project){.arena = self->arena, .root = current};
    VEC_PUSH_IN(self->arena, &self->project.units, unit);
}

static void take_extract(void *context, uint32_t index, const struct strbuf *bytes)
{
    struct extracting *self = context;
    strbuf_clear(&self->extracts[index]);
    strbuf_add(&self->extracts[index], bytes->data, bytes->length);
}

/* As make wants it. */
static void add_path(struct strbuf *out, const char *path)
{
    for (; *path; path++) {
        if (*path == ' ' || *path == '#' || *path == '\\')
            strbuf_addc(out, '\\');
        if (*path == '$')
            strbuf_addc(out, '$');
        strbuf_addc(out, *path);
    }
}

static enum mg_status write_dependencies(struct extracting *self, struct mg_error *error)
{
    struct strbuf text;
    strbuf_init(&text);
    add_path(&text, self->options->output);
    strbuf_addc(&text, ':');
    for (uint32_t i = 0; i < self->project.units.count; i++) {
        struct extract extract;
        const struct strbuf *bytes = &self->extracts[i];
        if (!extract_read(bytes->data, bytes->length, identity(), self->arena, &extract))
            continue;
        for (uint32_t j = 0; j < extract.files.list.count; j++) {
            if (extract.files.list.items[j].size == INPUT_ABSENT)
                continue; /* make would ask how to make it */
            strbuf_adds(&text, " \\\n  ");
            add_path(&text, extract.files.list.items[j].path);
        }
    }
    strbuf_addc(&text, '\n');
    enum mg_status status =
        strbuf_write_file(&text, arena_printf(self->arena, "%s.d", self->options->output), error);
    strbuf_release(&text);
    return status;
}

static enum mg_status run(struct extracting *self, struct mg_error *error)
{
    struct pipeline_lower_options lower;
    setup_lowering(self->options, &lower);
    lower.jobs = 1;
    lower.without_times = true;
    lower.extracted = take_extract;
    lower.extracted_context = self;
    enum mg_status status = pipeline_lower(&self->project, NULL, 0, &lower, &self->units, error);
    for (uint32_t i = 0; i < self->project.units.count && status == MG_OK; i++)
        if (self->extracts[i].length == 0) /* its process died */
            extract_failure(&self->project.units.items[i], self->units.items[i].status, &self->units.items[i].error,
                            identity(), &self->extracts[i]);
    if (status == MG_OK)
        status = write_dependencies(self, error);
    if (status == MG_OK)
        status = mgo_write(self->options->output, &self->project, self->extracts, error);
    return status;
}

int command_extract(const struct options *options, struct arena *arena)
{
    struct extracting self = {.options = options, .arena = arena};
    struct mg_error error = {0};
    enum mg_status status = MG_OK;
    if (options->directory)
        exact_project(&self);
    else
        status = setup_project(options, arena, &self.project, &error);
    if (status != MG_OK)
        return setup_failed(status, &error);
    uint32_t count = self.project.units.count;
    self.extracts = ARENA_NEW_ARRAY(arena, struct strbuf, count + 1);
    for (uint32_t i = 0; i < count; i++)
        strbuf_init(&self.extracts[i]);
    pipeline_units_init(&self.units, count);
    status = run(&self, &error);
    for (uint32_t i = 0; i < count; i++)
        strbuf_release(&self.extracts[i]);
    pipeline_units_release(&self.units);
    return status == MG_OK ? EXIT_CLEAN : setup_failed(status, &error);
}
