/*
 * body.c - one function body while it is being made: blocks, instructions, temporaries, and the clean-up at the end.
 */
#include "frontend/lower_int.h"

#include <assert.h>

void body_init(struct body *self, struct lowering *unit, ir_id function)
{
    *self = (struct body){
        .unit = unit,
        .module = unit->module,
        .id = function,
        .fn = unit->module->functions.items[function],
        .handler = IR_NONE,
        .loc = unit->module->functions.items[function].loc,
        .abnormal = -1,
    };
    self->block = body_new_block(self);
}

bool body_enter(struct body *self)
{
    if (self->depth >= LOWER_MAX_DEPTH)
        return false;
    self->depth++;
    return true;
}

void body_leave(struct body *self)
{
    assert(self->depth);
    self->depth--;
}

/* ---- blocks ---- */

ir_id body_new_block(struct body *self)
{
    return ir_function_add_block(self->module, &self->fn, self->handler);
}

void body_start(struct body *self, ir_id block)
{
    body_goto(self, block);
    self->block = block;
}

static struct ir_term *terminate(struct body *self, enum ir_term_kind kind, ir_id loc)
{
    if (self->block == IR_NONE)
        return NULL;
    struct ir_term *term = &self->fn.blocks.items[self->block].term;
    *term = (struct ir_term){.kind = kind, .loc = loc, .value = ir_operand_undef(self->unit->void_type)};
    self->block = IR_NONE;
    return term;
}

static const ir_id *copy_targets(struct body *self, const ir_id *targets, uint32_t count)
{
    return arena_copy(self->module->arena, targets, count * sizeof(*targets));
}

void body_goto(struct body *self, ir_id target)
{
    struct ir_term *term = terminate(self, IR_GOTO, self->loc);
    if (!term)
        return;
    term->targets = copy_targets(self, &target, 1);
    term->target_count = 1;
}

void body_branch(struct body *self, struct ir_operand value, ir_id if_true, ir_id if_false, ir_id loc, const char *text)
{
    struct ir_term *term = terminate(self, IR_BRANCH, loc);
    if (!term)
        return;
    term->targets = copy_targets(self, (ir_id[]){if_true, if_false}, 2);
    term->target_count = 2;
    term->value = value;
    term->text = text;
}

void body_return(struct body *self, struct ir_operand value, ir_id loc)
{
    struct ir_term *term = terminate(self, IR_RETURN, loc);
    if (term)
        term->value = value;
}

void body_end(struct body *self, enum ir_term_kind kind, ir_id loc)
{
    terminate(self, kind, loc);
}

/* ---- instructions ---- */

struct ir_instr *body_add(struct body *self, enum ir_instr_kind kind, ir_id loc)
{
    if (self->block == IR_NONE)
        self->block = body_new_block(self);
    return ir_block_add(self->module, &self->fn.blocks.items[self->block], kind, loc);
}

void body_assign(struct body *self, const struct ir_place *place, struct ir_expr value, ir_id loc)
{
    struct ir_instr *instr = body_add(self, IR_ASSIGN, loc);
    instr->dst = place;
    instr->value = value;
}

const struct ir_place *body_temp(struct body *self, ir_id type, ir_id loc)
{
    ir_id local = ir_function_add_local(self->module, &self->fn, IR_LOCAL_TEMP, "", type, loc);
    return ir_place_local(self->module, &self->fn, local);
}

/* The place of a local variable or parameter; a variable met twice (in copies of a finally body) is the same local. */
const struct ir_place *body_local(struct body *self, CXCursor declaration)
{
    struct lowering *unit = self->unit;
    ir_id local;
    if (!ptr_map_get(&self->locals, cursor_identity(declaration), &local)) {
        const char *name = cursor_string(&unit->scratch, clang_getCursorSpelling(declaration));
        local = ir_function_add_local(self->module, &self->fn, IR_LOCAL_VAR, name, unit_cursor_type(unit, declaration),
                                      unit_name_loc(unit, declaration));
        ptr_map_put(&self->locals, cursor_identity(declaration), local);
    }
    return ir_place_local(self->module, &self->fn, local);
}

struct ir_operand body_operand(struct body *self, struct ir_expr value, ir_id loc)
{
    if (value.op == IR_EXPR_USE)
        return value.a;
    const struct ir_place *temp = body_temp(self, value.type, loc);
    body_assign(self, temp, value, loc);
    return ir_operand_load(temp);
}

const struct ir_place *body_materialize(struct body *self, struct ir_operand operand, ir_id loc)
{
    if (operand.kind == IR_OPERAND_LOAD)
        return operand.place;
    const struct ir_place *temp = body_temp(self, operand.type, loc);
    body_assign(self, temp, value_use(operand), loc);
    return temp;
}

/* ---- unknowns ---- */

/* ARGS is in the module's arena. */
static void add_unknown(struct body *self, const char *what, const struct ir_operand *args, uint32_t count, ir_id loc)
{
    self->module->units.items[self->unit->unit].unknown_count++;
    struct ir_instr *instr = body_add(self, IR_UNKNOWN, loc);
    instr->args = args;
    instr->arg_count = count;
    instr->what = intern_string(&self->module->strings, what);
}

void body_add_unknown(struct body *self, const char *what, const struct ir_operand *args, uint32_t count, ir_id loc)
{
    add_unknown(self, what, arena_copy(self->module->arena, args, count * sizeof(*args)), count, loc);
}

void lower_touched_operands(struct body *self, CXCursor cursor, struct arguments *out)
{
    struct lowering *unit = self->unit;
    struct children operands = cursor_operands(unit, cursor);
    for (uint32_t i = 0; i < operands.count; i++) {
        if (!clang_isExpression(clang_getCursorKind(operands.items[i])))
            continue;
        struct ir_operand operand;
        if (cursor_is_lvalue(self, operands.items[i])) {
            const struct ir_place *place = lower_place(self, operands.items[i]);
            operand = body_address(self, place, unit_pointer_to(unit, place->type));
        } else {
            operand = lower_operand(self, operands.items[i]);
        }
        VEC_PUSH_IN(self->module->arena, &out->items, operand);
    }
}

struct ir_expr lower_unknown(struct body *self, CXCursor cursor, const char *what)
{
    struct lowering *unit = self->unit;
    ir_id loc = unit_loc(unit, cursor), type = unit_cursor_type(unit, cursor);
    struct arguments args = {0};
    if (body_enter(self)) {
        lower_touched_operands(self, cursor, &args);
        body_leave(self);
    }
    add_unknown(self, what, args.items.items, args.items.count, loc);
    return value_undef(type);
}

/* ---- the end of a body ---- */

static void mark(bool *reached, ir_id *stack, uint32_t *top, ir_id block)
{
    if (block == IR_NONE || reached[block])
        return;
    reached[block] = true;
    stack[(*top)++] = block;
}

/*
 * Blocks reached from the entry, through targets and handlers. An empty block raises nothing: its handler does not
 * count.
 */
static void find_reached(const struct ir_function *fn, bool *reached, ir_id *stack)
{
    uint32_t top = 0;
    mark(reached, stack, &top, 0);
    while (top) {
        const struct ir_block *block = &fn->blocks.items[stack[--top]];
        for (uint32_t i = 0; i < block->term.target_count; i++)
            mark(reached, stack, &top, block->term.targets[i]);
        if (block->instrs.count || block->term.kind == IR_RESUME)
            mark(reached, stack, &top, block->handler);
    }
}

static void renumber(struct body *self, struct ir_block *block, const ir_id *numbers)
{
    if (block->handler != IR_NONE)
        block->handler = numbers[block->handler]; /* IR_NONE when only empty blocks had it */
    ir_id *targets = ARENA_NEW_ARRAY(self->module->arena, ir_id, block->term.target_count + 1u);
    for (uint32_t i = 0; i < block->term.target_count; i++)
        targets[i] = numbers[block->term.targets[i]];
    block->term.targets = targets;
}

static void remove_unreached(struct body *self)
{
    uint32_t count = self->fn.blocks.count, kept = 0;
    struct arena *scratch = &self->unit->scratch;
    bool *reached = ARENA_NEW_ARRAY(scratch, bool, count);
    ir_id *numbers = ARENA_NEW_ARRAY(scratch, ir_id, count);
    find_reached(&self->fn, reached, numbers);
    for (uint32_t i = 0; i < count; i++)
        numbers[i] = reached[i] ? kept++ : IR_NONE;
    for (uint32_t i = 0; i < count; i++) {
        if (!reached[i])
            continue;
        renumber(self, &self->fn.blocks.items[i], numbers);
        self->fn.blocks.items[numbers[i]] = self->fn.blocks.items[i];
    }
    self->fn.blocks.count = kept;
}

/* Where control runs off the end: a value is unknown then, as in C. Blocks that nobody ended are such ends too. */
static void end_open_blocks(struct body *self)
{
    const struct ir_type *type = unit_type_get(self->unit, self->fn.type);
    struct ir_operand value = ir_operand_undef(type->target != IR_NONE ? type->target : self->unit->void_type);
    body_return(self, value, self->loc);
    for (uint32_t i = 0; i < self->fn.blocks.count; i++) {
        struct ir_term *term = &self->fn.blocks.items[i].term;
        if (term->kind == IR_GOTO && !term->target_count)
            *term = (struct ir_term){.kind = IR_UNREACHABLE, .loc = self->loc, .value = value};
    }
}

void body_finish(struct body *self)
{
    end_open_blocks(self);
    remove_unreached(self);
    self->module->functions.items[self->id] = self->fn;
    for (uint32_t i = 0; i < self->frames.count; i++)
        body_release_frame(&self->frames.items[i]);
    VEC_RELEASE(&self->frames);
    VEC_RELEASE(&self->temporaries);
    VEC_RELEASE(&self->labels);
    VEC_RELEASE(&self->cases);
    ptr_map_release(&self->locals);
}

static void bind_parameters(struct body *self, CXCursor definition)
{
    int count = clang_Cursor_getNumArguments(definition);
    uint32_t first = self->fn.record != IR_NONE && method_takes_this(self->unit, definition);
    for (int i = 0; i < count && first + (uint32_t)i < self->fn.param_count; i++)
        ptr_map_put(&self->locals, cursor_identity(clang_Cursor_getArgument(definition, (unsigned)i)),
                    first + (uint32_t)i);
}

/* Objects passed by value are the callee's to destroy; one that is returned goes where the last parameter points. */
static void bind_objects(struct body *self, CXCursor definition)
{
    struct lowering *unit = self->unit;
    int count = clang_Cursor_getNumArguments(definition);
    for (int i = 0; i < count; i++) {
        CXCursor parameter = clang_Cursor_getArgument(definition, (unsigned)i);
        if (unit_needs_destruction(unit, clang_getCursorType(parameter)))
            body_add_cleanup(self, body_variable(self, parameter), clang_getCursorType(parameter));
    }
    if (!unit_is_passed_by_address(unit, clang_getResultType(clang_getCursorType(definition))))
        return;
    const struct ir_place *pointer = ir_place_local(self->module, &self->fn, self->fn.param_count - 1);
    self->result = ir_place_deref(self->module, pointer, unit_type_get(unit, pointer->type)->target);
}

/* What C++ adds around the body; the frame holds what outlives all of the body's own scopes. */
static void lower_cxx_function(struct body *self, CXCursor function, CXCursor root)
{
    enum CXCursorKind kind = clang_getCursorKind(function);
    self->is_special_member = kind == CXCursor_Constructor || kind == CXCursor_Destructor;
    body_push_frame(self, FRAME_SCOPE, root);
    bind_objects(self, function);
    body_enter_closure(self, function);
    if (kind == CXCursor_Constructor)
        lower_constructor_start(self, function);
    if (kind == CXCursor_Destructor)
        lower_destructor_start(self, clang_getCursorDefinition(clang_getCursorSemanticParent(function)));
    lower_stmt(self, root);
    body_pop_frame(self);
}

/* A class's destructor that has no text. */
static void lower_implicit_destructor(struct lowering *unit, const struct pending *function)
{
    struct body body;
    body_init(&body, unit, function->id);
    body_push_frame(&body, FRAME_SCOPE, function->cursor);
    lower_destructor_start(&body, function->cursor);
    body_pop_frame(&body);
    body_finish(&body);
}

void lower_function(struct lowering *unit, const struct pending *function)
{
    CXCursor root;
    if (unit->module->functions.items[function->id].is_defined)
        return;
    if (cursor_is_class(function->cursor)) {
        lower_implicit_destructor(unit, function);
    } else if (cursor_has_body(function->cursor, &root)) {
        struct body body;
        body_init(&body, unit, function->id);
        bind_parameters(&body, function->cursor);
        body_find_labels(&body, root);
        if (unit->is_cxx)
            lower_cxx_function(&body, function->cursor, root);
        else
            lower_stmt(&body, root);
        body_finish(&body);
    }
    arena_clear(&unit->scratch);
}
