/*
 * test_shim_tracker_limits.c - the tracker on faults and addresses, when it is full, and the texts of its violations.
 */
#include "shim_tracker_fixture.h"

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
    free_mdl(&f, 0x1000, 2);
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
        cmocka_unit_test(a_touch_of_what_is_gone_is_explained),
        cmocka_unit_test(what_does_not_fit_is_counted),
        cmocka_unit_test(as_many_as_promised_and_each_still_known),
        cmocka_unit_test(history_keeps_the_last_events),
        cmocka_unit_test(forgotten_addresses_are_strangers),
        cmocka_unit_test(a_violation_reads_well),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
