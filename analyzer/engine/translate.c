/*
 * translate.c - see translate.h. Both directions are memoised walks over hash-consed terms, so shared parts are moved once.
 */
#include "engine/translate.h"

#include <string.h>

#include "base/hash.h"
#include "engine/method.h"

void exporter_init(struct exporter *self, struct analysis *an, struct summary *summary, struct arena *arena)
{
    struct value no_value = {.kind = VALUE_FRESH, .type = IR_NONE};
    struct region no_region = {.kind = REGION_LOCAL, .type = IR_NONE};

    self->an = an;
    self->summary = summary;
    self->arena = arena;
    self->values = ARENA_NEW_ARRAY(an->arena, uint32_t, an->values.values.count);
    self->regions = ARENA_NEW_ARRAY(an->arena, uint32_t, an->values.regions.count);
    VEC_PUSH_IN(arena, &summary->values, no_value);
    VEC_PUSH_IN(arena, &summary->regions, no_region);
}

/* What the unknown VALUE, exported as EXPORTED, is called in the function. */
static void export_name(struct exporter *self, value_id value, value_id exported)
{
    const struct values *values = &self->an->values;

    if (value >= values->names.count || !values->names.items[value])
        return;
    while (self->summary->names.count <= exported)
        VEC_PUSH_IN(self->arena, &self->summary->names, NULL);
    self->summary->names.items[exported] = values->names.items[value];
}

value_id export_value(struct exporter *self, value_id value)
{
    struct value v;

    if (!value)
        return 0;
    if (self->values[value])
        return self->values[value];
    v = *value_get(&self->an->values, value);
    v.a = export_value(self, v.a);
    v.b = export_value(self, v.b);
    v.region = export_region(self, v.region);
    if (v.kind == VALUE_FRESH && value != self->an->unknown)
        v.number = self->summary->values.count; /* any number that is the value's own */
    VEC_PUSH_IN(self->arena, &self->summary->values, v);
    self->values[value] = self->summary->values.count - 1;
    if (v.kind == VALUE_FRESH)
        export_name(self, value, self->values[value]);
    return self->values[value];
}

region_id export_region(struct exporter *self, region_id region)
{
    struct region r;

    if (!region)
        return 0;
    if (self->regions[region])
        return self->regions[region];
    r = *region_get(&self->an->values, region);
    r.parent = export_region(self, r.parent);
    r.value = export_value(self, r.value);
    r.root = r.entry = 0; /* of the analysis, as is has_parts */
    r.has_parts = false;
    VEC_PUSH_IN(self->arena, &self->summary->regions, r);
    return self->regions[region] = self->summary->regions.count - 1;
}

void importer_init(struct importer *self, struct analysis *an, const struct summary *summary, struct state *entry,
                   const struct ir_instr *instr, const value_id *args, uint32_t arg_count)
{
    bool returns_record = instr->dst && an->program->types.items[instr->dst->type].kind == IR_TYPE_RECORD;

    memset(self, 0, sizeof(*self));
    self->an = an;
    self->summary = summary;
    self->entry = entry;
    self->instr = instr;
    self->args = args;
    self->arg_count = arg_count;
    self->result = returns_record ? eval_place(an, entry, instr->dst) : 0;
    self->values = ARENA_NEW_ARRAY(an->arena, value_id, summary->values.count);
    self->regions = ARENA_NEW_ARRAY(an->arena, region_id, summary->regions.count);
}

/* What REGION of the callee held on entry, in the caller: an argument, or what the caller's memory holds. */
static value_id import_entry(struct importer *self, region_id region)
{
    const struct region *r = &self->summary->regions.items[region];
    const struct ir_function *callee = &self->an->program->functions.items[self->summary->function];

    if (r->kind == REGION_LOCAL) {
        if (r->id < callee->param_count && r->id < self->arg_count)
            return self->args[r->id];
        return value_fresh(&self->an->values, r->type);
    }
    return state_load(self->an, self->entry, import_region(self, region));
}

/* The caller's name for an unknown of the callee's: the same in all cases, and in all states at the call. */
static value_id import_fresh(struct importer *self, ir_id type, value_id value)
{
    value_id fresh = value_fresh_at(&self->an->values, type, (uint32_t)hash_mix(self->summary->function, value));

    if (self->summary->values.items[value].is_memory)
        value_mark_memory(&self->an->values, fresh);
    if (self->is_sequel && self->summary->function == self->an->function_id && value < self->summary->names.count)
        value_set_name(&self->an->values, fresh, self->summary->names.items[value]);
    if (self->summary->values.items[value].is_counter)
        value_mark_counter(&self->an->values, fresh);
    return fresh;
}

static value_id import_new(struct importer *self, value_id value)
{
    struct values *values = &self->an->values;
    const struct value *v = &self->summary->values.items[value];

    switch (v->kind) {
    case VALUE_INT: return value_constant(values, v->type, v->number);
    case VALUE_ENTRY: return import_entry(self, v->region);
    case VALUE_FRESH: return v->number == VALUE_NUMBER_UNKNOWN ? self->an->unknown : import_fresh(self, v->type, value);
    case VALUE_ADDR: return value_addr(values, import_region(self, v->region));
    case VALUE_FUNC: return value_func(values, (ir_id)v->number);
    case VALUE_STRING: return value_string_number(values, v->number);
    case VALUE_EXPR: {
        value_id a = import_value(self, v->a), b = import_value(self, v->b);
        return value_expr(values, v->op, v->type, a, b);
    }
    case VALUE_METHOD: return method_choice(self->an, (ir_id)v->number, import_value(self, v->a));
    case VALUE_FLAGS: return value_flags(values, v->type, import_value(self, v->a), v->number);
    }
    return import_fresh(self, v->type, value);
}

value_id import_value(struct importer *self, value_id value)
{
    if (!value)
        return 0;
    if (!self->values[value])
        self->values[value] = import_new(self, value);
    return self->values[value];
}

/* A variable of the callee: the record passed for it or returned in it; else one whose address outlives it, nothing that the caller has. */
static region_id import_local(struct importer *self, const struct region *r)
{
    const struct ir_function *callee = &self->an->program->functions.items[self->summary->function];
    struct values *values = &self->an->values;

    if (r->id == callee->locals.count && self->result)
        return self->result;
    if (r->id < callee->param_count && r->id < self->arg_count) {
        const struct ir_operand *argument = &self->instr->args[r->id];

        if (argument->kind == IR_OPERAND_LOAD && self->an->program->types.items[argument->place->type].kind == IR_TYPE_RECORD)
            return eval_place(self->an, self->entry, argument->place);
    }
    return region_target(values, value_fresh(values, IR_NONE), r->type);
}

static region_id import_region_new(struct importer *self, const struct region *r)
{
    struct values *values = &self->an->values;

    switch (r->kind) {
    case REGION_LOCAL: return import_local(self, r);
    case REGION_GLOBAL: return region_global(values, r->id, r->type);
    case REGION_TARGET: return region_target(values, import_value(self, r->value), r->type);
    case REGION_FIELD: return region_field(values, import_region(self, r->parent), r->id, r->field, r->type);
    case REGION_INDEX: {
        region_id parent = import_region(self, r->parent);
        return region_index(values, parent, import_value(self, r->value), r->type);
    }
    }
    return 0;
}

region_id import_region(struct importer *self, region_id region)
{
    if (!region)
        return 0;
    if (!self->regions[region])
        self->regions[region] = import_region_new(self, &self->summary->regions.items[region]);
    return self->regions[region];
}
