/*
 * calls_program.h - makes little programs for the tests of linking and of the call graph. Included after cmocka.h.
 */
#ifndef MDLGUARD_TESTS_CALLS_PROGRAM_H
#define MDLGUARD_TESTS_CALLS_PROGRAM_H

#include "calls/callgraph.h"
#include "calls/link.h"

struct program {
    struct arena arena;
    struct ir_module module;
    struct ruleset rules;
    struct callgraph graph;
    ir_id void_type, function_type, pointer_type, loc;
    uint64_t seed;
};

static inline void make_types(struct program *self)
{
    struct ir_type type = {.kind = IR_TYPE_VOID, .target = IR_NONE, .record = IR_NONE};

    self->void_type = ir_module_type(&self->module, &type);
    type = (struct ir_type){.kind = IR_TYPE_FUNCTION, .target = self->void_type, .record = IR_NONE};
    self->function_type = ir_module_type(&self->module, &type);
    type = (struct ir_type){.kind = IR_TYPE_POINTER, .bits = 64, .target = self->function_type, .record = IR_NONE};
    self->pointer_type = ir_module_type(&self->module, &type);
}

static inline int set_up(void **state)
{
    struct program *p = calloc(1, sizeof(*p));
    struct ruleset_options options = {0};
    struct mg_error error;
    struct ir_loc loc = {{0, 7, 3, 7, 9}, {0, 7, 3, 7, 9}, NULL};

    arena_init(&p->arena);
    ir_module_init(&p->module, &p->arena);
    assert_int_equal(ruleset_load(&options, &p->arena, &p->rules, &error), MG_OK);
    ir_module_file(&p->module, "/src/a.c", false);
    p->loc = ir_module_loc(&p->module, &loc);
    p->seed = 0x9e3779b97f4a7c15u;
    make_types(p);
    *state = p;
    return 0;
}

static inline int tear_down(void **state)
{
    struct program *p = *state;

    ruleset_release(&p->rules);
    ir_module_release(&p->module);
    arena_release(&p->arena);
    free(p);
    return 0;
}

/* ---- making programs ---- */

static inline ir_id unit(struct program *p, const char *path)
{
    return ir_module_unit(&p->module, path, "/build");
}

static inline ir_id declare(struct program *p, ir_id in_unit, const char *name, bool is_external)
{
    bool is_new;
    ir_id id = ir_module_function(&p->module, in_unit, name, name, &is_new);

    p->module.functions.items[id].type = p->function_type;
    p->module.functions.items[id].is_external = is_external;
    return id;
}

static inline ir_id define(struct program *p, ir_id in_unit, const char *name, bool is_external)
{
    ir_id id = declare(p, in_unit, name, is_external);

    ir_function_add_block(&p->module, &p->module.functions.items[id], IR_NONE);
    p->module.functions.items[id].blocks.items[0].term = (struct ir_term){.kind = IR_RETURN, .loc = p->loc};
    return id;
}

static inline struct ir_operand address_of(const struct program *p, ir_id function)
{
    return (struct ir_operand){.kind = IR_OPERAND_FUNC, .type = p->pointer_type, .function = function};
}

static inline struct ir_instr *add_instr(struct program *p, ir_id function, enum ir_instr_kind kind)
{
    return ir_block_add(&p->module, &p->module.functions.items[function].blocks.items[0], kind, p->loc);
}

static inline void call(struct program *p, ir_id caller, struct ir_operand callee, const struct ir_operand *args, uint32_t count)
{
    struct ir_instr *instr = add_instr(p, caller, IR_CALL);

    instr->callee = callee;
    instr->args = count ? arena_copy(&p->arena, args, count * sizeof(*args)) : NULL;
    instr->arg_count = count;
}

static inline void call_function(struct program *p, ir_id caller, ir_id callee)
{
    call(p, caller, address_of(p, callee), NULL, 0);
}

/* A record with two members that point to functions, and a global of it. */
static inline ir_id record(struct program *p, const char *key, const char *name, const char *first)
{
    bool is_new;
    ir_id id = ir_module_record(&p->module, key, name, &is_new);
    struct ir_field fields[] = {{intern_string(&p->module.strings, first), p->pointer_type, 0, 0},
                                {intern_string(&p->module.strings, "Stop"), p->pointer_type, 64, 0}};

    for (uint32_t i = 0; i < 2; i++)
        VEC_PUSH_IN(&p->arena, &p->module.records.items[id].fields, fields[i]);
    return id;
}

static inline const struct ir_place *global_of(struct program *p, ir_id in_unit, const char *name, ir_id of_record, ir_id field)
{
    bool is_new;
    struct ir_type type = {.kind = IR_TYPE_RECORD, .target = IR_NONE, .record = of_record};
    ir_id id = ir_module_global(&p->module, in_unit, name, name, &is_new);

    p->module.globals.items[id].type = ir_module_type(&p->module, &type);
    return ir_place_field(&p->module, ir_place_global(&p->module, id), of_record, field);
}

static inline void store(struct program *p, ir_id function, const struct ir_place *place, ir_id target)
{
    struct ir_instr *instr = add_instr(p, function, IR_ASSIGN);

    instr->dst = place;
    instr->value = (struct ir_expr){.op = IR_EXPR_USE, .type = p->pointer_type, .a = address_of(p, target)};
}

static inline void build(struct program *p)
{
    link_program(&p->module);
    callgraph_build(&p->graph, &p->module, &p->rules, &p->arena);
}

static inline ir_id definition_of(const struct program *p, ir_id function)
{
    return p->module.functions.items[function].definition;
}

/* The edge number N of CALLER. */
static inline const struct callgraph_edge *edge(const struct program *p, ir_id caller, uint32_t n)
{
    assert_true(p->graph.first_edge[caller] + n < p->graph.first_edge[caller + 1]);
    return &p->graph.edges.items[p->graph.first_edge[caller] + n];
}

static inline uint32_t edge_count(const struct program *p, ir_id caller)
{
    return p->graph.first_edge[caller + 1] - p->graph.first_edge[caller];
}

static inline void assert_edge(const struct program *p, ir_id caller, uint32_t n, enum callgraph_kind kind, ir_id callee, const char *name)
{
    const struct callgraph_edge *e = edge(p, caller, n);

    assert_int_equal(e->caller, caller);
    assert_int_equal(e->kind, kind);
    assert_int_equal(e->callee, callee);
    assert_string_equal(e->name, name);
    assert_int_equal(e->loc, p->loc);
}

#endif
