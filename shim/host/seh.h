/*
 * seh.h - __try, __except, __finally and __leave on a host that has none, for driver code compiled for the host.
 *
 * A try is a loop that runs once, over a frame on the stack; a raise jumps to the innermost frame. Leaving the guarded body by return or goto runs
 * the __finally block as Windows does: the frame's cleanup jumps into the block and comes back to finish the return.
 *
 * Works: nesting, __leave, return and goto out of every part, raises in called functions and in handlers, GetExceptionCode and
 * AbnormalTermination, filters that call functions. Limits:
 *   - compile with -O0: variables changed in the body must be in memory when the handler reads them;
 *   - break and continue must not leave the body for a loop around it;
 *   - filters run when the inner __finally blocks have run, not before;
 *   - EXCEPTION_CONTINUE_EXECUTION is not there; of GetExceptionInformation, only the code is.
 */
#ifndef MDLGUARD_HOST_SEH_H
#define MDLGUARD_HOST_SEH_H

/* The calling convention of the host's functions: that of driver code. The host itself defines it before it includes this. */
#ifndef MDLGUARD_HOST_CALL
#define MDLGUARD_HOST_CALL
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* One __try that is being executed. */
struct mdlguard_seh {
    void *at[5];   /* of __builtin_setjmp: where its handlers are */
    void *back[5]; /* where the cleanup waits for the __finally block */
    struct mdlguard_seh *previous;
    int phase;
    unsigned code;
    int is_abnormal;
    unsigned long long pointers[2], record[19]; /* EXCEPTION_POINTERS and EXCEPTION_RECORD of 64-bit Windows */
};

MDLGUARD_HOST_CALL int mdlguard_seh_step(struct mdlguard_seh *frame);
MDLGUARD_HOST_CALL int mdlguard_seh_is_body(struct mdlguard_seh *frame);
MDLGUARD_HOST_CALL int mdlguard_seh_is_raised(struct mdlguard_seh *frame);
MDLGUARD_HOST_CALL int mdlguard_seh_filter(struct mdlguard_seh *frame, int disposition);
MDLGUARD_HOST_CALL void *mdlguard_seh_information(struct mdlguard_seh *frame);
MDLGUARD_HOST_CALL int mdlguard_seh_is_final(struct mdlguard_seh *frame);
MDLGUARD_HOST_CALL void mdlguard_seh_cleanup(struct mdlguard_seh *frame);
MDLGUARD_HOST_CALL void mdlguard_seh_leave(struct mdlguard_seh *frame);

#ifdef __cplusplus
}
#endif

#ifndef MDLGUARD_HOST_INTERNAL_H /* not for the host's own files */

#undef __try
#undef __except
#undef __finally
#undef __leave
#undef GetExceptionCode
#undef GetExceptionInformation
#undef AbnormalTermination

#define __try                                                                                                          \
    for (struct mdlguard_seh mdlguard_seh_frame __attribute__((cleanup(mdlguard_seh_cleanup))) = {{0}};                \
         mdlguard_seh_step(&mdlguard_seh_frame);)                                                                      \
        if (__builtin_setjmp(mdlguard_seh_frame.at), mdlguard_seh_is_body(&mdlguard_seh_frame))
#define __except(...) /* a filter may have commas */                                                                   \
    else if (mdlguard_seh_is_raised(&mdlguard_seh_frame) && mdlguard_seh_filter(&mdlguard_seh_frame, (__VA_ARGS__)))
#define __finally else if (mdlguard_seh_is_final(&mdlguard_seh_frame))
#define __leave mdlguard_seh_leave(&mdlguard_seh_frame)
#define GetExceptionCode() (mdlguard_seh_frame.code)
#define GetExceptionInformation() ((struct _EXCEPTION_POINTERS *)mdlguard_seh_information(&mdlguard_seh_frame))
#define AbnormalTermination() (mdlguard_seh_frame.is_abnormal)

#endif

#endif
