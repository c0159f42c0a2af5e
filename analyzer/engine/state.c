/*
 * state.c - the store of a disjunct: reading, writing, forgetting, copying. See state.h; typestates are in typestate.c, joins in join.c, garbage in collect.c.
 *
 * The store holds only what is known to differ from "as on entry". A value stored at an aggregate speaks for all its parts that have no
 * value of their own: 0 for zeroed memory, ENTRY(r) for a copy of r, anything else for "unknown".
 */
#include "engine/state.h"

#include <string.h>

#include "engine/element.h"
#include "engine/engine_int.h"
#include "engine/links.h"
#include "engine/target.h"

#define ALIAS_SEARCH_MAX 256 /* entries of a store that are looked through for another name of an array element */

static bool store_get(const struct state *state, region_id region, value_id *out)
{
    uint64_t value;

    if (!pmap_get(state->store, region, &value))
        return false;
    *out = (value_id)value;
    return true;
}

static void store_put(struct analysis *an, struct state *state, region_id region, value_id value)
{
    state->store = pmap_set(state->store, &an->nodes, region, value);
}

static ir_id region_type(const struct analysis *an, region_id region)
{
    return region_get(&an->values, region)->type;
}

static bool type_is_aggregate(const struct analysis *an, ir_id type)
{
    enum ir_type_kind kind;

    if (type == IR_NONE)
        return false;
    kind = an->program->types.items[type].kind;
    return kind == IR_TYPE_RECORD || kind == IR_TYPE_ARRAY;
}

/* ---- reading ---- */

/* The part of OTHER that corresponds to PART of WHOLE. */
static region_id region_rebase(struct analysis *an, region_id part, region_id whole, region_id other)
{
    struct region r;
    region_id parent;

    if (part == whole)
        return other;
    r = *region_get(&an->values, part);
    parent = region_rebase(an, r.parent, whole, other);
    if (r.kind == REGION_FIELD)
        return region_field(&an->values, parent, r.id, r.field, r.type);
    return region_index(&an->values, parent, r.value, r.type);
}

value_id state_part(struct analysis *an, region_id region, region_id whole, value_id value)
{
    const struct value *v = value_get(&an->values, value);
    ir_id type = region_type(an, region);

    if (v->kind == VALUE_INT)
        return value_constant(&an->values, type, v->number);
    if (v->kind == VALUE_ENTRY)
        return value_entry(&an->values, region_rebase(an, region, whole, v->region));
    return value_fresh(&an->values, type);
}

/* Does an element under another index, which may be REGION, or which REGION may be a part of, hold anything but VALUE? */
static bool has_aliased_element(const struct analysis *an, const struct state *state, region_id region, value_id value)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    if (!element_is_part(an, region))
        return false;
    if (pmap_count(state->store) > ALIAS_SEARCH_MAX)
        return true;
    pmap_iter_init_from(&iter, state->store, region_root(&an->values, region));
    while ((entry = pmap_iter_next(&iter)))
        for (region_id r = region; entry->key != region && element_is_part(an, r); r = region_get(&an->values, r)->parent)
            if (entry->key != r && (value_id)entry->value != value && element_is_part(an, entry->key) && element_may_alias(an, state, entry->key, r))
                return true;
    return false;
}

/* The address field of an object without a system mapping. Nonpaged pool has an address of its own, which is there as soon as OBJECT is built over it,
 * and which nobody may unmap. */
static value_id load_address(struct analysis *an, struct state *state, value_id object, region_id region)
{
    struct mapping none = {.object = object, .is_invalid = true, .late_rule = MAPPING_NO_RULE};
    value_id value;

    if (state_object(an, state, object).pages != RULESET_BIT(RULESET_PAGES_NONPAGED) || store_get(state, region, &value))
        return 0;
    value = value_entry(&an->values, region);
    facts_assume(&an->facts, &state->facts, value, true);
    if (!pmap_find(state->mappings, value))
        state_set_mapping(an, state, value, &none);
    return value;
}

/* Members that the rules keep in step with the object's state: the flags word and the mapped address. */
static value_id load_object_member(struct analysis *an, struct state *state, region_id region)
{
    value_id object, token;
    ir_id record, field;
    const char *name;

    if (!state_object_member(an, region, &object, &record, &field))
        return 0;
    name = an->program->records.items[record].fields.items[field].name;
    if (an->rules->object.flags_field && strcmp(name, an->rules->object.flags_field) == 0)
        return typestate_flags(an, state, object, region_type(an, region));
    if (an->rules->object.size_field && strcmp(name, an->rules->object.size_field) == 0)
        typestate_sized(an, state, object);
    for (uint32_t i = 0; i < an->rules->object.address_fields.count; i++) {
        if (strcmp(name, an->rules->object.address_fields.items[i]) != 0)
            continue;
        token = state_find_mapping(an, state, object, RULESET_BIT(RULESET_MAPPING_SYSTEM));
        return token ? token : load_address(an, state, object, region);
    }
    return 0;
}

/* What REGION, which has no value of its own, holds if nothing was written under another name: its share of a whole, an initial value, what
 * tests said of a list's links, or what it held on entry. */
static value_id load_default(struct analysis *an, const struct state *state, region_id region)
{
    value_id value = 0;

    for (region_id whole = region_get(&an->values, region)->parent; whole && !value;
         whole = region_get(&an->values, whole)->parent) {
        value_id found;
        if (store_get(state, whole, &found))
            value = state_part(an, region, whole, found);
    }
    if (!value)
        value = target_initial(an, region);
    if (!value)
        value = links_by_test(an, state, region);
    return value ? value : value_entry(&an->values, region);
}

value_id state_load(struct analysis *an, struct state *state, region_id region)
{
    value_id value;

    if (region_get(&an->values, region)->depth > REGION_DEPTH_MAX)
        return value_fresh(&an->values, region_type(an, region));
    value = load_object_member(an, state, region);
    if (value)
        return value;
    if (store_get(state, region, &value)) {
        if (value != an->unknown)
            return value;
        value = value_fresh_at(&an->values, region_type(an, region), region);
        store_put(an, state, region, value);
        return value;
    }
    value = load_default(an, state, region);
    if (has_aliased_element(an, state, region, value))
        value = value_fresh(&an->values, region_type(an, region));
    if (value != value_entry(&an->values, region))
        store_put(an, state, region, value);
    else
        links_learn(an, state, region, value);
    return value;
}

value_id state_peek(struct analysis *an, const struct state *state, region_id region)
{
    value_id value;

    if (store_get(state, region, &value))
        return value;
    for (region_id whole = region_get(&an->values, region)->parent; whole; whole = region_get(&an->values, whole)->parent)
        if (store_get(state, whole, &value))
            return state_part(an, region, whole, value);
    return value_entry(&an->values, region);
}

/* ---- escaping ---- */

/* The pointer that VALUE is or leads into, if it came from the caller; else 0. */
static value_id pointer_from_caller(const struct analysis *an, value_id value)
{
    const struct value *v = value_get(&an->values, value);

    while (v->kind == VALUE_EXPR && (v->op == IR_EXPR_CAST || v->op == IR_EXPR_ADD || v->op == IR_EXPR_SUB)) {
        value = v->a;
        v = value_get(&an->values, value);
    }
    if (v->kind == VALUE_ADDR)
        value = region_get(&an->values, region_root(&an->values, v->region))->value;
    return value && value_get(&an->values, value)->kind == VALUE_ENTRY ? value : 0;
}

/* Can callers have a name for VALUE, which held on entry what it holds? Not when it is an element that only an unknown of this function's tells. */
static bool is_told_by_callers(const struct analysis *an, value_id value)
{
    const struct value *v = value_get(&an->values, value);

    for (region_id r = v->has_fresh ? v->region : 0; r; r = region_get(&an->values, r)->parent) {
        const struct region *region = region_get(&an->values, r);

        if (region->kind == REGION_INDEX && value_get(&an->values, region->value)->has_fresh)
            return false;
        if (region->kind == REGION_TARGET && !is_told_by_callers(an, region->value))
            return false;
    }
    return true;
}

/* Callers are told that GIVEN, a pointer of theirs or 0, is known to something that is not followed. */
static void tell_callers(struct analysis *an, struct state *state, value_id given)
{
    if (given && !an->is_root && (an->keeps_contexts || is_told_by_callers(an, given)))
        state->escaped = pmap_set(state->escaped, &an->nodes, given, an->loc);
}

static void escape_value(struct analysis *an, struct state *state, value_id value)
{
    typestate_escape_value(an, state, value);
    tell_callers(an, state, pointer_from_caller(an, value));
}

/* REGION has held VALUE, and may hold it still: that is news for callers unless it is where they put it, or in the memory that VALUE leads to. */
static void escape_held(struct analysis *an, struct state *state, region_id region, value_id value)
{
    value_id given = pointer_from_caller(an, value);

    typestate_escape_held(an, state, region, value);
    if (given && value_get(&an->values, given)->region != region && region_get(&an->values, region_root(&an->values, region))->value != given)
        tell_callers(an, state, given);
}

/* ---- writing ---- */

/* Removes what is stored at parts of REGION (and REGION itself when WHOLE); what is lost that way escapes when ESCAPE. */
static void store_remove_parts(struct analysis *an, struct state *state, region_id region, bool whole, bool escape)
{
    const struct pmap *old = state->store;
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init_from(&iter, old, region); /* parts are younger than their whole */
    while ((entry = pmap_iter_next(&iter)) && (entry->key == region || region_get(&an->values, region)->has_parts)) {
        if (!region_is_within(&an->values, entry->key, region) || (!whole && entry->key == region))
            continue;
        state->store = pmap_remove(state->store, &an->nodes, entry->key);
        if (escape)
            escape_held(an, state, entry->key, (value_id)entry->value);
    }
}

/* A write to one member of a union ends the others. */
static void store_remove_members(struct analysis *an, struct state *state, region_id region)
{
    const struct region r = *region_get(&an->values, region);
    const struct pmap *old = state->store;
    struct pmap_iter iter;
    const struct pmap *entry;

    if (r.kind != REGION_FIELD || !an->program->records.items[r.id].is_union)
        return;
    pmap_iter_init_from(&iter, old, r.parent); /* parts are younger than their whole */
    while ((entry = pmap_iter_next(&iter))) {
        const struct region *other = region_get(&an->values, entry->key);

        if (entry->key == region || other->parent != r.parent || other->kind != r.kind)
            continue;
        state->store = pmap_remove(state->store, &an->nodes, entry->key);
        escape_held(an, state, entry->key, (value_id)entry->value);
    }
}

/* A write at an unknown index may have hit any element. That something unknown is there stays known. */
static void store_remove_aliases(struct analysis *an, struct state *state, region_id region)
{
    const struct pmap *old = state->store;
    struct pmap_iter iter;
    const struct pmap *entry;

    if (!element_is_part(an, region))
        return;
    pmap_iter_init_from(&iter, old, region_root(&an->values, region));
    while ((entry = pmap_iter_next(&iter))) {
        if (entry->key == region || !element_is_part(an, entry->key) || !element_may_alias(an, state, entry->key, region))
            continue;
        if (element_is_numbered(an, entry->key))
            state->store = pmap_remove(state->store, &an->nodes, entry->key);
        else
            store_put(an, state, entry->key, value_fresh_at(&an->values, region_type(an, entry->key), entry->key));
        escape_held(an, state, entry->key, (value_id)entry->value);
    }
}

static const char *describe_region(struct analysis *an, region_id region);

/* Remembers the first name that an unknown value is given, for messages about it when the variable is long gone. */
static void name_value(struct analysis *an, region_id region, value_id value)
{
    bool is_named = value < an->values.names.count && an->values.names.items[value];

    if (value_get(&an->values, value)->kind == VALUE_FRESH && !is_named)
        value_set_name(&an->values, value, describe_region(an, region));
}

void state_store(struct analysis *an, struct state *state, region_id region, value_id value)
{
    if (region_get(&an->values, region)->depth > REGION_DEPTH_MAX) {
        typestate_escape_value(an, state, value);
        return;
    }
    name_value(an, region, value);
    store_remove_members(an, state, region);
    store_remove_aliases(an, state, region);
    if (type_is_aggregate(an, region_type(an, region)))
        store_remove_parts(an, state, region, false, false);
    store_put(an, state, region, value);
}

void state_assign(struct analysis *an, struct state *state, region_id region, value_id value)
{
    if (type_is_aggregate(an, region_type(an, region)) && value_get(&an->values, value)->kind != VALUE_INT)
        store_remove_parts(an, state, region, false, true);
    state_store(an, state, region, value);
}

void state_zero(struct analysis *an, struct state *state, region_id region)
{
    store_remove_parts(an, state, region, true, false);
    store_put(an, state, region, value_constant(&an->values, region_type(an, region), 0));
}

void state_copy(struct analysis *an, struct state *state, region_id target, region_id source)
{
    struct state before = *state;

    if (target != source)
        state_copy_from(an, state, target, &before, source);
}

void state_copy_from(struct analysis *an, struct state *state, region_id target, const struct state *from,
                     region_id source)
{
    const struct pmap *old = from->store;
    struct pmap_iter iter;
    const struct pmap *entry;
    value_id whole = 0;

    store_remove_parts(an, state, target, true, false);
    for (region_id r = source; r && !whole; r = region_get(&an->values, r)->parent) {
        value_id found;
        if (store_get(from, r, &found))
            whole = r == source ? found : state_part(an, source, r, found);
    }
    if (whole == an->unknown)
        whole = value_fresh_at(&an->values, region_type(an, target), target);
    store_put(an, state, target, whole ? whole : value_entry(&an->values, source));
    pmap_iter_init_from(&iter, old, source);
    while ((entry = pmap_iter_next(&iter))) {
        region_id copy;

        if (entry->key == source || !region_is_within(&an->values, entry->key, source))
            continue;
        copy = region_rebase(an, entry->key, source, target);
        store_put(an, state, copy,
                  entry->value == an->unknown ? value_fresh_at(&an->values, region_type(an, copy), copy) : (value_id)entry->value);
    }
}

void state_forget(struct analysis *an, struct state *state, region_id region)
{
    store_remove_parts(an, state, region, true, true);
    store_put(an, state, region, value_fresh(&an->values, region_type(an, region)));
}

void state_free_memory(struct analysis *an, struct state *state, value_id pointer)
{
    region_id root;

    if (!pointer || facts_is_zero(&an->facts, state->facts, pointer) || state_is_tracked(state, pointer))
        return;
    root = region_root(&an->values, region_target(&an->values, pointer, IR_NONE));
    if (region_get(&an->values, root)->kind != REGION_TARGET)
        return;
    store_remove_parts(an, state, root, true, false);
    pointer = region_get(&an->values, root)->value;
    if (value_get(&an->values, pointer)->kind == VALUE_ENTRY && !an->is_root)
        state->freed = pmap_set(state->freed, &an->nodes, pointer, an->loc);
}

void state_drop_local(struct analysis *an, struct state *state, ir_id local)
{
    region_id region = region_local(&an->values, local, an->function->locals.items[local].type);

    store_remove_parts(an, state, region, true, false);
}

/* ---- what code that we do not see may do ---- */

/* The record that VALUE, a pointer, leads to; IR_NONE when its type does not tell. */
static ir_id pointee_record(const struct analysis *an, value_id value)
{
    ir_id type = value_get(&an->values, value)->type;

    if (type == IR_NONE || an->program->types.items[type].kind != IR_TYPE_POINTER)
        return IR_NONE;
    type = an->program->types.items[type].target;
    return type == IR_NONE ? IR_NONE : an->program->types.items[type].record;
}

/* The address of a variable or member is an output, whatever its type. Code that knows only system types changes only objects of system types. */
void state_havoc(struct analysis *an, struct state *state, value_id value, bool system_only)
{
    const struct value *v = value_get(&an->values, value);
    ir_id record;

    if (v->kind == VALUE_INT || v->kind == VALUE_FUNC || v->kind == VALUE_STRING)
        return;
    if (v->kind == VALUE_ADDR) {
        state_forget(an, state, v->region);
        return;
    }
    record = pointee_record(an, value);
    if (system_only && (record == IR_NONE || !engine_record_is_system(an->engine, record)))
        return;
    state_forget(an, state, region_root(&an->values, region_target(&an->values, value, IR_NONE)));
}

void state_escape(struct analysis *an, struct state *state, value_id value)
{
    const struct value *v = value_get(&an->values, value);
    const struct pmap *old = state->store;
    region_id target;
    struct pmap_iter iter;
    const struct pmap *entry;

    escape_value(an, state, value);
    if (v->kind == VALUE_INT || v->kind == VALUE_FUNC || v->kind == VALUE_STRING || value == an->unknown ||
        !region_has_target(&an->values, value))
        return;
    target = region_target(&an->values, value, IR_NONE);
    pmap_iter_init_from(&iter, old, target);
    while ((entry = pmap_iter_next(&iter)))
        if (region_is_within(&an->values, entry->key, target))
            escape_value(an, state, (value_id)entry->value);
}

/* ---- names ---- */

static const char *describe_region(struct analysis *an, region_id region)
{
    struct strbuf text;
    const char *name = NULL;

    strbuf_init(&text);
    if (region_describe(&an->values, an->function, region, &text) && text.length > 0)
        name = arena_strndup(an->arena, text.data, text.length);
    strbuf_release(&text);
    return name;
}

/* Among the names of the variables that hold VALUE, the shortest: ties go to the one first in the store. */
static const char *describe_holder(struct analysis *an, const struct state *state, value_id value)
{
    const char *best = NULL;
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, state->store);
    while ((entry = pmap_iter_next(&iter))) {
        const char *name;

        if ((value_id)entry->value != value)
            continue;
        name = describe_region(an, entry->key);
        if (name && (!best || strlen(name) < strlen(best)))
            best = name;
    }
    return best;
}

const char *state_describe(struct analysis *an, const struct state *state, value_id value)
{
    const struct value *v = value_get(&an->values, value);
    const char *name = NULL;

    if (v->kind == VALUE_INT)
        return NULL; /* any variable may hold the same number */
    if (v->kind == VALUE_ENTRY)
        name = describe_region(an, v->region);
    if (v->kind == VALUE_ADDR && (name = describe_region(an, v->region)))
        return arena_printf(an->arena, "&%s", name);
    if (!name)
        name = describe_holder(an, state, value);
    if (!name && value < an->values.names.count)
        name = an->values.names.items[value];
    return name;
}
