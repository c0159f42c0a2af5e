/*
 * encode.c - a module as bytes (codec_int.h describes them).
 *
 * The tables are written to a body first; the strings they name come before it in the result.
 */
#include "ir/codec_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

struct encoder {
    const struct ir_module *module;
    struct strbuf body;
    VEC(const char *) strings; /* by index */
    uint32_t *slots;           /* open addressing: 1 + index, 0 when free; owned */
    uint32_t slot_count;
};

static void put_number(struct strbuf *out, uint64_t value)
{
    while (value >= 0x80) {
        strbuf_addc(out, (char)(0x80 | (value & 0x7f)));
        value >>= 7;
    }
    strbuf_addc(out, (char)value);
}

static void put(struct encoder *self, uint64_t value)
{
    put_number(&self->body, value);
}

static void put_signed(struct encoder *self, int64_t value)
{
    put(self, (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0));
}

static void put_id(struct encoder *self, ir_id id)
{
    put(self, id == IR_NONE ? 0 : (uint64_t)id + 1);
}

/* ---- strings ---- */

static uint32_t *string_slot(struct encoder *self, const char *text)
{
    uint32_t mask = self->slot_count - 1, at = (uint32_t)hash_string(text) & mask;
    while (self->slots[at] && strcmp(self->strings.items[self->slots[at] - 1], text) != 0)
        at = (at + 1) & mask;
    return &self->slots[at];
}

static void grow_slots(struct encoder *self)
{
    free(self->slots);
    self->slot_count = self->slot_count ? self->slot_count * 2 : 256;
    self->slots = calloc(self->slot_count, sizeof(*self->slots));
    if (!self->slots)
        arena_die(self->slot_count * sizeof(*self->slots));
    for (uint32_t i = 0; i < self->strings.count; i++)
        *string_slot(self, self->strings.items[i]) = i + 1;
}

static void put_string(struct encoder *self, const char *text)
{
    if (!text) {
        put(self, 0);
        return;
    }
    if (self->strings.count >= self->slot_count / 2)
        grow_slots(self);
    uint32_t *slot = string_slot(self, text);
    if (!*slot) {
        VEC_PUSH(&self->strings, text);
        *slot = self->strings.count;
    }
    put(self, *slot);
}

/* ---- tables without code ---- */

static void put_range(struct encoder *self, const struct ir_range *range)
{
    put_id(self, range->file);
    put(self, range->line);
    put(self, range->column);
    put_signed(self, (int64_t)range->end_line - range->line);
    put(self, range->end_column);
}

static void put_loc(struct encoder *self, const struct ir_loc *loc)
{
    const struct ir_range *at = &loc->at, *spelling = &loc->spelling;
    bool is_there = at->file == spelling->file && at->line == spelling->line && at->column == spelling->column &&
                    at->end_line == spelling->end_line && at->end_column == spelling->end_column;
    put(self, (is_there ? CODEC_LOC_SPELLED_THERE : 0u) | (loc->macro ? CODEC_LOC_MACRO : 0u));
    put_range(self, at);
    if (!is_there)
        put_range(self, spelling);
    if (loc->macro)
        put_string(self, loc->macro);
}

static void put_files_and_locs(struct encoder *self)
{
    put(self, self->module->files.count);
    for (uint32_t i = 0; i < self->module->files.count; i++) {
        put_string(self, self->module->files.items[i].path);
        put(self, self->module->files.items[i].is_system ? CODEC_FILE_SYSTEM : 0);
    }
    put(self, self->module->locs.count);
    for (uint32_t i = 0; i < self->module->locs.count; i++)
        put_loc(self, &self->module->locs.items[i]);
}

static void put_record(struct encoder *self, const struct ir_record *record)
{
    put_string(self, record->key);
    put_string(self, record->name);
    put(self, record->is_union ? CODEC_RECORD_UNION : 0);
    put(self, record->size);
    put(self, record->fields.count);
    for (uint32_t i = 0; i < record->fields.count; i++) {
        const struct ir_field *field = &record->fields.items[i];
        put_string(self, field->name);
        put_id(self, field->type);
        put(self, field->offset);
        put(self, field->bit_width);
    }
}

static void put_type(struct encoder *self, const struct ir_type *type)
{
    put(self, type->kind);
    put(self, (type->is_signed ? CODEC_TYPE_SIGNED : 0u) | (type->is_const ? CODEC_TYPE_CONST : 0u) |
                  (type->is_reference ? CODEC_TYPE_REFERENCE : 0u));
    put(self, type->bits);
    put_id(self, type->target);
    put(self, type->count);
    put_id(self, type->record);
    put_string(self, type->name);
}

static void put_unit(struct encoder *self, const struct ir_unit *unit)
{
    put_string(self, unit->path);
    put_string(self, unit->directory);
    put(self, unit->error_count);
    put_string(self, unit->first_error);
    put(self, unit->statement_count);
    put(self, unit->unknown_count);
}

static void put_global(struct encoder *self, const struct ir_global *global)
{
    put_id(self, global->unit);
    put_string(self, global->key);
    put_string(self, global->name);
    put_id(self, global->type);
    put_id(self, global->loc);
    put(self, global->is_external ? CODEC_GLOBAL_EXTERNAL : 0);
}

/* ---- code ---- */

static void put_operand(struct encoder *self, const struct ir_operand *operand);

static void put_place(struct encoder *self, const struct ir_place *place)
{
    put(self, place->base);
    put_id(self, place->id);
    put_id(self, place->type);
    put(self, place->proj_count);
    for (uint32_t i = 0; i < place->proj_count; i++) {
        const struct ir_proj *proj = &place->projs[i];
        put(self, proj->kind);
        put_id(self, proj->type);
        if (proj->kind == IR_PROJ_FIELD) {
            put_id(self, proj->record);
            put_id(self, proj->field);
        } else if (proj->kind == IR_PROJ_INDEX) {
            put_operand(self, proj->index);
        }
    }
}

static void put_operand(struct encoder *self, const struct ir_operand *operand)
{
    put(self, operand->kind);
    put_id(self, operand->type);
    switch (operand->kind) {
    case IR_OPERAND_INT:
        put_signed(self, operand->value);
        break;
    case IR_OPERAND_STRING:
        put_string(self, operand->text);
        break;
    case IR_OPERAND_LOAD:
    case IR_OPERAND_ADDR:
        put_place(self, operand->place);
        break;
    case IR_OPERAND_FUNC:
        put_id(self, operand->function);
        break;
    case IR_OPERAND_FLOAT:
    case IR_OPERAND_UNDEF:
        break;
    }
}

static void put_expr(struct encoder *self, const struct ir_expr *expr)
{
    put(self, expr->op);
    put_id(self, expr->type);
    if (ir_expr_arity(expr->op) > 0)
        put_operand(self, &expr->a);
    if (ir_expr_arity(expr->op) > 1)
        put_operand(self, &expr->b);
}

static void put_instr(struct encoder *self, const struct ir_instr *instr)
{
    put(self, instr->kind);
    put_id(self, instr->loc);
    if (instr->kind == IR_SCOPE_END) {
        put(self, instr->local_count);
        for (uint32_t i = 0; i < instr->local_count; i++)
            put_id(self, instr->locals[i]);
        return;
    }
    put(self, instr->dst != NULL);
    if (instr->dst)
        put_place(self, instr->dst);
    if (instr->kind == IR_ASSIGN) {
        put_expr(self, &instr->value);
        return;
    }
    if (instr->kind == IR_CALL) {
        put_operand(self, &instr->callee);
        put(self, instr->is_dispatched);
    } else {
        put_string(self, instr->what);
    }
    put(self, instr->arg_count);
    for (uint32_t i = 0; i < instr->arg_count; i++)
        put_operand(self, &instr->args[i]);
}

static void put_term(struct encoder *self, const struct ir_term *term)
{
    put(self, term->kind);
    put_id(self, term->loc);
    put_string(self, term->text);
    if (ir_term_has_value(term->kind))
        put_operand(self, &term->value);
    put(self, term->target_count);
    for (uint32_t i = 0; i < term->target_count; i++)
        put_id(self, term->targets[i]);
    for (uint32_t i = 0; term->kind == IR_SWITCH && i + 1 < term->target_count; i++) {
        put_signed(self, term->case_low[i]);
        put_signed(self, term->case_high[i]);
    }
}

static void put_block(struct encoder *self, const struct ir_block *block)
{
    put_id(self, block->handler);
    put(self, block->is_loop_head ? CODEC_BLOCK_LOOP_HEAD : 0);
    put(self, block->instrs.count);
    for (uint32_t i = 0; i < block->instrs.count; i++)
        put_instr(self, &block->instrs.items[i]);
    put_term(self, &block->term);
}

static uint32_t function_flags(const struct ir_function *function)
{
    return (function->is_external ? CODEC_FUNCTION_EXTERNAL : 0u) |
           (function->is_variadic ? CODEC_FUNCTION_VARIADIC : 0u) |
           (function->is_noreturn ? CODEC_FUNCTION_NORETURN : 0u) |
           (function->is_virtual ? CODEC_FUNCTION_VIRTUAL : 0u) | (function->is_system ? CODEC_FUNCTION_SYSTEM : 0u) |
           (function->is_initializer ? CODEC_FUNCTION_INITIALIZER : 0u);
}

static void put_function(struct encoder *self, const struct ir_function *function)
{
    put_id(self, function->unit);
    put_string(self, function->key);
    put_string(self, function->name);
    put_id(self, function->type);
    put_id(self, function->loc);
    put_id(self, function->definition);
    put_id(self, function->record);
    put(self, function_flags(function));
    put(self, function->param_count);
    put(self, function->locals.count);
    for (uint32_t i = 0; i < function->locals.count; i++) {
        const struct ir_local *local = &function->locals.items[i];
        put_string(self, local->name);
        put_id(self, local->type);
        put(self, local->kind);
        put_id(self, local->loc);
    }
    put(self, function->annotations.count);
    for (uint32_t i = 0; i < function->annotations.count; i++) {
        put_id(self, function->annotations.items[i].param);
        put_string(self, function->annotations.items[i].text);
    }
    put(self, function->macro_uses.count);
    for (uint32_t i = 0; i < function->macro_uses.count; i++) {
        put_string(self, function->macro_uses.items[i].name);
        put_id(self, function->macro_uses.items[i].loc);
    }
    put(self, function->blocks.count);
    for (uint32_t i = 0; i < function->blocks.count; i++)
        put_block(self, &function->blocks.items[i]);
}

/* ---- the whole ---- */

static void put_tables(struct encoder *self)
{
    const struct ir_module *module = self->module;
    put_files_and_locs(self);
    put(self, module->records.count);
    for (uint32_t i = 0; i < module->records.count; i++)
        put_record(self, &module->records.items[i]);
    put(self, module->types.count);
    for (uint32_t i = 0; i < module->types.count; i++)
        put_type(self, &module->types.items[i]);
    put(self, module->units.count);
    for (uint32_t i = 0; i < module->units.count; i++)
        put_unit(self, &module->units.items[i]);
    put(self, module->globals.count);
    for (uint32_t i = 0; i < module->globals.count; i++)
        put_global(self, &module->globals.items[i]);
    put(self, module->functions.count);
    for (uint32_t i = 0; i < module->functions.count; i++)
        put_function(self, &module->functions.items[i]);
}

static void write_result(const struct encoder *self, struct strbuf *out)
{
    size_t start = out->length;
    strbuf_add(out, CODEC_MAGIC, CODEC_MAGIC_SIZE);
    put_number(out, CODEC_VERSION);
    put_number(out, self->strings.count);
    for (uint32_t i = 0; i < self->strings.count; i++) {
        size_t length = strlen(self->strings.items[i]);
        put_number(out, length);
        strbuf_add(out, self->strings.items[i], length);
    }
    strbuf_add(out, self->body.data, self->body.length);
    uint64_t checksum = hash_bytes(out->data + start, out->length - start);
    for (int i = 0; i < CODEC_CHECKSUM_SIZE; i++)
        strbuf_addc(out, (char)(checksum >> (8 * i) & 0xff));
}

void ir_module_encode(const struct ir_module *self, struct strbuf *out)
{
    struct encoder encoder = {.module = self};
    strbuf_init(&encoder.body);
    put_tables(&encoder);
    write_result(&encoder, out);
    strbuf_release(&encoder.body);
    VEC_RELEASE(&encoder.strings);
    free(encoder.slots);
}
