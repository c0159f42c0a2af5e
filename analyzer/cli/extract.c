/*
 * extract.c - one unit through the front end, and its bytes.
 */
#include "cli/extract.h"

#include "base/blob.h"
#include "base/hash.h"
#include "ir/ir.h"

#define EXTRACT_MAGIC "MGO\n"

static void write_extract(const struct extract *self, uint64_t maker, struct strbuf *out)
{
    blob_begin(out, EXTRACT_MAGIC, maker);
    blob_text(out, self->path);
    blob_text(out, self->directory);
    blob_text(out, self->problem);
    blob_number(out, self->status);
    if (self->status != MG_OK) {
        blob_text(out, self->error.file);
        blob_number(out, self->error.line);
        blob_number(out, self->error.column);
        blob_text(out, self->error.text);
    }
    input_files_pack(&self->files, out);
    blob_bytes(out, self->module, self->module_length);
    blob_end(out);
}

/* The module is checked before it is sent, so that a mistake of lowering costs one unit. */
static enum mg_status lower(const struct frontend_input *input, struct ir_module *module, struct strbuf *encoded,
                            struct mg_error *error)
{
    enum mg_status status = frontend_lower(input, module, error);
    if (status == MG_OK)
        status = ir_module_check(module, error);
    if (status == MG_OK)
        ir_module_encode(module, encoded);
    return status;
}

void extract_unit(const struct project_unit *unit, const struct shared_header *shared,
                  const struct frontend_unsaved *unsaved, uint32_t unsaved_count, uint64_t maker, bool without_times,
                  struct strbuf *out)
{
    struct extract self = {.path = unit->path, .directory = unit->directory, .problem = unit->problem};
    struct frontend_input input = {.path = unit->path,
                                   .directory = unit->directory,
                                   .args = unit->args,
                                   .arg_count = unit->arg_count,
                                   .unsaved = unsaved,
                                   .unsaved_count = unsaved_count,
                                   .shared = shared,
                                   .files = &self.files};
    struct arena arena;
    struct ir_module module;
    struct strbuf encoded;
    arena_init(&arena);
    strbuf_init(&encoded);
    ir_module_init(&module, &arena);
    self.status = lower(&input, &module, &encoded, &self.error);
    self.module = encoded.data;
    self.module_length = encoded.length;
    for (uint32_t i = 0; i < self.files.list.count && without_times; i++)
        self.files.list.items[i].mtime_ns = 0;
    write_extract(&self, maker, out);
    ir_module_release(&module);
    strbuf_release(&encoded);
    arena_release(&arena);
}

void extract_failure(const struct project_unit *unit, enum mg_status status, const struct mg_error *error,
                     uint64_t maker, struct strbuf *out)
{
    struct extract self = {.path = unit->path,
                           .directory = unit->directory,
                           .problem = unit->problem,
                           .status = status,
                           .error = *error,
                           .module = ""};
    write_extract(&self, maker, out);
}

static void read_error(struct blob_reader *in, struct arena *arena, struct mg_error *error)
{
    const char *file = blob_read_text(in, arena);
    uint32_t line = (uint32_t)blob_read_number(in), column = (uint32_t)blob_read_number(in);
    const char *text = blob_read_text(in, arena);
    mg_fail(error, MG_INPUT, file, line, column, "%s", text ? text : "");
}

bool extract_read(const void *bytes, size_t length, uint64_t maker, struct arena *arena, struct extract *out)
{
    struct blob_reader in;
    *out = (struct extract){0};
    if (!blob_read_begin(&in, bytes, length, EXTRACT_MAGIC, maker))
        return false;
    out->path = blob_read_text(&in, arena);
    out->directory = blob_read_text(&in, arena);
    out->problem = blob_read_text(&in, arena);
    out->status = (enum mg_status)blob_read_number(&in);
    if (out->status != MG_OK)
        read_error(&in, arena, &out->error);
    input_files_unpack(&in, arena, &out->files);
    out->module = blob_read_bytes(&in, &out->module_length);
    return blob_read_end(&in) && out->path && out->directory && out->module;
}

uint64_t extract_hash(const struct extract *self)
{
    uint64_t hash = hash_mix(self->status, hash_bytes(self->module, self->module_length));
    if (self->status != MG_OK)
        hash = hash_mix(hash_mix(hash, hash_string(self->error.text)), self->error.line);
    for (uint32_t i = 0; i < self->files.list.count; i++) {
        hash = hash_mix(hash, hash_string(self->files.list.items[i].path));
        hash = hash_mix(hash, self->files.list.items[i].hash);
    }
    return hash;
}

uint64_t extract_key(const struct project_unit *unit, uint64_t maker)
{
    uint64_t hash = hash_mix(maker, hash_string(unit->path));
    hash = hash_mix(hash, hash_string(unit->directory));
    hash = hash_mix(hash, unit->problem ? hash_string(unit->problem) : 0);
    for (uint32_t i = 0; i < unit->arg_count; i++)
        hash = hash_mix(hash, hash_string(unit->args[i]));
    return hash ? hash : 1;
}
