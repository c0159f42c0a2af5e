/*
 * test_suppress.c - the comments and pragmas that suppress findings.
 */
#include "report_sample.h"

#include "report/suppress.h"

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

/* Rules of the user's packs have ids of their own; a number of another tool's is none of these. */
static void a_rule_of_a_pack_is_known_by_its_id(void **state)
{
    static const struct finding_rule rules[] = {{.id = "LNX0012", .name = "X", .level = FINDING_ERROR}};
    struct sample self;
    (void)state;

    sample_init(&self);
    self.report.rules = rules;
    self.report.rule_count = 1;
    assert_string_equal(suppress(&self,
                                 "a(); // mdlguard-suppress LNX0012: it is fine\n"
                                 "#pragma warning(suppress: 28145) // LNX0012: ours\n"
                                 "b();\n"
                                 "#pragma warning(suppress: 28145) // C28145: theirs\n"
                                 "c(); // mdlguard-suppress LNX001: no such rule\n",
                                 "LNX0012", (const uint32_t[]){1, 3, 5, 0}),
                        "5:suppression ignored: it names no rule; write 'mdlguard-suppress MDLnnn: reason'\n");
    expect_suppressed(&self, 0, "it is fine");
    expect_suppressed(&self, 1, "ours");
    expect_suppressed(&self, 2, NULL);
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
    assert_string_equal(
        suppress(&self,
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
        expect_suppressed(&self, i,
                          i == 3   ? "after a digit separator"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comments_suppress_their_line_or_the_next),
        cmocka_unit_test(a_rule_of_a_pack_is_known_by_its_id),
        cmocka_unit_test(pragmas_that_name_a_rule_suppress_the_next_line),
        cmocka_unit_test(a_suppression_without_reason_or_rule_is_ignored_and_noted),
        cmocka_unit_test(only_comments_suppress),
        cmocka_unit_test(a_finding_of_several_lines_is_suppressed_at_any_of_them),
        cmocka_unit_test(files_are_read_and_missing_ones_ignored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
