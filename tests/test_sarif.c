/*
 * test_sarif.c - the SARIF report and its line hashes.
 *
 * With MDLGUARD_SARIF_SAMPLES=FOLDER in the environment the reports are also written there, for tests/sarif/check-
 * samples.sh.
 */
#include "report_sample.h"

#include "report/linehash.h"

static void keep_sarif(struct sample *self, const char *name)
{
    const char *folder = getenv("MDLGUARD_SARIF_SAMPLES");

    if (!folder)
        return;
    render(self, REPORT_SARIF);
    write_file(arena_printf(&self->arena, "%s/%s.sarif", folder, name), self->out.data, self->out.length);
}

static void sarif_has_what_code_scanning_asks_for(void **state)
{
    struct sample self;
    json_t *log;
    (void)state;

    sample_init(&self);
    add_everything(&self);
    keep_sarif(&self, "full");
    log = render_json(&self, REPORT_SARIF);
    expect_at(&self, log, "version", "2.1.0");
    expect_at(&self, log, "runs", "[1]");
    expect_at(&self, log, "runs.0.columnKind", "utf16CodeUnits");
    expect_at(&self, log, "runs.0.results", "[3]");
    expect_at(&self, log, "runs.0.results.0.ruleId", "MDL102");
    expect_at(&self, log, "runs.0.results.0.ruleIndex", "2");
    expect_at(&self, log, "runs.0.results.0.level", "error");
    expect_at(&self, log, "runs.0.results.0.message.text", "MDL unlocked while it is mapped to the IOMMU.");
    expect_at(&self, log, "runs.0.results.0.locations.0.physicalLocation.artifactLocation.uri", "src/dma.c");
    expect_at(&self, log, "runs.0.results.0.locations.0.physicalLocation.artifactLocation.uriBaseId", "%SRCROOT%");
    expect_at(&self, log, "runs.0.results.0.locations.0.physicalLocation.region.startLine", "7");
    expect_at(&self, log, "runs.0.results.0.locations.0.physicalLocation.region.startColumn", "5");
    expect_at(&self, log, "runs.0.results.0.locations.0.physicalLocation.region.endLine", "7");
    expect_at(&self, log, "runs.0.results.0.locations.0.physicalLocation.region.endColumn", "28");
    expect_at(&self, log, "runs.0.results.0.locations.0.physicalLocation.region.snippet.text",
              "MmUnlockPages(ctx->Mdl)");
    expect_at(&self, log, "runs.0.results.0.locations.0.logicalLocations.0.name", "Start");
    expect_at(&self, log, "runs.0.results.0.partialFingerprints.mdlguard/v1", "0123456789abcdef");
    expect_at(&self, log, "runs.0.results.0.codeFlows", "[1]");
    expect_at(&self, log, "runs.0.results.0.codeFlows.0.threadFlows", "[1]");
    expect_at(&self, log, "runs.0.results.0.codeFlows.0.threadFlows.0.locations", "[3]");
    expect_at(&self, log, "runs.0.results.0.codeFlows.0.threadFlows.0.locations.0.importance", "essential");
    expect_at(&self, log, "runs.0.results.0.codeFlows.0.threadFlows.0.locations.1.importance", "important");
    expect_at(&self, log, "runs.0.results.0.codeFlows.0.threadFlows.0.locations.1.nestingLevel", "0");
    expect_at(&self, log, "runs.0.results.0.relatedLocations", "[1]");
    expect_at(&self, log, "runs.0.results.0.relatedLocations.0.message.text",
              "also on the path through table[i] (mdl).");
    expect_at(&self, log, "runs.0.results.0.suppressions", "[0]");
    json_decref(log);
    sample_release(&self);
}

static void sarif_keeps_suppressed_findings_and_converts_columns(void **state)
{
    struct sample self;
    json_t *log;
    (void)state;

    sample_init(&self);
    add_everything(&self);
    log = render_json(&self, REPORT_SARIF);
    expect_at(&self, log, "runs.0.results.1.suppressions.0.kind", "inSource");
    expect_at(&self, log, "runs.0.results.1.suppressions.0.justification", "the \"framework\" unmaps");
    /* ü and ß are one UTF-16 unit and two bytes each, the face is two and four. */
    expect_at(&self, log, "runs.0.results.1.locations.0.physicalLocation.region.startColumn", "21");
    expect_at(&self, log, "runs.0.results.1.locations.0.physicalLocation.region.endColumn", "35");
    expect_at(&self, log, "runs.0.results.2.locations.0.physicalLocation.artifactLocation.uri",
              "file:///usr/include/wdm.h");
    assert_null(json_at(&self.arena, log, "runs.0.results.2.partialFingerprints.primaryLocationLineHash"));
    json_decref(log);
    sample_release(&self);
}

static void sarif_describes_rules_gaps_and_artifacts(void **state)
{
    struct sample self;
    json_t *log;
    (void)state;

    sample_init(&self);
    add_everything(&self);
    log = render_json(&self, REPORT_SARIF);
    expect_at(&self, log, "runs.0.tool.driver.rules", "[4]");
    expect_at(&self, log, "runs.0.tool.driver.rules.0.fullDescription.text",
              "Descriptor freed while a mapping is live.");
    expect_at(&self, log, "runs.0.tool.driver.rules.0.help.markdown", sample_rules[0].help);
    expect_at(&self, log, "runs.0.tool.driver.rules.0.help.text", sample_rules[0].help);
    expect_at(&self, log, "runs.0.tool.driver.rules.0.defaultConfiguration.level", "error");
    expect_at(&self, log, "runs.0.tool.driver.rules.0.properties.security-severity", "7.8");
    expect_at(&self, log, "runs.0.tool.driver.rules.0.properties.tags.2", "external/cwe/cwe-416");
    expect_at(&self, log, "runs.0.tool.driver.rules.1.relationships.0.target.id", "CWE-690");
    expect_at(&self, log, "runs.0.tool.driver.rules.1.relationships.0.target.index", "1");
    expect_at(&self, log, "runs.0.taxonomies.0.taxa", "[2]");
    expect_at(&self, log, "runs.0.taxonomies.0.taxa.0.id", "CWE-416");
    expect_at(&self, log, "runs.0.invocations.0.executionSuccessful", "false");
    expect_at(&self, log, "runs.0.invocations.0.toolExecutionNotifications", "[2]");
    expect_at(&self, log, "runs.0.invocations.0.toolExecutionNotifications.0.level", "warning");
    expect_at(&self, log, "runs.0.invocations.0.toolExecutionNotifications.1.level", "error");
    expect_at(&self, log,
              "runs.0.invocations.0.toolExecutionNotifications.1.locations.0.physicalLocation.artifactLocation.uri",
              "src/odd%20name%231.c");
    expect_at(&self, log, "runs.0.artifacts", "[3]");
    expect_at(&self, log, "runs.0.artifacts.0.sourceLanguage", "c");
    /* The sample's source has a byte that is no UTF-8. */
    assert_null(json_at(&self.arena, log, "runs.0.artifacts.0.encoding"));
    json_decref(log);
    sample_release(&self);
}

static void sarif_tells_new_results_from_baselined_ones(void **state)
{
    struct sample self;
    json_t *log;
    (void)state;

    sample_init(&self);
    add_everything(&self);
    self.report.has_baseline = true;
    self.report.findings.items[0].is_baselined = true;
    keep_sarif(&self, "baselined");
    log = render_json(&self, REPORT_SARIF);
    expect_at(&self, log, "runs.0.results.0.baselineState", "unchanged");
    expect_at(&self, log, "runs.0.results.1.baselineState", "new");
    expect_at(&self, log, "runs.0.results.2.baselineState", "new");
    json_decref(log);
    sample_release(&self);
}

/* tests/test_confirm.c looks at what it says; here it is for the validator. */
static void sarif_with_a_trace_has_no_result_without_a_word_on_it(void **state)
{
    struct finding_sighting sighting = {.rule = "MDL001", .name = "FreeBeforeUnmap", .level = FINDING_ERROR, .message = "MDL freed: 0x10"};
    struct sample self;
    json_t *log;
    (void)state;

    sample_init(&self);
    add_everything(&self);
    self.report.has_trace = true;
    self.report.findings.items[0].is_confirmed = true;
    VEC_PUSH_IN(&self.arena, &self.report.sightings, sighting);
    sighting.at = range(self.dma, 9, 0, 0, 0);
    VEC_PUSH_IN(&self.arena, &self.report.sightings, sighting);
    keep_sarif(&self, "confirmed");
    log = render_json(&self, REPORT_SARIF);
    expect_at(&self, log, "runs.0.results.0.properties.mdlguard/confirmedAtRunTime", "true");
    expect_at(&self, log, "runs.0.results.1.properties.mdlguard/confirmedAtRunTime", "false");
    expect_at(&self, log, "runs.0.results.2.properties.mdlguard/confirmedAtRunTime", "false");
    json_decref(log);
    sample_release(&self);
}

static void sarif_of_nothing_is_a_successful_run(void **state)
{
    struct sample self;
    json_t *log;
    (void)state;

    sample_init(&self);
    keep_sarif(&self, "empty");
    log = render_json(&self, REPORT_SARIF);
    expect_at(&self, log, "runs.0.results", "[0]");
    expect_at(&self, log, "runs.0.invocations.0.executionSuccessful", "true");
    json_decref(log);
    sample_release(&self);
}

/* The values are those that GitHub's own upload action computes for these texts. */
static void line_hashes_are_githubs(void **state)
{
    static const char text[] = " a\nb\n  \t\tc\n d";
    static const char mixed[] = " a\rb\r\n  \t\tc\n d";
    struct arena arena;
    const char **hashes;
    (void)state;

    arena_init(&arena);
    hashes = linehash_compute(&arena, text, sizeof(text) - 1, 4);
    assert_string_equal(hashes[0], "271789c17abda88f:1");
    assert_string_equal(hashes[1], "54703d4cd895b18:1");
    assert_string_equal(hashes[2], "180aee12dab6264:1");
    assert_string_equal(hashes[3], "a23a3dc5e078b07b:1");
    assert_string_equal(linehash_compute(&arena, mixed, sizeof(mixed) - 1, 4)[1], "54703d4cd895b18:1");
    arena_release(&arena);
}

static void equal_lines_get_different_hashes(void **state)
{
    struct arena arena;
    struct strbuf text;
    const char **hashes;
    (void)state;

    arena_init(&arena);
    strbuf_init(&text);
    for (int i = 0; i < 300; i++)
        strbuf_adds(&text, "\tMmUnlockPages(mdl);\n");
    hashes = linehash_compute(&arena, text.data, text.length, 300);
    assert_string_equal(strchr(hashes[0], ':'), ":1");
    assert_string_equal(strchr(hashes[1], ':'), ":2");
    assert_memory_equal(hashes[0], hashes[1], strcspn(hashes[0], ":"));
    assert_string_not_equal(hashes[0], hashes[299]);
    strbuf_release(&text);
    arena_release(&arena);
}

static void sarif_survives_hostile_strings(void **state)
{
    struct sample self;
    struct finding *finding;
    (void)state;

    sample_init(&self);
    finding = add_finding(&self, "MDL001", "F", FINDING_ERROR, "q\"\\\x01\xC3(\xED\xA0\x80 ${x} {0}",
                          range("/tmp/\xFF\"\\\n%s.c", 0, 0, 0, 0));
    finding->function = NULL;
    finding->fingerprint = NULL;
    add_step(&self, finding, range(self.dma, 11, 8, 11, 9), NULL, true);
    keep_sarif(&self, "hostile");
    json_decref(render_json(&self, REPORT_SARIF));
    sample_release(&self);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sarif_has_what_code_scanning_asks_for),
        cmocka_unit_test(sarif_keeps_suppressed_findings_and_converts_columns),
        cmocka_unit_test(sarif_describes_rules_gaps_and_artifacts),
        cmocka_unit_test(sarif_tells_new_results_from_baselined_ones),
        cmocka_unit_test(sarif_with_a_trace_has_no_result_without_a_word_on_it),
        cmocka_unit_test(sarif_of_nothing_is_a_successful_run),
        cmocka_unit_test(line_hashes_are_githubs),
        cmocka_unit_test(equal_lines_get_different_hashes),
        cmocka_unit_test(sarif_survives_hostile_strings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
