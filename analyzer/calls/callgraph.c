/*
 * callgraph.c - edges of the whole program's call graph. See callgraph.h; components are in components.c.
 */
#include "calls/callgraph.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "calls/components.h"
#include "calls/overrides.h"

/* Functions whose address was stored in one member of one record: a list in an open-addressed table. */
struct field_entry {
    ir_id record, field;
    bool is_used;
    VEC(ir_id) functions;
    VEC(struct callgraph_store) stores;
};

struct callgraph_fields {
    struct field_entry *slots;
    uint32_t capacity, count;
};

static struct field_entry *fields_slot(const struct callgraph_fields *self, ir_id record, ir_id field)
{
    uint32_t i = (uint32_t)hash_mix(record, field) & (self->capacity - 1);

    while (self->slots[i].is_used && (self->slots[i].record != record || self->slots[i].field != field))
        i = (i + 1) & (self->capacity - 1);
    return &self->slots[i];
}

static void fields_grow(struct callgraph_fields *self, struct arena *arena)
{
    struct callgraph_fields old = *self;

    self->capacity = old.capacity ? old.capacity * 2 : 64;
    self->slots = ARENA_NEW_ARRAY(arena, struct field_entry, self->capacity);
    for (uint32_t i = 0; i < old.capacity; i++)
        if (old.slots[i].is_used)
            *fields_slot(self, old.slots[i].record, old.slots[i].field) = old.slots[i];
}

static void entry_add(struct field_entry *entry, struct arena *arena, ir_id function, uint64_t origin)
{
    struct callgraph_store store = {function, origin};
    bool is_known = false;

    for (uint32_t i = 0; i < entry->stores.count; i++) {
        is_known |= entry->stores.items[i].function == function;
        if (entry->stores.items[i].function == function && entry->stores.items[i].origin == origin)
            return;
    }
    VEC_PUSH_IN(arena, &entry->stores, store);
    if (!is_known)
        VEC_PUSH_IN(arena, &entry->functions, function);
}

static void fields_add(struct callgraph_fields *self, struct arena *arena, ir_id record, ir_id field, ir_id function, uint64_t origin)
{
    struct field_entry *entry;

    if ((self->count + 1) * 2 > self->capacity)
        fields_grow(self, arena);
    entry = fields_slot(self, record, field);
    if (!entry->is_used) {
        entry->is_used = true;
        entry->record = record;
        entry->field = field;
        self->count++;
    }
    entry_add(entry, arena, function, origin);
}

static const struct field_entry *fields_find(const struct callgraph_fields *self, ir_id record, ir_id field)
{
    const struct field_entry *entry = self->capacity ? fields_slot(self, record, field) : NULL;

    return entry && entry->is_used ? entry : NULL;
}

uint32_t callgraph_field_targets(const struct callgraph *self, ir_id record, ir_id field, const ir_id **out)
{
    const struct field_entry *entry = fields_find(self->fields, record, field);

    *out = entry ? entry->functions.items : NULL;
    return entry ? entry->functions.count : 0;
}

uint32_t callgraph_field_stores(const struct callgraph *self, ir_id record, ir_id field, const struct callgraph_store **out)
{
    const struct field_entry *entry = fields_find(self->fields, record, field);

    *out = entry ? entry->stores.items : NULL;
    return entry ? entry->stores.count : 0;
}

ir_id callgraph_origin_target(const struct callgraph *self, ir_id record, ir_id field, uint64_t origin)
{
    const struct callgraph_store *stores;
    uint32_t count = callgraph_field_stores(self, record, field, &stores);
    ir_id target = IR_NONE;

    for (uint32_t i = 0; i < count; i++) {
        if (stores[i].origin != origin)
            continue;
        if (target != IR_NONE)
            return IR_NONE;
        target = stores[i].function;
    }
    return target;
}

/* The last projection of PLACE that selects a member, looking through array elements; NULL when there is none. */
static const struct ir_proj *place_member(const struct ir_place *place)
{
    for (uint32_t i = place->proj_count; i > 0; i--) {
        const struct ir_proj *proj = &place->projs[i - 1];
        if (proj->kind == IR_PROJ_FIELD)
            return proj;
        if (proj->kind != IR_PROJ_INDEX)
            return NULL;
    }
    return NULL;
}

static void collect_stores(struct callgraph *self, const struct ir_module *program, ir_id id)
{
    const struct ir_function *function = &program->functions.items[id];

    for (uint32_t b = 0; b < function->blocks.count; b++) {
        const struct ir_block *block = &function->blocks.items[b];

        for (uint32_t i = 0; i < block->instrs.count; i++) {
            const struct ir_instr *instr = &block->instrs.items[i];
            const struct ir_proj *member;
            ir_id target;

            if (instr->kind != IR_ASSIGN || instr->value.a.kind != IR_OPERAND_FUNC)
                continue;
            member = place_member(instr->dst);
            target = program->functions.items[instr->value.a.function].definition;
            if (member && target != IR_NONE)
                fields_add(self->fields, self->arena, member->record, member->field, target,
                           instr->dst->base == IR_BASE_GLOBAL ? callgraph_origin_global(instr->dst->id) : callgraph_origin_filler(id));
        }
    }
}

static const char *record_name(const struct ir_module *program, ir_id record)
{
    return record == IR_NONE ? "" : program->records.items[record].name;
}

/* A call through a member or a pointer: the pack may know the record's field or the pointer's typedef. */
static const struct ruleset_routine *routine_through_pointer(const struct ir_module *program, const struct ruleset *rules,
                                                             const struct ir_place *place)
{
    const struct ir_proj *member = place_member(place);
    const struct ruleset_routine *routine = NULL;
    const char *type_name = program->types.items[place->type].name;

    if (member)
        routine = ruleset_find_field(rules, record_name(program, member->record),
                                     program->records.items[member->record].fields.items[member->field].name);
    if (!routine && type_name)
        routine = ruleset_find_type(rules, type_name);
    return routine;
}

const struct ruleset_routine *callgraph_routine(const struct ir_module *program, const struct ruleset *rules,
                                                const struct ir_instr *instr)
{
    if (instr->callee.kind == IR_OPERAND_FUNC) {
        const char *name = program->functions.items[instr->callee.function].name;
        const char *macro = program->locs.items[instr->loc].macro;
        const struct ruleset_routine *routine = macro ? ruleset_find_macro(rules, macro, name) : NULL;

        return routine ? routine : ruleset_find_function(rules, name);
    }
    if (instr->callee.kind == IR_OPERAND_LOAD)
        return routine_through_pointer(program, rules, instr->callee.place);
    return NULL;
}

static void add_edge(struct callgraph *self, ir_id caller, ir_id callee, ir_id loc, enum callgraph_kind kind,
                     const struct ruleset_routine *routine, const char *name)
{
    struct callgraph_edge edge = {.caller = caller, .callee = callee, .loc = loc, .kind = kind, .routine = routine, .name = name};

    VEC_PUSH(&self->edges, edge);
    if (callee != IR_NONE && callee != caller)
        self->is_called[callee] = true;
}

static void add_pointer_call(struct callgraph *self, const struct ir_module *program, ir_id caller,
                             const struct ir_instr *instr)
{
    const struct ir_proj *member = place_member(instr->callee.place);
    const ir_id *targets = NULL;
    uint32_t count = 0;
    const char *name = "(pointer)";

    if (member) {
        count = callgraph_field_targets(self, member->record, member->field, &targets);
        name = program->records.items[member->record].fields.items[member->field].name;
    }
    for (uint32_t i = 0; i < count; i++)
        add_edge(self, caller, targets[i], instr->loc, CALLGRAPH_FIELD, NULL, name);
    if (count == 0)
        add_edge(self, caller, IR_NONE, instr->loc, CALLGRAPH_UNKNOWN, NULL, name);
}

uint32_t callgraph_method_targets(const struct callgraph *self, ir_id method, const ir_id **out)
{
    return overrides_get(self->overrides, method, out);
}

static void add_dispatched_call(struct callgraph *self, const struct ir_module *program, ir_id caller,
                                const struct ir_instr *instr)
{
    const char *name = program->functions.items[instr->callee.function].name;
    const ir_id *targets = NULL;
    uint32_t count = overrides_find(self->overrides, program, instr->callee.function, &targets);

    for (uint32_t i = 0; i < count; i++)
        add_edge(self, caller, targets[i], instr->loc, CALLGRAPH_VIRTUAL, NULL, name);
    if (count == 0)
        add_edge(self, caller, IR_NONE, instr->loc, CALLGRAPH_UNKNOWN, NULL, name);
}

static void add_call(struct callgraph *self, const struct ir_module *program, const struct ruleset *rules, ir_id caller,
                     const struct ir_instr *instr)
{
    const struct ruleset_routine *routine = callgraph_routine(program, rules, instr);

    if (routine) {
        add_edge(self, caller, IR_NONE, instr->loc, CALLGRAPH_ROUTINE, routine, routine->name);
    } else if (instr->is_dispatched) {
        add_dispatched_call(self, program, caller, instr);
    } else if (instr->callee.kind == IR_OPERAND_FUNC) {
        const struct ir_function *callee = &program->functions.items[instr->callee.function];
        enum callgraph_kind kind = callee->definition == IR_NONE ? CALLGRAPH_UNKNOWN : CALLGRAPH_DIRECT;

        add_edge(self, caller, callee->definition, instr->loc, kind, NULL, callee->name);
    } else if (instr->callee.kind == IR_OPERAND_LOAD) {
        add_pointer_call(self, program, caller, instr);
    } else {
        add_edge(self, caller, IR_NONE, instr->loc, CALLGRAPH_UNKNOWN, NULL, "(value)");
    }
    for (uint32_t a = 0; a < instr->arg_count; a++) {
        ir_id target;

        if (instr->args[a].kind != IR_OPERAND_FUNC)
            continue;
        target = program->functions.items[instr->args[a].function].definition;
        if (target != IR_NONE)
            add_edge(self, caller, target, instr->loc, CALLGRAPH_CALLBACK, NULL, program->functions.items[target].name);
    }
}

static bool starts_together(const struct ir_module *program, ir_id a, ir_id b)
{
    const struct ir_range *first = &program->locs.items[a].at, *second = &program->locs.items[b].at;

    return first->file == second->file && first->line == second->line && first->column == second->column;
}

/* Does a call of a routine, among the edges from FIRST on, come out of the macro that is written at LOC? */
static bool is_called_there(const struct callgraph *self, const struct ir_module *program, uint32_t first, ir_id loc)
{
    for (uint32_t e = first; e < self->edges.count; e++)
        if (self->edges.items[e].kind == CALLGRAPH_ROUTINE && starts_together(program, self->edges.items[e].loc, loc))
            return true;
    return false;
}

/* What a header has as a macro is a use of the routine of that name, unless the macro comes down to a routine's call. */
static void collect_macro_uses(struct callgraph *self, const struct ir_module *program, const struct ruleset *rules, ir_id caller,
                               uint32_t first)
{
    const struct ir_function *function = &program->functions.items[caller];

    for (uint32_t i = 0; i < function->macro_uses.count; i++) {
        const struct ir_macro_use *use = &function->macro_uses.items[i];
        const struct ruleset_routine *routine = ruleset_find_function(rules, use->name);

        if (routine && !is_called_there(self, program, first, use->loc))
            add_edge(self, caller, IR_NONE, use->loc, CALLGRAPH_MACRO, routine, routine->name);
    }
}

static void collect_calls(struct callgraph *self, const struct ir_module *program, const struct ruleset *rules, ir_id caller)
{
    const struct ir_function *function = &program->functions.items[caller];
    uint32_t start = self->edges.count;

    for (uint32_t b = 0; b < function->blocks.count; b++) {
        const struct ir_block *block = &function->blocks.items[b];
        uint32_t first = self->edges.count;

        for (uint32_t i = 0; i < block->instrs.count; i++)
            if (block->instrs.items[i].kind == IR_CALL)
                add_call(self, program, rules, caller, &block->instrs.items[i]);
        for (uint32_t e = first; e < self->edges.count; e++)
            self->edges.items[e].is_guarded = block->handler != IR_NONE;
    }
    collect_macro_uses(self, program, rules, caller, start);
}

/* They grew on the heap; now that their number is known, they move to the arena. */
static void settle_edges(struct callgraph *self)
{
    struct callgraph_edge *edges = self->edges.items;

    self->edges.items = arena_copy(self->arena, edges, self->edges.count * sizeof(*edges));
    self->edges.capacity = self->edges.count;
    vec_free(edges);
}

void callgraph_build(struct callgraph *self, const struct ir_module *program, const struct ruleset *rules,
                     struct arena *arena)
{
    memset(self, 0, sizeof(*self));
    self->arena = arena;
    self->fields = ARENA_NEW(arena, struct callgraph_fields);
    self->overrides = overrides_new(program, arena);
    self->first_edge = ARENA_NEW_ARRAY(arena, uint32_t, (size_t)program->functions.count + 1);
    self->is_called = ARENA_NEW_ARRAY(arena, bool, (size_t)program->functions.count + 1);
    for (ir_id f = 0; f < program->functions.count; f++)
        if (program->functions.items[f].is_defined)
            collect_stores(self, program, f);
    for (ir_id f = 0; f < program->functions.count; f++) {
        self->first_edge[f] = self->edges.count;
        if (program->functions.items[f].is_defined)
            collect_calls(self, program, rules, f);
    }
    self->first_edge[program->functions.count] = self->edges.count;
    settle_edges(self);
    components_find(self, program);
}

static const char *kind_name(enum callgraph_kind kind)
{
    static const char *const names[] = {"direct", "virtual", "field", "callback", "routine", "macro", "unknown"};

    return names[kind];
}

void callgraph_print(const struct callgraph *self, const struct ir_module *program, ir_id function, struct strbuf *out)
{
    for (uint32_t i = 0; i < self->edges.count; i++) {
        const struct callgraph_edge *edge = &self->edges.items[i];
        const struct ir_range *at = &program->locs.items[edge->loc].at;

        if (function != IR_NONE && edge->caller != function)
            continue;
        strbuf_addf(out, "%s -> %s  %s", program->functions.items[edge->caller].name,
                    edge->callee == IR_NONE ? edge->name : program->functions.items[edge->callee].name,
                    kind_name(edge->kind));
        if (at->file != IR_NONE) {
            const char *path = program->files.items[at->file].path, *slash = strrchr(path, '/');
            strbuf_addf(out, "  %s:%u:%u", slash ? slash + 1 : path, at->line, at->column);
        }
        strbuf_addc(out, '\n');
    }
}
