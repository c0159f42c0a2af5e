/*
 * loops.c - while, do, for, switch, break and continue.
 *
 * The head of a loop is the block its back edges go to: where the condition is evaluated, for `do` the body.
 */
#include "frontend/lower_int.h"

static struct frame *top_frame(struct body *self)
{
    return &self->frames.items[self->frames.count - 1];
}

static void push_loop(struct body *self, CXCursor cursor, ir_id break_block, ir_id continue_block)
{
    body_push_frame(self, FRAME_LOOP, cursor);
    top_frame(self)->break_block = break_block;
    top_frame(self)->continue_block = continue_block;
}

static void start_head(struct body *self, ir_id block)
{
    body_start(self, block);
    self->fn.blocks.items[block].is_loop_head = true;
}

/*
 * A variable declared in the condition is made anew in each round. When it has a destructor, all ways out of a round
 * lead through a block that calls it.
 */
static void end_rounds(struct body *self, ir_id ends[2], ir_id head, ir_id done)
{
    uint32_t frame = self->frames.count - 1;
    for (uint32_t i = 0; i < 2 && ends[i] != (i ? done : head); i++) {
        self->block = ends[i];
        body_run_cleanups(self, frame, 0);
        body_goto(self, i ? done : head);
    }
}

void lower_while(struct body *self, CXCursor cursor)
{
    struct children children = cursor_children(self->unit, cursor);
    if (children.count < 2) {
        lower_unknown(self, cursor, "WhileStmt");
        return;
    }
    ir_id head = body_new_block(self), inside = body_new_block(self), done = body_new_block(self);
    start_head(self, head);
    body_push_frame(self, FRAME_SCOPE, cursor);
    if (clang_getCursorKind(children.items[0]) == CXCursor_VarDecl)
        lower_variable(self, children.items[0]);
    ir_id ends[2] = {head, done};
    for (uint32_t i = 0; i < 2 && top_frame(self)->cleanups.count; i++)
        ends[i] = body_new_block(self);
    lower_sided_condition(self, children.items[children.count - 2], inside, ends[1]);
    self->block = inside;
    push_loop(self, cursor, ends[1], ends[0]);
    lower_stmt(self, children.items[children.count - 1]);
    body_pop_frame(self);
    if (ends[0] == head) {
        body_pop_frame(self);
        body_goto(self, head);
    } else {
        body_goto(self, ends[0]);
        end_rounds(self, ends, head, done);
        body_pop_frame(self);
    }
    self->block = done;
}

void lower_do(struct body *self, CXCursor cursor)
{
    struct children children = cursor_operands(self->unit, cursor);
    int64_t constant;
    if (children.count != 2) {
        lower_unknown(self, cursor, "DoStmt");
        return;
    }
    bool is_once = constant_fold(self->unit, children.items[1], &constant) && !constant;
    ir_id inside = body_new_block(self), test = body_new_block(self), done = body_new_block(self);
    body_start(self, inside);
    self->fn.blocks.items[inside].is_loop_head = !is_once;
    push_loop(self, cursor, done, test);
    lower_stmt(self, children.items[0]);
    body_pop_frame(self);
    body_start(self, test);
    self->loc = unit_loc(self->unit, children.items[1]);
    lower_sided_condition(self, children.items[1], inside, done);
    self->block = done;
}

/* ---- for ---- */

struct for_parts {
    CXCursor init, condition, step, body;
    bool has[3];
};

/* Without the text, what a part looks like must tell which it is. */
static int guess_part(CXCursor part, int after)
{
    enum CXUnaryOperatorKind unary = clang_getCursorUnaryOperatorKind(part);
    enum CXBinaryOperatorKind binary = clang_getCursorBinaryOperatorKind(part);
    if (clang_getCursorKind(part) == CXCursor_DeclStmt || (binary == CXBinaryOperator_Assign && after < 0))
        return 0;
    bool is_step = unary >= CXUnaryOperator_PostInc && unary <= CXUnaryOperator_PreDec;
    if (is_step || binary >= CXBinaryOperator_Assign || after >= 1)
        return 2;
    return 1;
}

static void guess_parts(const struct children *children, bool has[3])
{
    int after = -1;
    for (int i = 0; i < 3; i++)
        has[i] = children->count == 4;
    for (uint32_t i = 0; children->count < 4 && i + 1 < children->count; i++) {
        after = guess_part(children->items[i], after);
        has[after] = true;
    }
}

static bool find_parts(struct lowering *unit, CXCursor cursor, struct for_parts *parts)
{
    struct children children = cursor_operands(unit, cursor);
    if (!children.count || children.count > 4)
        return false;
    bool is_known = source_for_parts(unit, cursor, parts->has);
    uint32_t count = (uint32_t)parts->has[0] + parts->has[1] + parts->has[2];
    if (!is_known || count + 1 != children.count)
        guess_parts(&children, parts->has);
    CXCursor *targets[] = {&parts->init, &parts->condition, &parts->step};
    uint32_t at = 0;
    for (int i = 0; i < 3; i++)
        if (parts->has[i] && at + 1 < children.count)
            *targets[i] = children.items[at++];
        else
            parts->has[i] = false;
    parts->body = children.items[children.count - 1];
    return at + 1 == children.count;
}

void lower_for(struct body *self, CXCursor cursor)
{
    struct for_parts parts = {.has = {false}};
    if (!find_parts(self->unit, cursor, &parts)) {
        lower_unknown(self, cursor, "ForStmt");
        return;
    }
    body_push_frame(self, FRAME_SCOPE, cursor);
    if (parts.has[0])
        lower_stmt(self, parts.init);
    ir_id head = body_new_block(self), inside = body_new_block(self), step = body_new_block(self),
          done = body_new_block(self);
    start_head(self, head);
    lower_variables(self, cursor); /* `for (; T x = f();)` in C++ */
    if (parts.has[1])
        lower_sided_condition(self, parts.condition, inside, done);
    body_start(self, inside);
    push_loop(self, cursor, done, step);
    lower_stmt(self, parts.body);
    body_pop_frame(self);
    body_start(self, step);
    if (parts.has[2])
        lower_stmt(self, parts.step);
    body_goto(self, head);
    self->block = done;
    body_pop_frame(self);
}

/* ---- switch ---- */

struct case_list {
    struct body *body;
    VEC(int64_t) low, high; /* in the module's arena */
    VEC(ir_id) targets;
    ir_id default_block;
};

static void add_case(struct case_list *self, CXCursor cursor)
{
    struct body *body = self->body;
    struct arena *arena = body->module->arena;
    struct children operands = cursor_operands(body->unit, cursor);
    ir_id block = body_new_block(body);
    VEC_PUSH(&body->cases, ((struct case_target){cursor_identity(cursor), block}));
    if (clang_getCursorKind(cursor) == CXCursor_DefaultStmt) {
        self->default_block = block;
        return;
    }
    int64_t low = 0, high;
    if (!operands.count || !constant_fold(body->unit, operands.items[0], &low))
        lower_unknown(body, cursor, "CaseStmt");
    high = low;
    if (operands.count == 3)
        constant_fold(body->unit, operands.items[1], &high);
    VEC_PUSH_IN(arena, &self->low, low);
    VEC_PUSH_IN(arena, &self->high, high);
    VEC_PUSH_IN(arena, &self->targets, block);
}

/* Cases of an inner switch are its own; a case may stand in any other statement (Duff's device). */
static enum CXChildVisitResult collect_case(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    struct case_list *self = data;
    enum CXCursorKind kind = clang_getCursorKind(cursor);
    if (kind == CXCursor_SwitchStmt || !clang_isStatement(kind))
        return CXChildVisit_Continue;
    if (kind == CXCursor_CaseStmt || kind == CXCursor_DefaultStmt)
        add_case(self, cursor);
    return CXChildVisit_Recurse;
}

static void end_with_switch(struct body *self, struct case_list *cases, CXCursor condition)
{
    struct lowering *unit = self->unit;
    uint32_t mark = self->temporaries.count;
    struct ir_operand value = lower_operand(self, condition);
    ir_id loc = unit_loc(unit, condition);
    body_end_temporaries(self, mark);
    VEC_PUSH_IN(self->module->arena, &cases->targets, cases->default_block);
    if (self->block == IR_NONE)
        return;
    struct ir_term *term = &self->fn.blocks.items[self->block].term;
    *term = (struct ir_term){
        .kind = IR_SWITCH,
        .loc = loc,
        .value = value,
        .targets = cases->targets.items,
        .target_count = cases->targets.count,
        .case_low = cases->low.items,
        .case_high = cases->high.items,
        .text = unit_text(unit, condition),
    };
    self->block = IR_NONE;
}

void lower_switch(struct body *self, CXCursor cursor)
{
    struct children children = cursor_children(self->unit, cursor);
    struct lowering *unit = self->unit;
    uint32_t first_case = self->cases.count;
    if (children.count < 2) {
        lower_unknown(self, cursor, "SwitchStmt");
        return;
    }
    body_push_frame(self, FRAME_SCOPE, cursor);
    bool declares = clang_getCursorKind(children.items[0]) == CXCursor_VarDecl;
    if (unit->is_cxx && children.count > 2u + declares && source_has_init(unit, cursor))
        lower_stmt(self, children.items[declares]);
    if (declares)
        lower_variable(self, children.items[0]);
    ir_id done = body_new_block(self);
    struct case_list cases = {.body = self, .default_block = done};
    CXCursor inside = children.items[children.count - 1];
    collect_case(inside, cursor, &cases);
    if (clang_getCursorKind(inside) != CXCursor_SwitchStmt)
        clang_visitChildren(inside, collect_case, &cases);
    end_with_switch(self, &cases, children.items[children.count - 2]);
    body_push_frame(self, FRAME_SWITCH, cursor);
    top_frame(self)->break_block = done;
    lower_stmt(self, inside);
    body_pop_frame(self);
    body_start(self, done);
    body_pop_frame(self);
    self->cases.count = first_case;
}

/* Control falls into the case's block from the statement before it. */
void lower_case(struct body *self, CXCursor cursor)
{
    struct children operands = cursor_operands(self->unit, cursor);
    bool is_default = clang_getCursorKind(cursor) == CXCursor_DefaultStmt;
    for (uint32_t i = self->cases.count; i-- > 0;) {
        if (self->cases.items[i].stmt == cursor_identity(cursor)) {
            body_start(self, self->cases.items[i].block);
            break;
        }
    }
    if (operands.count > (is_default ? 0u : 1u))
        lower_stmt(self, operands.items[operands.count - 1]);
}

/* ---- break, continue, __leave ---- */

static ir_id jump_target(const struct frame *frame, enum jump jump)
{
    switch (jump) {
    case JUMP_BREAK: return frame->break_block;
    case JUMP_CONTINUE: return frame->continue_block;
    case JUMP_LEAVE: return frame->leave_block;
    }
    return IR_NONE;
}

void lower_jump(struct body *self, CXCursor cursor, enum jump jump)
{
    static const char *const names[] = {"BreakStmt", "ContinueStmt", "SEHLeaveStmt"}; /* in the order of the enum */
    ir_id handler = self->handler;
    for (uint32_t i = self->frames.count; i-- > 0;) {
        ir_id target = jump_target(&self->frames.items[i], jump);
        if (target == IR_NONE)
            continue;
        body_unwind(self, i + 1);
        body_goto(self, target);
        self->handler = handler;
        return;
    }
    lower_unknown(self, cursor, names[jump]);
}
