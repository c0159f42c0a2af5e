/*
 * module.c - the tables of a module, and the hash tables that find equal entries.
 *
 * Every table has an index: open addressing, linear probing, at most half full, of (hash, id) pairs. An index never
 * removes. Strings are interned before they are hashed or compared, so that pointers stand for contents; the hashes
 * therefore differ from run to run, which nothing can see because ids follow the order of insertion alone.
 *
 * Locations are the largest table by far, and most are in a file that no other unit sees. So those that a unit brings in files which it is the
 * first to bring are indexed when somebody asks for a location in that file (ir_module_add_loc).
 */
#include "ir/module_int.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

struct slot {
    uint32_t hash;
    ir_id id; /* IR_NONE: free */
};

struct id_table {
    struct slot *slots; /* owned (heap) */
    uint32_t count, capacity;
};

enum { TABLE_FILES, TABLE_LOCS, TABLE_TYPES, TABLE_RECORDS, TABLE_FUNCTIONS, TABLE_GLOBALS, TABLE_SHARED, TABLE_COUNT };

/* Locations among which those in one file are not indexed yet. */
struct unindexed {
    ir_id first, last;
};

struct ir_index {
    struct id_table tables[TABLE_COUNT];
    VEC(struct unindexed) unindexed; /* by file, as far as it reaches; empty ranges for most. On the heap */
    uint32_t shared_seen; /* functions already looked at for TABLE_SHARED */
};

/* True when entry ID equals PROBE. */
typedef bool (*equals_fn)(const struct ir_module *module, ir_id id, const void *probe);

static void table_fill(struct id_table *self, uint32_t hash, ir_id id)
{
    uint32_t mask = self->capacity - 1, at = hash & mask;
    while (self->slots[at].id != IR_NONE)
        at = (at + 1) & mask;
    self->slots[at] = (struct slot){hash, id};
    self->count++;
}

static void table_grow(struct id_table *self)
{
    if (self->capacity > UINT32_MAX / 4)
        arena_die(SIZE_MAX);
    struct id_table grown = {.capacity = self->capacity ? self->capacity * 2 : 64};
    grown.slots = malloc(grown.capacity * sizeof(*grown.slots));
    if (!grown.slots)
        arena_die(grown.capacity * sizeof(*grown.slots));
    memset(grown.slots, 0xff, grown.capacity * sizeof(*grown.slots));
    for (uint32_t i = 0; i < self->capacity; i++)
        if (self->slots[i].id != IR_NONE)
            table_fill(&grown, self->slots[i].hash, self->slots[i].id);
    free(self->slots);
    *self = grown;
}

static void table_add(struct id_table *self, uint64_t hash, ir_id id)
{
    if (self->count >= self->capacity / 2)
        table_grow(self);
    table_fill(self, (uint32_t)hash, id);
}

static ir_id table_find(const struct ir_module *module, int table, uint64_t hash, equals_fn equals, const void *probe)
{
    const struct id_table *self = &module->index->tables[table];
    if (!self->capacity)
        return IR_NONE;
    uint32_t mask = self->capacity - 1, at = (uint32_t)hash & mask;
    for (; self->slots[at].id != IR_NONE; at = (at + 1) & mask)
        if (self->slots[at].hash == (uint32_t)hash && equals(module, self->slots[at].id, probe))
            return self->slots[at].id;
    return IR_NONE;
}

void ir_module_close_locs(struct ir_module *self)
{
    struct id_table *table = &self->index->tables[TABLE_LOCS];
    free(table->slots);
    *table = (struct id_table){0};
    VEC_RELEASE(&self->index->unindexed);
}

void ir_module_init(struct ir_module *self, struct arena *arena)
{
    *self = (struct ir_module){.arena = arena};
    intern_init(&self->strings, arena);
    self->index = calloc(1, sizeof(*self->index));
    if (!self->index)
        arena_die(sizeof(*self->index));
}

void ir_module_release(struct ir_module *self)
{
    for (int i = 0; self->index && i < TABLE_COUNT; i++)
        free(self->index->tables[i].slots);
    if (self->index)
        VEC_RELEASE(&self->index->unindexed);
    free(self->index);
    VEC_RELEASE(&self->locs);
    VEC_RELEASE(&self->functions);
    intern_release(&self->strings);
    *self = (struct ir_module){.arena = self->arena};
}

/* ---- hashes and comparisons of interned entries ---- */

static uint64_t hash_pointer(uint64_t seed, const void *pointer)
{
    return hash_mix(seed, (uint64_t)(uintptr_t)pointer);
}

static uint64_t hash_range(uint64_t seed, const struct ir_range *range)
{
    seed = hash_mix(seed, (uint64_t)range->file << 32 | range->line);
    seed = hash_mix(seed, (uint64_t)range->column << 32 | range->end_line);
    return hash_mix(seed, range->end_column);
}

static bool range_equals(const struct ir_range *a, const struct ir_range *b)
{
    return a->file == b->file && a->line == b->line && a->column == b->column && a->end_line == b->end_line &&
           a->end_column == b->end_column;
}

static uint64_t hash_loc(const struct ir_loc *loc)
{
    return hash_pointer(hash_range(hash_range(1, &loc->at), &loc->spelling), loc->macro);
}

static bool loc_equals(const struct ir_module *module, ir_id id, const void *probe)
{
    const struct ir_loc *a = &module->locs.items[id], *b = probe;
    return range_equals(&a->at, &b->at) && range_equals(&a->spelling, &b->spelling) && a->macro == b->macro;
}

static uint64_t hash_type(const struct ir_type *type)
{
    uint64_t flags = (uint64_t)type->kind << 3 | (uint64_t)type->is_signed << 2 | (uint64_t)type->is_const << 1 |
                     (uint64_t)type->is_reference;
    uint64_t hash = hash_mix(flags, type->bits);
    hash = hash_mix(hash, (uint64_t)type->target << 32 | type->record);
    return hash_pointer(hash_mix(hash, type->count), type->name);
}

static bool type_equals(const struct ir_module *module, ir_id id, const void *probe)
{
    const struct ir_type *a = &module->types.items[id], *b = probe;
    return a->kind == b->kind && a->is_signed == b->is_signed && a->is_const == b->is_const &&
           a->is_reference == b->is_reference && a->bits == b->bits && a->target == b->target && a->count == b->count &&
           a->record == b->record && a->name == b->name;
}

static bool file_equals(const struct ir_module *module, ir_id id, const void *probe)
{
    return module->files.items[id].path == probe;
}

static bool record_equals(const struct ir_module *module, ir_id id, const void *probe)
{
    return module->records.items[id].key == probe;
}

struct symbol {
    ir_id unit;
    const char *key;
};

static uint64_t hash_symbol(const struct symbol *symbol)
{
    return hash_pointer(symbol->unit, symbol->key);
}

static bool function_equals(const struct ir_module *module, ir_id id, const void *probe)
{
    const struct symbol *symbol = probe;
    return module->functions.items[id].key == symbol->key && module->functions.items[id].unit == symbol->unit;
}

static bool global_equals(const struct ir_module *module, ir_id id, const void *probe)
{
    const struct symbol *symbol = probe;
    return module->globals.items[id].key == symbol->key && module->globals.items[id].unit == symbol->unit;
}

static bool shared_equals(const struct ir_module *module, ir_id id, const void *probe)
{
    return module->functions.items[id].key == probe;
}

/* ---- files, types, locations ---- */

static const char *intern_optional(struct ir_module *self, const char *text)
{
    return text ? intern_string(&self->strings, text) : NULL;
}

ir_id ir_module_find_file(const struct ir_module *self, const char *path)
{
    const char *key = intern_find(&self->strings, path);
    return key ? table_find(self, TABLE_FILES, hash_pointer(0, key), file_equals, key) : IR_NONE;
}

ir_id ir_module_file(struct ir_module *self, const char *path, bool is_system)
{
    const char *key = intern_string(&self->strings, path);
    ir_id id = table_find(self, TABLE_FILES, hash_pointer(0, key), file_equals, key);
    if (id != IR_NONE) {
        /* A header that one unit takes for its own belongs to the project. */
        self->files.items[id].is_system = self->files.items[id].is_system && is_system;
        return id;
    }
    struct ir_file file = {key, is_system};
    VEC_PUSH_IN(self->arena, &self->files, file);
    table_add(&self->index->tables[TABLE_FILES], hash_pointer(0, key), self->files.count - 1);
    return self->files.count - 1;
}

static bool kind_has_target(enum ir_type_kind kind)
{
    return kind == IR_TYPE_POINTER || kind == IR_TYPE_ARRAY || kind == IR_TYPE_FUNCTION;
}

/* What a kind does not have must not tell equal types apart. */
static struct ir_type type_normalized(const struct ir_type *type)
{
    struct ir_type result = *type;
    if (!kind_has_target(type->kind))
        result.target = IR_NONE;
    if (type->kind != IR_TYPE_ARRAY)
        result.count = 0;
    if (type->kind != IR_TYPE_RECORD)
        result.record = IR_NONE;
    return result;
}

ir_id ir_module_find_type(const struct ir_module *self, const struct ir_type *type)
{
    struct ir_type probe = type_normalized(type);
    if (probe.name && !(probe.name = intern_find(&self->strings, probe.name)))
        return IR_NONE;
    return table_find(self, TABLE_TYPES, hash_type(&probe), type_equals, &probe);
}

ir_id ir_module_type(struct ir_module *self, const struct ir_type *type)
{
    struct ir_type probe = type_normalized(type);
    assert(!kind_has_target(probe.kind) || probe.target < self->types.count);
    assert(probe.kind != IR_TYPE_RECORD || probe.record < self->records.count);
    probe.name = intern_optional(self, probe.name);
    ir_id id = table_find(self, TABLE_TYPES, hash_type(&probe), type_equals, &probe);
    if (id != IR_NONE)
        return id;
    VEC_PUSH_IN(self->arena, &self->types, probe);
    table_add(&self->index->tables[TABLE_TYPES], hash_type(&probe), self->types.count - 1);
    return self->types.count - 1;
}

/* From now on, locations in FILE are found. */
static void index_file(struct ir_index *self, const struct ir_module *module, ir_id file)
{
    if (file >= self->unindexed.count)
        return;
    struct unindexed range = self->unindexed.items[file];
    self->unindexed.items[file] = (struct unindexed){0};
    for (ir_id i = range.first; i < range.last; i++)
        if (module->locs.items[i].at.file == file)
            table_add(&self->tables[TABLE_LOCS], hash_loc(&module->locs.items[i]), i);
}

ir_id ir_module_find_loc(const struct ir_module *self, const struct ir_loc *loc)
{
    struct ir_loc probe = *loc;
    if (probe.macro && !(probe.macro = intern_find(&self->strings, probe.macro)))
        return IR_NONE;
    index_file(self->index, self, probe.at.file);
    return table_find(self, TABLE_LOCS, hash_loc(&probe), loc_equals, &probe);
}

ir_id ir_module_loc(struct ir_module *self, const struct ir_loc *loc)
{
    struct ir_loc probe = *loc;
    probe.macro = intern_optional(self, loc->macro);
    index_file(self->index, self, probe.at.file);
    ir_id id = table_find(self, TABLE_LOCS, hash_loc(&probe), loc_equals, &probe);
    if (id != IR_NONE)
        return id;
    VEC_PUSH(&self->locs, probe);
    table_add(&self->index->tables[TABLE_LOCS], hash_loc(&probe), self->locs.count - 1);
    return self->locs.count - 1;
}

ir_id ir_module_add_loc(struct ir_module *self, const struct ir_loc *loc)
{
    struct ir_index *index = self->index;
    ir_id id = self->locs.count;
    assert(loc->at.file < self->files.count);
    while (index->unindexed.count <= loc->at.file)
        VEC_PUSH(&index->unindexed, (struct unindexed){0});
    struct unindexed *range = &index->unindexed.items[loc->at.file];
    if (range->first == range->last)
        range->first = id;
    range->last = id + 1;
    VEC_PUSH(&self->locs, *loc);
    return id;
}

/* ---- records ---- */

ir_id ir_module_find_record(const struct ir_module *self, const char *key)
{
    const char *name = intern_find(&self->strings, key);
    return name ? table_find(self, TABLE_RECORDS, hash_pointer(0, name), record_equals, name) : IR_NONE;
}

ir_id ir_module_record(struct ir_module *self, const char *key, const char *name, bool *is_new)
{
    ir_id id = ir_module_find_record(self, key);
    if (is_new)
        *is_new = id == IR_NONE;
    if (id != IR_NONE)
        return id;
    struct ir_record record = {
        .name = intern_string(&self->strings, name),
        .key = intern_string(&self->strings, key),
    };
    VEC_PUSH_IN(self->arena, &self->records, record);
    table_add(&self->index->tables[TABLE_RECORDS], hash_pointer(0, record.key), self->records.count - 1);
    return self->records.count - 1;
}

bool ir_record_is_complete(const struct ir_record *record)
{
    return record->fields.count || record->size;
}

ir_id ir_record_field(const struct ir_record *self, const char *name)
{
    for (uint32_t i = 0; i < self->fields.count; i++)
        if (strcmp(self->fields.items[i].name, name) == 0)
            return i;
    return IR_NONE;
}

bool ir_field_is_base(const struct ir_field *field)
{
    return strncmp(field->name, "(base)", 6) == 0;
}

bool ir_field_is_transparent(const struct ir_field *field)
{
    return !field->name[0] || ir_field_is_base(field);
}

uint32_t ir_module_field_path(const struct ir_module *self, ir_id record, const char *name, struct ir_field_step *steps,
                              uint32_t max)
{
    if (!max || record >= self->records.count)
        return 0;
    const struct ir_record *here = &self->records.items[record];
    ir_id direct = ir_record_field(here, name);
    if (direct != IR_NONE) {
        steps[0] = (struct ir_field_step){record, direct};
        return 1;
    }
    for (uint32_t i = 0; i < here->fields.count; i++) {
        const struct ir_type *type = &self->types.items[here->fields.items[i].type];
        if (!ir_field_is_transparent(&here->fields.items[i]) || type->kind != IR_TYPE_RECORD)
            continue;
        uint32_t deeper = ir_module_field_path(self, type->record, name, steps + 1, max - 1);
        if (deeper) {
            steps[0] = (struct ir_field_step){record, i};
            return deeper + 1;
        }
    }
    return 0;
}

/* ---- functions, globals, units ---- */

ir_id ir_module_find_function(const struct ir_module *self, ir_id unit, const char *key)
{
    struct symbol symbol = {unit, intern_find(&self->strings, key)};
    return symbol.key ? table_find(self, TABLE_FUNCTIONS, hash_symbol(&symbol), function_equals, &symbol) : IR_NONE;
}

ir_id ir_module_function(struct ir_module *self, ir_id unit, const char *key, const char *name, bool *is_new)
{
    ir_id id = ir_module_find_function(self, unit, key);
    if (is_new)
        *is_new = id == IR_NONE;
    if (id != IR_NONE)
        return id;
    struct ir_function function = {
        .name = intern_string(&self->strings, name),
        .key = intern_string(&self->strings, key),
        .unit = unit,
        .type = IR_NONE,
        .loc = IR_NONE,
        .definition = IR_NONE,
        .record = IR_NONE,
    };
    struct symbol symbol = {unit, function.key};
    VEC_PUSH(&self->functions, function);
    table_add(&self->index->tables[TABLE_FUNCTIONS], hash_symbol(&symbol), self->functions.count - 1);
    return self->functions.count - 1;
}

ir_id ir_module_find_global(const struct ir_module *self, ir_id unit, const char *key)
{
    struct symbol symbol = {unit, intern_find(&self->strings, key)};
    return symbol.key ? table_find(self, TABLE_GLOBALS, hash_symbol(&symbol), global_equals, &symbol) : IR_NONE;
}

ir_id ir_module_global(struct ir_module *self, ir_id unit, const char *key, const char *name, bool *is_new)
{
    ir_id id = ir_module_find_global(self, unit, key);
    if (is_new)
        *is_new = id == IR_NONE;
    if (id != IR_NONE)
        return id;
    struct ir_global global = {
        .name = intern_string(&self->strings, name),
        .key = intern_string(&self->strings, key),
        .unit = unit,
        .type = IR_NONE,
        .loc = IR_NONE,
    };
    struct symbol symbol = {unit, global.key};
    VEC_PUSH_IN(self->arena, &self->globals, global);
    table_add(&self->index->tables[TABLE_GLOBALS], hash_symbol(&symbol), self->globals.count - 1);
    return self->globals.count - 1;
}

ir_id ir_module_unit(struct ir_module *self, const char *path, const char *directory)
{
    const char *key = intern_string(&self->strings, path), *where = intern_string(&self->strings, directory);
    for (uint32_t i = 0; i < self->units.count; i++)
        if (self->units.items[i].path == key && self->units.items[i].directory == where)
            return i;
    struct ir_unit unit = {.path = key, .directory = where};
    VEC_PUSH_IN(self->arena, &self->units, unit);
    return self->units.count - 1;
}

bool ir_function_is_shareable(const struct ir_module *module, const struct ir_function *function)
{
    if (function->is_external || function->is_initializer || function->loc >= module->locs.count)
        return false;
    ir_id file = module->locs.items[function->loc].at.file;
    return file < module->files.count && module->files.items[file].path != module->units.items[function->unit].path;
}

ir_id ir_module_find_shared(struct ir_module *self, const char *key)
{
    struct ir_index *index = self->index;
    for (; index->shared_seen < self->functions.count; index->shared_seen++) {
        const struct ir_function *function = &self->functions.items[index->shared_seen];
        uint64_t hash = hash_pointer(0, function->key);
        if (function->is_defined && ir_function_is_shareable(self, function) &&
            table_find(self, TABLE_SHARED, hash, shared_equals, function->key) == IR_NONE)
            table_add(&index->tables[TABLE_SHARED], hash, index->shared_seen);
    }
    const char *name = intern_find(&self->strings, key);
    return name ? table_find(self, TABLE_SHARED, hash_pointer(0, name), shared_equals, name) : IR_NONE;
}
