/*
 * merge.c - adding one module to another, and encoded modules.
 *
 * Encoded bytes are decoded and checked as a module of their own first; only what has passed is copied, and copying
 * cannot fail. The tables are mapped in the order of their references: files, locations, records (empty), types,
 * members, units, globals, functions (empty), bodies.
 *
 * A record is shared by its key. The same declaration can come out differently in two units (#if): a record whose
 * members are not those of the one already there gets a key of its own, the old one with "~" and a hash of its layout
 * behind it.
 */
#include "ir/codec_int.h"
#include "ir/module_int.h"
#include "ir/places.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/hash.h"

struct merger {
    struct ir_module *to;
    const struct ir_module *from;
    struct arena scratch;                                        /* holds the maps */
    ir_id *files, *locs, *records, *types, *globals, *functions; /* by id in FROM: the id in TO */
    bool *fills;                                                 /* by record of FROM: its members go to TO */
    bool *is_shared;                                             /* by function of FROM: TO has it already */
    struct place_table places;                                   /* of TO, as far as FROM names them */
    uint32_t unit_base;                                          /* the id of FROM's first unit in TO */
    ir_id file_base;                                             /* files of TO from here on are new in it */
};

static ir_id map_id(const ir_id *map, ir_id id)
{
    return id == IR_NONE ? IR_NONE : map[id];
}

/* ---- files, locations, types ---- */

static void merge_files(struct merger *self)
{
    self->file_base = self->to->files.count;
    for (uint32_t i = 0; i < self->from->files.count; i++)
        self->files[i] =
            ir_module_file(self->to, self->from->files.items[i].path, self->from->files.items[i].is_system);
}

static void merge_locs(struct merger *self)
{
    for (uint32_t i = 0; i < self->from->locs.count; i++) {
        struct ir_loc loc = self->from->locs.items[i];
        loc.at.file = map_id(self->files, loc.at.file);
        loc.spelling.file = map_id(self->files, loc.spelling.file);
        bool is_new = loc.at.file != IR_NONE && loc.at.file >= self->file_base;
        self->locs[i] = is_new ? ir_module_add_loc(self->to, &loc) : ir_module_loc(self->to, &loc);
    }
}

static void merge_types(struct merger *self)
{
    for (uint32_t i = 0; i < self->from->types.count; i++) {
        struct ir_type type = self->from->types.items[i];
        type.target = map_id(self->types, type.target);
        type.record = map_id(self->records, type.record);
        self->types[i] = ir_module_type(self->to, &type);
    }
}

/* ---- records ---- */

static uint64_t layout_hash(const struct ir_record *record)
{
    uint64_t hash = hash_mix(record->is_union, record->size);
    for (uint32_t i = 0; i < record->fields.count; i++) {
        const struct ir_field *field = &record->fields.items[i];
        hash = hash_mix(hash_mix(hash, hash_string(field->name)), field->offset);
        hash = hash_mix(hash, field->bit_width);
    }
    return hash;
}

static bool layout_equals(const struct ir_record *a, const struct ir_record *b)
{
    if (a->is_union != b->is_union || a->size != b->size || a->fields.count != b->fields.count)
        return false;
    for (uint32_t i = 0; i < a->fields.count; i++) {
        const struct ir_field *f = &a->fields.items[i], *g = &b->fields.items[i];
        if (f->offset != g->offset || f->bit_width != g->bit_width || strcmp(f->name, g->name) != 0)
            return false;
    }
    return true;
}

/* Finds or makes the record of TO that stands for record ID of FROM. */
static void map_record(struct merger *self, ir_id id)
{
    const struct ir_record *record = &self->from->records.items[id];
    const char *key = record->key;
    for (;;) {
        bool is_new;
        ir_id found = ir_module_record(self->to, key, record->name, &is_new);
        struct ir_record *there = &self->to->records.items[found];
        if (is_new)
            there->is_union = record->is_union;
        self->records[id] = found;
        self->fills[id] = ir_record_is_complete(record) && !ir_record_is_complete(there);
        if (!ir_record_is_complete(record) || self->fills[id] || layout_equals(record, there))
            return;
        key = arena_printf(&self->scratch, "%s~%016" PRIx64, key, layout_hash(record));
    }
}

static void merge_records(struct merger *self)
{
    for (ir_id i = 0; i < self->from->records.count; i++)
        map_record(self, i);
}

static void merge_fields(struct merger *self)
{
    for (uint32_t i = 0; i < self->from->records.count; i++) {
        const struct ir_record *record = &self->from->records.items[i];
        struct ir_record *there = &self->to->records.items[self->records[i]];
        if (!self->fills[i] || ir_record_is_complete(there))
            continue;
        there->name = record->name;
        there->is_union = record->is_union;
        there->size = record->size;
        for (uint32_t f = 0; f < record->fields.count; f++) {
            struct ir_field field = record->fields.items[f];
            field.type = self->types[field.type];
            VEC_PUSH_IN(self->to->arena, &there->fields, field);
        }
    }
}

/* ---- units, globals, functions ---- */

static void merge_units(struct merger *self)
{
    self->unit_base = self->to->units.count;
    for (uint32_t i = 0; i < self->from->units.count; i++) {
        struct ir_unit unit = self->from->units.items[i];
        VEC_PUSH_IN(self->to->arena, &self->to->units, unit);
    }
}

static void merge_globals(struct merger *self)
{
    for (uint32_t i = 0; i < self->from->globals.count; i++) {
        const struct ir_global *global = &self->from->globals.items[i];
        ir_id unit = self->unit_base + global->unit;
        self->globals[i] = ir_module_global(self->to, unit, global->key, global->name, NULL);
        struct ir_global *there = &self->to->globals.items[self->globals[i]];
        there->type = self->types[global->type];
        there->loc = map_id(self->locs, global->loc);
        there->is_external = global->is_external;
    }
}

/* Before any function is added: only those that were there may be shared. */
static void find_shared_functions(struct merger *self)
{
    for (uint32_t i = 0; i < self->from->functions.count; i++) {
        const struct ir_function *function = &self->from->functions.items[i];
        ir_id there = IR_NONE;
        if (ir_function_is_shareable(self->from, function))
            there = ir_module_find_shared(self->to, function->key);
        self->is_shared[i] = there != IR_NONE;
        self->functions[i] = there;
    }
}

static void add_functions(struct merger *self)
{
    for (uint32_t i = 0; i < self->from->functions.count; i++) {
        const struct ir_function *function = &self->from->functions.items[i];
        if (!self->is_shared[i])
            self->functions[i] =
                ir_module_function(self->to, self->unit_base + function->unit, function->key, function->name, NULL);
    }
}

/* ---- code ---- */

static struct ir_operand copy_operand(struct merger *self, const struct ir_operand *operand);

#define FEW_PROJS 16

static const struct ir_place *copy_place(struct merger *self, const struct ir_place *place)
{
    struct ir_proj few[FEW_PROJS], *projs = few;
    struct ir_place copy = *place;
    if (place->proj_count > FEW_PROJS)
        projs = ARENA_NEW_ARRAY(&self->scratch, struct ir_proj, place->proj_count);
    copy.id = place->base == IR_BASE_GLOBAL ? self->globals[place->id] : place->id;
    copy.type = self->types[place->type];
    copy.projs = projs;
    for (uint32_t i = 0; i < place->proj_count; i++) {
        projs[i] = place->projs[i];
        projs[i].type = self->types[projs[i].type];
        if (projs[i].kind == IR_PROJ_FIELD)
            projs[i].record = self->records[projs[i].record];
        if (projs[i].kind != IR_PROJ_INDEX)
            continue;
        struct ir_operand index = copy_operand(self, projs[i].index);
        projs[i].index = arena_copy(self->to->arena, &index, sizeof(index));
    }
    return place_table_share(&self->places, self->to->arena, &copy);
}

static struct ir_operand copy_operand(struct merger *self, const struct ir_operand *operand)
{
    struct ir_operand copy = {.kind = operand->kind, .type = map_id(self->types, operand->type)};
    if (operand->kind == IR_OPERAND_INT)
        copy.value = operand->value;
    if (operand->kind == IR_OPERAND_STRING)
        copy.text = operand->text;
    if (operand->kind == IR_OPERAND_LOAD || operand->kind == IR_OPERAND_ADDR)
        copy.place = copy_place(self, operand->place);
    if (operand->kind == IR_OPERAND_FUNC)
        copy.function = self->functions[operand->function];
    return copy;
}

static struct ir_expr copy_expr(struct merger *self, const struct ir_expr *expr)
{
    struct ir_expr copy = {.op = expr->op, .type = self->types[expr->type]};
    copy.a = ir_expr_arity(expr->op) > 0 ? copy_operand(self, &expr->a) : ir_operand_undef(IR_NONE);
    copy.b = ir_expr_arity(expr->op) > 1 ? copy_operand(self, &expr->b) : ir_operand_undef(IR_NONE);
    return copy;
}

static const struct ir_operand *copy_args(struct merger *self, const struct ir_instr *instr)
{
    struct ir_operand *args = ARENA_NEW_ARRAY(self->to->arena, struct ir_operand, instr->arg_count);
    for (uint32_t i = 0; i < instr->arg_count; i++)
        args[i] = copy_operand(self, &instr->args[i]);
    return args;
}

static struct ir_instr copy_instr(struct merger *self, const struct ir_instr *instr)
{
    struct ir_instr copy = {.kind = instr->kind, .loc = map_id(self->locs, instr->loc)};
    copy.value = (struct ir_expr){.type = IR_NONE, .a = ir_operand_undef(IR_NONE), .b = ir_operand_undef(IR_NONE)};
    copy.callee = ir_operand_undef(IR_NONE);
    if (instr->kind == IR_SCOPE_END) {
        copy.locals = arena_copy(self->to->arena, instr->locals, instr->local_count * sizeof(*instr->locals));
        copy.local_count = instr->local_count;
        return copy;
    }
    copy.dst = instr->dst ? copy_place(self, instr->dst) : NULL;
    if (instr->kind == IR_ASSIGN) {
        copy.value = copy_expr(self, &instr->value);
        return copy;
    }
    if (instr->kind == IR_CALL)
        copy.callee = copy_operand(self, &instr->callee);
    copy.is_dispatched = instr->is_dispatched;
    copy.what = instr->what;
    copy.args = copy_args(self, instr);
    copy.arg_count = instr->arg_count;
    return copy;
}

static struct ir_term copy_term(struct merger *self, const struct ir_term *term)
{
    struct arena *arena = self->to->arena;
    struct ir_term copy = {.kind = term->kind, .loc = map_id(self->locs, term->loc)};
    copy.value = ir_term_has_value(term->kind) ? copy_operand(self, &term->value) : ir_operand_undef(IR_NONE);
    copy.text = term->text;
    copy.target_count = term->target_count;
    copy.targets = arena_copy(arena, term->targets, term->target_count * sizeof(*term->targets));
    if (term->kind == IR_SWITCH) {
        size_t size = (term->target_count - 1) * sizeof(*term->case_low);
        copy.case_low = arena_copy(arena, term->case_low, size);
        copy.case_high = arena_copy(arena, term->case_high, size);
    }
    return copy;
}

static void copy_block(struct merger *self, const struct ir_block *from, struct ir_block *to)
{
    to->handler = from->handler;
    to->is_loop_head = from->is_loop_head;
    to->instrs.items = ARENA_NEW_ARRAY(self->to->arena, struct ir_instr, from->instrs.count);
    to->instrs.count = to->instrs.capacity = from->instrs.count;
    for (uint32_t i = 0; i < from->instrs.count; i++)
        to->instrs.items[i] = copy_instr(self, &from->instrs.items[i]);
    to->term = copy_term(self, &from->term);
}

static void copy_locals(struct merger *self, const struct ir_function *from, struct ir_function *to)
{
    to->param_count = from->param_count;
    for (uint32_t i = 0; i < from->locals.count; i++) {
        struct ir_local local = from->locals.items[i];
        local.type = self->types[local.type];
        local.loc = map_id(self->locs, local.loc);
        VEC_PUSH_IN(self->to->arena, &to->locals, local);
    }
}

static void copy_attributes(struct merger *self, const struct ir_function *from, struct ir_function *to)
{
    to->type = self->types[from->type];
    to->loc = map_id(self->locs, from->loc);
    to->definition = map_id(self->functions, from->definition);
    to->record = map_id(self->records, from->record);
    to->is_external = from->is_external;
    to->is_defined = from->is_defined;
    to->is_variadic = from->is_variadic;
    to->is_noreturn = from->is_noreturn;
    to->is_virtual = from->is_virtual;
    to->is_system = from->is_system;
    to->is_initializer = from->is_initializer;
    for (uint32_t i = 0; i < from->annotations.count; i++) {
        struct ir_annotation annotation = from->annotations.items[i];
        VEC_PUSH_IN(self->to->arena, &to->annotations, annotation);
    }
    for (uint32_t i = 0; i < from->macro_uses.count; i++) {
        struct ir_macro_use use = from->macro_uses.items[i];
        use.loc = map_id(self->locs, use.loc);
        VEC_PUSH_IN(self->to->arena, &to->macro_uses, use);
    }
}

static void copy_functions(struct merger *self)
{
    for (uint32_t i = 0; i < self->from->functions.count; i++) {
        if (self->is_shared[i])
            continue;
        const struct ir_function *from = &self->from->functions.items[i];
        struct ir_function *to = &self->to->functions.items[self->functions[i]];
        copy_attributes(self, from, to);
        copy_locals(self, from, to);
        to->blocks.items = ARENA_NEW_ARRAY(self->to->arena, struct ir_block, from->blocks.count);
        to->blocks.count = to->blocks.capacity = from->blocks.count;
        for (uint32_t b = 0; b < from->blocks.count; b++)
            copy_block(self, &from->blocks.items[b], &to->blocks.items[b]);
    }
}

/* ---- the whole ---- */

static void merger_init(struct merger *self, struct ir_module *to, const struct ir_module *from)
{
    *self = (struct merger){.to = to, .from = from};
    arena_init(&self->scratch);
    self->places.scratch = &self->scratch;
    self->files = ARENA_NEW_ARRAY(&self->scratch, ir_id, from->files.count);
    self->locs = ARENA_NEW_ARRAY(&self->scratch, ir_id, from->locs.count);
    self->records = ARENA_NEW_ARRAY(&self->scratch, ir_id, from->records.count);
    self->types = ARENA_NEW_ARRAY(&self->scratch, ir_id, from->types.count);
    self->globals = ARENA_NEW_ARRAY(&self->scratch, ir_id, from->globals.count);
    self->functions = ARENA_NEW_ARRAY(&self->scratch, ir_id, from->functions.count);
    self->fills = ARENA_NEW_ARRAY(&self->scratch, bool, from->records.count);
    self->is_shared = ARENA_NEW_ARRAY(&self->scratch, bool, from->functions.count);
}

/* OTHER's texts are interned in the table of SELF. */
static void append(struct ir_module *self, const struct ir_module *other)
{
    assert(self != other);
    struct merger merger;
    merger_init(&merger, self, other);
    merge_files(&merger);
    merge_locs(&merger);
    merge_records(&merger);
    merge_types(&merger);
    merge_fields(&merger);
    merge_units(&merger);
    merge_globals(&merger);
    find_shared_functions(&merger);
    add_functions(&merger);
    copy_functions(&merger);
    arena_release(&merger.scratch);
}

/* The texts are interned once, in the table of SELF, which OTHER borrows. */
enum mg_status ir_module_merge(struct ir_module *self, const void *data, size_t length, struct mg_error *error)
{
    struct arena scratch;
    struct ir_module incoming;
    arena_init(&scratch);
    ir_module_init(&incoming, &scratch);
    incoming.strings = self->strings;
    enum mg_status status = ir_decode(&incoming, data, length, error);
    self->strings = incoming.strings;
    if (status == MG_OK)
        status = ir_check_decoded(&incoming, error);
    if (status == MG_OK)
        append(self, &incoming);
    intern_init(&incoming.strings, &scratch);
    ir_module_release(&incoming);
    arena_release(&scratch);
    return status;
}
