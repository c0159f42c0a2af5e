/*
 * place_name.c - what a value is called in the call at hand. See place_name.h.
 */
#include "engine/place_name.h"

#include "engine/protocol.h"

static bool describe_base(const struct analysis *an, const struct ir_place *place, struct strbuf *out)
{
    const char *name = place->base == IR_BASE_LOCAL ? an->function->locals.items[place->id].name
                                                    : an->program->globals.items[place->id].name;

    strbuf_adds(out, name);
    return name[0] != '\0';
}

static void describe_element(const struct analysis *an, const struct ir_operand *index, struct strbuf *out)
{
    strbuf_addc(out, '[');
    if (index->kind == IR_OPERAND_INT)
        strbuf_addf(out, "%lld", (long long)index->value);
    else if (index->kind != IR_OPERAND_LOAD || index->place->proj_count > 0 || !describe_base(an, index->place, out))
        strbuf_adds(out, "...");
    strbuf_addc(out, ']');
}

/* PLACE as C writes it; false when it has no such form. */
static bool describe_place(const struct analysis *an, const struct ir_place *place, struct strbuf *out)
{
    bool is_pointer = false, is_open = false; /* a pointer was followed; "->" stands already */

    if (!describe_base(an, place, out))
        return false;
    for (uint32_t p = 0; p < place->proj_count; p++) {
        const struct ir_proj *proj = &place->projs[p];
        const struct ir_field *field;

        if (proj->kind == IR_PROJ_DEREF) {
            if (is_pointer)
                return false;
            is_pointer = true;
            continue;
        }
        if (proj->kind == IR_PROJ_INDEX) {
            describe_element(an, proj->index, out);
            is_pointer = false;
            continue;
        }
        field = &an->program->records.items[proj->record].fields.items[proj->field];
        if (!is_open && (is_pointer || !ir_field_is_transparent(field)))
            strbuf_adds(out, is_pointer ? "->" : ".");
        is_open = ir_field_is_transparent(field) && (is_open || is_pointer);
        if (!ir_field_is_transparent(field))
            strbuf_adds(out, field->name);
        is_pointer = false;
    }
    return !is_pointer && !is_open;
}

const char *place_name_of(struct analysis *an, value_id value)
{
    const char *name = NULL;

    for (uint32_t a = 0; an->call && a < an->call->arg_count && !name; a++) {
        const struct ir_operand *operand = &an->call->args[a];
        struct strbuf text;

        if (an->call_args[a] != value || operand->kind != IR_OPERAND_LOAD)
            continue;
        strbuf_init(&text);
        if (describe_place(an, operand->place, &text))
            name = arena_strndup(an->arena, text.data, text.length);
        strbuf_release(&text);
    }
    return name;
}

/* The call at LOC in the analysed function. */
static const struct ir_instr *find_call(const struct analysis *an, ir_id loc)
{
    for (uint32_t b = 0; b < an->function->blocks.count; b++)
        for (uint32_t i = 0; i < an->function->blocks.items[b].instrs.count; i++) {
            const struct ir_instr *instr = &an->function->blocks.items[b].instrs.items[i];

            if (instr->kind == IR_CALL && instr->loc == loc)
                return instr;
        }
    return NULL;
}

static void set_argument(value_id *args, uint32_t count, const struct ruleset_path *path, value_id value)
{
    if (path->root == RULESET_ARG && path->step_count == 0 && path->arg < count)
        args[path->arg] = value;
}

void place_name_replay(struct analysis *an, const struct ruleset_routine *routine, const value_id *values, ir_id loc)
{
    const struct ir_instr *call = find_call(an, loc);
    value_id *args;

    if (!call)
        return;
    args = ARENA_NEW_ARRAY(an->arena, value_id, (size_t)call->arg_count + 1);
    if (routine->has_mdl)
        set_argument(args, call->arg_count, &routine->mdl, values[0]);
    for (uint32_t c = 0; c < routine->checks.count; c++)
        set_argument(args, call->arg_count, &routine->checks.items[c].path, values[protocol_check_slot(c)]);
    an->call = call;
    an->call_args = args;
}
