/*
 * test_shim_threads.c - eight threads on one tracker, under ThreadSanitizer: no race, no lost event, no false word.
 *
 * Built with sanitizer options of its own, from the tracker's sources: not with cmocka, which does not know threads.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "mdlguard_routines.h"
#include "tracker.h"

enum { THREADS = 8, CYCLES = 4000, CALLS = 6, MDLS = 16 };

struct shared {
    struct mg_tracker *tracker;
    atomic_flag lock;
    atomic_uint violations;
};

struct worker {
    struct shared *shared;
    uint64_t base;
    uint32_t wrong; /* cycles in which the order was turned round */
};

static uint64_t hook_lock(void *context)
{
    struct shared *self = context;

    while (atomic_flag_test_and_set_explicit(&self->lock, memory_order_acquire))
        ;
    return 0;
}

static void hook_unlock(void *context, uint64_t state)
{
    struct shared *self = context;

    (void)state;
    atomic_flag_clear_explicit(&self->lock, memory_order_release);
}

static void hook_report(void *context, const struct mg_violation *violation)
{
    struct shared *self = context;

    (void)violation;
    atomic_fetch_add(&self->violations, 1);
}

static void run_call(struct shared *shared, uint16_t routine, const uint64_t *slots, uint32_t slot_count, int64_t result)
{
    struct mg_call call = {.routine = routine};

    for (uint32_t s = 0; s < slot_count; s++)
        call.slots[s] = slots[s];
    mg_tracker_enter(shared->tracker, &call);
    mg_tracker_leave(shared->tracker, &call, result);
}

static void cycle(struct worker *self, uint64_t mdl, uint64_t handle, int is_wrong)
{
    struct mg_call call = {.routine = MG_ROUTINE_IoAllocateMdl};
    struct {
        uint64_t pMdl, hMemoryHandle;
    } argument = {mdl, handle}, *arg1 = &argument;
    uint64_t result = mdl;

    MG_EXIT_IoAllocateMdl(call.slots);
    mg_tracker_enter(self->shared->tracker, &call);
    mg_tracker_leave(self->shared->tracker, &call, (int64_t)mdl);
    run_call(self->shared, MG_ROUTINE_MmProbeAndLockPages, &mdl, 1, 0);
    call = (struct mg_call){.routine = MG_ROUTINE_DxgkCbMapMdlToIoMmu};
    MG_ENTRY_DxgkCbMapMdlToIoMmu(call.slots);
    mg_tracker_enter(self->shared->tracker, &call);
    MG_EXIT_DxgkCbMapMdlToIoMmu(call.slots);
    mg_tracker_leave(self->shared->tracker, &call, 0);
    if (is_wrong)
        run_call(self->shared, MG_ROUTINE_MmUnlockPages, &mdl, 1, 0);
    call = (struct mg_call){.routine = MG_ROUTINE_DxgkCbUnmapMdlFromIoMmu};
    MG_ENTRY_DxgkCbUnmapMdlFromIoMmu(call.slots);
    mg_tracker_enter(self->shared->tracker, &call);
    mg_tracker_leave(self->shared->tracker, &call, 0);
    if (!is_wrong)
        run_call(self->shared, MG_ROUTINE_MmUnlockPages, &mdl, 1, 0);
    run_call(self->shared, MG_ROUTINE_IoFreeMdl, &mdl, 1, 0);
}

static void *work(void *argument)
{
    struct worker *self = argument;

    for (uint32_t c = 0; c < CYCLES; c++) {
        int is_wrong = c % 100 == 99;

        self->wrong += (uint32_t)is_wrong;
        cycle(self, self->base + (c % MDLS) * 64, self->base + 0x100000 + c, is_wrong);
    }
    return NULL;
}

/* False: WHAT is not as it has to be. */
static int expect(const char *what, uint64_t value, uint64_t wanted)
{
    if (value != wanted)
        fprintf(stderr, "%s: %llu, not %llu\n", what, (unsigned long long)value, (unsigned long long)wanted);
    return value == wanted;
}

int main(void)
{
    struct shared shared = {.lock = ATOMIC_FLAG_INIT};
    struct mg_config config = {.object_capacity = 1024, .mapping_capacity = 1024, .context = &shared, .lock = hook_lock,
                               .unlock = hook_unlock, .report = hook_report, .sees_everything = true};
    void *memory = malloc(mg_tracker_size(&config));
    struct worker workers[THREADS];
    pthread_t threads[THREADS];
    struct mg_stats stats;
    uint64_t wrong = 0;
    int ok = 1;

    shared.tracker = mg_tracker_init(memory, &config);
    for (uint32_t t = 0; t < THREADS; t++) {
        workers[t] = (struct worker){&shared, (t + 1) * UINT64_C(0x1000000), 0};
        if (pthread_create(&threads[t], NULL, work, &workers[t]) != 0)
            return 1;
    }
    for (uint32_t t = 0; t < THREADS; t++) {
        pthread_join(threads[t], NULL);
        wrong += workers[t].wrong;
    }
    mg_tracker_stats(shared.tracker, &stats);
    ok &= expect("events", stats.events, (uint64_t)THREADS * CYCLES * CALLS);
    ok &= expect("violations", stats.violations, wrong);
    ok &= expect("reports", atomic_load(&shared.violations), wrong);
    ok &= expect("lost", stats.lost_objects + stats.lost_mappings, 0);
    free(memory);
    return ok ? 0 : 1;
}
