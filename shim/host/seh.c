/*
 * seh.c - the frames of seh.h. A frame is on the list while its body runs; a raise takes it off before it jumps to it.
 */
#include "host.h"

enum phase {
    PHASE_NEW,
    PHASE_BODY,
    PHASE_RAISED,  /* an exception came: the filter or the __finally block is next */
    PHASE_HANDLED, /* the filter took it: the handler runs */
    PHASE_AFTER,   /* the body ended, or was left: the __finally block is next */
    PHASE_UNWIND,  /* the body was left by return or goto: the __finally block is next, then back to the cleanup */
};

static __thread struct mdlguard_seh *seh_top;

bool host_is_guarded(void)
{
    return seh_top != NULL;
}

static void seh_unlink(struct mdlguard_seh *frame)
{
    if (seh_top == frame)
        seh_top = frame->previous;
}

__attribute__((noreturn, noinline)) static void seh_jump(void **buffer)
{
    __builtin_longjmp(buffer, 1);
}

/* As seh_jump, but with a stack that begins below the caller's, so that the caller can be come back to. */
__attribute__((noreturn, noinline)) static void seh_jump_below(void **buffer)
{
    char here;

    buffer[2] = (void *)(((uintptr_t)&here - 1024) & ~(uintptr_t)63);
    __builtin_longjmp(buffer, 1);
}

__attribute__((noreturn)) void host_raise(uint32_t code)
{
    struct mdlguard_seh *frame = seh_top;

    if (!frame) {
        host_explain_null_use();
        host_bug_check(0x1e, "an exception that nobody handles", code);
    }
    seh_top = frame->previous;
    frame->phase = PHASE_RAISED;
    frame->code = code;
    seh_jump(frame->at);
}

HOST_API int mdlguard_seh_is_body(struct mdlguard_seh *frame)
{
    return frame->phase == PHASE_BODY;
}

/* Before each turn of the frame's loop. */
HOST_API int mdlguard_seh_step(struct mdlguard_seh *frame)
{
    switch ((enum phase)frame->phase) {
    case PHASE_NEW:
        frame->previous = seh_top;
        seh_top = frame;
        frame->phase = PHASE_BODY;
        return 1;
    case PHASE_BODY:
        seh_unlink(frame);
        frame->phase = PHASE_AFTER;
        return 1;
    case PHASE_RAISED: host_raise(frame->code); /* a __finally block has run */
    case PHASE_UNWIND: seh_jump(frame->back);
    case PHASE_HANDLED:
    case PHASE_AFTER: break;
    }
    frame->phase = PHASE_HANDLED;
    return 0;
}

HOST_API int mdlguard_seh_is_raised(struct mdlguard_seh *frame)
{
    if (frame->phase == PHASE_UNWIND)
        seh_jump(frame->back);
    return frame->phase == PHASE_RAISED;
}

HOST_API int mdlguard_seh_filter(struct mdlguard_seh *frame, int disposition)
{
    if (disposition < 0)
        host_bug_check(0x1e, "EXCEPTION_CONTINUE_EXECUTION is not supported on the host", frame->code);
    if (disposition == 0)
        host_raise(frame->code);
    frame->phase = PHASE_HANDLED;
    host_machine()->null_use.is_raised = false;
    return 1;
}

/* EXCEPTION_POINTERS, with a record that has the code and nothing else. */
HOST_API void *mdlguard_seh_information(struct mdlguard_seh *frame)
{
    frame->record[0] = frame->code;
    frame->pointers[0] = (uintptr_t)frame->record;
    return frame->pointers;
}

HOST_API int mdlguard_seh_is_final(struct mdlguard_seh *frame)
{
    frame->is_abnormal = frame->phase != PHASE_AFTER;
    return 1;
}

/* The frame goes out of scope. When its body runs still, it is left by return or goto: through the __finally block, if there is one. */
HOST_API void mdlguard_seh_cleanup(struct mdlguard_seh *frame)
{
    if (frame->phase != PHASE_BODY)
        return;
    seh_unlink(frame);
    if (__builtin_setjmp(frame->back) == 0) {
        frame->phase = PHASE_UNWIND;
        seh_jump_below(frame->at);
    }
}

/* FRAME is the innermost in the text: that whose body this is, or that whose handler this is, and then the one around it is left. */
HOST_API void mdlguard_seh_leave(struct mdlguard_seh *frame)
{
    if (frame->phase != PHASE_BODY)
        frame = seh_top;
    if (!frame)
        host_bug_check(0x1e, "__leave outside of __try", 0);
    seh_unlink(frame);
    frame->phase = PHASE_AFTER;
    seh_jump(frame->at);
}
