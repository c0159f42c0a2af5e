/*
 * test_cli.c - configuration, globs, baselines and worker processes (analyzer/cli).
 */
#include "folder_fixture.h"

#include <signal.h>

#include "cli/baseline.h"
#include "cli/config.h"
#include "cli/glob.h"
#include "cli/workers.h"

/* ---- globs ---- */

static void globs_fit_whole_paths(void **state)
{
    (void)state;
    assert_true(glob_matches("src/a.c", "src/a.c"));
    assert_false(glob_matches("src/a.c", "src/a.cc"));
    assert_false(glob_matches("a.c", "src/a.c"));
    assert_true(glob_matches("src/*.c", "src/a.c"));
    assert_false(glob_matches("src/*.c", "src/x/a.c"));
    assert_false(glob_matches("*", "src/a.c"));
    assert_true(glob_matches("**", "src/a.c"));
    assert_true(glob_matches("**/*.c", "a.c"));
    assert_true(glob_matches("**/*.c", "src/x/a.c"));
    assert_true(glob_matches("src/**/a.?", "src/a.c"));
    assert_true(glob_matches("src/**/x/**/a.c", "src/1/x/2/3/a.c"));
    assert_false(glob_matches("src/**/x/**/a.c", "src/1/y/2/3/a.c"));
    assert_true(glob_matches("a*b*c", "aXbbYc"));
    assert_false(glob_matches("a*b*c", "aXbbYd"));
    assert_false(glob_matches("src", "src/a.c"));
    assert_false(glob_matches("src/**", "lib/a.c"));
}

/* ---- configuration ---- */

static void a_configuration_is_read(void **state)
{
    struct fixture *self = *state;
    const char *path = write_text(self, ".mdlguard.yaml",
                                  "target-os: windows-7\nrules: [ours.yaml, /abs/x.yaml]\nonly: [MDL001]\nskip:\n - MDL013\n"
                                  "fail-on: error\nsuppress:\n  - {rule: MDL020, path: 'src/*.c', reason: port driver}\n");
    struct config config;
    struct mg_error error;
    assert_int_equal(config_load(NULL, self->folder, &self->arena, &config, &error), MG_OK);
    assert_string_equal(config.path, path);
    assert_string_equal(config.target_os, "windows-7");
    assert_int_equal(config.rules.count, 2);
    assert_string_equal(config.rules.items[0], path_join(&self->arena, self->folder, "ours.yaml"));
    assert_string_equal(config.rules.items[1], "/abs/x.yaml");
    assert_int_equal(config.fail_on, OPTIONS_FAIL_ON_ERROR);
    assert_string_equal(config.skip.items[0], "MDL013");
    assert_int_equal(config.suppressions.count, 1);
    assert_int_equal(config.suppressions.items[0].at.line, 8);
}

static void no_configuration_and_an_empty_one_are_fine(void **state)
{
    struct fixture *self = *state;
    struct config config;
    struct mg_error error;
    assert_int_equal(config_load(NULL, self->folder, &self->arena, &config, &error), MG_OK);
    assert_null(config.path);
    write_text(self, ".mdlguard.yaml", "# nothing\n");
    assert_int_equal(config_load(NULL, self->folder, &self->arena, &config, &error), MG_OK);
    assert_int_equal(config.fail_on, OPTIONS_FAIL_ON_UNSET);
}

static void mistakes_in_a_configuration_are_located(void **state)
{
    static const struct {
        const char *text, *message;
        uint32_t line, column;
    } cases[] = {
        {"fail-on: error\nfial-on: error\n", "unknown key 'fial-on'; did you mean 'fail-on'?", 2, 1},
        {"fail-on: fatal\n", "not 'fatal'", 1, 10},
        {"rules: x.yaml\n", "'rules' wants a list", 1, 8},
        {"skip: [MDL001, [x]]\n", "'skip' wants a text", 1, 16},
        {"suppress:\n  - {rule: MDL001, path: x}\n", "a suppression needs a 'reason': say why", 2, 5},
        {"suppress:\n  - {rule: MDL001, path: x, raeson: y}\n", "did you mean 'reason'?", 2, 29},
        {"- a\n", "a configuration is a mapping", 1, 1},
        {"a: [1\nb: 2\n", "not YAML", 2, 2},
    };
    struct fixture *self = *state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct config config;
        struct mg_error error = {0};
        const char *path = write_text(self, "c.yaml", cases[i].text);
        assert_int_equal(config_load(path, "/", &self->arena, &config, &error), MG_USAGE);
        if (!strstr(error.text, cases[i].message))
            fail_msg("case %zu: '%s'", i, error.text);
        assert_string_equal(error.file, path);
        assert_int_equal(error.line, cases[i].line);
        assert_int_equal(error.column, cases[i].column);
    }
}

static void a_named_configuration_must_exist(void **state)
{
    struct fixture *self = *state;
    struct config config;
    struct mg_error error;
    assert_int_equal(config_load("/nowhere/c.yaml", "/", &self->arena, &config, &error), MG_USAGE);
}

static struct finding finding_at(const char *rule, const char *file, const char *fingerprint)
{
    return (struct finding){.rule = rule, .at = {.file = file, .line = 1}, .fingerprint = fingerprint};
}

static void the_configuration_suppresses_by_rule_and_path(void **state)
{
    struct fixture *self = *state;
    struct config config = {0};
    struct config_suppression entry = {.rule = "MDL002", .path = "src/*.c", .reason = "why"};
    VEC_PUSH_IN(&self->arena, &config.suppressions, entry);
    struct finding_report report = {.root = "/p"};
    VEC_PUSH_IN(&self->arena, &report.findings, finding_at("MDL002", "/p/src/a.c", ""));
    VEC_PUSH_IN(&self->arena, &report.findings, finding_at("MDL001", "/p/src/a.c", ""));
    VEC_PUSH_IN(&self->arena, &report.findings, finding_at("MDL002", "/p/lib/a.c", ""));
    entry = (struct config_suppression){.rule = "*", .path = "vendor/**", .reason = "theirs", .at = {7, 5}};
    VEC_PUSH_IN(&self->arena, &config.suppressions, entry);
    config.path = "/p/.mdlguard.yaml";
    struct suppress_notes notes = {{0}};
    config_suppress(&config, &self->arena, &report, &notes);
    assert_int_equal(notes.list.count, 1);
    assert_string_equal(notes.list.items[0].file, "/p/.mdlguard.yaml");
    assert_int_equal(notes.list.items[0].line, 7);
    assert_string_equal(notes.list.items[0].text, "suppression of * suppresses nothing");
    assert_true(report.findings.items[0].is_suppressed && report.findings.items[0].is_suppressed_externally);
    assert_string_equal(report.findings.items[0].suppression, "why");
    assert_false(report.findings.items[1].is_suppressed);
    assert_false(report.findings.items[2].is_suppressed);
}

/* ---- baselines ---- */

#define RESULT(rule, print) "{\"ruleId\": \"" rule "\", \"partialFingerprints\": {\"mdlguard/v1\": \"" print "\"}}"

static void a_baseline_covers_as_many_findings_as_it_has(void **state)
{
    struct fixture *self = *state;
    const char *path =
        write_text(self, "b.sarif", "{\"runs\": [{\"results\": [" RESULT("MDL002", "aa") "," RESULT("MDL001", "bb")
                                    ", {\"ruleId\": \"X\"}, {\"ruleId\": \"MDL009\", \"baselineState\": \"absent\","
                                    "\"partialFingerprints\": {\"mdlguard/v1\": \"cc\"}}]}]}");
    struct finding_report report = {.root = "/p"};
    VEC_PUSH_IN(&self->arena, &report.findings, finding_at("MDL002", "/p/a.c", "aa"));
    VEC_PUSH_IN(&self->arena, &report.findings, finding_at("MDL002", "/p/b.c", "aa"));
    VEC_PUSH_IN(&self->arena, &report.findings, finding_at("MDL002", "/p/c.c", "bb"));
    VEC_PUSH_IN(&self->arena, &report.findings, finding_at("MDL009", "/p/d.c", "cc"));
    struct mg_error error;
    assert_int_equal(baseline_apply(path, &report, &error), MG_OK);
    assert_true(report.has_baseline);
    assert_true(report.findings.items[0].is_baselined);
    assert_false(report.findings.items[1].is_baselined);
    assert_false(report.findings.items[2].is_baselined);
    assert_false(report.findings.items[3].is_baselined);
}

static void a_baseline_that_is_no_report_is_refused(void **state)
{
    struct fixture *self = *state;
    struct finding_report report = {.root = "/p"};
    struct mg_error error;
    assert_int_equal(baseline_apply(write_text(self, "a", "{\n \"runs\": ["), &report, &error), MG_USAGE);
    assert_int_equal(error.line, 2);
    assert_int_equal(baseline_apply(write_text(self, "b", "[]"), &report, &error), MG_USAGE);
    assert_int_equal(baseline_apply("/nowhere/b.sarif", &report, &error), MG_USAGE);
}

/* ---- workers ---- */

#define JOB_COUNT 40
enum { JOB_FAILS = 3, JOB_CRASHES = 7, JOB_HANGS = 11, JOB_OUT_OF_MEMORY = 13, JOB_LARGE = 17, JOB_LEAVES = 19 };

struct outcome {
    uint32_t calls;
    enum mg_status status;
    size_t length;
    char text[800];
};

static enum mg_status run_job(void *context, uint32_t job, struct strbuf *out, struct mg_error *error)
{
    const char *prefix = context ? "" : "?";
    switch (job) {
    case JOB_FAILS:
        return mg_fail(error, MG_INPUT, "f.c", 3, 4, "job %u fails", job);
    case JOB_CRASHES:
        raise(SIGKILL); /* cannot be caught by a sanitizer */
        break;
    case JOB_HANGS:
        for (;;)
            pause();
    case JOB_OUT_OF_MEMORY:
    case JOB_LEAVES:
        _exit(job == JOB_LEAVES ? 0 : 3);
    case JOB_LARGE:
        for (uint32_t i = 0; i < 300000; i++)
            strbuf_add(out, "0123456789", 10);
        return MG_OK;
    }
    strbuf_addf(out, "%sjob %u", prefix, job);
    return MG_OK;
}

static void job_done(void *context, uint32_t job, enum mg_status status, struct strbuf *result,
                     const struct mg_error *error)
{
    struct outcome *outcome = (struct outcome *)context + job;
    outcome->calls++;
    outcome->status = status;
    outcome->length = result->length;
    snprintf(outcome->text, sizeof(outcome->text), "%s", status == MG_OK ? result->data : error->text);
}

static void check_outcomes(const struct outcome *outcomes)
{
    char expected[32];
    for (uint32_t i = 0; i < JOB_COUNT; i++) {
        const struct outcome *outcome = &outcomes[i];
        assert_int_equal(outcome->calls, 1);
        if (i == JOB_FAILS || i == JOB_CRASHES || i == JOB_HANGS || i == JOB_OUT_OF_MEMORY || i == JOB_LEAVES) {
            assert_int_equal(outcome->status, MG_INPUT);
        } else if (i == JOB_LARGE) {
            assert_int_equal(outcome->length, 3000000);
        } else {
            snprintf(expected, sizeof(expected), "job %u", i);
            assert_string_equal(outcome->text, expected);
        }
    }
    assert_string_equal(outcomes[JOB_FAILS].text, "job 3 fails");
    assert_non_null(strstr(outcomes[JOB_CRASHES].text, "the worker crashed (signal 9"));
    assert_non_null(strstr(outcomes[JOB_HANGS].text, "took longer than 1 seconds"));
    assert_non_null(strstr(outcomes[JOB_OUT_OF_MEMORY].text, "more than 512 MiB"));
    assert_non_null(strstr(outcomes[JOB_LEAVES].text, "without a result"));
}

static void a_bad_job_costs_itself_only(void **state)
{
    (void)state;
    static const uint32_t worker_counts[] = {1, 3, 100};
    uint32_t jobs[JOB_COUNT];
    for (uint32_t i = 0; i < JOB_COUNT; i++)
        jobs[i] = i;
    for (size_t i = 0; i < sizeof(worker_counts) / sizeof(worker_counts[0]); i++) {
        struct outcome outcomes[JOB_COUNT] = {0};
        struct workers_request request = {.jobs = jobs,
                                          .job_count = JOB_COUNT,
                                          .worker_count = worker_counts[i],
                                          .timeout_seconds = 1,
                                          .memory_mib = 512,
                                          .run = run_job,
                                          .done = job_done,
                                          .context = outcomes};
        struct mg_error error;
        assert_int_equal(workers_run(&request, &error), MG_OK);
        check_outcomes(outcomes);
    }
}

static void no_jobs_need_no_workers(void **state)
{
    (void)state;
    struct workers_request request = {.run = run_job, .done = job_done};
    assert_int_equal(workers_run(&request, NULL), MG_OK);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(globs_fit_whole_paths),
        TEST(a_configuration_is_read),
        TEST(no_configuration_and_an_empty_one_are_fine),
        TEST(mistakes_in_a_configuration_are_located),
        TEST(a_named_configuration_must_exist),
        TEST(the_configuration_suppresses_by_rule_and_path),
        TEST(a_baseline_covers_as_many_findings_as_it_has),
        TEST(a_baseline_that_is_no_report_is_refused),
        cmocka_unit_test(a_bad_job_costs_itself_only),
        cmocka_unit_test(no_jobs_need_no_workers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
