/*
 * may_write_havoc.c - memory after a call of a function that is not followed: see may_write.h.
 *
 * Numbers that it does not write stay, and so do pointers to objects. Other pointers are taken to lead elsewhere, which forgets the memory behind them:
 * it may have been written, too. Where that is more than a few members, all is forgotten.
 */
#include "engine/may_write.h"
#include "engine/protocol.h"
#include "engine/reuse.h"

#define FORGOTTEN_MAX 16
#define DEPTH_MAX 4 /* records in records */

/* The parts of a record that are to be forgotten. */
struct forgotten {
    struct analysis *an;
    const struct may_write *written;
    region_id regions[FORGOTTEN_MAX];
    uint32_t count;
    bool is_too_much;
};

static bool is_written(const struct forgotten *self, ir_id record, ir_id field)
{
    return may_write_has(self->written, record, IR_NONE) || may_write_has(self->written, record, field);
}

/* Does something of TYPE lead to no memory that may have been written? */
static bool is_plain(const struct forgotten *self, ir_id type)
{
    const struct ir_module *program = self->an->program;
    const struct ir_type *t = type == IR_NONE ? NULL : &program->types.items[type];

    if (!t)
        return false;
    if (t->kind == IR_TYPE_ARRAY)
        return is_plain(self, t->target);
    if (t->kind == IR_TYPE_POINTER)
        return (t->target != IR_NONE && program->types.items[t->target].kind == IR_TYPE_FUNCTION) || protocol_is_object_type(self->an, type);
    return t->kind == IR_TYPE_INT || t->kind == IR_TYPE_BOOL || t->kind == IR_TYPE_FLOAT;
}

static bool is_record_plain(const struct forgotten *self, ir_id record, uint32_t depth);

/* Does a part of TYPE, which is not written itself, stay as it is? */
static bool stays(const struct forgotten *self, ir_id type, uint32_t depth)
{
    const struct ir_type *t = type == IR_NONE ? NULL : &self->an->program->types.items[type];

    if (t && t->kind == IR_TYPE_ARRAY)
        return stays(self, t->target, depth);
    if (t && t->kind == IR_TYPE_RECORD)
        return depth < DEPTH_MAX && is_record_plain(self, t->record, depth + 1);
    return is_plain(self, type);
}

static bool is_record_plain(const struct forgotten *self, ir_id record, uint32_t depth)
{
    const struct ir_record *r = &self->an->program->records.items[record];

    for (ir_id f = 0; f < r->fields.count; f++)
        if (is_written(self, record, f) || !stays(self, r->fields.items[f].type, depth))
            return false;
    return r->fields.count > 0;
}

static void add_region(struct forgotten *self, region_id region)
{
    if (self->count == FORGOTTEN_MAX)
        self->is_too_much = true;
    else
        self->regions[self->count++] = region;
}

/* Adds what is to be forgotten of RECORD, which REGION is. */
static void add_parts(struct forgotten *self, region_id region, ir_id record, uint32_t depth)
{
    const struct ir_record *r = &self->an->program->records.items[record];

    for (ir_id f = 0; f < r->fields.count && !self->is_too_much; f++) {
        ir_id type = r->fields.items[f].type, inner = type == IR_NONE ? IR_NONE : self->an->program->types.items[type].record;
        bool is_split = inner != IR_NONE && self->an->program->types.items[type].kind == IR_TYPE_RECORD && depth < DEPTH_MAX &&
                        !self->an->program->records.items[inner].is_union;
        region_id part;

        if (!is_written(self, record, f) && stays(self, type, depth))
            continue;
        part = region_field(&self->an->values, region, record, f, type);
        if (is_split && !is_written(self, record, f))
            add_parts(self, part, inner, depth + 1);
        else
            add_region(self, part);
    }
}

/* The part of ROOT that REGION is in. */
static region_id part_of(const struct analysis *an, region_id region, region_id root)
{
    while (region_get(&an->values, region)->parent != root)
        region = region_get(&an->values, region)->parent;
    return region;
}

/* Forgets what the store has in ROOT that is no member of RECORD: it is seen as something else there. */
static void forget_others(struct analysis *an, struct state *state, region_id root, ir_id record)
{
    const struct pmap *old = state->store;
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init_from(&iter, old, root);
    while ((entry = pmap_iter_next(&iter))) {
        const struct region *part;

        if (entry->key == root || !region_is_within(&an->values, entry->key, root))
            continue;
        part = region_get(&an->values, part_of(an, entry->key, root));
        if (part->kind != REGION_FIELD || part->id != record)
            state_forget(an, state, part_of(an, entry->key, root));
    }
}

/* The record that VALUE points to the beginning of, and where it is; IR_NONE when that is not certain. */
static ir_id find_record(struct analysis *an, value_id value, region_id *region)
{
    const struct value *v = value_get(&an->values, value);
    const struct ir_type *types = an->program->types.items;
    ir_id type = v->kind == VALUE_ADDR ? region_get(&an->values, v->region)->type : IR_NONE;

    if (v->kind == VALUE_ADDR)
        *region = v->region;
    else if (v->type != IR_NONE && types[v->type].kind == IR_TYPE_POINTER)
        type = types[v->type].target;
    if (type == IR_NONE || types[type].kind != IR_TYPE_RECORD || an->program->records.items[types[type].record].is_union)
        return IR_NONE;
    if (v->kind != VALUE_ADDR)
        *region = region_target(&an->values, value, type);
    return region_get(&an->values, *region)->kind == REGION_INDEX ? IR_NONE : types[type].record;
}

void may_write_havoc(struct analysis *an, struct state *state, ir_id function, uint32_t arg, value_id value)
{
    struct forgotten forgotten = {.an = an, .written = an->engine->may_write[function]};
    region_id region = 0;
    ir_id record = find_record(an, value, &region);

    reuse_ask(an->engine, REUSE_MAY_WRITE, function);
    if (record != IR_NONE && forgotten.written && !may_write_is_all(forgotten.written, arg))
        add_parts(&forgotten, region, record, 0);
    else
        forgotten.is_too_much = true;
    if (forgotten.is_too_much) {
        state_havoc(an, state, value, false);
        return;
    }
    forget_others(an, state, region, record);
    for (uint32_t i = 0; i < forgotten.count; i++)
        state_forget(an, state, forgotten.regions[i]);
}
