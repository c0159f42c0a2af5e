/*
 * value.c - the tables of values and regions. Simplification is in simplify.c. See value.h.
 */
#include "engine/value.h"

#include <string.h>

#include "base/hash.h"
#include "engine/members.h"
#include "engine/simplify.h"

void values_init(struct values *self, struct arena *arena, const struct ir_module *module)
{
    struct value no_value = {.kind = VALUE_FRESH, .type = IR_NONE};
    struct region no_region = {.kind = REGION_LOCAL, .type = IR_NONE};

    memset(self, 0, sizeof(*self));
    self->arena = arena;
    self->module = module;
    VEC_PUSH_IN(arena, &self->values, no_value);
    VEC_PUSH_IN(arena, &self->regions, no_region);
    self->value_capacity = self->region_capacity = 256;
    self->value_slots = ARENA_NEW_ARRAY(arena, struct values_slot, 256);
    self->region_slots = ARENA_NEW_ARRAY(arena, struct values_slot, 256);
}

/* ---- hash-consing ---- */

static uint64_t value_hash(const struct value *v)
{
    bool is_expr = v->kind == VALUE_EXPR;
    uint64_t h = hash_mix((uint64_t)(is_expr ? v->type : 0) << 32 | (v->kind * 64u + (is_expr ? v->op : 0)), ((uint64_t)v->a << 32) | v->b);

    return hash_mix(h, (uint64_t)v->number ^ (uint64_t)v->region << 32);
}

/* Types are part of an expression's identity (widths, signedness), not of that of constants and symbols. */
static bool value_equal(const struct value *x, const struct value *y)
{
    return x->kind == y->kind && x->a == y->a && x->b == y->b && x->number == y->number && x->region == y->region &&
           (x->kind != VALUE_EXPR || (x->op == y->op && x->type == y->type));
}

static void value_measure(struct values *self, struct value *v)
{
    struct value *a = v->a ? &self->values.items[v->a] : NULL, *b = v->b ? &self->values.items[v->b] : NULL;

    v->depth = v->region ? self->regions.items[v->region].depth : 0;
    v->size = 1;
    v->has_fresh = v->kind == VALUE_FRESH || (a && a->has_fresh) || (b && b->has_fresh) ||
                   (v->region && self->regions.items[v->region].has_fresh);
    if (a) {
        a->is_part = true;
        v->depth = a->depth > v->depth ? a->depth : v->depth;
        v->size = (uint8_t)(v->size + a->size);
    }
    if (b) {
        b->is_part = true;
        v->depth = b->depth > v->depth ? b->depth : v->depth;
        v->size = (uint8_t)(v->size + b->size);
    }
}

/* The slot of HASH, in a table of CAPACITY, from which on what has it may be found. */
static uint32_t slot_of(uint64_t hash, uint32_t capacity)
{
    return (uint32_t)hash & (capacity - 1);
}

/* Into the first free slot: nothing in the table is equal to ID. */
static void slots_put(struct values_slot *slots, uint32_t capacity, uint32_t id, uint64_t hash)
{
    uint32_t i = slot_of(hash, capacity);

    while (slots[i].id)
        i = (i + 1) & (capacity - 1);
    slots[i] = (struct values_slot){id, (uint32_t)(hash >> 32)};
}

static void value_rehash(struct values *self)
{
    uint32_t capacity = self->value_capacity * 2;
    struct values_slot *slots = ARENA_NEW_ARRAY(self->arena, struct values_slot, capacity);

    for (uint32_t id = 1; id < self->values.count; id++)
        slots_put(slots, capacity, id, value_hash(&self->values.items[id]));
    self->value_slots = slots;
    self->value_capacity = capacity;
}

value_id value_intern(struct values *self, const struct value *wanted)
{
    uint64_t hash = value_hash(wanted);
    const struct values_slot *slot;
    uint32_t i;

    if (self->values.count * 2 > self->value_capacity)
        value_rehash(self);
    i = slot_of(hash, self->value_capacity);
    for (slot = &self->value_slots[i]; slot->id; slot = &self->value_slots[i]) {
        if (slot->hash == (uint32_t)(hash >> 32) && value_equal(&self->values.items[slot->id], wanted))
            return slot->id;
        i = (i + 1) & (self->value_capacity - 1);
    }
    self->value_slots[i] = (struct values_slot){self->values.count, (uint32_t)(hash >> 32)};
    VEC_PUSH_IN(self->arena, &self->values, *wanted);
    value_measure(self, &self->values.items[self->values.count - 1]);
    return self->values.count - 1;
}

value_id value_constant(struct values *self, ir_id type, int64_t number)
{
    struct value v = {.kind = VALUE_INT, .type = type, .number = number};
    return value_intern(self, &v);
}

void values_at(struct values *self, uint64_t site)
{
    self->site = site;
    self->fresh_role = 0;
}

void values_role(struct values *self, uint32_t role)
{
    self->fresh_role = (uint64_t)role << 32;
}

value_id value_fresh(struct values *self, ir_id type)
{
    return value_named(self, type, (int64_t)(hash_mix(self->site, ++self->fresh_role) & INT64_MAX));
}

value_id value_fresh_at(struct values *self, ir_id type, uint32_t number)
{
    return value_named(self, type, (int64_t)(hash_mix(~self->site, number) & INT64_MAX));
}

value_id value_named(struct values *self, ir_id type, int64_t number)
{
    struct value v = {.kind = VALUE_FRESH, .type = type, .number = number};
    return value_intern(self, &v);
}

ir_id values_link_back(const struct values *self, region_id region)
{
    const struct region *r = region_get(self, region);
    ir_id back = IR_NONE;

    for (uint32_t i = 0; i < self->link_count && r->kind == REGION_FIELD; i++)
        if (self->links[i].record == r->id && self->links[i].field == r->field)
            back = self->links[i].back;
    return back;
}

bool values_are_links(const struct values *self, region_id from, region_id back)
{
    const struct region *r = region_get(self, from), *s = region_get(self, back);
    ir_id field = s->kind == REGION_FIELD && r->id == s->id ? values_link_back(self, from) : IR_NONE;

    return field != IR_NONE && field == s->field;
}

/* REGION leads back to the element of a list that led to where it is: the address of that element; 0: it does not. */
static value_id entry_by_links(struct values *self, region_id region)
{
    const struct region *back = region_get(self, region), *element = back->kind == REGION_FIELD ? region_get(self, back->parent) : NULL;
    const struct value *pointer = element && element->kind == REGION_TARGET ? value_get(self, element->value) : NULL;

    if (!pointer || pointer->kind != VALUE_ENTRY || !values_are_links(self, pointer->region, region))
        return 0;
    return value_addr(self, region_get(self, pointer->region)->parent);
}

/* What is known of what REGION can hold. */
static uint16_t member_of(const struct values *self, region_id region)
{
    const struct region *r = region_get(self, region);
    uint32_t number = r->kind == REGION_FIELD ? members_number(self->members, r->id, r->field) : 0;

    return number <= UINT16_MAX ? (uint16_t)number : 0;
}

value_id value_make_entry(struct values *self, region_id region)
{
    struct value v = {.kind = VALUE_ENTRY, .type = region_get(self, region)->type, .region = region};
    value_id entry = entry_by_links(self, region);

    if (!entry) {
        entry = value_intern(self, &v);
        self->values.items[entry].member = member_of(self, region);
    }
    self->regions.items[region].entry = entry;
    return entry;
}

value_id value_addr(struct values *self, region_id region)
{
    const struct region *r = region_get(self, region);
    struct value v = {.kind = VALUE_ADDR, .type = IR_NONE, .region = region};

    return r->kind == REGION_TARGET ? r->value : value_intern(self, &v);
}

value_id value_func(struct values *self, ir_id function)
{
    struct value v = {.kind = VALUE_FUNC, .type = IR_NONE, .number = function};
    return value_intern(self, &v);
}

value_id value_string_number(struct values *self, int64_t number)
{
    struct value v = {.kind = VALUE_STRING, .type = IR_NONE, .number = number};
    return value_intern(self, &v);
}

value_id value_string(struct values *self, const char *text)
{
    return value_string_number(self, (int64_t)hash_string(text ? text : ""));
}

value_id value_flags(struct values *self, ir_id type, value_id object, int64_t state)
{
    struct value v = {.kind = VALUE_FLAGS, .type = type, .a = object, .number = state};
    return value_intern(self, &v);
}

value_id value_method(struct values *self, value_id receiver, ir_id method)
{
    struct value v = {.kind = VALUE_METHOD, .type = IR_NONE, .a = receiver, .number = method};

    return value_intern(self, &v);
}

void value_mark_new(struct values *self, value_id value)
{
    self->values.items[value].is_new = true;
}

void value_mark_memory(struct values *self, value_id value)
{
    if (value && self->values.items[value].kind == VALUE_FRESH)
        self->values.items[value].is_memory = true;
}

value_id value_counter(const struct values *self, value_id value)
{
    const struct value *v = value_get(self, value);

    while (v->kind == VALUE_EXPR && (v->op == IR_EXPR_ADD || v->op == IR_EXPR_CAST)) {
        value = v->a;
        v = value_get(self, value);
    }
    return v->is_counter ? value : 0;
}

void value_mark_counter(struct values *self, value_id value)
{
    if (self->values.items[value].kind == VALUE_FRESH)
        self->values.items[value].is_counter = true;
}

static bool region_mentions(const struct values *self, region_id id, value_id part)
{
    for (; id; id = region_get(self, id)->parent) {
        const struct region *r = region_get(self, id);
        if (r->kind == REGION_TARGET && r->value == part)
            return true;
    }
    return false;
}

bool value_mentions(const struct values *self, value_id id, value_id part)
{
    const struct value *v = value_get(self, id);

    if (id == part)
        return true;
    if (v->kind == VALUE_ADDR)
        return region_mentions(self, v->region, part);
    if (v->kind != VALUE_EXPR)
        return false;
    return value_mentions(self, v->a, part) || (v->b && value_mentions(self, v->b, part));
}

bool value_leads_to(const struct values *self, value_id id, value_id part)
{
    const struct value *v = value_get(self, id);

    if (id == part || v->kind != VALUE_EXPR)
        return value_mentions(self, id, part);
    if (ir_expr_is_truth(v->op))
        return false;
    return value_leads_to(self, v->a, part) || (v->b && value_leads_to(self, v->b, part));
}

/* ---- regions ---- */

static uint64_t region_hash(const struct region *r)
{
    return hash_mix(hash_mix(r->kind, ((uint64_t)r->id << 32) | r->field), ((uint64_t)r->parent << 32) | r->value);
}

static bool region_equal(const struct region *x, const struct region *y)
{
    return x->kind == y->kind && x->id == y->id && x->field == y->field && x->parent == y->parent && x->value == y->value;
}

static void region_rehash(struct values *self)
{
    uint32_t capacity = self->region_capacity * 2;
    struct values_slot *slots = ARENA_NEW_ARRAY(self->arena, struct values_slot, capacity);

    for (uint32_t id = 1; id < self->regions.count; id++)
        slots_put(slots, capacity, id, region_hash(&self->regions.items[id]));
    self->region_slots = slots;
    self->region_capacity = capacity;
}

/* The slot of WANTED, whose hash is HASH, or the free one where it belongs. */
static struct values_slot *region_slot(const struct values *self, const struct region *wanted, uint64_t hash)
{
    uint32_t i = slot_of(hash, self->region_capacity);

    while (self->region_slots[i].id && (self->region_slots[i].hash != (uint32_t)(hash >> 32) ||
                                        !region_equal(&self->regions.items[self->region_slots[i].id], wanted)))
        i = (i + 1) & (self->region_capacity - 1);
    return &self->region_slots[i];
}

/* The region equal to WANTED, or 0. */
static region_id region_find(const struct values *self, const struct region *wanted)
{
    return region_slot(self, wanted, region_hash(wanted))->id;
}

bool value_is_nowhere(const struct values *self, value_id id)
{
    const struct value *v = value_get(self, id);

    return v->kind == VALUE_ENTRY && region_get(self, v->region)->is_nowhere;
}

static void region_measure(struct values *self, region_id id)
{
    struct region *r = &self->regions.items[id], *parent = r->parent ? &self->regions.items[r->parent] : NULL;
    struct value *value = r->value ? &self->values.items[r->value] : NULL;

    r->root = parent ? parent->root : id;
    r->depth = parent ? parent->depth : 0;
    if (r->kind == REGION_TARGET)
        r->depth = (uint16_t)(value->depth + 1);
    r->has_fresh = (value && value->has_fresh) || (parent && parent->has_fresh);
    r->is_local = parent ? parent->is_local : r->kind == REGION_LOCAL;
    r->is_element = r->kind == REGION_INDEX || (parent && parent->is_element);
    r->is_nowhere = parent ? parent->is_nowhere : value && ((value->kind == VALUE_INT && value->number == 0) || value_is_nowhere(self, r->value));
    if (parent)
        parent->has_parts = true;
    if (value)
        value->is_part = true;
}

static region_id region_intern(struct values *self, const struct region *wanted)
{
    uint64_t hash = region_hash(wanted);
    struct values_slot *slot;
    region_id id;

    if (self->regions.count * 2 > self->region_capacity)
        region_rehash(self);
    slot = region_slot(self, wanted, hash);
    id = slot->id;
    if (id && self->regions.items[id].type == IR_NONE)
        self->regions.items[id].type = wanted->type;
    if (id)
        return id;
    *slot = (struct values_slot){self->regions.count, (uint32_t)(hash >> 32)};
    VEC_PUSH_IN(self->arena, &self->regions, *wanted);
    region_measure(self, self->regions.count - 1);
    return self->regions.count - 1;
}

region_id region_local(struct values *self, ir_id local, ir_id type)
{
    struct region r = {.kind = REGION_LOCAL, .id = local, .type = type};
    region_id region = region_find_local(self, local);

    if (region && region_get(self, region)->type != IR_NONE)
        return region;
    region = region_intern(self, &r);
    while (self->locals.count <= local)
        VEC_PUSH_IN(self->arena, &self->locals, 0);
    self->locals.items[local] = region;
    return region;
}

region_id region_global(struct values *self, ir_id global, ir_id type)
{
    struct region r = {.kind = REGION_GLOBAL, .id = global, .type = type};
    return region_intern(self, &r);
}

static bool type_is_array(const struct values *self, ir_id type)
{
    return type != IR_NONE && self->module->types.items[type].kind == IR_TYPE_ARRAY;
}

/* A pointer to an array that is followed as a pointer to its elements leads to element 0. */
region_id region_target(struct values *self, value_id pointer, ir_id type)
{
    const struct value *v = value_get(self, pointer);
    struct region r = {.kind = REGION_TARGET, .value = pointer, .type = type};

    if (v->kind == VALUE_ADDR && type_is_array(self, region_get(self, v->region)->type) && !type_is_array(self, type))
        return region_index(self, v->region, value_constant(self, IR_NONE, 0), type);
    if (v->kind == VALUE_ADDR)
        return v->region;
    if (v->kind == VALUE_EXPR && v->op == IR_EXPR_ADD) {
        value_id base = v->a, offset = v->b;
        return region_index(self, region_target(self, base, type), offset, type);
    }
    return region_intern(self, &r);
}

bool region_has_target(const struct values *self, value_id pointer)
{
    const struct value *v = value_get(self, pointer);
    struct region wanted = {.kind = REGION_TARGET, .value = pointer};

    return v->kind == VALUE_ADDR || (v->kind == VALUE_EXPR && v->op == IR_EXPR_ADD) || region_find(self, &wanted);
}

static ir_id record_of(const struct values *self, ir_id type)
{
    return type == IR_NONE ? IR_NONE : self->module->types.items[type].record;
}

/* Does RECORD have links that lead back? */
static bool has_links(const struct values *self, ir_id record)
{
    bool is_found = false;

    for (uint32_t i = 0; record != IR_NONE && i < self->link_count; i++)
        is_found |= self->links[i].record == record;
    return is_found;
}

/* MEMBER of PARENT are the links by which somebody came to PARENT: where the pointer to them leads; 0: they are not. */
static region_id find_links(const struct values *self, region_id parent, const struct ir_field *member)
{
    const struct region *r = region_get(self, parent);
    ir_id record = record_of(self, member->type), type;
    int64_t back = 0;

    if (!has_links(self, record))
        return 0;
    if (r->kind == REGION_INDEX && value_is_int(self, r->value, &back)) {
        parent = r->parent;
        r = region_get(self, parent);
    }
    type = r->kind == REGION_TARGET ? value_get(self, r->value)->type : IR_NONE;
    if (type == IR_NONE || record_of(self, self->module->types.items[type].target) != record || member->offset / 8 + (uint64_t)back != 0)
        return 0;
    return parent;
}

/* A base class at the start of an object is the object: a pointer to either is a pointer to both. The links of a list's element that was come to by
 * them (CONTAINING_RECORD) are what led there, not a member of something else. */
region_id region_field(struct values *self, region_id parent, ir_id record, ir_id field, ir_id type)
{
    const struct ir_field *member = &self->module->records.items[record].fields.items[field];
    struct region r = {.kind = REGION_FIELD, .id = record, .field = field, .parent = parent, .type = type};
    region_id links;

    if (ir_field_is_base(member) && member->offset == 0)
        return parent;
    links = find_links(self, parent, member);
    return links ? links : region_intern(self, &r);
}

/* Element 0 of what a pointer leads to is what it leads to; offsets of offsets add up. */
region_id region_index(struct values *self, region_id parent, value_id index, ir_id type)
{
    const struct region *p = region_get(self, parent);
    struct region r = {.kind = REGION_INDEX, .parent = parent, .value = index, .type = type};
    int64_t number;

    if (p->kind == REGION_TARGET && value_is_int(self, index, &number) && number == 0)
        return parent;
    if (p->kind == REGION_INDEX && !type_is_array(self, p->type)) {
        r.parent = p->parent;
        r.value = value_expr(self, IR_EXPR_ADD, IR_NONE, p->value, index);
    }
    return region_intern(self, &r);
}

/* ---- names ---- */

void value_set_name(struct values *self, value_id value, const char *name)
{
    while (name && self->names.count <= value)
        VEC_PUSH_IN(self->arena, &self->names, NULL);
    if (name && !self->names.items[value])
        self->names.items[value] = name;
}

static bool describe_index(const struct values *self, const struct ir_function *function, value_id index, struct strbuf *out)
{
    const struct value *v = value_get(self, index);

    if (v->kind == VALUE_INT)
        strbuf_addf(out, "[%lld]", (long long)v->number);
    else if (v->kind == VALUE_ENTRY) {
        strbuf_addc(out, '[');
        if (!region_describe(self, function, v->region, out))
            strbuf_adds(out, "...");
        strbuf_addc(out, ']');
    } else {
        strbuf_adds(out, "[...]");
    }
    return true;
}

/* The pointer VALUE: what it held on entry has its place's name, an unknown one that of the variable it was put into. */
static bool describe_pointer(const struct values *self, const struct ir_function *function, value_id value, struct strbuf *out)
{
    const struct value *v = value_get(self, value);

    if (v->kind == VALUE_ENTRY)
        return region_describe(self, function, v->region, out);
    if (v->kind != VALUE_FRESH || value >= self->names.count || !self->names.items[value])
        return false;
    strbuf_adds(out, self->names.items[value]);
    return true;
}

static bool describe_field(const struct values *self, const struct ir_function *function, const struct region *r,
                           struct strbuf *out)
{
    const struct region *parent = region_get(self, r->parent);
    const struct ir_record *record = &self->module->records.items[r->id];
    const char *name = record->fields.items[r->field].name;
    bool is_arrow = parent->kind == REGION_TARGET;
    bool is_transparent = ir_field_is_transparent(&record->fields.items[r->field]);

    if (!(is_arrow ? describe_pointer(self, function, parent->value, out) : region_describe(self, function, r->parent, out)))
        return false;
    if (is_arrow)
        strbuf_adds(out, "->");
    else if (!is_transparent && out->length && out->data[out->length - 1] != '>')
        strbuf_addc(out, '.');
    if (!is_transparent)
        strbuf_adds(out, name);
    return true;
}

bool region_describe(const struct values *self, const struct ir_function *function, region_id id, struct strbuf *out)
{
    const struct region *r = region_get(self, id);
    const char *name;

    switch (r->kind) {
    case REGION_LOCAL:
        name = function && r->id < function->locals.count ? function->locals.items[r->id].name : "";
        strbuf_adds(out, name);
        return name[0] != '\0';
    case REGION_GLOBAL:
        strbuf_adds(out, self->module->globals.items[r->id].name);
        return true;
    case REGION_TARGET:
        strbuf_addc(out, '*');
        return describe_pointer(self, function, r->value, out);
    case REGION_FIELD:
        return describe_field(self, function, r, out);
    case REGION_INDEX:
        return region_describe(self, function, r->parent, out) && describe_index(self, function, r->value, out);
    }
    return false;
}
