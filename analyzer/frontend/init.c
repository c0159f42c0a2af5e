/*
 * init.c - initialisers: braces, designators, brace elision, strings, as assignments to the parts.
 *
 * libclang shows the list as it is written (the "syntactic form"), so the rules of C11 6.7.9 are applied here: a
 * designator moves the current position, missing braces are made up for, what is not mentioned is zero. An
 * aggregate is zeroed first and then gets its values; members set to zero need no assignment of their own.
 */
#include "frontend/lower_int.h"

/* Longer arrays of plain numbers (tables, fonts, firmware) are assigned one unknown value. */
#define MAX_NUMBER_ELEMENTS 256

struct init_list {
    struct children elements;
    uint32_t at;
};

static void init_any(struct body *self, const struct ir_place *place, CXCursor init);
static void init_members(struct body *self, const struct ir_place *place, struct init_list *list, uint64_t first,
                         bool is_top);

/* ---- members of an aggregate by number ---- */

static uint64_t member_count(struct lowering *unit, ir_id type)
{
    const struct ir_type *shape = unit_type_get(unit, type);
    if (shape->kind == IR_TYPE_ARRAY)
        return shape->count ? shape->count : UINT32_MAX;
    if (shape->kind != IR_TYPE_RECORD)
        return 1;
    const struct ir_record *record = &unit->module->records.items[shape->record];
    return record->is_union && record->fields.count ? 1 : record->fields.count;
}

static const struct ir_place *member_place(struct body *self, const struct ir_place *place, uint64_t index)
{
    struct lowering *unit = self->unit;
    const struct ir_type *shape = unit_type_get(unit, place->type);
    if (shape->kind == IR_TYPE_RECORD)
        return ir_place_field(self->module, place, shape->record, (ir_id)index);
    ir_id element = shape->target;
    struct ir_operand operand = ir_operand_int(unit->int_type, (int64_t)index);
    return ir_place_index(self->module, place, &operand, element);
}

/* Unnamed bit-fields take no value. */
static bool is_skipped(struct lowering *unit, ir_id type, uint64_t index)
{
    const struct ir_type *shape = unit_type_get(unit, type);
    if (shape->kind != IR_TYPE_RECORD)
        return false;
    const struct ir_field *field = &unit->module->records.items[shape->record].fields.items[index];
    return field->bit_width && !*field->name;
}

/* ---- designators ---- */

static bool is_designated(struct lowering *unit, CXCursor element)
{
    if (clang_getCursorKind(element) != CXCursor_UnexposedExpr || clang_getCursorType(element).kind != CXType_Void)
        return false;
    return cursor_operands(unit, element).count >= 2;
}

/* The steps from RECORD to FIELD, which may lie in anonymous members. Returns their number, 0 when there is no way. */
static uint32_t field_steps(struct lowering *unit, ir_id record, ir_id owner, ir_id index, ir_id *steps, uint32_t max)
{
    if (!max)
        return 0;
    if (record == owner) {
        steps[0] = index;
        return 1;
    }
    for (uint32_t i = 0; i < unit->module->records.items[record].fields.count; i++) {
        const struct ir_field *field = &unit->module->records.items[record].fields.items[i];
        const struct ir_type *type = unit_type_get(unit, field->type);
        if (*field->name || type->kind != IR_TYPE_RECORD)
            continue;
        uint32_t deeper = field_steps(unit, type->record, owner, index, steps + 1, max - 1);
        steps[0] = i;
        if (deeper)
            return deeper + 1;
    }
    return 0;
}

#define MAX_STEPS 16

/* The member numbers one designator stands for; 0 when it makes no sense here. */
static uint32_t designator_steps(struct body *self, ir_id type, CXCursor designator, ir_id *steps)
{
    struct lowering *unit = self->unit;
    const struct ir_type *shape = unit_type_get(unit, type);
    int64_t index;
    if (clang_getCursorKind(designator) != CXCursor_MemberRef) {
        if (shape->kind != IR_TYPE_ARRAY || !constant_fold(unit, designator, &index) || index < 0 || index > UINT32_MAX)
            return 0;
        steps[0] = (ir_id)index;
        return 1;
    }
    ir_id owner, field;
    if (shape->kind != IR_TYPE_RECORD || !unit_field(unit, clang_getCursorReferenced(designator), &owner, &field))
        return 0;
    return field_steps(unit, shape->record, owner, field, steps, MAX_STEPS);
}

struct designation {
    const CXCursor *designators; /* the value follows them */
    uint32_t count;
    const ir_id *steps; /* of the first designator, those not taken yet */
    uint32_t step_count;
};

/*
 * Initialises what the designators name, then whatever positional elements follow inside the same sub-aggregates.
 * Returns false when they name nothing.
 */
static bool init_designated(struct body *self, const struct ir_place *place, struct designation rest,
                            struct init_list *list, uint64_t *member)
{
    ir_id steps[MAX_STEPS];
    if (!rest.step_count) {
        rest.step_count = designator_steps(self, place->type, rest.designators[0], steps);
        rest.steps = steps;
        if (!rest.step_count)
            return false;
    }
    *member = rest.steps[0];
    if (*member >= member_count(self->unit, place->type) &&
        unit_type_get(self->unit, place->type)->kind == IR_TYPE_ARRAY)
        return false;
    const struct ir_place *part = member_place(self, place, *member);
    rest.steps++;
    if (--rest.step_count == 0) {
        rest.designators++;
        rest.count--;
    }
    if (!rest.count) {
        init_any(self, part, rest.designators[0]);
        list->at++;
        return true;
    }
    uint64_t inner;
    if (!init_designated(self, part, rest, list, &inner))
        return false;
    bool is_union = unit_type_get(self->unit, part->type)->kind == IR_TYPE_RECORD &&
                    self->module->records.items[unit_type_get(self->unit, part->type)->record].is_union;
    if (!is_union)
        init_members(self, part, list, inner + 1, false);
    return true;
}

/* `[a ... b] = x`: an index range shows as two designators where the array has one dimension. */
static bool init_range(struct body *self, const struct ir_place *place, const struct children *parts, uint64_t *last)
{
    struct lowering *unit = self->unit;
    int64_t low, high;
    const struct ir_type *shape = unit_type_get(unit, place->type);
    bool is_range = parts->count == 3 && shape->kind == IR_TYPE_ARRAY &&
                    clang_getCursorKind(parts->items[0]) != CXCursor_MemberRef &&
                    clang_getCursorKind(parts->items[1]) != CXCursor_MemberRef &&
                    unit_type_get(unit, shape->target)->kind != IR_TYPE_ARRAY;
    if (!is_range || !constant_fold(unit, parts->items[0], &low) || !constant_fold(unit, parts->items[1], &high))
        return false;
    for (int64_t i = low; i <= high && i - low < MAX_NUMBER_ELEMENTS; i++)
        init_any(self, member_place(self, place, (uint64_t)i), parts->items[2]);
    *last = (uint64_t)high;
    return true;
}

/* ---- lists ---- */

/* Does ELEMENT initialise an aggregate as a whole: in braces, a string, a value of that class or struct? */
static bool is_whole(struct lowering *unit, ir_id type, CXCursor element)
{
    CXCursor inner = cursor_strip(unit, element);
    enum CXCursorKind kind = clang_getCursorKind(inner);
    const struct ir_type *shape = unit_type_get(unit, type);
    if (kind == CXCursor_InitListExpr)
        return true;
    const struct ir_type *given = unit_type_get(unit, unit_cursor_type(unit, inner));
    if (shape->kind == IR_TYPE_ARRAY)
        return given->kind == IR_TYPE_ARRAY && unit_type_get(unit, shape->target)->kind == IR_TYPE_INT;
    return given->kind == IR_TYPE_RECORD && given->record == shape->record;
}

static void init_designated_element(struct body *self, const struct ir_place *place, struct init_list *list,
                                    uint64_t *member)
{
    CXCursor element = list->elements.items[list->at];
    struct children parts = cursor_operands(self->unit, element);
    struct designation all = {parts.items, parts.count - 1, NULL, 0};
    if (init_range(self, place, &parts, member)) {
        list->at++;
    } else if (!init_designated(self, place, all, list, member)) {
        lower_unknown(self, element, "designator");
        list->at++;
    }
}

/*
 * IS_TOP: LIST is PLACE's own braces; otherwise its elements fill PLACE because braces were left out, up to the
 * next designator.
 */
static void init_members(struct body *self, const struct ir_place *place, struct init_list *list, uint64_t first,
                         bool is_top)
{
    struct lowering *unit = self->unit;
    uint64_t count = member_count(unit, place->type), member = first;
    while (list->at < list->elements.count) {
        CXCursor element = list->elements.items[list->at];
        if (is_designated(unit, element)) {
            if (!is_top)
                return;
            init_designated_element(self, place, list, &member);
            member++;
            continue;
        }
        while (member < count && is_skipped(unit, place->type, member))
            member++;
        if (member >= count) {
            list->at = is_top ? list->elements.count : list->at; /* excess elements are an error in C */
            return;
        }
        const struct ir_place *part = member_place(self, place, member);
        member++;
        if (!is_whole(unit, part->type, element) && body_construct_from(self, part, element)) {
            list->at++;
            continue;
        }
        bool has_parts = type_is_aggregate(unit_type_get(unit, part->type)) && member_count(unit, part->type);
        if (has_parts && !is_whole(unit, part->type, element)) {
            init_members(self, part, list, 0, false);
        } else {
            init_any(self, part, element);
            list->at++;
        }
    }
}

static bool is_number_table(struct lowering *unit, ir_id type, uint32_t elements)
{
    const struct ir_type *shape = unit_type_get(unit, type);
    if (shape->kind != IR_TYPE_ARRAY || elements <= MAX_NUMBER_ELEMENTS)
        return false;
    enum ir_type_kind kind = unit_type_get(unit, shape->target)->kind;
    return kind == IR_TYPE_INT || kind == IR_TYPE_FLOAT || kind == IR_TYPE_BOOL;
}

static void init_braces(struct body *self, const struct ir_place *place, CXCursor braces)
{
    struct lowering *unit = self->unit;
    struct init_list list = {cursor_operands(unit, braces), 0};
    ir_id loc = unit_loc(unit, braces);
    const struct ir_type *shape = unit_type_get(unit, place->type);
    if (!type_is_aggregate(shape)) {
        if (list.elements.count)
            lower_into(self, place, list.elements.items[0]);
        else
            body_assign(self, place, value_int(place->type, 0), loc);
        return;
    }
    if (unit->is_cxx && body_construct_braces(self, place, &list.elements, loc))
        return;
    bool is_string = list.elements.count == 1 && shape->kind == IR_TYPE_ARRAY &&
                     clang_getCursorKind(cursor_strip(unit, list.elements.items[0])) == CXCursor_StringLiteral;
    if (is_string && unit_type_get(unit, shape->target)->kind == IR_TYPE_INT) {
        init_any(self, place, list.elements.items[0]);
    } else if (is_number_table(unit, place->type, list.elements.count)) {
        body_assign(self, place, value_undef(place->type), loc);
    } else {
        body_assign(self, place, value_unary(IR_EXPR_ZERO, place->type, ir_operand_undef(place->type)), loc);
        init_members(self, place, &list, 0, true);
        bool is_designated_list = list.elements.count && is_designated(unit, list.elements.items[0]);
        if (unit->is_cxx && !is_designated_list)
            body_construct_rest(self, place, list.elements.count);
    }
}

/* One value for PLACE, which is part of an object that was zeroed. */
static void init_any(struct body *self, const struct ir_place *place, CXCursor init)
{
    int64_t value;
    CXCursor inner = cursor_strip(self->unit, init);
    if (!body_enter(self)) {
        lower_unknown(self, init, "initialiser nested too deeply");
        return;
    }
    if (clang_getCursorKind(inner) == CXCursor_InitListExpr)
        init_braces(self, place, inner);
    else if (!constant_fold(self->unit, init, &value) || value != 0)
        lower_into(self, place, init);
    body_leave(self);
}

void lower_initializer(struct body *self, const struct ir_place *place, CXCursor init)
{
    struct lowering *unit = self->unit;
    CXCursor inner = cursor_strip(unit, init);
    if (clang_getCursorKind(inner) == CXCursor_InitListExpr)
        init_braces(self, place, inner);
    else
        lower_into(self, place, init);
}

const struct ir_place *lower_compound_literal(struct body *self, CXCursor cursor)
{
    struct lowering *unit = self->unit;
    struct children operands = cursor_operands(unit, cursor);
    const struct ir_place *temp = body_temp(self, unit_cursor_type(unit, cursor), unit_loc(unit, cursor));
    if (operands.count)
        lower_initializer(self, temp, operands.items[operands.count - 1]);
    return temp;
}
