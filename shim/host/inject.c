/*
 * inject.c - faults that are injected into runs, and the runs that try them one by one, or all of them together.
 *
 * A point is a call that can end in more than one way. What the next run has to do at its points is in struct host_inject, which the child inherits.
 * mdlguard_shim_explore goes through the tree of all ways: a run takes the ways of a tape, and the first one (no failure) behind its end; the
 * next tape is the last point that has another way left, and the ways before it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "host.h"

/* What the test asked for; in effect for the next run. */
static struct host_inject next_inject;

static uint64_t next_random(uint64_t *seed)
{
    /* splitmix64 */
    uint64_t z = (*seed += UINT64_C(0x9E3779B97F4A7C15));

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

struct host_inject host_inject_next(void)
{
    return next_inject;
}

/* ---- points ---- */

/* The way that the tape says, noted there. */
static unsigned take_way(struct host_tape *tape, unsigned ways)
{
    if (tape->count == HOST_TAPE) {
        tape->is_full = true;
        return 0;
    }
    if (tape->count >= tape->given)
        tape->way[tape->count] = 0;
    tape->ways[tape->count] = (unsigned char)ways;
    return tape->way[tape->count++];
}

bool host_fails(struct host *self, const char *routine)
{
    struct host_inject *inject = &self->inject;
    bool fails;

    if (inject->is_waiting)
        return false;
    fails = ++self->result->points == inject->nth;
    if (inject->routine && strcmp(inject->routine, routine) == 0 && --inject->routine_nth == 0)
        fails = true;
    if (inject->one_in && next_random(&inject->seed) % inject->one_in == 0)
        fails = true;
    if (inject->tape && take_way(inject->tape, 2))
        fails = true;
    if (fails) {
        self->result->is_injected = 1;
        host_print("mdlguard: point %u: %s is made to fail\n", self->result->points, routine);
    }
    return fails;
}

HOST_API int mdlguard_host_point(const char *name)
{
    return host_fails(host_machine(), name);
}

HOST_API unsigned mdlguard_host_choose(unsigned ways)
{
    struct host_tape *tape = host_machine()->inject.tape;

    return tape && ways > 1 ? take_way(tape, ways) : 0;
}

HOST_API void mdlguard_host_begin(void)
{
    struct host *self = host_machine();
    struct mg_stats stats;

    mg_tracker_stats(self->tracker, &stats);
    self->events_before = stats.events;
    self->inject.is_waiting = false;
}

/* ---- what the next run does ---- */

HOST_API void mdlguard_host_fail_nth(unsigned n)
{
    next_inject = (struct host_inject){.nth = n};
}

HOST_API void mdlguard_host_fail_routine(const char *routine, unsigned n)
{
    next_inject = (struct host_inject){.routine = routine, .routine_nth = n};
}

HOST_API void mdlguard_host_fail_random(unsigned long long seed, unsigned one_in)
{
    if (!seed)
        seed = (unsigned long long)time(NULL) ^ ((unsigned long long)getpid() << 32);
    next_inject = (struct host_inject){.seed = seed, .one_in = one_in};
    host_print("mdlguard: faults are injected with seed %llu, one in %u\n", seed, one_in);
}

/* ---- sweeps: one fault a run ---- */

static bool is_clean(const struct mdlguard_host_result *result)
{
    return !result->violations && !result->bug_checks && !result->damages && !result->device_faults;
}

HOST_API unsigned mdlguard_shim_sweep(mdlguard_host_function *run, void *context, unsigned flags, struct mdlguard_host_result *result,
                                      unsigned *failed)
{
    struct mdlguard_host_result one;
    bool is_found = false;
    unsigned dirty = 0, n = 0;

    do {
        mdlguard_host_fail_nth(n);
        if (!mdlguard_host_run(run, context, flags, &one))
            break;
        if (!is_clean(&one))
            dirty++;
        if (!is_found) {
            *result = one;
            if (failed)
                *failed = n;
        }
        is_found |= !is_clean(&one);
    } while (n++ == 0 || one.is_injected);
    mdlguard_host_fail_nth(0);
    return dirty;
}

/* ---- every way ---- */

/* The tape of the next run; false: there is none. */
static bool next_tape(struct host_tape *tape)
{
    unsigned at = tape->count;

    while (at > 0 && tape->way[at - 1] + 1 >= tape->ways[at - 1])
        at--;
    if (at == 0)
        return false;
    tape->way[at - 1]++;
    tape->given = at;
    return true;
}

/* SKIPS_SETUP: what comes before mdlguard_host_begin does not fail. */
static unsigned explore(mdlguard_host_function *run, void *context, unsigned flags, unsigned limit, bool skips_setup,
                        void (*each)(void *each_context, unsigned n, const struct mdlguard_host_result *result), void *each_context)
{
    struct host_tape *tape = mmap(NULL, sizeof(*tape), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct mdlguard_host_result result;
    unsigned n = 0;

    if (tape == MAP_FAILED)
        return 0;
    do {
        tape->count = 0;
        next_inject = (struct host_inject){.tape = tape, .is_waiting = skips_setup};
        if (!mdlguard_host_run(run, context, flags, &result))
            break;
        each(each_context, n++, &result);
    } while (n < limit && next_tape(tape));
    munmap(tape, sizeof(*tape));
    next_inject = (struct host_inject){.nth = 0};
    return n;
}

struct first_dirty {
    struct mdlguard_host_result *result;
    unsigned dirty;
};

static void note_dirty(void *context, unsigned n, const struct mdlguard_host_result *result)
{
    struct first_dirty *first = context;

    if (n == 0 || (first->dirty == 0 && !is_clean(result)))
        *first->result = *result;
    first->dirty += !is_clean(result);
}

HOST_API unsigned mdlguard_shim_explore(mdlguard_host_function *run, void *context, unsigned flags, unsigned limit,
                                        struct mdlguard_host_result *result)
{
    struct first_dirty first = {result, 0};

    explore(run, context, flags, limit, false, note_dirty, &first);
    return first.dirty;
}

/* ---- for testcases/ ---- */

/* What a function is allowed to end in: a failure that it asked to stop the machine for, and an exception that its callers may catch. */
static bool is_for_callers(const char *bug_check)
{
    return strncmp(bug_check, "0x3f:", 5) == 0 || strcmp(bug_check, "0x1e: an exception that nobody handles") == 0;
}

/* A map call that was told to stop the machine when it fails is right to do so. */
static void print_run(int function, int scenario, unsigned n, const struct mdlguard_host_result *result)
{
    printf("run %d %d %u %u %s", function, scenario, n, result->events,
           result->bug_checks && !is_for_callers(result->bug_check) ? "!" : "-");
    for (unsigned v = 0; v < result->violations && v < MDLGUARD_HOST_RULES; v++)
        printf(" %s %u", result->rules[v], result->lines[v]);
    printf("\n");
}

HOST_API void mdlguard_host_report_sweep(int function, int scenario, mdlguard_host_function *run, void *context)
{
    struct mdlguard_host_result result;
    unsigned n = 0;

    do {
        next_inject = (struct host_inject){.nth = n, .is_waiting = true};
        if (!mdlguard_host_run(run, context, MDLGUARD_HOST_QUIET, &result))
            break;
        print_run(function, scenario, n, &result);
    } while (n++ == 0 || result.is_injected);
    mdlguard_host_fail_nth(0);
}

static void report_path(void *context, unsigned n, const struct mdlguard_host_result *result)
{
    print_run(*(const int *)context, 0, n, result);
}

HOST_API void mdlguard_host_report_paths(int function, unsigned limit, mdlguard_host_function *run, void *context)
{
    explore(run, context, MDLGUARD_HOST_QUIET | MDLGUARD_HOST_GO_ON, limit, true, report_path, &function);
}
