/*
 * test_shim_tracker.c - the tracker on calls that are made up here: what it lets pass, what it reports and where, and what it does when it is full.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mdlguard_routines.h"
#include "tracker.h"

#define SUCCESS 0
#define FAILURE (-1073741823) /* STATUS_UNSUCCESSFUL */

struct fixture {
    struct mg_tracker *tracker;
    void *memory;
    struct mg_violation violations[16];
    uint32_t count;
    uint32_t locked; /* depth; the tracker must never call back under it */
    uint32_t flags;  /* of every MDL */
    const void *next;
    char text[8192];
};

static uint64_t hook_lock(void *context)
{
    struct fixture *self = context;

    assert_int_equal(self->locked++, 0);
    return 7;
}

static void hook_unlock(void *context, uint64_t state)
{
    struct fixture *self = context;

    assert_int_equal(state, 7);
    assert_int_equal(--self->locked, 0);
}

static bool hook_look(void *context, uint64_t mdl, struct mg_view *view)
{
    struct fixture *self = context;

    (void)mdl;
    view->flags = self->flags;
    view->bytes = 0x2000;
    view->next = self->next;
    return true;
}

static void hook_report(void *context, const struct mg_violation *violation)
{
    struct fixture *self = context;

    assert_int_equal(self->locked, 0);
    assert_in_range(self->count, 0, 15);
    self->violations[self->count++] = *violation;
}

static void start(struct fixture *self, uint32_t objects, uint32_t mappings)
{
    struct mg_config config = {.object_capacity = objects, .mapping_capacity = mappings, .context = self, .lock = hook_lock,
                               .unlock = hook_unlock, .look = hook_look, .report = hook_report};

    memset(self, 0, sizeof(*self));
    self->memory = malloc(mg_tracker_size(&config));
    self->tracker = mg_tracker_init(self->memory, &config);
    assert_non_null(self->tracker);
}

static void stop(struct fixture *self)
{
    free(self->memory);
}

/* ---- calls: `line` stands for the place ---- */

static void begin(struct fixture *self, struct mg_call *call, uint16_t routine, uint32_t line)
{
    call->routine = routine;
    call->site.file = "driver.c";
    call->site.line = line;
    mg_tracker_enter(self->tracker, call);
}

static void allocate(struct fixture *self, uint64_t mdl, uint32_t line)
{
    struct mg_call call = {0};
    uint64_t result = mdl;
    int arg2 = 0, arg4 = 0;

    MG_ENTRY_IoAllocateMdl(call.slots);
    begin(self, &call, MG_ROUTINE_IoAllocateMdl, line);
    MG_EXIT_IoAllocateMdl(call.slots);
    mg_tracker_leave(self->tracker, &call, (int64_t)mdl);
}

static void allocate_pages(struct fixture *self, uint64_t mdl, uint32_t line)
{
    struct mg_call call = {0};
    uint64_t result = mdl;

    begin(self, &call, MG_ROUTINE_MmAllocatePagesForMdlEx, line);
    MG_EXIT_MmAllocatePagesForMdlEx(call.slots);
    mg_tracker_leave(self->tracker, &call, (int64_t)mdl);
}

/* A routine whose only path is arg0, the MDL. */
static void on_mdl(struct fixture *self, uint16_t routine, uint64_t mdl, uint32_t line)
{
    struct mg_call call = {0};

    call.slots[0] = mdl;
    begin(self, &call, routine, line);
    mg_tracker_leave(self->tracker, &call, SUCCESS);
}

static void map(struct fixture *self, uint64_t mdl, int mode, uint64_t address, uint32_t line)
{
    struct mg_call call = {0};
    uint64_t arg0 = mdl, result = address;
    int arg1 = mode, arg4 = 0;

    MG_ENTRY_MmMapLockedPagesSpecifyCache(call.slots);
    begin(self, &call, MG_ROUTINE_MmMapLockedPagesSpecifyCache, line);
    MG_EXIT_MmMapLockedPagesSpecifyCache(call.slots);
    mg_tracker_leave(self->tracker, &call, (int64_t)address);
}

static void safe_address(struct fixture *self, uint64_t mdl, uint64_t address, uint32_t line)
{
    struct mg_call call = {0};
    uint64_t arg0 = mdl, result = address;

    MG_ENTRY_MmGetSystemAddressForMdlSafe(call.slots);
    begin(self, &call, MG_ROUTINE_MmGetSystemAddressForMdlSafe, line);
    MG_EXIT_MmGetSystemAddressForMdlSafe(call.slots);
    mg_tracker_leave(self->tracker, &call, (int64_t)address);
}

static void unmap(struct fixture *self, uint64_t address, uint64_t mdl, uint32_t line)
{
    struct mg_call call = {0};
    uint64_t arg0 = address, arg1 = mdl;

    MG_ENTRY_MmUnmapLockedPages(call.slots);
    begin(self, &call, MG_ROUTINE_MmUnmapLockedPages, line);
    mg_tracker_leave(self->tracker, &call, 0);
}

struct iommu_argument {
    uint64_t pMdl, hMemoryHandle;
};

static void map_iommu(struct fixture *self, uint64_t mdl, uint64_t handle, int32_t status, uint32_t line)
{
    struct mg_call call = {0};
    struct iommu_argument argument = {mdl, handle}, *arg1 = &argument;

    MG_ENTRY_DxgkCbMapMdlToIoMmu(call.slots);
    begin(self, &call, MG_ROUTINE_DxgkCbMapMdlToIoMmu, line);
    MG_EXIT_DxgkCbMapMdlToIoMmu(call.slots);
    mg_tracker_leave(self->tracker, &call, status);
}

static void unmap_iommu(struct fixture *self, uint64_t handle, uint32_t line)
{
    struct mg_call call = {0};
    struct iommu_argument argument = {0, handle}, *arg1 = &argument;

    MG_ENTRY_DxgkCbUnmapMdlFromIoMmu(call.slots);
    begin(self, &call, MG_ROUTINE_DxgkCbUnmapMdlFromIoMmu, line);
    mg_tracker_leave(self->tracker, &call, 0);
}

#define lock(self, mdl, line) on_mdl(self, MG_ROUTINE_MmProbeAndLockPages, mdl, line)
#define unlock(self, mdl, line) on_mdl(self, MG_ROUTINE_MmUnlockPages, mdl, line)
#define free_mdl(self, mdl, line) on_mdl(self, MG_ROUTINE_IoFreeMdl, mdl, line)
#define free_pages(self, mdl, line) on_mdl(self, MG_ROUTINE_MmFreePagesFromMdl, mdl, line)
#define free_pool(self, mdl, line) on_mdl(self, MG_ROUTINE_ExFreePool, mdl, line)

/* Exactly one violation so far: RULE, whose primary place is LINE. */
static void expect(struct fixture *self, const char *rule, uint32_t line)
{
    assert_int_equal(self->count, 1);
    assert_string_equal(self->violations[0].rule->id, rule);
    assert_int_equal(self->violations[0].primary.site.line, line);
}

/* ---- what is right ---- */

static void correct_lives_are_silent(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, 8, 8);
    for (uint32_t round = 0; round < 50; round++) { /* the same addresses again and again */
        allocate(&f, 0x1000, 1);
        lock(&f, 0x1000, 2);
        safe_address(&f, 0x1000, 0x50000, 3);
        safe_address(&f, 0x1000, 0x50000, 4);
        map(&f, 0x1000, 1, 0x60000, 5);
        map_iommu(&f, 0x1000, 9, SUCCESS, 6);
        unmap_iommu(&f, 9, 7);
        unmap(&f, 0x60000, 0x1000, 8);
        unlock(&f, 0x1000, 9); /* takes the system mapping with it */
        lock(&f, 0x1000, 10);
        map(&f, 0x1000, 0, 0x50000, 11);
        unmap(&f, 0x50000, 0x1000, 12);
        unlock(&f, 0x1000, 13);
        free_mdl(&f, 0x1000, 14);
        allocate_pages(&f, 0x1000, 15);
        map(&f, 0x1000, 0, 0x50000, 16);
        free_pages(&f, 0x1000, 17);
        free_pool(&f, 0x1000, 18);
        free_pool(&f, 0x9000, 19); /* any pool block */
    }
    mg_tracker_report_leaks(f.tracker, NULL, NULL);
    assert_int_equal(f.count, 0);
    stop(&f);
}

static void mdls_of_somebody_else_fail_nothing_that_they_might_fulfil(void **state)
{
    struct fixture f;
    struct mg_stats stats;

    (void)state;
    start(&f, 4, 4);
    f.flags = 0x2; /* locked */
    for (uint64_t mdl = 0x1000; mdl < 0x5000; mdl += 0x1000) {
        safe_address(&f, mdl, mdl << 8, 1);
        unmap(&f, 0x123, mdl, 2); /* mapped before the tracker started, for all it knows */
        unlock(&f, mdl, 3);
    }
    assert_int_equal(f.count, 0);
    mg_tracker_report_leaks(f.tracker, NULL, NULL);
    assert_int_equal(f.count, 0);
    mg_tracker_stats(f.tracker, &stats);
    assert_int_equal(stats.lost_objects, 0);
    f.flags = 0x4; /* nonpaged */
    lock(&f, 0x4000, 4);
    expect(&f, "MDL008", 4);
    stop(&f);
}

/* A lock that raises leaves the MDL unlocked, whoever made it; and what the owner does meanwhile shows in the flags. */
static void what_was_done_to_mdls_of_somebody_else_is_remembered(void **state)
{
    struct mg_call call = {.routine = MG_ROUTINE_MmProbeAndLockPages, .slots = {0x1000}};
    struct fixture f;

    (void)state;
    start(&f, 4, 4);
    mg_tracker_enter(f.tracker, &call); /* never left */
    unlock(&f, 0x1000, 2);
    expect(&f, "MDL007", 2);
    f.count = 0;
    lock(&f, 0x2000, 3);
    f.flags = 0x2;
    unlock(&f, 0x2000, 4);
    unlock(&f, 0x2000, 5); /* locked again by its owner */
    assert_int_equal(f.count, 0);
    f.flags = 0;
    unlock(&f, 0x2000, 6);
    expect(&f, "MDL007", 6);
    stop(&f);
}

/* The I/O manager frees the MDL of an IRP with the IRP, and may make another one at its address. */
static void an_mdl_that_went_with_its_irp_may_come_back_as_another(void **state)
{
    struct mg_call call = {.routine = MG_ROUTINE_IoAllocateMdl};
    uint64_t result = 0x1000;
    int arg2 = 0, arg4 = 0x500;
    struct fixture f;

    (void)state;
    start(&f, 4, 4);
    MG_ENTRY_IoAllocateMdl(call.slots);
    mg_tracker_enter(f.tracker, &call);
    MG_EXIT_IoAllocateMdl(call.slots);
    mg_tracker_leave(f.tracker, &call, 0x1000);
    lock(&f, 0x1000, 2);
    f.flags = 0x2;
    safe_address(&f, 0x1000, 0x50000, 3);
    f.flags = 0;
    lock(&f, 0x1000, 4);
    mg_tracker_report_leaks(f.tracker, NULL, NULL);
    assert_int_equal(f.count, 0);
    stop(&f);
}

static void a_failed_map_call_maps_nothing(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, 4, 4);
    allocate(&f, 0x1000, 1);
    lock(&f, 0x1000, 2);
    map_iommu(&f, 0x1000, 9, FAILURE, 3);
    map(&f, 0x1000, 0, 0, 4);
    unlock(&f, 0x1000, 5);
    free_mdl(&f, 0x1000, 6);
    assert_int_equal(f.count, 0);
    stop(&f);
}

/* ---- what is wrong ---- */

static void unlock_and_free_under_an_iommu_mapping(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, 4, 4);
    allocate(&f, 0x1000, 1);
    lock(&f, 0x1000, 2);
    map_iommu(&f, 0x1000, 0x77, SUCCESS, 3);
    unlock(&f, 0x1000, 4);
    expect(&f, "MDL102", 4);
    assert_int_equal(f.violations[0].made.site.line, 3);
    assert_int_equal(f.violations[0].token, 0x77);
    assert_int_equal(f.violations[0].history_count, 4);
    assert_true(f.violations[0].history[3].is_wrong);
    free_mdl(&f, 0x1000, 5); /* given up: one violation an MDL */
    unmap_iommu(&f, 0x77, 6);
    mg_tracker_report_leaks(f.tracker, NULL, NULL);
    assert_int_equal(f.count, 1);
    allocate(&f, 0x1000, 7); /* a new MDL at the address is looked at again */
    lock(&f, 0x1000, 8);
    free_mdl(&f, 0x1000, 9);
    assert_int_equal(f.count, 2);
    assert_string_equal(f.violations[1].rule->id, "MDL004");
    stop(&f);
}

static void unmap_after_unlock_is_the_fault_of_the_unlock(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, 4, 4);
    allocate(&f, 0x1000, 1);
    lock(&f, 0x1000, 2);
    map(&f, 0x1000, 0, 0x50000, 3);
    unlock(&f, 0x1000, 4);
    assert_int_equal(f.count, 0);
    unmap(&f, 0x50000, 0x1000, 5);
    expect(&f, "MDL002", 4);
    assert_int_equal(f.violations[0].now.site.line, 5);
    assert_int_equal(f.violations[0].made.site.line, 3);
    stop(&f);
}

static void unmap_after_unlock_of_a_mapping_never_seen(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, 4, 4);
    f.flags = 0x3; /* locked and mapped */
    unlock(&f, 0x1000, 4);
    unmap(&f, 0x50000, 0x1000, 5);
    expect(&f, "MDL002", 4);
    stop(&f);
}

static void the_address_of_another_mdl(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, 4, 4);
    for (uint64_t mdl = 0x1000; mdl <= 0x2000; mdl += 0x1000) {
        allocate(&f, mdl, 1);
        lock(&f, mdl, 2);
        map(&f, mdl, 0, mdl << 8, 3);
    }
    unmap(&f, 0x200000, 0x1000, 4);
    expect(&f, "MDL012", 4);
    stop(&f);
}

struct wrong {
    const char *rule;
    void (*calls)(struct fixture *f);
};

static void twice_freed(struct fixture *f)
{
    allocate(f, 0x1000, 1);
    free_mdl(f, 0x1000, 2);
    free_mdl(f, 0x1000, 99);
}

static void used_after_free(struct fixture *f)
{
    allocate(f, 0x1000, 1);
    free_mdl(f, 0x1000, 2);
    on_mdl(f, MG_ROUTINE_MmGetMdlByteCount, 0x1000, 99);
}

static void user_mapping_at_free(struct fixture *f)
{
    allocate(f, 0x1000, 1);
    on_mdl(f, MG_ROUTINE_MmBuildMdlForNonPagedPool, 0x1000, 2);
    map(f, 0x1000, 1, 0x60000, 3);
    free_mdl(f, 0x1000, 99);
}

static void pages_freed_under_iommu(struct fixture *f)
{
    allocate_pages(f, 0x1000, 1);
    map_iommu(f, 0x1000, 5, SUCCESS, 2);
    free_pages(f, 0x1000, 99);
}

static void never_locked(struct fixture *f)
{
    allocate(f, 0x1000, 1);
    unlock(f, 0x1000, 99);
}

static void wrong_free(struct fixture *f)
{
    allocate_pages(f, 0x1000, 1);
    free_mdl(f, 0x1000, 99);
}

static void map_unfilled(struct fixture *f)
{
    allocate(f, 0x1000, 1);
    safe_address(f, 0x1000, 0x50000, 99);
}

static void map_unfilled_to_iommu(struct fixture *f)
{
    allocate(f, 0x1000, 1);
    map_iommu(f, 0x1000, 5, SUCCESS, 99);
}

static void unmapped_twice(struct fixture *f)
{
    allocate(f, 0x1000, 1);
    lock(f, 0x1000, 2);
    map(f, 0x1000, 0, 0x50000, 3);
    unmap(f, 0x50000, 0x1000, 4);
    unmap(f, 0x50000, 0x1000, 99);
}

static void iommu_unmapped_twice(struct fixture *f)
{
    allocate_pages(f, 0x1000, 1);
    map_iommu(f, 0x1000, 5, SUCCESS, 2);
    unmap_iommu(f, 5, 3);
    unmap_iommu(f, 5, 99);
}

static void two_kernel_views(struct fixture *f)
{
    allocate_pages(f, 0x1000, 1);
    map(f, 0x1000, 0, 0x50000, 2);
    map(f, 0x1000, 0, 0x70000, 99);
}

static void descriptor_before_pages(struct fixture *f)
{
    allocate_pages(f, 0x1000, 1);
    free_pool(f, 0x1000, 99);
}

static void leaked_descriptor(struct fixture *f)
{
    allocate(f, 0x1000, 99);
    mg_tracker_report_leaks(f->tracker, NULL, NULL);
}

static void leaked_lock(struct fixture *f)
{
    allocate(f, 0x1000, 1);
    lock(f, 0x1000, 99);
    mg_tracker_report_leaks(f->tracker, NULL, NULL);
}

static void leaked_iommu_mapping(struct fixture *f)
{
    allocate_pages(f, 0x1000, 1);
    map_iommu(f, 0x1000, 5, SUCCESS, 99);
    mg_tracker_report_leaks(f->tracker, NULL, NULL);
}

static void leaked_user_mapping(struct fixture *f)
{
    allocate_pages(f, 0x1000, 1);
    map(f, 0x1000, 1, 0x60000, 99);
    mg_tracker_report_leaks(f->tracker, NULL, NULL);
}

static void leaked_half(struct fixture *f)
{
    allocate_pages(f, 0x1000, 1);
    free_pages(f, 0x1000, 99);
    mg_tracker_report_leaks(f->tracker, NULL, NULL);
}

static void leaked_chain(struct fixture *f)
{
    allocate(f, 0x2000, 99);
    allocate(f, 0x1000, 1);
    f->next = (const void *)(uintptr_t)0x2000;
    free_mdl(f, 0x1000, 2);
    mg_tracker_report_leaks(f->tracker, NULL, NULL);
}

static void every_rule_speaks_at_the_wrong_call(void **state)
{
    static const struct wrong all[] = {
        {"MDL001", user_mapping_at_free},    {"MDL005", used_after_free},       {"MDL006", twice_freed},
        {"MDL007", never_locked},            {"MDL009", wrong_free},            {"MDL009", leaked_half},
        {"MDL010", map_unfilled},            {"MDL011", unmapped_twice},        {"MDL013", two_kernel_views},
        {"MDL020", leaked_descriptor},       {"MDL021", leaked_lock},           {"MDL022", leaked_user_mapping},
        {"MDL023", descriptor_before_pages}, {"MDL024", leaked_chain},          {"MDL103", pages_freed_under_iommu},
        {"MDL105", leaked_iommu_mapping},    {"MDL106", iommu_unmapped_twice},  {"MDL107", map_unfilled_to_iommu},
    };

    (void)state;
    for (size_t w = 0; w < sizeof(all) / sizeof(all[0]); w++) {
        struct fixture f;

        start(&f, 8, 8);
        all[w].calls(&f);
        expect(&f, all[w].rule, 99);
        stop(&f);
    }
}

static bool holds_1000(void *context, uint64_t value)
{
    (void)context;
    return value == 0x1000;
}

static void what_is_held_is_not_lost(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, 8, 8);
    allocate(&f, 0x1000, 1);
    allocate(&f, 0x2000, 2);
    mg_tracker_report_leaks(f.tracker, holds_1000, NULL);
    expect(&f, "MDL020", 2);
    stop(&f);
}

/* ---- faults ---- */

static void a_touch_of_what_is_gone_is_explained(void **state)
{
    struct mg_site site = {.file = "driver.c", .line = 99};
    struct fixture f;

    (void)state;
    start(&f, 8, 8);
    allocate(&f, 0x1000, 1);
    lock(&f, 0x1000, 2);
    safe_address(&f, 0x1000, 0x50000, 3);
    assert_false(mg_tracker_fault(f.tracker, 0x50010, &site, 64)); /* it is there */
    unlock(&f, 0x1000, 4);
    assert_false(mg_tracker_fault(f.tracker, 0x52000, &site, 64)); /* just behind it */
    assert_true(mg_tracker_fault(f.tracker, 0x51fff, &site, 64));
    expect(&f, "MDL014", 99);
    assert_int_equal(f.violations[0].ended.site.line, 4);
    f.count = 0;
    allocate(&f, 0x2000, 1);
    free_mdl(&f, 0x2000, 2);
    assert_true(mg_tracker_fault(f.tracker, 0x2008, &site, 64));
    expect(&f, "MDL005", 99);
    f.count = 0;
    allocate(&f, 0x3000, 1);
    lock(&f, 0x3000, 2);
    safe_address(&f, 0x3000, 0, 3);
    assert_true(mg_tracker_fault(f.tracker, 0x10, &site, 64));
    expect(&f, "MDL015", 99);
    assert_int_equal(f.violations[0].made.site.line, 3);
    stop(&f);
}

/* ---- limits ---- */

static void what_does_not_fit_is_counted(void **state)
{
    struct fixture f;
    struct mg_stats stats;

    (void)state;
    start(&f, 4, 2);
    for (uint64_t mdl = 1; mdl <= 10; mdl++)
        allocate(&f, mdl << 12, 1);
    mg_tracker_stats(f.tracker, &stats);
    assert_int_equal(stats.live_objects, 4);
    assert_int_equal(stats.lost_objects, 6);
    for (uint64_t mdl = 1; mdl <= 4; mdl++)
        lock(&f, mdl << 12, 2);
    for (uint64_t mdl = 1; mdl <= 4; mdl++)
        safe_address(&f, mdl << 12, mdl << 20, 3);
    mg_tracker_stats(f.tracker, &stats);
    assert_int_equal(stats.live_mappings, 2);
    assert_int_equal(stats.lost_mappings, 2);
    /* A lost MDL is adopted when a place is free, and then nothing is known of it. */
    unlock(&f, 0x1000, 4);
    free_mdl(&f, 0x1000, 5);
    free_mdl(&f, 0x5000, 6);
    assert_int_equal(f.count, 0);
    mg_tracker_stats(f.tracker, &stats);
    assert_int_equal(stats.forgotten, 1);
    stop(&f);
}

static void as_many_as_promised_and_each_still_known(void **state)
{
    enum { COUNT = 65536 };
    struct fixture f;
    struct mg_stats stats;

    (void)state;
    start(&f, COUNT, COUNT);
    for (uint64_t mdl = 1; mdl <= COUNT; mdl++) {
        allocate(&f, mdl << 6, 1);
        lock(&f, mdl << 6, 2);
        map_iommu(&f, mdl << 6, mdl, SUCCESS, 3);
    }
    mg_tracker_stats(f.tracker, &stats);
    assert_int_equal(stats.live_objects, COUNT);
    assert_int_equal(stats.live_mappings, COUNT);
    assert_int_equal(stats.lost_objects + stats.lost_mappings, 0);
    assert_int_equal(stats.events, 3 * COUNT);
    unlock(&f, 4711 << 6, 4);
    expect(&f, "MDL102", 4);
    for (uint64_t mdl = 1; mdl <= COUNT; mdl++)
        if (mdl != 4711) {
            unmap_iommu(&f, mdl, 5);
            unlock(&f, mdl << 6, 6);
            free_mdl(&f, mdl << 6, 7);
        }
    assert_int_equal(f.count, 1);
    mg_tracker_stats(f.tracker, &stats);
    assert_int_equal(stats.live_objects, 1);
    stop(&f);
}

static void history_keeps_the_last_events(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, 4, 4);
    allocate(&f, 0x1000, 1);
    for (uint32_t n = 0; n < 10; n++) {
        lock(&f, 0x1000, 10 + 2 * n);
        unlock(&f, 0x1000, 11 + 2 * n);
    }
    unlock(&f, 0x1000, 99);
    expect(&f, "MDL007", 99);
    assert_int_equal(f.violations[0].history_count, MG_HISTORY);
    assert_int_equal(f.violations[0].events_before, 22 - MG_HISTORY);
    for (uint32_t e = 0; e + 1 < MG_HISTORY; e++)
        assert_int_equal(f.violations[0].history[e].site.line, 29 - (MG_HISTORY - 2) + e);
    stop(&f);
}

static void forgotten_addresses_are_strangers(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, 4, 4);
    allocate(&f, 0x1000, 1);
    assert_true(mg_tracker_owns(f.tracker, 0x1000));
    free_mdl(&f, 0x1000, 2);
    assert_false(mg_tracker_owns(f.tracker, 0x1000));
    assert_true(mg_tracker_is_freed(f.tracker, 0x1000));
    mg_tracker_forget(f.tracker, 0x1000);
    assert_false(mg_tracker_is_freed(f.tracker, 0x1000));
    on_mdl(&f, MG_ROUTINE_MmGetMdlByteCount, 0x1000, 3);
    free_pool(&f, 0x1000, 4);
    assert_int_equal(f.count, 0);
    stop(&f);
}

/* ---- text ---- */

static void add_line(void *context, const char *text)
{
    struct fixture *self = context;
    size_t length = strlen(self->text);

    snprintf(self->text + length, sizeof(self->text) - length, "%s\n", text);
}

static void a_violation_reads_well(void **state)
{
    struct fixture f;
    struct mg_printer printer = {&f, add_line, NULL};

    (void)state;
    start(&f, 4, 4);
    allocate(&f, 0x1000, 1);
    lock(&f, 0x1000, 2);
    map_iommu(&f, 0x1000, 0x77, SUCCESS, 3);
    unlock(&f, 0x1000, 4);
    mg_violation_print(&f.violations[0], &printer);
    assert_string_equal(f.text, "driver.c:4: error: MDL unlocked while it is mapped to the IOMMU: 0x1000 [MDL102 IommuUnlockBeforeUnmap]\n"
                                "  driver.c:4: wrong call #4 MmUnlockPages\n"
                                "  driver.c:3: mapping made by #3 DxgkCbMapMdlToIoMmu: mapped to the IOMMU here\n"
                                "  driver.c:1: history #1 IoAllocateMdl: MDL allocated here\n"
                                "  driver.c:2: history #2 MmProbeAndLockPages: pages locked here\n"
                                "  driver.c:3: history #3 DxgkCbMapMdlToIoMmu: mapped to the IOMMU here\n"
                                "  driver.c:4: history #4 MmUnlockPages (the wrong call)\n");
    stop(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(correct_lives_are_silent),
        cmocka_unit_test(mdls_of_somebody_else_fail_nothing_that_they_might_fulfil),
        cmocka_unit_test(what_was_done_to_mdls_of_somebody_else_is_remembered),
        cmocka_unit_test(an_mdl_that_went_with_its_irp_may_come_back_as_another),
        cmocka_unit_test(a_failed_map_call_maps_nothing),
        cmocka_unit_test(unlock_and_free_under_an_iommu_mapping),
        cmocka_unit_test(unmap_after_unlock_is_the_fault_of_the_unlock),
        cmocka_unit_test(unmap_after_unlock_of_a_mapping_never_seen),
        cmocka_unit_test(the_address_of_another_mdl),
        cmocka_unit_test(every_rule_speaks_at_the_wrong_call),
        cmocka_unit_test(what_is_held_is_not_lost),
        cmocka_unit_test(a_touch_of_what_is_gone_is_explained),
        cmocka_unit_test(what_does_not_fit_is_counted),
        cmocka_unit_test(as_many_as_promised_and_each_still_known),
        cmocka_unit_test(history_keeps_the_last_events),
        cmocka_unit_test(forgotten_addresses_are_strangers),
        cmocka_unit_test(a_violation_reads_well),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
