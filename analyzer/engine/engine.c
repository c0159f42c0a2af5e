/*
 * engine.c - the run over a whole program: which functions matter, in which order, with what budget.
 *
 * Only functions that call a rule's routine, or a function whose summary shows events, and small ones that are called, are solved; the rest are taken
 * by their callers as code that may write and keep what it is given. Components of the call graph are solved callees first; a recursive one twice: the first
 * round, silent, treats calls into the component as such code, the second uses the first's summaries.
 */
#include "engine/engine.h"

#include <string.h>
#include <time.h>

#include "base/hash.h"
#include "base/wordmap.h"
#include "engine/between.h"
#include "engine/engine_int.h"
#include "engine/fault.h"
#include "engine/handles.h"
#include "engine/links.h"
#include "engine/may_write.h"
#include "engine/members.h"
#include "engine/protocol.h"
#include "engine/report.h"
#include "engine/reuse.h"
#include "engine/solve.h"
#include "engine/summary.h"

#define DISJUNCT_CAP 32
#define STEP_BUDGET 600000
#define HELPER_INSTRUCTIONS_MAX 120 /* functions without rule routines below them are solved up to this size */

/* ---- relevance ---- */

/* Functions passed to code that is seen may be called by it. */
static void find_passed(struct engine *engine, const struct ir_block *block)
{
    const struct ir_module *program = engine->program;

    for (uint32_t i = 0; i < block->instrs.count; i++) {
        const struct ir_instr *instr = &block->instrs.items[i];
        bool is_seen = instr->kind == IR_CALL && (instr->callee.kind != IR_OPERAND_FUNC ||
                                                  program->functions.items[instr->callee.function].definition != IR_NONE);

        for (uint32_t a = 0; is_seen && a < instr->arg_count; a++)
            if (instr->args[a].kind == IR_OPERAND_FUNC && program->functions.items[instr->args[a].function].definition != IR_NONE)
                engine->applied[program->functions.items[instr->args[a].function].definition] = true;
    }
}

/* Which functions some caller applies, rather than only registers. */
static void find_applied(struct engine *engine)
{
    const struct callgraph *calls = engine->calls;

    for (uint32_t e = 0; e < calls->edges.count; e++)
        if (calls->edges.items[e].callee != IR_NONE && calls->edges.items[e].kind != CALLGRAPH_CALLBACK)
            engine->applied[calls->edges.items[e].callee] = true;
    for (ir_id f = 0; f < engine->program->functions.count; f++)
        for (uint32_t b = 0; b < engine->program->functions.items[f].blocks.count; b++)
            find_passed(engine, &engine->program->functions.items[f].blocks.items[b]);
}

/* What a function has to do with objects and mappings. */
enum concern {
    CONCERN_NONE,
    CONCERN_BY_CHANCE, /* it frees or hands on memory, which may be an object or hold one */
    CONCERN_OBJECTS
};

static enum concern concern_of_call(const struct engine *engine, const struct callgraph_edge *edge)
{
    const struct summary *callee;

    if (edge->routine && protocol_is_relevant(edge->routine))
        return edge->routine->only_tracked ? CONCERN_BY_CHANCE : CONCERN_OBJECTS;
    if (edge->callee == IR_NONE || (edge->kind == CALLGRAPH_CALLBACK && !engine->applied[edge->callee]))
        return CONCERN_NONE;
    callee = engine->summaries[edge->callee];
    if (!callee || !callee->has_events)
        return CONCERN_NONE;
    return callee->has_effects ? CONCERN_OBJECTS : CONCERN_BY_CHANCE;
}

/* Callees are solved by now, but for those of its own component. */
static enum concern concern_of(const struct engine *engine, ir_id function)
{
    const struct callgraph *calls = engine->calls;
    enum concern most = CONCERN_NONE;

    for (uint32_t e = calls->first_edge[function]; e < calls->first_edge[function + 1] && most < CONCERN_OBJECTS; e++) {
        enum concern concern = concern_of_call(engine, &calls->edges.items[e]);

        most = concern > most ? concern : most;
    }
    return most;
}

/* More instructions than a helper has; ends of blocks count, too. */
static bool is_long(const struct engine *engine, ir_id id)
{
    const struct ir_function *function = &engine->program->functions.items[id];

    return ir_function_size(function) + function->blocks.count > HELPER_INSTRUCTIONS_MAX;
}

/* Small functions without events of their own are solved too: callers test the flags and fields that they write. */
static bool is_needed(const struct engine *engine, ir_id function)
{
    return engine->relevant[function] || (engine->applied[function] && !is_long(engine, function));
}

/* ---- records ---- */

bool engine_record_is_system(const struct engine *engine, ir_id record)
{
    return engine->system_records[record];
}

bool engine_record_is_object(const struct engine *engine, ir_id record)
{
    return engine->object_records[record];
}

static void find_object_records(struct engine *engine)
{
    const struct ir_module *program = engine->program;

    for (ir_id r = 0; r < program->records.count; r++)
        engine->object_records[r] = ruleset_is_object(engine->rules, program->records.items[r].name);
}

/* A record's key begins with the path of the file that declares it. */
static void find_system_records(struct engine *engine)
{
    const struct ir_module *program = engine->program;
    struct word_map system_files = {0}; /* by the hash of the path */
    uint32_t ignored;

    for (uint32_t f = 0; f < program->files.count; f++)
        if (program->files.items[f].is_system)
            (void)word_map_add(&system_files, hash_string(program->files.items[f].path), f);
    for (ir_id r = 0; r < program->records.count; r++) {
        const char *key = program->records.items[r].key, *mark = strchr(key, '#');

        engine->system_records[r] = mark && word_map_get(&system_files, hash_bytes(key, (size_t)(mark - key)), &ignored);
    }
    word_map_release(&system_files);
}

/* ---- what the system lends to the functions that it calls ---- */

static void find_lent_through(struct engine *engine, uint32_t lend, ir_id record, ir_id field)
{
    const ir_id *functions = NULL;
    uint32_t count = callgraph_field_targets(engine->calls, record, field, &functions);

    for (uint32_t f = 0; f < count; f++)
        engine->lent[functions[f]] |= UINT64_C(1) << lend;
}

static void find_lent(struct engine *engine)
{
    const struct ir_module *program = engine->program;

    for (uint32_t l = 0; l < engine->rules->lends.count && l < 64; l++)
        for (ir_id r = 0; r < program->records.count; r++)
            for (ir_id f = 0; f < program->records.items[r].fields.count; f++)
                if (program->records.items[r].fields.items[f].name && program->records.items[r].name &&
                    ruleset_lends(&engine->rules->lends.items[l], program->records.items[r].name,
                                  program->records.items[r].fields.items[f].name))
                    find_lent_through(engine, l, r, f);
}

/* ---- one function ---- */

void analysis_init(struct analysis *an, struct engine *engine, ir_id function, struct arena *arena)
{
    *an = (struct analysis){.engine = engine, .program = engine->program, .calls = engine->calls, .rules = engine->rules,
                            .function_id = function, .handler = IR_NONE, .next_block = IR_NONE,
                            .function = &engine->program->functions.items[function], .is_root = !engine->applied[function],
                            .steps_left = engine->options.step_budget, .arena = arena};
    values_init(&an->values, arena, engine->program);
    an->values.links = engine->links.items;
    an->values.link_count = engine->links.count;
    an->values.handles = engine->handles;
    an->values.members = engine->members;
    arena_init_uncleared(&an->nodes);
    facts_init(&an->facts, arena, &an->nodes, &an->values);
    an->unknown = value_named(&an->values, IR_NONE, VALUE_NUMBER_UNKNOWN);
}

void analysis_release(struct analysis *an)
{
    arena_release(&an->nodes);
}

static uint64_t processor_time_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

void engine_note_cost(struct engine_function *function, uint32_t steps, size_t memory)
{
    if (steps > function->steps)
        function->steps = steps;
    if (memory > function->memory)
        function->memory = memory;
}

static void note_cost(struct engine_function *function, const struct analysis *an, uint64_t start)
{
    uint32_t steps = an->engine->options.step_budget - an->steps_left;

    function->time_us += processor_time_us() - start;
    engine_note_cost(function, steps, analysis_memory(an));
    reuse_note_cost(an->engine, steps, analysis_memory(an));
}

static const char *why_given_up(const struct analysis *an)
{
    if (!an->is_over_budget)
        return "too many different states on its paths";
    return analysis_memory(an) > ANALYSIS_BYTES_MAX ? "it takes more memory than its budget" : "it takes more steps than its budget";
}

static void solve_one(struct engine *engine, ir_id function, bool is_silent)
{
    uint64_t start = processor_time_us();
    struct function_exits exits = {0};
    struct analysis an;
    struct arena arena;

    arena_init(&arena);
    analysis_init(&an, engine, function, &arena);
    an.is_silent = is_silent;
    solve_function(&an, &exits);
    engine->summaries[function] = summary_build(&an, &exits);
    engine->leaves[function] = an.may_leave;
    if (!is_silent && (an.is_over_budget || an.has_dropped)) {
        engine->result->functions[function].is_given_up = true;
        if (engine->relevant[function])
            report_given_up(&an, why_given_up(&an));
    }
    VEC_RELEASE(&exits.list);
    note_cost(&engine->result->functions[function], &an, start);
    analysis_release(&an);
    arena_release(&arena);
}

static void note_concern(struct engine *engine, ir_id function, enum concern concern)
{
    engine->relevant[function] |= concern != CONCERN_NONE;
    engine->coarse[function] = concern == CONCERN_BY_CHANCE && is_long(engine, function);
}

static bool is_recursive(const struct callgraph *calls, uint32_t first, uint32_t last)
{
    ir_id function = calls->order[first];

    if (last - first > 1)
        return true;
    for (uint32_t e = calls->first_edge[function]; e < calls->first_edge[function + 1]; e++)
        if (calls->edges.items[e].callee == function)
            return true;
    return false;
}

static void solve_in_round(struct engine *engine, ir_id function, bool is_last)
{
    struct engine_result *result = engine->result;

    if (!reuse_begin(engine, is_last ? REUSE_SOLVE : REUSE_SOLVE_FIRST, function, NULL)) {
        result->functions[function].is_solved = true;
        solve_one(engine, function, !is_last);
        reuse_end(engine, NULL);
    }
    if (is_last && result->functions[function].is_solved)
        result->solved_count++;
    else if (is_last)
        result->reused_count++;
}

static void solve_component(struct engine *engine, uint32_t component)
{
    const struct callgraph *calls = engine->calls;
    uint32_t first = calls->first_of_component[component], last = calls->first_of_component[component + 1];
    uint32_t rounds = is_recursive(calls, first, last) ? 2 : 1;
    enum concern most = CONCERN_NONE;

    may_write_find(engine, component, rounds > 1);
    for (uint32_t i = first; i < last; i++) {
        enum concern concern = concern_of(engine, calls->order[i]);

        most = concern > most ? concern : most;
        fault_find_raising(engine, calls->order[i]);
    }
    for (uint32_t i = first; i < last; i++)
        note_concern(engine, calls->order[i], most);
    for (uint32_t round = 1; round <= rounds; round++)
        for (uint32_t i = first; i < last; i++)
            if (is_needed(engine, calls->order[i]))
                solve_in_round(engine, calls->order[i], round == rounds);
}

/* ---- the run ---- */

static void engine_init(struct engine *engine, const struct ir_module *program, const struct callgraph *calls,
                        const struct ruleset *rules, const struct engine_options *options, struct arena *arena,
                        struct engine_result *out)
{
    size_t count = (size_t)program->functions.count + 1;

    memset(engine, 0, sizeof(*engine));
    memset(out, 0, sizeof(*out));
    engine->program = program;
    engine->calls = calls;
    engine->rules = rules;
    if (options)
        engine->options = *options;
    if (engine->options.disjunct_cap == 0)
        engine->options.disjunct_cap = DISJUNCT_CAP;
    if (engine->options.step_budget == 0)
        engine->options.step_budget = STEP_BUDGET;
    engine->arena = arena;
    arena_init(&engine->scratch);
    engine->blocks = ARENA_NEW(arena, struct block_set);
    engine->result = out;
    engine->dump_function = IR_NONE;
    engine->summaries = ARENA_NEW_ARRAY(arena, const struct summary *, count);
    engine->may_write = ARENA_NEW_ARRAY(arena, struct may_write *, count);
    engine->relevant = ARENA_NEW_ARRAY(arena, bool, count);
    engine->coarse = ARENA_NEW_ARRAY(arena, bool, count);
    engine->applied = ARENA_NEW_ARRAY(arena, bool, count);
    engine->guarded = ARENA_NEW_ARRAY(arena, bool, count);
    engine->exposed = ARENA_NEW_ARRAY(arena, bool, count);
    engine->leaves = ARENA_NEW_ARRAY(arena, bool, count);
    engine->raises = ARENA_NEW_ARRAY(arena, bool, count);
    engine->lent = ARENA_NEW_ARRAY(arena, uint64_t, count);
    engine->system_records = ARENA_NEW_ARRAY(arena, bool, (size_t)program->records.count + 1);
    engine->object_records = ARENA_NEW_ARRAY(arena, bool, (size_t)program->records.count + 1);
    out->functions = ARENA_NEW_ARRAY(arena, struct engine_function, count);
    sight_init(&engine->sight, program, arena);
    find_system_records(engine);
    find_object_records(engine);
    find_applied(engine);
    find_lent(engine);
    links_find(engine);
    engine->handles = handles_find(engine);
    engine->members = members_find(engine);
    fault_find_guarded(engine);
    fault_find_exposed(engine);
    if (engine->options.memory)
        engine->reuse = reuse_new(engine, engine->options.memory);
}

static void engine_release(struct engine *engine)
{
    reuse_release(engine->reuse);
    handles_release(engine->handles);
    members_release(engine->members);
    block_set_release(engine->blocks);
    arena_release(&engine->scratch);
}

static void engine_solve(struct engine *engine)
{
    const struct engine_options *options = &engine->options;

    for (uint32_t c = 0; c < engine->calls->component_count; c++) {
        solve_component(engine, c);
        if (options->progress)
            options->progress(options->progress_context, engine->calls->first_of_component[c + 1], engine->program->functions.count,
                              engine->result);
    }
}

void engine_run(const struct ir_module *program, const struct callgraph *calls, const struct ruleset *rules,
                const struct engine_options *options, struct arena *arena, struct engine_result *out)
{
    uint64_t start = processor_time_us();
    struct engine engine;

    engine_init(&engine, program, calls, rules, options, arena, out);
    engine_solve(&engine);
    between_check(&engine);
    for (ir_id f = 0; f < program->functions.count; f++) {
        struct engine_function *function = &out->functions[f];

        function->is_relevant = engine.relevant[f];
        function->body = engine.reuse ? reuse_body(engine.reuse, f) : 0;
        out->relevant_count += function->is_relevant;
        out->given_up_count += function->is_relevant && function->is_given_up;
        if (engine.summaries[f] && function->is_relevant && !engine.reuse) /* else it was done where the function was solved */
            summary_describe(&engine, engine.summaries[f], function);
    }
    engine_release(&engine);
    out->time_us = processor_time_us() - start;
}

void engine_dump_states(const struct ir_module *program, const struct callgraph *calls, const struct ruleset *rules,
                        ir_id function, struct strbuf *out)
{
    struct engine_result result;
    struct engine engine;
    struct arena arena;

    arena_init(&arena);
    engine_init(&engine, program, calls, rules, NULL, &arena, &result);
    engine.relevant[function] = true;
    engine.state_dump = out;
    engine.dump_function = function;
    engine_solve(&engine);
    engine_release(&engine);
    arena_release(&arena);
}

void engine_dump_summaries(const struct ir_module *program, const struct callgraph *calls, const struct ruleset *rules,
                           const bool *wanted, struct strbuf *out)
{
    struct engine_result result;
    struct engine engine;
    struct arena arena;

    arena_init(&arena);
    engine_init(&engine, program, calls, rules, NULL, &arena, &result);
    for (ir_id f = 0; f < program->functions.count; f++)
        engine.relevant[f] |= wanted[f];
    engine_solve(&engine);
    for (ir_id f = 0; f < program->functions.count; f++)
        if (wanted[f] && engine.summaries[f])
            summary_print(&engine, engine.summaries[f], out);
    engine_release(&engine);
    arena_release(&arena);
}
