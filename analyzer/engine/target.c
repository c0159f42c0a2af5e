/*
 * target.c - which functions a call through a pointer reaches, and what choosing one tells. See target.h.
 *
 * Pointers come in tables: whoever gave an object its Map also gave it its Unmap. So what is chosen at the first call is a table, not a function: the
 * values of the record's other members are assumed to be those that the same origin stored (a global's initial values, or all that one function
 * fills in), as facts, which the summary carries to callers that know the table.
 */
#include "engine/target.h"

#include "engine/reuse.h"

#define MEMBERS_ASSUMED_MAX 12 /* members of one record that are told apart by what the first call through it chose */

static bool is_function(const struct analysis *an, value_id value, ir_id *out)
{
    const struct value *v = value_get(&an->values, value);

    *out = v->kind == VALUE_FUNC ? (ir_id)v->number : IR_NONE;
    return v->kind == VALUE_FUNC;
}

static value_id equals(struct analysis *an, value_id value, ir_id function)
{
    return value_expr(&an->values, IR_EXPR_EQ, IR_NONE, value, value_func(&an->values, function));
}

/* Assumes that the members of the record at INSTANCE are those of ORIGIN, as far as they are what they were on entry; false when that is impossible. */
static bool assume_origin(struct analysis *an, struct state *state, region_id instance, ir_id record, uint64_t origin)
{
    const struct ir_record *r = &an->program->records.items[record];
    uint32_t assumed = 0;

    reuse_ask(an->engine, REUSE_STORES, record);
    for (ir_id f = 0; f < r->fields.count && assumed < MEMBERS_ASSUMED_MAX; f++) {
        ir_id target = callgraph_origin_target(an->calls, record, f, origin);
        const ir_id *candidates;
        value_id value;

        if (target == IR_NONE || callgraph_field_targets(an->calls, record, f, &candidates) < 2)
            continue;
        value = state_peek(an, state, region_field(&an->values, instance, record, f, r->fields.items[f].type));
        if (value_get(&an->values, value)->kind == VALUE_FRESH)
            continue;
        if (!facts_assume(&an->facts, &state->facts, equals(an, value, target), true))
            return false;
        assumed++;
    }
    return true;
}

/* One target for each origin that the pointer at MEMBER, which holds VALUE, may come from. */
static uint32_t choose_origins(struct analysis *an, const struct state *state, region_id member, value_id value, struct target *out)
{
    const struct region r = *region_get(&an->values, member);
    const struct callgraph_store *stores;
    uint32_t count = callgraph_field_stores(an->calls, r.id, r.field, &stores), found = 0;

    reuse_ask(an->engine, REUSE_STORES, r.id);
    for (uint32_t i = 0; i < count; i++)
        if (facts_is_nonzero(&an->facts, state->facts, equals(an, value, stores[i].function))) {
            out[0] = (struct target){stores[i].function, *state};
            return 1;
        }
    if (count > TARGETS_MAX)
        return 0;
    for (uint32_t i = 0; i < count; i++) {
        out[found] = (struct target){stores[i].function, *state};
        found += facts_assume(&an->facts, &out[found].state.facts, equals(an, value, stores[i].function), true) &&
                 assume_origin(an, &out[found].state, r.parent, r.id, stores[i].origin);
    }
    return found;
}

/* The member that PLACE selects, looking through array elements. */
static const struct ir_proj *find_member(const struct ir_place *place)
{
    for (uint32_t p = place->proj_count; p > 0; p--) {
        if (place->projs[p - 1].kind == IR_PROJ_FIELD)
            return &place->projs[p - 1];
        if (place->projs[p - 1].kind != IR_PROJ_INDEX)
            break;
    }
    return NULL;
}

uint32_t targets_find(struct analysis *an, struct state *state, const struct ir_operand *callee, value_id pointer,
                      struct target out[TARGETS_MAX])
{
    const struct ir_proj *member = callee->kind == IR_OPERAND_LOAD ? find_member(callee->place) : NULL;
    const ir_id *functions = NULL;
    region_id region;
    ir_id function;
    uint32_t count;

    if (is_function(an, pointer, &function)) {
        out[0] = (struct target){function, *state};
        return 1;
    }
    if (!member)
        return 0;
    reuse_ask(an->engine, REUSE_STORES, member->record);
    count = callgraph_field_targets(an->calls, member->record, member->field, &functions);
    region = eval_place(an, state, callee->place);
    if (count > 1 && region_get(&an->values, region)->kind == REGION_FIELD)
        return choose_origins(an, state, region, pointer, out);
    for (uint32_t t = 0; t < count && count <= TARGETS_MAX; t++)
        out[t] = (struct target){functions[t], *state};
    return count > TARGETS_MAX ? 0 : count;
}

value_id target_initial(struct analysis *an, region_id region)
{
    const struct region *r = region_get(&an->values, region);
    const struct region *root = region_get(&an->values, region_root(&an->values, region));
    ir_id target;

    if (r->kind != REGION_FIELD || root->kind != REGION_GLOBAL)
        return 0;
    reuse_ask(an->engine, REUSE_STORES, r->id);
    target = callgraph_origin_target(an->calls, r->id, r->field, callgraph_origin_global(root->id));
    return target == IR_NONE ? 0 : value_func(&an->values, target);
}
