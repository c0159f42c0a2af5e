/*
 * links.c - see links.h.
 */
#include "engine/links.h"

#include <string.h>

#include "engine/value.h"

/* ---- which members ---- */

static ir_id find_field(const struct ir_record *record, const char *name)
{
    for (ir_id f = 0; f < record->fields.count; f++)
        if (record->fields.items[f].name && strcmp(record->fields.items[f].name, name) == 0)
            return f;
    return IR_NONE;
}

void links_find(struct engine *engine)
{
    const struct ir_module *program = engine->program;

    for (uint32_t l = 0; l < engine->rules->links.count; l++)
        for (ir_id r = 0; r < program->records.count; r++) {
            const struct ruleset_links *links = &engine->rules->links.items[l];
            const struct ir_record *record = &program->records.items[r];
            ir_id on = find_field(record, links->fields[0]), back = find_field(record, links->fields[1]);

            if (on == IR_NONE || back == IR_NONE || !record->name || !ruleset_is_linked(links, record->name))
                continue;
            VEC_PUSH_IN(engine->arena, &engine->links, ((struct values_link){r, on, back}));
            VEC_PUSH_IN(engine->arena, &engine->links, ((struct values_link){r, back, on}));
        }
}

/* ---- by a test ---- */

/* FROM, a value, was found to be TO, the address of the element with REGION, a link of it. Does REGION lead back to where FROM is from? That place; 0: no. */
static value_id lead_back(struct analysis *an, region_id region, value_id from, value_id to)
{
    const struct region *link = region_get(&an->values, region);
    const struct value *v = value_get(&an->values, from);

    if (v->kind != VALUE_ENTRY || !values_are_links(&an->values, v->region, region) || value_addr(&an->values, link->parent) != to)
        return 0;
    return value_addr(&an->values, region_get(&an->values, v->region)->parent);
}

value_id links_by_test(struct analysis *an, const struct state *state, region_id region)
{
    value_id found = 0;
    struct pmap_iter iter;
    const struct pmap *entry;

    if (values_link_back(&an->values, region) == IR_NONE || value_get(&an->values, value_entry(&an->values, region))->kind != VALUE_ENTRY)
        return 0;
    pmap_iter_init(&iter, state->facts);
    while (!found && (entry = pmap_iter_next(&iter))) {
        struct value v = *value_get(&an->values, entry->key);

        if (v.kind != VALUE_EXPR || v.op != IR_EXPR_EQ || !facts_is_nonzero(&an->facts, state->facts, entry->key))
            continue;
        found = lead_back(an, region, v.a, v.b);
        if (!found)
            found = lead_back(an, region, v.b, v.a);
    }
    return found;
}

void links_learn(struct analysis *an, struct state *state, region_id region, value_id value)
{
    const struct region link = *region_get(&an->values, region); /* the table may move */
    ir_id back = values_link_back(&an->values, region);
    value_id element, other, is_alone;

    if (back == IR_NONE || value_get(&an->values, value)->kind != VALUE_ENTRY)
        return;
    element = value_addr(&an->values, link.parent);
    other = value_entry(&an->values, region_field(&an->values, link.parent, link.id, back, link.type));
    if (facts_is_zero(&an->facts, state->facts, value_expr(&an->values, IR_EXPR_EQ, IR_NONE, other, element))) {
        is_alone = value_expr(&an->values, IR_EXPR_EQ, IR_NONE, value, element);
        (void)facts_assume(&an->facts, &state->facts, is_alone, false);
    }
}
