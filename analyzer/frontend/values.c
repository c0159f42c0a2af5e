/*
 * values.c - expressions, loads, addresses and conversions, without a look at the AST.
 *
 * Keeps places canonical: *&x is x, &*p is p, p[0] is *p, &a[0] is the decayed a, so that two ways to write a place
 * are one place.
 */
#include "frontend/lower_int.h"

#include <assert.h>

struct ir_expr value_use(struct ir_operand operand)
{
    return (struct ir_expr){.op = IR_EXPR_USE, .type = operand.type, .a = operand, .b = ir_operand_undef(IR_NONE)};
}

struct ir_expr value_int(ir_id type, int64_t value)
{
    return value_use(ir_operand_int(type, value));
}

struct ir_expr value_undef(ir_id type)
{
    return value_use(ir_operand_undef(type));
}

struct ir_expr value_unary(enum ir_expr_op op, ir_id type, struct ir_operand a)
{
    return (struct ir_expr){.op = op, .type = type, .a = a, .b = ir_operand_undef(IR_NONE)};
}

struct ir_expr value_binary(enum ir_expr_op op, ir_id type, struct ir_operand a, struct ir_operand b)
{
    return (struct ir_expr){.op = op, .type = type, .a = a, .b = b};
}

/* VALUE as an object of TYPE holds it: cut to its width, then sign- or zero-extended. */
int64_t value_truncate(const struct ir_type *type, int64_t value)
{
    if (type->kind == IR_TYPE_BOOL)
        return value != 0;
    bool narrow = (type->kind == IR_TYPE_INT || type->kind == IR_TYPE_POINTER) && type->bits && type->bits < 64;
    if (!narrow)
        return value;
    uint64_t mask = (UINT64_C(1) << type->bits) - 1, cut = (uint64_t)value & mask;
    bool negative = type->is_signed && (cut >> (type->bits - 1) & 1);
    return (int64_t)(negative ? cut | ~mask : cut);
}

/* ---- loads and addresses ---- */

static ir_id base_type(const struct body *self, const struct ir_place *place)
{
    return place->base == IR_BASE_LOCAL ? self->fn.locals.items[place->id].type
                                        : self->module->globals.items[place->id].type;
}

/* PLACE without its last projection. */
static const struct ir_place *parent(const struct body *self, const struct ir_place *place)
{
    assert(place->proj_count);
    struct ir_place *shorter = ARENA_NEW(self->module->arena, struct ir_place);
    *shorter = *place;
    shorter->proj_count--;
    shorter->type = shorter->proj_count ? place->projs[shorter->proj_count - 1].type : base_type(self, place);
    return shorter;
}

static const struct ir_proj *last_proj(const struct ir_place *place)
{
    return place->proj_count ? &place->projs[place->proj_count - 1] : NULL;
}

static bool is_first_element(const struct ir_proj *proj)
{
    return proj && proj->kind == IR_PROJ_INDEX && proj->index->kind == IR_OPERAND_INT && proj->index->value == 0;
}

struct ir_operand body_address(struct body *self, const struct ir_place *place, ir_id pointer_type)
{
    const struct ir_proj *last = last_proj(place);
    if (last && last->kind == IR_PROJ_DEREF)
        return ir_operand_load(parent(self, place));
    if (is_first_element(last)) {
        const struct ir_place *array = parent(self, place);
        if (unit_type_get(self->unit, array->type)->kind == IR_TYPE_ARRAY)
            return ir_operand_addr(array, pointer_type);
    }
    return ir_operand_addr(place, pointer_type);
}

struct ir_operand body_load(struct body *self, const struct ir_place *place)
{
    const struct ir_type *type = unit_type_get(self->unit, place->type);
    if (type->kind == IR_TYPE_ARRAY)
        return body_address(self, place, unit_pointer_to(self->unit, type->target));
    if (type->kind == IR_TYPE_FUNCTION)
        return body_address(self, place, unit_pointer_to(self->unit, place->type));
    return ir_operand_load(place);
}

static bool is_decayed(const struct body *self, struct ir_operand pointer, ir_id pointee)
{
    return pointer.kind == IR_OPERAND_ADDR && unit_type_get(self->unit, pointer.place->type)->kind == IR_TYPE_ARRAY &&
           unit_type_get(self->unit, pointee)->kind != IR_TYPE_ARRAY;
}

const struct ir_place *body_pointee(struct body *self, struct ir_operand pointer, ir_id type, ir_id loc)
{
    if (is_decayed(self, pointer, type)) {
        struct ir_operand zero = ir_operand_int(self->unit->int_type, 0);
        return ir_place_index(self->module, pointer.place, &zero, type);
    }
    if (pointer.kind == IR_OPERAND_ADDR)
        return pointer.place;
    return ir_place_deref(self->module, body_materialize(self, pointer, loc), type);
}

/* OBJECT is an array, or what a pointer points to: then the index counts from there. */
const struct ir_place *body_element(struct body *self, const struct ir_place *object, struct ir_operand index,
                                    ir_id type)
{
    bool is_array = unit_type_get(self->unit, object->type)->kind == IR_TYPE_ARRAY;
    if (!is_array && index.kind == IR_OPERAND_INT && index.value == 0)
        return object;
    return ir_place_index(self->module, object, &index, type);
}

/* ---- conversions ---- */

static bool same_shape(const struct ir_type *a, const struct ir_type *b)
{
    return a->kind == b->kind && a->bits == b->bits && a->is_signed == b->is_signed;
}

/* Pointers to the same thing, whatever the names on the way. */
static bool same_pointee(struct lowering *unit, const struct ir_type *a, const struct ir_type *b)
{
    for (int depth = 0; depth < 16; depth++) {
        if (a->kind != b->kind)
            return false;
        if (a->kind == IR_TYPE_RECORD)
            return a->record == b->record;
        if (a->kind != IR_TYPE_POINTER)
            return a->kind == IR_TYPE_VOID || (same_shape(a, b) && a->target == b->target);
        a = unit_type_get(unit, a->target);
        b = unit_type_get(unit, b->target);
    }
    return false;
}

static struct ir_expr retype(struct ir_expr value, ir_id type)
{
    value.type = type;
    if (value.op == IR_EXPR_USE)
        value.a.type = type;
    return value;
}

static struct ir_expr cast(struct body *self, struct ir_expr value, ir_id to, ir_id loc)
{
    return value_unary(IR_EXPR_CAST, to, body_operand(self, value, loc));
}

static bool is_constant(struct ir_expr value)
{
    return value.op == IR_EXPR_USE && value.a.kind == IR_OPERAND_INT;
}

static bool is_arithmetic(const struct ir_type *type)
{
    return type->kind == IR_TYPE_INT || type->kind == IR_TYPE_BOOL || type->kind == IR_TYPE_POINTER;
}

static struct ir_expr convert_pointer(struct body *self, struct ir_expr value, ir_id to, bool is_explicit, ir_id loc)
{
    struct lowering *unit = self->unit;
    struct ir_operand part;
    if (unit->is_cxx && value.op == IR_EXPR_USE && body_convert_class_pointer(self, value.a, to, &part))
        return value_use(part);
    bool same = same_pointee(unit, unit_type_get(unit, value.type), unit_type_get(unit, to));
    if (!is_explicit || same)
        return value; /* C converts void pointers silently, and so does the IR */
    return cast(self, value, to, loc);
}

/*
 * VALUE as type TO. Only what can change the value, or what the programmer wrote, becomes a CAST; the loads of
 * places keep the places' own types.
 */
struct ir_expr body_convert(struct body *self, struct ir_expr value, ir_id to, bool is_explicit, ir_id loc)
{
    struct lowering *unit = self->unit;
    const struct ir_type *from = unit_type_get(unit, value.type), *target = unit_type_get(unit, to);
    if (value.type == to || target->kind == IR_TYPE_VOID || target->kind == IR_TYPE_FUNCTION)
        return value;
    if (is_constant(value) && is_arithmetic(target))
        return value_int(to, value_truncate(target, value.a.value));
    if (value.op == IR_EXPR_USE && value.a.kind == IR_OPERAND_UNDEF)
        return retype(value, to);
    if (target->kind == IR_TYPE_BOOL && from->kind != IR_TYPE_BOOL) {
        struct ir_operand operand = body_operand(self, value, loc);
        return value_binary(IR_EXPR_NE, to, operand, ir_operand_int(operand.type, 0));
    }
    if (from->kind == IR_TYPE_POINTER && target->kind == IR_TYPE_POINTER)
        return convert_pointer(self, value, to, is_explicit, loc);
    if (same_shape(from, target) || from->kind == IR_TYPE_RECORD || target->kind == IR_TYPE_RECORD)
        return value;
    if (from->kind == IR_TYPE_ARRAY || from->kind == IR_TYPE_FUNCTION || target->kind == IR_TYPE_ARRAY)
        return value;
    return cast(self, value, to, loc);
}
