/*
 * lower_int.h - what the files of the front end share: the state of one unit (struct lowering) and of one function
 * body (struct body).
 *
 * Names: `unit_*` work on the unit's tables, `lower_*` turn a cursor into IR at the end of the body's current
 * block, `body_*` add to the body without looking at the AST, `cursor_*` and `source_*` only look at the AST and at
 * the text.
 *
 * Control while lowering: `body->block` is where the next instruction goes, IR_NONE when that point cannot be
 * reached (behind a return, say); adding an instruction there opens a block that body_finish() removes again.
 */
#ifndef MDLGUARD_FRONTEND_LOWER_INT_H
#define MDLGUARD_FRONTEND_LOWER_INT_H

#include "base/arena.h"
#include "base/ptrmap.h"
#include "frontend/clang.h"
#include "frontend/frontend.h"
#include "ir/ir.h"

/*
 * Nesting of statements and expressions beyond which they become unknowns: keeps hostile input from using up the
 * stack.
 */
#define LOWER_MAX_DEPTH 1000
/* Blocks of one function beyond which no further copies of `__finally` bodies are made. */
#define LOWER_MAX_BLOCKS 50000

struct source {
    ir_id file; /* module->files */
    CXFile handle;
    const char *text; /* once source_load() was called: libclang's buffer, which lives as long as the translation unit */
    size_t length;
    bool is_loaded;
};

/* A position as offsets into a file's text; `source` is NULL when it is in no file. */
struct position {
    struct source *source;
    CXFile file;
    unsigned line, column, offset;
};

/* A function whose body is to be lowered, a global whose initialiser is. */
struct pending {
    CXCursor cursor;
    ir_id id;
};

/* What the front end looks up about a C++ class; see classes.c. In the module's arena. */
struct class_info {
    CXCursor declaration; /* the definition */
    CXCursor destructor;  /* as declared or defaulted, or null */
    VEC(CXCursor) constructors, assignments, allocators;
    VEC(CXType) bases; /* complete when has_bases */
    bool has_bases;
    bool is_destruction_known, needs_destruction;
    bool is_copying_known, is_copied_specially;
    bool has_implicit_destructor;
    ir_id implicit_destructor;
};

/* A lambda's capture: a member of its class, and the variable for which it stands; null for `this`. */
struct capture {
    CXCursor variable, field;
};

struct closure {
    VEC(struct capture) captures;
};

struct lowering {
    const struct frontend_input *input;
    CXTranslationUnit tu;
    const struct shared_header *shared; /* what the unit was parsed with, or NULL */
    struct ir_module *module;
    struct arena scratch; /* of the function being lowered */
    ir_id unit;
    bool is_cxx;
    VEC(struct source *) sources;
    struct known_position *written, *spelled; /* where locations are that were asked for, see source.c */
    struct ptr_map source_of;   /* CXFile -> sources */
    struct ptr_map types;       /* clang's qualified type -> module->types */
    struct ptr_map records;     /* declaration -> module->records */
    struct ptr_map fields;      /* field declaration -> index in its record */
    struct ptr_map functions;   /* canonical declaration -> module->functions */
    struct ptr_map globals;     /* canonical declaration -> module->globals */
    VEC(CXCursor) declarations; /* of records, by id; null for those never seen complete */
    struct ptr_map class_of;    /* declaration -> classes */
    struct ptr_map closure_of;  /* a lambda's class -> closures */
    VEC(struct pending) bodies, initializers;
    VEC(struct class_info *) classes;
    VEC(struct closure *) closures;
    VEC(CXCursor) instantiations; /* classes made from templates of which some method was instantiated */
    VEC(CXCursor) allocators;     /* the unit's `operator new` and `operator delete` outside classes */
    VEC(struct position) holes;   /* errors in the main file */
    ir_id int_type, void_type, char_pointer_type;
    ir_id nowhere; /* a loc without a place, for what the compiler made up */
};

/* What encloses the statement being lowered, innermost last. */
enum frame_kind {
    FRAME_SCOPE,   /* locals that end with it */
    FRAME_LOOP,    /* break and continue */
    FRAME_SWITCH,  /* break */
    FRAME_EXCEPT,  /* body of a __try with __except */
    FRAME_FINALLY, /* body of a __try with __finally */
};

/* An object that has to be destroyed. */
struct cleanup {
    const struct ir_place *object;
    CXType type;
};

struct frame {
    enum frame_kind kind;
    const void *stmt; /* identity of the statement, as label chains have it */
    VEC(ir_id) locals;
    VEC(struct cleanup) cleanups; /* SCOPE: in the order of construction */
    ir_id break_block, continue_block;
    ir_id leave_block;   /* where __leave goes: for FINALLY, the start of the normal copy */
    ir_id outer_handler; /* FINALLY: handler of the copies of its body */
    CXCursor finally_body;
};

struct label {
    const void *stmt;
    const void **chain; /* the statements around it, outermost first; scratch */
    uint32_t chain_count;
    ir_id block; /* IR_NONE until somebody needs it */
    bool is_backward_target;
    bool is_placed;         /* lowered: a goto to it goes back */
    uint32_t cleanup_count; /* of its scope when it was lowered */
};

struct case_target {
    const void *stmt;
    ir_id block;
};

struct body {
    struct lowering *unit;
    struct ir_module *module;
    ir_id id;
    struct ir_function fn; /* the module's entry while it is being filled; written back by body_finish */
    struct ptr_map locals; /* declaration -> fn.locals */
    VEC(struct frame) frames;
    VEC(struct label) labels;
    VEC(struct case_target) cases;   /* of all open switches */
    VEC(struct cleanup) temporaries; /* of the full expression being lowered */
    const struct closure *closure;   /* of the lambda whose body this is, or NULL */
    const struct ir_place *result;   /* where an object that is returned goes, or NULL */
    const struct ir_place *spared;   /* the local that is being returned: it becomes the result and is not destroyed */
    bool is_special_member;          /* a constructor or destructor: virtual calls on `this` stay in the class */
    ir_id block, handler;
    ir_id loc; /* of the statement being lowered */
    uint32_t depth;
    const struct ir_place *exception_code; /* of the exception whose filter or handler is being lowered; NULL: not kept */
    int abnormal; /* AbnormalTermination() in the copy of a finally body being made: 0 or 1; -1 outside */
};

struct arguments {
    VEC(struct ir_operand) items;
};

/* Children of a cursor, in the unit's scratch arena. */
struct children {
    CXCursor *items;
    uint32_t count, capacity;
};

/* ---- source.c: files, locations, text ---- */

/* Before the first source_written() or source_spelled(). */
void source_init(struct lowering *unit);
struct position source_written(struct lowering *unit, CXSourceLocation location);
struct position source_spelled(struct lowering *unit, CXSourceLocation location);
/* Whether what stands at LOCATION comes out of a macro's body: it is written elsewhere than it is spelled. */
bool source_is_from_macro(CXSourceLocation location);
/* Length of the identifier at AT, 0 when none begins there. */
size_t source_identifier_length(struct lowering *unit, const struct position *at);
/* The loc of the identifier at AT, or of one character. */
ir_id source_loc_at(struct lowering *unit, const struct position *at);
/* Gets the text of AT's file, if it has one. */
void source_load(struct lowering *unit, const struct position *at);
ir_id unit_loc(struct lowering *unit, CXCursor cursor);
/* The loc of the brace that closes a block. */
ir_id unit_end_loc(struct lowering *unit, CXCursor cursor);
/* The loc of a declaration's name alone. */
ir_id unit_name_loc(struct lowering *unit, CXCursor cursor);
/*
 * The cursor's text as it is written, whitespace collapsed, at most 80 characters; NULL when there is none. In the
 * module.
 */
const char *unit_text(struct lowering *unit, CXCursor cursor);
/* The identifier at which the cursor's spelling begins, "" if none; in scratch. */
const char *source_identifier(struct lowering *unit, CXCursor cursor);
/* Which of the parts of `for (a; b; c)` have text; false when the text cannot be found. */
bool source_for_parts(struct lowering *unit, CXCursor statement, bool present[3]);
/* Whether the parentheses behind `if` or `switch` hold a semicolon: C++17's initialiser. */
bool source_has_init(struct lowering *unit, CXCursor statement);

/*
 * Calls FOUND for each identifier from FROM to TO that is no member's name: of one file. IS_PRINTED: it is an argument alone, behind a string, as the
 * values are that a trace call prints.
 */
void source_each_identifier(struct lowering *unit, const struct position *from, const struct position *to,
                            void found(void *context, const char *name, size_t length, bool is_printed), void *context);

/* ---- cursor.c: small questions to the AST ---- */

struct children cursor_children(struct lowering *unit, CXCursor cursor);
/* Without references to types, namespaces and templates, attributes and parameter declarations. */
struct children cursor_operands(struct lowering *unit, CXCursor cursor);
/* Copies libclang's string into ARENA and disposes it. */
char *cursor_string(struct arena *arena, CXString string);
bool cursor_is_null(CXCursor cursor);
/* Parentheses and implicit conversions that change nothing removed. */
CXCursor cursor_strip(struct lowering *unit, CXCursor cursor);
/* An UnexposedExpr that is an implicit conversion of its one child. */
bool cursor_is_implicit_cast(struct lowering *unit, CXCursor cursor, CXCursor *operand);
bool cursor_is_function(CXCursor declaration);
/* What a unit has to do with a declaration outside functions. */
enum declared {
    DECLARED_NOTHING,  /* nothing; all that is a system header's */
    DECLARED_FUNCTION, /* lower it: it has a body */
    DECLARED_VARIABLE, /* give it its initial value */
    DECLARED_SCOPE,    /* look into it */
};
enum declared cursor_declared(CXCursor cursor, bool is_cxx);
const void *cursor_identity(CXCursor cursor);
bool cursor_is_builtin_call(struct lowering *unit, CXCursor call, const char *name);

/* ---- types.c ---- */

ir_id unit_type(struct lowering *unit, CXType type);
ir_id unit_cursor_type(struct lowering *unit, CXCursor cursor);
ir_id unit_pointer_to(struct lowering *unit, ir_id target);
ir_id unit_reference_to(struct lowering *unit, ir_id target);
ir_id unit_int_type(struct lowering *unit, uint32_t bits, bool is_signed);
const struct ir_type *unit_type_get(const struct lowering *unit, ir_id type);
/* The record that DECLARATION declares, filled when it is complete. */
ir_id unit_record(struct lowering *unit, CXCursor declaration);
/* Record and index of a FieldDecl; false when the field is unknown (erroneous source). */
bool unit_field(struct lowering *unit, CXCursor field, ir_id *record, ir_id *index);
bool type_is_aggregate(const struct ir_type *type);

/* ---- decls.c: functions and globals ---- */

ir_id unit_function(struct lowering *unit, CXCursor declaration);
struct ir_operand unit_function_operand(struct lowering *unit, CXCursor declaration);
ir_id unit_builtin(struct lowering *unit, const char *name, ir_id result_type);
ir_id unit_global(struct lowering *unit, CXCursor declaration, const char *owner);
bool cursor_has_body(CXCursor declaration, CXCursor *body);
const char *unit_qualified_name(struct lowering *unit, CXCursor declaration);

/* ---- body.c: functions as a whole, blocks, instructions ---- */

void lower_function(struct lowering *unit, const struct pending *function);
void body_init(struct body *self, struct lowering *unit, ir_id function);
/* Ends the body with an implicit return, removes what cannot be reached, stores it in the module, and releases. */
void body_finish(struct body *self);
ir_id body_new_block(struct body *self);
void body_start(struct body *self, ir_id block);
/* Ends the current block; these do nothing where control cannot be. */
void body_goto(struct body *self, ir_id target);
void body_branch(struct body *self, struct ir_operand value, ir_id if_true, ir_id if_false, ir_id loc,
                 const char *text);
void body_return(struct body *self, struct ir_operand value, ir_id loc);
void body_end(struct body *self, enum ir_term_kind kind, ir_id loc); /* UNREACHABLE, RESUME */
struct ir_instr *body_add(struct body *self, enum ir_instr_kind kind, ir_id loc);
void body_assign(struct body *self, const struct ir_place *place, struct ir_expr value, ir_id loc);
const struct ir_place *body_temp(struct body *self, ir_id type, ir_id loc);
const struct ir_place *body_local(struct body *self, CXCursor declaration);
/* The value in an operand; a temporary is made for anything but a plain use. */
struct ir_operand body_operand(struct body *self, struct ir_expr value, ir_id loc);
const struct ir_place *body_materialize(struct body *self, struct ir_operand operand, ir_id loc);
void body_add_unknown(struct body *self, const char *what, const struct ir_operand *args, uint32_t count, ir_id loc);
/* Appends CURSOR's operands: of what can be written to its address, of all else its value. */
void lower_touched_operands(struct body *self, CXCursor cursor, struct arguments *out);
/* Records an IR_UNKNOWN for CURSOR that may write through what its children reach; its value is UNDEF. */
struct ir_expr lower_unknown(struct body *self, CXCursor cursor, const char *what);
bool body_enter(struct body *self); /* depth guard; pairs with body_leave when it returns true */
void body_leave(struct body *self);

/* ---- macros.c ---- */

/* Notes in the function which macro's body CURSOR begins in, if any. */
void body_note_macro(struct body *self, CXCursor cursor);
/* Does CURSOR begin in the body of MACRO, and in that of none inside it? */
bool cursor_is_of_macro(struct lowering *unit, CXCursor cursor, const char *macro);

/* ---- values.c: expressions without an AST ---- */

struct ir_expr value_use(struct ir_operand operand);
struct ir_expr value_int(ir_id type, int64_t value);
struct ir_expr value_undef(ir_id type);
struct ir_expr value_binary(enum ir_expr_op op, ir_id type, struct ir_operand a, struct ir_operand b);
struct ir_expr value_unary(enum ir_expr_op op, ir_id type, struct ir_operand a);
/* What is held in PLACE, arrays and functions decaying. */
struct ir_operand body_load(struct body *self, const struct ir_place *place);
struct ir_operand body_address(struct body *self, const struct ir_place *place, ir_id pointer_type);
/* What the pointer POINTER points to, of type TYPE. */
const struct ir_place *body_pointee(struct body *self, struct ir_operand pointer, ir_id type, ir_id loc);
const struct ir_place *body_element(struct body *self, const struct ir_place *object, struct ir_operand index,
                                    ir_id type);
struct ir_expr body_convert(struct body *self, struct ir_expr value, ir_id to, bool is_explicit, ir_id loc);
int64_t value_truncate(const struct ir_type *type, int64_t value);

/* ---- constant.c ---- */

/* The value of an integer (or null-pointer) constant expression without side effects. */
bool constant_fold(struct lowering *unit, CXCursor cursor, int64_t *value);
bool constant_evaluate(CXCursor cursor, int64_t *value); /* asks clang; only for leaves it is known to survive */

/* ---- expr.c, operators.c, condition.c, lvalue.c, call.c, init.c ---- */

struct ir_expr lower_value(struct body *self, CXCursor cursor);
struct ir_operand lower_operand(struct body *self, CXCursor cursor);
void lower_effect(struct body *self, CXCursor cursor);
/* Evaluates CURSOR straight into PLACE. */
void lower_into(struct body *self, const struct ir_place *place, CXCursor cursor);
struct ir_expr lower_unary(struct body *self, CXCursor cursor);
struct ir_expr lower_binary(struct body *self, CXCursor cursor);
struct ir_expr lower_compound_assign(struct body *self, CXCursor cursor);
struct ir_expr lower_conditional(struct body *self, CXCursor cursor, const struct ir_place *into);
void lower_condition(struct body *self, CXCursor cursor, ir_id if_true, ir_id if_false);
bool cursor_is_lvalue(struct body *self, CXCursor cursor);
const struct ir_place *lower_place(struct body *self, CXCursor cursor);
const struct ir_place *body_variable(struct body *self, CXCursor declaration);
/* The assignment, increment or such at CURSOR, and the place that was written. */
const struct ir_place *lower_assignment(struct body *self, CXCursor cursor);
const struct ir_place *lower_increment(struct body *self, CXCursor cursor, struct ir_operand *before);
/* The call's result goes to DST, or to a temporary when WANTED, or nowhere. */
struct ir_expr lower_call(struct body *self, CXCursor cursor, const struct ir_place *dst, bool wanted);
struct ir_expr body_call_builtin(struct body *self, const char *name, ir_id result, const struct ir_operand *args,
                                 uint32_t count, ir_id loc);
ir_id call_result_type(struct lowering *unit, CXCursor call);
struct ir_operand lower_argument(struct body *self, CXCursor argument, CXType parameter);
/* Arguments FIRST to COUNT - 1 of CALL for the parameters of TARGET from the first on; default arguments are filled in. */
void lower_plain_arguments(struct body *self, CXCursor call, CXCursor target, int first, int count,
                           struct arguments *out);
void lower_initializer(struct body *self, const struct ir_place *place, CXCursor init);
const struct ir_place *lower_compound_literal(struct body *self, CXCursor cursor);

/* ---- holes.c: statements with errors ---- */

/* An error stands at LOCATION. */
void unit_note_hole(struct lowering *unit, CXSourceLocation location);
void lower_holes_in(struct body *self, CXCursor statement);
void lower_holes_before(struct body *self, CXCursor block, const struct children *statements, uint32_t number);

/* ---- stmt.c, loops.c, labels.c, seh.c ---- */

void lower_stmt(struct body *self, CXCursor cursor);
struct ir_expr lower_stmt_expr(struct body *self, CXCursor cursor);
void lower_variable(struct body *self, CXCursor declaration);
/* Those that are children of CURSOR. */
void lower_variables(struct body *self, CXCursor cursor);
void body_push_frame(struct body *self, enum frame_kind kind, CXCursor stmt);
void body_release_frame(struct frame *self);
/* Leaves the innermost frame normally: ends its locals. */
void body_pop_frame(struct body *self);
/* Code for leaving all frames above DEPTH by a jump: ends their locals and runs their finally bodies. */
void body_unwind(struct body *self, uint32_t depth);
void lower_while(struct body *self, CXCursor cursor);
void lower_do(struct body *self, CXCursor cursor);
void lower_for(struct body *self, CXCursor cursor);
void lower_switch(struct body *self, CXCursor cursor);
void lower_case(struct body *self, CXCursor cursor);
enum jump { JUMP_BREAK, JUMP_CONTINUE, JUMP_LEAVE };
/* Out of all frames up to the nearest one that such a jump leaves. */
void lower_jump(struct body *self, CXCursor cursor, enum jump jump);
void body_find_labels(struct body *self, CXCursor root);
void body_reset_labels(struct body *self, const void *inside);
void lower_label(struct body *self, CXCursor cursor);
void lower_goto(struct body *self, CXCursor cursor);
void lower_try(struct body *self, CXCursor cursor);
void lower_finally_copy(struct body *self, uint32_t frame);
/* Calls of GetExceptionCode, AbnormalTermination and the like under any of their names. */
bool lower_seh_intrinsic(struct body *self, CXCursor call, struct ir_expr *out);

/* ---- cxx.c ---- */

bool cxx_is_method(CXCursor declaration);
struct ir_operand lower_this_argument(struct body *self, CXCursor callee);
/* Does the class of OBJECT choose which method CALL reaches? */
bool call_is_dispatched(struct body *self, CXCursor call, const struct ir_operand *object);
/* `this != &other` in an assignment operator: an object is not assigned to itself. VALUE is the condition's. */
bool cxx_self_test(struct lowering *unit, CXCursor cursor, int64_t *value);
/* Address of the base-class part when FROM and TO are pointers to classes of which one derives from the other. */
bool body_convert_class_pointer(struct body *self, struct ir_operand value, ir_id to, struct ir_operand *out);
/* Where RECORD's base class or anonymous member of record PART begins. */
bool unit_part_offset(struct lowering *unit, ir_id record, ir_id part, uint64_t *bits);
/* OBJECT's base class or anonymous member of type RECORD; NULL when it has none, or is that record. */
const struct ir_place *body_part_place(struct body *self, const struct ir_place *object, ir_id record);
void lower_range_for(struct body *self, CXCursor cursor);
void lower_cxx_try(struct body *self, CXCursor cursor);
void lower_throw(struct body *self, CXCursor cursor);

/* ---- classes.c ---- */

bool cursor_is_class(CXCursor cursor);
/* The class that TYPE is, or is an array of; false when it is none or incomplete. */
bool type_class(CXType type, CXCursor *declaration);
bool method_is_implicit(CXCursor method);
/* DECLARATION is a definition. unit_class_bases() fills the base classes, which for instantiations may need all classes. */
struct class_info *unit_class(struct lowering *unit, CXCursor declaration);
const struct class_info *unit_class_bases(struct lowering *unit, CXCursor declaration);
/* MEMBER is an instantiated method, met while the unit's functions are gathered. */
void class_add_member(struct lowering *unit, CXCursor member);
struct children class_fields(struct lowering *unit, CXCursor declaration);
bool class_is_closure(struct lowering *unit, CXCursor declaration);
/* The written constructor that can be called without arguments. */
bool class_default_constructor(struct lowering *unit, CXCursor declaration, CXCursor *constructor);
/* The only constructor with one parameter that is no copy. */
bool class_converting_constructor(struct lowering *unit, CXCursor declaration, CXCursor *constructor);
bool constructor_copies(CXCursor constructor);
bool unit_needs_destruction(struct lowering *unit, CXType type);
/* The class that an IR type stands for. */
bool unit_type_class(struct lowering *unit, ir_id type, CXCursor *declaration);
/* Some written constructor or operator copies or moves objects of TYPE or a part of them. */
bool unit_is_copied_specially(struct lowering *unit, CXType type);
/* Objects that cannot be copied as bytes, and closures: their parameters are references, their results are stored through a last parameter. */
bool unit_is_passed_by_address(struct lowering *unit, CXType type);

/* ---- construct.c ---- */

enum copy_kind { COPY, MOVE, COPY_ASSIGN, MOVE_ASSIGN };

void lower_construct(struct body *self, CXCursor call, const struct ir_place *object);
void lower_constructor_start(struct body *self, CXCursor constructor);
/* Member by member where some member wants it so. */
void body_copy_object(struct body *self, const struct ir_place *to, const struct ir_place *from, CXType type,
                      enum copy_kind kind, ir_id loc);
/* OBJECT's members from the FIRST on, which an initialiser list does not mention; of an array, its elements. */
void body_construct_rest(struct body *self, const struct ir_place *object, uint32_t first);
/* OBJECT from braces around VALUES by a constructor that the tree does not show; false when its class has none. */
bool body_construct_braces(struct body *self, const struct ir_place *object, const struct children *values, ir_id loc);
/* OBJECT from VALUE, by a constructor that the tree does not show. False when its class has none that fits. */
bool body_construct_from(struct body *self, const struct ir_place *object, CXCursor value);
/* An object that CURSOR itself makes: it can be made in place. */
bool cursor_is_class_value(struct lowering *unit, CXCursor cursor);
/* Can an argument of type GIVEN be passed for PARAMETER? As far as overloads that the tree does not resolve need it. */
bool unit_accepts(struct lowering *unit, CXType parameter, ir_id given);

/* ---- allocate.c ---- */

struct ir_expr lower_new(struct body *self, CXCursor cursor);
bool cursor_is_allocator(struct arena *scratch, CXCursor function);
/* `operator new` or `operator delete` (NAME) of the class (or null) or the program for arguments like ARGS. */
bool unit_find_allocator(struct lowering *unit, CXCursor class_cursor, const char *name, const struct ir_operand *args,
                         uint32_t count, CXCursor *out);

/* ---- cleanup.c ---- */

/* OBJECT, if its type needs it, is destroyed when the innermost scope ends. */
void body_add_cleanup(struct body *self, const struct ir_place *object, CXType type);
/* Destroys what FRAME has to, as far as it came after the first FROM. */
void body_run_cleanups(struct body *self, uint32_t frame, uint32_t from);
bool body_has_cleanups(const struct body *self);
/* Temporaries: MARK is body->temporaries.count before the expression. */
void body_add_temporary(struct body *self, const struct ir_place *object, CXType type);
void body_end_temporaries(struct body *self, uint32_t mark);
/* The temporary that BOUND is in, if it is in one, lives until the scope ends. */
void body_extend_temporary(struct body *self, uint32_t mark, const struct ir_place *bound);
/* A condition whose temporaries end with it. */
void lower_sided_condition(struct body *self, CXCursor cursor, ir_id if_true, ir_id if_false);
/* Members and base classes of `this` become cleanups of the function. */
void lower_destructor_start(struct body *self, CXCursor class_cursor);
/* Objects of this class may be deleted through a base class: their destructor must exist. */
void unit_require_destructor(struct lowering *unit, CXCursor class_cursor);
void lower_delete(struct body *self, CXCursor cursor);

/* ---- lambda.c ---- */

/* The closure that LAMBDA makes, into OBJECT. */
void lower_lambda(struct body *self, CXCursor lambda, const struct ir_place *object);
/* FUNCTION's body is about to be lowered: finds its captures when it is a lambda's. */
void body_enter_closure(struct body *self, CXCursor function);
/* The member that stands for VARIABLE in a lambda's body, or NULL. */
const struct ir_place *body_captured(struct body *self, CXCursor variable);
/* `this` as the source means it. */
struct ir_operand body_this(struct body *self);
/* A non-static method; not the call operator of a closure without captures. */
bool method_takes_this(struct lowering *unit, CXCursor method);
/* A closure without captures as a function pointer. */
bool lower_closure_conversion(struct body *self, CXCursor call, struct ir_expr *out);

#endif
