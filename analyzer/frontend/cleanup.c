/*
 * cleanup.c - destructors: calls that no source shows, because the language makes them.
 *
 * Local objects are destroyed where their scope ends and before every jump out of it, in reverse order (stmt.c asks);
 * temporaries at the end of the full expression, those made on one side of `&&`, `||` or `?:` at the end of that side;
 * a temporary that a reference is bound to lives as long as the reference. Members and base classes are destroyed at
 * the end of the destructor's body. A class without a written destructor whose parts have one gets a function of its
 * own, so that `delete` through a base class finds it. Objects passed by value belong to the callee, as in Microsoft's
 * calling convention. Exceptions of C++ run no destructors here: the kernel has none, and __try excludes them (C2712).
 */
#include "frontend/lower_int.h"

#include <string.h>

/* Elements of an array of objects that are destroyed one by one; larger arrays become unknowns. */
#define MAX_ELEMENTS 16

/* ---- functions ---- */

/* A destructor that is virtual in a base class is virtual everywhere below it. */
static bool has_virtual_destructor(struct lowering *unit, CXCursor declaration)
{
    const struct class_info *class = unit_class_bases(unit, declaration);
    if (!cursor_is_null(class->destructor) && clang_CXXMethod_isVirtual(class->destructor))
        return true;
    for (uint32_t i = 0; i < class->bases.count; i++) {
        CXCursor base;
        if (type_class(class->bases.items[i], &base) && has_virtual_destructor(unit, base))
            return true;
    }
    return false;
}

static ir_id implicit_destructor(struct lowering *unit, CXCursor declaration)
{
    struct class_info *class = unit_class(unit, declaration);
    if (class->has_implicit_destructor)
        return class->implicit_destructor;
    ir_id record = unit_record(unit, declaration);
    const char *qualified = unit_qualified_name(unit, declaration);
    const char *name = arena_printf(&unit->scratch, "%s::~%s", qualified,
                                    cursor_string(&unit->scratch, clang_getCursorSpelling(declaration)));
    const char *key = arena_printf(&unit->scratch, "%s#~", unit->module->records.items[record].key);
    ir_id pointer = unit_pointer_to(unit, unit_cursor_type(unit, declaration));
    ir_id id = ir_module_function(unit->module, unit->unit, key, name, NULL);
    class->has_implicit_destructor = true;
    class->implicit_destructor = id;
    ir_id type = ir_module_type(
        unit->module, &(struct ir_type){.kind = IR_TYPE_FUNCTION, .target = unit->void_type, .record = IR_NONE});
    struct ir_function *function = &unit->module->functions.items[id];
    function->type = type;
    function->loc = unit_name_loc(unit, declaration);
    function->definition = IR_NONE;
    function->record = record;
    function->is_virtual = has_virtual_destructor(unit, declaration);
    function->is_system = clang_Location_isInSystemHeader(clang_getCursorLocation(declaration)) != 0;
    struct ir_function copy = *function;
    ir_function_add_local(unit->module, &copy, IR_LOCAL_PARAM, "this", pointer, copy.loc);
    copy.param_count = 1;
    unit->module->functions.items[id] = copy;
    VEC_PUSH(&unit->bodies, ((struct pending){declaration, id}));
    return id;
}

void unit_require_destructor(struct lowering *unit, CXCursor class_cursor)
{
    const struct class_info *class = unit_class(unit, class_cursor);
    bool is_written = !cursor_is_null(class->destructor) && !method_is_implicit(class->destructor);
    if (!is_written && has_virtual_destructor(unit, class_cursor))
        implicit_destructor(unit, class_cursor);
}

/* ---- one object ---- */

static void call_destructor(struct body *self, struct ir_operand object, CXCursor class_cursor, bool is_dispatched,
                            ir_id loc)
{
    struct lowering *unit = self->unit;
    const struct class_info *class = unit_class(unit, class_cursor);
    bool is_written = !cursor_is_null(class->destructor) && !method_is_implicit(class->destructor);
    ir_id function = is_written ? unit_function(unit, class->destructor) : implicit_destructor(unit, class_cursor);
    struct ir_operand callee = ir_operand_undef(unit_pointer_to(unit, unit->module->functions.items[function].type));
    callee.kind = IR_OPERAND_FUNC;
    callee.function = function;
    struct ir_instr *instr = body_add(self, IR_CALL, loc);
    instr->callee = callee;
    instr->is_dispatched = is_dispatched;
    instr->args = arena_copy(self->module->arena, &object, sizeof(object));
    instr->arg_count = 1;
}

static void destroy(struct body *self, const struct ir_place *object, CXType type, ir_id loc);

static void destroy_array(struct body *self, const struct ir_place *array, CXType type, ir_id loc)
{
    struct lowering *unit = self->unit;
    ir_id element = unit_type_get(unit, array->type)->target;
    long long count = clang_getArraySize(type);
    if (count > MAX_ELEMENTS) {
        struct ir_operand address = ir_operand_addr(array, unit_pointer_to(unit, element));
        body_add_unknown(self, "destruction of a large array", &address, 1, loc);
        return;
    }
    for (long long i = count; i-- > 0;) {
        struct ir_operand index = ir_operand_int(unit->int_type, i);
        const struct ir_place *place = ir_place_index(self->module, array, &index, element);
        destroy(self, place, clang_getArrayElementType(type), loc);
    }
}

/* OBJECT's destructor, or those of an array's elements from the last to the first. */
static void destroy(struct body *self, const struct ir_place *object, CXType type, ir_id loc)
{
    CXCursor class_cursor;
    if (self->block == IR_NONE || !type_class(type, &class_cursor))
        return;
    if (clang_getArraySize(type) >= 0) {
        destroy_array(self, object, type, loc);
        return;
    }
    ir_id pointer = unit_pointer_to(self->unit, object->type);
    call_destructor(self, body_address(self, object, pointer), class_cursor, false, loc);
}

/* ---- objects waiting to be destroyed ---- */

static void destroy_from(struct body *self, const struct cleanup *items, uint32_t from, uint32_t count)
{
    ir_id loc = self->loc;
    for (uint32_t i = count; i-- > from;)
        if (!self->spared || items[i].object->id != self->spared->id || items[i].object->proj_count)
            destroy(self, items[i].object, items[i].type, loc);
}

void body_add_cleanup(struct body *self, const struct ir_place *object, CXType type)
{
    if (!unit_needs_destruction(self->unit, type))
        return;
    for (uint32_t i = self->frames.count; i-- > 0;) {
        struct frame *frame = &self->frames.items[i];
        if (frame->kind != FRAME_SCOPE)
            continue;
        VEC_PUSH(&frame->cleanups, ((struct cleanup){object, type}));
        return;
    }
}

void body_run_cleanups(struct body *self, uint32_t frame, uint32_t from)
{
    const struct frame *owner = &self->frames.items[frame];
    if (self->block != IR_NONE && owner->cleanups.count > from)
        destroy_from(self, owner->cleanups.items, from, owner->cleanups.count);
}

bool body_has_cleanups(const struct body *self)
{
    for (uint32_t i = 0; i < self->frames.count; i++)
        if (self->frames.items[i].cleanups.count)
            return true;
    return false;
}

/* ---- temporaries ---- */

void body_add_temporary(struct body *self, const struct ir_place *object, CXType type)
{
    if (unit_needs_destruction(self->unit, type))
        VEC_PUSH(&self->temporaries, ((struct cleanup){object, type}));
}

void body_end_temporaries(struct body *self, uint32_t mark)
{
    destroy_from(self, self->temporaries.items, mark, self->temporaries.count);
    self->temporaries.count = mark;
}

void body_extend_temporary(struct body *self, uint32_t mark, const struct ir_place *bound)
{
    for (uint32_t i = mark; i < self->temporaries.count; i++) {
        struct cleanup temporary = self->temporaries.items[i];
        if (bound->base != temporary.object->base || bound->id != temporary.object->id)
            continue;
        body_add_cleanup(self, temporary.object, temporary.type);
        for (uint32_t j = i + 1; j < self->temporaries.count; j++)
            self->temporaries.items[j - 1] = self->temporaries.items[j];
        self->temporaries.count--;
        return;
    }
}

struct temporary_search {
    struct lowering *unit;
    bool found;
};

static enum CXChildVisitResult find_temporary(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    struct temporary_search *self = data;
    enum CXCursorKind kind = clang_getCursorKind(cursor);
    bool may = kind == CXCursor_CallExpr || kind == CXCursor_InitListExpr || kind == CXCursor_LambdaExpr;
    self->found = may && unit_needs_destruction(self->unit, clang_getCursorType(cursor));
    if (kind == CXCursor_LambdaExpr)
        return self->found ? CXChildVisit_Break : CXChildVisit_Continue;
    return self->found ? CXChildVisit_Break : CXChildVisit_Recurse;
}

static bool makes_temporaries(struct lowering *unit, CXCursor cursor)
{
    struct temporary_search search = {unit, false};
    if (find_temporary(cursor, cursor, &search) != CXChildVisit_Break)
        clang_visitChildren(cursor, find_temporary, &search);
    return search.found;
}

void lower_sided_condition(struct body *self, CXCursor cursor, ir_id if_true, ir_id if_false)
{
    uint32_t mark = self->temporaries.count;
    if (!self->unit->is_cxx || !makes_temporaries(self->unit, cursor)) {
        lower_condition(self, cursor, if_true, if_false);
        return;
    }
    ir_id ends[2] = {body_new_block(self), body_new_block(self)};
    lower_condition(self, cursor, ends[0], ends[1]);
    uint32_t made = self->temporaries.count;
    for (uint32_t i = 0; i < 2; i++) {
        self->block = ends[i];
        self->temporaries.count = made;
        body_end_temporaries(self, mark);
        body_goto(self, i ? if_false : if_true);
    }
}

/* ---- the destructor's own body ---- */

void lower_destructor_start(struct body *self, CXCursor class_cursor)
{
    struct lowering *unit = self->unit;
    const struct ir_place *pointer = ir_place_local(self->module, &self->fn, 0);
    const struct ir_place *object = ir_place_deref(self->module, pointer, unit_type_get(unit, pointer->type)->target);
    const struct class_info *class = unit_class_bases(unit, class_cursor);
    if (clang_getCursorKind(class_cursor) == CXCursor_UnionDecl)
        return;
    for (uint32_t i = 0; i < class->bases.count; i++) {
        const struct ir_type *type = unit_type_get(unit, unit_type(unit, class->bases.items[i]));
        const struct ir_place *part = body_part_place(self, object, type->record);
        if (part)
            body_add_cleanup(self, part, class->bases.items[i]);
    }
    struct children fields = class_fields(unit, class_cursor);
    for (uint32_t i = 0; i < fields.count; i++) {
        ir_id record, index;
        if (unit_field(unit, fields.items[i], &record, &index))
            body_add_cleanup(self, ir_place_field(self->module, object, record, index),
                             clang_getCursorType(fields.items[i]));
    }
}

/* ---- delete ---- */

/* `delete []`: libclang does not say, but the text does. */
static bool is_array_delete(struct lowering *unit, CXCursor cursor)
{
    const char *text = unit_text(unit, cursor);
    text = text ? strstr(text, "delete") : NULL;
    if (!text)
        return false;
    text += strlen("delete");
    return text[text[0] == ' '] == '[';
}

static void free_object(struct body *self, CXCursor class_cursor, bool is_array, struct ir_operand object, ir_id loc)
{
    struct lowering *unit = self->unit;
    struct ir_operand args[2] = {object, ir_operand_undef(unit->int_type)};
    CXCursor allocator;
    const char *name = is_array ? "operator delete[]" : "operator delete";
    if (!unit_find_allocator(unit, class_cursor, name, args, 1, &allocator) &&
        !unit_find_allocator(unit, class_cursor, name, args, 2, &allocator)) {
        body_call_builtin(self, "operator delete", unit->void_type, &object, 1, loc);
        return;
    }
    uint32_t count = (uint32_t)clang_Cursor_getNumArguments(allocator);
    struct ir_operand callee = unit_function_operand(unit, allocator);
    struct ir_instr *instr = body_add(self, IR_CALL, loc);
    instr->callee = callee;
    instr->args = arena_copy(self->module->arena, args, count * sizeof(*args));
    instr->arg_count = count;
}

void lower_delete(struct body *self, CXCursor cursor)
{
    struct lowering *unit = self->unit;
    struct children operands = cursor_operands(unit, cursor);
    ir_id loc = unit_loc(unit, cursor);
    if (!operands.count) {
        lower_unknown(self, cursor, "CXXDeleteExpr");
        return;
    }
    CXType type = clang_getPointeeType(clang_getCanonicalType(clang_getCursorType(operands.items[0])));
    CXCursor class_cursor = clang_getNullCursor();
    bool is_array = is_array_delete(unit, cursor), is_object = type_class(type, &class_cursor);
    struct ir_operand object = lower_operand(self, operands.items[0]);
    ir_id some = body_new_block(self), done = body_new_block(self);
    body_branch(self, object, some, done, loc, unit_text(unit, operands.items[0]));
    body_start(self, some);
    bool is_virtual = is_object && has_virtual_destructor(unit, class_cursor);
    if (is_array && is_object && unit_needs_destruction(unit, type))
        body_add_unknown(self, "delete[] of objects", &object, 1, loc);
    else if (is_object && (is_virtual || unit_needs_destruction(unit, type)))
        call_destructor(self, object, class_cursor, is_virtual, loc);
    free_object(self, class_cursor, is_array, object, loc);
    body_start(self, done);
}
