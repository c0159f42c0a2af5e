/*
 * record.c - units, functions, calls, summaries, findings and gaps, row by row, in the program's order: one transaction.
 *
 * The rows of each unit and finding are gone through twice: once for their hash, and, where the store has others, to write them.
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
    const struct finding_report *report;
    int64_t *units;         /* module's unit -> row */
    int64_t *functions;     /* module's function -> row, 0: none */
    ir_id *order;           /* the functions that have rows, unit by unit */
    uint32_t *first;        /* module's unit -> its first one in `order`; one more entry than units */
    struct strbuf arguments;
    struct arena *arena;
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

/* ---- ids ---- */

/* Functions with a body, and those without one that nobody defines: what the program's units call from outside. */
static bool has_row(const struct ir_function *function)
{
    bool is_elsewhere = !function->is_defined && function->definition != IR_NONE;
    return !function->is_initializer && !is_elsewhere;
}

static enum mg_status number_functions(struct recorder *self)
{
    const struct ir_module *module = &self->program->module;
    for (ir_id i = 0; i < module->functions.count; i++)
        if (has_row(&module->functions.items[i]))
            self->first[module->functions.items[i].unit + 1]++;
    for (ir_id u = 0; u < module->units.count; u++)
        self->first[u + 1] += self->first[u];
    uint32_t *next = ARENA_NEW_ARRAY(self->arena, uint32_t, module->units.count + 1);
    for (ir_id i = 0; i < module->functions.count; i++) {
        ir_id unit = module->functions.items[i].unit;
        if (!has_row(&module->functions.items[i]))
            continue;
        self->order[self->first[unit] + next[unit]] = i;
        self->functions[i] = store_function_id(self->units[unit], ++next[unit]);
        if (!self->functions[i])
            return mg_fail(self->error, MG_IO, module->units.items[unit].path, 0, 0,
                           "the store cannot hold so many functions of one unit");
    }
    return MG_OK;
}

static enum mg_status give_ids(struct recorder *self)
{
    for (uint32_t i = 0; i < self->program->module.units.count; i++)
        self->units[i] = store_unit_id(self->store, self->cached[self->program->sources.items[i]].key);
    return number_functions(self);
}

/* ---- a unit ---- */

static enum mg_status add_unit(struct recorder *self, uint32_t index)
{
    const struct ir_unit *unit = &self->program->module.units.items[index];
    const struct project_unit *source = &self->project->units.items[self->program->sources.items[index]];
    struct strbuf *arguments = &self->arguments;
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
    return store_add_unit(self->store, &row, NULL, self->error);
}

static enum mg_status add_function(struct recorder *self, ir_id index)
{
    const struct ir_module *module = &self->program->module;
    const struct ir_function *function = &module->functions.items[index];
    struct store_function row = {.id = self->functions[index],
                                 .unit = self->units[function->unit],
                                 .name = function->name,
                                 .key = function->key,
                                 .is_defined = function->is_defined,
                                 .is_external = function->is_external};
    row.file = place_of(module, function->loc, &row.line, &row.column);
    if (self->engine->functions) {
        row.is_relevant = self->engine->functions[index].is_relevant;
        row.ir_hash = self->engine->functions[index].body;
    }
    return store_add_function(self->store, &row, NULL, self->error);
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

static enum mg_status add_call(struct recorder *self, const struct callgraph_edge *edge)
{
    if (edge->kind == CALLGRAPH_CALLBACK) /* passed on, not called here */
        return MG_OK;
    uint32_t line, column;
    const char *file = place_of(&self->program->module, edge->loc, &line, &column);
    return store_add_call(self->store, self->functions[edge->caller],
                          edge->callee == IR_NONE ? 0 : self->functions[edge->callee], edge->name,
                          edge->routine ? edge->routine->name : NULL, call_kind(edge->kind), file, line, column,
                          self->error);
}

static enum mg_status add_calls(struct recorder *self, ir_id function)
{
    const struct callgraph *calls = &self->program->calls;
    enum mg_status status = MG_OK;
    for (uint32_t e = calls->first_edge[function]; e < calls->first_edge[function + 1] && status == MG_OK; e++)
        status = add_call(self, &calls->edges.items[e]);
    return status;
}

static enum mg_status add_summary(struct recorder *self, ir_id index)
{
    const struct engine_function *function = self->engine->functions ? &self->engine->functions[index] : NULL;
    enum mg_status status = MG_OK;
    for (uint32_t j = 0; function && j < function->cases.count && status == MG_OK; j++) {
        const struct engine_case *one = &function->cases.items[j];
        status = store_add_summary_case(self->store, self->functions[index], j, one->result, one->events.items,
                                        one->events.count, self->error);
    }
    return status;
}

/* The unit with all that is in it. */
static enum mg_status add_whole_unit(struct recorder *self, uint32_t unit)
{
    enum mg_status status = add_unit(self, unit);
    for (uint32_t i = self->first[unit]; i < self->first[unit + 1] && status == MG_OK; i++)
        status = add_function(self, self->order[i]);
    for (uint32_t i = self->first[unit]; i < self->first[unit + 1] && status == MG_OK; i++)
        status = add_calls(self, self->order[i]);
    for (uint32_t i = self->first[unit]; i < self->first[unit + 1] && status == MG_OK; i++)
        status = add_summary(self, self->order[i]);
    return status;
}

/* ---- the whole ---- */

/* Parts are the units and then the findings, whose ids count them. */
static enum mg_status add_part(struct recorder *self, uint32_t part)
{
    uint32_t units = self->program->module.units.count;
    return part < units ? add_whole_unit(self, part)
                        : store_add_finding(self->store, &self->report->findings.items[part - units], self->error);
}

static enum mg_status measure(struct recorder *self, struct store_part *parts, uint32_t count)
{
    uint32_t units = self->program->module.units.count;
    enum mg_status status = MG_OK;
    for (uint32_t i = 0; i < count && status == MG_OK; i++) {
        parts[i].kind = i < units ? STORE_UNIT : STORE_FINDING;
        parts[i].id = i < units ? self->units[i] : (int64_t)(i - units) + 1;
        store_measure(self->store, parts[i].id);
        status = add_part(self, i);
        parts[i].hash = store_measured(self->store);
    }
    return status;
}

static enum mg_status add_parts(struct recorder *self)
{
    uint32_t count = self->program->module.units.count + self->report->findings.count;
    struct store_part *parts = ARENA_NEW_ARRAY(self->arena, struct store_part, count + 1);
    enum mg_status status = give_ids(self);
    if (status == MG_OK)
        status = measure(self, parts, count);
    if (status == MG_OK)
        status = store_replace_parts(self->store, parts, count, self->error);
    for (uint32_t i = 0; i < count && status == MG_OK; i++) {
        store_write(self->store, &parts[i]);
        if (!parts[i].is_kept)
            status = add_part(self, i);
    }
    for (uint32_t i = 0; i < self->report->gaps.count && status == MG_OK; i++)
        status = store_add_gap(self->store, &self->report->gaps.items[i], self->error);
    return status;
}

static enum mg_status add_all(struct recorder *self)
{
    enum mg_status status = store_begin_scan(self->store, self->report->root, self->report->version, self->error);
    if (status == MG_OK)
        status = add_parts(self);
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
                            .report = report,
                            .result = result,
                            .units = ARENA_NEW_ARRAY(&arena, int64_t, program->module.units.count),
                            .functions = ARENA_NEW_ARRAY(&arena, int64_t, program->module.functions.count),
                            .order = ARENA_NEW_ARRAY(&arena, ir_id, program->module.functions.count),
                            .first = ARENA_NEW_ARRAY(&arena, uint32_t, program->module.units.count + 1),
                            .arena = &arena,
                            .error = error};
    strbuf_init(&self.arguments);
    enum mg_status status = add_all(&self);
    strbuf_release(&self.arguments);
    arena_release(&arena);
    return status;
}
