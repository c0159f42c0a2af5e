/*
 * report_sample.h - what the tests of analyzer/report share: a small made-up driver on disk, findings in it, and
 * looking into JSON.
 */
#ifndef MDLGUARD_TESTS_REPORT_SAMPLE_H
#define MDLGUARD_TESTS_REPORT_SAMPLE_H

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
#include "report/report.h"

static const char dma_source[] = "NTSTATUS Start(PCONTEXT ctx)\n"                     /* 1 */
                                 "{\n"                                                /* 2 */
                                 "    NTSTATUS status = Map(ctx->Mdl, &ctx->hMem);\n" /* 3 */
                                 "\n"                                                 /* 4 */
                                 "    if (!NT_SUCCESS(status))\n"                     /* 5 */
                                 "        return status;\n"                           /* 6 */
                                 "    MmUnlockPages(ctx->Mdl);\n"                     /* 7 */
                                 "\tMmUnlockPages(\t\n"                               /* 8 */
                                 "\t\tctx->Other);\n"                                 /* 9 */
                                 "    /* Gr\xC3\xBC\xC3\x9F"
                                 "e \xF0\x9F\x98\x80 */ IoFreeMdl(mdl);\n" /* 10 */
                                 "    bad\xFF"
                                 "byte(\"\x1B[31m\", <b>);\n" /* 11 */
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
     "# MDL001 FreeBeforeUnmap\n\nWhat goes wrong: **everything**.\n", "416", "7.8", false, false},
    {"MDL015", "NullMapUsed", FINDING_WARNING, "Result of a mapping used without a check", "# MDL015\n\nCheck it.\n",
     "690", NULL, false, true},
    {"MDL102", "IommuUnlockBeforeUnmap", FINDING_ERROR, "Pages unlocked while mapped to an IOMMU",
     "# MDL102\n\nUnmap first.\n", "416", "7.8", false, false},
    {"MDL900", "CannotAnalyze", FINDING_NOTE, "A function was given up", "# MDL900\n\nToo large.\n", NULL, NULL, false, false},
};

static inline void write_file(const char *path, const char *text, size_t length)
{
    struct strbuf bytes;

    strbuf_init(&bytes);
    strbuf_add(&bytes, text, length);
    assert_int_equal(strbuf_write_file(&bytes, path, NULL), MG_OK);
    strbuf_release(&bytes);
}

static inline struct finding_range range(const char *file, uint32_t line, uint32_t column, uint32_t end_line,
                                         uint32_t end_column)
{
    return (struct finding_range){file, line, column, end_line, end_column};
}

static inline struct finding *add_finding(struct sample *self, const char *rule, const char *name,
                                          enum finding_level level, const char *message, struct finding_range at)
{
    struct finding finding = {.rule = rule, .name = name, .level = level, .message = message, .at = at};

    finding.function = "Start";
    finding.fingerprint = "0123456789abcdef";
    VEC_PUSH_IN(&self->arena, &self->report.findings, finding);
    return &self->report.findings.items[self->report.findings.count - 1];
}

static inline void add_step(struct sample *self, struct finding *finding, struct finding_range at, const char *message,
                            bool is_event)
{
    struct finding_step step = {at, message, "Start", 0, is_event};

    VEC_PUSH_IN(&self->arena, &finding->steps, step);
}

static inline struct finding *add_order_finding(struct sample *self)
{
    struct finding *finding =
        add_finding(self, "MDL102", "IommuUnlockBeforeUnmap", FINDING_ERROR,
                    "MDL unlocked while it is mapped to the IOMMU", range(self->dma, 7, 5, 7, 28));

    add_step(self, finding, range(self->dma, 3, 23, 3, 49), "mapped to the IOMMU here, handle in 'ctx->hMem'", true);
    add_step(self, finding, range(self->dma, 5, 9, 5, 28), "'status' is a success: branch not taken", false);
    add_step(self, finding, range(self->dma, 7, 5, 7, 28), "unlocked here", true);
    return finding;
}

static inline void sample_init(struct sample *self)
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

static inline void sample_release(struct sample *self)
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

static inline json_t *render_json(struct sample *self, enum report_format format)
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

static inline void expect_at(struct sample *self, const json_t *value, const char *keys, const char *expected)
{
    const char *got = json_at(&self->arena, value, keys);

    if (!got || strcmp(got, expected) != 0)
        fail_msg("%s: expected '%s', got '%s'", keys, expected, got ? got : "(absent)");
}

/* What a whole report has: a path, related places, a suppression, both kinds of gaps, odd characters in the path of a
 * file. */
static inline void add_everything(struct sample *self)
{
    struct finding_gap lost = {arena_printf(&self->arena, "%s/src/odd name#1.c", self->folder), 0, 0,
                               "'wdm.h' not found", false};
    struct finding_gap partial = {self->dma, 11, 5, "use of undeclared identifier 'bad'", true};
    struct finding *finding = add_order_finding(self);
    struct finding_step other = {range(self->dma, 6, 9, 6, 22), "also on the path through table[i](mdl)", "Start", 1,
                                 true};

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

#endif
