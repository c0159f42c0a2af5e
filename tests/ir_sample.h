/*
 * ir_sample.h - a small module with one of everything, made by hand, for the tests of ir/.
 *
 * sample_unit(m, "a.c") adds a unit "/src/a.c" with a header "/src/h.h": records, types, a global, an internal
 * function of the header and the function Transfer, which calls it, loops, switches and has a handler.
 */
#ifndef MDLGUARD_TESTS_IR_SAMPLE_H
#define MDLGUARD_TESTS_IR_SAMPLE_H

#include <string.h>

#include "ir/ir.h"

struct sample {
    struct ir_module *module;
    ir_id unit, main_file, header, loc, header_loc;
    ir_id void_type, int_type, uint_type, mdl_type, pmdl_type, context_type, context_pointer, array_type;
    ir_id mdl, context, anonymous;
    ir_id lock, inner, transfer, global; /* functions and a global */
};

static inline struct ir_type sample_type(enum ir_type_kind kind, uint32_t bits, ir_id target)
{
    return (struct ir_type){.kind = kind, .bits = bits, .target = target, .record = IR_NONE};
}

static inline ir_id sample_loc(struct sample *s, ir_id file, uint32_t line, uint32_t column)
{
    struct ir_range range = {file, line, column, line, column + 4};
    struct ir_loc loc = {range, range, NULL};
    return ir_module_loc(s->module, &loc);
}

static inline ir_id sample_pointer(struct sample *s, ir_id target, const char *name)
{
    struct ir_type type = sample_type(IR_TYPE_POINTER, 64, target);
    type.name = name;
    return ir_module_type(s->module, &type);
}

static inline ir_id sample_record_type(struct sample *s, ir_id record, uint32_t bits)
{
    struct ir_type type = sample_type(IR_TYPE_RECORD, bits, IR_NONE);
    type.record = record;
    return ir_module_type(s->module, &type);
}

static inline void sample_field(struct sample *s, ir_id record, const char *name, ir_id type, uint64_t offset)
{
    struct ir_field field = {intern_string(&s->module->strings, name), type, offset, 0};
    VEC_PUSH_IN(s->module->arena, &s->module->records.items[record].fields, field);
}

static inline void sample_types(struct sample *s)
{
    struct ir_type type = sample_type(IR_TYPE_VOID, 0, IR_NONE);
    s->void_type = ir_module_type(s->module, &type);
    type = sample_type(IR_TYPE_INT, 32, IR_NONE);
    s->uint_type = ir_module_type(s->module, &type);
    type.is_signed = true;
    s->int_type = ir_module_type(s->module, &type);
    bool is_new;
    s->mdl = ir_module_record(s->module, "/src/h.h#_MDL", "_MDL", &is_new);
    s->mdl_type = sample_record_type(s, s->mdl, 128);
    s->pmdl_type = sample_pointer(s, s->mdl_type, "PMDL");
    type = sample_type(IR_TYPE_ARRAY, 256, s->pmdl_type);
    type.count = 4;
    s->array_type = ir_module_type(s->module, &type);
    s->anonymous = ir_module_record(s->module, "/src/h.h#_CTX.1", "", &is_new);
    s->context = ir_module_record(s->module, "/src/h.h#_CTX", "_CTX", &is_new);
    s->context_type = sample_record_type(s, s->context, 448);
    s->context_pointer = sample_pointer(s, s->context_type, NULL);
}

/* struct _MDL { PMDL Next; int Size; }; struct _CTX { PMDL Mdl; union { int Flags; unsigned Bits; }; PMDL Mdls[4];
   }; */
static inline void sample_records(struct sample *s)
{
    struct ir_record *records = s->module->records.items;
    if (records[s->mdl].fields.count)
        return;
    records[s->mdl].size = 16;
    sample_field(s, s->mdl, "Next", s->pmdl_type, 0);
    sample_field(s, s->mdl, "Size", s->int_type, 64);
    records[s->anonymous].is_union = true;
    records[s->anonymous].size = 4;
    sample_field(s, s->anonymous, "Flags", s->int_type, 0);
    sample_field(s, s->anonymous, "Bits", s->uint_type, 0);
    records[s->context].size = 56;
    sample_field(s, s->context, "Mdl", s->pmdl_type, 0);
    sample_field(s, s->context, "", sample_record_type(s, s->anonymous, 32), 64);
    sample_field(s, s->context, "Mdls", s->array_type, 128);
}

static inline ir_id sample_function(struct sample *s, const char *key, const char *name, ir_id result, ir_id loc)
{
    struct ir_type type = sample_type(IR_TYPE_FUNCTION, 0, result);
    bool is_new;
    ir_id id = ir_module_function(s->module, s->unit, key, name, &is_new);
    s->module->functions.items[id].type = ir_module_type(s->module, &type);
    s->module->functions.items[id].loc = loc;
    return id;
}

static inline ir_id sample_param(struct sample *s, ir_id function, const char *name, ir_id type)
{
    struct ir_function *f = &s->module->functions.items[function];
    f->param_count++;
    return ir_function_add_local(s->module, f, IR_LOCAL_PARAM, name, type, s->loc);
}

static inline void sample_jump(struct sample *s, struct ir_block *block, enum ir_term_kind kind, uint32_t count,
                               const ir_id *targets)
{
    block->term.kind = kind;
    block->term.loc = s->loc;
    block->term.targets = arena_copy(s->module->arena, targets, count * sizeof(*targets));
    block->term.target_count = count;
}

static inline void sample_goto(struct sample *s, struct ir_block *block, ir_id target)
{
    sample_jump(s, block, IR_GOTO, 1, &target);
}

/* dst = value */
static inline void sample_assign(struct sample *s, struct ir_block *block, const struct ir_place *dst,
                                 struct ir_operand value)
{
    struct ir_instr *instr = ir_block_add(s->module, block, IR_ASSIGN, s->loc);
    instr->dst = dst;
    instr->value = (struct ir_expr){.op = IR_EXPR_USE, .type = value.type, .a = value, .b = ir_operand_undef(IR_NONE)};
}

static inline struct ir_instr *sample_call(struct sample *s, struct ir_block *block, const struct ir_place *dst,
                                           ir_id callee, const struct ir_operand *args, uint32_t count)
{
    struct ir_instr *instr = ir_block_add(s->module, block, IR_CALL, s->loc);
    const struct ir_function *function = &s->module->functions.items[callee];
    instr->dst = dst;
    instr->callee = (struct ir_operand){.kind = IR_OPERAND_FUNC, .type = function->type, .function = callee};
    instr->args = arena_copy(s->module->arena, args, count * sizeof(*args));
    instr->arg_count = count;
    return instr;
}

/* static int Inner(void) { return 7; }, in the header */
static inline void sample_inner(struct sample *s)
{
    s->inner = sample_function(s, "/src/h.h#Inner#00c0ffee", "Inner", s->int_type, s->header_loc);
    struct ir_function *f = &s->module->functions.items[s->inner];
    ir_function_add_block(s->module, f, IR_NONE);
    f->blocks.items[0].term = (struct ir_term){.kind = IR_RETURN, .loc = s->header_loc};
    f->blocks.items[0].term.value = ir_operand_int(s->int_type, 7);
}

/* ctx->Mdl, where ctx is local 0 */
static inline const struct ir_place *sample_context_field(struct sample *s, const struct ir_function *f, ir_id field)
{
    const struct ir_place *place = ir_place_deref(s->module, ir_place_local(s->module, f, 0), s->context_type);
    return ir_place_field(s->module, place, s->context, field);
}

static inline void sample_switch(struct sample *s, struct ir_block *block, const struct ir_place *value)
{
    static const int64_t low[] = {-3, 5}, high[] = {-3, INT64_MAX};
    sample_jump(s, block, IR_SWITCH, 3, (const ir_id[]){2, 3, 4});
    block->term.value = ir_operand_load(value);
    block->term.case_low = arena_copy(s->module->arena, low, sizeof(low));
    block->term.case_high = arena_copy(s->module->arena, high, sizeof(high));
    block->term.text = intern_string(&s->module->strings, "n \"quoted\"");
}

static inline void sample_transfer_blocks(struct sample *s, struct ir_function *f)
{
    struct ir_module *m = s->module;
    const struct ir_place *n = ir_place_local(m, f, 1), *temp = ir_place_local(m, f, 2);
    struct ir_operand index = ir_operand_load(n);
    const struct ir_place *element = ir_place_index(m, sample_context_field(s, f, 2), &index, s->pmdl_type);
    struct ir_block *b = f->blocks.items;
    struct ir_operand args[] = {ir_operand_load(sample_context_field(s, f, 0)), ir_operand_int(s->int_type, -1)};
    sample_call(s, &b[0], temp, s->inner, NULL, 0);
    sample_call(s, &b[0], NULL, s->lock, args, 2);
    sample_jump(s, &b[0], IR_BRANCH, 2, (const ir_id[]){1, 4});
    b[0].term.value = ir_operand_load(temp);
    b[0].term.text = intern_string(&m->strings, "Inner()");
    sample_switch(s, &b[1], n);
    sample_assign(s, &b[2], element, ir_operand_int(s->pmdl_type, 0));
    sample_goto(s, &b[2], 1);
    struct ir_instr *unknown = ir_block_add(m, &b[3], IR_UNKNOWN, s->loc);
    unknown->what = intern_string(&m->strings, "AsmStmt");
    struct ir_operand text = {.kind = IR_OPERAND_STRING, .type = s->pmdl_type, .function = IR_NONE};
    text.text = intern_string(&m->strings, "two\nlines");
    unknown->args = arena_copy(m->arena, &text, sizeof(text));
    unknown->arg_count = 1;
    sample_jump(s, &b[3], IR_RESUME, 0, NULL);
    struct ir_instr *end = ir_block_add(m, &b[4], IR_SCOPE_END, s->loc);
    end->locals = arena_copy(m->arena, (const ir_id[]){3}, sizeof(ir_id));
    end->local_count = 1;
    b[4].term = (struct ir_term){.kind = IR_RETURN, .loc = s->loc, .value = ir_operand_load(temp)};
}

static inline void sample_transfer(struct sample *s)
{
    struct ir_module *m = s->module;
    s->transfer = sample_function(s, "Transfer", "Transfer", s->int_type, s->loc);
    sample_param(s, s->transfer, "ctx", s->context_pointer);
    sample_param(s, s->transfer, "n", s->int_type);
    struct ir_function *f = &m->functions.items[s->transfer];
    f->is_external = true;
    VEC_PUSH_IN(m->arena, &f->annotations,
                ((struct ir_annotation){IR_NONE, intern_string(&m->strings, "irql:passive")}));
    VEC_PUSH_IN(m->arena, &f->annotations, ((struct ir_annotation){1, intern_string(&m->strings, "count")}));
    struct ir_macro_use use = {intern_string(&m->strings, "LOCK_COUNT"), s->loc};
    VEC_PUSH_IN(m->arena, &f->macro_uses, use);
    ir_function_add_local(m, f, IR_LOCAL_TEMP, "", s->int_type, IR_NONE);
    ir_function_add_local(m, f, IR_LOCAL_VAR, "n", s->uint_type, s->loc);
    for (int i = 0; i < 5; i++)
        ir_function_add_block(m, f, i == 1 || i == 2 ? 3 : IR_NONE);
    f->blocks.items[1].is_loop_head = true;
    sample_transfer_blocks(s, f);
}

static inline struct sample sample_unit(struct ir_module *module, const char *file)
{
    struct sample s = {.module = module};
    char path[64];
    snprintf(path, sizeof(path), "/src/%s", file);
    s.unit = ir_module_unit(module, path, "/build");
    module->units.items[s.unit].statement_count = 12;
    s.main_file = ir_module_file(module, path, false);
    s.header = ir_module_file(module, "/src/h.h", false);
    s.loc = sample_loc(&s, s.main_file, 12, 5);
    s.header_loc = sample_loc(&s, s.header, 3, 1);
    struct ir_loc in_macro = {{s.main_file, 20, 1, 21, 9}, {s.header, 9, 2, 9, 8}, "LOCK_IT"};
    ir_module_loc(module, &in_macro);
    sample_types(&s);
    sample_records(&s);
    bool is_new;
    s.global = ir_module_global(module, s.unit, "g_ctx", "g_ctx", &is_new);
    module->globals.items[s.global].type = s.context_type;
    module->globals.items[s.global].is_external = true;
    s.lock = sample_function(&s, "MmLock", "MmLock", s.void_type, s.header_loc);
    module->functions.items[s.lock].is_external = true;
    sample_inner(&s);
    sample_transfer(&s);
    return s;
}

/* A module with an arena of its own. */
struct world {
    struct arena arena;
    struct ir_module module;
};

static inline void world_init(struct world *self)
{
    arena_init(&self->arena);
    ir_module_init(&self->module, &self->arena);
}

static inline void world_release(struct world *self)
{
    ir_module_release(&self->module);
    arena_release(&self->arena);
}

/* The encoded sample unit FILE; TWEAK (may be NULL) changes it first. */
static inline struct strbuf encoded_unit(const char *file, void (*tweak)(struct sample *))
{
    struct world world;
    struct strbuf bytes;
    world_init(&world);
    strbuf_init(&bytes);
    struct sample s = sample_unit(&world.module, file);
    if (tweak)
        tweak(&s);
    ir_module_encode(&world.module, &bytes);
    world_release(&world);
    return bytes;
}

#endif
