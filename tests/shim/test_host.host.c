/*
 * test_host.host.c - runs of seh_cases.c and the files named ..._runs.c, and what has to come out of each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MDLGUARD_HOST_CALL __attribute__((ms_abi))
#include "mdlguard_host.h"

#define SEH_RUNS(X) \
    X(handler_runs_for_an_exception_of_a_callee) \
    X(a_filter_gets_the_information_and_has_commas) \
    X(handler_does_not_run_when_nothing_is_raised) \
    X(filter_passes_the_exception_on) \
    X(finally_runs_at_the_end_and_knows_it) \
    X(finally_runs_on_the_way_to_the_handler) \
    X(return_runs_the_finally_blocks_first) \
    X(return_takes_the_frame_with_it) \
    X(goto_runs_the_finally_block) \
    X(leave_goes_to_the_end_of_the_body) \
    X(leave_in_a_handler_leaves_the_try_around_it) \
    X(an_exception_in_finally_takes_the_place_of_the_first) \
    X(many_turns_of_a_loop_around_a_try) \
    X(a_fault_at_a_user_address_is_an_exception)

#define CLEAN_RUNS(X) \
    X(three_views_show_the_same_bytes) \
    X(pool_and_partial_mdls) \
    X(a_partial_mdl_has_a_mapping_of_its_own) \
    X(reserved_addresses_are_used_again) \
    X(bad_ranges_raise) \
    X(pages_from_dxgkrnl) \
    X(what_the_context_holds_is_no_leak) \
    X(system_pages_run_out) \
    X(an_mdl_is_kept_with_its_irp) \
    X(a_request_is_served) \
    X(probes_raise) \
    X(a_list_is_put_back_before_the_unlock) \
    X(a_list_in_own_memory) \
    X(a_transfer_is_flushed_before_the_unlock) \
    X(an_identity_mapping_is_removed_before_the_unlock) \
    X(a_logical_mapping_has_addresses_of_its_own) \
    X(a_list_comes_through_the_call) \
    X(a_list_is_put_back_by_its_routine) \
    X(many_lists_one_after_the_other) \
    X(a_list_of_a_chain_in_own_memory) \
    X(each_transfer_is_flushed) \
    X(a_cancelled_transfer_is_flushed) \
    X(a_common_buffer_of_pool) \
    X(adapters_of_older_versions) \
    X(segments_of_a_range) \
    X(one_address_in_two_domains) \
    X(memory_without_an_mdl) \
    X(interfaces_of_both_versions) \
    X(a_list_is_freed_before_the_object) \
    X(an_object_is_opened_and_closed) \
    X(an_object_is_opened_twice)

#define OTHER_RUNS(X) \
    X(an_exception_that_nobody_handles) \
    X(a_check_that_fails) \
    X(the_device_goes_through_the_iommu) \
    X(every_failure_is_handled) \
    X(written_after_unlock) \
    X(next_read_after_free) \
    X(null_view_written) \
    X(null_view_written_in_a_try) \
    X(a_probed_buffer_is_read) \
    X(short_allocation_overrun) \
    X(lost_lock) \
    X(error_path_loses_the_first) \
    X(an_irp_is_freed_alone) \
    X(an_mdl_is_replaced_on_its_irp) \
    X(an_irp_is_completed_with_a_freed_mdl) \
    X(a_user_view_is_written) \
    X(unlocked_with_a_list) \
    X(unlocked_before_the_flush) \
    X(unlocked_with_an_identity_mapping) \
    X(an_identity_mapping_that_is_not_there) \
    X(unlocked_with_a_logical_mapping) \
    X(a_logical_mapping_is_removed_twice) \
    X(the_device_writes_after_the_logical_mapping) \
    X(common_buffers_of_three_routines) \
    X(a_common_buffer_of_an_mdl) \
    X(unlocked_with_a_list_ex) \
    X(unlocked_with_a_list_of_the_routine) \
    X(unlocked_with_a_list_in_own_memory) \
    X(mapped_again_before_the_flush) \
    X(unlocked_after_the_cancel) \
    X(unlocked_with_a_common_buffer) \
    X(the_device_writes_into_a_lost_buffer) \
    X(the_mdl_of_a_list_is_freed) \
    X(a_common_buffer_is_freed_twice) \
    X(an_adapter_is_put_back_with_a_buffer) \
    X(unlocked_with_a_segment) \
    X(a_segment_is_removed_twice) \
    X(unlocked_with_a_logical_mapping_ex) \
    X(freed_with_an_identity_mapping_ex) \
    X(an_identity_mapping_of_another_mdl) \
    X(destroyed_with_a_list) \
    X(destroyed_with_a_view) \
    X(closed_with_a_list) \
    X(closed_and_given_to_the_destroy) \
    X(destroyed_twice) \
    X(a_list_is_freed_twice) \
    X(a_view_is_read_after_the_unmap) \
    X(opened_after_the_destroy) \
    X(the_device_writes_after_the_list)

#define X(name) mdlguard_host_function name;
SEH_RUNS(X)
CLEAN_RUNS(X)
OTHER_RUNS(X)
#undef X

struct run {
    const char *name;
    mdlguard_host_function *run;
};

static const struct run clean[] = {
#define X(name) {#name, name},
    SEH_RUNS(X) CLEAN_RUNS(X)
#undef X
};

static struct mdlguard_host_result run_one(mdlguard_host_function *run, void *context)
{
    struct mdlguard_host_result result;

    assert_true(mdlguard_host_run(run, context, MDLGUARD_HOST_QUIET, &result));
    return result;
}

static void expect_clean(const char *name, const struct mdlguard_host_result *result)
{
    if (result->violations || result->bug_checks || result->damages || result->device_faults)
        print_error("%s: %s:%u %s %s\n", name, result->files[0], result->lines[0], result->rules[0], result->bug_check);
    assert_int_equal(result->violations + result->bug_checks + result->damages + result->device_faults, 0);
}

static void correct_runs_are_silent(void **state)
{
    (void)state;
    for (size_t r = 0; r < sizeof(clean) / sizeof(clean[0]); r++) {
        struct mdlguard_host_result result = run_one(clean[r].run, NULL);

        expect_clean(clean[r].name, &result);
    }
}

static void a_run_that_fails_says_why(void **state)
{
    struct mdlguard_host_result result = run_one(an_exception_that_nobody_handles, NULL);

    (void)state;
    assert_int_equal(result.bug_checks, 1);
    assert_non_null(strstr(result.bug_check, "0x1e"));
    result = run_one(a_check_that_fails, NULL);
    assert_int_equal(result.bug_checks, 1);
}

static void the_device_is_stopped_when_the_mapping_is_gone(void **state)
{
    int late = 1;
    struct mdlguard_host_result result = run_one(the_device_goes_through_the_iommu, NULL);

    (void)state;
    expect_clean("in time", &result);
    result = run_one(the_device_goes_through_the_iommu, &late);
    assert_int_equal(result.device_faults, 1);
    assert_int_equal(result.violations + result.bug_checks + result.damages, 0);
}

static void expect_rule(mdlguard_host_function *run, const char *rule)
{
    struct mdlguard_host_result result = run_one(run, NULL);

    assert_int_equal(result.violations, 1);
    assert_string_equal(result.rules[0], rule);
}

static void faults_are_explained(void **state)
{
    (void)state;
    expect_rule(written_after_unlock, "MDL014");
    expect_rule(next_read_after_free, "MDL005");
    expect_rule(lost_lock, "MDL021");
}

static void dma_has_to_be_over_before_the_unlock(void **state)
{
    struct mdlguard_host_result result;

    (void)state;
    expect_rule(unlocked_with_a_list, "MDL050");
    expect_rule(unlocked_before_the_flush, "MDL050");
    expect_rule(unlocked_with_an_identity_mapping, "MDL102");
    expect_rule(an_identity_mapping_that_is_not_there, "MDL106");
    expect_rule(unlocked_with_a_logical_mapping, "MDL102");
    assert_true(mdlguard_host_run(unlocked_with_a_logical_mapping, NULL, MDLGUARD_HOST_QUIET | MDLGUARD_HOST_GO_ON, &result));
    assert_int_equal(result.damages, 1);
    expect_rule(a_logical_mapping_is_removed_twice, "MDL106");
    assert_int_equal(run_one(the_device_writes_after_the_logical_mapping, NULL).device_faults, 1);
    assert_int_equal(run_one(the_device_writes_after_the_logical_mapping, NULL).violations, 0);
}

static void lists_and_transfers_of_version_3(void **state)
{
    (void)state;
    expect_rule(unlocked_with_a_list_ex, "MDL050");
    expect_rule(unlocked_with_a_list_of_the_routine, "MDL050");
    expect_rule(unlocked_with_a_list_in_own_memory, "MDL050");
    expect_rule(mapped_again_before_the_flush, "MDL050");
    expect_rule(unlocked_after_the_cancel, "MDL050");
    expect_rule(the_mdl_of_a_list_is_freed, "MDL041");
}

static void common_buffers_go_before_their_mdl(void **state)
{
    struct mdlguard_host_result result = run_one(common_buffers_of_three_routines, NULL);

    (void)state;
    assert_int_equal(result.device_faults, 3); /* of freed ones */
    assert_int_equal(result.violations + result.bug_checks + result.damages, 0);
    result = run_one(a_common_buffer_of_an_mdl, NULL);
    assert_int_equal(result.device_faults, 1);
    assert_int_equal(result.violations + result.bug_checks + result.damages, 0);
    expect_rule(unlocked_with_a_common_buffer, "MDL050");
    assert_true(mdlguard_host_run(the_device_writes_into_a_lost_buffer, NULL, MDLGUARD_HOST_QUIET | MDLGUARD_HOST_GO_ON, &result));
    assert_string_equal(result.rules[0], "MDL050");
    assert_int_equal(result.damages, 1);
    result = run_one(a_common_buffer_is_freed_twice, NULL);
    assert_non_null(strstr(result.bug_check, "0xe6"));
    result = run_one(an_adapter_is_put_back_with_a_buffer, NULL);
    assert_non_null(strstr(result.bug_check, "0xe6"));
}

static void mappings_of_a_domain_go_before_their_mdl(void **state)
{
    (void)state;
    expect_rule(unlocked_with_a_segment, "MDL102");
    expect_rule(a_segment_is_removed_twice, "MDL106");
    expect_rule(unlocked_with_a_logical_mapping_ex, "MDL102");
    expect_rule(freed_with_an_identity_mapping_ex, "MDL101");
    expect_rule(an_identity_mapping_of_another_mdl, "MDL106");
}

static void what_is_made_of_an_object_goes_first(void **state)
{
    struct mdlguard_host_result result = run_one(the_device_writes_after_the_list, NULL);

    (void)state;
    assert_int_equal(result.device_faults, 1);
    assert_int_equal(result.violations + result.bug_checks + result.damages, 0);
    expect_rule(destroyed_with_a_list, "MDL110");
    expect_rule(destroyed_with_a_view, "MDL110");
    expect_rule(closed_with_a_list, "MDL110");
    expect_rule(closed_and_given_to_the_destroy, "MDL110");
    expect_rule(destroyed_twice, "MDL110");
    expect_rule(a_list_is_freed_twice, "MDL110");
    expect_rule(a_view_is_read_after_the_unmap, "MDL110");
    expect_rule(opened_after_the_destroy, "MDL110");
}

/* Runs that are right whatever fails. */
static const struct run explored[] = {
#define X(name) {#name, name},
    X(every_failure_is_handled) X(a_list_is_put_back_before_the_unlock) X(a_list_is_freed_before_the_object) X(an_object_is_opened_and_closed)
    X(a_list_comes_through_the_call) X(a_list_is_put_back_by_its_routine) X(a_list_of_a_chain_in_own_memory) X(a_cancelled_transfer_is_flushed)
    X(a_common_buffer_of_pool) X(adapters_of_older_versions) X(segments_of_a_range) X(one_address_in_two_domains) X(memory_without_an_mdl)
    X(interfaces_of_both_versions)
#undef X
};

static void every_combination_of_failures_is_tried(void **state)
{
    struct mdlguard_host_result result;

    (void)state;
    for (size_t r = 0; r < sizeof(explored) / sizeof(explored[0]); r++) {
        unsigned failed = mdlguard_shim_explore(explored[r].run, NULL, MDLGUARD_HOST_QUIET, 5000, &result);

        expect_clean(explored[r].name, &result);
        assert_int_equal(failed, 0);
    }
    assert_int_equal(mdlguard_shim_explore(error_path_loses_the_first, NULL, MDLGUARD_HOST_QUIET, 1000, &result), 2);
    assert_string_equal(result.rules[0], "MDL021");
}

static void the_sweep_fails_every_call_once(void **state)
{
    struct mdlguard_host_result result;
    unsigned failed = 99;

    (void)state;
    assert_int_equal(mdlguard_shim_sweep(every_failure_is_handled, NULL, MDLGUARD_HOST_QUIET, &result, &failed), 0);
    expect_clean("every_failure_is_handled", &result);
    assert_int_equal(mdlguard_shim_sweep(error_path_loses_the_first, NULL, MDLGUARD_HOST_QUIET, &result, &failed), 2);
    assert_int_equal(failed, 3); /* IoAllocateMdl, lock, and then IoAllocateMdl of the second */
    assert_string_equal(result.rules[0], "MDL021");
    assert_int_equal(mdlguard_shim_sweep(null_view_written, NULL, MDLGUARD_HOST_QUIET, &result, &failed), 1);
    assert_string_equal(result.rules[0], "MDL015");
    assert_int_equal(mdlguard_shim_sweep(short_allocation_overrun, NULL, MDLGUARD_HOST_QUIET, &result, &failed), 1);
    assert_int_equal(failed, 2);
    assert_int_equal(result.bug_checks, 1);
}

static void the_mdls_of_an_irp_are_looked_for_there(void **state)
{
    struct mdlguard_host_result result;

    expect_rule(an_mdl_is_replaced_on_its_irp, "MDL020");
    expect_rule(an_irp_is_completed_with_a_freed_mdl, "MDL006");
    expect_rule(an_irp_is_freed_alone, "MDL040");
    assert_true(mdlguard_host_run(a_request_is_served, state, MDLGUARD_HOST_QUIET, &result));
    assert_string_equal(result.rules[0], "MDL041");
}

static void a_process_may_take_its_memory_away(void **state)
{
    struct mdlguard_host_result result;
    int without_handler = 1;

    (void)state;
    assert_int_equal(mdlguard_shim_sweep(a_user_view_is_written, NULL, MDLGUARD_HOST_QUIET, &result, NULL), 0);
    expect_clean("a_user_view_is_written", &result);
    assert_int_equal(mdlguard_shim_sweep(a_user_view_is_written, &without_handler, MDLGUARD_HOST_QUIET, &result, NULL), 1);
    assert_non_null(strstr(result.bug_check, "an exception that nobody handles"));
    assert_int_equal(mdlguard_shim_sweep(a_probed_buffer_is_read, NULL, MDLGUARD_HOST_QUIET, &result, NULL), 0);
    assert_int_equal(mdlguard_shim_sweep(a_probed_buffer_is_read, &without_handler, MDLGUARD_HOST_QUIET, &result, NULL), 2);
    assert_non_null(strstr(result.bug_check, "an exception that nobody handles"));
}

static void a_routine_is_made_to_fail(void **state)
{
    struct mdlguard_host_result result;

    (void)state;
    mdlguard_host_fail_routine("MmMapLockedPagesSpecifyCache", 1);
    result = run_one(null_view_written, NULL);
    assert_int_equal(result.is_injected, 1);
    assert_string_equal(result.rules[0], "MDL015");
    result = run_one(null_view_written_in_a_try, NULL);
    assert_string_equal(result.rules[0], "MDL015");
    mdlguard_host_fail_routine("MmMapLockedPagesSpecifyCache", 2);
    result = run_one(null_view_written, NULL);
    assert_int_equal(result.is_injected, 0);
    expect_clean("null_view_written", &result);
    mdlguard_host_fail_nth(0);
}

static void a_seed_repeats_its_faults(void **state)
{
    unsigned injected = 0;

    (void)state;
    for (unsigned seed = 1; seed <= 20; seed++) {
        struct mdlguard_host_result first, second;

        mdlguard_host_fail_random(seed, 3);
        first = run_one(every_failure_is_handled, NULL);
        second = run_one(every_failure_is_handled, NULL);
        assert_memory_equal(&first, &second, sizeof(first));
        expect_clean("every_failure_is_handled", &first);
        injected += first.is_injected;
    }
    assert_in_range(injected, 5, 19);
    mdlguard_host_fail_nth(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(correct_runs_are_silent),
        cmocka_unit_test(a_run_that_fails_says_why),
        cmocka_unit_test(the_device_is_stopped_when_the_mapping_is_gone),
        cmocka_unit_test(faults_are_explained),
        cmocka_unit_test(dma_has_to_be_over_before_the_unlock),
        cmocka_unit_test(lists_and_transfers_of_version_3),
        cmocka_unit_test(common_buffers_go_before_their_mdl),
        cmocka_unit_test(mappings_of_a_domain_go_before_their_mdl),
        cmocka_unit_test(what_is_made_of_an_object_goes_first),
        cmocka_unit_test(every_combination_of_failures_is_tried),
        cmocka_unit_test(the_sweep_fails_every_call_once),
        cmocka_unit_test(the_mdls_of_an_irp_are_looked_for_there),
        cmocka_unit_test(a_process_may_take_its_memory_away),
        cmocka_unit_test(a_routine_is_made_to_fail),
        cmocka_unit_test(a_seed_repeats_its_faults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
