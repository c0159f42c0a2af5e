/*
 * overrides.c - class hierarchy analysis over the program's records. See overrides.h.
 */
#include "calls/overrides.h"

#include <string.h>

#include "base/vec.h"

/* Base classes of base classes … followed so deep. */
#define MAX_INHERITANCE 32

struct method_targets {
    const ir_id *items;
    uint32_t count;
    bool is_known;
};

struct overrides {
    struct arena *arena;
    VEC(ir_id) methods;             /* definitions of virtual methods, ascending */
    struct method_targets *targets; /* by function */
};

struct overrides *overrides_new(const struct ir_module *program, struct arena *arena)
{
    struct overrides *self = ARENA_NEW(arena, struct overrides);

    self->arena = arena;
    self->targets = ARENA_NEW_ARRAY(arena, struct method_targets, (size_t)program->functions.count + 1);
    for (ir_id f = 0; f < program->functions.count; f++) {
        const struct ir_function *function = &program->functions.items[f];

        if (function->is_virtual && function->is_defined && function->record != IR_NONE)
            VEC_PUSH_IN(arena, &self->methods, f);
    }
    return self;
}

/* Is BASE the class RECORD itself or one that it derives from? */
static bool derives_from(const struct ir_module *program, ir_id record, ir_id base, int depth)
{
    const struct ir_record *class = &program->records.items[record];

    if (record == base)
        return true;
    for (uint32_t i = 0; i < class->fields.count && depth < MAX_INHERITANCE; i++) {
        const struct ir_type *type = &program->types.items[class->fields.items[i].type];

        if (ir_field_is_base(&class->fields.items[i]) && type->kind == IR_TYPE_RECORD &&
            derives_from(program, type->record, base, depth + 1))
            return true;
    }
    return false;
}

/* The name behind the last "::" that is not inside template arguments. */
static const char *method_name(const char *qualified)
{
    int depth = 0;
    const char *name = qualified;

    for (const char *c = qualified; *c && strncmp(c, "operator", 8) != 0; c++) {
        depth += *c == '<';
        depth -= *c == '>';
        if (depth == 0 && c[0] == ':' && c[1] == ':')
            name = c + 2;
    }
    return name;
}

/* Types of parameters, whatever typedef names them. */
static bool same_type(const struct ir_module *program, ir_id a, ir_id b)
{
    const struct ir_type *x = &program->types.items[a], *y = &program->types.items[b];

    if (x->kind != y->kind || x->bits != y->bits || x->is_signed != y->is_signed ||
        x->is_reference != y->is_reference || x->record != y->record)
        return false;
    if (x->kind != IR_TYPE_POINTER && x->kind != IR_TYPE_ARRAY)
        return true;
    return a == b || same_type(program, x->target, y->target);
}

static bool same_method(const struct ir_module *program, const struct ir_function *a, const struct ir_function *b)
{
    const char *x = method_name(a->name), *y = method_name(b->name);

    if (*x == '~' && *y == '~')
        return true;
    if (strcmp(x, y) != 0 || a->param_count != b->param_count)
        return false;
    for (uint32_t p = 1; p < a->param_count; p++)
        if (!same_type(program, a->locals.items[p].type, b->locals.items[p].type))
            return false;
    return true;
}

uint32_t overrides_find(struct overrides *self, const struct ir_module *program, ir_id method, const ir_id **out)
{
    const struct ir_function *wanted = &program->functions.items[method];
    struct method_targets *entry = &self->targets[method];
    struct {
        VEC(ir_id) items;
    } found = {{0}};

    for (uint32_t i = 0; i < self->methods.count && !entry->is_known && wanted->record != IR_NONE; i++) {
        const struct ir_function *candidate = &program->functions.items[self->methods.items[i]];

        /* Of namesakes in several drivers of one program only the nearest is a target of its own class's method. */
        if (candidate->record == wanted->record && self->methods.items[i] != wanted->definition)
            continue;
        if (same_method(program, candidate, wanted) && derives_from(program, candidate->record, wanted->record, 0))
            VEC_PUSH_IN(self->arena, &found.items, self->methods.items[i]);
    }
    if (!entry->is_known)
        *entry = (struct method_targets){found.items.items, found.items.count, true};
    return overrides_get(self, method, out);
}

uint32_t overrides_get(const struct overrides *self, ir_id method, const ir_id **out)
{
    *out = self->targets[method].items;
    return self->targets[method].count;
}

/* Does another target stand between TARGET's class and RECORD? */
static bool is_overridden(const struct ir_module *program, const ir_id *targets, uint32_t count, ir_id target,
                          ir_id record)
{
    ir_id own = program->functions.items[target].record;

    for (uint32_t i = 0; i < count; i++) {
        ir_id other = program->functions.items[targets[i]].record;

        if (other != own && derives_from(program, other, own, 0) && derives_from(program, record, other, 0))
            return true;
    }
    return false;
}

uint32_t overrides_narrow(const struct ir_module *program, const ir_id *targets, uint32_t count,
                          struct overrides_class class, ir_id *out)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < count; i++) {
        ir_id record = program->functions.items[targets[i]].record;
        bool is_kept = class.record == IR_NONE;

        if (!is_kept && derives_from(program, class.record, record, 0))
            is_kept = !is_overridden(program, targets, count, targets[i], class.record);
        else if (!is_kept && !class.is_exact)
            is_kept = derives_from(program, record, class.record, 0);
        if (is_kept)
            out[kept++] = targets[i];
    }
    return kept;
}
