/*
 * seh_cases.c - what __try and its family have to do on the host. Driver code: each function is a run; a check that fails is a bug check.
 */
#include "runs.h"

static int trail[16], steps;

static void step(int number)
{
    trail[steps++] = number;
}

#define CHECK_TRAIL(...) \
    do { \
        static const int wanted[] = {__VA_ARGS__}; \
        int n; \
        CHECK(steps == (int)(sizeof(wanted) / sizeof(wanted[0]))); \
        for (n = 0; n < steps; n++) \
            CHECK(trail[n] == wanted[n]); \
    } while (0)

void handler_runs_for_an_exception_of_a_callee(void *context)
{
    int local = 1;

    (void)context;
    __try {
        step(1);
        local = 2;
        ExRaiseStatus(STATUS_ACCESS_VIOLATION);
        step(9);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        CHECK(GetExceptionCode() == (ULONG)STATUS_ACCESS_VIOLATION);
        CHECK(local == 2);
        step(2);
    }
    step(3);
    CHECK_TRAIL(1, 2, 3);
}

static LONG choose(struct _EXCEPTION_POINTERS *information, ULONG code)
{
    return information->ExceptionRecord->ExceptionCode == (NTSTATUS)code ? EXCEPTION_EXECUTE_HANDLER : EXCEPTION_CONTINUE_SEARCH;
}

void a_filter_gets_the_information_and_has_commas(void *context)
{
    (void)context;
    __try {
        __try {
            ExRaiseStatus(STATUS_ACCESS_VIOLATION);
        } __except (choose(GetExceptionInformation(), (ULONG)STATUS_INSUFFICIENT_RESOURCES)) {
            step(9);
        }
    } __except (step(1), choose(GetExceptionInformation(), (ULONG)STATUS_ACCESS_VIOLATION)) {
        step(2);
    }
    CHECK_TRAIL(1, 2);
}

void handler_does_not_run_when_nothing_is_raised(void *context)
{
    (void)context;
    __try {
        step(1);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        step(9);
    }
    CHECK_TRAIL(1);
}

static int take_only(ULONG code, ULONG wanted)
{
    step(50);
    return code == wanted ? EXCEPTION_EXECUTE_HANDLER : EXCEPTION_CONTINUE_SEARCH;
}

void filter_passes_the_exception_on(void *context)
{
    (void)context;
    __try {
        __try {
            ExRaiseStatus(STATUS_NO_MEMORY);
        } __except (take_only(GetExceptionCode(), STATUS_ACCESS_VIOLATION)) {
            step(9);
        }
        step(8);
    } __except (take_only(GetExceptionCode(), STATUS_NO_MEMORY)) {
        step(1);
    }
    CHECK_TRAIL(50, 50, 1);
}

void finally_runs_at_the_end_and_knows_it(void *context)
{
    (void)context;
    __try {
        step(1);
    } __finally {
        CHECK(!AbnormalTermination());
        step(2);
    }
    CHECK_TRAIL(1, 2);
}

void finally_runs_on_the_way_to_the_handler(void *context)
{
    (void)context;
    __try {
        __try {
            ExRaiseStatus(STATUS_NO_MEMORY);
        } __finally {
            CHECK(AbnormalTermination());
            step(1);
        }
        step(9);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        CHECK(GetExceptionCode() == (ULONG)STATUS_NO_MEMORY);
        step(2);
    }
    CHECK_TRAIL(1, 2);
}

static int value_of(int number)
{
    step(number);
    return number;
}

static int returns_out_of_two(int number)
{
    int local = 7;

    __try {
        __try {
            local = 8;
            return value_of(number);
        } __finally {
            CHECK(AbnormalTermination());
            CHECK(local == 8);
            step(20);
            value_of(21); /* calls must not hurt the return that waits */
        }
    } __finally {
        step(22);
    }
    step(9);
    return -1;
}

void return_runs_the_finally_blocks_first(void *context)
{
    (void)context;
    CHECK(returns_out_of_two(5) == 5);
    step(30);
    CHECK_TRAIL(5, 20, 21, 22, 30);
}

static int returns_from_a_body_with_a_handler(void)
{
    __try {
        return 3;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        step(9);
    }
    return 4;
}

static int returns_from_a_handler(void)
{
    __try {
        ExRaiseStatus(STATUS_NO_MEMORY);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return 6;
    }
    return 7;
}

void return_takes_the_frame_with_it(void *context)
{
    (void)context;
    CHECK(returns_from_a_body_with_a_handler() == 3);
    CHECK(returns_from_a_handler() == 6);
    __try {
        CHECK(returns_from_a_body_with_a_handler() == 3);
        ExRaiseStatus(STATUS_NO_MEMORY); /* not to the frame that is gone */
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        step(1);
    }
    CHECK_TRAIL(1);
}

void goto_runs_the_finally_block(void *context)
{
    (void)context;
    __try {
        step(1);
        goto out;
    } __finally {
        step(2);
    }
    step(9);
out:
    step(3);
    CHECK_TRAIL(1, 2, 3);
}

void leave_goes_to_the_end_of_the_body(void *context)
{
    int n;

    (void)context;
    __try {
        for (n = 0; n < 5; n++) {
            step(n);
            if (n == 1)
                __leave;
        }
        step(9);
    } __finally {
        CHECK(!AbnormalTermination());
        step(20);
    }
    CHECK_TRAIL(0, 1, 20);
}

void leave_in_a_handler_leaves_the_try_around_it(void *context)
{
    (void)context;
    __try {
        __try {
            ExRaiseStatus(STATUS_NO_MEMORY);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            step(1);
            __leave;
        }
        step(9);
    } __finally {
        step(2);
    }
    CHECK_TRAIL(1, 2);
}

static void raises_in_finally(void)
{
    __try {
        ExRaiseStatus(STATUS_NO_MEMORY);
    } __finally {
        step(1);
        ExRaiseStatus(STATUS_ACCESS_VIOLATION);
    }
}

void an_exception_in_finally_takes_the_place_of_the_first(void *context)
{
    (void)context;
    __try {
        raises_in_finally();
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        CHECK(GetExceptionCode() == (ULONG)STATUS_ACCESS_VIOLATION);
        step(2);
    }
    CHECK_TRAIL(1, 2);
}

void many_turns_of_a_loop_around_a_try(void *context)
{
    int n, sum = 0;

    (void)context;
    for (n = 0; n < 1000; n++) {
        __try {
            if (n % 3 == 0)
                ExRaiseStatus(STATUS_NO_MEMORY);
            sum++;
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            sum += 1000;
        }
    }
    CHECK(sum == 666 + 334 * 1000);
}

void a_fault_at_a_user_address_is_an_exception(void *context)
{
    (void)context;
    __try {
        *(volatile char *)mdlguard_host_bad_range() = 1;
        step(9);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        CHECK(GetExceptionCode() == (ULONG)STATUS_ACCESS_VIOLATION);
        step(1);
    }
    __try { /* and again: the signal is not blocked */
        *(volatile char *)mdlguard_host_bad_range() = 1;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        step(2);
    }
    CHECK_TRAIL(1, 2);
}

/* ---- runs that have to end in a bug check ---- */

void an_exception_that_nobody_handles(void *context)
{
    (void)context;
    __try {
        step(1);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        step(9);
    }
    ExRaiseStatus(STATUS_NO_MEMORY);
}

void a_check_that_fails(void *context)
{
    (void)context;
    CHECK(steps == 1);
}
