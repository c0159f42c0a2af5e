/*
 * typestate.c - objects and mappings of a state; escape; the flags word that drivers test. See state.h.
 */
#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "engine/element.h"
#include "engine/engine_int.h"
#include "engine/passed.h"
#include "engine/protocol.h"
#include "engine/report.h"
#include "engine/weak.h"

/* ---- access ---- */

struct object state_object(const struct analysis *an, const struct state *state, value_id value)
{
    struct object outside = {.descriptor = OBJECT_DESCRIPTOR_ANY, .pages = OBJECT_PAGES_ANY, .origin = OBJECT_ORIGIN_ANY};
    uint64_t word;

    (void)an;
    return pmap_get(state->objects, value, &word) ? object_unpack(word) : outside;
}

void state_set_object(struct analysis *an, struct state *state, value_id value, const struct object *object)
{
    uint64_t word = object_pack(object), old;
    bool is_old;

    assert(value != 0);
    if (value_get(&an->values, value)->kind == VALUE_INT)
        return; /* NULL is no object, whatever a callee's case says of the parameter that it is passed for */
    is_old = pmap_get(state->objects, value, &old);
    if (is_old ? old != word : !object->is_ours)
        passed_note_object(an, state, value);
    state->objects = pmap_set(state->objects, &an->nodes, value, word);
}

void state_set_mapping(struct analysis *an, struct state *state, value_id token, const struct mapping *mapping)
{
    struct mapping old;

    assert(token != 0);
    if (!mapping->is_live && state_mapping(state, token, &old) && old.is_live)
        passed_note_end(an, state, token);
    state->mappings = pmap_set(state->mappings, &an->nodes, token, mapping_pack(mapping));
}

value_id state_find_mapping(const struct analysis *an, const struct state *state, value_id object, uint32_t kinds)
{
    struct pmap_iter iter;
    const struct pmap *entry;
    struct mapping mapping;

    (void)an;
    pmap_iter_init(&iter, state->mappings);
    while ((entry = state_next_mapping(&iter, &mapping)))
        if (mapping.is_live && mapping.object == object && (kinds & RULESET_BIT(mapping.kind)))
            return entry->key;
    return 0;
}

value_id typestate_pointer_base(const struct analysis *an, value_id value)
{
    const struct value *v = value_get(&an->values, value);

    while (v->kind == VALUE_EXPR && (v->op == IR_EXPR_ADD || v->op == IR_EXPR_SUB || v->op == IR_EXPR_CAST)) {
        value = v->a;
        v = value_get(&an->values, value);
    }
    if (v->kind == VALUE_ADDR) {
        const struct region *root = region_get(&an->values, region_root(&an->values, v->region));
        if (root->kind == REGION_TARGET)
            return typestate_pointer_base(an, root->value);
    }
    return value;
}

value_id state_token_of(const struct analysis *an, const struct state *state, value_id value)
{
    value_id base = typestate_pointer_base(an, value);
    struct mapping mapping;

    if (state_mapping(state, value, &mapping))
        return value;
    return state_mapping(state, base, &mapping) ? base : 0;
}

bool state_object_member(const struct analysis *an, region_id region, value_id *object, ir_id *record, ir_id *field)
{
    const struct region *r = region_get(&an->values, region);
    const struct region *parent;

    if (r->kind != REGION_FIELD || !engine_record_is_object(an->engine, r->id))
        return false;
    parent = region_get(&an->values, r->parent);
    *record = r->id;
    *field = r->field;
    *object = parent->kind == REGION_TARGET ? parent->value : value_addr((struct values *)&an->values, r->parent);
    return true;
}

/* ---- the flags word ---- */

/* The bits that OBJECT's state decides, and their values. */
static void flags_known(const struct analysis *an, const struct object *object, bool has_mapping, bool may_have_mapping,
                        uint64_t *known, uint64_t *bits)
{
    const struct ruleset_object *rule = &an->rules->object;

    *known = *bits = 0;
    for (uint32_t pages = 0; pages < RULESET_PAGES_COUNT; pages++) {
        uint64_t flag = (uint64_t)rule->flag_pages[pages];

        if (!flag)
            continue;
        if (object->pages == RULESET_BIT(pages))
            *bits |= flag;
        if (object->pages == RULESET_BIT(pages) || !(object->pages & RULESET_BIT(pages)))
            *known |= flag;
    }
    for (uint32_t pages = 0; pages < RULESET_PAGES_COUNT; pages++) {
        uint64_t flag = (uint64_t)rule->flag_mapped_pages[pages];
        bool is_known = object->pages == RULESET_BIT(pages) && (has_mapping || !may_have_mapping);

        if (flag && (is_known || !(object->pages & RULESET_BIT(pages)))) {
            *known |= flag;
            *bits |= is_known && has_mapping ? flag : 0;
        }
    }
    if (has_mapping || !may_have_mapping) {
        *known |= (uint64_t)rule->flag_system_mapping;
        *bits |= has_mapping ? (uint64_t)rule->flag_system_mapping : 0;
    }
}

value_id typestate_flags(struct analysis *an, struct state *state, value_id object, ir_id type)
{
    struct object o = state_object(an, state, object);
    bool has_mapping = state_find_mapping(an, state, object, RULESET_BIT(RULESET_MAPPING_SYSTEM)) != 0;
    bool may_have_mapping = !o.is_ours && (o.pages & ~(RULESET_BIT(RULESET_PAGES_NONE) | RULESET_BIT(RULESET_PAGES_RELEASED))) != 0;
    value_id flags = value_flags(&an->values, type, object, (int64_t)(object_pack(&o) << 1 | has_mapping));
    struct fact fact = {.low = INT64_MIN, .high = INT64_MAX};

    flags_known(an, &o, has_mapping, may_have_mapping, &fact.known_bits, &fact.bits);
    if (fact.known_bits)
        facts_apply(&an->facts, &state->facts, flags, &fact);
    return flags;
}

bool typestate_narrow_pages(struct object *object, uint32_t mask, bool is_denied)
{
    if (is_denied && object->is_assumed)
        object->pages = mask;
    object->pages &= mask;
    object->is_assumed = false;
    return object->pages != 0;
}

bool typestate_assume_flags(struct analysis *an, struct state *state, value_id flags, int64_t mask, bool want,
                            struct step *narrowed)
{
    const struct value *v = value_get(&an->values, flags);
    struct object object = state_object(an, state, v->a);
    uint32_t matching = 0;
    bool asks_mapping = (mask & an->rules->object.flag_system_mapping) != 0;

    if ((int64_t)(object_pack(&object)) != v->number >> 1)
        return true; /* the object has changed since the word was read */
    for (uint32_t pages = 0; pages < RULESET_PAGES_COUNT; pages++)
        if (an->rules->object.flag_pages[pages] & mask)
            matching |= RULESET_BIT(pages);
    narrowed->is_either = want && asks_mapping && matching && !object.is_ours;
    if (narrowed->is_either) {
        narrowed->object = v->a;
        narrowed->mask = matching;
        return true;
    }
    narrowed->has_mapping = want && asks_mapping && !matching;
    narrowed->has_no_mapping = !want && asks_mapping;
    narrowed->is_denied = !want && matching;
    if (matching && !(want && asks_mapping) &&
        !typestate_narrow_pages(&object, want ? matching : OBJECT_PAGES_ANY & ~matching, !want))
        return false;
    if (narrowed->has_mapping || narrowed->has_no_mapping || object_pack(&object) != (uint64_t)v->number >> 1) {
        narrowed->object = v->a;
        narrowed->mask = object.pages;
        state_set_object(an, state, v->a, &object);
    }
    return true;
}

/* ---- escape ---- */

static void escape_object(struct analysis *an, struct state *state, value_id value)
{
    struct object object = state_object(an, state, value);

    if (object.is_escaped || !object.is_ours)
        return;
    object.is_escaped = true;
    object.is_unsized = false; /* whoever holds it may look */
    state_set_object(an, state, value, &object);
}

static void escape_token(struct analysis *an, struct state *state, value_id token)
{
    struct mapping mapping;

    if (!state_mapping(state, token, &mapping) || mapping.is_escaped)
        return;
    mapping.is_escaped = true;
    state_set_mapping(an, state, token, &mapping);
}

void typestate_escape_value(struct analysis *an, struct state *state, value_id value)
{
    const struct value *v = value_get(&an->values, value);

    if (state_is_tracked(state, value))
        escape_object(an, state, value);
    escape_token(an, state, value);
    if (v->is_memory)
        state->escaped = pmap_set(state->escaped, &an->nodes, value, an->loc);
    if (v->kind == VALUE_EXPR && v->op == IR_EXPR_ADD && state_is_tracked(state, v->a))
        return; /* a pointer to what lies behind the object (the page frame numbers): not a way to keep the object */
    if (v->kind == VALUE_EXPR) {
        typestate_escape_value(an, state, v->a);
        if (v->b)
            typestate_escape_value(an, state, v->b);
    } else if (v->kind == VALUE_ADDR) {
        const struct region *root = region_get(&an->values, region_root(&an->values, v->region));
        if (root->kind == REGION_TARGET)
            typestate_escape_value(an, state, root->value);
    }
}

void typestate_escape_held(struct analysis *an, struct state *state, region_id region, value_id value)
{
    value_id block = region_get(&an->values, region_root(&an->values, region))->value;
    bool was_known = !block || !value_get(&an->values, block)->is_memory || pmap_find(state->escaped, block);

    typestate_escape_value(an, state, value);
    if (!was_known)
        state->escaped = pmap_remove(state->escaped, &an->nodes, block);
}

/* VALUE is a mapping's token: the mapping is given up, and the object that it is one of. */
static bool give_up_token(struct analysis *an, struct state *state, value_id value)
{
    struct mapping mapping;

    if (state_is_tracked(state, value) || !state_mapping(state, value, &mapping))
        return false;
    mapping.is_given_up = true;
    state_set_mapping(an, state, value, &mapping);
    if (mapping.object)
        typestate_give_up(an, state, mapping.object);
    return true;
}

void typestate_give_up(struct analysis *an, struct state *state, value_id value)
{
    struct object object = state_object(an, state, value);
    struct pmap_iter iter;
    const struct pmap *entry;
    struct mapping mapping;

    if (give_up_token(an, state, value))
        return;
    object.is_given_up = true;
    state_set_object(an, state, value, &object);
    pmap_iter_init(&iter, state->mappings);
    while ((entry = state_next_mapping(&iter, &mapping)))
        if (mapping.object == value) {
            mapping.is_given_up = true;
            state_set_mapping(an, state, entry->key, &mapping);
        }
}

/* A member that the rules let drivers write: the chain link, the flags word. */
static bool is_free_member(const struct analysis *an, region_id region)
{
    const struct ruleset_object *rule = &an->rules->object;
    const char *name;
    value_id object;
    ir_id record, field;

    if (!state_object_member(an, region, &object, &record, &field))
        return false;
    name = an->program->records.items[record].fields.items[field].name;
    return (rule->chain_field && strcmp(name, rule->chain_field) == 0) || (rule->flags_field && strcmp(name, rule->flags_field) == 0);
}

/* Is REGION among the page frame numbers of OBJECT, which lie behind its record? */
static bool is_page_frame(const struct analysis *an, const struct state *state, region_id region, value_id object)
{
    const struct region *r = region_get(&an->values, region);
    const struct ir_type *types = an->program->types.items;

    if (r->kind != REGION_INDEX || region_get(&an->values, r->parent)->kind != REGION_TARGET || r->type == IR_NONE ||
        types[r->type].kind != IR_TYPE_INT)
        return false;
    return state_is_tracked(state, object) || protocol_is_object_type(an, value_get(&an->values, object)->type);
}

/* It matters where the pages are known not to be there otherwise, and to callers, who may know that. */
bool typestate_write_frames(struct analysis *an, struct state *state, value_id pointer)
{
    struct object object = state_object(an, state, pointer);
    const struct value *v = value_get(&an->values, pointer);
    bool is_empty = !(object.pages & ~(RULESET_BIT(RULESET_PAGES_NONE) | RULESET_BIT(RULESET_PAGES_RELEASED)));
    bool is_callers = !an->is_root && v->kind == VALUE_ENTRY && !element_is_part(an, v->region);

    if (pmap_find(state->written, pointer) || object.is_given_up || !(is_empty || is_callers))
        return false;
    state->written = pmap_set(state->written, &an->nodes, pointer, 1);
    passed_note_object(an, state, pointer);
    return true;
}

static void note_frames(struct analysis *an, struct state *state, value_id pointer)
{
    struct step step = {.kind = STEP_WRITTEN, .loc = an->loc, .function = an->function_id, .object = pointer, .text = "page frames written here"};
    value_id others[WEAK_MAX];
    uint32_t count;

    if (typestate_write_frames(an, state, pointer))
        state_record(an, state, &step);
    count = weak_others(an, state, pointer, others);
    for (uint32_t i = 0; i < count; i++) {
        step.object = others[i];
        if (typestate_write_frames(an, state, others[i]))
            state_record(an, state, &step);
    }
}

/* What lies behind the object (the page frame numbers) belongs to it. */
void typestate_written(struct analysis *an, struct state *state, region_id region)
{
    const struct region *root = region_get(&an->values, region_root(&an->values, region));
    struct violation violation = {.rule = an->rules->changed, .loc = an->loc, .last = "written to here", .exit_loc = IR_NONE};

    if (root->kind != REGION_TARGET)
        return;
    violation.object = typestate_pointer_base(an, root->value);
    if (is_page_frame(an, state, region, violation.object))
        note_frames(an, state, violation.object);
    if (!violation.rule || !state_is_tracked(state, violation.object) || state_object(an, state, violation.object).is_given_up ||
        is_free_member(an, region))
        return;
    violation.token = state_find_mapping(an, state, violation.object, an->rules->changed_kinds);
    if (!violation.token)
        return;
    report_violation(an, state, &violation);
    typestate_give_up(an, state, violation.object);
    trace_give_up(an, state, violation.object);
}

void typestate_sized(struct analysis *an, struct state *state, value_id pointer)
{
    struct step step = {.kind = STEP_SIZED, .loc = an->loc, .function = an->function_id, .object = pointer};
    struct object object;

    if (!state_is_tracked(state, pointer))
        return;
    object = state_object(an, state, pointer);
    if (!object.is_unsized)
        return;
    object.is_unsized = false;
    state_set_object(an, state, pointer, &object);
    state_record(an, state, &step);
}

void typestate_listed(struct analysis *an, struct state *state, value_id pointer)
{
    struct object object = state_object(an, state, pointer);

    if (!an->rules->object.has_pages_behind || !object.is_ours || object.is_listed ||
        object.pages != RULESET_BIT(RULESET_PAGES_ALLOCATED))
        return;
    object.is_listed = true;
    state_set_object(an, state, pointer, &object);
}

void typestate_meanwhile(struct analysis *an, struct state *state)
{
    struct pmap_iter iter;
    const struct pmap *entry;
    struct mapping mapping;

    pmap_iter_init(&iter, state->mappings);
    while ((entry = state_next_mapping(&iter, &mapping)))
        if (mapping.is_loose && mapping.is_live && !mapping.is_given_up) {
            mapping.is_given_up = true;
            state_set_mapping(an, state, entry->key, &mapping);
        }
}

void typestate_drop(struct analysis *an, struct state *state, value_id pointer)
{
    region_id memory = region_target(&an->values, pointer, IR_NONE);
    const struct pmap *old = state->store;
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, old);
    while ((entry = pmap_iter_next(&iter))) {
        struct object object;

        if (!region_is_within(&an->values, entry->key, memory))
            continue;
        state->store = pmap_remove(state->store, &an->nodes, entry->key);
        if (!state_is_tracked(state, (value_id)entry->value))
            continue;
        object = state_object(an, state, (value_id)entry->value);
        object.is_dropped = true;
        state_set_object(an, state, (value_id)entry->value, &object);
    }
}

/* ---- history ---- */

bool state_is_repeating(const struct state *state)
{
    struct pmap_iter iter;
    const struct pmap *entry;

    pmap_iter_init(&iter, state->loops);
    while ((entry = pmap_iter_next(&iter)))
        if (entry->value > 0)
            return true;
    return false;
}

/* What an outcome does, as a number: outcomes that do the same are the same to callers. */
static uint64_t outcome_hash(const struct ruleset_outcome *outcome)
{
    uint64_t hash = 0;

    for (uint32_t e = 0; outcome && e < outcome->effects.count; e++) {
        const struct ruleset_effect *effect = &outcome->effects.items[e];

        hash = hash_mix(hash, (uint64_t)effect->kind << 32 | effect->value);
        hash = hash_mix(hash, (uint64_t)effect->mask << 32 | effect->pages);
        hash = hash_mix(hash, (uint64_t)effect->origin << 32 | effect->if_pages);
        hash = hash_mix(hash, effect->has_path ? hash_string(effect->path.text) : effect->if_origin);
    }
    return hash;
}

/* What the history of STEP is kept under: its object, or the token that is all that an unmap knows, if callers have a name for it; 0: nothing in
 * particular. */
static value_id history_key(const struct analysis *an, const struct step *step)
{
    if (step->object || step->kind != STEP_EVENT)
        return step->object;
    for (uint32_t e = 0; e < step->outcome->effects.count; e++)
        if (step->outcome->effects.items[e].kind == RULESET_EFFECT_UNMAP_TOKEN) {
            value_id token = step->values[protocol_effect_slot(step->routine, e)];

            return token && value_get(&an->values, token)->kind == VALUE_ENTRY && !value_get(&an->values, token)->has_fresh ? token : 0;
        }
    return 0;
}

/* Adds STEP to the history of its object; odd once it was given up: nothing that happens to it then tells states apart, but what happened before
 * does, for callers see it. */
static void history_add(struct analysis *an, struct state *state, const struct step *step)
{
    value_id key = history_key(an, step);
    uint64_t hash = hash_mix(hash_mix(step->kind, (uint64_t)(uintptr_t)step->routine), outcome_hash(step->outcome)), old = 0;

    for (uint32_t v = 0; v < step->value_count; v++)
        if (step->values[v] && value_get(&an->values, step->values[v])->kind == VALUE_ENTRY)
            hash = hash_mix(hash, step->values[v]);
    hash = hash_mix(hash, hash_mix(step->mask, step->is_either * 4u + step->has_mapping * 2u + step->has_no_mapping));
    pmap_get(state->history, key, &old);
    if (old & 1)
        return;
    hash = step->kind == STEP_GIVE_UP && step->object ? old | 1 : hash_mix(old, hash) & ~UINT64_C(1);
    state->history = pmap_set(state->history, &an->nodes, key, hash);
}

void state_record(struct analysis *an, struct state *state, const struct step *step)
{
    bool is_null = step->object && value_get(&an->values, step->object)->kind == VALUE_INT, is_idle = protocol_is_idle(step);
    struct step copy = *step;

    copy.is_repeated |= step->depth == 0 && passed_is_repeating(an);
    if (step_is_for_callers(step->kind) && !an->is_root) {
        an->has_doings |= !is_null && !is_idle;
        copy.is_private = is_null || state_is_repeating(state) || (is_idle && !pmap_find(state->unchecked, step->result));
        if (copy.is_private && step->object && !is_null)
            state->touched = pmap_set(state->touched, &an->nodes, step->object, step->loc);
        /* What happened to an object of ours is in its state; its history need not tell states apart. */
        if (!copy.is_private && !is_idle && step->kind != STEP_WRITTEN && !(step->object && state_object(an, state, step->object).is_ours))
            history_add(an, state, &copy);
    }
    state->trace = trace_push(an->arena, state->trace, &copy);
}

void trace_give_up(struct analysis *an, struct state *state, value_id object)
{
    struct step step = {.kind = STEP_GIVE_UP, .loc = an->loc, .function = an->function_id, .object = object};

    state_record(an, state, &step);
}
