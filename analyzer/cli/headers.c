/*
 * headers.c - grouping units by arguments and first lines.
 *
 * Within a group the units are sorted by their lines, so that units with a common beginning stand together. A header takes all the lines
 * that the units of such a run have in common: most of what there is to save is behind the first include, and each further header costs
 * a parse of its own.
 */
#include "cli/headers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/hash.h"
#include "cli/identity.h"
#include "project/path.h"

#define LIST_MAGIC "MGSH"
#define UNUSED_SECONDS (30 * 24 * 3600)

/* A unit with what it would share. */
struct candidate {
    uint32_t unit;
    uint64_t group; /* of what else has to be equal */
    struct prefix prefix;
    const uint64_t *keys; /* one a line */
};

struct planner {
    struct headers *headers;
    const struct project *project;
    const char *folder;
    VEC(struct candidate) candidates;
};

/* Is the argument behind ARG a value that is no path? */
static bool takes_word(const char *arg)
{
    static const char *const names[] = {"-target", "-x", "-D", "-U", "-arch", "-Xclang"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(arg, names[i]) == 0)
            return true;
    return false;
}

/* Do the arguments mean something else in another folder? In doubt, they do. */
static bool depends_on_folder(const struct project_unit *unit)
{
    static const char *const joined[] = {"-I", "-F", "-isystem", "-include", "-imacros", "-iquote", "-idirafter"};
    for (uint32_t i = 0; i < unit->arg_count; i++) {
        const char *arg = unit->args[i], *path = arg[0] == '-' ? NULL : arg;
        if (i && takes_word(unit->args[i - 1]))
            continue;
        for (size_t j = 0; !path && j < sizeof(joined) / sizeof(joined[0]); j++)
            if (strncmp(arg, joined[j], strlen(joined[j])) == 0 && arg[strlen(joined[j])])
                path = arg + strlen(joined[j]);
        if (path && !path_is_absolute(path))
            return true;
    }
    return false;
}

/* As Microsoft's compiler does, clang then looks for a "quoted" header of a header in the unit's folder too. */
static bool looks_in_unit_folder(const struct project_unit *unit)
{
    bool looks = false;
    for (uint32_t i = 0; i < unit->arg_count; i++)
        looks |= strcmp(unit->args[i], "-fms-compatibility") == 0 || strstr(unit->args[i], "-msvc") != NULL;
    return looks;
}

static uint64_t group_of(struct arena *arena, const struct project_unit *unit)
{
    uint64_t hash = hash_string(path_extension(unit->path));
    for (uint32_t i = 0; i < unit->arg_count; i++)
        hash = hash_mix(hash, hash_string(unit->args[i]));
    if (looks_in_unit_folder(unit))
        hash = hash_mix(hash, hash_string(path_parent(arena, unit->path)));
    return depends_on_folder(unit) ? hash_mix(hash, hash_string(unit->directory)) : hash;
}

/* The same line in another folder may name another file. */
static const uint64_t *line_keys(struct arena *arena, const struct prefix *prefix, const char *folder)
{
    uint64_t *keys = ARENA_NEW_ARRAY(arena, uint64_t, prefix->lines.count + 1);
    for (uint32_t i = 0; i < prefix->lines.count; i++) {
        keys[i] = hash_string(prefix->lines.items[i].text);
        if (prefix->lines.items[i].is_quoted)
            keys[i] = hash_mix(keys[i], hash_string(folder));
    }
    return keys;
}

static void add_candidate(struct planner *self, uint32_t index)
{
    const struct project_unit *unit = &self->project->units.items[index];
    struct arena *arena = self->headers->arena;
    struct candidate candidate = {.unit = index};
    struct strbuf text;
    strbuf_init(&text);
    if (!unit->problem && strbuf_read_file(&text, unit->path, NULL) == MG_OK) {
        prefix_read(text.data, text.length, arena, &candidate.prefix);
        candidate.group = group_of(arena, unit);
        candidate.keys = line_keys(arena, &candidate.prefix, path_parent(arena, unit->path));
        if (candidate.prefix.lines.count)
            VEC_PUSH_IN(arena, &self->candidates, candidate);
    }
    strbuf_release(&text);
}

/* Equal lines are next to each other, whatever the order of the hashes; it is the same in every run. */
static int compare_candidates(const void *left, const void *right)
{
    const struct candidate *a = left, *b = right;
    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    for (uint32_t i = 0; i < a->prefix.lines.count && i < b->prefix.lines.count; i++)
        if (a->keys[i] != b->keys[i])
            return a->keys[i] < b->keys[i] ? -1 : 1;
    if (a->prefix.lines.count != b->prefix.lines.count)
        return a->prefix.lines.count < b->prefix.lines.count ? -1 : 1;
    return (a->unit > b->unit) - (a->unit < b->unit);
}

/* Lines that A and B begin with alike. */
static uint32_t common_lines(const struct candidate *a, const struct candidate *b)
{
    uint32_t count = 0;
    if (a->group != b->group)
        return 0;
    while (count < a->prefix.lines.count && count < b->prefix.lines.count && a->keys[count] == b->keys[count])
        count++;
    return count;
}

/* Up to the last #include among the first COUNT lines. */
static uint32_t up_to_include(const struct candidate *candidate, uint32_t count)
{
    while (count && !candidate->prefix.lines.items[count - 1].is_include)
        count--;
    return count;
}

static uint64_t header_key(const struct planner *self, const struct header *header, const struct candidate *user)
{
    const char *stand_in = shared_stand_in(self->headers->arena, self->project->units.items[header->unit].path);
    uint64_t hash = hash_mix(hash_mix(self->headers->maker, user->group), hash_string(stand_in));
    for (uint32_t i = 0; i < header->line_count; i++)
        hash = hash_mix(hash, hash_string(header->lines[i].text));
    return hash;
}

static void add_header(struct planner *self, uint32_t first, uint32_t end, uint32_t line_count)
{
    struct arena *arena = self->headers->arena;
    const struct candidate *user = &self->candidates.items[first];
    struct header header = {.unit = user->unit, .lines = user->prefix.lines.items, .line_count = line_count};
    for (uint32_t i = first; i < end; i++)
        if (self->candidates.items[i].unit < header.unit)
            header.unit = self->candidates.items[i].unit;
    unsigned long long key = header_key(self, &header, user);
    header.pch = arena_printf(arena, "%s/%016llx.pch", self->folder, key);
    header.list = arena_printf(arena, "%s/%016llx.list", self->folder, key);
    header.unfinished = arena_printf(arena, "%s.%ld", header.pch, (long)getpid());
    for (uint32_t i = first; i < end; i++)
        self->headers->of_unit[self->candidates.items[i].unit] = self->headers->list.count;
    VEC_PUSH_IN(arena, &self->headers->list, header);
}

/* Runs of candidates that begin alike. */
static void add_headers(struct planner *self)
{
    for (uint32_t first = 0, end; first < self->candidates.count; first = end) {
        const struct candidate *one = &self->candidates.items[first];
        uint32_t lines = one->prefix.lines.count;
        for (end = first + 1; end < self->candidates.count; end++) {
            uint32_t common = up_to_include(one, common_lines(one, &self->candidates.items[end]));
            if (!common)
                break;
            lines = common < lines ? common : lines;
        }
        if (end - first > 1)
            add_header(self, first, end, lines);
    }
}

void headers_plan(struct headers *self, const struct project *project, const uint32_t *wanted, uint32_t count,
                  const char *folder, struct arena *arena)
{
    *self = (struct headers){.arena = arena, .maker = identity()};
    struct planner planner = {.headers = self, .project = project, .folder = folder};
    self->of_unit = ARENA_NEW_ARRAY(arena, uint32_t, project->units.count + 1);
    for (uint32_t i = 0; i < project->units.count; i++) {
        self->of_unit[i] = HEADERS_NONE;
        add_candidate(&planner, i);
    }
    if (planner.candidates.count)
        qsort(planner.candidates.items, planner.candidates.count, sizeof(*planner.candidates.items),
              compare_candidates);
    add_headers(&planner);
    for (uint32_t i = 0; i < count; i++)
        if (self->of_unit[wanted[i]] != HEADERS_NONE)
            self->list.items[self->of_unit[wanted[i]]].user_count++;
}

/* ---- the folder ---- */

/* Clang refuses a header of which a file was only touched, so that this has to be as strict. */
static bool is_true(const struct shared_header *shared)
{
    for (uint32_t i = 0; i < shared->files.list.count; i++)
        if (input_file_check(&shared->files.list.items[i]) != INPUT_SAME)
            return false;
    return true;
}

/* Size and hash of the precompiled header: a damaged one could do anything to clang. */
static bool pch_hash(const char *path, uint64_t *hash)
{
    struct strbuf bytes;
    strbuf_init(&bytes);
    bool is_read = strbuf_read_file(&bytes, path, NULL) == MG_OK;
    *hash = hash_bytes(bytes.data, bytes.length);
    strbuf_release(&bytes);
    return is_read;
}

/* Takes over a list's bytes. False when they are not whole or of another program. */
static bool take_list(struct headers *self, struct header *header, const struct strbuf *bytes, uint64_t *hash)
{
    struct blob_reader in;
    if (!blob_read_begin(&in, bytes->data, bytes->length, LIST_MAGIC, self->maker))
        return false;
    *hash = blob_read_number(&in);
    shared_unpack(&in, self->arena, &header->shared);
    header->shared.pch = header->pch;
    return blob_read_end(&in) && header->shared.line_count <= header->line_count;
}

void headers_load(struct headers *self, uint32_t index)
{
    struct header *header = &self->list.items[index];
    struct strbuf bytes;
    uint64_t wanted, found;
    strbuf_init(&bytes);
    header->is_known = strbuf_read_file(&bytes, header->list, NULL) == MG_OK &&
                       take_list(self, header, &bytes, &wanted) && is_true(&header->shared);
    header->is_ready =
        header->is_known && header->shared.line_count && pch_hash(header->pch, &found) && found == wanted;
    header->is_known &= header->is_ready || !header->shared.line_count;
    if (header->is_known)
        utimensat(AT_FDCWD, header->list, NULL, 0);
    strbuf_release(&bytes);
}

enum mg_status headers_build(const struct headers *self, const struct project *project, uint32_t index,
                             struct strbuf *out, struct mg_error *error)
{
    const struct header *header = &self->list.items[index];
    const struct project_unit *unit = &project->units.items[header->unit];
    struct frontend_input input = {
        .path = unit->path, .directory = unit->directory, .args = unit->args, .arg_count = unit->arg_count};
    struct shared_header shared;
    struct arena arena;
    uint64_t hash = 0;
    arena_init(&arena);
    enum mg_status status =
        shared_build(&input, header->lines, header->line_count, header->unfinished, &arena, &shared, error);
    if (status == MG_OK && shared.line_count &&
        (!pch_hash(header->unfinished, &hash) || rename(header->unfinished, header->pch) != 0))
        status = mg_fail(error, MG_IO, header->pch, 0, 0, "cannot write: %s", strerror(errno));
    unlink(header->unfinished);
    if (status == MG_OK) {
        blob_begin(out, LIST_MAGIC, self->maker);
        blob_number(out, hash);
        shared_pack(&shared, out);
        blob_end(out);
    }
    arena_release(&arena);
    return status;
}

void headers_store(struct headers *self, uint32_t index, const struct strbuf *result)
{
    struct header *header = &self->list.items[index];
    uint64_t hash;
    if (!take_list(self, header, result, &hash))
        return;
    strbuf_write_file(result, header->list, NULL); /* when that fails, the next scan makes the header again */
    header->is_ready = header->shared.line_count != 0;
}

void headers_discard(const struct headers *self, uint32_t index)
{
    unlink(self->list.items[index].unfinished);
}

const struct shared_header *headers_of(const struct headers *self, uint32_t unit)
{
    uint32_t index = self->of_unit ? self->of_unit[unit] : HEADERS_NONE;
    return index != HEADERS_NONE && self->list.items[index].is_ready ? &self->list.items[index].shared : NULL;
}

const char *headers_make_folder(const char *folder, struct arena *arena)
{
    if (!folder) {
        const char *place = getenv("TMPDIR");
        return mkdtemp(arena_printf(arena, "%s/mdlguard-XXXXXX", place && *place ? place : "/tmp"));
    }
    mkdir(path_parent(arena, folder), 0777);
    mkdir(folder, 0777);
    return path_is_folder(folder) && access(folder, W_OK) == 0 ? folder : NULL;
}

#define KEY_LENGTH 16

static bool is_ours(const char *name)
{
    return strlen(name) > KEY_LENGTH && strspn(name, "0123456789abcdef") == KEY_LENGTH &&
           (strncmp(name + KEY_LENGTH, ".pch", 4) == 0 || strncmp(name + KEY_LENGTH, ".list", 5) == 0);
}

/* When the header was used, to which the file NAME belongs; one without a list when it was written. */
static time_t last_use(int folder, const char *name)
{
    char list[KEY_LENGTH + sizeof(".list")];
    struct stat info;
    snprintf(list, sizeof(list), "%.*s.list", KEY_LENGTH, name);
    if (fstatat(folder, list, &info, 0) != 0 && fstatat(folder, name, &info, 0) != 0)
        return time(NULL);
    return info.st_mtime;
}

/* Deletes the headers that were not used since BEFORE. */
static void remove_headers(const char *folder, time_t before)
{
    DIR *entries = opendir(folder);
    for (const struct dirent *entry = entries ? readdir(entries) : NULL; entry; entry = readdir(entries))
        if (is_ours(entry->d_name) && last_use(dirfd(entries), entry->d_name) < before)
            unlinkat(dirfd(entries), entry->d_name, 0);
    if (entries)
        closedir(entries);
}

void headers_forget_unused(const char *folder)
{
    remove_headers(folder, time(NULL) - UNUSED_SECONDS);
}

void headers_remove_folder(const char *folder)
{
    remove_headers(folder, time(NULL) + 1);
    rmdir(folder);
}
