/*
 * cxx.c - what only C++ has: methods and `this`, base classes, range-for, exceptions. Classes are in classes.c,
 * constructors in construct.c, destructors in cleanup.c, lambdas in lambda.c.
 *
 * A base class is a member "(base) N" of the derived record; conversions of pointers and objects go through it, so
 * that a member of a base is the same place whichever class names it.
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

/* ---- base classes ---- */

/* Numbers of the fields that lead from record FROM to its base or anonymous member TO; 0 when there is no such part. */
static uint32_t part_steps(struct lowering *unit, ir_id from, ir_id to, ir_id *steps, uint32_t max)
{
    for (uint32_t i = 0; max && i < unit->module->records.items[from].fields.count; i++) {
        const struct ir_field *field = &unit->module->records.items[from].fields.items[i];
        const struct ir_type *type = unit_type_get(unit, field->type);
        if (type->kind != IR_TYPE_RECORD || !ir_field_is_transparent(field))
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
            !ir_field_is_base(&self->module->records.items[last->record].fields.items[last->field]))
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

static bool is_this(const struct body *self, const struct ir_place *place)
{
    return place->base == IR_BASE_LOCAL && place->id == 0 && !place->proj_count && self->fn.record != IR_NONE;
}

/* A base class that does not begin where the object begins: NULL stays NULL all the same. */
static struct ir_operand part_or_null(struct body *self, struct ir_operand pointer, const struct ir_place *part,
                                      ir_id to)
{
    const struct ir_place *result = body_temp(self, to, self->loc);
    ir_id some = body_new_block(self), none = body_new_block(self), done = body_new_block(self);
    body_branch(self, pointer, some, none, self->loc, NULL);
    body_start(self, some);
    body_assign(self, result, value_use(ir_operand_addr(part, to)), self->loc);
    body_goto(self, done);
    body_start(self, none);
    body_assign(self, result, value_int(to, 0), self->loc);
    body_start(self, done);
    return ir_operand_load(result);
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
        uint64_t bits;
        if (part && value.kind == IR_OPERAND_LOAD && !source->is_reference && !is_this(self, value.place) &&
            unit_part_offset(unit, from->record, record, &bits) && bits)
            *out = part_or_null(self, value, part, to);
        else if (part)
            *out = ir_operand_addr(part, to);
        return part != NULL;
    }
    const struct ir_place *whole = value.kind == IR_OPERAND_ADDR ? enclosing_object(self, value.place, record) : NULL;
    if (whole)
        *out = body_address(self, whole, to);
    return whole != NULL;
}

/* ---- calls of methods ---- */

struct ir_operand lower_this_argument(struct body *self, CXCursor callee)
{
    struct lowering *unit = self->unit;
    CXCursor member = cursor_strip(unit, callee);
    struct children operands = cursor_operands(unit, member);
    struct ir_operand object = body_this(self), converted;
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

/* &other, for a parameter of an assignment operator. */
static bool is_address_of_source(struct lowering *unit, CXCursor cursor)
{
    cursor = cursor_strip(unit, cursor);
    struct children operands = cursor_operands(unit, cursor);
    if (clang_getCursorUnaryOperatorKind(cursor) != CXUnaryOperator_AddrOf || operands.count != 1)
        return false;
    CXCursor target = clang_getCursorReferenced(cursor_strip(unit, operands.items[0]));
    if (clang_getCursorKind(target) != CXCursor_ParmDecl)
        return false;
    CXCursor function = clang_getCursorSemanticParent(target);
    return cxx_is_method(function) &&
           strcmp(cursor_string(&unit->scratch, clang_getCursorSpelling(function)), "operator=") == 0;
}

bool cxx_self_test(struct lowering *unit, CXCursor cursor, int64_t *value)
{
    enum CXBinaryOperatorKind op = clang_getCursorBinaryOperatorKind(cursor);
    if (!unit->is_cxx || (op != CXBinaryOperator_NE && op != CXBinaryOperator_EQ))
        return false;
    struct children operands = cursor_operands(unit, cursor);
    *value = op == CXBinaryOperator_NE;
    for (uint32_t i = 0; i < 2 && operands.count == 2; i++)
        if (clang_getCursorKind(cursor_strip(unit, operands.items[i])) == CXCursor_CXXThisExpr &&
            is_address_of_source(unit, operands.items[1 - i]))
            return true;
    return false;
}

/* ---- virtual methods ---- */

/* `Base::Stop()` names the class, and with it the method. */
static bool names_class(struct lowering *unit, CXCursor member)
{
    struct children children = cursor_children(unit, member);
    for (uint32_t i = 0; i < children.count; i++) {
        enum CXCursorKind kind = clang_getCursorKind(children.items[i]);
        if (kind == CXCursor_TypeRef || kind == CXCursor_TemplateRef || kind == CXCursor_NamespaceRef)
            return true;
    }
    return false;
}

static bool is_object_of_its_own(const struct ir_operand *object)
{
    if (object->kind != IR_OPERAND_ADDR)
        return false;
    const struct ir_place *place = object->place;
    return !place->proj_count || place->projs[place->proj_count - 1].kind != IR_PROJ_DEREF;
}

bool call_is_dispatched(struct body *self, CXCursor call, const struct ir_operand *object)
{
    struct lowering *unit = self->unit;
    CXCursor method = clang_getCursorReferenced(call);
    struct children operands = cursor_operands(unit, call);
    if (!cxx_is_method(method) || !clang_CXXMethod_isVirtual(method) || !operands.count)
        return false;
    CXCursor member = cursor_strip(unit, operands.items[0]);
    if (clang_getCursorKind(member) != CXCursor_MemberRefExpr)
        return !is_object_of_its_own(object);
    if (names_class(unit, member))
        return false;
    struct children objects = cursor_operands(unit, member);
    if (!objects.count) /* this: constructors and destructors call their own class's methods */
        return !self->is_special_member;
    bool is_pointer = unit_type_get(unit, unit_cursor_type(unit, objects.items[0]))->kind == IR_TYPE_POINTER;
    return is_pointer || !is_object_of_its_own(object);
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
    body_push_frame(self, FRAME_LOOP, cursor);
    self->frames.items[self->frames.count - 1].break_block = done;
    self->frames.items[self->frames.count - 1].continue_block = step;
    assign_element(self, variable, is_array ? ir_place_index(self->module, whole, &index, element_type) : NULL);
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
