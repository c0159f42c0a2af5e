/*
 * seh.c - __try, __except, __finally, __leave and their functions.
 *
 * __except: the handler of the try body's blocks is a block that evaluates the filter; a positive value enters the
 * except body, zero goes on raising, and a negative one runs the instruction again, which is no new way through the
 * function: that it may succeed is known. The exception's code is taken once, where the filter begins, so that filter
 * and except body speak of the same. __finally: one copy of its body for each way out of the try body, so that every
 * path says what it does:
 *
 *   exception              the handler of the try body's blocks; ends in IR_RESUME
 *   end of body, __leave   the normal copy, then what follows the statement
 *   return, goto, break, continue   a copy at each such statement
 *
 * AbnormalTermination() is 0 in the normal copy and 1 in the others, as the documentation of the try-finally
 * statement has it.
 */
#include "frontend/lower_int.h"

#include <string.h>

/* ---- copies of finally bodies ---- */

static void lower_copy(struct body *self, CXCursor body, int abnormal)
{
    int outer = self->abnormal;
    if (self->fn.blocks.count > LOWER_MAX_BLOCKS) {
        lower_unknown(self, body, "too many copies of a __finally body");
        return;
    }
    body_reset_labels(self, cursor_identity(body));
    self->abnormal = abnormal;
    lower_stmt(self, body);
    self->abnormal = outer;
}

/*
 * The copy for a jump out of FRAME and of all frames above it. The copy stands outside these frames: they are set
 * aside while it is made. The handler stays that of the copy; the caller resets it behind the jump.
 */
void lower_finally_copy(struct body *self, uint32_t frame)
{
    uint32_t count = self->frames.count - frame;
    struct frame *aside = arena_copy(&self->unit->scratch, &self->frames.items[frame], count * sizeof(*aside));
    ir_id loc = self->loc;
    self->frames.count = frame;
    self->handler = aside[0].outer_handler;
    body_start(self, body_new_block(self));
    lower_copy(self, aside[0].finally_body, 1);
    self->loc = loc;
    for (uint32_t i = 0; i < count; i++)
        VEC_PUSH(&self->frames, aside[i]);
}

static void lower_try_finally(struct body *self, CXCursor guarded, CXCursor finally_body)
{
    ir_id outer = self->handler;
    ir_id exceptional = body_new_block(self), normal = body_new_block(self);
    body_push_frame(self, FRAME_FINALLY, guarded);
    struct frame *frame = &self->frames.items[self->frames.count - 1];
    frame->leave_block = normal;
    frame->finally_body = finally_body;
    self->handler = exceptional;
    body_start(self, body_new_block(self));
    lower_stmt(self, guarded);
    body_goto(self, normal);
    body_pop_frame(self);
    self->handler = outer;
    self->block = exceptional;
    lower_copy(self, finally_body, 1);
    body_end(self, IR_RESUME, self->loc);
    self->block = normal;
    lower_copy(self, finally_body, 0);
}

/* ---- functions by name ---- */

static const char *const termination_names[] = {"_abnormal_termination", "__abnormal_termination", "AbnormalTermination",
                                                "abnormal_termination", NULL};
static const char *const code_names[] = {"_exception_code", "__exception_code", "GetExceptionCode", "exception_code",
                                         NULL};
static const char *const information_names[] = {"_exception_info", "__exception_info", "GetExceptionInformation",
                                                "exception_info", NULL};

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

struct code_search {
    struct lowering *unit;
    ir_id type; /* of the call that was found; IR_NONE: none yet */
};

static enum CXChildVisitResult find_code_call(CXCursor cursor, CXCursor parent, CXClientData data)
{
    struct code_search *self = data;
    (void)parent;
    if (clang_getCursorKind(cursor) != CXCursor_CallExpr ||
        !is_one_of(cursor_string(&self->unit->scratch, clang_getCursorSpelling(cursor)), code_names))
        return CXChildVisit_Recurse;
    self->type = unit_cursor_type(self->unit, cursor);
    return CXChildVisit_Break;
}

/* ---- except ---- */

/* A temporary for the code of the exception, filled here, when FILTER or EXCEPT_BODY ask for it; else NULL. */
static const struct ir_place *lower_code(struct body *self, CXCursor filter, CXCursor except_body)
{
    struct code_search search = {self->unit, IR_NONE};
    ir_id loc = unit_loc(self->unit, filter);
    find_code_call(filter, filter, &search);
    if (search.type == IR_NONE)
        clang_visitChildren(filter, find_code_call, &search);
    if (search.type == IR_NONE)
        clang_visitChildren(except_body, find_code_call, &search);
    if (search.type == IR_NONE)
        return NULL;
    struct ir_expr code = body_call_builtin(self, code_names[0], search.type, NULL, 0, loc);
    return body_materialize(self, body_operand(self, code, loc), loc);
}

static void lower_answer(struct body *self, int64_t answer, ir_id caught, ir_id loc)
{
    if (answer > 0)
        body_goto(self, caught);
    else
        body_end(self, answer == 0 ? IR_RESUME : IR_UNREACHABLE, loc);
}

static void lower_filter(struct body *self, CXCursor filter, ir_id caught)
{
    struct lowering *unit = self->unit;
    ir_id loc = unit_loc(unit, filter);
    int64_t constant;
    if (constant_fold(unit, filter, &constant)) {
        lower_answer(self, constant, caught, loc);
        return;
    }
    struct ir_expr answer = body_convert(self, lower_value(self, filter), unit->int_type, false, loc);
    struct ir_operand value = body_operand(self, answer, loc), zero = ir_operand_int(unit->int_type, 0);
    if (value.kind == IR_OPERAND_INT) { /* something, and a constant */
        lower_answer(self, value.value, caught, loc);
        return;
    }
    ir_id other = body_new_block(self), resume = body_new_block(self), again = body_new_block(self);
    struct ir_expr positive = value_binary(IR_EXPR_GT, unit->int_type, value, zero);
    body_branch(self, body_operand(self, positive, loc), caught, other, loc, unit_text(unit, filter));
    body_start(self, other);
    struct ir_expr negative = value_binary(IR_EXPR_LT, unit->int_type, value, zero);
    body_branch(self, body_operand(self, negative, loc), again, resume, loc, NULL);
    body_start(self, again);
    body_end(self, IR_UNREACHABLE, loc);
    body_start(self, resume);
    body_end(self, IR_RESUME, loc);
}

static void lower_try_except(struct body *self, CXCursor guarded, CXCursor filter, CXCursor except_body)
{
    ir_id outer = self->handler;
    ir_id filtering = body_new_block(self), caught = body_new_block(self), done = body_new_block(self);
    body_push_frame(self, FRAME_EXCEPT, guarded);
    self->frames.items[self->frames.count - 1].leave_block = done;
    self->handler = filtering;
    body_start(self, body_new_block(self));
    lower_stmt(self, guarded);
    body_goto(self, done);
    body_pop_frame(self);
    self->handler = outer;
    self->block = filtering;
    const struct ir_place *outer_code = self->exception_code;
    self->exception_code = lower_code(self, filter, except_body);
    lower_filter(self, filter, caught);
    self->block = caught;
    lower_stmt(self, except_body);
    self->exception_code = outer_code;
    body_start(self, done);
}

void lower_try(struct body *self, CXCursor cursor)
{
    struct lowering *unit = self->unit;
    struct children parts = cursor_operands(unit, cursor);
    if (parts.count == 2) {
        struct children inner = cursor_operands(unit, parts.items[1]);
        enum CXCursorKind kind = clang_getCursorKind(parts.items[1]);
        if (kind == CXCursor_SEHFinallyStmt && inner.count == 1) {
            lower_try_finally(self, parts.items[0], inner.items[0]);
            return;
        }
        if (kind == CXCursor_SEHExceptStmt && inner.count == 2) {
            lower_try_except(self, parts.items[0], inner.items[0], inner.items[1]);
            return;
        }
    }
    lower_unknown(self, cursor, "SEHTryStmt");
}

/* ---- functions ---- */

bool lower_seh_intrinsic(struct body *self, CXCursor call, struct ir_expr *out)
{
    struct lowering *unit = self->unit;
    const char *name = cursor_string(&unit->scratch, clang_getCursorSpelling(call));
    ir_id type = unit_cursor_type(unit, call);
    const char *builtin;
    if (is_one_of(name, termination_names)) {
        if (self->abnormal >= 0) {
            *out = value_int(type, self->abnormal);
            return true;
        }
        builtin = termination_names[0];
    } else if (is_one_of(name, code_names)) {
        if (self->exception_code) {
            *out = value_use(ir_operand_load(self->exception_code));
            return true;
        }
        builtin = code_names[0];
    } else if (is_one_of(name, information_names)) {
        builtin = information_names[0];
    } else {
        return false;
    }
    *out = body_call_builtin(self, builtin, type, NULL, 0, unit_loc(unit, call));
    return true;
}
