/*
 * lambda.c - closures: what a lambda captures, and the captured variables inside its body.
 *
 * A closure is an object of a class of its own with one unnamed member for each capture. libclang names explicit
 * captures only; but each member stands where its variable is captured: at its name in the list, or at its first use in
 * the body. The call operator is a method like any other, in which a captured variable is the member. The call operator
 * of a closure without captures takes no `this`, so that it is the function that such a closure converts to.
 */
#include "frontend/lower_int.h"

/* ---- which variable a member stands for ---- */

static bool same_place(CXSourceLocation a, CXSourceLocation b)
{
    return clang_equalLocations(a, b);
}

struct capture_search {
    CXSourceLocation at;
    CXCursor variable; /* null until found */
};

static enum CXChildVisitResult find_captured(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    struct capture_search *self = data;
    enum CXCursorKind kind = clang_getCursorKind(cursor);
    if ((kind != CXCursor_VariableRef && kind != CXCursor_DeclRefExpr) ||
        !same_place(clang_getCursorLocation(cursor), self->at))
        return CXChildVisit_Recurse;
    CXCursor target = clang_getCursorReferenced(cursor);
    enum CXCursorKind referred = clang_getCursorKind(target);
    if (referred != CXCursor_VarDecl && referred != CXCursor_ParmDecl)
        return CXChildVisit_Recurse;
    self->variable = target;
    return CXChildVisit_Break;
}

static CXCursor captured_variable(CXCursor lambda, CXCursor field)
{
    struct capture_search search = {clang_getCursorLocation(field), clang_getNullCursor()};
    clang_visitChildren(lambda, find_captured, &search);
    return search.variable;
}

/* Reports name the member as the variable is named. */
static void name_member(struct lowering *unit, const struct capture *capture)
{
    ir_id record, index;
    const char *name = "this";
    if (!cursor_is_null(capture->variable))
        name = cursor_string(&unit->scratch, clang_getCursorSpelling(capture->variable));
    if (unit_field(unit, capture->field, &record, &index))
        unit->module->records.items[record].fields.items[index].name = intern_string(&unit->module->strings, name);
}

static struct closure *add_closure(struct lowering *unit, CXCursor declaration, CXCursor lambda)
{
    struct children fields = class_fields(unit, declaration);
    struct closure *closure = ARENA_NEW(unit->module->arena, struct closure);
    for (uint32_t i = 0; i < fields.count; i++) {
        struct capture capture = {.variable = captured_variable(lambda, fields.items[i]), .field = fields.items[i]};
        VEC_PUSH_IN(unit->module->arena, &closure->captures, capture);
        name_member(unit, &capture);
    }
    ptr_map_put(&unit->closure_of, cursor_identity(declaration), unit->closures.count);
    VEC_PUSH(&unit->closures, closure);
    return closure;
}

static struct closure *find_closure(struct lowering *unit, CXCursor declaration)
{
    uint32_t known;
    if (!ptr_map_get(&unit->closure_of, cursor_identity(declaration), &known))
        return NULL;
    return unit->closures.items[known];
}

/* ---- the lambda expression ---- */

/* `[x = f()]` declares a variable where it is captured. */
static bool is_init_capture(const struct capture *capture)
{
    return same_place(clang_getCursorLocation(capture->variable), clang_getCursorLocation(capture->field));
}

static void capture_this(struct body *self, const struct ir_place *place, ir_id loc)
{
    struct ir_operand object = body_this(self);
    bool is_copy = unit_type_get(self->unit, place->type)->kind == IR_TYPE_RECORD; /* [*this] */
    if (is_copy)
        object = ir_operand_load(body_pointee(self, object, place->type, loc));
    body_assign(self, place, value_use(object), loc);
}

static void capture_value(struct body *self, const struct ir_place *place, const struct capture *capture, ir_id loc)
{
    bool is_reference = unit_type_get(self->unit, place->type)->is_reference, declares = is_init_capture(capture);
    CXCursor init = declares ? clang_Cursor_getVarDeclInitializer(capture->variable) : clang_getNullCursor();
    if (declares && cursor_is_null(init)) {
        body_assign(self, place, value_undef(place->type), loc);
        return;
    }
    if (declares && !is_reference) {
        lower_initializer(self, place, init);
        return;
    }
    const struct ir_place *source = declares ? lower_place(self, init) : body_variable(self, capture->variable);
    if (is_reference)
        body_assign(self, place, value_use(body_address(self, source, place->type)), loc);
    else if (type_is_aggregate(unit_type_get(self->unit, place->type)))
        body_copy_object(self, place, source, clang_getCursorType(capture->field), COPY, loc);
    else
        body_assign(self, place, value_use(body_load(self, source)), loc);
}

void lower_lambda(struct body *self, CXCursor lambda, const struct ir_place *object)
{
    struct lowering *unit = self->unit;
    CXCursor declaration;
    if (!type_class(clang_getCursorType(lambda), &declaration))
        return;
    struct closure *closure = find_closure(unit, declaration);
    ir_id record, index, loc = unit_loc(unit, lambda);
    if (!closure)
        closure = add_closure(unit, declaration, lambda);
    if (!closure->captures.count) /* something to copy: before C++17 it is moved where it is wanted */
        body_assign(self, object, value_unary(IR_EXPR_ZERO, object->type, ir_operand_undef(object->type)), loc);
    for (uint32_t i = 0; i < closure->captures.count; i++) {
        const struct capture *capture = &closure->captures.items[i];
        if (!unit_field(unit, capture->field, &record, &index))
            continue;
        const struct ir_place *place = ir_place_field(self->module, object, record, index);
        if (cursor_is_null(capture->variable))
            capture_this(self, place, loc);
        else
            capture_value(self, place, capture, loc);
    }
}

/* ---- inside the body ---- */

void body_enter_closure(struct body *self, CXCursor function)
{
    CXCursor parent = clang_getCursorSemanticParent(function);
    if (self->unit->is_cxx && cursor_is_class(parent) && class_is_closure(self->unit, parent))
        self->closure = find_closure(self->unit, parent);
}

static const struct ir_place *capture_place(struct body *self, const struct capture *capture)
{
    ir_id record, index;
    if (!self->fn.param_count || !unit_field(self->unit, capture->field, &record, &index))
        return NULL;
    const struct ir_place *pointer = ir_place_local(self->module, &self->fn, 0);
    ir_id object = unit_type_get(self->unit, pointer->type)->target;
    return ir_place_field(self->module, ir_place_deref(self->module, pointer, object), record, index);
}

const struct ir_place *body_captured(struct body *self, CXCursor variable)
{
    for (uint32_t i = 0; self->closure && i < self->closure->captures.count; i++) {
        const struct capture *capture = &self->closure->captures.items[i];
        if (!cursor_is_null(capture->variable) && cursor_identity(capture->variable) == cursor_identity(variable))
            return capture_place(self, capture);
    }
    return NULL;
}

struct ir_operand body_this(struct body *self)
{
    for (uint32_t i = 0; self->closure && i < self->closure->captures.count; i++) {
        const struct capture *capture = &self->closure->captures.items[i];
        const struct ir_place *place = cursor_is_null(capture->variable) ? capture_place(self, capture) : NULL;
        if (!place)
            continue;
        bool is_copy = unit_type_get(self->unit, place->type)->kind == IR_TYPE_RECORD;
        return is_copy ? body_address(self, place, unit_pointer_to(self->unit, place->type)) : ir_operand_load(place);
    }
    if (!self->fn.param_count)
        return ir_operand_undef(self->unit->char_pointer_type);
    return ir_operand_load(ir_place_local(self->module, &self->fn, 0));
}

bool method_takes_this(struct lowering *unit, CXCursor method)
{
    CXCursor parent = clang_getCursorSemanticParent(method);
    if (!cxx_is_method(method) || clang_CXXMethod_isStatic(method))
        return false;
    return !class_is_closure(unit, parent) || class_fields(unit, parent).count > 0;
}

/* ---- as a function pointer ---- */

static enum CXChildVisitResult find_call_operator(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    if (clang_getCursorKind(cursor) != CXCursor_CXXMethod)
        return CXChildVisit_Continue;
    *(CXCursor *)data = cursor;
    return CXChildVisit_Break;
}

bool lower_closure_conversion(struct body *self, CXCursor call, struct ir_expr *out)
{
    struct lowering *unit = self->unit;
    CXCursor target = clang_getCursorReferenced(call), parent = clang_getCursorSemanticParent(target);
    CXCursor operator= clang_getNullCursor();
    if (clang_getCursorKind(target) != CXCursor_ConversionFunction || !class_is_closure(unit, parent))
        return false;
    clang_visitChildren(parent, find_call_operator, &operator);
    if (cursor_is_null(operator))
        return false;
    *out = value_use(unit_function_operand(unit, operator));
    return true;
}
