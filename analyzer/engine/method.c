/*
 * method.c - see method.h. What an object's class allows is calls/overrides.h's.
 */
#include "engine/method.h"

#include "calls/overrides.h"

static ir_id region_record(const struct analysis *an, region_id region)
{
    ir_id type = region_get(&an->values, region)->type;

    return type == IR_NONE ? IR_NONE : an->program->types.items[type].record;
}

/* The region that REGION is a base class of; 0 when it is none. */
static region_id enclosing_object(const struct analysis *an, region_id region)
{
    const struct region *r = region_get(&an->values, region);

    if (r->kind != REGION_FIELD || !ir_field_is_base(&an->program->records.items[r->id].fields.items[r->field]))
        return 0;
    return r->parent;
}

/* What is known of the class of the object that POINTER leads to. One that came from elsewhere may be more derived than its type says. */
static struct overrides_class receiver_class(const struct analysis *an, value_id pointer)
{
    const struct value *v = value_get(&an->values, pointer);
    struct overrides_class class = {.record = IR_NONE};

    if (v->kind == VALUE_ADDR) {
        region_id region = v->region, outer;
        while ((outer = enclosing_object(an, region)))
            region = outer;
        class.record = region_record(an, region);
        class.is_exact = region_get(&an->values, region)->kind != REGION_TARGET;
    } else if (v->type != IR_NONE && an->program->types.items[v->type].kind == IR_TYPE_POINTER) {
        class.record = an->program->types.items[an->program->types.items[v->type].target].record;
    }
    return class;
}

value_id method_receiver(struct analysis *an, value_id pointer, ir_id target)
{
    ir_id record = an->program->functions.items[target].record;
    const struct value *v = value_get(&an->values, pointer);

    if (v->kind != VALUE_ADDR)
        return pointer;
    for (region_id region = v->region, outer = region; outer; outer = enclosing_object(an, region)) {
        region = outer;
        pointer = value_addr(&an->values, region);
        if (region_record(an, region) == record)
            break;
    }
    return pointer;
}

uint32_t method_targets(struct analysis *an, ir_id method, value_id receiver, ir_id *out)
{
    const ir_id *targets = NULL;
    uint32_t count = callgraph_method_targets(an->calls, method, &targets);
    ir_id *possible = ARENA_NEW_ARRAY(an->arena, ir_id, count + 1u);

    count = overrides_narrow(an->program, targets, count, receiver_class(an, receiver), possible);
    if (count > METHOD_TARGETS_MAX)
        return 0;
    for (uint32_t t = 0; t < count; t++)
        out[t] = possible[t];
    return count;
}

value_id method_choice(struct analysis *an, ir_id method, value_id receiver)
{
    ir_id possible[METHOD_TARGETS_MAX];

    if (method_targets(an, method, receiver, possible) == 1)
        return value_constant(&an->values, IR_NONE, possible[0]);
    return value_method(&an->values, receiver, method);
}
