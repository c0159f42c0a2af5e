/*
 * cache.c - units and reports from the store.
 *
 * A file of which many units are made is looked at once in a scan.
 */
#include "cli/cache.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/intern.h"
#include "base/ptrmap.h"
#include "cli/extract.h"
#include "cli/identity.h"
#include "report/codec.h"

#define REPORT_MAGIC "MGR\n"

/* ---- the store ---- */

/* The run goes on without the store. */
static void give_up(struct cache *self)
{
    self->has_failed = true;
    store_close(self->store);
    self->store = NULL;
}

enum mg_status cache_open(struct cache *self, const char *path, struct arena *arena, struct mg_error *error)
{
    const char *note = NULL;
    *self = (struct cache){.arena = arena, .maker = identity()};
    if (!path)
        return MG_OK;
    enum mg_status status = store_open(path, &self->store, &note, &self->error);
    self->has_failed = status != MG_OK;
    if (note)
        mg_message_print("note", NULL, 0, 0, note);
    *error = self->error;
    return status == MG_USAGE ? status : MG_OK;
}

void cache_close(struct cache *self)
{
    store_close(self->store);
    self->store = NULL;
}

/* ---- units ---- */

/* The files that were looked at, by path. */
struct looks {
    struct arena *arena;
    struct intern paths;
    struct ptr_map index;
    VEC(struct input_look) list;
};

static struct input_look *look_at(struct looks *self, const char *path)
{
    const char *key = intern_string(&self->paths, path);
    uint32_t index;
    if (!ptr_map_get(&self->index, key, &index)) {
        struct input_look look;
        input_look(&look, path);
        index = self->list.count;
        ptr_map_put(&self->index, key, index);
        VEC_PUSH_IN(self->arena, &self->list, look);
    }
    return &self->list.items[index];
}

/* The state of the worst of FILES; times that changed are brought up to date in them. */
static enum input_state compare_all(struct looks *looks, struct input_files *files)
{
    enum input_state worst = INPUT_SAME;
    for (uint32_t i = 0; i < files->list.count && worst != INPUT_CHANGED; i++) {
        struct input_file *file = &files->list.items[i];
        struct input_look *look = look_at(looks, file->path);
        enum input_state state = input_compare(file, look);
        if (state == INPUT_TOUCHED && file->mtime_ns == look->settled_ns)
            state = INPUT_SAME; /* it still has no time to be known by */
        if (state == INPUT_TOUCHED)
            file->mtime_ns = look->settled_ns;
        worst = state > worst ? state : worst;
    }
    return worst;
}

static void find_unit(struct cache *self, uint32_t index, struct looks *looks)
{
    struct cache_unit *unit = &self->units[index];
    struct input_files files;
    uint64_t hash;
    bool is_found;
    if (store_find_extract(self->store, unit->key, looks->arena, &files, &hash, &is_found, &self->error) != MG_OK) {
        give_up(self);
        return;
    }
    enum input_state state = is_found ? compare_all(looks, &files) : INPUT_CHANGED;
    if (state == INPUT_CHANGED)
        return;
    unit->is_stored = true;
    unit->hash = hash;
    if (state == INPUT_TOUCHED && store_touch_extract(self->store, unit->key, &files, &self->error) != MG_OK)
        give_up(self);
}

static void list_wanted(const struct cache *self, uint32_t *wanted, uint32_t *count)
{
    *count = 0;
    for (uint32_t i = 0; i < self->count; i++)
        if (!self->units[i].is_stored)
            wanted[(*count)++] = i;
}

void cache_find(struct cache *self, const struct project *project, uint32_t *wanted, uint32_t *wanted_count)
{
    struct arena arena;
    struct looks looks = {.arena = &arena};
    arena_init(&arena);
    intern_init(&looks.paths, &arena);
    self->count = project->units.count;
    self->units = ARENA_NEW_ARRAY(self->arena, struct cache_unit, self->count + 1);
    for (uint32_t i = 0; i < self->count; i++) {
        self->units[i].key = extract_key(&project->units.items[i], self->maker);
        if (self->store)
            find_unit(self, i, &looks);
    }
    for (uint32_t i = 0; i < self->count && !self->store; i++)
        self->units[i].is_stored = false; /* it failed on the way */
    list_wanted(self, wanted, wanted_count);
    ptr_map_release(&looks.index);
    intern_release(&looks.paths);
    arena_release(&arena);
}

void cache_extracted(void *context, uint32_t index, const struct strbuf *bytes)
{
    struct cache *self = context;
    struct cache_unit *unit = &self->units[index];
    struct extract extract;
    struct arena arena;
    arena_init(&arena);
    if (extract_read(bytes->data, bytes->length, self->maker, &arena, &extract)) {
        struct store_extract row = {.key = unit->key,
                                    .path = extract.path,
                                    .hash = extract_hash(&extract),
                                    .bytes = bytes->data,
                                    .length = bytes->length,
                                    .files = &extract.files};
        unit->hash = row.hash;
        if (self->store && extract.status == MG_OK &&
            store_put_extract(self->store, &row, &self->error) != MG_OK)
            give_up(self);
    }
    arena_release(&arena);
}

/* False when the unit is not there, or damaged. */
static bool read_unit(struct cache *self, uint32_t index, struct strbuf *bytes, struct pipeline_unit *unit)
{
    bool is_found = false;
    strbuf_clear(bytes);
    if (!self->store)
        return false;
    if (store_read_extract(self->store, self->units[index].key, bytes, &is_found, &self->error) != MG_OK)
        give_up(self);
    if (!is_found)
        return false;
    pipeline_take_extract(unit, bytes, self->maker);
    return unit->status == MG_OK;
}

void cache_read(struct cache *self, struct pipeline_units *units, uint32_t *wanted, uint32_t *wanted_count)
{
    struct strbuf bytes;
    strbuf_init(&bytes);
    *wanted_count = 0;
    for (uint32_t i = 0; i < self->count; i++)
        if (self->units[i].is_stored && !read_unit(self, i, &bytes, &units->items[i]))
            wanted[(*wanted_count)++] = i;
    strbuf_release(&bytes);
}

static int compare_keys(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

void cache_forget_others(struct cache *self)
{
    uint64_t *keys = ARENA_NEW_ARRAY(self->arena, uint64_t, self->count + 1);
    for (uint32_t i = 0; i < self->count; i++)
        keys[i] = self->units[i].key;
    if (self->count)
        qsort(keys, self->count, sizeof(*keys), compare_keys);
    if (self->store && store_keep_extracts(self->store, keys, self->count, &self->error) != MG_OK)
        give_up(self);
    if (self->known.count)
        qsort(self->known.items, self->known.count, sizeof(*self->known.items), compare_keys);
    if (self->store &&
        store_keep_solutions(self->store, self->known.items, self->known.count, &self->error) != MG_OK)
        give_up(self);
}

/* ---- the report ---- */

uint64_t cache_result_key(const struct cache *self, const struct project *project, uint64_t rules_key,
                          const struct pipeline_units *units)
{
    uint64_t hash = hash_mix(hash_mix(self->maker, rules_key), hash_string(project->root));
    for (uint32_t i = 0; i < self->count; i++) {
        hash = hash_mix(hash_mix(hash, self->units[i].key), self->units[i].hash);
        if (!self->units[i].hash) /* the worker died: what was said of it is all there is */
            hash = hash_mix(hash, hash_string(units->items[i].error.text));
    }
    return hash;
}

bool cache_find_report(struct cache *self, uint64_t key, struct finding_report *report, struct suppress_notes *notes,
                       uint64_t *report_hash)
{
    struct store_result result = {0};
    struct blob_reader in;
    bool is_found = false;
    if (!self->store)
        return false;
    strbuf_init(&result.bytes);
    if (store_read_result(self->store, &result, &is_found, &self->error) != MG_OK)
        give_up(self);
    is_found = is_found && result.key == key &&
               blob_read_begin(&in, result.bytes.data, result.bytes.length, REPORT_MAGIC, hash_mix(self->maker, key));
    if (is_found) {
        report_decode_rules(&in, self->arena, report);
        report_decode(&in, self->arena, report, notes);
        is_found = blob_read_end(&in);
        *report_hash = result.report_hash;
    }
    strbuf_release(&result.bytes);
    return is_found;
}

void cache_pack_report(const struct cache *self, uint64_t key, const struct finding_report *report,
                       const struct suppress_notes *notes, struct store_result *out)
{
    *out = (struct store_result){.key = key};
    strbuf_init(&out->bytes);
    blob_begin(&out->bytes, REPORT_MAGIC, hash_mix(self->maker, key));
    report_encode_rules(report, &out->bytes);
    report_encode(report, notes, &out->bytes);
    blob_end(&out->bytes);
}

uint64_t cache_report_hash(const struct finding_report *report)
{
    struct suppress_notes none = {0};
    struct strbuf bytes;
    strbuf_init(&bytes);
    report_encode(report, &none, &bytes);
    uint64_t hash = hash_bytes(bytes.data, bytes.length);
    strbuf_release(&bytes);
    return hash;
}

/* ---- functions ---- */

#define WAITING_BYTES_MAX (1u << 20) /* then they go to the store: one transaction for many */

static bool find_solution(void *context, uint64_t key, struct strbuf *bytes)
{
    struct cache *self = context;
    bool is_found = false;
    if (self->store && store_read_solution(self->store, key, bytes, &is_found, &self->error) != MG_OK)
        give_up(self);
    return is_found;
}

static void keep_solution(void *context, uint64_t key)
{
    struct cache *self = context;
    VEC_PUSH_IN(self->arena, &self->known, key);
}

static void put_solution(void *context, uint64_t key, const struct strbuf *bytes)
{
    struct cache *self = context;
    struct store_solution solution = {.key = key};
    keep_solution(self, key);
    strbuf_init(&solution.bytes);
    strbuf_add(&solution.bytes, bytes->data, bytes->length);
    VEC_PUSH(&self->solutions, solution);
    self->waiting += bytes->length;
    if (self->waiting > WAITING_BYTES_MAX)
        cache_put_solutions(self);
}

void cache_put_solutions(struct cache *self)
{
    if (self->store && self->solutions.count &&
        store_put_solutions(self->store, self->solutions.items, self->solutions.count, &self->error) != MG_OK)
        give_up(self);
    for (uint32_t i = 0; i < self->solutions.count; i++)
        strbuf_release(&self->solutions.items[i].bytes);
    VEC_RELEASE(&self->solutions);
    self->waiting = 0;
}

const struct engine_memory *cache_memory(struct cache *self, struct engine_memory *out)
{
    *out = (struct engine_memory){.maker = self->maker,
                                  .context = self,
                                  .find = find_solution,
                                  .keep = keep_solution,
                                  .put = put_solution};
    return self->store ? out : NULL;
}
