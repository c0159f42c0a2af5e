/*
 * load.c - the built-in packs and the user's, read in two passes into one ruleset.
 *
 * A pack of the user's that has the name of a built-in one takes its place; else packs add up. Built-in packs that say `optional` are left out
 * unless the user asks for them by name.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/nearest.h"
#include "ruleset/pack.h"

struct loader {
    struct pack_set set;
    VEC(struct pack) packs;
    VEC(const char *) files; /* names of the packs' files, in order: the order of the messages */
    VEC(const char *) wanted; /* names of optional built-in packs */
    uint64_t hash;
};

/* ---- files ---- */

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_pack_name(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot && dot != name && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

struct paths {
    const char **items;
    uint32_t count, capacity;
};

static enum mg_status list_folder(struct arena *arena, const char *folder, struct paths *out, struct mg_error *error)
{
    uint32_t first = out->count;
    struct dirent *entry;
    DIR *dir = opendir(folder);

    if (!dir)
        return mg_fail(error, MG_USAGE, folder, 0, 0, "cannot read this folder of rule packs");
    while ((entry = readdir(dir)) != NULL)
        if (is_pack_name(entry->d_name))
            VEC_PUSH_IN(arena, out, arena_printf(arena, "%s/%s", folder, entry->d_name));
    closedir(dir);
    if (out->count == first)
        return mg_fail(error, MG_USAGE, folder, 0, 0, "no rule pack (*.yaml) in this folder");
    qsort(out->items + first, out->count - first, sizeof(out->items[0]), compare_texts);
    return MG_OK;
}

/* Folders are replaced by the packs in them; names of optional packs go to WANTED. */
static enum mg_status expand(struct loader *self, const char *const *files, uint32_t count, struct paths *out,
                             struct mg_error *error)
{
    struct arena *arena = self->set.arena;
    enum mg_status status = MG_OK;

    for (uint32_t i = 0; i < count && status == MG_OK; i++) {
        struct stat info;
        if (stat(files[i], &info) == 0 && S_ISDIR(info.st_mode))
            status = list_folder(arena, files[i], out, error);
        else if (access(files[i], F_OK) != 0 && ruleset_is_optional(files[i]))
            VEC_PUSH_IN(arena, &self->wanted, files[i]);
        else
            VEC_PUSH_IN(arena, out, files[i]);
    }
    return status;
}

/* ---- packs ---- */

static void read_head(struct pack *pack)
{
    const struct yaml_node *name, *title, *optional;

    if (!PACK_CHECK_KEYS(pack, pack->root, "a pack", "pack", "title", "source", "optional", "systems", "origins", "rules", "object",
                         "lends", "links", "reserved", "leaks", "roles", "routines", "pure", "outputs", "keeps", "annotations"))
        return;
    name = pack_required(pack, pack->root, "pack", "a pack");
    pack->name = name ? pack_text(pack, name, "the pack's name") : NULL;
    title = yaml_get(pack->root, "title");
    if (title)
        pack_text(pack, title, "'title'");
    optional = yaml_get(pack->root, "optional");
    pack->is_optional = optional && pack_bool(pack, optional, "'optional'");
}

static bool is_wanted(const struct loader *self, const struct pack *pack)
{
    for (uint32_t i = 0; i < self->wanted.count; i++)
        if (strcmp(self->wanted.items[i], pack->name) == 0)
            return true;
    return !pack->is_builtin || !pack->is_optional;
}

/* FILE's text as one more pack. */
static void add_pack(struct loader *self, const char *file, const char *text, size_t length, bool is_builtin)
{
    struct pack pack = {.set = &self->set, .file = file, .is_builtin = is_builtin, .arg_count = PACK_ARGS_UNKNOWN};

    VEC_PUSH_IN(self->set.arena, &self->files, file);
    pack.root = yaml_parse(file, text, length, self->set.arena, &self->set.problems);
    if (!pack.root)
        return;
    read_head(&pack);
    if (!pack.name || !is_wanted(self, &pack))
        return;
    self->hash = hash_mix(self->hash, hash_bytes(text, length));
    for (uint32_t i = 0; i < self->packs.count; i++) {
        if (strcmp(self->packs.items[i].name, pack.name) != 0)
            continue;
        if (is_builtin || !self->packs.items[i].is_builtin)
            pack_problem(&pack, yaml_get(pack.root, "pack"), "pack '%s' is given already, by %s", pack.name,
                         self->packs.items[i].file);
        else
            self->packs.items[i] = pack;
        return;
    }
    VEC_PUSH_IN(self->set.arena, &self->packs, pack);
}

static bool is_optional(const struct embedded_file *file)
{
    return strstr(file->text, "\noptional: true\n") != NULL;
}

bool ruleset_is_optional(const char *name)
{
    for (size_t i = 0; i < embedded_rule_count; i++) {
        const struct embedded_file *file = &embedded_rules[i];
        size_t length = strlen(name);
        if (strncmp(file->name, name, length) == 0 && strcmp(file->name + length, ".yaml") == 0)
            return is_optional(file);
    }
    return false;
}

static void add_texts(struct loader *self, const struct embedded_file *files, size_t count, bool optional)
{
    for (size_t i = 0; i < count; i++)
        if (is_optional(&files[i]) == optional)
            add_pack(self, arena_printf(self->set.arena, "rules/%s", files[i].name), files[i].text, files[i].length, true);
}

/* Optional ones behind the others, as packs of the user's are. */
static void add_builtin(struct loader *self)
{
    add_texts(self, embedded_rules, embedded_rule_count, false);
    if (self->wanted.count)
        add_texts(self, embedded_rules, embedded_rule_count, true);
}

static enum mg_status add_files(struct loader *self, const struct paths *files, struct mg_error *error)
{
    for (uint32_t i = 0; i < files->count; i++) {
        struct strbuf text;
        enum mg_status status;
        strbuf_init(&text);
        status = strbuf_read_file(&text, files->items[i], error);
        if (status == MG_OK)
            add_pack(self, files->items[i], text.data, text.length, false);
        strbuf_release(&text);
        if (status != MG_OK)
            return MG_USAGE;
    }
    return MG_OK;
}

/* ---- the ruleset ---- */

static int compare_rules(const void *a, const void *b)
{
    return strcmp(((const struct ruleset_rule *)a)->meta.id, ((const struct ruleset_rule *)b)->meta.id);
}

static void choose_system(struct loader *self)
{
    struct pack_systems *systems = &self->set.systems;
    const struct ruleset_options *options = self->set.options;
    const char *near, *name = options ? options->target_os : NULL;

    if (!name)
        return;
    for (uint32_t i = 0; i < systems->count; i++) {
        if (strcmp(systems->names[i], name) == 0) {
            systems->target = i;
            return;
        }
    }
    near = nearest_name(name, systems->names, systems->count);
    problems_add(&self->set.problems, options->target_os_file, options->target_os_line, options->target_os_column, "target-os '%.60s' is not known%s%s%s", name,
                 near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* Both passes over the packs. Leaves its complaints in the set's problems. */
static void build(struct loader *self)
{
    struct ruleset *out = self->set.out;

    for (uint32_t i = 0; i < self->packs.count; i++)
        pack_read_names(&self->packs.items[i]);
    choose_system(self);
    if (out->rules.count)
        qsort(out->rules.items, out->rules.count, sizeof(out->rules.items[0]), compare_rules);
    for (uint32_t i = 0; i < self->packs.count; i++) {
        pack_read_tables(&self->packs.items[i]);
        pack_read_routines(&self->packs.items[i]);
        pack_read_annotations(&self->packs.items[i]);
    }
    ruleset_sort_routines(out);
    ruleset_check_whole(&self->set);
    ruleset_build_index(&self->set);
    problems_sort(&self->set.problems, self->files.items, self->files.count);
    out->hash = hash_mix(self->hash, self->set.systems.target);
}

static void loader_init(struct loader *self, const struct ruleset_options *options, struct arena *arena, struct ruleset *out)
{
    *self = (struct loader){0};
    *out = (struct ruleset){.arena = arena};
    self->set.arena = self->set.problems.arena = arena;
    self->set.out = out;
    self->set.options = options;
}

enum mg_status ruleset_load(const struct ruleset_options *options, struct arena *arena, struct ruleset *out,
                            struct mg_error *error)
{
    struct loader loader;
    struct paths files = {0};
    enum mg_status status;

    loader_init(&loader, options, arena, out);
    status = expand(&loader, options->files, options->file_count, &files, error);
    if (status != MG_OK)
        return status;
    add_builtin(&loader);
    status = add_files(&loader, &files, error);
    if (status != MG_OK)
        return status;
    build(&loader);
    if (!loader.set.problems.items.count)
        return MG_OK;
    if (error)
        *error = loader.set.problems.items.items[0];
    ruleset_release(out);
    return MG_USAGE;
}

static enum mg_status hash_file(const char *path, uint64_t *hash, struct mg_error *error)
{
    struct strbuf text;
    strbuf_init(&text);
    enum mg_status status = strbuf_read_file(&text, path, error) == MG_OK ? MG_OK : MG_USAGE;
    *hash = hash_mix(hash_mix(*hash, hash_string(path)), hash_bytes(text.data, text.length));
    strbuf_release(&text);
    return status;
}

enum mg_status ruleset_fingerprint(const struct ruleset_options *options, struct arena *arena, uint64_t *out,
                                   struct mg_error *error)
{
    struct loader loader;
    struct ruleset none;
    struct paths files = {0};
    loader_init(&loader, options, arena, &none);
    enum mg_status status = expand(&loader, options->files, options->file_count, &files, error);
    *out = options->target_os ? hash_string(options->target_os) : 0;
    for (uint32_t i = 0; i < loader.wanted.count; i++)
        *out = hash_mix(*out, hash_string(loader.wanted.items[i]));
    for (uint32_t i = 0; i < files.count && status == MG_OK; i++)
        status = hash_file(files.items[i], out, error);
    return status;
}

void ruleset_release(struct ruleset *self)
{
    *self = (struct ruleset){0};
}

/* A file that cannot be read is one of the mistakes, and the others are checked all the same. */
enum mg_status ruleset_check_files(const char *const *files, uint32_t file_count, struct arena *arena,
                                   struct mg_error **errors, uint32_t *count)
{
    struct loader loader;
    struct ruleset rules;
    struct paths paths = {0};
    struct mg_error error;

    loader_init(&loader, NULL, arena, &rules);
    for (uint32_t i = 0; i < file_count; i++) {
        if (expand(&loader, &files[i], 1, &paths, &error) != MG_OK)
            problems_add(&loader.set.problems, error.file, 0, 0, "%s", error.text);
    }
    add_builtin(&loader);
    for (uint32_t i = 0; i < paths.count; i++) {
        struct paths one = {.items = &paths.items[i], .count = 1};
        if (add_files(&loader, &one, &error) != MG_OK)
            problems_add(&loader.set.problems, paths.items[i], 0, 0, "%s", error.text);
    }
    build(&loader);
    *errors = loader.set.problems.items.items;
    *count = loader.set.problems.items.count;
    return MG_OK;
}

void pack_check_text(const struct embedded_file *base, size_t base_count, const struct embedded_file *pack,
                     struct arena *arena, struct ruleset *out, struct mg_error **errors, uint32_t *count)
{
    struct loader loader;

    loader_init(&loader, NULL, arena, out);
    add_texts(&loader, base, base_count, false);
    add_pack(&loader, pack->name, pack->text, pack->length, false);
    build(&loader);
    *errors = loader.set.problems.items.items;
    *count = loader.set.problems.items.count;
}
