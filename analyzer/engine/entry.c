/*
 * entry.c - see entry.h.
 */
#include "engine/entry.h"

#include "engine/release.h"
#include "engine/reuse.h"
#include "engine/solve.h"
#include "engine/summary.h"

/* ---- functions whose address is given away ---- */

struct scan {
    struct engine *engine;
    bool *is_taken;     /* function -> its address is used otherwise than to call it */
    bool *is_registrar; /* function -> it gives addresses of others away */
};

static void scan_operand(struct scan *self, ir_id function, const struct ir_operand *operand)
{
    ir_id target = operand->kind == IR_OPERAND_FUNC
                       ? self->engine->program->functions.items[operand->function].definition
                       : IR_NONE;

    if (target == IR_NONE)
        return;
    self->is_taken[target] = true;
    self->is_registrar[function] = true;
}

static void scan_function(struct scan *self, ir_id id)
{
    const struct ir_function *function = &self->engine->program->functions.items[id];

    for (uint32_t b = 0; b < function->blocks.count; b++) {
        const struct ir_block *block = &function->blocks.items[b];

        for (uint32_t i = 0; i < block->instrs.count; i++) {
            const struct ir_instr *instr = &block->instrs.items[i];

            for (uint32_t a = 0; a < instr->arg_count; a++)
                scan_operand(self, id, &instr->args[a]);
            if (instr->kind == IR_ASSIGN) {
                scan_operand(self, id, &instr->value.a);
                if (ir_expr_arity(instr->value.op) > 1)
                    scan_operand(self, id, &instr->value.b);
            }
        }
        if (ir_term_has_value(block->term.kind))
            scan_operand(self, id, &block->term.value);
    }
}

/* A function that nobody calls and nobody else can is dead. */
static bool is_entry(const struct scan *self, ir_id function)
{
    const struct ir_function *f = &self->engine->program->functions.items[function];

    if (!f->is_defined || f->is_initializer || f->definition != function)
        return false;
    return self->is_taken[function] || (!self->engine->applied[function] && (f->is_external || f->record != IR_NONE));
}

/* ---- what code that is not seen is given ---- */

/* The record that a pointer of TYPE leads to, or that TYPE itself is. */
static ir_id record_of_type(const struct ir_module *program, ir_id type)
{
    while (type != IR_NONE &&
           (program->types.items[type].kind == IR_TYPE_POINTER || program->types.items[type].kind == IR_TYPE_ARRAY))
        type = program->types.items[type].target;
    return type != IR_NONE && program->types.items[type].kind == IR_TYPE_RECORD ? program->types.items[type].record
                                                                                : IR_NONE;
}

/* Is it the system's function that INSTR calls through a member of one of its records, or one with a system header's declaration? */
static bool is_system_call(const struct entries *self, const struct ir_instr *instr)
{
    const struct ir_proj *last;

    if (instr->callee.kind == IR_OPERAND_FUNC)
        return sight_is_foreign_function(&self->engine->sight, self->engine->program, instr->callee.function);
    if (instr->callee.kind != IR_OPERAND_LOAD || instr->callee.place->proj_count == 0)
        return false;
    last = &instr->callee.place->projs[instr->callee.place->proj_count - 1];
    return last->kind == IR_PROJ_FIELD && self->engine->sight.is_foreign_record[last->record];
}

/* Does INSTR call a function of the project's own that is not seen? */
static bool is_stranger(const struct entries *self, const struct ir_instr *instr)
{
    const struct engine *engine = self->engine;
    const struct ir_place *place = instr->callee.place;
    const struct ir_proj *last;
    const ir_id *targets;

    if (instr->kind != IR_CALL || callgraph_routine(engine->program, engine->rules, instr) ||
        is_system_call(self, instr))
        return false;
    if (instr->callee.kind == IR_OPERAND_FUNC)
        return engine->program->functions.items[instr->callee.function].definition == IR_NONE;
    if (instr->callee.kind != IR_OPERAND_LOAD || place->proj_count == 0)
        return false; /* through a variable: found where the function was put into it */
    last = &place->projs[place->proj_count - 1];
    return last->kind == IR_PROJ_FIELD &&
           callgraph_field_targets(engine->calls, last->record, last->field, &targets) == 0;
}

/* Who has a pointer to a record has what it points to and what lies in it. */
static void open_record(struct entries *self, ir_id record)
{
    const struct ir_module *program = self->engine->program;
    VEC(ir_id) waiting = {0};

    if (record != IR_NONE)
        VEC_PUSH(&waiting, record);
    while (waiting.count > 0) {
        ir_id r = waiting.items[--waiting.count];

        if (self->open_records[r] || self->engine->sight.is_foreign_record[r])
            continue;
        self->open_records[r] = true;
        for (uint32_t f = 0; f < program->records.items[r].fields.count; f++) {
            ir_id inner = record_of_type(program, program->records.items[r].fields.items[f].type);

            if (inner != IR_NONE)
                VEC_PUSH(&waiting, inner);
        }
    }
    VEC_RELEASE(&waiting);
}

static void find_strangers(struct entries *self, const struct ir_function *function)
{
    for (uint32_t b = 0; b < function->blocks.count; b++)
        for (uint32_t i = 0; i < function->blocks.items[b].instrs.count; i++) {
            const struct ir_instr *instr = &function->blocks.items[b].instrs.items[i];

            if (!is_stranger(self, instr))
                continue;
            self->is_whole = false;
            for (uint32_t a = 0; a < instr->arg_count; a++)
                open_record(self, record_of_type(self->engine->program, instr->args[a].type));
        }
}

/* ---- what functions release ---- */

static void add_releases(struct entries *self, ir_id function, const struct callgraph_edge *edge)
{
    if (edge->routine) {
        self->releases[function] |= release_of_routine(edge->routine);
        if (!edge->routine->only_tracked)
            self->releases_mdls[function] |= release_of_routine(edge->routine);
    }
    if (edge->callee != IR_NONE) {
        self->releases[function] |= self->releases[edge->callee];
        self->releases_mdls[function] |= self->releases_mdls[edge->callee];
    }
}

/* Callees come first; a second round brings what recursion hides. */
static void find_releases(struct entries *self)
{
    const struct callgraph *calls = self->engine->calls;
    size_t count = (size_t)self->engine->program->functions.count + 1;

    self->releases = ARENA_NEW_ARRAY(self->engine->arena, uint32_t, count);
    self->releases_mdls = ARENA_NEW_ARRAY(self->engine->arena, uint32_t, count);
    for (uint32_t round = 0; round < 2; round++)
        for (uint32_t i = 0; i < calls->order_count; i++)
            for (uint32_t e = calls->first_edge[calls->order[i]]; e < calls->first_edge[calls->order[i] + 1]; e++)
                add_releases(self, calls->order[i], &calls->edges.items[e]);
}

static bool place_has_key(const struct ir_place *place, struct field_key key)
{
    if (place && key.record == IR_NONE && place->base == IR_BASE_GLOBAL && place->id == key.field)
        return true;
    for (uint32_t p = 0; place && p < place->proj_count; p++)
        if (place->projs[p].kind == IR_PROJ_FIELD && place->projs[p].record == key.record &&
            place->projs[p].field == key.field)
            return true;
    return false;
}

/* Does FUNCTION read the field, or take its address? */
static bool reads_field(const struct ir_function *function, struct field_key key)
{
    for (uint32_t b = 0; b < function->blocks.count; b++)
        for (uint32_t i = 0; i < function->blocks.items[b].instrs.count; i++) {
            const struct ir_instr *instr = &function->blocks.items[b].instrs.items[i];
            bool has = instr->kind == IR_ASSIGN && place_has_key(instr->value.a.place, key);

            for (uint32_t a = 0; a < instr->arg_count && !has; a++)
                has = place_has_key(instr->args[a].place, key);
            if (has)
                return true;
        }
    return false;
}

/* RELEASES: what functions may release, entries' table of one kind or the other. */
static bool may_release(const struct entries *self, const uint32_t *releases, ir_id function, struct field_key key,
                        uint32_t class)
{
    return (releases[function] & class) && reads_field(&self->engine->program->functions.items[function], key);
}

bool entry_may_release(struct entries *self, const struct entry *entry, struct field_key key, uint32_t class)
{
    const struct callgraph *calls = self->engine->calls;
    struct arena arena;
    bool *seen, result = false;
    VEC(ir_id) waiting = {0};

    if (!(self->releases_mdls[entry->function] & class))
        return false;
    arena_init(&arena);
    seen = ARENA_NEW_ARRAY(&arena, bool, (size_t)self->engine->program->functions.count + 1);
    VEC_PUSH(&waiting, entry->function);
    while (waiting.count > 0 && !result) {
        ir_id function = waiting.items[--waiting.count];

        if (seen[function])
            continue;
        seen[function] = true;
        result = may_release(self, self->releases_mdls, function, key, class);
        for (uint32_t e = calls->first_edge[function]; e < calls->first_edge[function + 1]; e++)
            if (calls->edges.items[e].callee != IR_NONE && (self->releases_mdls[calls->edges.items[e].callee] & class))
                VEC_PUSH(&waiting, calls->edges.items[e].callee);
    }
    VEC_RELEASE(&waiting);
    arena_release(&arena);
    return result;
}

bool entries_may_release(const struct entries *self, struct field_key key, uint32_t class, ir_id except)
{
    for (ir_id f = 0; f < self->engine->program->functions.count; f++)
        if (f != except && may_release(self, self->releases, f, key, class))
            return true;
    return false;
}

/* ---- the list ---- */

void entries_init(struct entries *self, struct engine *engine)
{
    const struct ir_module *program = engine->program;
    struct scan scan = {engine, ARENA_NEW_ARRAY(engine->arena, bool, (size_t)program->functions.count + 1),
                        ARENA_NEW_ARRAY(engine->arena, bool, (size_t)program->functions.count + 1)};

    *self = (struct entries){.engine = engine, .is_whole = true};
    self->open_records = ARENA_NEW_ARRAY(engine->arena, bool, (size_t)program->records.count + 1);
    find_releases(self);
    for (ir_id f = 0; f < program->functions.count; f++) {
        scan_function(&scan, f);
        find_strangers(self, &program->functions.items[f]);
    }
    for (ir_id f = 0; f < program->functions.count; f++) {
        struct entry entry = {.function = f, .is_known = scan.is_taken[f] || scan.is_registrar[f]};

        if (is_entry(&scan, f))
            VEC_PUSH_IN(engine->arena, &self->list, entry);
    }
}

#define AGAIN_SHARE 6 /* part of a function's budget that may be spent on it once more */

/* What takes more than that here is mostly lists that are walked in memory that nothing forgets, and comes to no end. */
static const struct summary *solve_again(struct engine *engine, ir_id function)
{
    struct function_exits exits = {0};
    const struct summary *summary;
    struct analysis an;
    struct arena arena;

    if (reuse_begin(engine, REUSE_SOLVE_AGAIN, function, &summary)) {
        engine->result->reused_count++;
        return summary;
    }
    engine->result->solved_count++;
    arena_init(&arena);
    analysis_init(&an, engine, function, &arena);
    an.is_silent = true;
    an.is_root = false;
    an.keeps_contexts = true;
    an.steps_left /= AGAIN_SHARE;
    solve_function(&an, &exits);
    summary = summary_build(&an, &exits);
    reuse_end(engine, summary);
    VEC_RELEASE(&exits.list);
    analysis_release(&an);
    arena_release(&arena);
    return summary;
}

/* SUMMARY of FUNCTION does not tell everything. */
static void note_given_up(struct entries *self, ir_id function, const struct summary *summary)
{
    struct entry entry = {.function = function};

    if (summary && summary->is_incomplete && self->engine->relevant[function])
        VEC_PUSH_IN(self->engine->arena, &self->given_up, entry);
}

const struct summary *entries_summarize(struct entries *self, struct entry *entry)
{
    const struct summary *first = self->engine->summaries[entry->function];

    if (entry->summary || !first || !self->engine->relevant[entry->function] || first->is_incomplete)
        return entry->summary;
    entry->summary = solve_again(self->engine, entry->function);
    note_given_up(self, entry->function, entry->summary);
    return entry->summary;
}

void entries_find_leaving(struct entries *self)
{
    for (ir_id f = 0; f < self->engine->program->functions.count; f++)
        note_given_up(self, f, self->engine->summaries[f]);
    for (uint32_t i = 0; i < self->list.count; i++)
        if (self->engine->leaves[self->list.items[i].function])
            entries_summarize(self, &self->list.items[i]);
}

/* ---- what an entry touches ---- */

static void name_record(struct entries *self, uint64_t *records, const struct ir_place *place)
{
    for (uint32_t p = 0; place && p < place->proj_count; p++)
        if (place->projs[p].kind == IR_PROJ_FIELD && !self->engine->sight.is_foreign_record[place->projs[p].record])
            records[place->projs[p].record / 64] |= UINT64_C(1) << place->projs[p].record % 64;
}

static void name_records(struct entries *self, uint64_t *records, const struct ir_function *function)
{
    for (uint32_t b = 0; b < function->blocks.count; b++)
        for (uint32_t i = 0; i < function->blocks.items[b].instrs.count; i++) {
            const struct ir_instr *instr = &function->blocks.items[b].instrs.items[i];

            name_record(self, records, instr->dst);
            name_record(self, records, instr->value.a.place);
            name_record(self, records, instr->value.b.place);
            for (uint32_t a = 0; a < instr->arg_count; a++)
                name_record(self, records, instr->args[a].place);
        }
}

static void find_records(struct entries *self, struct entry *entry)
{
    const struct callgraph *calls = self->engine->calls;
    bool *seen = ARENA_NEW_ARRAY(self->engine->arena, bool, (size_t)self->engine->program->functions.count + 1);
    VEC(ir_id) waiting = {0};

    entry->records =
        ARENA_NEW_ARRAY(self->engine->arena, uint64_t, (size_t)self->engine->program->records.count / 64 + 1);
    VEC_PUSH(&waiting, entry->function);
    while (waiting.count > 0) {
        ir_id function = waiting.items[--waiting.count];

        if (seen[function])
            continue;
        seen[function] = true;
        name_records(self, entry->records, &self->engine->program->functions.items[function]);
        for (uint32_t e = calls->first_edge[function]; e < calls->first_edge[function + 1]; e++)
            if (calls->edges.items[e].callee != IR_NONE && !seen[calls->edges.items[e].callee])
                VEC_PUSH(&waiting, calls->edges.items[e].callee);
    }
    VEC_RELEASE(&waiting);
}

bool entry_names_record(struct entries *self, struct entry *entry, ir_id record)
{
    if (!entry->records)
        find_records(self, entry);
    return (entry->records[record / 64] >> record % 64) & 1;
}

bool entries_gave_up(struct entries *self, ir_id record)
{
    for (uint32_t i = 0; i < self->given_up.count; i++)
        if (entry_names_record(self, &self->given_up.items[i], record))
            return true;
    return false;
}
