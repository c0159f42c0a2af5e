/*
 * names.c - see names.h.
 *
 * Records lead to each other in circles, so that their names come from the components of that graph (Tarjan, SIAM J. Computing 1972, made
 * iterative): a component's name is made of its records' own contents and of the components that it leads to.
 */
#include "engine/names.h"

#include <string.h>

#include "base/hash.h"
#include "engine/members.h"

#define NO_NAME UINT64_C(0x6e6f6e65)

static uint64_t hash_text(const char *text)
{
    return text ? hash_string(text) : NO_NAME;
}

static uint64_t name_in(const uint64_t *names, ir_id id)
{
    return id == IR_NONE ? NO_NAME : names[id];
}

ir_id names_find(const struct word_map *map, uint64_t name)
{
    uint32_t id;

    return word_map_get(map, name, &id) ? id : IR_NONE;
}

/* ---- units, functions ---- */

/* A unit may be there twice, compiled in two ways: the first one, the second one. */
static uint64_t *name_units(const struct ir_module *program, struct arena *arena)
{
    uint64_t *units = ARENA_NEW_ARRAY(arena, uint64_t, (size_t)program->units.count + 1);
    struct word_map seen = {0};

    for (uint32_t u = 0; u < program->units.count; u++) {
        units[u] = hash_mix(hash_text(program->units.items[u].path), hash_text(program->units.items[u].directory));
        while (!word_map_add(&seen, units[u], u))
            units[u] = hash_mix(units[u], 1);
    }
    word_map_release(&seen);
    return units;
}

/* The key of a function that only its unit sees ends in a hash of its body. */
static uint64_t hash_key(const struct ir_function *function)
{
    const char *mark = function->is_external ? NULL : strrchr(function->key, '#');

    return mark ? hash_bytes(function->key, (size_t)(mark - function->key)) : hash_text(function->key);
}

static void name_functions(struct names *self, const struct ir_module *program, const uint64_t *units)
{
    for (ir_id f = 0; f < program->functions.count; f++) {
        const struct ir_function *function = &program->functions.items[f];

        self->functions[f] = hash_mix(name_in(units, function->unit), hash_key(function));
        while (!word_map_add(&self->function_ids, self->functions[f], f))
            self->functions[f] = hash_mix(self->functions[f], 1);
        self->numbering = hash_mix(self->numbering, self->functions[f]);
    }
}

/* ---- types and records ---- */

/* What a type is, where the records in it are known by their keys. */
static uint64_t hash_type(const struct names *self, const struct ir_module *program, const struct ir_type *type)
{
    uint64_t hash = hash_mix((uint64_t)type->kind << 8 | type->is_signed << 2 | type->is_const << 1 | type->is_reference, type->bits);

    hash = hash_mix(hash_mix(hash, name_in(self->types, type->target)), type->count);
    hash = hash_mix(hash, type->record == IR_NONE ? NO_NAME : hash_text(program->records.items[type->record].key));
    return hash_mix(hash, hash_text(type->name));
}

static ir_id record_of(const struct ir_module *program, ir_id type)
{
    while (type != IR_NONE && program->types.items[type].target != IR_NONE)
        type = program->types.items[type].target;
    return type == IR_NONE ? IR_NONE : program->types.items[type].record;
}

/* The record without what its members lead to. */
static uint64_t hash_record(const struct names *self, const struct ir_module *program, ir_id id)
{
    const struct ir_record *record = &program->records.items[id];
    uint64_t hash = hash_mix(hash_text(record->key), hash_text(record->name));

    hash = hash_mix(hash, members_follow(self->engine->members, id));
    hash = hash_mix(hash, record->size << 3 | (uint64_t)record->is_union << 2 | (uint64_t)self->engine->system_records[id] << 1 |
                              self->engine->sight.is_foreign_record[id]);
    for (uint32_t f = 0; f < record->fields.count; f++) {
        const struct ir_field *field = &record->fields.items[f];

        hash = hash_mix(hash_mix(hash, hash_text(field->name)), name_in(self->types, field->type));
        hash = hash_mix(hash_mix(hash, field->offset), field->bit_width);
    }
    return hash;
}

struct walk {
    ir_id record;
    uint32_t field; /* next to be looked at */
};

/* The search for components. */
struct tarjan {
    const struct ir_module *program;
    const uint64_t *own;       /* record -> hash_record */
    uint64_t *components;      /* record -> its component's name, once `is_done` */
    uint32_t *index, *low;     /* 0: not met yet */
    bool *is_done;
    uint32_t met;
    VEC(struct walk) path;     /* the way to the record at hand */
    VEC(ir_id) open;           /* met, and in no component yet */
};

static void meet(struct tarjan *self, ir_id record)
{
    struct walk walk = {record, 0};

    self->index[record] = self->low[record] = ++self->met;
    VEC_PUSH(&self->path, walk);
    VEC_PUSH(&self->open, record);
}

/* What the record's component leads to: in whatever order, each as often as it is named. */
static uint64_t hash_exits(const struct tarjan *self, ir_id record)
{
    const struct ir_record *r = &self->program->records.items[record];
    uint64_t sum = 0;

    for (uint32_t f = 0; f < r->fields.count; f++) {
        ir_id next = record_of(self->program, r->fields.items[f].type);

        if (next != IR_NONE && self->is_done[next])
            sum += hash_mix(self->own[next], self->components[next]);
    }
    return sum;
}

static void close_component(struct tarjan *self, ir_id root)
{
    uint32_t first = self->open.count;
    uint64_t sum = 0;

    do {
        first--;
        sum += hash_mix(self->own[self->open.items[first]], hash_exits(self, self->open.items[first]));
    } while (self->open.items[first] != root);
    for (uint32_t i = first; i < self->open.count; i++) {
        self->components[self->open.items[i]] = sum;
        self->is_done[self->open.items[i]] = true;
    }
    self->open.count = first;
}

static void walk_on(struct tarjan *self)
{
    struct walk *walk = &self->path.items[self->path.count - 1];
    const struct ir_record *r = &self->program->records.items[walk->record];
    ir_id record = walk->record;

    while (walk->field < r->fields.count) {
        ir_id next = record_of(self->program, r->fields.items[walk->field++].type);

        if (next == IR_NONE || self->is_done[next])
            continue;
        if (!self->index[next]) {
            meet(self, next);
            return;
        }
        if (self->index[next] < self->low[record])
            self->low[record] = self->index[next];
    }
    self->path.count--;
    if (self->low[record] == self->index[record])
        close_component(self, record);
    if (self->path.count > 0) {
        ir_id before = self->path.items[self->path.count - 1].record;

        if (self->low[record] < self->low[before])
            self->low[before] = self->low[record];
    }
}

static void name_records(struct names *self, const struct ir_module *program, struct arena *arena)
{
    size_t count = (size_t)program->records.count + 1;
    uint64_t *own = ARENA_NEW_ARRAY(arena, uint64_t, count);
    struct tarjan tarjan = {.program = program,
                            .own = own,
                            .components = ARENA_NEW_ARRAY(arena, uint64_t, count),
                            .index = ARENA_NEW_ARRAY(arena, uint32_t, count),
                            .low = ARENA_NEW_ARRAY(arena, uint32_t, count),
                            .is_done = ARENA_NEW_ARRAY(arena, bool, count)};

    for (ir_id r = 0; r < program->records.count; r++)
        own[r] = hash_record(self, program, r);
    for (ir_id r = 0; r < program->records.count; r++) {
        if (!tarjan.is_done[r])
            meet(&tarjan, r);
        while (tarjan.path.count > 0)
            walk_on(&tarjan);
        self->records[r] = hash_mix(own[r], tarjan.components[r]);
    }
    VEC_RELEASE(&tarjan.path);
    VEC_RELEASE(&tarjan.open);
}

/* First without what the records in them are, which is made of these; then with it. */
static void name_types(struct names *self, const struct ir_module *program, struct arena *arena)
{
    for (ir_id t = 0; t < program->types.count; t++)
        self->types[t] = hash_type(self, program, &program->types.items[t]);
    name_records(self, program, arena);
    for (ir_id t = 0; t < program->types.count; t++) {
        self->types[t] = hash_mix(self->types[t], name_in(self->records, record_of(program, t)));
        word_map_add(&self->type_ids, self->types[t], t);
    }
    for (ir_id r = 0; r < program->records.count; r++)
        word_map_add(&self->record_ids, self->records[r], r);
}

/* ---- what was stored in members ---- */

static uint64_t hash_origin(const struct names *self, uint64_t origin)
{
    ir_id id = (ir_id)(origin / 2);

    return hash_mix(origin % 2, origin % 2 ? self->functions[id] : self->globals[id]);
}

/* The functions that were stored in the member, in the order in which a call tries them. */
static uint64_t hash_stores(const struct names *self, ir_id record, ir_id field)
{
    const struct callgraph_store *stores;
    uint32_t count = callgraph_field_stores(self->engine->calls, record, field, &stores);
    uint64_t hash = count;

    for (uint32_t i = 0; i < count; i++)
        hash = hash_mix(hash_mix(hash, self->functions[stores[i].function]), hash_origin(self, stores[i].origin));
    return hash;
}

uint64_t names_stores(const struct names *self, ir_id record)
{
    uint32_t fields = self->engine->program->records.items[record].fields.count;
    uint64_t hash = fields;

    for (uint32_t f = 0; f < fields; f++)
        hash = hash_mix(hash, hash_stores(self, record, f));
    return hash;
}

/* ---- globals and heads ---- */

static void name_globals(struct names *self, const struct ir_module *program, const uint64_t *units)
{
    for (ir_id g = 0; g < program->globals.count; g++) {
        const struct ir_global *global = &program->globals.items[g];
        uint64_t hash = hash_mix(hash_mix(name_in(units, global->unit), hash_text(global->key)), hash_text(global->name));

        self->globals[g] = hash_mix(hash_mix(hash, name_in(self->types, global->type)), global->is_external);
        word_map_add(&self->global_ids, self->globals[g], g);
    }
}

/* What a call of it sees: name, parameters, whose it is. */
static uint64_t hash_entry(const struct names *self, const struct ir_module *program, ir_id f)
{
    const struct ir_function *function = &program->functions.items[f];
    uint64_t flags = (uint64_t)function->is_external << 7 | function->is_defined << 6 | function->is_variadic << 5 |
                     function->is_noreturn << 4 | function->is_virtual << 3 | function->is_system << 2 | function->is_initializer << 1 |
                     sight_is_foreign_function(&self->engine->sight, program, f);
    uint64_t hash = hash_mix(hash_mix(self->functions[f], hash_text(function->name)), flags);

    hash = hash_mix(hash_mix(hash, name_in(self->types, function->type)), name_in(self->records, function->record));
    hash = hash_mix(hash, function->param_count);
    for (uint32_t p = 0; p < function->param_count && p < function->locals.count; p++)
        hash = hash_mix(hash_mix(hash, name_in(self->types, function->locals.items[p].type)), hash_text(function->locals.items[p].name));
    return hash;
}

static void name_heads(struct names *self, const struct ir_module *program)
{
    for (ir_id f = 0; f < program->functions.count; f++) {
        ir_id definition = program->functions.items[f].definition;
        uint64_t hash = hash_entry(self, program, f);

        if (definition != IR_NONE && definition != f)
            hash = hash_mix(hash, hash_entry(self, program, definition));
        self->heads[f] = hash_mix(hash, name_in(self->functions, definition));
    }
}

/* ---- bodies ---- */

struct body {
    struct names *names;
    const struct ir_module *program;
    uint64_t hash;
    struct word_map locs, places; /* location -> its number in the function; place -> that of the first location there */
    uint32_t count;
    bool is_dispatching;
};

static void mix(struct body *self, uint64_t value)
{
    self->hash = hash_mix(self->hash, value);
}

static uint64_t place_key(const struct ir_range *at)
{
    return hash_mix(hash_mix(at->file, at->line), at->column);
}

static void mix_loc(struct body *self, ir_id loc)
{
    uint32_t number, first;

    if (loc == IR_NONE) {
        mix(self, NO_NAME);
        return;
    }
    if (!word_map_get(&self->locs, loc, &number)) {
        const struct ir_loc *l = &self->program->locs.items[loc];

        number = self->count++;
        word_map_add(&self->locs, loc, number);
        word_map_add(&self->places, place_key(&l->at), number);
        word_map_get(&self->places, place_key(&l->at), &first);
        mix(self, hash_mix(first, hash_text(l->macro)));
        VEC_PUSH(&self->names->locs, loc);
    }
    mix(self, number);
}

static void mix_type(struct body *self, ir_id type)
{
    mix(self, name_in(self->names->types, type));
}

static void mix_operand(struct body *self, const struct ir_operand *operand);

static void mix_place(struct body *self, const struct ir_place *place)
{
    if (!place) {
        mix(self, NO_NAME);
        return;
    }
    mix(self, place->base == IR_BASE_GLOBAL ? self->names->globals[place->id] : (uint64_t)place->id);
    mix(self, (uint64_t)place->base << 32 | place->proj_count);
    mix_type(self, place->type);
    for (uint32_t p = 0; p < place->proj_count; p++) {
        const struct ir_proj *proj = &place->projs[p];

        mix(self, proj->kind);
        mix_type(self, proj->type);
        if (proj->kind == IR_PROJ_FIELD)
            mix(self, hash_mix(self->names->records[proj->record], proj->field));
        if (proj->kind == IR_PROJ_INDEX)
            mix_operand(self, proj->index);
    }
}

static void mix_operand(struct body *self, const struct ir_operand *operand)
{
    mix(self, operand->kind);
    mix_type(self, operand->type);
    switch (operand->kind) {
    case IR_OPERAND_INT: mix(self, (uint64_t)operand->value); break;
    case IR_OPERAND_STRING: mix(self, hash_text(operand->text)); break;
    case IR_OPERAND_LOAD:
    case IR_OPERAND_ADDR: mix_place(self, operand->place); break;
    case IR_OPERAND_FUNC: mix(self, self->names->heads[operand->function]); break;
    case IR_OPERAND_FLOAT:
    case IR_OPERAND_UNDEF: break;
    }
}

/* Which overrides there are, and of what classes. */
static void mix_dispatch(struct body *self, const struct ir_instr *instr)
{
    const ir_id *targets = NULL;
    uint32_t count = callgraph_method_targets(self->names->engine->calls, instr->callee.function, &targets);

    mix(self, count);
    for (uint32_t t = 0; t < count; t++)
        mix(self, self->names->heads[targets[t]]);
}

static void mix_instr(struct body *self, const struct ir_instr *instr)
{
    mix(self, (uint64_t)instr->kind << 1 | instr->is_dispatched);
    mix_loc(self, instr->loc);
    mix_place(self, instr->dst);
    if (instr->kind == IR_ASSIGN) {
        mix(self, instr->value.op);
        mix_type(self, instr->value.type);
        mix_operand(self, &instr->value.a);
        if (ir_expr_arity(instr->value.op) > 1)
            mix_operand(self, &instr->value.b);
    }
    if (instr->kind == IR_CALL)
        mix_operand(self, &instr->callee);
    self->is_dispatching |= instr->is_dispatched;
    if (instr->is_dispatched)
        mix_dispatch(self, instr);
    mix(self, instr->arg_count);
    for (uint32_t a = 0; a < instr->arg_count; a++)
        mix_operand(self, &instr->args[a]);
    mix(self, hash_text(instr->what));
    mix(self, instr->local_count);
    for (uint32_t l = 0; l < instr->local_count; l++)
        mix(self, instr->locals[l]);
}

static void mix_term(struct body *self, const struct ir_term *term)
{
    mix(self, hash_mix(term->kind, term->target_count));
    mix_loc(self, term->loc);
    if (ir_term_has_value(term->kind))
        mix_operand(self, &term->value);
    for (uint32_t t = 0; t < term->target_count; t++)
        mix(self, term->targets[t]);
    for (uint32_t c = 0; term->kind == IR_SWITCH && c + 1 < term->target_count; c++)
        mix(self, hash_mix((uint64_t)term->case_low[c], (uint64_t)term->case_high[c]));
    mix(self, hash_text(term->text));
}

static uint64_t hash_body(struct body *self, ir_id f)
{
    const struct ir_function *function = &self->program->functions.items[f];

    self->hash = self->names->heads[f];
    self->count = 0;
    self->is_dispatching = false;
    word_map_clear(&self->locs);
    word_map_clear(&self->places);
    mix_loc(self, function->loc);
    mix(self, function->locals.count);
    for (uint32_t l = 0; l < function->locals.count; l++) {
        mix(self, hash_mix(function->locals.items[l].kind, hash_text(function->locals.items[l].name)));
        mix_type(self, function->locals.items[l].type);
    }
    mix(self, function->blocks.count);
    for (uint32_t b = 0; b < function->blocks.count; b++) {
        const struct ir_block *block = &function->blocks.items[b];

        mix(self, hash_mix(block->instrs.count, hash_mix(block->handler, block->is_loop_head)));
        for (uint32_t i = 0; i < block->instrs.count; i++)
            mix_instr(self, &block->instrs.items[i]);
        mix_term(self, &block->term);
    }
    self->names->dispatches[f] = self->is_dispatching;
    return self->hash;
}

static void name_bodies(struct names *self, const struct ir_module *program)
{
    struct body body = {.names = self, .program = program};

    for (ir_id f = 0; f < program->functions.count; f++) {
        self->first_loc[f] = self->locs.count;
        if (program->functions.items[f].is_defined)
            self->bodies[f] = hash_body(&body, f);
    }
    self->first_loc[program->functions.count] = self->locs.count;
    word_map_release(&body.locs);
    word_map_release(&body.places);
}

/* ---- all of them ---- */

void names_init(struct names *self, struct engine *engine)
{
    const struct ir_module *program = engine->program;
    struct arena *arena = engine->arena, scratch;
    size_t functions = (size_t)program->functions.count + 1;
    uint64_t *units;

    arena_init(&scratch);
    *self = (struct names){.engine = engine,
                           .types = ARENA_NEW_ARRAY(arena, uint64_t, (size_t)program->types.count + 1),
                           .records = ARENA_NEW_ARRAY(arena, uint64_t, (size_t)program->records.count + 1),
                           .globals = ARENA_NEW_ARRAY(arena, uint64_t, (size_t)program->globals.count + 1),
                           .functions = ARENA_NEW_ARRAY(arena, uint64_t, functions),
                           .heads = ARENA_NEW_ARRAY(arena, uint64_t, functions),
                           .dispatches = ARENA_NEW_ARRAY(arena, bool, functions),
                           .bodies = ARENA_NEW_ARRAY(arena, uint64_t, functions),
                           .first_loc = ARENA_NEW_ARRAY(arena, uint32_t, functions)};
    units = name_units(program, &scratch);
    name_functions(self, program, units);
    name_types(self, program, &scratch);
    name_globals(self, program, units);
    name_heads(self, program);
    name_bodies(self, program);
    arena_release(&scratch);
}

void names_release(struct names *self)
{
    VEC_RELEASE(&self->locs);
    word_map_release(&self->type_ids);
    word_map_release(&self->record_ids);
    word_map_release(&self->global_ids);
    word_map_release(&self->function_ids);
}
