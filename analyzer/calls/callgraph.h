/*
 * callgraph.h - who calls whom in the whole program, and the strongly connected components, callees first.
 *
 * Needs a linked program (link.h). Edges: direct calls to definitions; calls through a member or global table, to every function whose
 * address was stored in that member of that record (field-based: Milanova, Rountev, Ryder, SCAM 2002); dispatched calls of a virtual method, to
 * everything in the program that overrides it (class hierarchy analysis: Dean, Grove, Chambers, ECOOP 1995); functions whose address is taken as a
 * call's argument (the callee may call it back). Components come from Tarjan's algorithm (SIAM J. Computing 1972), made iterative.
 */
#ifndef MDLGUARD_CALLS_CALLGRAPH_H
#define MDLGUARD_CALLS_CALLGRAPH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "ir/ir.h"
#include "ruleset/ruleset.h"

enum callgraph_kind {
    CALLGRAPH_DIRECT,
    CALLGRAPH_VIRTUAL,  /* dispatched: one edge a candidate */
    CALLGRAPH_FIELD,    /* through a member: one edge a candidate */
    CALLGRAPH_CALLBACK, /* passed as an argument */
    CALLGRAPH_ROUTINE,  /* a routine of a pack: callee is IR_NONE unless it has a body too */
    CALLGRAPH_MACRO,    /* a routine of a pack that the headers define as a macro without a call of that name */
    CALLGRAPH_UNKNOWN,  /* nobody knows where it goes */
};

struct callgraph_edge {
    ir_id caller, callee; /* definitions; callee IR_NONE for ROUTINE, MACRO and UNKNOWN */
    ir_id loc;
    enum callgraph_kind kind;
    bool is_guarded; /* the call stands where a raise goes to a handler of the caller */
    const struct ruleset_routine *routine; /* ROUTINE, MACRO */
    const char *name;                      /* the callee as it is named at the call */
};

struct callgraph {
    struct arena *arena; /* borrowed */
    VEC(struct callgraph_edge) edges; /* grouped by caller */
    uint32_t *first_edge; /* function -> first edge; one more entry than functions */
    uint32_t *component;  /* function -> component; components are numbered callees first */
    uint32_t component_count;
    ir_id *order;         /* all defined functions, by component, callees first */
    uint32_t order_count;
    uint32_t *first_of_component; /* component -> index into order; one more entry than components */
    bool *is_called;      /* function has a caller in the program */
    struct callgraph_fields *fields; /* private: record.field -> functions stored there */
    struct overrides *overrides;     /* private: virtual method -> what overrides it (overrides.h) */
};

/* The whole graph of PROGRAM, which it borrows, in ARENA. Nothing is to be released. */
void callgraph_build(struct callgraph *self, const struct ir_module *program, const struct ruleset *rules,
                     struct arena *arena);

/* The pack's routine that INSTR (a call in FUNCTION) is, or NULL. */
const struct ruleset_routine *callgraph_routine(const struct ir_module *program, const struct ruleset *rules,
                                                const struct ir_instr *instr);

/* A function stored in a member, and what it belongs to: tables that are filled together are used together. */
struct callgraph_store {
    ir_id function;
    uint64_t origin; /* the global table, or the function that fills a record it was given */
};

static inline uint64_t callgraph_origin_global(ir_id global)
{
    return (uint64_t)global * 2;
}

static inline uint64_t callgraph_origin_filler(ir_id function)
{
    return (uint64_t)function * 2 + 1;
}

/* What was stored in member FIELD of RECORD, and where; returns the number. */
uint32_t callgraph_field_stores(const struct callgraph *self, ir_id record, ir_id field, const struct callgraph_store **out);
/* The one function that ORIGIN has in the member; IR_NONE when it has none, or several. */
ir_id callgraph_origin_target(const struct callgraph *self, ir_id record, ir_id field, uint64_t origin);

/* Functions that a call through member FIELD of RECORD may reach; returns their number and points *out to them. */
uint32_t callgraph_field_targets(const struct callgraph *self, ir_id record, ir_id field, const ir_id **out);

/*
 * Methods that a dispatched call of METHOD (an entry that was called so) may reach: definitions, METHOD's own among them when there is
 * one. Returns their number and points *out to them.
 */
uint32_t callgraph_method_targets(const struct callgraph *self, ir_id method, const ir_id **out);

/* One line an edge: "caller -> callee  kind  file:line:column". */
void callgraph_print(const struct callgraph *self, const struct ir_module *program, ir_id function, struct strbuf *out);

#endif
