/*
 * cxx.c - what only C++ has: methods and `this`, base classes, constructors, new and delete, range-for, exceptions.
 *
 * A base class is a member "(base) N" of the derived record; conversions of pointers and objects go through it, so
 * that a member of a base is the same place whichever class names it. Destructor calls at the ends of scopes are
 * not made up yet.
 */
#include "frontend/lower_int.h"

#include <string.h>

bool cxx_is_method(CXCursor declaration)
{
    switch (clang_getCursorKind(declaration)) {
    case CXCursor_CXXMethod:
    case CXCursor_Constructor:
    case CXCursor_Destructor:
    case CXCursor_ConversionFunction: return true;
    default: return false;
    }
}

/* Made up by the compiler: it has no text of its own, and copies or does nothing. */
static bool cxx_is_trivial(CXCursor method)
{
    CXCursor parent = clang_getCursorSemanticParent(method);
    CXSourceLocation own = clang_getCursorLocation(method), of_class = clang_getCursorLocation(parent);
    return clang_equalLocations(own, of_class) || clang_CXXMethod_isDefaulted(method);
}

/* ---- base classes ---- */

static bool is_base_field(const struct ir_field *field)
{
    return strncmp(field->name, "(base)", 6) == 0;
}

/* A member whose members are named as if they were the record's own. */
static bool is_transparent(const struct ir_field *field)
{
    return !*field->name || is_base_field(field);
}

/* Numbers of the fields that lead from record FROM to its base or anonymous member TO; 0 when there is no such part. */
static uint32_t part_steps(struct lowering *unit, ir_id from, ir_id to, ir_id *steps, uint32_t max)
{
    for (uint32_t i = 0; max && i < unit->module->records.items[from].fields.count; i++) {
        const struct ir_field *field = &unit->module->records.items[from].fields.items[i];
        const struct ir_type *type = unit_type_get(unit, field->type);
        if (type->kind != IR_TYPE_RECORD || !is_transparent(field))
            continue;
        steps[0] = i;
        if (type->record == to)
            return 1;
        uint32_t deeper = part_steps(unit, type->record, to, steps + 1, max - 1);
        if (deeper)
            return deeper + 1;
    }
    return 0;
}

#define MAX_PARTS 16

/* Where the base class or anonymous member PART begins in RECORD. */
bool unit_part_offset(struct lowering *unit, ir_id record, ir_id part, uint64_t *bits)
{
    ir_id steps[MAX_PARTS];
    uint32_t count = part_steps(unit, record, part, steps, MAX_PARTS);
    *bits = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct ir_field *field = &unit->module->records.items[record].fields.items[steps[i]];
        *bits += field->offset;
        record = unit_type_get(unit, field->type)->record;
    }
    return count > 0;
}

/* The part of OBJECT that is its base class or anonymous member RECORD; NULL when it has none (or is that record). */
const struct ir_place *body_part_place(struct body *self, const struct ir_place *object, ir_id record)
{
    ir_id steps[MAX_PARTS];
    const struct ir_type *type = unit_type_get(self->unit, object->type);
    if (type->kind != IR_TYPE_RECORD || type->record == record || record == IR_NONE)
        return NULL;
    uint32_t count = part_steps(self->unit, type->record, record, steps, MAX_PARTS);
    for (uint32_t i = 0; i < count; i++) {
        ir_id owner = unit_type_get(self->unit, object->type)->record;
        object = ir_place_field(self->module, object, owner, steps[i]);
    }
    return count ? object : NULL;
}

/* &object.(base) converted back to the derived class is &object. */
static const struct ir_place *enclosing_object(struct body *self, const struct ir_place *part, ir_id record)
{
    for (uint32_t count = part->proj_count; count > 0; count--) {
        const struct ir_proj *last = &part->projs[count - 1];
        if (last->kind != IR_PROJ_FIELD ||
            !is_base_field(&self->module->records.items[last->record].fields.items[last->field]))
            return NULL;
        if (last->record != record)
            continue;
        struct ir_place *whole = ARENA_NEW(self->module->arena, struct ir_place);
        *whole = *part;
        whole->proj_count = count - 1;
        whole->type = count > 1                     ? part->projs[count - 2].type
                      : part->base == IR_BASE_LOCAL ? self->fn.locals.items[part->id].type
                                                    : self->module->globals.items[part->id].type;
        return whole;
    }
    return NULL;
}

bool body_convert_class_pointer(struct body *self, struct ir_operand value, ir_id to, struct ir_operand *out)
{
    struct lowering *unit = self->unit;
    const struct ir_type *source = unit_type_get(unit, value.type), *target = unit_type_get(unit, to);
    if (source->kind != IR_TYPE_POINTER || target->kind != IR_TYPE_POINTER)
        return false;
    ir_id from_object = source->target;
    const struct ir_type *from = unit_type_get(unit, source->target), *wanted = unit_type_get(unit, target->target);
    if (from->kind != IR_TYPE_RECORD || wanted->kind != IR_TYPE_RECORD || from->record == wanted->record)
        return false;
    ir_id steps[MAX_PARTS], record = wanted->record;
    bool is_pointer_value = value.kind == IR_OPERAND_LOAD || value.kind == IR_OPERAND_ADDR;
    if (is_pointer_value && part_steps(unit, from->record, record, steps, MAX_PARTS)) {
        const struct ir_place *object = body_pointee(self, value, from_object, self->loc);
        const struct ir_place *part = body_part_place(self, object, record);
        if (part)
            *out = ir_operand_addr(part, to);
        return part != NULL;
    }
    const struct ir_place *whole = value.kind == IR_OPERAND_ADDR ? enclosing_object(self, value.place, record) : NULL;
    if (whole)
        *out = body_address(self, whole, to);
    return whole != NULL;
}

/* ---- calls of methods ---- */

static ir_id method_record(struct lowering *unit, CXCursor method)
{
    return unit_record(unit, clang_getCursorSemanticParent(method));
}

static struct ir_operand this_operand(struct body *self)
{
    if (!self->fn.locals.count)
        return ir_operand_undef(self->unit->char_pointer_type);
    return ir_operand_load(ir_place_local(self->module, &self->fn, 0));
}

struct ir_operand lower_this_argument(struct body *self, CXCursor callee)
{
    struct lowering *unit = self->unit;
    CXCursor member = cursor_strip(unit, callee);
    struct children operands = cursor_operands(unit, member);
    struct ir_operand object = this_operand(self), converted;
    if (operands.count) {
        CXCursor expression = operands.items[0];
        if (unit_type_get(unit, unit_cursor_type(unit, expression))->kind == IR_TYPE_POINTER) {
            object = lower_operand(self, expression);
        } else {
            const struct ir_place *place = lower_place(self, expression);
            object = body_address(self, place, unit_pointer_to(unit, place->type));
        }
    }
    CXCursor method = clang_getCursorReferenced(member);
    if (!cxx_is_method(method))
        return object;
    CXType class_type = clang_getCursorType(clang_getCursorSemanticParent(method));
    ir_id pointer = unit_pointer_to(unit, unit_type(unit, class_type));
    return body_convert_class_pointer(self, object, pointer, &converted) ? converted : object;
}

/* ---- constructors ---- */

struct field_defaults {
    struct body *body;
    const struct ir_place *object;
    const bool *is_done; /* by field index; may be NULL */
    VEC(CXCursor) fields;
};

static enum CXChildVisitResult collect_default(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    struct field_defaults *self = data;
    if (clang_getCursorKind(cursor) == CXCursor_FieldDecl && !clang_Cursor_isBitField(cursor))
        VEC_PUSH_IN(&self->body->unit->scratch, &self->fields, cursor);
    return CXChildVisit_Continue;
}

/* Initialisers that the class declares for its members. */
static void init_defaults(struct body *self, CXCursor class_cursor, const struct ir_place *object, const bool *is_done)
{
    struct lowering *unit = self->unit;
    struct field_defaults defaults = {self, object, is_done, {0}};
    CXCursor definition = clang_getCursorDefinition(class_cursor);
    if (cursor_is_null(definition) || unit_type_get(unit, object->type)->kind != IR_TYPE_RECORD)
        return;
    clang_visitChildren(definition, collect_default, &defaults);
    for (uint32_t i = 0; i < defaults.fields.count; i++) {
        CXCursor field = defaults.fields.items[i];
        struct children operands = cursor_operands(unit, field);
        ir_id record, index;
        bool is_array = clang_getArraySize(clang_getCursorType(field)) >= 0; /* its size is an operand, too */
        if (operands.count <= (uint32_t)is_array || !unit_field(unit, field, &record, &index))
            continue;
        if (record == unit_type_get(unit, object->type)->record && !(is_done && is_done[index]))
            lower_initializer(self, ir_place_field(self->module, object, record, index),
                              operands.items[operands.count - 1]);
    }
}

static void call_constructor(struct body *self, CXCursor call, CXCursor constructor, const struct ir_place *object)
{
    struct lowering *unit = self->unit;
    int count = clang_Cursor_getNumArguments(call);
    CXType type = clang_getCursorType(constructor);
    VEC(struct ir_operand) args = {0};
    struct ir_operand address = body_address(self, object, unit_pointer_to(unit, object->type));
    VEC_PUSH_IN(self->module->arena, &args, address);
    for (int i = 0; i < count; i++) {
        CXCursor argument = clang_Cursor_getArgument(call, (unsigned)i);
        struct ir_operand operand = lower_argument(self, argument, clang_getArgType(type, (unsigned)i));
        VEC_PUSH_IN(self->module->arena, &args, operand);
    }
    struct ir_instr *instr = body_add(self, IR_CALL, unit_loc(unit, call));
    instr->args = args.items;
    instr->arg_count = args.count;
    struct ir_operand callee = unit_function_operand(unit, constructor);
    self->fn.blocks.items[self->block].instrs.items[self->fn.blocks.items[self->block].instrs.count - 1].callee =
        callee;
}

void lower_construct(struct body *self, CXCursor call, const struct ir_place *object)
{
    struct lowering *unit = self->unit;
    CXCursor constructor = clang_getCursorReferenced(call);
    ir_id loc = unit_loc(unit, call);
    bool copies =
        clang_CXXConstructor_isCopyConstructor(constructor) || clang_CXXConstructor_isMoveConstructor(constructor);
    if (!cxx_is_trivial(constructor)) {
        call_constructor(self, call, constructor, object);
        return;
    }
    if (copies && clang_Cursor_getNumArguments(call) >= 1) {
        const struct ir_place *from = lower_place(self, clang_Cursor_getArgument(call, 0));
        body_assign(self, object, value_use(body_load(self, from)), loc);
        return;
    }
    bool is_value = cursor_children(unit, call).count > 0; /* T(): zero; `T x;` leaves plain members alone */
    if (is_value)
        body_assign(self, object, value_unary(IR_EXPR_ZERO, object->type, ir_operand_undef(object->type)), loc);
    init_defaults(self, clang_getCursorSemanticParent(constructor), object, NULL);
}

/* The initialiser list of a constructor: `Adapter(int x) : Base(x), m_x(x)`. */
static void lower_member_initializers(struct body *self, const struct children *children, const struct ir_place *object)
{
    struct lowering *unit = self->unit;
    for (uint32_t i = 0; i + 1 < children->count; i++) {
        CXCursor target = children->items[i], value = children->items[i + 1];
        ir_id record, index;
        if (!clang_isExpression(clang_getCursorKind(value)))
            continue;
        if (clang_getCursorKind(target) == CXCursor_TypeRef) { /* a base class, or the class itself */
            const struct ir_type *type = unit_type_get(unit, unit_cursor_type(unit, target));
            const struct ir_place *part = body_part_place(self, object, type->record);
            lower_initializer(self, part ? part : object, value);
        } else if (clang_getCursorKind(target) == CXCursor_MemberRef &&
                   unit_field(unit, clang_getCursorReferenced(target), &record, &index)) {
            const struct ir_place *owner = body_part_place(self, object, record);
            const struct ir_place *field = ir_place_field(self->module, owner ? owner : object, record, index);
            if (unit_type_get(unit, field->type)->is_reference)
                body_assign(self, field, value_use(body_address(self, lower_place(self, value), field->type)),
                            self->loc);
            else
                lower_initializer(self, field, value);
        }
    }
}

void lower_constructor_start(struct body *self, CXCursor constructor)
{
    struct lowering *unit = self->unit;
    if (clang_getCursorKind(constructor) != CXCursor_Constructor || !self->fn.locals.count)
        return;
    const struct ir_place *pointer = ir_place_local(self->module, &self->fn, 0);
    const struct ir_place *object = ir_place_deref(self->module, pointer, unit_type_get(unit, pointer->type)->target);
    struct children children = cursor_children(unit, constructor);
    const struct ir_record *class_record = &self->module->records.items[method_record(unit, constructor)];
    bool *is_done = ARENA_NEW_ARRAY(&unit->scratch, bool, class_record->fields.count + 1u);
    for (uint32_t i = 0; i < children.count; i++) {
        ir_id record, index;
        if (clang_getCursorKind(children.items[i]) == CXCursor_MemberRef &&
            unit_field(unit, clang_getCursorReferenced(children.items[i]), &record, &index) &&
            record == self->fn.record)
            is_done[index] = true;
    }
    init_defaults(self, clang_getCursorSemanticParent(constructor), object, is_done);
    lower_member_initializers(self, &children, object);
}

/* ---- new and delete ---- */

static bool is_object_initializer(CXCursor cursor)
{
    return clang_getCursorKind(cursor) == CXCursor_InitListExpr ||
           clang_getCursorKind(clang_getCursorReferenced(cursor)) == CXCursor_Constructor;
}

/*
 * Memory comes from a function "operator new" (size, placement arguments …); one pointer as placement argument is
 * the memory.
 */
struct ir_expr lower_new(struct body *self, CXCursor cursor)
{
    struct lowering *unit = self->unit;
    ir_id type = unit_cursor_type(unit, cursor), loc = unit_loc(unit, cursor);
    struct children operands = cursor_operands(unit, cursor);
    bool has_init = operands.count && is_object_initializer(operands.items[operands.count - 1]);
    VEC(struct ir_operand) args = {0};
    ir_id object_type = unit_type_get(unit, type)->target;
    ir_id size_type = unit_int_type(unit, unit_type_get(unit, unit->char_pointer_type)->bits, false);
    struct ir_operand size = ir_operand_int(size_type, unit_type_get(unit, object_type)->bits / 8);
    VEC_PUSH_IN(self->module->arena, &args, size);
    for (uint32_t i = 0; i + has_init < operands.count; i++) {
        struct ir_operand operand = lower_operand(self, operands.items[i]);
        VEC_PUSH_IN(self->module->arena, &args, operand);
    }
    struct ir_expr value;
    if (args.count == 2 && unit_type_get(unit, args.items[1].type)->kind == IR_TYPE_POINTER)
        value = body_convert(self, value_use(args.items[1]), type, true, loc);
    else
        value = body_call_builtin(self, "operator new", type, args.items, args.count, loc);
    const struct ir_place *pointer = body_temp(self, type, loc);
    body_assign(self, pointer, value, loc);
    if (has_init)
        lower_initializer(self, ir_place_deref(self->module, pointer, object_type), operands.items[operands.count - 1]);
    return value_use(ir_operand_load(pointer));
}

static enum CXChildVisitResult find_destructor(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    if (clang_getCursorKind(cursor) != CXCursor_Destructor)
        return CXChildVisit_Continue;
    *(CXCursor *)data = cursor;
    return CXChildVisit_Break;
}

static void call_destructor(struct body *self, CXType pointer, struct ir_operand object, ir_id loc)
{
    CXCursor class_cursor = clang_getTypeDeclaration(clang_getPointeeType(clang_getCanonicalType(pointer)));
    CXCursor definition = clang_getCursorDefinition(class_cursor), destructor = clang_getNullCursor();
    if (cursor_is_null(definition))
        return;
    clang_visitChildren(definition, find_destructor, &destructor);
    if (cursor_is_null(destructor) || cxx_is_trivial(destructor))
        return;
    struct ir_operand callee = unit_function_operand(self->unit, destructor);
    struct ir_instr *instr = body_add(self, IR_CALL, loc);
    instr->callee = callee;
    instr->args = arena_copy(self->module->arena, &object, sizeof(object));
    instr->arg_count = 1;
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
    struct ir_operand object = lower_operand(self, operands.items[0]);
    ir_id some = body_new_block(self), done = body_new_block(self);
    body_branch(self, object, some, done, loc, unit_text(unit, operands.items[0]));
    body_start(self, some);
    call_destructor(self, clang_getCursorType(operands.items[0]), object, loc);
    body_call_builtin(self, "operator delete", unit->void_type, &object, 1, loc);
    body_start(self, done);
}

/* ---- range-for ---- */

static void assign_element(struct body *self, CXCursor variable, const struct ir_place *element)
{
    const struct ir_place *place = body_local(self, variable);
    struct ir_expr value = value_undef(place->type);
    if (element && unit_type_get(self->unit, place->type)->is_reference)
        value = value_use(body_address(self, element, place->type));
    else if (element)
        value = value_use(body_load(self, element));
    body_assign(self, place, value, self->loc);
}

/* Arrays are walked by index; of other ranges nothing is known but that the body runs some number of times. */
void lower_range_for(struct body *self, CXCursor cursor)
{
    struct lowering *unit = self->unit;
    struct children children = cursor_children(unit, cursor);
    if (children.count < 3 || clang_getCursorKind(children.items[children.count - 3]) != CXCursor_VarDecl) {
        lower_unknown(self, cursor, "CXXForRangeStmt");
        return;
    }
    CXCursor variable = children.items[children.count - 3], range = children.items[children.count - 2];
    const struct ir_place *whole = lower_place(self, range);
    const struct ir_type *type = unit_type_get(unit, whole->type);
    bool is_array = type->kind == IR_TYPE_ARRAY;
    ir_id element_type = type->target, loc = self->loc;
    int64_t count = (int64_t)type->count;
    const struct ir_place *at = body_temp(self, unit->int_type, loc);
    body_assign(self, at, value_int(unit->int_type, 0), loc);
    ir_id head = body_new_block(self), inside = body_new_block(self), step = body_new_block(self),
          done = body_new_block(self);
    body_start(self, head);
    self->fn.blocks.items[head].is_loop_head = true;
    struct ir_expr more =
        value_binary(IR_EXPR_LT, unit->int_type, ir_operand_load(at), ir_operand_int(unit->int_type, count));
    body_branch(self, is_array ? body_operand(self, more, loc) : ir_operand_undef(unit->int_type), inside, done, loc,
                NULL);
    body_start(self, inside);
    struct ir_operand index = ir_operand_load(at);
    assign_element(self, variable, is_array ? ir_place_index(self->module, whole, &index, element_type) : NULL);
    body_push_frame(self, FRAME_LOOP, cursor);
    self->frames.items[self->frames.count - 1].break_block = done;
    self->frames.items[self->frames.count - 1].continue_block = step;
    lower_stmt(self, children.items[children.count - 1]);
    body_pop_frame(self);
    body_start(self, step);
    struct ir_operand one = ir_operand_int(unit->int_type, 1);
    body_assign(self, at, value_binary(IR_EXPR_ADD, unit->int_type, ir_operand_load(at), one), loc);
    body_goto(self, head);
    self->block = done;
}

/* ---- exceptions ---- */

static void lower_catch(struct body *self, CXCursor handler)
{
    struct children children = cursor_children(self->unit, handler);
    for (uint32_t i = 0; i < children.count; i++) {
        enum CXCursorKind kind = clang_getCursorKind(children.items[i]);
        if (kind == CXCursor_VarDecl) {
            const struct ir_place *place = body_local(self, children.items[i]);
            body_assign(self, place, value_undef(place->type), self->loc);
        } else if (clang_isStatement(kind)) {
            lower_stmt(self, children.items[i]);
        }
    }
}

/* Which handler takes an exception is not known: each may, or none. */
void lower_cxx_try(struct body *self, CXCursor cursor)
{
    struct children parts = cursor_operands(self->unit, cursor);
    ir_id outer = self->handler, dispatch = body_new_block(self), done = body_new_block(self);
    if (!parts.count)
        return;
    self->handler = dispatch;
    body_start(self, body_new_block(self));
    lower_stmt(self, parts.items[0]);
    body_goto(self, done);
    self->handler = outer;
    self->block = dispatch;
    for (uint32_t i = 1; i < parts.count; i++) {
        ir_id caught = body_new_block(self), next = body_new_block(self);
        body_branch(self, ir_operand_undef(self->unit->int_type), caught, next, self->loc, NULL);
        body_start(self, caught);
        lower_catch(self, parts.items[i]);
        body_goto(self, done);
        self->block = next;
    }
    body_end(self, IR_RESUME, self->loc);
    self->block = done;
}

void lower_throw(struct body *self, CXCursor cursor)
{
    struct children operands = cursor_operands(self->unit, cursor);
    for (uint32_t i = 0; i < operands.count; i++)
        lower_effect(self, operands.items[i]);
    body_end(self, IR_RESUME, unit_loc(self->unit, cursor));
}
