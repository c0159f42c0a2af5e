/*
 * pipeline.c - the stages between a project and its findings.
 *
 * pipeline_lower runs the front end in worker processes; everything behind it runs here, on what the workers sent, in the project's
 * order.
 */
#include "cli/pipeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calls/annotated.h"
#include "calls/link.h"
#include "cli/extract.h"
#include "cli/headers.h"
#include "cli/identity.h"
#include "cli/workers.h"
#include "project/path.h"
#include "report/causes.h"

void pipeline_units_init(struct pipeline_units *self, uint32_t count)
{
    *self = (struct pipeline_units){0};
    for (uint32_t i = 0; i < count; i++) {
        struct pipeline_unit unit = {0};
        unit.status = mg_fail(&unit.error, MG_INPUT, NULL, 0, 0, "not analysed");
        strbuf_init(&unit.encoded);
        VEC_PUSH(self, unit);
    }
}

void pipeline_units_release(struct pipeline_units *self)
{
    for (uint32_t i = 0; i < self->count; i++)
        strbuf_release(&self->items[i].encoded);
    VEC_RELEASE(self);
}

/* ---- lowering ---- */

struct lowering {
    const struct project *project;
    const struct pipeline_lower_options *options;
    struct pipeline_units *units;
    struct headers headers;
    uint64_t maker;
    bool is_last_try;
    VEC(uint32_t) failed; /* to be tried once more; in `arena` */
    struct arena *arena;
    uint32_t done, total;
};

/* In a worker: the front end on one unit. What went wrong with it is in the bytes. */
static enum mg_status lower_unit(void *context, uint32_t index, struct strbuf *out, struct mg_error *error)
{
    const struct lowering *self = context;
    (void)error;
    const struct shared_header *shared = self->is_last_try ? NULL : headers_of(&self->headers, index);
    extract_unit(&self->project->units.items[index], shared, self->options->unsaved, self->options->unsaved_count,
                 self->maker, self->options->without_times, out);
    return MG_OK;
}

void pipeline_take_extract(struct pipeline_unit *unit, struct strbuf *bytes, uint64_t maker)
{
    struct extract extract;
    struct arena arena;
    arena_init(&arena);
    strbuf_clear(&unit->encoded);
    if (!extract_read(bytes->data, bytes->length, maker, &arena, &extract)) {
        unit->status = mg_fail(&unit->error, MG_CORRUPT, NULL, 0, 0, "not analysed: the extract is damaged");
    } else {
        unit->status = extract.status;
        unit->error = extract.error;
        if (extract.status == MG_OK) {
            struct strbuf empty = unit->encoded;
            unit->encoded = *bytes;
            *bytes = empty;
            strbuf_keep(&unit->encoded, extract.module, extract.module_length);
        }
    }
    arena_release(&arena);
}

static void unit_done(void *context, uint32_t index, enum mg_status status, struct strbuf *result,
                      const struct mg_error *error)
{
    struct lowering *self = context;
    struct pipeline_unit *unit = &self->units->items[index];
    if (status == MG_OK) {
        if (self->options->extracted)
            self->options->extracted(self->options->extracted_context, index, result);
        pipeline_take_extract(unit, result, self->maker);
    } else {
        unit->status = status;
        unit->error = *error;
        strbuf_clear(&unit->encoded);
        if (!self->is_last_try) {
            VEC_PUSH_IN(self->arena, &self->failed, index);
            return;
        }
    }
    self->done++;
    if (self->options->progress)
        self->options->progress(self->options->context, self->done, self->total);
}

/* In a worker. */
static enum mg_status build_header(void *context, uint32_t index, struct strbuf *out, struct mg_error *error)
{
    const struct lowering *self = context;
    return headers_build(&self->headers, self->project, index, out, error);
}

/* A header that could not be made costs its units the time that it would have saved. */
static void header_done(void *context, uint32_t index, enum mg_status status, struct strbuf *result,
                        const struct mg_error *error)
{
    struct lowering *self = context;
    (void)error;
    if (status == MG_OK)
        headers_store(&self->headers, index, result);
    else
        headers_discard(&self->headers, index);
}

static struct workers_request make_request(struct lowering *self, const uint32_t *jobs, uint32_t count)
{
    const struct pipeline_lower_options *options = self->options;
    return (struct workers_request){.jobs = jobs,
                                    .job_count = count,
                                    .worker_count = options->jobs,
                                    .timeout_seconds = options->timeout_seconds,
                                    .memory_mib = options->memory_mib,
                                    .is_verbose = options->is_verbose,
                                    .context = self};
}

/* The headers that the wanted units share: those that are there and true, and new ones for two units or more. */
static enum mg_status prepare_headers(struct lowering *self, const uint32_t *wanted, uint32_t count,
                                      struct arena *arena, struct mg_error *error)
{
    VEC(uint32_t) missing = {0};
    headers_plan(&self->headers, self->project, wanted, count, self->options->header_folder, arena);
    for (uint32_t i = 0; i < self->headers.list.count; i++) {
        if (self->headers.list.items[i].user_count)
            headers_load(&self->headers, i);
        if (self->headers.list.items[i].user_count > 1 && !self->headers.list.items[i].is_known)
            VEC_PUSH_IN(arena, &missing, i);
    }
    struct workers_request request = make_request(self, missing.items, missing.count);
    request.run = build_header;
    request.done = header_done;
    return workers_run(&request, error);
}

/* A unit in the queue, and what it is likely to cost. */
struct queued {
    uint32_t unit;
    bool is_shared; /* the headers are done already */
    uint64_t size;  /* of its main file */
};

static int compare_cost(const void *left, const void *right)
{
    const struct queued *a = left, *b = right;
    if (a->is_shared != b->is_shared)
        return a->is_shared ? 1 : -1;
    if (a->size != b->size)
        return a->size > b->size ? -1 : 1;
    return (a->unit > b->unit) - (a->unit < b->unit);
}

/* The most expensive first, so that no worker is left with one of them at the end. */
static const uint32_t *order_by_cost(struct lowering *self, const uint32_t *units, uint32_t count)
{
    struct queued *queue = ARENA_NEW_ARRAY(self->arena, struct queued, count + 1u);
    uint32_t *order = ARENA_NEW_ARRAY(self->arena, uint32_t, count + 1u);
    for (uint32_t i = 0; i < count; i++) {
        struct input_look look;
        input_look(&look, self->project->units.items[units[i]].path);
        queue[i] = (struct queued){units[i], headers_of(&self->headers, units[i]) != NULL, look.size};
    }
    if (count)
        qsort(queue, count, sizeof(*queue), compare_cost);
    for (uint32_t i = 0; i < count; i++)
        order[i] = queue[i].unit;
    return order;
}

static enum mg_status run_units(struct lowering *self, const uint32_t *units, uint32_t count, struct mg_error *error)
{
    struct workers_request request = make_request(self, order_by_cost(self, units, count), count);
    request.run = lower_unit;
    request.done = unit_done;
    return workers_run(&request, error);
}

/* A unit whose worker crashed, hung, was killed or grew too large gets a second worker, and no shared header. */
static enum mg_status lower_wanted(struct lowering *self, const uint32_t *wanted, uint32_t count, struct arena *arena,
                                   struct mg_error *error)
{
    enum mg_status status = MG_OK;
    if (self->options->header_folder && self->options->unsaved_count == 0 && count)
        status = prepare_headers(self, wanted, count, arena, error);
    if (status == MG_OK)
        status = run_units(self, wanted, count, error);
    if (status == MG_OK && self->failed.count) {
        self->is_last_try = true;
        status = run_units(self, self->failed.items, self->failed.count, error);
    }
    return status;
}

enum mg_status pipeline_lower(const struct project *project, const uint32_t *wanted, uint32_t count,
                              const struct pipeline_lower_options *options, struct pipeline_units *units,
                              struct mg_error *error)
{
    struct arena arena;
    VEC(uint32_t) all = {0};
    arena_init(&arena);
    for (uint32_t i = 0; i < project->units.count && !wanted; i++)
        VEC_PUSH_IN(&arena, &all, i);
    if (!wanted)
        count = all.count;
    struct lowering lowering = {.project = project,
                                .options = options,
                                .units = units,
                                .maker = identity(),
                                .arena = &arena,
                                .total = count};
    if (count)
        frontend_start();
    enum mg_status status = lower_wanted(&lowering, wanted ? wanted : all.items, count, &arena, error);
    arena_release(&arena);
    return status;
}

/* ---- linking ---- */

static void add_gap(struct pipeline_program *self, const char *file, uint32_t line, uint32_t column, const char *text,
                    bool is_partial)
{
    struct finding_gap gap = {.file = file, .line = line, .column = column, .text = text, .is_partial = is_partial};
    VEC_PUSH_IN(self->module.arena, &self->gaps, gap);
}

/* A unit of which nothing could be had. */
static void add_failure(struct pipeline_program *self, const struct project_unit *unit, const struct mg_error *error)
{
    struct arena *arena = self->module.arena;
    const char *file = error->file[0] ? arena_strdup(arena, error->file) : unit->path;
    add_gap(self, file, error->line, error->column, arena_strdup(arena, error->text), false);
}

/* "file:line:column: text" as the front end puts it; what does not look so is the text whole. */
static void add_parse_error(struct pipeline_program *self, const char *root, const struct ir_unit *unit)
{
    struct arena *arena = self->module.arena;
    const char *text = unit->first_error ? unit->first_error : "unknown error";
    const char *file = unit->path;
    uint32_t line = 0, column = 0;
    for (const char *p = strchr(text, ':'); p; p = strchr(p + 1, ':')) {
        int end = 0;
        if (sscanf(p, ":%u:%u: %n", &line, &column, &end) == 2 && end > 0) {
            file = arena_strndup(arena, text, (size_t)(p - text));
            text = p + end;
            break;
        }
        line = column = 0;
    }
    add_gap(self, file, line, column,
            arena_printf(arena, "%u error%s while reading %s, analysed as far as possible; the first: %s",
                         unit->error_count, unit->error_count == 1 ? "" : "s", path_relative(unit->path, root), text),
            true);
}

static void merge_unit(struct pipeline_program *self, const struct project *project, uint32_t index,
                       const struct pipeline_unit *unit)
{
    const struct project_unit *source = &project->units.items[index];
    struct mg_error error = {0};
    if (source->problem)
        add_gap(self, source->path, 0, 0, source->problem, true);
    if (unit->status != MG_OK) {
        add_failure(self, source, &unit->error);
        return;
    }
    uint32_t first = self->module.units.count;
    if (ir_module_merge(&self->module, unit->encoded.data, unit->encoded.length, &error) != MG_OK) {
        add_failure(self, source, &error);
        return;
    }
    for (uint32_t i = first; i < self->module.units.count; i++) {
        VEC_PUSH_IN(self->module.arena, &self->sources, index);
        if (self->module.units.items[i].error_count)
            add_parse_error(self, project->root, &self->module.units.items[i]);
    }
}

/* Functions that are annotated in the source are routines like those of the packs. */
static const struct ruleset *annotate(struct pipeline_program *self, const struct ruleset *rules, struct arena *arena)
{
    struct annotated annotated;
    struct ruleset_errors errors;
    annotated_collect(&self->module, rules, arena, &annotated);
    rules = ruleset_annotate(rules, annotated.list.items, annotated.list.count, arena, &errors);
    for (uint32_t i = 0; i < errors.count; i++)
        add_gap(self, arena_strdup(arena, errors.items[i].file), errors.items[i].line, errors.items[i].column,
                arena_strdup(arena, errors.items[i].text), true);
    return rules;
}

static void begin_program(struct pipeline_program *self, struct arena *arena)
{
    *self = (struct pipeline_program){0};
    ir_module_init(&self->module, arena);
}

/* All units are in OUT. */
static void link_merged(struct pipeline_program *out, const struct ruleset *rules, struct arena *arena)
{
    ir_module_close_locs(&out->module);
    link_program(&out->module);
    out->rules = annotate(out, rules, arena);
    callgraph_build(&out->calls, &out->module, out->rules, arena);
}

void pipeline_link(const struct project *project, struct pipeline_units *units, const struct ruleset *rules,
                   struct arena *arena, struct pipeline_program *out)
{
    begin_program(out, arena);
    for (uint32_t i = 0; i < units->count; i++) {
        merge_unit(out, project, i, &units->items[i]);
        strbuf_release(&units->items[i].encoded);
    }
    link_merged(out, rules, arena);
}

void pipeline_program_release(struct pipeline_program *self)
{
    ir_module_release(&self->module);
}

/* ---- checking ---- */

/* REPORT with what every report has: the root, the version, the rules. */
static void start_report(const struct project *project, const struct ruleset *rules, struct arena *arena,
                         struct finding_report *report)
{
    *report = (struct finding_report){.root = project->root, .version = MDLGUARD_VERSION};
    struct finding_rule *metas = ARENA_NEW_ARRAY(arena, struct finding_rule, rules->rules.count + 1);
    for (uint32_t i = 0; i < rules->rules.count; i++) {
        metas[i] = rules->rules.items[i].meta;
        metas[i].is_off = !rules->rules.items[i].is_enabled;
    }
    report->rules = metas;
    report->rule_count = rules->rules.count;
}

static void add_findings(const struct ruleset *rules, const struct engine_result *engine, struct arena *arena,
                         struct finding_report *report)
{
    for (uint32_t i = 0; i < engine->findings.count; i++) {
        const struct ruleset_rule *rule = ruleset_find_rule(rules, engine->findings.items[i].rule);
        if (!rule || rule->is_enabled)
            VEC_PUSH_IN(arena, &report->findings, engine->findings.items[i]);
    }
}

static const struct frontend_unsaved *find_unsaved(const struct frontend_unsaved *unsaved, uint32_t count,
                                                   const char *path)
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(unsaved[i].path, path) == 0)
            return &unsaved[i];
    return NULL;
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* The program's own files are looked through for suppressions, those without findings too: a useless suppression is worth a note. */
static void apply_suppressions(const struct ir_module *module, const struct frontend_unsaved *unsaved,
                               uint32_t unsaved_count, struct arena *arena, struct finding_report *report,
                               struct suppress_notes *notes)
{
    VEC(const char *) files = {0};
    for (uint32_t i = 0; i < module->files.count; i++)
        if (!module->files.items[i].is_system)
            VEC_PUSH_IN(arena, &files, module->files.items[i].path);
    if (files.count)
        qsort(files.items, files.count, sizeof(*files.items), compare_names);
    for (uint32_t i = 0; i < files.count; i++) {
        const struct frontend_unsaved *text = find_unsaved(unsaved, unsaved_count, files.items[i]);
        if (text)
            report_suppress_text(report, arena, text->path, text->text, text->length, notes);
        else
            report_suppress(report, arena, &files.items[i], 1, notes);
    }
}

static void count_program(const struct ir_module *module, struct finding_report *report)
{
    report->unit_count = module->units.count;
    for (uint32_t i = 0; i < module->functions.count; i++)
        report->function_count += module->functions.items[i].is_defined && !module->functions.items[i].is_initializer;
}

void pipeline_check(const struct project *project, const struct pipeline_program *program, const struct ruleset *rules,
                    const struct frontend_unsaved *unsaved, uint32_t unsaved_count, const struct engine_options *options,
                    struct arena *arena, struct engine_result *engine, struct finding_report *report,
                    struct suppress_notes *notes)
{
    start_report(project, rules, arena, report);
    *engine = (struct engine_result){0};
    engine_run(&program->module, &program->calls, program->rules, options, arena, engine);
    add_findings(rules, engine, arena, report);
    for (uint32_t i = 0; i < program->gaps.count; i++)
        VEC_PUSH_IN(arena, &report->gaps, program->gaps.items[i]);
    count_program(&program->module, report);
    finding_report_sort(report);
    apply_suppressions(&program->module, unsaved, unsaved_count, arena, report, notes);
    finding_join_causes(report, arena);
}

void pipeline_link_and_check(const struct project *project, const struct pipeline_units *units,
                             const struct ruleset *rules, const struct frontend_unsaved *unsaved,
                             uint32_t unsaved_count, struct arena *arena, struct finding_report *report)
{
    struct pipeline_program program;
    struct engine_result engine;
    struct suppress_notes notes = {0};
    begin_program(&program, arena);
    for (uint32_t i = 0; i < units->count; i++)
        merge_unit(&program, project, i, &units->items[i]);
    link_merged(&program, rules, arena);
    pipeline_check(project, &program, rules, unsaved, unsaved_count, NULL, arena, &engine, report, &notes);
    pipeline_program_release(&program);
}
