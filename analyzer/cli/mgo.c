/*
 * mgo.c - writing and reading of .mgo files.
 */
#include "cli/mgo.h"

#include "base/blob.h"
#include "cli/extract.h"
#include "cli/identity.h"

#define MGO_MAGIC "MGOS"

enum mg_status mgo_write(const char *path, const struct project *project, const struct strbuf *extracts,
                         struct mg_error *error)
{
    struct strbuf out;
    strbuf_init(&out);
    blob_begin(&out, MGO_MAGIC, identity());
    blob_number(&out, project->units.count);
    for (uint32_t i = 0; i < project->units.count; i++) {
        const struct project_unit *unit = &project->units.items[i];
        blob_number(&out, unit->arg_count);
        for (uint32_t j = 0; j < unit->arg_count; j++)
            blob_text(&out, unit->args[j]);
        blob_bytes(&out, extracts[i].data, extracts[i].length);
    }
    blob_end(&out);
    enum mg_status status = strbuf_write_file(&out, path, error);
    strbuf_release(&out);
    return status;
}

static void read_arguments(struct blob_reader *in, struct arena *arena, struct project_unit *unit)
{
    unit->arg_count = blob_read_count(in, sizeof(uint64_t));
    const char **args = ARENA_NEW_ARRAY(arena, const char *, unit->arg_count + 1u);
    for (uint32_t i = 0; i < unit->arg_count; i++) {
        args[i] = blob_read_text(in, arena);
        in->is_bad |= !args[i];
    }
    unit->args = args;
}

static void read_unit(struct blob_reader *in, struct arena *arena, struct mgo_units *out)
{
    struct mgo_unit one = {0};
    struct extract extract;
    size_t length;
    read_arguments(in, arena, &one.unit);
    const void *bytes = blob_read_bytes(in, &length);
    if (!bytes || !extract_read(bytes, length, identity(), arena, &extract)) {
        in->is_bad = true;
        return;
    }
    one.unit.path = extract.path;
    one.unit.directory = extract.directory;
    one.unit.problem = extract.problem;
    strbuf_init(&one.extract);
    strbuf_add(&one.extract, bytes, length);
    VEC_PUSH(&out->list, one);
}

enum mg_status mgo_read(const char *path, struct arena *arena, struct mgo_units *out, struct mg_error *error)
{
    struct strbuf bytes;
    struct blob_reader in;
    strbuf_init(&bytes);
    enum mg_status status = strbuf_read_file(&bytes, path, error);
    if (status == MG_OK && blob_read_begin(&in, bytes.data, bytes.length, MGO_MAGIC, identity()))
        for (uint32_t left = blob_read_count(&in, sizeof(uint64_t)); left && !in.is_bad; left--)
            read_unit(&in, arena, out);
    if (status != MG_OK)
        status = MG_USAGE;
    else if (!blob_read_end(&in))
        status = mg_fail(error, MG_USAGE, path, 0, 0,
                         "not a whole file of `mdlguard extract`, or one of another build of mdlguard; make it anew");
    strbuf_release(&bytes);
    return status;
}

void mgo_release(struct mgo_units *self)
{
    for (uint32_t i = 0; i < self->list.count; i++)
        strbuf_release(&self->list.items[i].extract);
    VEC_RELEASE(&self->list);
}
