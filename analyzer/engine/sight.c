/*
 * sight.c - see sight.h.
 */
#include "engine/sight.h"

#include <string.h>

#include "base/hash.h"
#include "base/wordmap.h"

/* Length of PATH's folder, without the slash at its end. */
static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? (size_t)(slash - path) : 0;
}

/* The folder that the first LENGTH bytes of PATH and the folder of OTHER share. */
static size_t shared_length(const char *path, size_t length, const char *other)
{
    size_t limit = folder_length(other), same = 0, i;

    for (i = 0; i < length && i < limit && path[i] == other[i]; i++)
        if (path[i] == '/')
            same = i;
    if ((i == length && (i == limit || other[i] == '/')) || (i == limit && path[i] == '/'))
        same = i;
    return same;
}

/* Where the project lies: *root is a path whose first bytes, as many as are returned, are the folder. 0: everywhere. */
static size_t find_root(const struct ir_module *program, const char **root)
{
    size_t length, up;
    bool is_flat = false;

    *root = program->units.count ? program->units.items[0].path : "";
    length = folder_length(*root);
    for (uint32_t u = 1; u < program->units.count; u++)
        length = shared_length(*root, length, program->units.items[u].path);
    for (uint32_t u = 0; u < program->units.count; u++)
        is_flat |= folder_length(program->units.items[u].path) == length;
    for (up = length; is_flat && up > 0 && (*root)[up - 1] != '/'; up--)
        ;
    return is_flat && up > 1 ? up - 1 : length;
}

/* A header is the project's wherever it lies when it declares what the project defines. */
static void find_linked(struct sight *self, const struct ir_module *program)
{
    for (uint32_t f = 0; f < program->functions.count; f++) {
        const struct ir_function *function = &program->functions.items[f];
        ir_id file = function->loc == IR_NONE ? IR_NONE : program->locs.items[function->loc].at.file;

        if (!function->is_defined && function->definition != IR_NONE && file != IR_NONE &&
            !program->files.items[file].is_system)
            self->is_foreign_file[file] = false;
    }
}

/* A record's key begins with the path of the file that declares it: FILES has the files by its hash. */
static bool is_record_foreign(const struct sight *self, const struct word_map *files, const char *key)
{
    const char *mark = strchr(key, '#');
    uint32_t file;

    return mark && word_map_get(files, hash_bytes(key, (size_t)(mark - key)), &file) && self->is_foreign_file[file];
}

static void find_records(struct sight *self, const struct ir_module *program)
{
    struct word_map files = {0};

    for (uint32_t f = 0; f < program->files.count; f++)
        (void)word_map_add(&files, hash_string(program->files.items[f].path), f);
    for (uint32_t r = 0; r < program->records.count; r++)
        self->is_foreign_record[r] = is_record_foreign(self, &files, program->records.items[r].key);
    word_map_release(&files);
}

void sight_init(struct sight *self, const struct ir_module *program, struct arena *arena)
{
    const char *root;
    size_t length = find_root(program, &root);

    self->is_foreign_file = ARENA_NEW_ARRAY(arena, bool, (size_t)program->files.count + 1);
    self->is_foreign_record = ARENA_NEW_ARRAY(arena, bool, (size_t)program->records.count + 1);
    for (uint32_t f = 0; f < program->files.count; f++) {
        const struct ir_file *file = &program->files.items[f];

        self->is_foreign_file[f] =
            file->is_system || strncmp(file->path, root, length) != 0 || file->path[length] != '/';
    }
    find_linked(self, program);
    find_records(self, program);
}

bool sight_is_foreign_function(const struct sight *self, const struct ir_module *program, ir_id function)
{
    const struct ir_function *f = &program->functions.items[function];
    ir_id file = f->loc == IR_NONE ? IR_NONE : program->locs.items[f->loc].at.file;

    return f->is_system || (file != IR_NONE && self->is_foreign_file[file]);
}
