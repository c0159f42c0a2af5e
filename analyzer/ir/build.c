/*
 * build.c - making function bodies: locals, blocks, instructions, places and operands.
 *
 * Places are immutable and shared freely: a longer place copies the projections of the shorter one.
 */
#include "ir/ir.h"

#include <assert.h>
#include <string.h>

ir_id ir_function_add_local(struct ir_module *module, struct ir_function *self, enum ir_local_kind kind,
                            const char *name, ir_id type, ir_id loc)
{
    assert(type < module->types.count);
    struct ir_local local = {intern_string(&module->strings, name ? name : ""), type, kind, loc};
    VEC_PUSH_IN(module->arena, &self->locals, local);
    return self->locals.count - 1;
}

/* The new block has a GOTO without target as its terminator, which ir_module_check refuses: the caller sets the true
   one. */
ir_id ir_function_add_block(struct ir_module *module, struct ir_function *self, ir_id handler)
{
    struct ir_block block = {.handler = handler, .term = {.kind = IR_GOTO, .loc = IR_NONE}};
    block.term.value = ir_operand_undef(IR_NONE);
    VEC_PUSH_IN(module->arena, &self->blocks, block);
    self->is_defined = true;
    return self->blocks.count - 1;
}

struct ir_instr *ir_block_add(struct ir_module *module, struct ir_block *self, enum ir_instr_kind kind, ir_id loc)
{
    struct ir_instr instr = {.kind = kind, .loc = loc};
    instr.value = (struct ir_expr){.type = IR_NONE, .a = ir_operand_undef(IR_NONE), .b = ir_operand_undef(IR_NONE)};
    instr.callee = ir_operand_undef(IR_NONE);
    VEC_PUSH_IN(module->arena, &self->instrs, instr);
    return &self->instrs.items[self->instrs.count - 1];
}

struct ir_operand ir_operand_int(ir_id type, int64_t value)
{
    return (struct ir_operand){.kind = IR_OPERAND_INT, .type = type, .value = value};
}

struct ir_operand ir_operand_load(const struct ir_place *place)
{
    return (struct ir_operand){.kind = IR_OPERAND_LOAD, .type = place->type, .place = place};
}

struct ir_operand ir_operand_addr(const struct ir_place *place, ir_id pointer_type)
{
    return (struct ir_operand){.kind = IR_OPERAND_ADDR, .type = pointer_type, .place = place};
}

struct ir_operand ir_operand_undef(ir_id type)
{
    return (struct ir_operand){.kind = IR_OPERAND_UNDEF, .type = type};
}

const struct ir_place *ir_place_local(struct ir_module *module, const struct ir_function *function, ir_id local)
{
    assert(local < function->locals.count);
    struct ir_place *place = ARENA_NEW(module->arena, struct ir_place);
    *place = (struct ir_place){.base = IR_BASE_LOCAL, .id = local, .type = function->locals.items[local].type};
    return place;
}

const struct ir_place *ir_place_global(struct ir_module *module, ir_id global)
{
    assert(global < module->globals.count);
    struct ir_place *place = ARENA_NEW(module->arena, struct ir_place);
    *place = (struct ir_place){.base = IR_BASE_GLOBAL, .id = global, .type = module->globals.items[global].type};
    return place;
}

static const struct ir_place *place_extend(struct ir_module *module, const struct ir_place *place, struct ir_proj last)
{
    uint32_t count = place->proj_count;
    struct ir_proj *projs = ARENA_NEW_ARRAY(module->arena, struct ir_proj, (size_t)count + 1);
    if (count)
        memcpy(projs, place->projs, count * sizeof(*projs));
    projs[count] = last;
    struct ir_place *longer = ARENA_NEW(module->arena, struct ir_place);
    *longer = *place;
    longer->projs = projs;
    longer->proj_count = count + 1;
    longer->type = last.type;
    return longer;
}

const struct ir_place *ir_place_deref(struct ir_module *module, const struct ir_place *place, ir_id type)
{
    assert(type < module->types.count);
    return place_extend(module, place, (struct ir_proj){IR_PROJ_DEREF, IR_NONE, IR_NONE, NULL, type});
}

const struct ir_place *ir_place_field(struct ir_module *module, const struct ir_place *place, ir_id record, ir_id field)
{
    assert(record < module->records.count && field < module->records.items[record].fields.count);
    ir_id type = module->records.items[record].fields.items[field].type;
    return place_extend(module, place, (struct ir_proj){IR_PROJ_FIELD, record, field, NULL, type});
}

const struct ir_place *ir_place_index(struct ir_module *module, const struct ir_place *place,
                                      const struct ir_operand *index, ir_id type)
{
    assert(type < module->types.count);
    const struct ir_operand *copy = arena_copy(module->arena, index, sizeof(*index));
    return place_extend(module, place, (struct ir_proj){IR_PROJ_INDEX, IR_NONE, IR_NONE, copy, type});
}
