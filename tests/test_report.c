/*
 * test_report.c - the order of findings and the report formats other than SARIF: golden expectations, and hostile
 * input.
 */
#include "report_sample.h"

#include "base/utf8.h"
#include "report/causes.h"


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
    struct finding_gap gaps[] = {
        {"/b.c", 1, 1, "x", false}, {"/a.c", 3, 1, "x", false}, {"/b.c", 1, 1, "x", false}, {"/a.c", 3, 1, "x", true}};
    struct finding_report report = {.gaps = {gaps, 4, 4}};
    (void)state;

    finding_report_sort(&report);
    assert_int_equal(report.gaps.count, 3);
    assert_string_equal(report.gaps.items[0].file, "/a.c");
    assert_false(report.gaps.items[0].is_partial);
    assert_true(report.gaps.items[1].is_partial);
    assert_string_equal(report.gaps.items[2].file, "/b.c");
}

/* ---- one cause ---- */

/* A finding of RULE at LINE, whose cause is at line 3 of what line CALL calls. */
static struct finding *add_use(struct sample *self, const char *rule, uint32_t line, uint32_t call)
{
    struct finding *finding = add_finding(self, rule, "X", FINDING_WARNING, "used", range(self->dma, line, 1, line, 9));

    add_step(self, finding, range(self->dma, call, 1, call, 5), "calls 'Map'", false);
    add_step(self, finding, range(self->dma, 3, 1, 3, 5), "fails here", true);
    finding->steps.items[1].depth = 1;
    add_step(self, finding, range(self->dma, line, 1, line, 2), "a branch that only this one takes", false);
    add_step(self, finding, range(self->dma, line, 1, line, 9), "used here", true);
    return finding;
}

static void consequences_of_one_cause_are_one_finding(void **state)
{
    struct sample self;
    (void)state;

    sample_init(&self);
    add_use(&self, "MDL015", 7, 5);
    add_use(&self, "MDL015", 8, 5);
    add_use(&self, "MDL015", 9, 6);  /* another call, so another result that nobody looked at */
    add_use(&self, "MDL001", 10, 5); /* each place of this rule is a mistake of its own */
    add_use(&self, "MDL001", 11, 5);
    add_use(&self, "MDL015", 11, 5);
    add_use(&self, "MDL015", 12, 5)->is_suppressed = true;
    finding_join_causes(&self.report, &self.arena);
    assert_int_equal(self.report.findings.count, 5);
    assert_int_equal(self.report.findings.items[0].related.count, 2);
    assert_int_equal(self.report.findings.items[0].at.line, 7);
    assert_int_equal(self.report.findings.items[0].related.items[0].at.line, 8);
    assert_int_equal(self.report.findings.items[0].related.items[1].at.line, 11);
    assert_string_equal(self.report.findings.items[0].related.items[1].message, "also: used here");
    assert_int_equal(self.report.findings.items[1].at.line, 9);
    assert_true(self.report.findings.items[4].is_suppressed);
    for (uint32_t i = 1; i < 5; i++)
        assert_int_equal(self.report.findings.items[i].related.count, 0);
    sample_release(&self);
}

static void places_without_a_cause_stay_apart(void **state)
{
    struct sample self;
    (void)state;

    sample_init(&self);
    for (uint32_t line = 7; line < 9; line++)
        add_step(&self, add_finding(&self, "MDL015", "X", FINDING_WARNING, "used", range(self.dma, line, 1, line, 9)),
                 range(self.dma, line, 1, line, 9), "used here", true);
    finding_join_causes(&self.report, &self.arena);
    assert_int_equal(self.report.findings.count, 2);
    sample_release(&self);
}

static void alternatives_are_in_every_report_that_people_read(void **state)
{
    struct sample self;
    json_t *log;
    (void)state;

    sample_init(&self);
    add_use(&self, "MDL015", 7, 5);
    add_use(&self, "MDL015", 8, 5);
    finding_join_causes(&self.report, &self.arena);
    assert_non_null(strstr(render(&self, REPORT_TEXT), "\nsrc/dma.c:8:1: note: also: used here\n"));
    assert_non_null(strstr(render(&self, REPORT_HTML), "also: used here"));
    log = render_json(&self, REPORT_JSON);
    expect_at(&self, log, "findings.0.alternatives", "[1]");
    expect_at(&self, log, "findings.0.alternatives.0.line", "8");
    json_decref(log);
    sample_release(&self);
}

/* ---- text ---- */

static void text_is_the_contracts_form(void **state)
{
    struct sample self;
    (void)state;

    sample_init(&self);
    add_order_finding(&self);
    assert_string_equal(
        render(&self, REPORT_TEXT),
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
    assert_string_equal(render(&self, REPORT_TEXT), "src/dma.c:10:25: note: m [MDL001 F]\n"
                                                    "   10 |     /* Gr\xC3\xBC\xC3\x9F"
                                                    "e \xF0\x9F\x98\x80 */ IoFreeMdl(mdl);\n"
                                                    "      |                    ^~~~~~~~~~~~~~\n");
    sample_release(&self);
}

static void text_lets_no_byte_steer_the_terminal(void **state)
{
    struct sample self;
    (void)state;

    sample_init(&self);
    add_finding(&self, "MDL001", "F", FINDING_ERROR, "a\x1B[2Jb\n'\"\xE2\x80\xAE", range(self.dma, 11, 5, 11, 9));
    assert_string_equal(render(&self, REPORT_TEXT),
                        "src/dma.c:11:5: error: a\xEF\xBF\xBD[2Jb\xEF\xBF\xBD'\"\xEF\xBF\xBD [MDL001 F]\n"
                        "   11 |     bad\xEF\xBF\xBD"
                        "byte(\"\xEF\xBF\xBD[31m\", <b>);\n"
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
    assert_string_equal(render(&self, REPORT_TEXT), arena_printf(&self.arena,
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

static void baselined_findings_are_left_out_where_nobody_compares(void **state)
{
    struct sample self;
    json_t *value;
    (void)state;

    sample_init(&self);
    add_order_finding(&self)->is_baselined = true;
    assert_string_equal(render(&self, REPORT_TEXT), "");
    assert_string_equal(render(&self, REPORT_GITHUB), "");
    value = render_json(&self, REPORT_JSON);
    expect_at(&self, value, "findings", "[0]");
    json_decref(value);
    value = render_json(&self, REPORT_CODECLIMATE);
    expect_at(&self, value, "0.check_name", "MDL102");
    json_decref(value);
    assert_non_null(strstr(render(&self, REPORT_HTML), "In the baseline."));
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

/* ---- the other formats ---- */

static void json_is_version_1(void **state)
{
    struct sample self;
    json_t *top;
    (void)state;

    sample_init(&self);
    add_everything(&self);
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
    static const enum report_format formats[] = {REPORT_JSON, REPORT_CODECLIMATE};
    struct sample self;
    struct finding *finding;
    (void)state;

    sample_init(&self);
    finding = add_finding(&self, "MDL001", "F", FINDING_ERROR, "q\"\\\x01\xC3(\xED\xA0\x80 ${x} {0}",
                          range("/tmp/\xFF\"\\\n%s.c", 0, 0, 0, 0));
    finding->function = NULL;
    finding->fingerprint = NULL;
    add_step(&self, finding, range(self.dma, 11, 8, 11, 9), NULL, true);
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
    assert_string_not_equal(json_at(&self.arena, issues, "0.fingerprint"),
                            json_at(&self.arena, issues, "1.fingerprint"));
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
    assert_string_equal(render(&self, REPORT_GITHUB),
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

static void every_format_gives_the_same_bytes_twice(void **state)
{
    struct sample self;
    (void)state;

    sample_init(&self);
    add_everything(&self);
    for (int format = REPORT_TEXT; format <= REPORT_GITHUB; format++) {
        char *first = arena_strdup(&self.arena, render(&self, (enum report_format)format));

        assert_true(strlen(first) > 100);
        assert_string_equal(first, render(&self, (enum report_format)format));
    }
    sample_release(&self);
}

/* ---- UTF-8 ---- */

static void only_well_formed_utf8_is_valid(void **state)
{
    static const char *const bad[] = {
        "\x80", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xC3", "\xF8\x88\x80\x80\x80"};
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
        cmocka_unit_test(consequences_of_one_cause_are_one_finding),
        cmocka_unit_test(places_without_a_cause_stay_apart),
        cmocka_unit_test(alternatives_are_in_every_report_that_people_read),
        cmocka_unit_test(text_is_the_contracts_form),
        cmocka_unit_test(text_underlines_the_first_line_and_expands_tabs),
        cmocka_unit_test(text_aligns_the_caret_under_multibyte_characters),
        cmocka_unit_test(text_lets_no_byte_steer_the_terminal),
        cmocka_unit_test(text_does_without_the_line_when_it_is_not_there),
        cmocka_unit_test(text_puts_the_caret_at_the_end_of_a_line_that_is_too_short),
        cmocka_unit_test(text_leaves_suppressed_findings_out),
        cmocka_unit_test(baselined_findings_are_left_out_where_nobody_compares),
        cmocka_unit_test(text_is_coloured_on_demand),
        cmocka_unit_test(paths_are_relative_only_below_the_root),
        cmocka_unit_test(json_is_version_1),
        cmocka_unit_test(json_formats_survive_hostile_strings),
        cmocka_unit_test(code_climate_issues_have_distinct_fingerprints),
        cmocka_unit_test(github_commands_are_escaped),
        cmocka_unit_test(html_escapes_everything_and_loads_nothing),
        cmocka_unit_test(format_names_are_known),
        cmocka_unit_test(every_format_gives_the_same_bytes_twice),
        cmocka_unit_test(only_well_formed_utf8_is_valid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
