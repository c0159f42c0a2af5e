/*
 * stmt.c - statements other than loops: blocks and scopes, declarations, if, return, asm.
 *
 * The locals that go out of scope are listed where control leaves a block: at its end, and before every jump out of
 * it. A return needs no such list; it runs the `__finally` bodies and destructors on its way. Destructors of the
 * scope's objects are called before (cleanup.c).
 */
#include "frontend/lower_int.h"

#include <assert.h>

/* ---- frames ---- */

void body_push_frame(struct body *self, enum frame_kind kind, CXCursor stmt)
{
    struct frame frame = {
        .kind = kind,
        .stmt = cursor_identity(stmt),
        .break_block = IR_NONE,
        .continue_block = IR_NONE,
        .leave_block = IR_NONE,
        .outer_handler = self->handler,
    };
    VEC_PUSH(&self->frames, frame);
}

static void end_locals(struct body *self, const struct frame *frame)
{
    if (!frame->locals.count || self->block == IR_NONE)
        return;
    struct ir_instr *instr = body_add(self, IR_SCOPE_END, self->loc);
    instr->locals = arena_copy(self->module->arena, frame->locals.items, frame->locals.count * sizeof(ir_id));
    instr->local_count = frame->locals.count;
}

void body_release_frame(struct frame *self)
{
    VEC_RELEASE(&self->locals);
    VEC_RELEASE(&self->cleanups);
}

void body_pop_frame(struct body *self)
{
    assert(self->frames.count);
    uint32_t top = self->frames.count - 1;
    body_run_cleanups(self, top, 0);
    end_locals(self, &self->frames.items[top]);
    body_release_frame(&self->frames.items[top]);
    self->frames.count--;
}

void body_unwind(struct body *self, uint32_t depth)
{
    for (uint32_t i = self->frames.count; i-- > depth && self->block != IR_NONE;) {
        if (self->frames.items[i].kind == FRAME_FINALLY) {
            lower_finally_copy(self, i);
            continue;
        }
        body_run_cleanups(self, i, 0);
        end_locals(self, &self->frames.items[i]);
    }
}

/* ---- declarations ---- */

/* A local belongs to the innermost scope. */
static void add_to_scope(struct body *self, ir_id local)
{
    for (uint32_t i = self->frames.count; i-- > 0;) {
        struct frame *frame = &self->frames.items[i];
        if (frame->kind != FRAME_SCOPE)
            continue;
        for (uint32_t j = 0; j < frame->locals.count; j++)
            if (frame->locals.items[j] == local)
                return;
        VEC_PUSH(&frame->locals, local);
        return;
    }
}

/* Static locals live as globals; their initialiser runs with those of the unit. */
static void declare_static(struct body *self, CXCursor declaration)
{
    struct lowering *unit = self->unit;
    uint32_t known;
    if (ptr_map_get(&unit->globals, cursor_identity(clang_getCanonicalCursor(declaration)), &known))
        return;
    ir_id global = unit_global(unit, declaration, self->fn.name);
    if (!cursor_is_null(clang_Cursor_getVarDeclInitializer(declaration)))
        VEC_PUSH(&unit->initializers, ((struct pending){declaration, global}));
}

void lower_variable(struct body *self, CXCursor declaration)
{
    struct lowering *unit = self->unit;
    if (clang_Cursor_hasVarDeclGlobalStorage(declaration) == 1) {
        declare_static(self, declaration);
        return;
    }
    const struct ir_place *place = body_local(self, declaration);
    add_to_scope(self, place->id);
    CXCursor init = clang_Cursor_getVarDeclInitializer(declaration);
    if (cursor_is_null(init))
        return;
    uint32_t mark = self->temporaries.count;
    self->loc = unit_loc(unit, declaration);
    if (unit_type_get(unit, place->type)->is_reference) {
        const struct ir_place *bound = lower_place(self, init);
        body_assign(self, place, value_use(body_address(self, bound, place->type)), self->loc);
        body_extend_temporary(self, mark, bound);
    } else {
        lower_initializer(self, place, init);
    }
    body_end_temporaries(self, mark);
    body_add_cleanup(self, place, clang_getCursorType(declaration));
}

void lower_variables(struct body *self, CXCursor cursor)
{
    struct children children = cursor_children(self->unit, cursor);
    for (uint32_t i = 0; i < children.count; i++)
        if (clang_getCursorKind(children.items[i]) == CXCursor_VarDecl)
            lower_variable(self, children.items[i]);
}

/* ---- blocks ---- */

static void lower_stmt_block(struct body *self, const struct children *statements, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++)
        lower_stmt(self, statements->items[i]);
}

static void lower_compound(struct body *self, CXCursor cursor)
{
    struct children statements = cursor_children(self->unit, cursor);
    body_push_frame(self, FRAME_SCOPE, cursor);
    for (uint32_t i = 0; i < statements.count; i++) {
        lower_holes_before(self, cursor, &statements, i);
        lower_stmt(self, statements.items[i]);
    }
    lower_holes_before(self, cursor, &statements, statements.count);
    self->loc = unit_end_loc(self->unit, cursor);
    body_pop_frame(self);
}

/* ({ … }): the last expression's value outlives the block's locals in a temporary. */
struct ir_expr lower_stmt_expr(struct body *self, CXCursor cursor)
{
    struct lowering *unit = self->unit;
    ir_id type = unit_cursor_type(unit, cursor), loc = unit_loc(unit, cursor), outer = self->loc;
    struct children blocks = cursor_operands(unit, cursor);
    if (blocks.count != 1)
        return lower_unknown(self, cursor, "StmtExpr");
    struct children statements = cursor_children(unit, blocks.items[0]);
    bool has_value = statements.count && unit_type_get(unit, type)->kind != IR_TYPE_VOID &&
                     clang_isExpression(clang_getCursorKind(statements.items[statements.count - 1]));
    const struct ir_place *result = has_value ? body_temp(self, type, loc) : NULL;
    body_push_frame(self, FRAME_SCOPE, blocks.items[0]);
    lower_stmt_block(self, &statements, 0, statements.count - has_value);
    if (has_value)
        lower_into(self, result, statements.items[statements.count - 1]);
    body_pop_frame(self);
    self->loc = outer;
    return result ? value_use(body_load(self, result)) : value_undef(type);
}

/* ---- if and return ---- */

/*
 * Leading parts of C++'s if, switch and while: a declared condition and an initialiser. Returns how many children
 * they take.
 */
static uint32_t lower_condition_head(struct body *self, CXCursor cursor, const struct children *children)
{
    uint32_t at = 0;
    bool declares = children->count && clang_getCursorKind(children->items[0]) == CXCursor_VarDecl;
    if (!self->unit->is_cxx)
        return 0;
    at += declares;
    if (at < children->count && source_has_init(self->unit, cursor))
        lower_stmt(self, children->items[at++]);
    if (declares)
        lower_variable(self, children->items[0]);
    return at;
}

static void lower_if(struct body *self, CXCursor cursor)
{
    struct children children = cursor_children(self->unit, cursor);
    body_push_frame(self, FRAME_SCOPE, cursor);
    uint32_t at = lower_condition_head(self, cursor, &children);
    if (children.count < at + 2) {
        lower_unknown(self, cursor, "IfStmt");
        body_pop_frame(self);
        return;
    }
    bool has_else = children.count > at + 2;
    ir_id if_true = body_new_block(self), done = body_new_block(self);
    ir_id if_false = has_else ? body_new_block(self) : done;
    lower_sided_condition(self, children.items[at], if_true, if_false);
    self->block = if_true;
    lower_stmt(self, children.items[at + 1]);
    body_goto(self, done);
    if (has_else) {
        self->block = if_false;
        lower_stmt(self, children.items[at + 2]);
        body_goto(self, done);
    }
    self->block = done;
    body_pop_frame(self);
}

static bool has_finally(const struct body *self)
{
    for (uint32_t i = 0; i < self->frames.count; i++)
        if (self->frames.items[i].kind == FRAME_FINALLY)
            return true;
    return false;
}

/* A finally body or a destructor may change what is returned. */
static struct ir_operand keep_returned(struct body *self, struct ir_operand operand)
{
    bool may_change = has_finally(self) || body_has_cleanups(self) || self->temporaries.count;
    if (!may_change || operand.kind != IR_OPERAND_LOAD)
        return operand;
    const struct ir_place *kept = body_temp(self, operand.type, self->loc);
    body_assign(self, kept, value_use(operand), self->loc);
    return ir_operand_load(kept);
}

static struct ir_operand lower_returned(struct body *self, CXCursor expression)
{
    struct lowering *unit = self->unit;
    ir_id type = unit_type_get(unit, self->fn.type)->target;
    if (unit_type_get(unit, type)->is_reference)
        return keep_returned(self, body_address(self, lower_place(self, expression), type));
    struct ir_expr value = body_convert(self, lower_value(self, expression), type, false, self->loc);
    return keep_returned(self, body_operand(self, value, self->loc));
}

/* `return local;` makes the local in the result's place: nothing is copied and the local is not destroyed here. */
static const struct ir_place *returned_local(struct body *self, CXCursor expression)
{
    struct lowering *unit = self->unit;
    CXCursor call = cursor_strip(unit, expression);
    bool copies = clang_getCursorKind(call) == CXCursor_CallExpr &&
                  clang_getCursorKind(clang_getCursorReferenced(call)) == CXCursor_Constructor &&
                  constructor_copies(clang_getCursorReferenced(call)) && clang_Cursor_getNumArguments(call) >= 1;
    if (!copies)
        return NULL;
    CXCursor name = cursor_strip(unit, clang_Cursor_getArgument(call, 0)), variable = clang_getCursorReferenced(name);
    if (clang_getCursorKind(name) != CXCursor_DeclRefExpr || clang_getCursorKind(variable) != CXCursor_VarDecl ||
        clang_Cursor_hasVarDeclGlobalStorage(variable) == 1)
        return NULL;
    const struct ir_place *place = body_variable(self, variable);
    return place->proj_count || place->type != self->result->type ? NULL : place;
}

static void return_object(struct body *self, CXCursor expression)
{
    const struct ir_place *local = returned_local(self, expression);
    if (local)
        body_assign(self, self->result, value_use(ir_operand_load(local)), self->loc);
    else
        lower_into(self, self->result, expression);
    self->spared = local;
}

/* Ends what a return leaves. */
static void leave_function(struct body *self)
{
    if (has_finally(self)) {
        body_unwind(self, 0);
        return;
    }
    for (uint32_t i = self->frames.count; i-- > 0;)
        body_run_cleanups(self, i, 0);
}

static void lower_return(struct body *self, CXCursor cursor)
{
    struct lowering *unit = self->unit;
    struct children operands = cursor_operands(unit, cursor);
    const struct ir_type *function = unit_type_get(unit, self->fn.type);
    ir_id type = function->target == IR_NONE ? unit->void_type : function->target;
    struct ir_operand value = ir_operand_undef(type);
    ir_id loc = self->loc, handler = self->handler;
    uint32_t mark = self->temporaries.count;
    if (operands.count && self->result)
        return_object(self, operands.items[0]);
    else if (operands.count && unit_type_get(unit, type)->kind == IR_TYPE_VOID)
        lower_effect(self, operands.items[0]);
    else if (operands.count)
        value = lower_returned(self, operands.items[0]);
    body_end_temporaries(self, mark);
    leave_function(self);
    self->spared = NULL;
    body_return(self, value, loc);
    self->handler = handler;
}

/* ---- the rest ---- */

/*
 * What an asm statement does is in its operand list: outputs get unknown values. Outputs show as lvalues, inputs as
 * loads.
 */
static void lower_asm(struct body *self, CXCursor cursor)
{
    struct lowering *unit = self->unit;
    struct children operands = cursor_operands(unit, cursor);
    for (uint32_t i = 0; i < operands.count; i++) {
        if (!cursor_is_lvalue(self, operands.items[i])) {
            lower_effect(self, operands.items[i]);
            continue;
        }
        const struct ir_place *place = lower_place(self, operands.items[i]);
        body_assign(self, place, value_undef(place->type), unit_loc(unit, operands.items[i]));
    }
}

static void lower_expression_stmt(struct body *self, CXCursor cursor)
{
    uint32_t mark = self->temporaries.count;
    lower_effect(self, cursor);
    body_end_temporaries(self, mark);
}

static void lower_stmt_of(struct body *self, CXCursor cursor)
{
    struct children children;
    enum CXCursorKind kind = clang_getCursorKind(cursor);
    switch (kind) {
    case CXCursor_CompoundStmt: lower_compound(self, cursor); break;
    case CXCursor_DeclStmt: lower_variables(self, cursor); break;
    case CXCursor_IfStmt: lower_if(self, cursor); break;
    case CXCursor_SwitchStmt: lower_switch(self, cursor); break;
    case CXCursor_CaseStmt:
    case CXCursor_DefaultStmt: lower_case(self, cursor); break;
    case CXCursor_WhileStmt: lower_while(self, cursor); break;
    case CXCursor_DoStmt: lower_do(self, cursor); break;
    case CXCursor_ForStmt: lower_for(self, cursor); break;
    case CXCursor_CXXForRangeStmt: lower_range_for(self, cursor); break;
    case CXCursor_BreakStmt: lower_jump(self, cursor, JUMP_BREAK); break;
    case CXCursor_ContinueStmt: lower_jump(self, cursor, JUMP_CONTINUE); break;
    case CXCursor_ReturnStmt: lower_return(self, cursor); break;
    case CXCursor_LabelStmt: lower_label(self, cursor); break;
    case CXCursor_GotoStmt: lower_goto(self, cursor); break;
    case CXCursor_SEHTryStmt: lower_try(self, cursor); break;
    case CXCursor_SEHLeaveStmt: lower_jump(self, cursor, JUMP_LEAVE); break;
    case CXCursor_CXXTryStmt: lower_cxx_try(self, cursor); break;
    case CXCursor_GCCAsmStmt: lower_asm(self, cursor); break;
    case CXCursor_NullStmt: break;
    case CXCursor_IndirectGotoStmt:
        lower_unknown(self, cursor, "IndirectGotoStmt");
        body_end(self, IR_UNREACHABLE, self->loc);
        break;
    case CXCursor_UnexposedStmt: /* attributes on a statement */
        children = cursor_operands(self->unit, cursor);
        lower_stmt_block(self, &children, 0, children.count);
        break;
    default:
        if (clang_isExpression(kind))
            lower_expression_stmt(self, cursor);
        else if (clang_isStatement(kind))
            lower_unknown(self, cursor, cursor_string(&self->unit->scratch, clang_getCursorKindSpelling(kind)));
        break;
    }
}

void lower_stmt(struct body *self, CXCursor cursor)
{
    struct lowering *unit = self->unit;
    struct ir_unit *entry = &unit->module->units.items[unit->unit];
    entry->statement_count++;
    if (clang_getCursorKind(cursor) != CXCursor_CompoundStmt)
        self->loc = unit_loc(unit, cursor);
    if (!body_enter(self)) {
        entry->unknown_count++;
        body_add(self, IR_UNKNOWN, self->loc)->what =
            intern_string(&self->module->strings, "statement nested too deeply");
        return;
    }
    if (clang_getCursorKind(cursor) != CXCursor_CompoundStmt)
        lower_holes_in(self, cursor);
    lower_stmt_of(self, cursor);
    body_leave(self);
}
