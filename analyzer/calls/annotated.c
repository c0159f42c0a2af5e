/*
 * annotated.c - see annotated.h.
 */
#include "calls/annotated.h"

#include <string.h>

static const struct ir_type *type_of(const struct ir_module *program, ir_id type)
{
    return type == IR_NONE ? NULL : &program->types.items[type];
}

static struct ruleset_param describe_param(const struct ir_module *program, const struct ruleset *rules, ir_id type_id)
{
    const struct ir_type *type = type_of(program, type_id), *target;
    struct ruleset_param param = {.is_pointer = type && type->kind == IR_TYPE_POINTER};

    target = param.is_pointer ? type_of(program, type->target) : NULL;
    if (!target)
        return param;
    param.is_const = target->is_const;
    param.is_object = target->kind == IR_TYPE_RECORD && target->record != IR_NONE &&
                      ruleset_is_object(rules, program->records.items[target->record].name);
    return param;
}

/* As C programs have it: a pointer or truth value is not zero, a signed status not negative; other numbers tell nothing. */
static enum ruleset_result success_of(const struct ir_type *result)
{
    if (!result)
        return RULESET_RESULT_ANY;
    if (result->kind == IR_TYPE_POINTER || result->kind == IR_TYPE_BOOL || (result->kind == IR_TYPE_INT && result->bits == 8))
        return RULESET_RESULT_NONNULL;
    return result->kind == IR_TYPE_INT && result->is_signed ? RULESET_RESULT_SUCCESS : RULESET_RESULT_ANY;
}

static struct ruleset_declaration describe(const struct ir_module *program, const struct ruleset *rules, struct arena *arena,
                                           const struct ir_function *function)
{
    struct ruleset_declaration out = {.name = function->name};
    const struct ir_type *type = type_of(program, function->type);

    if (function->loc != IR_NONE) {
        const struct ir_range *at = &program->locs.items[function->loc].at;
        out.file = at->file == IR_NONE ? NULL : program->files.items[at->file].path;
        out.line = at->line;
        out.column = at->column;
    }
    out.success = success_of(type && type->kind == IR_TYPE_FUNCTION ? type_of(program, type->target) : NULL);
    for (uint32_t i = 0; i < function->param_count; i++)
        VEC_PUSH_IN(arena, &out.params, describe_param(program, rules, function->locals.items[i].type));
    for (uint32_t i = 0; i < function->annotations.count; i++) {
        const struct ir_annotation *annotation = &function->annotations.items[i];
        struct ruleset_note note = {annotation->param == IR_NONE ? UINT32_MAX : annotation->param, annotation->text};
        VEC_PUSH_IN(arena, &out.notes, note);
    }
    return out;
}

static bool is_listed(const struct annotated *self, const char *name)
{
    for (uint32_t i = 0; i < self->list.count; i++)
        if (strcmp(self->list.items[i].name, name) == 0)
            return true;
    return false;
}

void annotated_collect(const struct ir_module *program, const struct ruleset *rules, struct arena *arena, struct annotated *out)
{
    memset(out, 0, sizeof(*out));
    for (ir_id f = 0; f < program->functions.count; f++) {
        const struct ir_function *function = &program->functions.items[f];
        if (function->annotations.count && !is_listed(out, function->name))
            VEC_PUSH_IN(arena, &out->list, describe(program, rules, arena, function));
    }
}
