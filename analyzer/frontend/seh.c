/*
 * seh.c - __try, __except, __finally, __leave and their functions.
 *
 * __except: the handler of the try body's blocks is a block that evaluates the filter; a positive value enters the
 * except body, anything else goes on raising. __finally: one copy of its body for each way out of the try body, so
 * that every path says what it does:
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

/* ---- except ---- */

static void lower_filter(struct body *self, CXCursor filter, ir_id caught)
{
    struct lowering *unit = self->unit;
    ir_id loc = unit_loc(unit, filter);
    int64_t constant;
    if (constant_fold(unit, filter, &constant)) {
        if (constant > 0)
            body_goto(self, caught);
        else
            body_end(self, IR_RESUME, loc);
        return;
    }
    struct ir_operand value = lower_operand(self, filter), zero = ir_operand_int(value.type, 0);
    struct ir_expr positive = value_binary(IR_EXPR_GT, unit->int_type, value, zero);
    ir_id resume = body_new_block(self);
    body_branch(self, body_operand(self, positive, loc), caught, resume, loc, unit_text(unit, filter));
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
    lower_filter(self, filter, caught);
    self->block = caught;
    lower_stmt(self, except_body);
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

void lower_leave(struct body *self, CXCursor cursor)
{
    ir_id handler = self->handler;
    for (uint32_t i = self->frames.count; i-- > 0;) {
        ir_id target = self->frames.items[i].leave_block;
        if (target == IR_NONE)
            continue;
        body_unwind(self, i + 1);
        body_goto(self, target);
        self->handler = handler;
        return;
    }
    lower_unknown(self, cursor, "SEHLeaveStmt");
}

/* ---- functions ---- */

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

bool lower_seh_intrinsic(struct body *self, CXCursor call, struct ir_expr *out)
{
    static const char *const termination[] = {"_abnormal_termination", "__abnormal_termination", "AbnormalTermination",
                                              "abnormal_termination", NULL};
    static const char *const code[] = {"_exception_code", "__exception_code", "GetExceptionCode", "exception_code",
                                       NULL};
    static const char *const information[] = {"_exception_info", "__exception_info", "GetExceptionInformation",
                                              "exception_info", NULL};
    struct lowering *unit = self->unit;
    const char *name = cursor_string(&unit->scratch, clang_getCursorSpelling(call));
    ir_id type = unit_cursor_type(unit, call);
    const char *builtin;
    if (is_one_of(name, termination)) {
        if (self->abnormal >= 0) {
            *out = value_int(type, self->abnormal);
            return true;
        }
        builtin = termination[0];
    } else if (is_one_of(name, code)) {
        builtin = code[0];
    } else if (is_one_of(name, information)) {
        builtin = information[0];
    } else {
        return false;
    }
    *out = body_call_builtin(self, builtin, type, NULL, 0, unit_loc(unit, call));
    return true;
}
