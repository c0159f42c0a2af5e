/*
 * construct.c - constructors: what they do before their body, copies and moves. `new` is in allocate.c.
 *
 * A constructor that the compiler makes up has no text: its work is done where the object is made, base classes first,
 * then the members in their order. A copy of a temporary is the temporary itself (elision), also before C++17.
 */
#include "frontend/lower_int.h"

#include <string.h>

/* Elements of an array of objects that are constructed one by one. */
#define MAX_ELEMENTS 16

static const struct ir_place *part_of_type(struct body *self, const struct ir_place *object, CXType base)
{
    const struct ir_type *type = unit_type_get(self->unit, unit_type(self->unit, base));
    return type->kind == IR_TYPE_RECORD ? body_part_place(self, object, type->record) : NULL;
}

/* ---- calls of constructors ---- */

static void add_constructor_call(struct body *self, CXCursor constructor, const struct ir_operand *args, uint32_t count,
                                 ir_id loc)
{
    struct ir_operand callee = unit_function_operand(self->unit, constructor);
    struct ir_instr *instr = body_add(self, IR_CALL, loc);
    instr->callee = callee;
    instr->args = arena_copy(self->module->arena, args, count * sizeof(*args));
    instr->arg_count = count;
}

static void call_constructor(struct body *self, CXCursor call, CXCursor constructor, const struct ir_place *object)
{
    struct lowering *unit = self->unit;
    int count = clang_Cursor_getNumArguments(call);
    struct arguments args = {0};
    struct ir_operand address = body_address(self, object, unit_pointer_to(unit, object->type));
    VEC_PUSH_IN(self->module->arena, &args.items, address);
    lower_plain_arguments(self, call, constructor, 0, count, &args);
    add_constructor_call(self, constructor, args.items.items, args.items.count, unit_loc(unit, call));
}

/* CONSTRUCTOR with the defaults of all its parameters. */
static void call_default_constructor(struct body *self, CXCursor constructor, const struct ir_place *object, ir_id loc)
{
    struct lowering *unit = self->unit;
    int count = clang_Cursor_getNumArguments(constructor);
    struct arguments args = {0};
    struct ir_operand address = body_address(self, object, unit_pointer_to(unit, object->type));
    VEC_PUSH_IN(self->module->arena, &args.items, address);
    for (int i = 0; i < count; i++) {
        CXCursor parameter = clang_Cursor_getArgument(constructor, (unsigned)i);
        struct children operands = cursor_operands(unit, parameter);
        struct ir_operand value =
            lower_argument(self, operands.items[operands.count - 1], clang_getCursorType(parameter));
        VEC_PUSH_IN(self->module->arena, &args.items, value);
    }
    add_constructor_call(self, constructor, args.items.items, args.items.count, loc);
}

/* ---- objects without an initialiser ---- */

static void default_construct(struct body *self, const struct ir_place *object, CXType type);

/* The initialiser that the class declares for FIELD. */
static bool field_default(struct lowering *unit, CXCursor field, CXCursor *init)
{
    struct children operands = cursor_operands(unit, field);
    bool has_size = clang_getArraySize(clang_getCursorType(field)) >= 0 || clang_Cursor_isBitField(field);
    if (operands.count <= (uint32_t)has_size) /* an array's size and a bit-field's width are operands, too */
        return false;
    *init = operands.items[operands.count - 1];
    return true;
}

static void init_reference(struct body *self, const struct ir_place *place, CXCursor value)
{
    body_assign(self, place, value_use(body_address(self, lower_place(self, value), place->type)), self->loc);
}

static void init_part(struct body *self, const struct ir_place *place, CXCursor value)
{
    uint32_t mark = self->temporaries.count;
    if (unit_type_get(self->unit, place->type)->is_reference)
        init_reference(self, place, value);
    else
        lower_initializer(self, place, value);
    body_end_temporaries(self, mark);
}

static void init_field(struct body *self, const struct ir_place *object, CXCursor field)
{
    struct lowering *unit = self->unit;
    ir_id record, index;
    CXCursor init;
    if (!unit_field(unit, field, &record, &index))
        return;
    const struct ir_place *place = ir_place_field(self->module, object, record, index);
    if (field_default(unit, field, &init))
        init_part(self, place, init);
    else
        default_construct(self, place, clang_getCursorType(field));
}

static void default_construct_array(struct body *self, const struct ir_place *array, CXType type)
{
    struct lowering *unit = self->unit;
    ir_id element = unit_type_get(unit, array->type)->target;
    long long count = clang_getArraySize(type);
    for (long long i = 0; i < count && i < MAX_ELEMENTS; i++) {
        struct ir_operand index = ir_operand_int(unit->int_type, i);
        default_construct(self, ir_place_index(self->module, array, &index, element), clang_getArrayElementType(type));
    }
}

/* Does making an object of TYPE without an initialiser run or store anything? */
static bool has_default_effects(struct lowering *unit, CXType type)
{
    CXCursor class_cursor, constructor, init;
    if (!type_class(type, &class_cursor) || clang_getCursorKind(class_cursor) == CXCursor_UnionDecl)
        return false;
    if (class_default_constructor(unit, class_cursor, &constructor))
        return true;
    const struct class_info *class = unit_class_bases(unit, class_cursor);
    for (uint32_t i = 0; i < class->bases.count; i++)
        if (has_default_effects(unit, class->bases.items[i]))
            return true;
    struct children fields = class_fields(unit, class_cursor);
    for (uint32_t i = 0; i < fields.count; i++)
        if (field_default(unit, fields.items[i], &init) ||
            has_default_effects(unit, clang_getCursorType(fields.items[i])))
            return true;
    return false;
}

static void default_construct_parts(struct body *self, const struct ir_place *object, CXCursor class_cursor)
{
    struct lowering *unit = self->unit;
    const struct class_info *class = unit_class_bases(unit, class_cursor);
    for (uint32_t i = 0; i < class->bases.count; i++) {
        const struct ir_place *part = part_of_type(self, object, class->bases.items[i]);
        if (part)
            default_construct(self, part, class->bases.items[i]);
    }
    struct children fields = class_fields(unit, class_cursor);
    for (uint32_t i = 0; i < fields.count; i++)
        init_field(self, object, fields.items[i]);
}

static void default_construct(struct body *self, const struct ir_place *object, CXType type)
{
    CXCursor class_cursor, constructor;
    if (!has_default_effects(self->unit, type) || !type_class(type, &class_cursor))
        return;
    if (unit_type_get(self->unit, object->type)->kind == IR_TYPE_ARRAY)
        default_construct_array(self, object, type);
    else if (class_default_constructor(self->unit, class_cursor, &constructor))
        call_default_constructor(self, constructor, object, self->loc);
    else
        default_construct_parts(self, object, class_cursor);
}

void body_construct_rest(struct body *self, const struct ir_place *object, uint32_t first)
{
    struct lowering *unit = self->unit;
    const struct ir_type *type = unit_type_get(unit, object->type);
    CXCursor class_cursor;
    if (type->kind == IR_TYPE_ARRAY && unit_type_class(unit, type->target, &class_cursor)) {
        ir_id element = type->target;
        for (uint32_t i = first; i < type->count && i < MAX_ELEMENTS; i++) {
            struct ir_operand index = ir_operand_int(unit->int_type, i);
            default_construct(self, ir_place_index(self->module, object, &index, element),
                              clang_getCursorType(class_cursor));
        }
    }
    if (!unit_type_class(unit, object->type, &class_cursor) || clang_getCursorKind(class_cursor) == CXCursor_UnionDecl)
        return;
    struct children fields = class_fields(unit, class_cursor);
    uint32_t bases = unit_class_bases(unit, class_cursor)->bases.count;
    for (uint32_t i = first > bases ? first - bases : 0; i < fields.count; i++)
        init_field(self, object, fields.items[i]);
}

bool unit_accepts(struct lowering *unit, CXType parameter, ir_id given)
{
    enum ir_type_kind wanted = unit_type_get(unit, unit_type(unit, parameter))->kind,
                      kind = unit_type_get(unit, given)->kind;
    bool are_numbers =
        (wanted == IR_TYPE_INT || wanted == IR_TYPE_BOOL) && (kind == IR_TYPE_INT || kind == IR_TYPE_BOOL);
    return wanted == kind || are_numbers || unit_type_get(unit, unit_type(unit, parameter))->is_reference;
}

/* The written constructor for COUNT arguments of the kinds of ARGS; the first one that fits, copies aside. */
static bool find_constructor(struct lowering *unit, CXCursor class_cursor, const struct ir_operand *args,
                             uint32_t count, CXCursor *out)
{
    const struct class_info *class = unit_class(unit, class_cursor);
    for (uint32_t i = 0; i < class->constructors.count; i++) {
        *out = class->constructors.items[i];
        CXType type = clang_getCursorType(*out);
        bool fits = !constructor_copies(*out) && clang_Cursor_getNumArguments(*out) == (int)count;
        for (uint32_t a = 0; a < count && fits; a++)
            fits = unit_accepts(unit, clang_getArgType(type, a), args[a].type);
        if (fits)
            return true;
    }
    return false;
}

bool body_construct_braces(struct body *self, const struct ir_place *object, const struct children *values, ir_id loc)
{
    struct lowering *unit = self->unit;
    CXCursor class_cursor, constructor;
    if (!values->count || !unit_type_class(unit, object->type, &class_cursor) ||
        !unit_class(unit, class_cursor)->constructors.count)
        return false;
    struct arguments args = {0};
    for (uint32_t i = 0; i < values->count; i++)
        VEC_PUSH_IN(self->module->arena, &args.items, lower_operand(self, values->items[i]));
    if (find_constructor(unit, class_cursor, args.items.items, args.items.count, &constructor)) {
        struct ir_operand address = body_address(self, object, unit_pointer_to(unit, object->type));
        struct ir_operand *all = ARENA_NEW_ARRAY(self->module->arena, struct ir_operand, args.items.count + 1u);
        all[0] = address;
        memcpy(all + 1, args.items.items, args.items.count * sizeof(*all));
        add_constructor_call(self, constructor, all, args.items.count + 1, loc);
    } else {
        struct ir_operand address = body_address(self, object, unit_pointer_to(unit, object->type));
        body_add_unknown(self, "constructor", &address, 1, loc);
    }
    return true;
}

bool body_construct_from(struct body *self, const struct ir_place *object, CXCursor value)
{
    struct lowering *unit = self->unit;
    CXCursor class_cursor, constructor;
    if (!unit_type_class(unit, object->type, &class_cursor) ||
        !class_converting_constructor(unit, class_cursor, &constructor))
        return false;
    CXType parameter = clang_getArgType(clang_getCursorType(constructor), 0);
    struct ir_operand args[2] = {body_address(self, object, unit_pointer_to(unit, object->type)),
                                 lower_argument(self, value, parameter)};
    add_constructor_call(self, constructor, args, 2, unit_loc(unit, value));
    return true;
}

/* ---- copies and moves ---- */

/* The written constructor or assignment of CLASS that takes another object; a copy serves where nothing moves. */
static bool find_copier(const struct class_info *class, enum copy_kind kind, CXCursor *out)
{
    bool assigns = kind == COPY_ASSIGN || kind == MOVE_ASSIGN, moves = kind == MOVE || kind == MOVE_ASSIGN;
    uint32_t count = assigns ? class->assignments.count : class->constructors.count;
    bool found = false;
    for (uint32_t i = 0; i < count; i++) {
        CXCursor candidate = assigns ? class->assignments.items[i] : class->constructors.items[i];
        CXType parameter = clang_getArgType(clang_getCursorType(candidate), 0);
        bool takes_rvalue = parameter.kind == CXType_RValueReference;
        if (!assigns && !constructor_copies(candidate))
            continue;
        if (method_is_implicit(candidate) || (takes_rvalue && !moves) || (found && !takes_rvalue))
            continue;
        *out = candidate;
        found = true;
    }
    return found;
}

static void copy_parts(struct body *self, const struct ir_place *to, const struct ir_place *from, CXCursor class_cursor,
                       enum copy_kind kind, ir_id loc)
{
    struct lowering *unit = self->unit;
    const struct class_info *class = unit_class_bases(unit, class_cursor);
    for (uint32_t i = 0; i < class->bases.count; i++) {
        const struct ir_place *target = part_of_type(self, to, class->bases.items[i]);
        const struct ir_place *source = part_of_type(self, from, class->bases.items[i]);
        if (target && source)
            body_copy_object(self, target, source, class->bases.items[i], kind, loc);
    }
    struct children fields = class_fields(unit, class_cursor);
    for (uint32_t i = 0; i < fields.count; i++) {
        ir_id record, index;
        if (!unit_field(unit, fields.items[i], &record, &index))
            continue;
        body_copy_object(self, ir_place_field(self->module, to, record, index),
                         ir_place_field(self->module, from, record, index), clang_getCursorType(fields.items[i]), kind,
                         loc);
    }
}

void body_copy_object(struct body *self, const struct ir_place *to, const struct ir_place *from, CXType type,
                      enum copy_kind kind, ir_id loc)
{
    struct lowering *unit = self->unit;
    CXCursor class_cursor, copier;
    bool is_special = clang_getArraySize(type) < 0 && unit_is_copied_specially(unit, type);
    if (!is_special || !type_class(type, &class_cursor)) {
        body_assign(self, to, value_use(ir_operand_load(from)), loc);
        return;
    }
    if (!find_copier(unit_class(unit, class_cursor), kind, &copier)) {
        copy_parts(self, to, from, class_cursor, kind, loc);
        return;
    }
    struct ir_operand args[2] = {body_address(self, to, unit_pointer_to(unit, to->type)),
                                 body_address(self, from, unit_pointer_to(unit, from->type))};
    add_constructor_call(self, copier, args, 2, loc);
}

/* ---- constructing at a call ---- */

bool cursor_is_class_value(struct lowering *unit, CXCursor cursor)
{
    cursor = cursor_strip(unit, cursor);
    struct children operands;
    switch (clang_getCursorKind(cursor)) {
    case CXCursor_CallExpr: return !unit_type_get(unit, call_result_type(unit, cursor))->is_reference;
    case CXCursor_InitListExpr:
    case CXCursor_LambdaExpr: return true;
    case CXCursor_CXXFunctionalCastExpr: return clang_getCursorType(cursor).kind != CXType_Invalid;
    case CXCursor_ConditionalOperator:
        operands = cursor_operands(unit, cursor);
        return operands.count == 3 && cursor_is_class_value(unit, operands.items[1]) &&
               cursor_is_class_value(unit, operands.items[2]);
    default: return false;
    }
}

static void construct_copy(struct body *self, CXCursor call, CXCursor constructor, const struct ir_place *object)
{
    struct lowering *unit = self->unit;
    CXCursor argument = clang_Cursor_getArgument(call, 0);
    const struct ir_type *given = unit_type_get(unit, unit_cursor_type(unit, cursor_strip(unit, argument)));
    bool is_same = given->kind == IR_TYPE_RECORD && given->record == unit_type_get(unit, object->type)->record;
    if (is_same && cursor_is_class_value(unit, argument)) {
        lower_into(self, object, argument);
    } else if (!method_is_implicit(constructor)) {
        call_constructor(self, call, constructor, object);
    } else {
        bool moves = clang_CXXConstructor_isMoveConstructor(constructor);
        CXType type = clang_getCursorType(clang_getCursorSemanticParent(constructor));
        body_copy_object(self, object, lower_place(self, argument), type, moves ? MOVE : COPY, unit_loc(unit, call));
    }
}

void lower_construct(struct body *self, CXCursor call, const struct ir_place *object)
{
    struct lowering *unit = self->unit;
    CXCursor constructor = clang_getCursorReferenced(call);
    CXType type = clang_getCursorType(call);
    ir_id loc = unit_loc(unit, call), outer = self->loc;
    if (unit_type_get(unit, object->type)->kind == IR_TYPE_ARRAY) {
        self->loc = loc;
        default_construct_array(self, object, type);
        self->loc = outer;
    } else if (constructor_copies(constructor) && clang_Cursor_getNumArguments(call) >= 1) {
        construct_copy(self, call, constructor, object);
    } else if (!method_is_implicit(constructor)) {
        call_constructor(self, call, constructor, object);
    } else {
        if (cursor_children(unit, call).count > 0) /* T(): zero; `T x;` leaves plain members alone */
            body_assign(self, object, value_unary(IR_EXPR_ZERO, object->type, ir_operand_undef(object->type)), loc);
        self->loc = loc;
        default_construct_parts(self, object, clang_getCursorSemanticParent(constructor));
        self->loc = outer;
    }
}

/* ---- the start of a written constructor ---- */

struct written_init {
    CXCursor field; /* null for a base class or the class itself */
    CXCursor value;
};

struct written_inits {
    VEC(struct written_init) items;
};

/* `Adapter(int x) : Base(x), m_x(x)`: a member's name stands before its value, a base class's value has its type. */
static struct written_inits find_written(struct lowering *unit, CXCursor constructor)
{
    struct children children = cursor_children(unit, constructor);
    struct written_inits out = {{0}};
    CXCursor field = clang_getNullCursor();
    for (uint32_t i = 0; i < children.count; i++) {
        enum CXCursorKind kind = clang_getCursorKind(children.items[i]);
        if (kind == CXCursor_MemberRef) {
            field = clang_getCursorReferenced(children.items[i]);
        } else if (clang_isExpression(kind)) {
            VEC_PUSH_IN(&unit->scratch, &out.items, ((struct written_init){field, children.items[i]}));
            field = clang_getNullCursor();
        }
    }
    return out;
}

static const struct written_init *find_base_init(struct lowering *unit, const struct written_inits *written,
                                                 ir_id record)
{
    for (uint32_t i = 0; i < written->items.count; i++) {
        const struct written_init *init = &written->items.items[i];
        const struct ir_type *type = unit_type_get(unit, unit_cursor_type(unit, init->value));
        if (cursor_is_null(init->field) && type->kind == IR_TYPE_RECORD && type->record == record)
            return init;
    }
    return NULL;
}

static const struct written_init *find_field_init(const struct written_inits *written, CXCursor field)
{
    for (uint32_t i = 0; i < written->items.count; i++)
        if (cursor_identity(written->items.items[i].field) == cursor_identity(field))
            return &written->items.items[i];
    return NULL;
}

static void construct_bases(struct body *self, CXCursor class_cursor, const struct written_inits *written,
                            const struct ir_place *object)
{
    struct lowering *unit = self->unit;
    const struct class_info *class = unit_class_bases(unit, class_cursor);
    for (uint32_t i = 0; i < class->bases.count; i++) {
        const struct ir_place *part = part_of_type(self, object, class->bases.items[i]);
        if (!part)
            continue;
        const struct written_init *init = find_base_init(unit, written, unit_type_get(unit, part->type)->record);
        if (init)
            init_part(self, part, init->value);
        else
            default_construct(self, part, class->bases.items[i]);
    }
}

/* Members of anonymous structs and unions come after the named ones. */
static void construct_fields(struct body *self, CXCursor class_cursor, const struct written_inits *written,
                             const struct ir_place *object)
{
    struct lowering *unit = self->unit;
    struct children fields = class_fields(unit, class_cursor);
    ir_id record, index, own = unit_type_get(unit, object->type)->record;
    for (uint32_t i = 0; i < fields.count; i++) {
        const struct written_init *init = find_field_init(written, fields.items[i]);
        if (!init)
            init_field(self, object, fields.items[i]);
        else if (unit_field(unit, fields.items[i], &record, &index))
            init_part(self, ir_place_field(self->module, object, record, index), init->value);
    }
    for (uint32_t i = 0; i < written->items.count; i++) {
        const struct written_init *init = &written->items.items[i];
        if (cursor_is_null(init->field) || !unit_field(unit, init->field, &record, &index) || record == own)
            continue;
        const struct ir_place *part = body_part_place(self, object, record);
        if (part)
            init_part(self, ir_place_field(self->module, part, record, index), init->value);
    }
}

void lower_constructor_start(struct body *self, CXCursor constructor)
{
    struct lowering *unit = self->unit;
    const struct ir_place *pointer = ir_place_local(self->module, &self->fn, 0);
    const struct ir_place *object = ir_place_deref(self->module, pointer, unit_type_get(unit, pointer->type)->target);
    CXCursor class_cursor = clang_getCursorDefinition(clang_getCursorSemanticParent(constructor));
    struct written_inits written = find_written(unit, constructor);
    if (unit_type_get(unit, object->type)->kind != IR_TYPE_RECORD || cursor_is_null(class_cursor))
        return;
    const struct written_init *delegate = find_base_init(unit, &written, unit_type_get(unit, object->type)->record);
    if (delegate) {
        init_part(self, object, delegate->value);
        return;
    }
    if (constructor_copies(constructor) && clang_CXXMethod_isDefaulted(constructor))
        return;
    construct_bases(self, class_cursor, &written, object);
    construct_fields(self, class_cursor, &written, object);
}
