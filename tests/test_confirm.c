/*
 * test_confirm.c - traces of the runtime shim: reading them, what is wrong with them, and holding findings against them; what each report then says.
 */
#include "report_sample.h"

#include "cli/confirm.h"

/* A sample driver with a trace beside it, and a project that has its one unit. */
struct confirmed {
    struct sample sample;
    struct project project;
    struct trace trace;
    struct mg_error error;
    const char *path;
};

static enum mg_status read_text(struct confirmed *self, const char *text)
{
    write_file(self->path, text, strlen(text));
    return trace_read(self->path, &self->sample.arena, &self->trace, &self->error);
}

static int setup(void **state)
{
    struct confirmed *self = calloc(1, sizeof(*self));
    struct project_unit unit = {0};

    sample_init(&self->sample);
    unit.path = self->sample.dma;
    VEC_PUSH_IN(&self->sample.arena, &self->project.units, unit);
    self->path = arena_printf(&self->sample.arena, "%s/seen.trace", self->sample.folder);
    *state = self;
    return 0;
}

static int teardown(void **state)
{
    struct confirmed *self = *state;

    unlink(self->path);
    sample_release(&self->sample);
    free(self);
    return 0;
}

/* ---- reading ---- */

static void a_violation_has_its_place_and_its_events(void **state)
{
    struct confirmed *self = *state;
    const struct trace_violation *violation;

    assert_int_equal(read_text(self, "mdlguard-trace 1 4 violation MDL102 7 src/dma.c\n"
                                     "mdlguard-trace 1 4 message MDL unlocked: 0x10\n"
                                     "mdlguard-trace 1 4 made DxgkCbMapMdlToIoMmu 3 src/my dma.c\n"
                                     "mdlguard-trace 1 5 violation MDL014 -\n"
                                     "mdlguard-trace 1 4 noticed - -\n"),
                     MG_OK);
    assert_int_equal(self->trace.violations.count, 2);
    violation = &self->trace.violations.items[0];
    assert_string_equal(violation->rule, "MDL102");
    assert_string_equal(violation->message, "MDL unlocked: 0x10");
    assert_string_equal(violation->at.file, "src/dma.c");
    assert_int_equal(violation->at.line, 7);
    assert_string_equal(violation->made.routine, "DxgkCbMapMdlToIoMmu");
    assert_string_equal(violation->made.at.file, "src/my dma.c");
    assert_null(violation->ended.routine);
    assert_string_equal(violation->noticed.routine, "-");
    assert_null(self->trace.violations.items[1].at.file);
}

static void a_debuggers_log_is_a_trace(void **state)
{
    struct confirmed *self = *state;

    assert_int_equal(read_text(self, "Connected to target\r\n"
                                     "00000012 1.25 mdlguard-trace 1 1 violation MDL004 9 C:\\drv\\dma.c\r\n"
                                     "mdlguard: something for people\r\n"),
                     MG_OK);
    assert_int_equal(self->trace.violations.count, 1);
    assert_string_equal(self->trace.violations.items[0].at.file, "C:\\drv\\dma.c");
}

static void a_line_that_was_not_finished_is_passed_over(void **state)
{
    struct confirmed *self = *state;

    assert_int_equal(read_text(self, "mdlguard-trace 1 1 violation MDL004 9 dma.c\nmdlguard-trace 1 2 viol"), MG_OK);
    assert_int_equal(self->trace.violations.count, 1);
}

static void an_empty_trace_has_no_violations(void **state)
{
    struct confirmed *self = *state;

    assert_int_equal(read_text(self, ""), MG_OK);
    assert_int_equal(self->trace.violations.count, 0);
}

static void details_go_to_the_last_violation_of_their_number_in_the_file(void **state)
{
    struct confirmed *self = *state;

    assert_int_equal(read_text(self, "mdlguard-trace 1 1 violation MDL004 9 a.c\nmdlguard-trace 1 1 message first\n"
                                     "mdlguard-trace 1 1 violation MDL004 9 a.c\nmdlguard-trace 1 1 message second\n"),
                     MG_OK);
    assert_string_equal(self->trace.violations.items[0].message, "first");
    assert_string_equal(self->trace.violations.items[1].message, "second");
    assert_int_equal(read_text(self, "mdlguard-trace 1 1 message of no violation in this file\n"), MG_USAGE);
}

static void what_is_malformed_is_located(void **state)
{
    static const struct {
        const char *text, *says;
        uint32_t line, column;
    } wrong[] = {
        {"just\nsome text\n", "no trace", 1, 1},
        {"mdlguard-trace 1 1 violation MDL004 9 a.c\nx mdlguard-trace 1\n", "the number of a violation", 2, 19},
        {"mdlguard-trace x\n", "the version", 1, 16},
        {"mdlguard-trace 2 1 anything\n", "version 2", 1, 1},
        {"mdlguard-trace 1 0 violation MDL004 9 a.c\n", "the number of a violation", 1, 18},
        {"mdlguard-trace 1 1 violation MDL4 9 a.c\n", "the id of a rule", 1, 30},
        {"mdlguard-trace 1 1 violation MDL0\x1b" "4 9 a.c\n", "the id of a rule", 1, 30},
        {"mdlguard-trace 1 1 violation MDL004 nine a.c\n", "the number of a line", 1, 37},
        {"mdlguard-trace 1 1 violation MDL004 9\n", "the name of a file", 1, 38},
        {"mdlguard-trace 1 1 violation MDL004 99999999999999999999999 a.c\n", "the number of a line", 1, 37},
        {"mdlguard-trace 1 1 violation MDL004 9 a.c\nmdlguard-trace 1 1 invented x\n", "a record is", 2, 20},
        {"mdlguard-trace 1 1 violation MDL004 9 a.c\nmdlguard-trace 1 2 message x\n", "no violation of this number", 2, 20},
        {"mdlguard-trace 1 1 violation MDL004 9 a.c\nmdlguard-trace 1 1 made \n", "the name of a routine", 2, 25},
    };
    struct confirmed *self = *state;

    for (size_t w = 0; w < sizeof(wrong) / sizeof(wrong[0]); w++) {
        assert_int_equal(read_text(self, wrong[w].text), MG_USAGE);
        if (!strstr(self->error.text, wrong[w].says) || self->error.line != wrong[w].line || self->error.column != wrong[w].column)
            fail_msg("%s -> %u:%u: %s", wrong[w].text, self->error.line, self->error.column, self->error.text);
        assert_string_equal(self->error.file, self->path);
    }
    assert_int_equal(trace_read("/nowhere/at all", &self->sample.arena, &self->trace, &self->error), MG_USAGE);
}

/* ---- matching ---- */

static void confirm_text(struct confirmed *self, const char *text)
{
    assert_int_equal(read_text(self, text), MG_OK);
    confirm_findings(&self->trace, &self->project, &self->sample.arena, &self->sample.report);
}

static void a_finding_is_confirmed_by_its_rule_and_place(void **state)
{
    struct confirmed *self = *state;
    struct finding *finding = add_order_finding(&self->sample);

    add_finding(&self->sample, "MDL001", "FreeBeforeUnmap", FINDING_ERROR, "m", finding->at);
    confirm_text(self, "mdlguard-trace 1 1 violation MDL102 7 ..\\src\\dma.c\n");
    assert_true(self->sample.report.findings.items[0].is_confirmed);
    assert_false(self->sample.report.findings.items[1].is_confirmed);
    assert_int_equal(self->sample.report.sightings.count, 0);
}

/* The compiler gives a call in several lines the last one's number. */
static void a_call_over_several_lines_is_known_by_any_of_them(void **state)
{
    struct confirmed *self = *state;

    add_finding(&self->sample, "MDL001", "FreeBeforeUnmap", FINDING_WARNING, "m", range(self->sample.dma, 8, 2, 9, 14));
    confirm_text(self, "mdlguard-trace 1 1 violation MDL001 9 dma.c\n");
    assert_true(self->sample.report.findings.items[0].is_confirmed);
}

static void an_event_of_the_path_confirms_when_no_finding_stands_at_the_place(void **state)
{
    struct confirmed *self = *state;
    struct finding *finding = add_finding(&self->sample, "MDL102", "X", FINDING_ERROR, "in a helper", range(self->sample.dma, 10, 1, 10, 9));

    add_step(&self->sample, finding, range(self->sample.dma, 7, 5, 7, 28), "unlocked here", true);
    confirm_text(self, "mdlguard-trace 1 1 violation MDL102 7 dma.c\n");
    assert_true(self->sample.report.findings.items[0].is_confirmed);
    self->sample.report.findings.items[0].is_confirmed = false;
    self->trace.violations.count = 0;
    add_order_finding(&self->sample);
    confirm_text(self, "mdlguard-trace 1 1 violation MDL102 7 dma.c\n");
    assert_false(self->sample.report.findings.items[0].is_confirmed);
    assert_true(self->sample.report.findings.items[1].is_confirmed);
}

static void a_decision_of_the_path_does_not_confirm(void **state)
{
    struct confirmed *self = *state;

    add_order_finding(&self->sample);
    confirm_text(self, "mdlguard-trace 1 1 violation MDL102 5 src/dma.c\n");
    assert_false(self->sample.report.findings.items[0].is_confirmed);
    assert_int_equal(self->sample.report.sightings.count, 1);
}

static void files_with_names_that_end_alike_are_told_apart(void **state)
{
    struct confirmed *self = *state;

    add_order_finding(&self->sample);
    confirm_text(self, "mdlguard-trace 1 1 violation MDL102 7 a.c\nmdlguard-trace 1 2 violation MDL102 7 lib/dma.c\n"
                       "mdlguard-trace 1 3 violation MDL102 7 rdma.c\n");
    assert_false(self->sample.report.findings.items[0].is_confirmed);
    assert_int_equal(self->sample.report.sightings.count, 3);
}

static void what_was_seen_often_is_listed_once_and_in_order(void **state)
{
    struct confirmed *self = *state;
    const struct finding_sighting *sightings;

    confirm_text(self, "mdlguard-trace 1 1 violation MDL102 7 src/dma.c\nmdlguard-trace 1 2 violation MDL001 3 src/dma.c\n"
                       "mdlguard-trace 1 3 violation MDL102 7 ../src/dma.c\nmdlguard-trace 1 4 violation MDL999 -\n");
    sightings = self->sample.report.sightings.items;
    assert_int_equal(self->sample.report.sightings.count, 3);
    assert_string_equal(sightings[0].rule, "MDL999");
    assert_null(sightings[0].at.file);
    assert_string_equal(sightings[1].rule, "MDL001");
    assert_string_equal(sightings[1].at.file, self->sample.dma);
    assert_string_equal(sightings[2].name, "IommuUnlockBeforeUnmap");
    assert_int_equal(sightings[2].level, FINDING_ERROR);
    assert_string_equal(sightings[2].message, "Pages unlocked while mapped to an IOMMU");
}

/* ---- reports ---- */

/* A finding that is confirmed, one that is not, and a violation that has none. */
static void add_all(struct confirmed *self)
{
    add_order_finding(&self->sample);
    add_finding(&self->sample, "MDL001", "FreeBeforeUnmap", FINDING_ERROR, "MDL freed", range(self->sample.dma, 10, 25, 10, 39));
    confirm_text(self, "mdlguard-trace 1 1 violation MDL102 7 src/dma.c\nmdlguard-trace 1 2 violation MDL001 3 src/dma.c\n"
                       "mdlguard-trace 1 2 message MDL freed <0x10>\nmdlguard-trace 1 2 made MmMapLockedPages 2 src/dma.c\n");
}

static void text_has_a_note_a_finding_and_a_list_at_the_end(void **state)
{
    struct confirmed *self = *state;
    const char *text;

    add_all(self);
    text = render(&self->sample, REPORT_TEXT);
    assert_non_null(strstr(text, "src/dma.c:7:5: note: 3: unlocked here\nsrc/dma.c:7:5: note: confirmed at run time\n"));
    assert_non_null(strstr(text, "\nsrc/dma.c:3: error: seen at run time, explained by no finding: MDL freed <0x10> [MDL001 FreeBeforeUnmap]\n"
                                 "src/dma.c:2: note: mapping made by MmMapLockedPages\n"));
    assert_null(strstr(strstr(text, "src/dma.c:10"), "confirmed"));
}

static void json_has_a_property_and_a_list(void **state)
{
    struct confirmed *self = *state;
    json_t *json;

    add_all(self);
    json = render_json(&self->sample, REPORT_JSON);
    expect_at(&self->sample, json, "findings.0.confirmedAtRunTime", "true");
    expect_at(&self->sample, json, "findings.1.confirmedAtRunTime", "false");
    expect_at(&self->sample, json, "seenAtRunTimeOnly", "[1]");
    expect_at(&self->sample, json, "seenAtRunTimeOnly.0.rule", "MDL001");
    expect_at(&self->sample, json, "seenAtRunTimeOnly.0.line", "3");
    expect_at(&self->sample, json, "seenAtRunTimeOnly.0.path.0.file", "src/dma.c");
    json_decref(json);
}

static void sarif_has_a_property_and_a_notification(void **state)
{
    struct confirmed *self = *state;
    json_t *json;

    add_all(self);
    json = render_json(&self->sample, REPORT_SARIF);
    expect_at(&self->sample, json, "runs.0.results.0.properties.mdlguard/confirmedAtRunTime", "true");
    expect_at(&self->sample, json, "runs.0.results.1.properties.mdlguard/confirmedAtRunTime", "false");
    expect_at(&self->sample, json, "runs.0.invocations.0.executionSuccessful", "true");
    expect_at(&self->sample, json, "runs.0.invocations.0.toolExecutionNotifications.0.level", "note");
    expect_at(&self->sample, json, "runs.0.invocations.0.toolExecutionNotifications.0.associatedRule.id", "MDL001");
    expect_at(&self->sample, json, "runs.0.invocations.0.toolExecutionNotifications.0.message.text",
              "seen at run time, explained by no finding: MDL freed <0x10>.");
    expect_at(&self->sample, json,
              "runs.0.invocations.0.toolExecutionNotifications.0.locations.0.physicalLocation.artifactLocation.uri", "src/dma.c");
    json_decref(json);
}

static void html_marks_and_lists(void **state)
{
    struct confirmed *self = *state;
    const char *text;

    add_all(self);
    text = render(&self->sample, REPORT_HTML);
    assert_non_null(strstr(text, "<strong>Confirmed at run time.</strong>"));
    assert_non_null(strstr(text, "<h2>Seen at run time, explained by no finding</h2>"));
    assert_non_null(strstr(text, "MDL freed &lt;0x10&gt;"));
}

static void github_and_gitlab_get_it_in_the_text(void **state)
{
    struct confirmed *self = *state;
    const char *text;
    json_t *json;

    add_all(self);
    text = render(&self->sample, REPORT_GITHUB);
    assert_non_null(strstr(text, "::MDL unlocked while it is mapped to the IOMMU (confirmed at run time)%0A1: "));
    assert_non_null(strstr(text, "::notice title=MDL001 FreeBeforeUnmap,file=src/dma.c,line=3::seen at run time, explained by no finding: "));
    json = render_json(&self->sample, REPORT_CODECLIMATE);
    expect_at(&self->sample, json, "0.description",
              "MDL unlocked while it is mapped to the IOMMU [MDL102 IommuUnlockBeforeUnmap], confirmed at run time");
    expect_at(&self->sample, json, "2.description", "seen at run time, explained by no finding: MDL freed <0x10> [MDL001]");
    expect_at(&self->sample, json, "2.location.lines.begin", "3");
    json_decref(json);
}

/* Without a trace no report says anything about one. */
static void no_report_speaks_of_a_trace_that_was_not_given(void **state)
{
    static const enum report_format formats[] = {REPORT_TEXT, REPORT_JSON, REPORT_SARIF, REPORT_HTML, REPORT_GITHUB, REPORT_CODECLIMATE};
    struct confirmed *self = *state;

    add_order_finding(&self->sample);
    for (size_t f = 0; f < sizeof(formats) / sizeof(formats[0]); f++) {
        const char *text = render(&self->sample, formats[f]);

        assert_null(strstr(text, "run time"));
        assert_null(strstr(text, "RunTime"));
    }
}

int main(void)
{
#define CONFIRM_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CONFIRM_TEST(a_violation_has_its_place_and_its_events),
        CONFIRM_TEST(a_debuggers_log_is_a_trace),
        CONFIRM_TEST(a_line_that_was_not_finished_is_passed_over),
        CONFIRM_TEST(an_empty_trace_has_no_violations),
        CONFIRM_TEST(details_go_to_the_last_violation_of_their_number_in_the_file),
        CONFIRM_TEST(what_is_malformed_is_located),
        CONFIRM_TEST(a_finding_is_confirmed_by_its_rule_and_place),
        CONFIRM_TEST(a_call_over_several_lines_is_known_by_any_of_them),
        CONFIRM_TEST(an_event_of_the_path_confirms_when_no_finding_stands_at_the_place),
        CONFIRM_TEST(a_decision_of_the_path_does_not_confirm),
        CONFIRM_TEST(files_with_names_that_end_alike_are_told_apart),
        CONFIRM_TEST(what_was_seen_often_is_listed_once_and_in_order),
        CONFIRM_TEST(text_has_a_note_a_finding_and_a_list_at_the_end),
        CONFIRM_TEST(json_has_a_property_and_a_list),
        CONFIRM_TEST(sarif_has_a_property_and_a_notification),
        CONFIRM_TEST(html_marks_and_lists),
        CONFIRM_TEST(github_and_gitlab_get_it_in_the_text),
        CONFIRM_TEST(no_report_speaks_of_a_trace_that_was_not_given),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
