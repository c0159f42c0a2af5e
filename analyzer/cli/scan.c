/*
 * scan.c - `mdlguard scan`: the whole way from the command line to the exit status.
 */
#include <stdio.h>

#include "cli/baseline.h"
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
    struct ruleset rules;
    struct trace trace;
    struct pipeline_units units;
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
    return setup_rules(self->options, self->project.root, self->arena, &self->config, &self->rules, error);
}

/* Findings that shall not count: the configuration's and the baseline's. */
static enum mg_status filter(struct scan *self, struct mg_error *error)
{
    self->fail_on = self->options->fail_on;
    if (self->fail_on == OPTIONS_FAIL_ON_UNSET)
        self->fail_on = self->config.fail_on;
    if (self->fail_on == OPTIONS_FAIL_ON_UNSET)
        self->fail_on = OPTIONS_FAIL_ON_WARNING;
    config_suppress(&self->config, self->arena, &self->report);
    if (self->options->traces.count)
        confirm_findings(&self->trace, &self->project, self->arena, &self->report);
    if (!self->options->baseline)
        return MG_OK;
    return baseline_apply(self->options->baseline, &self->report, error);
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

/* Where precompiled headers are kept: beside the store, or, without one, for this run only. NULL: nowhere. */
static const char *open_header_folder(struct scan *self, bool *is_temporary)
{
    const char *store = store_path(self);
    *is_temporary = !store;
    if (self->options->no_shared_headers || self->project.units.count < 2)
        return NULL;
    const char *folder = store ? path_join(self->arena, path_parent(self->arena, store), "headers") : NULL;
    return headers_make_folder(folder, self->arena);
}

static enum mg_status lower(struct scan *self, struct mg_error *error)
{
    struct pipeline_lower_options lower;
    bool is_temporary;
    setup_lowering(self->options, &lower);
    lower.header_folder = open_header_folder(self, &is_temporary);
    if (output_has_progress(self->options))
        lower.progress = output_progress;
    enum mg_status status = pipeline_lower(&self->project, NULL, 0, &lower, &self->units, error);
    if (is_temporary && lower.header_folder)
        headers_remove_folder(lower.header_folder);
    return status;
}

static enum mg_status record(struct scan *self, struct mg_error *error)
{
    const char *path = store_path(self);
    if (!path)
        return MG_OK;
    enum mg_status status = record_scan(path, &self->project, &self->program, &self->engine, &self->report, error);
    if (status == MG_OK && self->options->is_verbose)
        fprintf(stderr, "mdlguard: the store is %s\n", path);
    return status;
}

/* Reports first, then the store: findings are shown even when neither can be written. */
static int finish(struct scan *self, bool is_readable)
{
    struct mg_error error = {0};
    struct output_counts counts;
    output_count(&self->report, self->fail_on, &counts);
    bool is_written = true;
    if (output_reports(self->options, &self->report, &error) != MG_OK) {
        mg_error_print(&error);
        is_written = false;
    }
    if (is_readable && record(self, &error) != MG_OK) {
        mg_error_print(&error);
        is_written = false;
    }
    output_notes(&self->notes);
    setup_print_gaps(self->report.gaps.items, self->report.gaps.count);
    if (self->options->is_verbose)
        times_print(&self->program, &self->engine, stderr);
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

static int analyze(struct scan *self, const struct mg_error *unreadable, bool is_readable)
{
    struct mg_error error = {0};
    pipeline_units_init(&self->units, is_readable ? self->project.units.count : 0);
    enum mg_status status = is_readable ? lower(self, &error) : MG_OK;
    if (status != MG_OK)
        return setup_failed(status, &error);
    pipeline_link(&self->project, &self->units, &self->rules, self->arena, &self->program);
    if (!is_readable)
        note_unreadable(self, unreadable);
    pipeline_check(&self->project, &self->program, &self->rules, NULL, 0, self->arena, &self->engine, &self->report,
                   &self->notes);
    status = filter(self, &error);
    int result = status == MG_OK ? finish(self, is_readable) : setup_failed(status, &error);
    pipeline_program_release(&self->program);
    return result;
}

int command_scan(const struct options *options, struct arena *arena)
{
    struct scan self = {.options = options, .arena = arena};
    struct mg_error error = {0}, unreadable = {0};
    bool is_readable;
    enum mg_status status = prepare(&self, &unreadable, &is_readable, &error);
    if (status != MG_OK)
        return setup_failed(status, &error);
    int result = analyze(&self, &unreadable, is_readable);
    pipeline_units_release(&self.units);
    ruleset_release(&self.rules);
    return result;
}
