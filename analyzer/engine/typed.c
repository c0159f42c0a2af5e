/*
 * typed.c - see typed.h. One walk over the program's instructions compares the types on both sides of whatever hands a pointer on (the "type safety" that
 * makes fields of records be taken apart by their types alone: Diwan, McKinley, Moss, "Type-based alias analysis", PLDI 1998).
 */
#include "engine/typed.h"

#include <string.h>

#include "base/hash.h"
#include "base/wordmap.h"
#include "engine/code.h"

/* What a type comes down to: a record that may be a typed one, behind so many pointers; IR_NONE and 0: none. */
struct pointee {
    ir_id record;
    uint32_t pointers;
};

struct finder {
    const struct engine *engine;
    const struct ir_module *program;
    const struct ir_instr *before; /* the instruction before, in its block; NULL: it is the first */
    bool *is_typed;
};

/* ---- types ---- */

static struct pointee pointee_of_type(const struct finder *self, ir_id type)
{
    const struct ir_type *types = self->program->types.items;
    struct pointee result = {IR_NONE, 0};

    while (type != IR_NONE && (types[type].kind == IR_TYPE_POINTER || types[type].kind == IR_TYPE_ARRAY)) {
        result.pointers += types[type].kind == IR_TYPE_POINTER;
        type = types[type].target;
    }
    if (type == IR_NONE || types[type].kind != IR_TYPE_RECORD || !self->is_typed[types[type].record])
        return (struct pointee){IR_NONE, 0};
    result.record = types[type].record;
    return result;
}

static struct pointee pointee_of(const struct finder *self, const struct ir_operand *operand)
{
    struct pointee result = {IR_NONE, 0};

    if (operand->kind == IR_OPERAND_LOAD)
        return pointee_of_type(self, operand->place->type);
    if (operand->kind != IR_OPERAND_ADDR)
        return result;
    result = pointee_of_type(self, operand->place->type);
    result.pointers += result.record != IR_NONE;
    return result;
}

static void loosen(struct finder *self, struct pointee pointee)
{
    if (pointee.record != IR_NONE && pointee.pointers > 0)
        self->is_typed[pointee.record] = false;
}

/* ---- instructions ---- */

/* The address of a member minus its offset (CONTAINING_RECORD): VALUE, a number that the instruction before has made, is that of a RECORD. */
static bool is_container(const struct finder *self, const struct ir_operand *value, ir_id record)
{
    const struct ir_instr *before = self->before;
    const struct ir_record *r = record == IR_NONE ? NULL : &self->program->records.items[record];

    if (!r || !before || before->kind != IR_ASSIGN || before->value.op != IR_EXPR_SUB || before->value.b.kind != IR_OPERAND_INT ||
        value->kind != IR_OPERAND_LOAD || !code_is_local(value->place) || !code_is_same_place(value->place, before->dst))
        return false;
    for (ir_id f = 0; f < r->fields.count; f++)
        if (r->fields.items[f].offset == (uint64_t)before->value.b.value * 8 && self->program->types.items[r->fields.items[f].type].kind == IR_TYPE_RECORD)
            return true;
    return false;
}

/* VALUE is put where a pointer of TYPE is expected. */
static void hand_on(struct finder *self, ir_id type, const struct ir_operand *value)
{
    struct pointee to = pointee_of_type(self, type), from = pointee_of(self, value);

    if (value->kind == IR_OPERAND_INT && value->value == 0)
        return;
    if ((to.record == from.record && to.pointers == from.pointers) || is_container(self, value, to.record))
        return;
    loosen(self, to);
    loosen(self, from);
}

static void note_assignment(struct finder *self, const struct ir_instr *instr)
{
    const struct ir_expr *value = &instr->value;
    const struct ir_type *type = &self->program->types.items[instr->dst->type];

    if (value->op == IR_EXPR_ZERO || ir_expr_is_truth(value->op))
        return;
    if (type->kind == IR_TYPE_RECORD) {
        self->is_typed[type->record] &= value->a.kind == IR_OPERAND_LOAD && self->program->types.items[value->a.place->type].record == type->record;
        return;
    }
    hand_on(self, instr->dst->type, &value->a);
    if (ir_expr_arity(value->op) == 2 && pointee_of(self, &value->b).record != IR_NONE)
        hand_on(self, instr->dst->type, &value->b);
}

/* The type of what CALL returns, as its callee has it. */
static ir_id result_type(const struct finder *self, const struct ir_instr *call)
{
    const struct ir_type *types = self->program->types.items;
    ir_id type = call->callee.kind == IR_OPERAND_FUNC ? self->program->functions.items[call->callee.function].type : call->callee.type;

    if (type != IR_NONE && types[type].kind == IR_TYPE_POINTER)
        type = types[type].target;
    return type == IR_NONE || types[type].kind != IR_TYPE_FUNCTION ? IR_NONE : types[type].target;
}

static void note_result(struct finder *self, const struct ir_instr *call, const struct ruleset_routine *routine)
{
    struct pointee to = pointee_of_type(self, call->dst->type), from = pointee_of_type(self, result_type(self, call));
    const struct ir_type *type = &self->program->types.items[call->dst->type];

    if (to.record == IR_NONE || code_returns_new(routine))
        return;
    if (type->kind == IR_TYPE_RECORD)
        self->is_typed[type->record] &= call->callee.kind == IR_OPERAND_FUNC && self->program->functions.items[call->callee.function].definition != IR_NONE;
    else if (to.record != from.record || to.pointers != from.pointers)
        loosen(self, to);
}

/* The arguments of CALL that are pointers all lead to what ARG leads to: memory is copied as what it is. */
static bool is_copy_of_same(const struct finder *self, const struct ir_instr *call, uint32_t arg)
{
    struct pointee first = pointee_of(self, &call->args[arg]);

    for (uint32_t a = 0; a < call->arg_count; a++) {
        struct pointee other = pointee_of(self, &call->args[a]);

        if (call->args[a].kind != IR_OPERAND_INT && (other.record != first.record || other.pointers != first.pointers) &&
            self->program->types.items[call->args[a].type].kind == IR_TYPE_POINTER)
            return false;
    }
    return true;
}

/* The function with a body that CALL reaches; NULL: that is not certain. */
static const struct ir_function *find_callee(const struct finder *self, const struct ir_instr *call)
{
    ir_id callee = call->callee.kind == IR_OPERAND_FUNC && !call->is_dispatched ? self->program->functions.items[call->callee.function].definition : IR_NONE;

    return callee == IR_NONE ? NULL : &self->program->functions.items[callee];
}

/* Is argument ARG of CALL a pointer to a typed record, for either side? */
static bool concerns(const struct finder *self, const struct ir_instr *call, uint32_t arg)
{
    const struct ir_function *function = find_callee(self, call);

    return pointee_of(self, &call->args[arg]).record != IR_NONE ||
           (function && arg < function->param_count && pointee_of_type(self, function->locals.items[arg].type).record != IR_NONE);
}

static void note_argument(struct finder *self, const struct ir_instr *call, const struct ruleset_routine *routine, uint32_t arg)
{
    const struct ir_operand *operand = &call->args[arg];
    const struct ir_function *function = find_callee(self, call);
    bool is_told = call->dst && self->program->types.items[call->dst->type].kind == IR_TYPE_RECORD; /* its physical address, say */
    enum code_change change = routine && !is_told ? code_change_of_argument(routine, call, arg) : CODE_WRITE;

    if (routine && (change == CODE_NOTHING || change == CODE_ZERO || (change == CODE_COPY && is_copy_of_same(self, call, arg))))
        return;
    if (!routine && function && arg < function->param_count)
        hand_on(self, function->locals.items[arg].type, operand);
    else
        loosen(self, pointee_of(self, operand));
}

static void note_call(struct finder *self, const struct ir_instr *call)
{
    const struct ruleset_routine *routine = NULL;
    bool is_known = false; /* which routine it is */

    for (uint32_t a = 0; a <= call->arg_count; a++) {
        bool is_result = a == call->arg_count;

        if (is_result ? !call->dst || pointee_of_type(self, call->dst->type).record == IR_NONE : !concerns(self, call, a))
            continue;
        routine = is_known ? routine : callgraph_routine(self->program, self->engine->rules, call);
        is_known = true;
        if (is_result)
            note_result(self, call, routine);
        else
            note_argument(self, call, routine, a);
    }
}

static void note_instr(struct finder *self, const struct ir_instr *instr)
{
    if (instr->kind == IR_ASSIGN)
        note_assignment(self, instr);
    else if (instr->kind == IR_CALL)
        note_call(self, instr);
    for (uint32_t a = 0; instr->kind == IR_UNKNOWN && a < instr->arg_count; a++)
        loosen(self, pointee_of(self, &instr->args[a]));
}

static void note_function(struct finder *self, const struct ir_function *function)
{
    ir_id result = self->program->types.items[function->type].target;

    for (uint32_t b = 0; b < function->blocks.count; b++) {
        const struct ir_block *block = &function->blocks.items[b];

        self->before = NULL;
        for (uint32_t i = 0; i < block->instrs.count; i++) {
            note_instr(self, &block->instrs.items[i]);
            self->before = &block->instrs.items[i];
        }
        if (block->term.kind == IR_RETURN && block->term.value.kind != IR_OPERAND_UNDEF)
            hand_on(self, result, &block->term.value);
    }
}

/* ---- records ---- */

/* The record that a member of TYPE has in it; IR_NONE: none. */
static ir_id part_of_type(const struct ir_module *program, ir_id type)
{
    while (type != IR_NONE && program->types.items[type].kind == IR_TYPE_ARRAY)
        type = program->types.items[type].target;
    return type != IR_NONE && program->types.items[type].kind == IR_TYPE_RECORD ? program->types.items[type].record : IR_NONE;
}

/* What is a part of a record that is no typed one is none either. */
static void spread(const struct ir_module *program, bool *is_typed)
{
    bool has_changed = true;

    while (has_changed) {
        has_changed = false;
        for (ir_id r = 0; r < program->records.count; r++)
            for (ir_id f = 0; !is_typed[r] && f < program->records.items[r].fields.count; f++) {
                ir_id part = part_of_type(program, program->records.items[r].fields.items[f].type);

                if (part != IR_NONE && is_typed[part]) {
                    is_typed[part] = false;
                    has_changed = true;
                }
            }
    }
}

/* A record's key begins with the path of the file that declares it. Where there were errors, some code is missing. */
static void find_own(const struct ir_module *program, bool *is_own)
{
    struct word_map units = {0};
    uint32_t ignored;

    for (uint32_t u = 0; u < program->units.count; u++)
        if (program->units.items[u].error_count == 0)
            (void)word_map_add(&units, hash_string(program->units.items[u].path), u);
    for (ir_id r = 0; r < program->records.count; r++) {
        const char *key = program->records.items[r].key, *mark = strchr(key, '#');

        is_own[r] = mark && !program->records.items[r].is_union && word_map_get(&units, hash_bytes(key, (size_t)(mark - key)), &ignored);
    }
    word_map_release(&units);
}

bool *typed_find(struct engine *engine, bool **is_own)
{
    const struct ir_module *program = engine->program;
    struct finder self = {.engine = engine, .program = program, .is_typed = ARENA_NEW_ARRAY(engine->arena, bool, (size_t)program->records.count + 1)};

    *is_own = ARENA_NEW_ARRAY(engine->arena, bool, (size_t)program->records.count + 1);
    find_own(program, *is_own);
    memcpy(self.is_typed, *is_own, program->records.count * sizeof(bool));
    for (ir_id f = 0; f < program->functions.count; f++)
        if (program->functions.items[f].is_defined)
            note_function(&self, &program->functions.items[f]);
    spread(program, self.is_typed);
    return self.is_typed;
}
