/*
 * handles.c - see handles.h. One walk over the program's instructions.
 *
 * A place is a global variable with the members that lead into it; indices are left out. It is looked at as if all functions ran in any order: one store of
 * something else is enough, and so is the address of the variable, since whoever has it may store there. What is made may go through variables of the
 * function, if each hands it on to one place only.
 */
#include "engine/handles.h"

#include "base/hash.h"
#include "base/wordmap.h"
#include "engine/code.h"
#include "engine/reuse.h"

#define COPIES_DEPTH_MAX 4

struct place {
    ir_id global;
    uint64_t member; /* hash of the members that lead there */
    bool is_made;  /* a new thing is stored there */
    bool is_other; /* and so is something else */
};

struct handles {
    struct engine *engine;
    VEC(struct place) places; /* in the run's arena */
    struct word_map by_name;  /* on the heap */
    ir_id *same;              /* global -> the first one that is the same variable in another unit */
    bool *is_known;           /* global -> its address goes somewhere, or all of it is overwritten, or that may be so */
};

enum source { SOURCE_ZERO, SOURCE_NEW, SOURCE_COPY, SOURCE_OTHER };

/* A store of what local FROM holds. */
struct copy {
    ir_id from, local; /* local: IR_NONE: to a place */
    uint32_t place;
};

struct finder {
    struct handles *out;
    const struct engine *engine;
    const struct ir_module *program;
    struct arena *scratch; /* of the function */
    bool *is_other;    /* local -> it holds something else, or its address goes somewhere */
    uint32_t *handed;  /* local -> how many places and locals it is stored in */
    VEC(struct copy) copies; /* of the function; on the heap */
    const struct ir_place *zeroed; /* what the instruction before made 0; NULL: it did not */
};

/* ---- places ---- */

static uint64_t hash_member(const struct ir_module *program, uint64_t hash, ir_id record, ir_id field)
{
    return hash_mix(hash_mix(hash, hash_string(program->records.items[record].key)), field);
}

static uint64_t place_name(ir_id global, uint64_t member)
{
    return hash_mix(member, global);
}

/* PLACE is in a global variable, and not behind a pointer in it. */
static bool is_in_global(const struct ir_place *place)
{
    for (uint32_t p = 0; p < place->proj_count; p++)
        if (place->projs[p].kind == IR_PROJ_DEREF)
            return false;
    return place->base == IR_BASE_GLOBAL;
}

/* Members of a union share their memory. */
static bool is_in_union(const struct finder *self, const struct ir_place *place)
{
    bool is_found = false;

    for (uint32_t p = 0; p < place->proj_count; p++)
        is_found |= place->projs[p].kind == IR_PROJ_FIELD && self->program->records.items[place->projs[p].record].is_union;
    return is_found;
}

static uint32_t find_place(struct finder *self, const struct ir_place *place)
{
    struct handles *out = self->out;
    struct place made = {.global = out->same[place->id]};
    uint32_t index = out->places.count;

    for (uint32_t p = 0; p < place->proj_count; p++)
        if (place->projs[p].kind == IR_PROJ_FIELD)
            made.member = hash_member(self->program, made.member, place->projs[p].record, place->projs[p].field);
    if (word_map_add(&out->by_name, place_name(made.global, made.member), index))
        VEC_PUSH_IN(self->engine->arena, &out->places, made);
    else
        word_map_get(&out->by_name, place_name(made.global, made.member), &index);
    return index;
}

/* ---- one function ---- */

static enum source source_of_value(const struct finder *self, const struct ir_expr *value, ir_id *local)
{
    const struct ir_place *place = value->a.kind == IR_OPERAND_LOAD ? value->a.place : NULL;

    if (value->op == IR_EXPR_ZERO)
        return SOURCE_ZERO;
    if (value->op != IR_EXPR_USE && value->op != IR_EXPR_CAST)
        return SOURCE_OTHER;
    if (value->a.kind == IR_OPERAND_INT)
        return value->a.value == 0 ? SOURCE_ZERO : SOURCE_OTHER;
    if (place && self->zeroed && code_is_same_place(place, self->zeroed)) /* first = second = NULL */
        return SOURCE_ZERO;
    if (!place || !code_is_local(place))
        return SOURCE_OTHER;
    *local = place->id;
    return SOURCE_COPY;
}

static void store_local(struct finder *self, ir_id local, enum source source, ir_id from)
{
    struct copy copy = {from, local, 0};

    self->is_other[local] |= source == SOURCE_OTHER;
    if (source != SOURCE_COPY)
        return;
    self->handed[from]++;
    VEC_PUSH(&self->copies, copy);
}

static void store_place(struct finder *self, const struct ir_place *dst, enum source source, ir_id from)
{
    struct copy copy = {from, IR_NONE, find_place(self, dst)};
    struct place *place = &self->out->places.items[copy.place];

    place->is_made |= source == SOURCE_NEW;
    place->is_other |= source == SOURCE_OTHER;
    if (source != SOURCE_COPY)
        return;
    self->handed[from]++;
    VEC_PUSH(&self->copies, copy);
}

static void note_store(struct finder *self, const struct ir_place *dst, enum source source, ir_id from)
{
    enum ir_type_kind kind = self->program->types.items[dst->type].kind;

    if (code_is_local(dst))
        store_local(self, dst->id, source, from);
    else if (is_in_global(dst) && (kind == IR_TYPE_RECORD || kind == IR_TYPE_ARRAY || is_in_union(self, dst)))
        self->out->is_known[self->out->same[dst->id]] |= source != SOURCE_ZERO;
    else if (is_in_global(dst))
        store_place(self, dst, source, from);
}

static void note_address(struct finder *self, const struct ir_operand *operand)
{
    if (operand->kind != IR_OPERAND_ADDR)
        return;
    if (is_in_global(operand->place))
        self->out->is_known[self->out->same[operand->place->id]] = true;
    if (code_is_local(operand->place))
        self->is_other[operand->place->id] = true;
}

static void note_argument(struct finder *self, const struct ir_instr *instr, uint32_t arg)
{
    const struct ir_operand *operand = &instr->args[arg];
    bool is_call = instr->kind == IR_CALL && operand->kind == IR_OPERAND_ADDR && is_in_global(operand->place);
    const struct ruleset_routine *routine = is_call ? callgraph_routine(self->program, self->engine->rules, instr) : NULL;

    if (!routine || code_change_of_argument(routine, instr, arg) != CODE_ZERO)
        note_address(self, operand);
}

static void note_result(struct finder *self, const struct ir_instr *instr)
{
    bool is_pointer = instr->dst && self->program->types.items[instr->dst->type].kind == IR_TYPE_POINTER;
    bool is_new = is_pointer && (code_is_local(instr->dst) || is_in_global(instr->dst)) &&
                  code_returns_new(callgraph_routine(self->program, self->engine->rules, instr));

    if (instr->dst)
        note_store(self, instr->dst, is_new ? SOURCE_NEW : SOURCE_OTHER, IR_NONE);
}

static void note_instr(struct finder *self, const struct ir_instr *instr)
{
    enum source source = SOURCE_OTHER;
    ir_id from = IR_NONE;

    if (instr->kind == IR_ASSIGN) {
        source = source_of_value(self, &instr->value, &from);
        note_address(self, &instr->value.a);
        note_address(self, &instr->value.b);
        note_store(self, instr->dst, source, from);
    } else if (instr->kind == IR_CALL) {
        note_result(self, instr);
    }
    for (uint32_t a = 0; a < instr->arg_count; a++)
        note_argument(self, instr, a);
    self->zeroed = source == SOURCE_ZERO ? instr->dst : NULL;
}

/* Does LOCAL hold nothing but 0 and new things, each for one place? */
static bool is_new_only(const struct finder *self, ir_id local, uint32_t depth)
{
    if (self->is_other[local] || self->handed[local] != 1 || depth == COPIES_DEPTH_MAX)
        return false;
    for (uint32_t c = 0; c < self->copies.count; c++)
        if (self->copies.items[c].local == local && !is_new_only(self, self->copies.items[c].from, depth + 1))
            return false;
    return true;
}

/* What was stored by way of locals. */
static void settle_copies(struct finder *self)
{
    for (uint32_t c = 0; c < self->copies.count; c++) {
        const struct copy *copy = &self->copies.items[c];
        struct place *place = copy->local == IR_NONE ? &self->out->places.items[copy->place] : NULL;
        bool is_new = place && is_new_only(self, copy->from, 0);

        if (place) {
            place->is_made |= is_new;
            place->is_other |= !is_new;
        }
    }
}

static void find_in_function(struct finder *self, const struct ir_function *function)
{
    self->is_other = ARENA_NEW_ARRAY(self->scratch, bool, (size_t)function->locals.count + 1);
    self->handed = ARENA_NEW_ARRAY(self->scratch, uint32_t, (size_t)function->locals.count + 1);
    self->copies.count = 0;
    for (ir_id l = 0; l < function->param_count; l++)
        self->is_other[l] = true;
    for (uint32_t b = 0; b < function->blocks.count; b++) {
        self->zeroed = NULL;
        for (uint32_t i = 0; i < function->blocks.items[b].instrs.count; i++)
            note_instr(self, &function->blocks.items[b].instrs.items[i]);
    }
    settle_copies(self);
}

/* ---- the program ---- */

/* Each unit has an entry of its own for a variable of another one. */
static void find_same(struct handles *self, const struct ir_module *program)
{
    struct word_map seen = {0};

    for (ir_id g = 0; g < program->globals.count; g++) {
        self->same[g] = g;
        self->is_known[g] = program->units.items[program->globals.items[g].unit].error_count > 0; /* some code is missing */
        if (program->globals.items[g].is_external && !word_map_add(&seen, hash_string(program->globals.items[g].key), g))
            word_map_get(&seen, hash_string(program->globals.items[g].key), &self->same[g]);
    }
    word_map_release(&seen);
}

struct handles *handles_find(struct engine *engine)
{
    const struct ir_module *program = engine->program;
    struct handles *self = ARENA_NEW(engine->arena, struct handles);
    struct arena scratch;
    struct finder finder = {.out = self, .engine = engine, .program = program, .scratch = &scratch};

    self->engine = engine;
    self->same = ARENA_NEW_ARRAY(engine->arena, ir_id, (size_t)program->globals.count + 1);
    self->is_known = ARENA_NEW_ARRAY(engine->arena, bool, (size_t)program->globals.count + 1);
    find_same(self, program);
    arena_init(&scratch);
    for (ir_id f = 0; f < program->functions.count; f++) {
        if (program->functions.items[f].is_defined)
            find_in_function(&finder, &program->functions.items[f]);
        arena_clear(&scratch);
    }
    arena_release(&scratch);
    VEC_RELEASE(&finder.copies);
    return self;
}

void handles_release(struct handles *self)
{
    if (self)
        word_map_release(&self->by_name);
}

/* ---- questions ---- */

static bool is_for_new(const struct handles *self, const struct place *place)
{
    return place->is_made && !place->is_other && !self->is_known[place->global];
}

/* The hash of the members that lead to REGION, which is in a global variable. */
static uint64_t region_member(const struct values *values, region_id region)
{
    const struct region *r = region_get(values, region);
    uint64_t member = r->parent ? region_member(values, r->parent) : 0;

    return r->kind == REGION_FIELD ? hash_member(values->module, member, r->id, r->field) : member;
}

uint64_t handles_holder(const struct handles *self, const struct values *values, value_id value)
{
    const struct value *v = value_get(values, value);
    const struct region *root = self && v->kind == VALUE_ENTRY ? region_get(values, region_root(values, v->region)) : NULL;
    const struct place *place;
    uint32_t index;

    if (!root || root->kind != REGION_GLOBAL)
        return 0;
    reuse_ask(self->engine, REUSE_HANDLES, root->id);
    if (!word_map_get(&self->by_name, place_name(self->same[root->id], region_member(values, v->region)), &index))
        return 0;
    place = &self->places.items[index];
    return is_for_new(self, place) ? hash_mix(place->member, hash_string(values->module->globals.items[place->global].key)) | 1 : 0;
}

uint64_t handles_answer(const struct handles *self, ir_id global)
{
    uint64_t sum = 0;

    for (uint32_t p = 0; p < self->places.count; p++)
        if (self->places.items[p].global == self->same[global] && is_for_new(self, &self->places.items[p]))
            sum += hash_mix(self->places.items[p].member, 1);
    return hash_mix(sum, 2);
}
