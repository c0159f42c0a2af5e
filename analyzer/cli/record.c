/*
 * record.c - units, functions, calls, summaries, findings and gaps, row by row, in the program's order: one transaction.
 */
#include "cli/record.h"

#include "base/hash.h"
#include "store/store.h"

struct recorder {
    struct store *store;
    const struct project *project;
    const struct pipeline_program *program;
    const struct engine_result *engine;
    const struct cache_unit *cached; /* one a unit of the project */
    const struct store_result *result;
    int64_t *units;     /* module's unit -> row */
    int64_t *functions; /* module's function -> row, 0: none */
    struct mg_error *error;
};

static const char *file_path(const struct ir_module *module, ir_id file)
{
    return file == IR_NONE ? NULL : module->files.items[file].path;
}

/* Where the entry LOC stands for a reader; NULL file when nowhere. */
static const char *place_of(const struct ir_module *module, ir_id loc, uint32_t *line, uint32_t *column)
{
    *line = *column = 0;
    if (loc == IR_NONE)
        return NULL;
    const struct ir_range *at = &module->locs.items[loc].at;
    *line = at->line;
    *column = at->column;
    return file_path(module, at->file);
}

static enum mg_status add_unit(struct recorder *self, uint32_t index, struct strbuf *arguments)
{
    const struct ir_unit *unit = &self->program->module.units.items[index];
    const struct project_unit *source = &self->project->units.items[self->program->sources.items[index]];
    strbuf_clear(arguments);
    for (uint32_t i = 0; i < source->arg_count; i++)
        strbuf_addf(arguments, "%s\n", source->args[i]);
    struct store_unit row = {.path = unit->path,
                             .directory = source->directory,
                             .arguments = arguments->data,
                             .argument_hash = hash_bytes(arguments->data, arguments->length),
                             .error_count = unit->error_count,
                             .statement_count = unit->statement_count,
                             .unknown_count = unit->unknown_count,
                             .first_error = unit->first_error,
                             .extract = self->cached[self->program->sources.items[index]].key};
    return store_add_unit(self->store, &row, &self->units[index], self->error);
}

static enum mg_status add_units(struct recorder *self)
{
    struct strbuf arguments;
    strbuf_init(&arguments);
    enum mg_status status = MG_OK;
    for (uint32_t i = 0; i < self->program->module.units.count && status == MG_OK; i++)
        status = add_unit(self, i, &arguments);
    strbuf_release(&arguments);
    return status;
}

static enum mg_status add_function(struct recorder *self, ir_id index)
{
    const struct ir_module *module = &self->program->module;
    const struct ir_function *function = &module->functions.items[index];
    struct store_function row = {.unit = self->units[function->unit],
                                 .name = function->name,
                                 .key = function->key,
                                 .is_defined = function->is_defined,
                                 .is_external = function->is_external};
    row.file = place_of(module, function->loc, &row.line, &row.column);
    if (self->engine->functions) {
        row.is_relevant = self->engine->functions[index].is_relevant;
        row.ir_hash = self->engine->functions[index].body;
    }
    return store_add_function(self->store, &row, &self->functions[index], self->error);
}

/* Functions with a body, and those without one that nobody defines: what the program's units call from outside. */
static enum mg_status add_functions(struct recorder *self)
{
    const struct ir_module *module = &self->program->module;
    enum mg_status status = MG_OK;
    for (ir_id i = 0; i < module->functions.count && status == MG_OK; i++) {
        const struct ir_function *function = &module->functions.items[i];
        bool is_elsewhere = !function->is_defined && function->definition != IR_NONE;
        if (!function->is_initializer && !is_elsewhere)
            status = add_function(self, i);
    }
    return status;
}

static enum store_call_kind call_kind(enum callgraph_kind kind)
{
    switch (kind) {
    case CALLGRAPH_DIRECT:
        return STORE_CALL_DIRECT;
    case CALLGRAPH_VIRTUAL:
        return STORE_CALL_VIRTUAL;
    case CALLGRAPH_FIELD:
        return STORE_CALL_FIELD;
    case CALLGRAPH_ROUTINE:
        return STORE_CALL_ROUTINE;
    case CALLGRAPH_MACRO:
        return STORE_CALL_MACRO;
    default:
        return STORE_CALL_UNKNOWN;
    }
}

static enum mg_status add_calls(struct recorder *self)
{
    const struct ir_module *module = &self->program->module;
    enum mg_status status = MG_OK;
    for (uint32_t i = 0; i < self->program->calls.edges.count && status == MG_OK; i++) {
        const struct callgraph_edge *edge = &self->program->calls.edges.items[i];
        int64_t caller = self->functions[edge->caller];
        if (!caller || edge->kind == CALLGRAPH_CALLBACK) /* passed on, not called here */
            continue;
        uint32_t line, column;
        const char *file = place_of(module, edge->loc, &line, &column);
        status = store_add_call(self->store, caller, edge->callee == IR_NONE ? 0 : self->functions[edge->callee],
                                edge->name, edge->routine ? edge->routine->name : NULL, call_kind(edge->kind), file,
                                line, column, self->error);
    }
    return status;
}

static enum mg_status add_summaries(struct recorder *self)
{
    enum mg_status status = MG_OK;
    for (ir_id i = 0; self->engine->functions && i < self->program->module.functions.count; i++) {
        const struct engine_function *function = &self->engine->functions[i];
        for (uint32_t j = 0; self->functions[i] && j < function->cases.count && status == MG_OK; j++) {
            const struct engine_case *one = &function->cases.items[j];
            status = store_add_summary_case(self->store, self->functions[i], j, one->result, one->events.items,
                                            one->events.count, self->error);
        }
    }
    return status;
}

static enum mg_status add_report(struct recorder *self, const struct finding_report *report)
{
    enum mg_status status = MG_OK;
    for (uint32_t i = 0; i < report->findings.count && status == MG_OK; i++)
        status = store_add_finding(self->store, &report->findings.items[i], self->error);
    for (uint32_t i = 0; i < report->gaps.count && status == MG_OK; i++)
        status = store_add_gap(self->store, &report->gaps.items[i], self->error);
    return status;
}

static enum mg_status add_all(struct recorder *self, const struct finding_report *report)
{
    enum mg_status status = store_begin_scan(self->store, report->root, report->version, self->error);
    if (status == MG_OK)
        status = add_units(self);
    if (status == MG_OK)
        status = add_functions(self);
    if (status == MG_OK)
        status = add_calls(self);
    if (status == MG_OK)
        status = add_summaries(self);
    if (status == MG_OK)
        status = add_report(self, report);
    if (status == MG_OK)
        status = store_put_result(self->store, self->result, self->error);
    if (status == MG_OK)
        status = store_commit_scan(self->store, self->error);
    return status;
}

enum mg_status record_scan(struct store *store, const struct project *project, const struct pipeline_program *program,
                           const struct engine_result *engine, const struct finding_report *report,
                           const struct cache_unit *units, const struct store_result *result, struct mg_error *error)
{
    struct arena arena;
    arena_init(&arena);
    struct recorder self = {.store = store,
                            .project = project,
                            .program = program,
                            .engine = engine,
                            .cached = units,
                            .result = result,
                            .units = ARENA_NEW_ARRAY(&arena, int64_t, program->module.units.count),
                            .functions = ARENA_NEW_ARRAY(&arena, int64_t, program->module.functions.count),
                            .error = error};
    enum mg_status status = add_all(&self, report);
    arena_release(&arena);
    return status;
}
