/*
 * scan.c - `mdlguard scan`: the whole way from the command line to the exit status.
 */
#include <stdio.h>

#include "cli/baseline.h"
#include "cli/cache.h"
#include "cli/commands.h"
#include "cli/confirm.h"
#include "cli/headers.h"
#include "cli/output.h"
#include "cli/pipeline.h"
#include "cli/record.h"
#include "cli/times.h"
#include "project/path.h"

struct scan {
    const struct options *options;
    struct arena *arena;
    struct project project;
    struct config config;
    uint64_t rules_key;
    struct ruleset rules; /* once load_rules() was called: not for a report that is given again */
    bool has_rules;
    struct trace trace;
    struct cache cache;
    struct pipeline_units units;
    double own_reading; /* see times_print */
    uint64_t result_key;
    struct pipeline_program program;
    struct engine_result engine;
    struct finding_report report;
    struct suppress_notes notes;
    enum options_fail_on fail_on;
};

/* A database that cannot be read is input that cannot be analysed: the report says so, about no unit at all. */
static void note_unreadable(struct scan *self, const struct mg_error *error)
{
    struct finding_gap gap = {.file = error->file[0] ? arena_strdup(self->arena, error->file) : self->project.root,
                              .line = error->line,
                              .column = error->column,
                              .text = arena_strdup(self->arena, error->text)};
    self->project.units.count = 0;
    VEC_PUSH_IN(self->arena, &self->program.gaps, gap);
}

static enum mg_status read_traces(struct scan *self, struct mg_error *error)
{
    enum mg_status status = MG_OK;
    for (uint32_t t = 0; status == MG_OK && t < self->options->traces.count; t++)
        status = trace_read(self->options->traces.items[t], self->arena, &self->trace, error);
    return status;
}

/* Where the store goes, or NULL for none: files with arguments of their own have no project to keep one for. */
static const char *store_path(const struct scan *self)
{
    if (self->options->no_db)
        return NULL;
    if (self->options->db)
        return self->options->db;
    if (!self->project.database)
        return NULL;
    return path_join(self->arena, path_parent(self->arena, self->project.database), ".mdlguard/mdlguard.db");
}

static enum mg_status load_rules(struct scan *self, struct mg_error *error)
{
    if (self->has_rules)
        return MG_OK;
    enum mg_status status =
        setup_configured_rules(self->options, &self->config, self->arena, &self->rules, error);
    self->has_rules = status == MG_OK;
    return status;
}

/* Configuration and rules. The latter need no reading where there may be a report that was made with the same. */
static enum mg_status prepare_rules(struct scan *self, struct mg_error *error)
{
    const struct options *options = self->options;
    enum mg_status status = config_load(options->config, self->project.root, self->arena, &self->config, error);
    if (status == MG_OK)
        status = setup_rules_key(options, &self->config, self->arena, &self->rules_key, error);
    const char *store = store_path(self);
    return status == MG_OK && !(store && path_is_file(store)) ? load_rules(self, error) : status;
}

/* Project, traces, configuration and rules. MG_USAGE: nothing is analysed and nothing written. */
static enum mg_status prepare(struct scan *self, struct mg_error *unreadable, bool *is_readable, struct mg_error *error)
{
    enum mg_status status = setup_project(self->options, self->arena, &self->project, error);
    *is_readable = status == MG_OK;
    if (status == MG_USAGE)
        return status;
    if (status != MG_OK)
        *unreadable = *error;
    status = read_traces(self, error);
    if (status != MG_OK)
        return status;
    status = prepare_rules(self, error);
    return status == MG_OK && !*is_readable ? load_rules(self, error) : status;
}

/* Findings that shall not count: the configuration's and the baseline's. */
static enum mg_status filter(struct scan *self, struct mg_error *error)
{
    self->fail_on = self->options->fail_on;
    if (self->fail_on == OPTIONS_FAIL_ON_UNSET)
        self->fail_on = self->config.fail_on;
    if (self->fail_on == OPTIONS_FAIL_ON_UNSET)
        self->fail_on = OPTIONS_FAIL_ON_WARNING;
    bool is_whole = self->options->inputs.count + self->options->only.count + self->options->skip.count == 0;
    config_suppress(&self->config, self->arena, &self->report, is_whole ? &self->notes : NULL);
    if (self->options->traces.count)
        confirm_findings(&self->trace, &self->project, self->arena, &self->report);
    if (!self->options->baseline)
        return MG_OK;
    return baseline_apply(self->options->baseline, &self->report, error);
}

/* Where precompiled headers are kept: beside the store, or, without one, for this run only. NULL: nowhere. Absolute, since clang works in the
 * folder of each unit. */
static const char *open_header_folder(struct scan *self, bool *is_temporary)
{
    const char *store = store_path(self);
    *is_temporary = !store;
    if (self->options->no_shared_headers || self->project.units.count < 2)
        return NULL;
    if (!store)
        return headers_make_folder(NULL, self->arena);
    store = project_path(self->arena, path_current(self->arena), store);
    return headers_make_folder(path_join(self->arena, path_parent(self->arena, store), "headers"), self->arena);
}

static enum mg_status lower_units(struct scan *self, const uint32_t *wanted, uint32_t count, struct mg_error *error)
{
    struct pipeline_lower_options lower;
    bool is_temporary;
    if (!count)
        return MG_OK;
    double before = times_own();
    setup_lowering(self->options, &lower);
    lower.header_folder = open_header_folder(self, &is_temporary);
    lower.extracted = cache_extracted;
    lower.extracted_context = &self->cache;
    struct output_progress progress;
    output_progress_start(&progress);
    if (output_has_progress(self->options)) {
        lower.progress = output_progress;
        lower.context = &progress;
    }
    enum mg_status status = pipeline_lower(&self->project, wanted, count, &lower, &self->units, error);
    self->own_reading += times_own() - before;
    if (lower.header_folder && is_temporary)
        headers_remove_folder(lower.header_folder);
    else if (lower.header_folder)
        headers_forget_unused(lower.header_folder);
    return status;
}

/* The units that the store does not have. */
static enum mg_status lower_changed(struct scan *self, struct mg_error *error)
{
    uint32_t *wanted = ARENA_NEW_ARRAY(self->arena, uint32_t, self->project.units.count + 1), count;
    cache_find(&self->cache, &self->project, wanted, &count);
    if (self->options->is_verbose)
        fprintf(stderr, "mdlguard: %u of %u units have to be read\n", count, self->project.units.count);
    enum mg_status status = count ? load_rules(self, error) : MG_OK;
    return status == MG_OK ? lower_units(self, wanted, count, error) : status;
}

/* The units that the store has; what of these is damaged is lowered after all. */
static enum mg_status read_unchanged(struct scan *self, struct mg_error *error)
{
    uint32_t *wanted = ARENA_NEW_ARRAY(self->arena, uint32_t, self->project.units.count + 1), count;
    cache_read(&self->cache, &self->units, wanted, &count);
    return lower_units(self, wanted, count, error);
}

static enum mg_status record(struct scan *self, const struct store_result *result, struct mg_error *error)
{
    if (self->cache.has_failed)
        *error = self->cache.error;
    if (!self->cache.store)
        return self->cache.has_failed ? MG_IO : MG_OK;
    enum mg_status status = record_scan(self->cache.store, &self->project, &self->program, &self->engine, &self->report,
                                        self->cache.units, result, error);
    if (status == MG_OK && self->options->inputs.count == 0)
        cache_forget_others(&self->cache);
    if (status == MG_OK && self->options->is_verbose)
        fprintf(stderr, "mdlguard: the store is %s\n", store_path(self));
    return status;
}

/* Reports first, then the store: findings are shown even when neither can be written. RESULT is NULL when the store has it already. */
static int finish(struct scan *self, const struct store_result *result)
{
    struct mg_error error = {0};
    struct output_counts counts;
    output_count(&self->report, self->fail_on, &counts);
    if (output_has_progress(self->options))
        output_progress_end();
    bool is_written = true;
    if (output_reports(self->options, &self->report, &error) != MG_OK) {
        mg_error_print(&error);
        is_written = false;
    }
    if (result && record(self, result, &error) != MG_OK) {
        mg_error_print(&error);
        is_written = false;
    }
    output_notes(&self->notes, self->report.root);
    setup_print_gaps(self->report.root, self->report.gaps.items, self->report.gaps.count);
    if (self->options->is_verbose)
        times_print(&self->program, &self->engine, self->own_reading, stderr);
    if (!self->options->is_quiet)
        output_summary(&self->report, &counts);
    if (counts.failing)
        return EXIT_FINDINGS;
    if (self->report.gaps.count)
        fprintf(stderr, "mdlguard: exit status 3: some input could not be analysed, or not wholly\n");
    if (!is_written)
        fprintf(stderr, "mdlguard: exit status 3: not every result could be written\n");
    return self->report.gaps.count || !is_written ? EXIT_NOT_ANALYZED : EXIT_CLEAN;
}

/* The report of the scan before, when nothing changed since. Its scan is in the store as it is only if the filters did not change either. */
static bool reuse_report(struct scan *self, int *result)
{
    struct mg_error error = {0};
    uint64_t recorded;
    self->result_key = cache_result_key(&self->cache, &self->project, self->rules_key, &self->units);
    self->report = (struct finding_report){.root = self->project.root, .version = MDLGUARD_VERSION};
    if (!cache_find_report(&self->cache, self->result_key, &self->report, &self->notes, &recorded) ||
        filter(self, &error) != MG_OK || cache_report_hash(&self->report) != recorded) {
        self->report = (struct finding_report){0};
        self->notes = (struct suppress_notes){0};
        return false;
    }
    *result = finish(self, NULL);
    return true;
}

/* CONTEXT of the engine's progress. */
struct watch {
    const struct ruleset *rules;
    struct output_progress progress;
};

static void show_functions(void *context, uint32_t done, uint32_t total, const struct engine_result *so_far)
{
    struct watch *watch = context;
    uint32_t findings = 0;
    if (!output_progress_is_due(&watch->progress))
        return;
    for (uint32_t i = 0; i < so_far->findings.count; i++) {
        const struct ruleset_rule *rule = ruleset_find_rule(watch->rules, so_far->findings.items[i].rule);
        findings += !rule || rule->is_enabled;
    }
    output_progress_functions(&watch->progress, done, total, findings);
}

static void run_engine(struct scan *self)
{
    struct engine_memory memory;
    struct engine_options options = {.memory = cache_memory(&self->cache, &memory)};
    struct watch watch = {.rules = &self->rules};
    output_progress_start(&watch.progress);
    if (output_has_progress(self->options)) {
        options.progress = show_functions;
        options.progress_context = &watch;
    }
    pipeline_check(&self->project, &self->program, &self->rules, NULL, 0, &options, self->arena, &self->engine, &self->report,
                   &self->notes);
}

/* What follows the front end, on UNITS, which are empty then. */
static int check(struct scan *self, struct pipeline_units *units, const struct mg_error *unreadable)
{
    struct mg_error error = {0};
    struct store_result stored;
    pipeline_link(&self->project, units, &self->rules, self->arena, &self->program);
    pipeline_units_release(units);
    if (unreadable)
        note_unreadable(self, unreadable);
    run_engine(self);
    cache_put_solutions(&self->cache);
    cache_pack_report(&self->cache, self->result_key, &self->report, &self->notes, &stored);
    enum mg_status status = filter(self, &error);
    stored.report_hash = cache_report_hash(&self->report);
    int result = status == MG_OK ? finish(self, unreadable ? NULL : &stored) : setup_failed(status, &error);
    strbuf_release(&stored.bytes);
    pipeline_program_release(&self->program);
    return result;
}

static int analyze(struct scan *self)
{
    struct mg_error error = {0};
    int result;
    pipeline_units_init(&self->units, self->project.units.count);
    enum mg_status status = lower_changed(self, &error);
    if (status != MG_OK)
        return setup_failed(status, &error);
    if (reuse_report(self, &result))
        return result;
    status = load_rules(self, &error);
    if (status == MG_OK)
        status = read_unchanged(self, &error);
    return status == MG_OK ? check(self, &self->units, NULL) : setup_failed(status, &error);
}

int command_scan(const struct options *options, struct arena *arena)
{
    struct scan self = {.options = options, .arena = arena};
    struct mg_error error = {0}, unreadable = {0};
    bool is_readable;
    enum mg_status status = prepare(&self, &unreadable, &is_readable, &error);
    if (status != MG_OK)
        return setup_failed(status, &error);
    int result;
    status = cache_open(&self.cache, is_readable ? store_path(&self) : NULL, arena, &error);
    if (status != MG_OK)
        result = setup_failed(status, &error);
    else
        result = is_readable ? analyze(&self) : check(&self, &self.units, &unreadable);
    cache_close(&self.cache);
    pipeline_units_release(&self.units);
    ruleset_release(&self.rules);
    return result;
}

int scan_extracted(const struct options *options, const struct project *project, struct pipeline_units *units,
                   struct arena *arena)
{
    struct scan self = {.options = options, .arena = arena, .project = *project};
    struct mg_error error = {0};
    enum mg_status status = read_traces(&self, &error);
    if (status == MG_OK)
        status = setup_rules(options, project->root, arena, &self.config, &self.rules, &error);
    if (status != MG_OK)
        return setup_failed(status, &error);
    int result = check(&self, units, NULL);
    ruleset_release(&self.rules);
    return result;
}
