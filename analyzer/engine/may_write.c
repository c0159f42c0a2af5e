/*
 * may_write.c - see may_write.h. One walk over a function's instructions; a component that calls itself is walked until nothing is added.
 *
 * A member is written where it is assigned, and, since a pointer to it may be, where its address is taken. What is written through a pointer that does
 * not say what it points to is the record that the pointer was cast from, or is left to the callers when it came as a parameter.
 */
#include "engine/may_write.h"

#include "base/vec.h"

#define MEMBERS_MAX 256 /* of a function; with more it may write everything */
#define SOURCES_DEPTH_MAX 6
#define PARAMS_MAX 64 /* bits of `through` */

/* Where a local variable's value may come from. */
struct source {
    const struct ir_operand *operand;
    uint32_t next; /* index of another one; 0: there is none */
};

struct finder {
    const struct engine *engine;
    const struct ir_module *program;
    ir_id id;
    const struct ir_function *function;
    struct arena *scratch;
    VEC(struct source) sources; /* in scratch; the first is none */
    uint32_t *first_source;     /* local -> index; 0: none */
    uint8_t *reach;             /* local -> how many more sources were followed from it, plus one; 0: it was not come to */
    struct may_write *out;
    bool has_changed;
};

/* ---- the set ---- */

/* FIELD IR_NONE: the whole record. */
static uint64_t key_of(ir_id record, ir_id field)
{
    return (uint64_t)record << 32 | field;
}

/* The place of KEY among the members, or where it belongs. */
static uint32_t find_key(const struct may_write *self, uint64_t key)
{
    uint32_t low = 0, high = self->members.count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (self->members.items[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool has_key(const struct may_write *self, uint64_t key)
{
    uint32_t i = find_key(self, key);

    return i < self->members.count && self->members.items[i] == key;
}

bool may_write_has(const struct may_write *self, ir_id record, ir_id field)
{
    return has_key(self, key_of(record, field));
}

bool may_write_is_all(const struct may_write *self, uint32_t param)
{
    return self->is_all || param >= PARAMS_MAX || (self->through >> param & 1);
}

static void add_key(struct finder *self, uint64_t key)
{
    struct may_write *out = self->out;
    uint32_t i = find_key(out, key);

    if (out->is_all || has_key(out, key))
        return;
    self->has_changed = true;
    if (out->members.count == MEMBERS_MAX) {
        out->is_all = true;
        return;
    }
    VEC_PUSH_IN(self->engine->arena, &out->members, key);
    for (uint32_t k = out->members.count - 1; k > i; k--)
        out->members.items[k] = out->members.items[k - 1];
    out->members.items[i] = key;
}

/* Members of a union share their memory. */
static void add_member(struct finder *self, const struct ir_proj *member)
{
    add_key(self, key_of(member->record, self->program->records.items[member->record].is_union ? IR_NONE : member->field));
}

static void add_callee(struct finder *self, ir_id callee)
{
    const struct may_write *other = self->engine->may_write[callee];

    if (!other || other == self->out)
        return;
    if (other->is_all && !self->out->is_all)
        self->has_changed = self->out->is_all = true;
    for (uint32_t i = 0; i < other->members.count; i++)
        add_key(self, other->members.items[i]);
}

/* ---- places and pointers ---- */

/* The index of the last projection of KIND, before the LIMIT-th; LIMIT when there is none. */
static uint32_t last_projection(const struct ir_place *place, enum ir_proj_kind kind, uint32_t limit)
{
    for (uint32_t p = limit; p > 0; p--)
        if (place->projs[p - 1].kind == kind)
            return p - 1;
    return limit;
}

/* The member that PLACE is, or is an element of; NULL when it is something in a variable of the function, or nothing of a record. */
static const struct ir_proj *find_member(const struct ir_place *place)
{
    uint32_t count = place->proj_count, field = last_projection(place, IR_PROJ_FIELD, count), deref = last_projection(place, IR_PROJ_DEREF, count);

    if (field == count || (deref != count && deref > field) || (deref == count && place->base == IR_BASE_LOCAL))
        return NULL;
    return &place->projs[field];
}

static ir_id record_of(const struct finder *self, ir_id type)
{
    return type == IR_NONE ? IR_NONE : self->program->types.items[type].record;
}

static ir_id pointee_record(const struct finder *self, ir_id type)
{
    return type == IR_NONE || self->program->types.items[type].kind != IR_TYPE_POINTER ? IR_NONE
                                                                                     : record_of(self, self->program->types.items[type].target);
}

static void add_pointee(struct finder *self, const struct ir_operand *pointer, uint32_t depth);

/* PLACE holds a pointer through which something is written. */
static void add_pointee_of_place(struct finder *self, const struct ir_place *place, uint32_t depth)
{
    ir_id record = pointee_record(self, place->type);

    if (record != IR_NONE) {
        add_key(self, key_of(record, IR_NONE));
        return;
    }
    if (place->base != IR_BASE_LOCAL || place->proj_count > 0 || self->reach[place->id] > SOURCES_DEPTH_MAX - depth)
        return;
    self->reach[place->id] = (uint8_t)(SOURCES_DEPTH_MAX - depth + 1);
    if (place->id < self->function->param_count && place->id < PARAMS_MAX) {
        self->has_changed |= !(self->out->through >> place->id & 1);
        self->out->through |= UINT64_C(1) << place->id;
    }
    for (uint32_t s = self->first_source[place->id]; s && depth < SOURCES_DEPTH_MAX; s = self->sources.items[s].next)
        add_pointee(self, self->sources.items[s].operand, depth + 1);
}

/* PLACE without what comes from its last dereference on: the pointer that leads there. False: it is not reached through one. */
static bool find_pointer(const struct finder *self, const struct ir_place *place, struct ir_place *pointer)
{
    uint32_t deref = last_projection(place, IR_PROJ_DEREF, place->proj_count);

    if (deref == place->proj_count)
        return false;
    *pointer = *place;
    pointer->proj_count = deref;
    if (deref > 0)
        pointer->type = place->projs[deref - 1].type;
    else
        pointer->type = place->base == IR_BASE_LOCAL ? self->function->locals.items[place->id].type : self->program->globals.items[place->id].type;
    return true;
}

/* Something is written through POINTER that its type does not tell. Members whose address is taken are noted anyway. */
static void add_pointee(struct finder *self, const struct ir_operand *pointer, uint32_t depth)
{
    struct ir_place place;

    if (pointer->kind == IR_OPERAND_LOAD)
        add_pointee_of_place(self, pointer->place, depth);
    else if (pointer->kind == IR_OPERAND_ADDR && !find_member(pointer->place) && find_pointer(self, pointer->place, &place))
        add_pointee_of_place(self, &place, depth);
}

/* ---- instructions ---- */

static void add_place(struct finder *self, const struct ir_place *place)
{
    const struct ir_proj *member = place ? find_member(place) : NULL;
    struct ir_place pointer;

    if (!place)
        return;
    if (member)
        add_member(self, member);
    else if (find_pointer(self, place, &pointer) && self->program->types.items[place->type].kind == IR_TYPE_RECORD)
        add_key(self, key_of(record_of(self, place->type), IR_NONE));
    else if (find_pointer(self, place, &pointer))
        add_pointee_of_place(self, &pointer, 0);
}

static void add_address(struct finder *self, const struct ir_operand *operand)
{
    const struct ir_proj *member = operand->kind == IR_OPERAND_ADDR ? find_member(operand->place) : NULL;

    if (member)
        add_member(self, member);
}

static bool effect_writes(enum ruleset_effect_kind kind)
{
    return kind == RULESET_EFFECT_NEW || kind == RULESET_EFFECT_BORROW || kind == RULESET_EFFECT_LINK || kind == RULESET_EFFECT_WRITE ||
           kind == RULESET_EFFECT_NULL || kind == RULESET_EFFECT_INVALID || kind == RULESET_EFFECT_ZERO || kind == RULESET_EFFECT_COPY ||
           kind == RULESET_EFFECT_ASSIGN || kind == RULESET_EFFECT_MAP;
}

static bool routine_writes(const struct ruleset_routine *routine, uint32_t arg)
{
    for (uint32_t o = 0; o < routine->outcomes.count; o++)
        for (uint32_t e = 0; e < routine->outcomes.items[o].effects.count; e++) {
            const struct ruleset_effect *effect = &routine->outcomes.items[o].effects.items[e];

            if (effect_writes(effect->kind) && effect->path.root == RULESET_ARG && effect->path.arg == arg)
                return true;
        }
    return false;
}

/* May the call INSTR write what argument ARG points to, by itself and not through members that were noted? */
static bool writes_argument(const struct finder *self, const struct ir_instr *instr, uint32_t arg)
{
    const struct ruleset_routine *routine = callgraph_routine(self->program, self->engine->rules, instr);
    const struct ir_function *callee;
    const struct may_write *known;
    ir_id record;

    if (routine)
        return routine_writes(routine, arg);
    if (instr->callee.kind != IR_OPERAND_FUNC || instr->is_dispatched)
        return true;
    callee = &self->program->functions.items[instr->callee.function];
    if (callee->definition != IR_NONE) {
        known = self->engine->may_write[callee->definition];
        return arg < PARAMS_MAX ? known && (known->through >> arg & 1) : true;
    }
    record = pointee_record(self, instr->args[arg].type);
    return !callee->is_system || (record != IR_NONE && engine_record_is_system(self->engine, record));
}

static void add_instr(struct finder *self, const struct ir_instr *instr)
{
    add_place(self, instr->dst);
    if (instr->kind == IR_ASSIGN) {
        add_address(self, &instr->value.a);
        add_address(self, &instr->value.b);
    }
    for (uint32_t a = 0; a < instr->arg_count; a++) {
        add_address(self, &instr->args[a]);
        if (instr->kind == IR_UNKNOWN || (instr->kind == IR_CALL && writes_argument(self, instr, a)))
            add_pointee(self, &instr->args[a], 0);
    }
}

static void note_source(struct finder *self, ir_id local, const struct ir_operand *operand)
{
    struct source source = {operand, self->first_source[local]};

    if (operand->kind != IR_OPERAND_LOAD && operand->kind != IR_OPERAND_ADDR)
        return;
    self->first_source[local] = self->sources.count;
    VEC_PUSH_IN(self->scratch, &self->sources, source);
}

static void note_sources(struct finder *self, const struct ir_instr *instr)
{
    enum ir_expr_op op = instr->value.op;

    if (instr->kind != IR_ASSIGN || instr->dst->base != IR_BASE_LOCAL || instr->dst->proj_count > 0)
        return;
    if (op == IR_EXPR_USE || op == IR_EXPR_CAST || op == IR_EXPR_ADD || op == IR_EXPR_SUB)
        note_source(self, instr->dst->id, &instr->value.a);
}

/* ---- functions ---- */

/* True: something was added to what FUNCTION may write. */
static bool find_function(struct engine *engine, ir_id function, struct arena *scratch)
{
    struct finder self = {.engine = engine, .program = engine->program, .id = function, .function = &engine->program->functions.items[function],
                          .scratch = scratch, .out = engine->may_write[function]};
    const struct callgraph *calls = engine->calls;

    self.first_source = ARENA_NEW_ARRAY(scratch, uint32_t, (size_t)self.function->locals.count + 1);
    self.reach = ARENA_NEW_ARRAY(scratch, uint8_t, (size_t)self.function->locals.count + 1);
    VEC_PUSH_IN(scratch, &self.sources, (struct source){0});
    for (uint32_t b = 0; b < self.function->blocks.count; b++)
        for (uint32_t i = 0; i < self.function->blocks.items[b].instrs.count; i++)
            note_sources(&self, &self.function->blocks.items[b].instrs.items[i]);
    for (uint32_t b = 0; b < self.function->blocks.count; b++)
        for (uint32_t i = 0; i < self.function->blocks.items[b].instrs.count; i++)
            add_instr(&self, &self.function->blocks.items[b].instrs.items[i]);
    for (uint32_t e = calls->first_edge[function]; e < calls->first_edge[function + 1]; e++)
        if (calls->edges.items[e].callee != IR_NONE)
            add_callee(&self, calls->edges.items[e].callee);
    return self.has_changed;
}

void may_write_find(struct engine *engine, uint32_t component, bool is_recursive)
{
    const struct callgraph *calls = engine->calls;
    uint32_t first = calls->first_of_component[component], last = calls->first_of_component[component + 1];
    bool has_changed;

    for (uint32_t i = first; i < last; i++)
        engine->may_write[calls->order[i]] = ARENA_NEW(engine->arena, struct may_write);
    do {
        has_changed = false;
        for (uint32_t i = first; i < last; i++)
            has_changed |= find_function(engine, calls->order[i], &engine->scratch);
        arena_clear(&engine->scratch);
    } while (has_changed && is_recursive);
}
