/*
 * ir.h - the intermediate representation: a module of types, records, globals and functions, each function a flow graph.
 *
 * A module holds one translation unit as the front end makes it, or a whole program as ir_module_merge() puts it together: the
 * structure is the same, and ids (indices into the module's tables) always mean that module. Shapes, not texts: a place is a base and
 * projections, a value is an operation on operands, control flow is blocks with one terminator each.
 *
 * Invariants (ir_module_check verifies them):
 *   - every id is below the count of its table, or IR_NONE where the field says so;
 *   - block 0 of a function is its entry; every block has a terminator with valid targets; `handler` is a block or IR_NONE;
 *   - locals [0, param_count) are the parameters in order (`this` first for C++ member functions);
 *   - a temporary is assigned before it is used on every path;
 *   - names, keys and texts are interned in the module: equal strings are equal pointers;
 *   - no table holds an entry twice (functions and globals: a key twice in one unit); a type's target is an earlier type, and no
 *     record contains itself by value, so that recursion over types ends;
 *   - locations of locals, globals and functions may be IR_NONE, those of instructions and terminators may not.
 *
 * Exceptions (SEH): a block's `handler` is where control goes when an instruction of the block raises: the block that evaluates the
 * innermost `__except` filter, or the exceptional copy of the innermost `__finally` body, which ends in IR_RESUME. IR_NONE: the raise
 * leaves the function. Lowering duplicates `__finally` bodies, one copy for each way out of the `__try`, so that no path selector is
 * needed.
 */
#ifndef MDLGUARD_IR_IR_H
#define MDLGUARD_IR_IR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/intern.h"
#include "base/status.h"
#include "base/strbuf.h"
#include "base/vec.h"

typedef uint32_t ir_id;
#define IR_NONE UINT32_MAX

/* A stretch of source: 1-based line and column; the end column is exclusive. A zero line means "nowhere". */
struct ir_range {
    ir_id file; /* module->files, or IR_NONE */
    uint32_t line, column, end_line, end_column;
};

struct ir_loc {
    struct ir_range at;       /* where a reader looks: the expansion of macros */
    struct ir_range spelling; /* where the token is written; equal to `at` outside macros */
    const char *macro;        /* name of the outermost macro it comes from, or NULL */
};

struct ir_file {
    const char *path; /* as the project names it: absolute, normalised (no "." or ".." parts) */
    bool is_system;   /* clang calls it a system header */
};

/* ---- types ---- */

#define IR_TYPE_KINDS(X)                                                                                               \
    X(VOID, void)                                                                                                      \
    X(BOOL, bool)                                                                                                      \
    X(INT, int)                                                                                                        \
    X(FLOAT, float)                                                                                                    \
    X(POINTER, pointer) /* also C++ references: see is_reference */                                                    \
    X(ARRAY, array)                                                                                                    \
    X(RECORD, record)                                                                                                  \
    X(FUNCTION, function)                                                                                              \
    X(UNKNOWN, unknown)

enum ir_type_kind {
#define X(id, text) IR_TYPE_##id,
    IR_TYPE_KINDS(X)
#undef X
};

/* Types are interned: equal types have equal ids. Qualifiers are dropped, except const on a pointee (is_const on that type). */
struct ir_type {
    enum ir_type_kind kind;
    bool is_signed, is_const, is_reference;
    uint32_t bits;    /* width of BOOL, INT, FLOAT, POINTER; size in bits of ARRAY and RECORD when known, else 0 */
    ir_id target;     /* pointee, element or return type; else IR_NONE */
    uint64_t count;   /* ARRAY: elements, 0 when unknown */
    ir_id record;     /* RECORD; else IR_NONE */
    const char *name; /* the outermost typedef's (or enum's) name, e.g. "PMDL", "NTSTATUS"; or NULL */
};

struct ir_field {
    const char *name; /* "" for an anonymous member, "(base) N" for a base class */
    ir_id type;
    uint64_t offset;    /* bits from the start of the record */
    uint32_t bit_width; /* 0: not a bit-field */
};

/* A struct, union or class. Two records are the same when their keys are: declaring file and name, not the name alone. */
struct ir_record {
    const char *name; /* tag, or typedef name of an untagged one, or "" */
    const char *key;
    bool is_union;
    uint64_t size; /* bytes; 0 when incomplete */
    VEC(struct ir_field) fields;
};

/* ---- places, operands, values ---- */

enum ir_base { IR_BASE_LOCAL, IR_BASE_GLOBAL };

enum ir_proj_kind {
    IR_PROJ_DEREF, /* what the pointer points to */
    IR_PROJ_FIELD, /* member `field` of `record` */
    IR_PROJ_INDEX, /* element `index` of an array, or offset in elements from the object a DEREF gave (p[i]: DEREF, INDEX i) */
};

struct ir_operand;

struct ir_proj {
    enum ir_proj_kind kind;
    ir_id record, field;            /* FIELD: module->records, index into its fields */
    const struct ir_operand *index; /* INDEX */
    ir_id type;                     /* of the place up to and including this projection */
};

struct ir_place {
    enum ir_base base;
    ir_id id; /* function's locals, or module->globals */
    uint32_t proj_count;
    const struct ir_proj *projs;
    ir_id type; /* of the whole place */
};

enum ir_operand_kind {
    IR_OPERAND_INT,   /* integer, enum, character or null-pointer constant */
    IR_OPERAND_FLOAT, /* value not kept */
    IR_OPERAND_STRING,
    IR_OPERAND_LOAD,  /* the value held by a place */
    IR_OPERAND_ADDR,  /* the address of a place (also an array that decays) */
    IR_OPERAND_FUNC,  /* a function's address */
    IR_OPERAND_UNDEF, /* a value the front end does not know */
};

struct ir_operand {
    enum ir_operand_kind kind;
    ir_id type;
    union {             /* one program has millions of operands */
        int64_t value;    /* INT */
        const char *text; /* STRING */
        ir_id function;   /* FUNC: module->functions */
    };
    const struct ir_place *place; /* LOAD, ADDR; NULL for the others */
};

#define IR_EXPR_OPS(X)                                                                                                 \
    X(USE, use)       /* a */                                                                                          \
    X(ZERO, zero)     /* all bytes zero, for aggregates */                                                             \
    X(CAST, cast)     /* a converted to the expression's type */                                                       \
    X(NEG, neg)                                                                                                        \
    X(BITNOT, bitnot)                                                                                                  \
    X(LNOT, lnot)                                                                                                      \
    X(ADD, add)       /* pointer + integer counts in elements; pointer - pointer too */                                \
    X(SUB, sub)                                                                                                        \
    X(MUL, mul)                                                                                                        \
    X(DIV, div)                                                                                                        \
    X(REM, rem)                                                                                                        \
    X(SHL, shl)                                                                                                        \
    X(SHR, shr)                                                                                                        \
    X(AND, and)                                                                                                        \
    X(OR, or)                                                                                                          \
    X(XOR, xor)                                                                                                        \
    X(EQ, eq)                                                                                                          \
    X(NE, ne)                                                                                                          \
    X(LT, lt)         /* signedness is that of operand a's type */                                                     \
    X(LE, le)                                                                                                          \
    X(GT, gt)                                                                                                          \
    X(GE, ge)

enum ir_expr_op {
#define X(id, text) IR_EXPR_##id,
    IR_EXPR_OPS(X)
#undef X
};

/* How many operands OP has: 0 (ZERO), 1 or 2. */
static inline uint32_t ir_expr_arity(enum ir_expr_op op)
{
    return op == IR_EXPR_ZERO ? 0 : op >= IR_EXPR_ADD ? 2 : 1;
}

/* Is the result of OP a truth value? */
static inline bool ir_expr_is_truth(enum ir_expr_op op)
{
    return op == IR_EXPR_LNOT || op >= IR_EXPR_EQ;
}

struct ir_expr {
    enum ir_expr_op op;
    ir_id type;
    struct ir_operand a, b; /* b for binary operations only */
};

/* ---- instructions and blocks ---- */

enum ir_instr_kind {
    IR_ASSIGN,
    IR_CALL,
    IR_UNKNOWN,   /* a construct that lowering does not know: may write whatever its operands reach */
    IR_SCOPE_END, /* the locals listed go out of scope */
};

struct ir_instr {
    enum ir_instr_kind kind;
    ir_id loc; /* module->locs */
    const struct ir_place *dst; /* ASSIGN, CALL (NULL when the result is unused or void) */
    struct ir_expr value;       /* ASSIGN */
    struct ir_operand callee;   /* CALL: FUNC when direct, LOAD when through a pointer or member */
    const struct ir_operand *args; /* CALL; UNKNOWN: operands it reads or may write through */
    const char *what;              /* UNKNOWN: the construct, e.g. "StmtExpr" */
    const ir_id *locals;           /* SCOPE_END */
    uint32_t arg_count, local_count;
    bool is_dispatched; /* CALL of a virtual method: the class of the object args[0] points to chooses what overrides callee */
};

enum ir_term_kind {
    IR_GOTO,        /* targets[0] */
    IR_BRANCH,      /* targets[0] when value is not zero, targets[1] when it is */
    IR_SWITCH,      /* targets[i] when value is in [case_low[i], case_high[i]]; the last target is the default */
    IR_RETURN,      /* value, unless the function returns void (then value.kind is IR_OPERAND_UNDEF) */
    IR_UNREACHABLE,
    IR_RESUME,      /* goes on raising: to the block's handler, or out of the function */
};

static inline bool ir_term_has_value(enum ir_term_kind kind)
{
    return kind == IR_BRANCH || kind == IR_SWITCH || kind == IR_RETURN;
}

struct ir_term {
    enum ir_term_kind kind;
    ir_id loc;
    struct ir_operand value;
    const ir_id *targets;
    uint32_t target_count;
    const int64_t *case_low, *case_high; /* SWITCH: target_count - 1 each */
    const char *text;                    /* BRANCH, SWITCH: the condition as it is written, or NULL */
};

struct ir_block {
    VEC(struct ir_instr) instrs;
    struct ir_term term;
    ir_id handler;
    bool is_loop_head;
};

enum ir_local_kind { IR_LOCAL_PARAM, IR_LOCAL_VAR, IR_LOCAL_TEMP };

struct ir_local {
    const char *name; /* "" for temporaries and unnamed parameters */
    ir_id type;
    enum ir_local_kind kind;
    ir_id loc;
};

/* An expression of a function that a macro's body made: constants and macros that begin with an argument are not noted. */
struct ir_macro_use {
    const char *name; /* of the innermost macro */
    ir_id loc;        /* where the outermost one is written; not IR_NONE */
};

/* The text of one of clang's annotate attributes, on a function or on a parameter. What it says means nothing here. */
struct ir_annotation {
    ir_id param; /* index among the locals; IR_NONE: on the function */
    const char *text;
};

/*
 * A function, defined here or only referred to. Every unit has entries of its own for the external functions it names; linking
 * (calls/link.h) fills `definition`.
 */
struct ir_function {
    const char *name;   /* as written, qualified in C++ ("Adapter::Stop") */
    const char *key;    /* linkage: the symbol for external functions, "path#name#hash" for internal ones */
    ir_id unit;         /* module->units */
    ir_id type;         /* FUNCTION */
    ir_id loc;          /* of the name in the definition, else the declaration */
    ir_id definition;   /* the entry that has the body a call of this one reaches; IR_NONE: none known. Set by linking */
    ir_id record;       /* C++ member functions: the class, else IR_NONE */
    bool is_external;   /* visible to other units */
    bool is_defined;    /* has blocks */
    bool is_variadic, is_noreturn, is_virtual;
    bool is_system;     /* declared in a system header */
    bool is_initializer; /* the synthetic function that stores the initial values of the unit's globals */
    uint32_t param_count;
    VEC(struct ir_local) locals;
    VEC(struct ir_block) blocks;
    VEC(struct ir_annotation) annotations;
    VEC(struct ir_macro_use) macro_uses; /* each macro once a place, in the order of lowering */
};

/* How many instructions SELF has, ends of blocks not counted. */
static inline uint32_t ir_function_size(const struct ir_function *self)
{
    uint32_t count = 0;

    for (uint32_t b = 0; b < self->blocks.count; b++)
        count += self->blocks.items[b].instrs.count;
    return count;
}

struct ir_global {
    const char *name, *key;
    ir_id unit, type, loc;
    bool is_external;
};

struct ir_unit {
    const char *path;      /* main file */
    const char *directory; /* where the compile command ran */
    uint32_t error_count;  /* clang's errors and fatal errors */
    const char *first_error; /* "file:line:column: text", or NULL */
    uint32_t statement_count, unknown_count; /* lowered statements and expressions; IR_UNKNOWN made */
};

struct ir_module {
    struct arena *arena;   /* borrowed; holds everything else */
    struct intern strings;
    VEC(struct ir_file) files;
    VEC(struct ir_loc) locs; /* this one and `functions` on the heap: there are many, and growing leaves nothing behind */
    VEC(struct ir_type) types;
    VEC(struct ir_record) records;
    VEC(struct ir_global) globals;
    VEC(struct ir_function) functions;
    VEC(struct ir_unit) units;
    struct ir_index *index; /* hash tables over types, records, files and keys; private to module.c */
};

/* An empty module, whose contents will live in ARENA. */
void ir_module_init(struct ir_module *self, struct arena *arena);
/* Frees what is on the heap: locations, functions and tables. The rest goes with the arena. */
void ir_module_release(struct ir_module *self);

/* Building. Each returns the id of an equal existing entry, or of a new one. */
ir_id ir_module_file(struct ir_module *self, const char *path, bool is_system);
ir_id ir_module_type(struct ir_module *self, const struct ir_type *type);
ir_id ir_module_loc(struct ir_module *self, const struct ir_loc *loc);
/* Frees what finds equal locations: no more are to be added. One that is added nevertheless may be there twice. */
void ir_module_close_locs(struct ir_module *self);
/* The record with KEY, made empty when new (*is_new says so): the caller fills it. */
ir_id ir_module_record(struct ir_module *self, const char *key, const char *name, bool *is_new);
/* The function or global of UNIT with KEY; made empty when new. */
ir_id ir_module_function(struct ir_module *self, ir_id unit, const char *key, const char *name, bool *is_new);
ir_id ir_module_global(struct ir_module *self, ir_id unit, const char *key, const char *name, bool *is_new);
ir_id ir_module_unit(struct ir_module *self, const char *path, const char *directory);

/* Looks a direct member up by name. IR_NONE when there is none. For members of anonymous members: ir_module_field_path. */
ir_id ir_record_field(const struct ir_record *self, const char *name);
bool ir_field_is_base(const struct ir_field *field);
/* True for anonymous members and base classes, whose members are named as if they were the record's own. */
bool ir_field_is_transparent(const struct ir_field *field);

struct ir_field_step {
    ir_id record, field;
};

/*
 * The way from RECORD to its member NAME, through anonymous members and base classes: fills at most MAX STEPS, outermost first, each
 * a projection. Returns how many; 0 when there is no such member or it lies deeper.
 */
uint32_t ir_module_field_path(const struct ir_module *self, ir_id record, const char *name, struct ir_field_step *steps,
                              uint32_t max);

/* Builder of function bodies (ir/build.c); pointers returned are valid until the next block or local is added. */
ir_id ir_function_add_local(struct ir_module *module, struct ir_function *self, enum ir_local_kind kind,
                            const char *name, ir_id type, ir_id loc);
ir_id ir_function_add_block(struct ir_module *module, struct ir_function *self, ir_id handler);
struct ir_instr *ir_block_add(struct ir_module *module, struct ir_block *self, enum ir_instr_kind kind, ir_id loc);

struct ir_operand ir_operand_int(ir_id type, int64_t value);
struct ir_operand ir_operand_load(const struct ir_place *place);
struct ir_operand ir_operand_addr(const struct ir_place *place, ir_id pointer_type);
struct ir_operand ir_operand_undef(ir_id type);
const struct ir_place *ir_place_local(struct ir_module *module, const struct ir_function *function, ir_id local);
const struct ir_place *ir_place_global(struct ir_module *module, ir_id global);
/* PLACE with one more projection. ir_place_index copies INDEX. */
const struct ir_place *ir_place_deref(struct ir_module *module, const struct ir_place *place, ir_id type);
const struct ir_place *ir_place_field(struct ir_module *module, const struct ir_place *place, ir_id record, ir_id field);
const struct ir_place *ir_place_index(struct ir_module *module, const struct ir_place *place,
                                      const struct ir_operand *index, ir_id type);

/* The place as a C programmer writes it: "ctx->Mdl", "args.hMemoryHandle", "mdls[i]". Appended. */
void ir_place_print(const struct ir_module *module, const struct ir_function *function, const struct ir_place *place,
                    struct strbuf *out);

/* A type: the typedef's name, or "int32", "struct _MDL*", "function -> void". Appended. */
void ir_type_print(const struct ir_module *module, ir_id type, struct strbuf *out);

/* Checks the invariants above. MG_CORRUPT with a sentence that names function and block. */
enum mg_status ir_module_check(const struct ir_module *self, struct mg_error *error);

/* Printing, for people and tests: one function, or with function IR_NONE all that are defined. */
void ir_print_function(const struct ir_module *module, ir_id function, struct strbuf *out);
/* The same as a flow graph: blocks with successors and handlers, without instructions. */
void ir_print_cfg(const struct ir_module *module, ir_id function, struct strbuf *out);

/*
 * The encoded form: position-independent, byte-for-byte the same for the same module on every machine; what workers send, what the
 * store keeps, what is hashed. ir_module_encode appends to OUT. ir_module_merge adds an encoded module to SELF, translating ids;
 * records and types that are already there are shared, units, functions and globals are added (internal functions of headers with equal
 * keys once). On MG_CORRUPT (truncated or altered bytes) SELF is unchanged in what it holds for others, and the process is never harmed.
 */
void ir_module_encode(const struct ir_module *self, struct strbuf *out);
enum mg_status ir_module_merge(struct ir_module *self, const void *data, size_t length, struct mg_error *error);

#endif
