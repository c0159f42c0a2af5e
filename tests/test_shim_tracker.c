/*
 * test_shim_tracker.c - the tracker's rules: what it lets pass, what it reports and where.
 */
#include "shim_tracker_fixture.h"

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

static void map_logical(struct fixture *f, uint64_t domain, uint64_t mdl, uint64_t address)
{
    struct mg_call call = {.routine = MG_ROUTINE_MapLogicalRange, .scope = domain};
    uint64_t arg2 = mdl, arg3 = address;

    MG_ENTRY_MapLogicalRange(call.slots);
    mg_tracker_enter(f->tracker, &call);
    MG_EXIT_MapLogicalRange(call.slots);
    mg_tracker_leave(f->tracker, &call, SUCCESS);
}

static void unmap_logical(struct fixture *f, uint64_t domain, uint64_t address, uint32_t line)
{
    struct mg_call call = {.routine = MG_ROUTINE_UnmapLogicalRange, .scope = domain, .site = {.line = line}};
    uint64_t arg1 = address;

    MG_ENTRY_UnmapLogicalRange(call.slots);
    mg_tracker_enter(f->tracker, &call);
    MG_EXIT_UnmapLogicalRange(call.slots);
    mg_tracker_leave(f->tracker, &call, SUCCESS);
}

/* MAPS: else unmaps. */
static void identity(struct fixture *f, bool maps, uint64_t domain, uint64_t mdl, uint32_t line)
{
    struct mg_call call = {.routine = maps ? MG_ROUTINE_MapIdentityRange : MG_ROUTINE_UnmapIdentityRange, .scope = domain, .slots = {mdl}, .site = {.line = line}};

    mg_tracker_enter(f->tracker, &call);
    mg_tracker_leave(f->tracker, &call, SUCCESS);
}

/* An address is one of its domain. */
static void two_domains_use_one_address(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, 4, 8);
    for (uint64_t mdl = 0x1000; mdl <= 0x2000; mdl += 0x1000) {
        allocate(&f, mdl, 1);
        lock(&f, mdl, 2);
        map_logical(&f, mdl + 5, mdl, 0x70000); /* the older one first */
    }
    unmap_logical(&f, 0x1005, 0x70000, 3);
    unlock(&f, 0x1000, 4);
    free_mdl(&f, 0x1000, 5);
    assert_int_equal(f.count, 0);
    unmap_logical(&f, 0x1005, 0x70000, 6);
    expect(&f, "MDL106", 6);
    f.count = 0;
    unlock(&f, 0x2000, 7);
    expect(&f, "MDL102", 7);
    stop(&f);
}

static void an_mdl_in_two_domains_leaves_them_one_by_one(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, 4, 8);
    allocate(&f, 0x1000, 1);
    lock(&f, 0x1000, 2);
    identity(&f, true, 5, 0x1000, 3);
    identity(&f, true, 6, 0x1000, 4);
    identity(&f, false, 5, 0x1000, 5);
    identity(&f, false, 6, 0x1000, 6);
    assert_int_equal(f.count, 0);
    identity(&f, true, 5, 0x1000, 7);
    identity(&f, true, 6, 0x1000, 8);
    identity(&f, false, 6, 0x1000, 9);
    unlock(&f, 0x1000, 10);
    expect(&f, "MDL102", 10);
    stop(&f);
}

static void what_a_wrapper_cannot_follow_is_counted(void **state)
{
    struct mg_call call = {.routine = MG_ROUTINE_GetScatterGatherList, .slots = {0x1000}};
    struct mg_stats stats;
    struct fixture f;

    (void)state;
    start(&f, 4, 4);
    allocate(&f, 0x1000, 1);
    lock(&f, 0x1000, 2);
    for (int n = 0; n < 2; n++) {
        mg_tracker_enter(f.tracker, &call);
        call.is_lost = true;
        mg_tracker_leave(f.tracker, &call, n ? SUCCESS : FAILURE);
        mg_tracker_stats(f.tracker, &stats);
        assert_int_equal(stats.lost_mappings, n);
    }
    unlock(&f, 0x1000, 3);
    free_mdl(&f, 0x1000, 4);
    assert_int_equal(f.count, 0);
    stop(&f);
}

struct object_argument {
    uint64_t hAdapter, hPhysicalMemoryObject, hAdapterMemoryObject;
};

static void create_object(struct fixture *f, uint64_t handle)
{
    struct mg_call call = {.routine = MG_ROUTINE_DxgkCbCreatePhysicalMemoryObject, .is_handle = true};
    struct object_argument argument = {0, handle, 0}, *arg0 = &argument;

    MG_ENTRY_DxgkCbCreatePhysicalMemoryObject(call.slots);
    mg_tracker_enter(f->tracker, &call);
    MG_EXIT_DxgkCbCreatePhysicalMemoryObject(call.slots);
    mg_tracker_leave(f->tracker, &call, SUCCESS);
}

static void destroy_object(struct fixture *f, uint64_t handle)
{
    struct mg_call call = {.routine = MG_ROUTINE_DxgkCbDestroyPhysicalMemoryObject, .is_handle = true};
    struct object_argument argument = {0, handle, 0}, *arg0 = &argument;

    MG_ENTRY_DxgkCbDestroyPhysicalMemoryObject(call.slots);
    mg_tracker_enter(f->tracker, &call);
    mg_tracker_leave(f->tracker, &call, 0);
}

/* Nor is the MDL of somebody else that is at a handle's address later taken for it. */
static void handles_are_not_read_like_mdls(void **state)
{
    struct fixture f;

    (void)state;
    start(&f, 4, 4);
    f.unreadable = 0x1000;
    create_object(&f, 0x1000);
    destroy_object(&f, 0x1000);
    create_object(&f, 0x1000);
    destroy_object(&f, 0x1000);
    f.unreadable = 0x2000;
    destroy_object(&f, 0x2000); /* made before the tracker started */
    assert_int_equal(f.count, 0);
    destroy_object(&f, 0x2000);
    assert_int_equal(f.count, 1);
    assert_string_equal(f.violations[0].rule->id, "MDL110");
    f.flags = 0x2; /* locked */
    unlock(&f, 0x1000, 9);
    assert_int_equal(f.count, 1);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(correct_lives_are_silent),
        cmocka_unit_test(mdls_of_somebody_else_fail_nothing_that_they_might_fulfil),
        cmocka_unit_test(what_was_done_to_mdls_of_somebody_else_is_remembered),
        cmocka_unit_test(an_mdl_that_went_with_its_irp_may_come_back_as_another),
        cmocka_unit_test(a_failed_map_call_maps_nothing),
        cmocka_unit_test(two_domains_use_one_address),
        cmocka_unit_test(an_mdl_in_two_domains_leaves_them_one_by_one),
        cmocka_unit_test(what_a_wrapper_cannot_follow_is_counted),
        cmocka_unit_test(handles_are_not_read_like_mdls),
        cmocka_unit_test(unlock_and_free_under_an_iommu_mapping),
        cmocka_unit_test(unmap_after_unlock_is_the_fault_of_the_unlock),
        cmocka_unit_test(unmap_after_unlock_of_a_mapping_never_seen),
        cmocka_unit_test(the_address_of_another_mdl),
        cmocka_unit_test(every_rule_speaks_at_the_wrong_call),
        cmocka_unit_test(what_is_held_is_not_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
