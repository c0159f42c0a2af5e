/*
 * times.c - see times.h.
 */
#include "cli/times.h"

#include <sys/resource.h>

#define FUNCTIONS_SHOWN 5

static double seconds_of(int who)
{
    struct rusage usage;
    getrusage(who, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

double times_own(void)
{
    return seconds_of(RUSAGE_SELF);
}

/* The function that took most among those that took less than LIMIT, or as much and come after PREVIOUS; IR_NONE when there is none. */
static ir_id next_slowest(const struct pipeline_program *program, const struct engine_result *engine, uint64_t limit,
                          ir_id previous)
{
    ir_id slowest = IR_NONE;
    for (ir_id f = 0; f < program->module.functions.count; f++) {
        uint64_t time = engine->functions[f].time_us;
        if (time > limit || (time == limit && previous != IR_NONE && f <= previous) || time == 0)
            continue;
        if (slowest == IR_NONE || time > engine->functions[slowest].time_us)
            slowest = f;
    }
    return slowest;
}

static void print_slowest(const struct pipeline_program *program, const struct engine_result *engine, FILE *out)
{
    uint64_t limit = UINT64_MAX;
    ir_id f = IR_NONE;
    for (int i = 0; i < FUNCTIONS_SHOWN; i++) {
        f = next_slowest(program, engine, limit, f);
        if (f == IR_NONE)
            break;
        limit = engine->functions[f].time_us;
        fprintf(out, "%s%s %.2f s, %u steps, %zu MiB", i == 0 ? "mdlguard: most of it: " : "; ",
                program->module.functions.items[f].name, (double)limit / 1e6, engine->functions[f].steps,
                engine->functions[f].memory >> 20);
    }
    if (limit != UINT64_MAX)
        fputc('\n', out);
}

void times_print(const struct pipeline_program *program, const struct engine_result *engine, double own_reading, FILE *out)
{
    if (!engine->functions)
        return;
    fprintf(out, "mdlguard: processor time: %.2f s for reading, %.2f s for the engine on %u functions that matter, %u of them given up\n",
            own_reading + seconds_of(RUSAGE_CHILDREN), (double)engine->time_us / 1e6, engine->relevant_count, engine->given_up_count);
    if (engine->reused_count)
        fprintf(out, "mdlguard: %u functions were solved, %u are as they were in an earlier scan\n", engine->solved_count,
                engine->reused_count);
    print_slowest(program, engine, out);
}
