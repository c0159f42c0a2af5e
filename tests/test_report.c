/*
 * test_report.c - the report formats and the suppressions: golden expectations on a small made-up driver, and hostile input.
 *
 * With MDLGUARD_SARIF_SAMPLES=FOLDER in the environment the SARIF of the tests is also written there, for tests/sarif/check-samples.sh.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/strbuf.h"
#include "report/linehash.h"
#include "report/report.h"
#include "report/suppress.h"
#include "report/utf8.h"

/* ---- the sample ---- */

static const char dma_source[] = "NTSTATUS Start(PCONTEXT ctx)\n"                                /* 1 */
                                 "{\n"                                                           /* 2 */
                                 "    NTSTATUS status = Map(ctx->Mdl, &ctx->hMem);\n"            /* 3 */
                                 "\n"                                                            /* 4 */
                                 "    if (!NT_SUCCESS(status))\n"                                /* 5 */
                                 "        return status;\n"                                      /* 6 */
                                 "    MmUnlockPages(ctx->Mdl);\n"                                /* 7 */
                                 "\tMmUnlockPages(\t\n"                                          /* 8 */
                                 "\t\tctx->Other);\n"                                            /* 9 */
                                 "    /* Gr\xC3\xBC\xC3\x9F" "e \xF0\x9F\x98\x80 */ IoFreeMdl(mdl);\n" /* 10 */
                                 "    bad\xFF" "byte(\"\x1B[31m\", <b>);\n"                      /* 11 */
                                 "}\n";

struct sample {
    struct arena arena;
    char folder[64];
    const char *dma;
    struct finding_report report;
    struct strbuf out;
};

static const struct finding_rule sample_rules[] = {
    {"MDL001", "FreeBeforeUnmap", FINDING_ERROR, "Descriptor freed while a mapping is live",
     "# MDL001 FreeBeforeUnmap\n\nWhat goes wrong: **everything**.\n", "416", "7.8"},
    {"MDL015", "NullMapUsed", FINDING_WARNING, "Result of a mapping used without a check", "# MDL015\n\nCheck it.\n", "690",
     NULL},
    {"MDL102", "IommuUnlockBeforeUnmap", FINDING_ERROR, "Pages unlocked while mapped to an IOMMU", "# MDL102\n\nUnmap first.\n",
     "416", "7.8"},
    {"MDL900", "CannotAnalyze", FINDING_NOTE, "A function was given up", "# MDL900\n\nToo large.\n", NULL, NULL},
};

static void write_file(const char *path, const char *text, size_t length)
{
    struct strbuf bytes;

    strbuf_init(&bytes);
    strbuf_add(&bytes, text, length);
    assert_int_equal(strbuf_write_file(&bytes, path, NULL), MG_OK);
    strbuf_release(&bytes);
}

static struct finding_range range(const char *file, uint32_t line, uint32_t column, uint32_t end_line, uint32_t end_column)
{
    return (struct finding_range){file, line, column, end_line, end_column};
}

static struct finding *add_finding(struct sample *self, const char *rule, const char *name, enum finding_level level,
                                   const char *message, struct finding_range at)
{
    struct finding finding = {.rule = rule, .name = name, .level = level, .message = message, .at = at};

    finding.function = "Start";
    finding.fingerprint = "0123456789abcdef";
    VEC_PUSH_IN(&self->arena, &self->report.findings, finding);
    return &self->report.findings.items[self->report.findings.count - 1];
}

static void add_step(struct sample *self, struct finding *finding, struct finding_range at, const char *message, bool is_event)
{
    struct finding_step step = {at, message, "Start", 0, is_event};

    VEC_PUSH_IN(&self->arena, &finding->steps, step);
}

static struct finding *add_order_finding(struct sample *self)
{
    struct finding *finding =
        add_finding(self, "MDL102", "IommuUnlockBeforeUnmap", FINDING_ERROR, "MDL unlocked while it is mapped to the IOMMU",
                    range(self->dma, 7, 5, 7, 28));

    add_step(self, finding, range(self->dma, 3, 23, 3, 49), "mapped to the IOMMU here, handle in 'ctx->hMem'", true);
    add_step(self, finding, range(self->dma, 5, 9, 5, 28), "'status' is a success: branch not taken", false);
    add_step(self, finding, range(self->dma, 7, 5, 7, 28), "unlocked here", true);
    return finding;
}

static void sample_init(struct sample *self)
{
    memset(self, 0, sizeof(*self));
    arena_init(&self->arena);
    strbuf_init(&self->out);
    snprintf(self->folder, sizeof(self->folder), "/tmp/mdlguard-report-XXXXXX");
    assert_non_null(mkdtemp(self->folder));
    assert_int_equal(mkdir(arena_printf(&self->arena, "%s/src", self->folder), 0755), 0);
    self->dma = arena_printf(&self->arena, "%s/src/dma.c", self->folder);
    write_file(self->dma, dma_source, sizeof(dma_source) - 1);
    self->report = (struct finding_report){.root = self->folder, .version = "0.1.0"};
    self->report.rules = sample_rules;
    self->report.rule_count = sizeof(sample_rules) / sizeof(sample_rules[0]);
    self->report.unit_count = 1;
    self->report.function_count = 2;
}

static void sample_release(struct sample *self)
{
    unlink(self->dma);
    rmdir(arena_printf(&self->arena, "%s/src", self->folder));
    rmdir(self->folder);
    strbuf_release(&self->out);
    arena_release(&self->arena);
}

static const char *render(struct sample *self, enum report_format format)
{
    struct report_options options = {.color = false};

    strbuf_clear(&self->out);
    report_render(&self->report, format, &options, &self->out);
    return self->out.data;
}

static void keep_sarif(struct sample *self, const char *name)
{
    const char *folder = getenv("MDLGUARD_SARIF_SAMPLES");

    if (!folder)
        return;
    render(self, REPORT_SARIF);
    write_file(arena_printf(&self->arena, "%s/%s.sarif", folder, name), self->out.data, self->out.length);
}

static json_t *render_json(struct sample *self, enum report_format format)
{
    json_error_t error;
    json_t *value = json_loads(render(self, format), 0, &error);

    if (!value)
        fail_msg("not JSON: line %d: %s", error.line, error.text);
    return value;
}

/* The text at the path KEYS ("runs.0.results.2.ruleId") of VALUE, numbers as decimal text; NULL when absent. */
static const char *json_at(struct arena *arena, const json_t *value, const char *keys)
{
    while (value && *keys) {
        size_t length = strcspn(keys, ".");
        const char *key = arena_strndup(arena, keys, length);

        value = json_is_array(value) ? json_array_get(value, strtoul(key, NULL, 10)) : json_object_get(value, key);
        keys += length + (keys[length] == '.');
    }
    if (json_is_integer(value))
        return arena_printf(arena, "%lld", (long long)json_integer_value(value));
    if (json_is_boolean(value))
        return json_is_true(value) ? "true" : "false";
    if (json_is_array(value))
        return arena_printf(arena, "[%zu]", json_array_size(value));
    return value && json_is_string(value) ? arena_strdup(arena, json_string_value(value)) : NULL;
}

static void expect_at(struct sample *self, const json_t *value, const char *keys, const char *expected)
{
    const char *got = json_at(&self->arena, value, keys);

    if (!got || strcmp(got, expected) != 0)
        fail_msg("%s: expected '%s', got '%s'", keys, expected, got ? got : "(absent)");
}

/* ---- order ---- */

static void findings_are_sorted_and_exact_duplicates_dropped(void **state)
{
    struct sample self;
    (void)state;

    sample_init(&self);
    add_finding(&self, "MDL102", "X", FINDING_ERROR, "b", range("/b.c", 2, 1, 2, 2));
    add_finding(&self, "MDL001", "X", FINDING_ERROR, "b", range("/b.c", 2, 1, 2, 2));
    add_finding(&self, "MDL001", "X", FINDING_ERROR, "a", range("/a.c", 9, 1, 9, 2));
    add_step(&self, add_finding(&self, "MDL001", "X", FINDING_ERROR, "b", range("/b.c", 2, 1, 2, 2)),
             range("/b.c", 1, 1, 1, 2), "s", true);
    add_finding(&self, "MDL102", "X", FINDING_ERROR, "b", range("/b.c", 2, 1, 2, 2));
    finding_report_sort(&self.report);
    assert_int_equal(self.report.findings.count, 4);
    assert_string_equal(self.report.findings.items[0].at.file, "/a.c");
    assert_int_equal(self.report.findings.items[1].steps.count, 0);
    assert_int_equal(self.report.findings.items[2].steps.count, 1);
    assert_string_equal(self.report.findings.items[3].rule, "MDL102");
    sample_release(&self);
}

static void gaps_are_sorted_and_exact_duplicates_dropped(void **state)
{
    struct finding_gap gaps[] = {{"/b.c", 1, 1, "x", false}, {"/a.c", 3, 1, "x", false}, {"/b.c", 1, 1, "x", false},
                                 {"/a.c", 3, 1, "x", true}};
    struct finding_report report = {.gaps = {gaps, 4, 4}};
    (void)state;

    finding_report_sort(&report);
    assert_int_equal(report.gaps.count, 3);
    assert_string_equal(report.gaps.items[0].file, "/a.c");
    assert_false(report.gaps.items[0].is_partial);
    assert_true(report.gaps.items[1].is_partial);
    assert_string_equal(report.gaps.items[2].file, "/b.c");
}

/* ---- text ---- */

static void text_is_the_contracts_form(void **state)
{
    struct sample self;
    (void)state;

    sample_init(&self);
    add_order_finding(&self);
    assert_string_equal(render(&self, REPORT_TEXT),
                        "src/dma.c:7:5: error: MDL unlocked while it is mapped to the IOMMU [MDL102 IommuUnlockBeforeUnmap]\n"
                        "    7 |     MmUnlockPages(ctx->Mdl);\n"
                        "      |     ^~~~~~~~~~~~~~~~~~~~~~~\n"
                        "src/dma.c:3:23: note: 1: mapped to the IOMMU here, handle in 'ctx->hMem'\n"
                        "src/dma.c:5:9: note: 2: 'status' is a success: branch not taken\n"
                        "src/dma.c:7:5: note: 3: unlocked here\n");
    sample_release(&self);
}

static void text_underlines_the_first_line_and_expands_tabs(void **state)
{
    struct sample self;
    (void)state;

    sample_init(&self);
    add_finding(&self, "MDL001", "FreeBeforeUnmap", FINDING_WARNING, "m", range(self.dma, 8, 2, 9, 14));
    assert_string_equal(render(&self, REPORT_TEXT), "src/dma.c:8:2: warning: m [MDL001 FreeBeforeUnmap]\n"
                                                    "    8 |     MmUnlockPages(\n"
                                                    "      |     ^~~~~~~~~~~~~~\n");
    sample_release(&self);
}

static void text_aligns_the_caret_under_multibyte_characters(void **state)
{
    struct sample self;
    (void)state;

    sample_init(&self);
    add_finding(&self, "MDL001", "F", FINDING_NOTE, "m", range(self.dma, 10, 25, 10, 39));
    assert_string_equal(render(&self, REPORT_TEXT),
                        "src/dma.c:10:25: note: m [MDL001 F]\n"
                        "   10 |     /* Gr\xC3\xBC\xC3\x9F" "e \xF0\x9F\x98\x80 */ IoFreeMdl(mdl);\n"
                        "      |                    ^~~~~~~~~~~~~~\n");
    sample_release(&self);
}

static void text_lets_no_byte_steer_the_terminal(void **state)
{
    struct sample self;
    (void)state;

    sample_init(&self);
    add_finding(&self, "MDL001", "F", FINDING_ERROR, "a\x1B[2Jb\n'\"\xE2\x80\xAE", range(self.dma, 11, 5, 11, 9));
    assert_string_equal(render(&self, REPORT_TEXT), "src/dma.c:11:5: error: a\xEF\xBF\xBD[2Jb\xEF\xBF\xBD'\"\xEF\xBF\xBD [MDL001 F]\n"
                                                    "   11 |     bad\xEF\xBF\xBD" "byte(\"\xEF\xBF\xBD[31m\", <b>);\n"
                                                    "      |     ^~~~\n");
    sample_release(&self);
}

static void text_does_without_the_line_when_it_is_not_there(void **state)
{
    struct sample self;
    (void)state;

    sample_init(&self);
    add_finding(&self, "MDL001", "F", FINDING_ERROR, "gone", range("/no/such/file.c", 3, 1, 3, 9));
    add_finding(&self, "MDL001", "F", FINDING_ERROR, "short", range(self.dma, 4000, 1, 4000, 9));
    add_finding(&self, "MDL001", "F", FINDING_ERROR, "device", range("/dev/zero", 1, 1, 1, 9));
    add_finding(&self, "MDL001", "F", FINDING_ERROR, "folder", range(self.folder, 1, 1, 1, 9));
    assert_string_equal(render(&self, REPORT_TEXT),
                        arena_printf(&self.arena,
                                     "/no/such/file.c:3:1: error: gone [MDL001 F]\n"
                                     "src/dma.c:4000:1: error: short [MDL001 F]\n"
                                     "/dev/zero:1:1: error: device [MDL001 F]\n"
                                     "%s:1:1: error: folder [MDL001 F]\n",
                                     self.folder));
    sample_release(&self);
}

static void text_puts_the_caret_at_the_end_of_a_line_that_is_too_short(void **state)
{
    struct sample self;
    (void)state;

    sample_init(&self);
    add_finding(&self, "MDL001", "F", FINDING_ERROR, "m", range(self.dma, 2, 90, 2, 95));
    assert_string_equal(render(&self, REPORT_TEXT), "src/dma.c:2:90: error: m [MDL001 F]\n    2 | {\n      |  ^\n");
    sample_release(&self);
}

static void text_leaves_suppressed_findings_out(void **state)
{
    struct sample self;
    (void)state;

    sample_init(&self);
    add_order_finding(&self)->is_suppressed = true;
    assert_string_equal(render(&self, REPORT_TEXT), "");
    sample_release(&self);
}

static void text_is_coloured_on_demand(void **state)
{
    struct sample self;
    struct report_options options = {.color = true};
    (void)state;

    sample_init(&self);
    add_finding(&self, "MDL001", "F", FINDING_ERROR, "m", range(self.dma, 2, 1, 2, 2));
    report_render(&self.report, REPORT_TEXT, &options, &self.out);
    assert_string_equal(self.out.data, "\033[1msrc/dma.c:2:1: \033[1;31merror: \033[0m\033[1mm\033[0m [MDL001 F]\n"
                                       "    2 | {\n      | \033[1;32m^\033[0m\n");
    sample_release(&self);
}

static void paths_are_relative_only_below_the_root(void **state)
{
    struct sample self;
    struct report_options options = {.only_root = "/a/b/"};
    (void)state;

    sample_init(&self);
    add_finding(&self, "R", "F", FINDING_ERROR, "m", range("/a/b/c.c", 1, 1, 1, 2));
    add_finding(&self, "R", "F", FINDING_ERROR, "m", range("/a/bc.c", 1, 1, 1, 2));
    report_render(&self.report, REPORT_TEXT, &options, &self.out);
    assert_string_equal(self.out.data, "c.c:1:1: error: m [R F]\n/a/bc.c:1:1: error: m [R F]\n");
    sample_release(&self);
}

/* ---- SARIF ---- */

/* What a whole report has: a path, related places, a suppression, both kinds of gaps, odd characters in the path of a file. */
static void add_sarif_sample(struct sample *self)
{
    struct finding_gap lost = {arena_printf(&self->arena, "%s/src/odd name#1.c", self->folder), 0, 0, "'wdm.h' not found", false};
    struct finding_gap partial = {self->dma, 11, 5, "use of undeclared identifier 'bad'", true};
    struct finding *finding = add_order_finding(self);
    struct finding_step other = {range(self->dma, 6, 9, 6, 22), "also on the path through table[i](mdl)", "Start", 1, true};

    VEC_PUSH_IN(&self->arena, &finding->related, other);
    finding = add_finding(self, "MDL001", "FreeBeforeUnmap", FINDING_ERROR, "MDL freed while it is mapped",
                          range(self->dma, 10, 25, 10, 39));
    finding->is_suppressed = true;
    finding->suppression = "the \"framework\" unmaps";
    add_finding(self, "MDL900", "CannotAnalyze", FINDING_NOTE, "Gave up", range("/usr/include/wdm.h", 12, 1, 12, 5));
    VEC_PUSH_IN(&self->arena, &self->report.gaps, lost);
    VEC_PUSH_IN(&self->arena, &self->report.gaps, partial);
    finding_report_sort(&self->report);
}

static void sarif_has_what_code_scanning_asks_for(void **state)
{
    struct sample self;
    json_t *log;
    (void)state;

    sample_init(&self);
    add_sarif_sample(&self);
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
    expect_at(&self, log, "runs.0.results.0.locations.0.physicalLocation.region.snippet.text", "MmUnlockPages(ctx->Mdl)");
    expect_at(&self, log, "runs.0.results.0.locations.0.logicalLocations.0.name", "Start");
    expect_at(&self, log, "runs.0.results.0.partialFingerprints.mdlguard/v1", "0123456789abcdef");
    expect_at(&self, log, "runs.0.results.0.codeFlows", "[1]");
    expect_at(&self, log, "runs.0.results.0.codeFlows.0.threadFlows", "[1]");
    expect_at(&self, log, "runs.0.results.0.codeFlows.0.threadFlows.0.locations", "[3]");
    expect_at(&self, log, "runs.0.results.0.codeFlows.0.threadFlows.0.locations.0.importance", "essential");
    expect_at(&self, log, "runs.0.results.0.codeFlows.0.threadFlows.0.locations.1.importance", "important");
    expect_at(&self, log, "runs.0.results.0.codeFlows.0.threadFlows.0.locations.1.nestingLevel", "0");
    expect_at(&self, log, "runs.0.results.0.relatedLocations", "[1]");
    expect_at(&self, log, "runs.0.results.0.relatedLocations.0.message.text", "also on the path through table[i] (mdl).");
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
    add_sarif_sample(&self);
    log = render_json(&self, REPORT_SARIF);
    expect_at(&self, log, "runs.0.results.1.suppressions.0.kind", "inSource");
    expect_at(&self, log, "runs.0.results.1.suppressions.0.justification", "the \"framework\" unmaps");
    /* ü and ß are one UTF-16 unit and two bytes each, the face is two and four. */
    expect_at(&self, log, "runs.0.results.1.locations.0.physicalLocation.region.startColumn", "21");
    expect_at(&self, log, "runs.0.results.1.locations.0.physicalLocation.region.endColumn", "35");
    expect_at(&self, log, "runs.0.results.2.locations.0.physicalLocation.artifactLocation.uri", "file:///usr/include/wdm.h");
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
    add_sarif_sample(&self);
    log = render_json(&self, REPORT_SARIF);
    expect_at(&self, log, "runs.0.tool.driver.rules", "[4]");
    expect_at(&self, log, "runs.0.tool.driver.rules.0.fullDescription.text", "Descriptor freed while a mapping is live.");
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
    expect_at(&self, log, "runs.0.invocations.0.toolExecutionNotifications.1.locations.0.physicalLocation.artifactLocation.uri",
              "src/odd%20name%231.c");
    expect_at(&self, log, "runs.0.artifacts", "[3]");
    expect_at(&self, log, "runs.0.artifacts.0.sourceLanguage", "c");
    /* The sample's source has a byte that is no UTF-8. */
    assert_null(json_at(&self.arena, log, "runs.0.artifacts.0.encoding"));
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

static void every_format_gives_the_same_bytes_twice(void **state)
{
    struct sample self;
    (void)state;

    sample_init(&self);
    add_sarif_sample(&self);
    for (int format = REPORT_TEXT; format <= REPORT_GITHUB; format++) {
        char *first = arena_strdup(&self.arena, render(&self, (enum report_format)format));

        assert_true(strlen(first) > 100);
        assert_string_equal(first, render(&self, (enum report_format)format));
    }
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

/* ---- the other formats ---- */

static void json_is_version_1(void **state)
{
    struct sample self;
    json_t *top;
    (void)state;

    sample_init(&self);
    add_sarif_sample(&self);
    top = render_json(&self, REPORT_JSON);
    expect_at(&self, top, "version", "1");
    expect_at(&self, top, "tool.name", "mdlguard");
    expect_at(&self, top, "tool.version", "0.1.0");
    expect_at(&self, top, "findings", "[2]");
    expect_at(&self, top, "findings.0.rule", "MDL102");
    expect_at(&self, top, "findings.0.level", "error");
    expect_at(&self, top, "findings.0.file", "src/dma.c");
    expect_at(&self, top, "findings.0.endColumn", "28");
    expect_at(&self, top, "findings.0.function", "Start");
    expect_at(&self, top, "findings.0.path", "[3]");
    expect_at(&self, top, "findings.0.path.1.message", "'status' is a success: branch not taken");
    expect_at(&self, top, "findings.0.path.1.depth", "0");
    expect_at(&self, top, "unanalyzed", "[2]");
    expect_at(&self, top, "unanalyzed.0.partial", "true");
    json_decref(top);
    sample_release(&self);
}

static void json_formats_survive_hostile_strings(void **state)
{
    static const enum report_format formats[] = {REPORT_JSON, REPORT_SARIF, REPORT_CODECLIMATE};
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
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        json_decref(render_json(&self, formats[i]));
    sample_release(&self);
}

static void code_climate_issues_have_distinct_fingerprints(void **state)
{
    struct sample self;
    json_t *issues;
    (void)state;

    sample_init(&self);
    add_order_finding(&self);
    add_order_finding(&self)->at.line = 9;
    issues = render_json(&self, REPORT_CODECLIMATE);
    expect_at(&self, issues, "0.check_name", "MDL102");
    expect_at(&self, issues, "0.severity", "critical");
    expect_at(&self, issues, "0.location.path", "src/dma.c");
    expect_at(&self, issues, "0.location.lines.begin", "7");
    expect_at(&self, issues, "0.other_locations.0.lines.begin", "3");
    assert_int_equal(strlen(json_at(&self.arena, issues, "0.fingerprint")), 16);
    assert_string_not_equal(json_at(&self.arena, issues, "0.fingerprint"), json_at(&self.arena, issues, "1.fingerprint"));
    json_decref(issues);
    sample_release(&self);
}

static void github_commands_are_escaped(void **state)
{
    struct sample self;
    struct finding_gap gap = {"/x.c", 0, 0, "lost", false};
    (void)state;

    sample_init(&self);
    add_order_finding(&self);
    add_finding(&self, "MDL015", "NullMapUsed", FINDING_WARNING, "50%\r\n::error::x", range("/a,b:c.c", 3, 2, 5, 1));
    VEC_PUSH_IN(&self.arena, &self.report.gaps, gap);
    assert_string_equal(
        render(&self, REPORT_GITHUB),
        "::error file=src/dma.c,line=7,col=5,endColumn=28,title=MDL102 IommuUnlockBeforeUnmap::"
        "MDL unlocked while it is mapped to the IOMMU"
        "%0A1: src/dma.c:3: mapped to the IOMMU here, handle in 'ctx->hMem'"
        "%0A2: src/dma.c:5: 'status' is a success: branch not taken%0A3: src/dma.c:7: unlocked here\n"
        "::warning file=/a%2Cb%3Ac.c,line=3,endLine=5,title=MDL015 NullMapUsed::50%25%0D%0A::error::x\n"
        "::warning file=/x.c,title=mdlguard%3A not analysed::lost\n");
    sample_release(&self);
}

static void html_escapes_everything_and_loads_nothing(void **state)
{
    struct sample self;
    const char *page;
    (void)state;

    sample_init(&self);
    add_order_finding(&self);
    add_finding(&self, "MDL001", "F", FINDING_ERROR, "<script>alert('1')</script>&\"", range(self.dma, 11, 5, 11, 9));
    page = render(&self, REPORT_HTML);
    assert_null(strstr(page, "<script"));
    assert_null(strstr(page, "http:"));
    assert_null(strstr(page, "https:"));
    assert_non_null(strstr(page, "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot;"));
    assert_non_null(strstr(page, "<mark>bad\xEF\xBF\xBD</mark>byte(&quot;\xEF\xBF\xBD[31m&quot;, &lt;b&gt;);"));
    assert_non_null(strstr(page, "<mark>MmUnlockPages(ctx-&gt;Mdl)</mark>;"));
    assert_true(utf8_is_valid(page, strlen(page)));
    sample_release(&self);
}

static void format_names_are_known(void **state)
{
    enum report_format format;
    (void)state;

    assert_true(report_format_parse("sarif", &format));
    assert_int_equal(format, REPORT_SARIF);
    assert_true(report_format_parse("codeclimate", &format));
    assert_int_equal(format, REPORT_CODECLIMATE);
    assert_false(report_format_parse("SARIF", &format));
    assert_false(report_format_parse("", &format));
}

/* ---- suppressions ---- */

/* Runs TEXT with a finding of RULE at each line of LINES (ended by 0); returns the notes as "line:text" lines. */
static const char *suppress(struct sample *self, const char *text, const char *rule, const uint32_t *lines)
{
    struct suppress_notes notes = {{0}};

    self->report.findings.count = 0;
    for (; *lines; lines++)
        add_finding(self, rule, "X", FINDING_ERROR, "m", range("/s.c", *lines, 1, *lines, 5));
    report_suppress_text(&self->report, &self->arena, "/s.c", text, strlen(text), &notes);
    strbuf_clear(&self->out);
    for (uint32_t i = 0; i < notes.list.count; i++)
        strbuf_addf(&self->out, "%u:%s\n", notes.list.items[i].line, notes.list.items[i].text);
    return self->out.data;
}

static void expect_suppressed(struct sample *self, uint32_t index, const char *reason)
{
    const struct finding *finding = &self->report.findings.items[index];

    assert_int_equal(finding->is_suppressed, reason != NULL);
    if (reason)
        assert_string_equal(finding->suppression, reason);
}

static void comments_suppress_their_line_or_the_next(void **state)
{
    struct sample self;
    (void)state;

    sample_init(&self);
    assert_string_equal(suppress(&self,
                                 "a(); // mdlguard-suppress MDL002: it is fine\n"
                                 "b();\n"
                                 "// mdlguard-suppress MDL002: next\n"
                                 "// mdlguard-suppress MDL004: two rules on one line\n"
                                 "c();\n"
                                 "/* mdlguard-suppress MDL001, MDL002: block */ d();\n"
                                 "e();\n",
                                 "MDL002", (const uint32_t[]){1, 2, 5, 6, 7, 0}),
                        "4:suppression of MDL004 suppresses nothing\n6:suppression of MDL001 suppresses nothing\n");
    expect_suppressed(&self, 0, "it is fine");
    expect_suppressed(&self, 1, NULL);
    expect_suppressed(&self, 2, "next");
    expect_suppressed(&self, 3, "block");
    expect_suppressed(&self, 4, NULL);
    sample_release(&self);
}

static void pragmas_that_name_a_rule_suppress_the_next_line(void **state)
{
    struct sample self;
    (void)state;

    sample_init(&self);
    assert_string_equal(suppress(&self,
                                 "#pragma warning(suppress: 28145) // MDL002: our own\n"
                                 "a();\n"
                                 "  #  pragma prefast( suppress : MDL002, \"the framework does\")\n"
                                 "b();\n"
                                 "#pragma prefast(suppress: 28145, \"MDL002: quoted\")\n"
                                 "c();\n"
                                 "#pragma prefast(suppress: 28145, \"ours (MDL002)\")\n"
                                 "d();\n"
                                 "#pragma warning(suppress: 28145)\n"
                                 "e();\n",
                                 "MDL002", (const uint32_t[]){2, 4, 6, 8, 10, 0}),
                        "");
    expect_suppressed(&self, 0, "our own");
    expect_suppressed(&self, 1, "the framework does");
    expect_suppressed(&self, 2, "quoted");
    expect_suppressed(&self, 3, "ours");
    expect_suppressed(&self, 4, NULL);
    sample_release(&self);
}

static void a_suppression_without_reason_or_rule_is_ignored_and_noted(void **state)
{
    struct sample self;
    (void)state;

    sample_init(&self);
    assert_string_equal(suppress(&self,
                                 "a(); // mdlguard-suppress MDL002\n"
                                 "b(); // mdlguard-suppress MDL002:  \n"
                                 "c(); // mdlguard-suppress: why not\n"
                                 "#pragma prefast(suppress: MDL002)\n"
                                 "d();\n",
                                 "MDL002", (const uint32_t[]){1, 2, 3, 5, 0}),
                        "1:suppression of MDL002 ignored: it gives no reason; write 'mdlguard-suppress MDL002: reason'\n"
                        "2:suppression of MDL002 ignored: it gives no reason; write 'mdlguard-suppress MDL002: reason'\n"
                        "3:suppression ignored: it names no rule; write 'mdlguard-suppress MDLnnn: reason'\n"
                        "4:suppression of MDL002 ignored: it gives no reason; write 'mdlguard-suppress MDL002: reason'\n");
    for (uint32_t i = 0; i < 4; i++)
        expect_suppressed(&self, i, NULL);
    sample_release(&self);
}

static void only_comments_suppress(void **state)
{
    struct sample self;
    (void)state;

    sample_init(&self);
    assert_string_equal(suppress(&self,
                                 "a(\"// mdlguard-suppress MDL002: in a string\");\n"
                                 "b('\"', \"\\\"// mdlguard-suppress MDL002: in a string\");\n"
                                 "c(1'000'000); // see mdlguard-suppress MDL002: prose\n"
                                 "d(1'000); // mdlguard-suppress MDL002: after a digit separator\n"
                                 "don't // mdlguard-suppress MDL002: hidden by the quote\n"
                                 "e(); // mdlguard-suppress MDL002: the next line is itself again\n"
                                 "/* mdlguard-suppress MDL002: never closed",
                                 "MDL002", (const uint32_t[]){1, 2, 3, 4, 5, 6, 0}),
                        "7:suppression of MDL002 suppresses nothing\n");
    for (uint32_t i = 0; i < 6; i++)
        expect_suppressed(&self, i, i == 3   ? "after a digit separator"
                                    : i == 5 ? "the next line is itself again"
                                             : NULL);
    sample_release(&self);
}

static void a_finding_of_several_lines_is_suppressed_at_any_of_them(void **state)
{
    static const char text[] = "a(\n  b); // mdlguard-suppress MDL002: last line\n";
    struct sample self;
    struct suppress_notes notes = {{0}};
    (void)state;

    sample_init(&self);
    add_finding(&self, "MDL002", "X", FINDING_ERROR, "m", range("/s.c", 1, 1, 2, 5));
    add_finding(&self, "MDL002", "X", FINDING_ERROR, "m", range("/other.c", 1, 1, 2, 5));
    report_suppress_text(&self.report, &self.arena, "/s.c", text, sizeof(text) - 1, &notes);
    expect_suppressed(&self, 0, "last line");
    expect_suppressed(&self, 1, NULL);
    sample_release(&self);
}

static void files_are_read_and_missing_ones_ignored(void **state)
{
    static const char text[] = "// mdlguard-suppress MDL102: read from disk\nMmUnlockPages(mdl);";
    struct sample self;
    struct suppress_notes notes = {{0}};
    (void)state;

    sample_init(&self);
    write_file(self.dma, text, sizeof(text) - 1);
    add_finding(&self, "MDL102", "X", FINDING_ERROR, "m", range(self.dma, 2, 1, 2, 5));
    report_suppress(&self.report, &self.arena, (const char *const[]){"/no/such/file.c", self.dma}, 2, &notes);
    expect_suppressed(&self, 0, "read from disk");
    assert_int_equal(notes.list.count, 0);
    sample_release(&self);
}

/* ---- UTF-8 ---- */

static void only_well_formed_utf8_is_valid(void **state)
{
    static const char *const bad[] = {"\x80", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xC3", "\xF8\x88\x80\x80\x80"};
    (void)state;

    assert_true(utf8_is_valid("a\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80", 10));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(utf8_is_valid(bad[i], strlen(bad[i])));
    assert_int_equal(utf8_column_utf16("\xC3\xBC\xF0\x9F\x98\x80x", 7, 7), 4);
    assert_int_equal(utf8_column_utf16("ab", 2, 9), 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(findings_are_sorted_and_exact_duplicates_dropped),
        cmocka_unit_test(gaps_are_sorted_and_exact_duplicates_dropped),
        cmocka_unit_test(text_is_the_contracts_form),
        cmocka_unit_test(text_underlines_the_first_line_and_expands_tabs),
        cmocka_unit_test(text_aligns_the_caret_under_multibyte_characters),
        cmocka_unit_test(text_lets_no_byte_steer_the_terminal),
        cmocka_unit_test(text_does_without_the_line_when_it_is_not_there),
        cmocka_unit_test(text_puts_the_caret_at_the_end_of_a_line_that_is_too_short),
        cmocka_unit_test(text_leaves_suppressed_findings_out),
        cmocka_unit_test(text_is_coloured_on_demand),
        cmocka_unit_test(paths_are_relative_only_below_the_root),
        cmocka_unit_test(sarif_has_what_code_scanning_asks_for),
        cmocka_unit_test(sarif_keeps_suppressed_findings_and_converts_columns),
        cmocka_unit_test(sarif_describes_rules_gaps_and_artifacts),
        cmocka_unit_test(sarif_of_nothing_is_a_successful_run),
        cmocka_unit_test(every_format_gives_the_same_bytes_twice),
        cmocka_unit_test(line_hashes_are_githubs),
        cmocka_unit_test(equal_lines_get_different_hashes),
        cmocka_unit_test(json_is_version_1),
        cmocka_unit_test(json_formats_survive_hostile_strings),
        cmocka_unit_test(code_climate_issues_have_distinct_fingerprints),
        cmocka_unit_test(github_commands_are_escaped),
        cmocka_unit_test(html_escapes_everything_and_loads_nothing),
        cmocka_unit_test(format_names_are_known),
        cmocka_unit_test(comments_suppress_their_line_or_the_next),
        cmocka_unit_test(pragmas_that_name_a_rule_suppress_the_next_line),
        cmocka_unit_test(a_suppression_without_reason_or_rule_is_ignored_and_noted),
        cmocka_unit_test(only_comments_suppress),
        cmocka_unit_test(a_finding_of_several_lines_is_suppressed_at_any_of_them),
        cmocka_unit_test(files_are_read_and_missing_ones_ignored),
        cmocka_unit_test(only_well_formed_utf8_is_valid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
