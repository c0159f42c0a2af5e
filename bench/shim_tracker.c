/*
 * shim_tracker.c - what the tracker costs: allocate, lock, map, unmap, unlock, free, while so many other MDLs are alive and mapped.
 *
 *   mdlguard_bench_tracker        prints a line for each number of live MDLs; exit status 1 when the cost is not flat within 2x
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "mdlguard_routines.h"
#include "tracker.h"

enum { CAPACITY = 65536, ROUNDS = 400000, EVENTS = 6, REPEATS = 5 };

static void run_call(struct mg_tracker *tracker, uint16_t routine, uint64_t slot0, uint64_t slot1, uint64_t slot2, int64_t result)
{
    struct mg_call call = {.routine = routine, .site = {.file = "bench.c", .line = 1}, .slots = {slot0, slot1, slot2}};

    mg_tracker_enter(tracker, &call);
    mg_tracker_leave(tracker, &call, result);
}

static void acquire(struct mg_tracker *tracker, uint64_t mdl, uint64_t handle)
{
    struct mg_call call = {.routine = MG_ROUTINE_IoAllocateMdl, .site = {.file = "bench.c", .line = 1}};
    uint64_t result = mdl;

    mg_tracker_enter(tracker, &call);
    MG_EXIT_IoAllocateMdl(call.slots);
    mg_tracker_leave(tracker, &call, (int64_t)mdl);
    run_call(tracker, MG_ROUTINE_MmProbeAndLockPages, mdl, 0, 0, 0);
    run_call(tracker, MG_ROUTINE_DxgkCbMapMdlToIoMmu, mdl, handle, 0, 0);
}

static void release(struct mg_tracker *tracker, uint64_t mdl, uint64_t handle)
{
    struct mg_call call = {.routine = MG_ROUTINE_DxgkCbUnmapMdlFromIoMmu, .site = {.file = "bench.c", .line = 1}};
    struct {
        uint64_t hMemoryHandle;
    } argument = {handle}, *arg1 = &argument;

    MG_ENTRY_DxgkCbUnmapMdlFromIoMmu(call.slots);
    mg_tracker_enter(tracker, &call);
    mg_tracker_leave(tracker, &call, 0);
    run_call(tracker, MG_ROUTINE_MmUnlockPages, mdl, 0, 0, 0);
    run_call(tracker, MG_ROUTINE_IoFreeMdl, mdl, 0, 0, 0);
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Nanoseconds an event with LIVE other MDLs, the best of several runs. */
static double measure(uint32_t live)
{
    struct mg_config config = {.object_capacity = CAPACITY, .mapping_capacity = CAPACITY, .sees_everything = true};
    void *memory = malloc(mg_tracker_size(&config));
    struct mg_tracker *tracker = mg_tracker_init(memory, &config);
    struct mg_stats stats;
    double best = 1e9;

    for (uint64_t m = 1; m <= live; m++)
        acquire(tracker, 0xffff800000000000 + m * 0x140, m);
    for (uint32_t repeat = 0; repeat < REPEATS; repeat++) {
        double start = seconds(), elapsed;

        for (uint64_t r = 0; r < ROUNDS; r++) {
            uint64_t mdl = 0xffffa00000000000 + (r % 64) * 0x140;

            acquire(tracker, mdl, 1000000 + r);
            release(tracker, mdl, 1000000 + r);
        }
        elapsed = (seconds() - start) * 1e9 / ((double)ROUNDS * EVENTS);
        best = elapsed < best ? elapsed : best;
    }
    mg_tracker_stats(tracker, &stats);
    if (stats.violations || stats.lost_objects || stats.lost_mappings || stats.live_objects != live)
        best = -1; /* it did not do what it was measured for */
    free(memory);
    return best;
}

int main(void)
{
    static const uint32_t live[] = {1, 1000, 60000};
    double best = 1e9, worst = 0;

    for (size_t l = 0; l < sizeof(live) / sizeof(live[0]); l++) {
        double cost = measure(live[l]);

        if (cost < 0)
            return 1;
        best = cost < best ? cost : best;
        worst = cost > worst ? cost : worst;
        printf("%6u live MDLs: %6.1f ns an event\n", live[l], cost);
    }
    printf("flat within %.2fx\n", worst / best);
    return worst <= 2 * best && worst < 1000 ? 0 : 1;
}
