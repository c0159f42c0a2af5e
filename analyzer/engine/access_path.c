/*
 * access_path.c - follows a pack's access paths through the types and the memory of the source. See access_path.h.
 */
#include "engine/access_path.h"

#include <string.h>

ir_id path_pointee(const struct analysis *an, ir_id type)
{
    return type == IR_NONE ? IR_NONE : an->program->types.items[type].target;
}

ir_id path_record(const struct analysis *an, ir_id type)
{
    return type == IR_NONE ? IR_NONE : an->program->types.items[type].record;
}

bool path_step(struct analysis *an, struct state *state, const struct ruleset_step *step, struct path_cursor *cursor)
{
    struct ir_field_step way[8];
    uint32_t count;
    ir_id record;

    if (step->is_deref) {
        if (cursor->region)
            cursor->value = state_load(an, state, cursor->region);
        cursor->type = path_pointee(an, cursor->type);
        cursor->region = region_target(&an->values, cursor->value, cursor->type);
        return true;
    }
    record = cursor->region ? path_record(an, cursor->type) : IR_NONE;
    count = record == IR_NONE ? 0 : ir_module_field_path(an->program, record, step->field, way, sizeof(way) / sizeof(way[0]));
    for (uint32_t w = 0; w < count; w++) {
        cursor->type = an->program->records.items[way[w].record].fields.items[way[w].field].type;
        cursor->region = region_field(&an->values, cursor->region, way[w].record, way[w].field, cursor->type);
    }
    return count > 0;
}

bool path_resolve(struct analysis *an, struct state *state, const struct routine_call *call,
                  const struct ruleset_path *path, struct path_cursor *out)
{
    memset(out, 0, sizeof(*out));
    if (path->root == RULESET_RETURN) {
        out->value = call->result;
        out->type = call->instr->dst ? call->instr->dst->type : IR_NONE;
    } else {
        if (path->arg >= call->instr->arg_count)
            return false;
        out->value = call->args[path->arg];
        out->type = call->instr->args[path->arg].type;
    }
    if (!out->value)
        return false;
    for (uint32_t s = 0; s < path->step_count; s++)
        if (!path_step(an, state, &path->steps[s], out))
            return false;
    return true;
}

value_id path_value(struct analysis *an, struct state *state, const struct routine_call *call, const struct ruleset_path *path)
{
    struct path_cursor cursor;

    if (!path->text || !path_resolve(an, state, call, path, &cursor))
        return 0;
    return cursor.region ? state_load(an, state, cursor.region) : cursor.value;
}

bool path_on_entry(struct analysis *an, struct state *entry, const struct ruleset_path *path, struct path_cursor *out)
{
    ir_id type;

    if (path->arg >= an->function->param_count)
        return false;
    type = an->function->locals.items[path->arg].type;
    *out = (struct path_cursor){.region = region_local(&an->values, path->arg, type), .type = type};
    for (uint32_t s = 0; s < path->step_count; s++)
        if (!path_step(an, entry, &path->steps[s], out))
            return false;
    return out->region != 0;
}
