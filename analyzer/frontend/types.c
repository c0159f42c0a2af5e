/*
 * types.c - clang's types as IR types, records with their fields.
 *
 * Names: a type is named by its outermost typedef (or enum tag). libclang keeps that sugar only where the source
 * has it, so the types of declarations and expressions are translated as they come and never through their
 * canonical form, except where there is nothing left to name. Records are identified by declaring file and name;
 * untagged ones without a typedef by file, line and column.
 */
#include "frontend/lower_int.h"

#include <string.h>

const struct ir_type *unit_type_get(const struct lowering *unit, ir_id type)
{
    return &unit->module->types.items[type];
}

bool type_is_aggregate(const struct ir_type *type)
{
    return type->kind == IR_TYPE_RECORD || type->kind == IR_TYPE_ARRAY;
}

static uint32_t type_bits(CXType type)
{
    long long size = clang_Type_getSizeOf(type);
    return size > 0 && size < UINT32_MAX / 8 ? (uint32_t)size * 8 : 0;
}

static ir_id make_type(struct lowering *unit, struct ir_type type)
{
    return ir_module_type(unit->module, &type);
}

static ir_id make_scalar(struct lowering *unit, enum ir_type_kind kind, uint32_t bits, bool is_signed)
{
    return make_type(
        unit,
        (struct ir_type){.kind = kind, .bits = bits, .is_signed = is_signed, .target = IR_NONE, .record = IR_NONE});
}

ir_id unit_int_type(struct lowering *unit, uint32_t bits, bool is_signed)
{
    return make_scalar(unit, IR_TYPE_INT, bits, is_signed);
}

ir_id unit_pointer_to(struct lowering *unit, ir_id target)
{
    uint32_t bits = unit_type_get(unit, unit->char_pointer_type)->bits;
    return make_type(unit,
                     (struct ir_type){.kind = IR_TYPE_POINTER, .bits = bits, .target = target, .record = IR_NONE});
}

ir_id unit_reference_to(struct lowering *unit, ir_id target)
{
    uint32_t bits = unit_type_get(unit, unit->char_pointer_type)->bits;
    return make_type(
        unit, (struct ir_type){
                  .kind = IR_TYPE_POINTER, .bits = bits, .is_reference = true, .target = target, .record = IR_NONE});
}

static ir_id with_name(struct lowering *unit, ir_id type, const char *name)
{
    struct ir_type named = *unit_type_get(unit, type);
    named.name = name;
    return make_type(unit, named);
}

static ir_id make_pointer(struct lowering *unit, CXType pointer, CXType pointee, bool is_reference)
{
    ir_id target = unit_type(unit, pointee);
    if (clang_isConstQualifiedType(clang_getCanonicalType(pointee))) {
        struct ir_type constant = *unit_type_get(unit, target);
        constant.is_const = true;
        target = make_type(unit, constant);
    }
    /* clang_Type_getSizeOf gives the size of what a reference refers to. */
    uint32_t bits = is_reference ? unit_type_get(unit, unit->char_pointer_type)->bits : type_bits(pointer);
    return make_type(
        unit,
        (struct ir_type){
            .kind = IR_TYPE_POINTER, .bits = bits, .is_reference = is_reference, .target = target, .record = IR_NONE});
}

static ir_id make_array(struct lowering *unit, CXType array)
{
    long long count = clang_getArraySize(array);
    return make_type(unit, (struct ir_type){.kind = IR_TYPE_ARRAY,
                                            .bits = type_bits(array),
                                            .target = unit_type(unit, clang_getArrayElementType(array)),
                                            .count = count > 0 ? (uint64_t)count : 0,
                                            .record = IR_NONE});
}

static ir_id make_enum(struct lowering *unit, CXType type)
{
    CXCursor declaration = clang_getTypeDeclaration(type);
    ir_id integer = unit_type(unit, clang_getEnumDeclIntegerType(declaration));
    if (unit_type_get(unit, integer)->kind != IR_TYPE_INT)
        integer = unit->int_type;
    struct ir_type result = *unit_type_get(unit, integer);
    result.name = NULL;
    if (!clang_Cursor_isAnonymous(declaration))
        result.name = cursor_string(&unit->scratch, clang_getCursorSpelling(declaration));
    return make_type(unit, result);
}

static ir_id make_function(struct lowering *unit, CXType type)
{
    return make_type(unit, (struct ir_type){.kind = IR_TYPE_FUNCTION,
                                            .target = unit_type(unit, clang_getResultType(type)),
                                            .record = IR_NONE});
}

static ir_id make_record(struct lowering *unit, CXType type)
{
    ir_id record = unit_record(unit, clang_getTypeDeclaration(type));
    if (record == IR_NONE)
        return make_scalar(unit, IR_TYPE_UNKNOWN, type_bits(type), false);
    return make_type(
        unit, (struct ir_type){.kind = IR_TYPE_RECORD, .bits = type_bits(type), .target = IR_NONE, .record = record});
}

static bool builtin_signed(CXType type)
{
    switch (type.kind) {
    case CXType_Char_S:
    case CXType_SChar:
    case CXType_Short:
    case CXType_Int:
    case CXType_Long:
    case CXType_LongLong:
    case CXType_Int128: return true;
    case CXType_WChar: /* unsigned on Windows, where it has 16 bits */ return clang_Type_getSizeOf(type) > 2;
    default: return false;
    }
}

/* libclang crashes when asked for the size of the types that overloads, bound members and the like have. */
static bool has_size(CXType type)
{
    return type.kind == CXType_Vector || type.kind == CXType_ExtVector || type.kind == CXType_Complex ||
           type.kind == CXType_MemberPointer;
}

static ir_id make_builtin(struct lowering *unit, CXType type)
{
    switch (type.kind) {
    case CXType_Void: return make_scalar(unit, IR_TYPE_VOID, 0, false);
    case CXType_Bool: return make_scalar(unit, IR_TYPE_BOOL, type_bits(type), false);
    case CXType_Half:
    case CXType_Float:
    case CXType_Double:
    case CXType_LongDouble:
    case CXType_Float128:
    case CXType_Float16:
    case CXType_BFloat16:
    case CXType_Ibm128: return make_scalar(unit, IR_TYPE_FLOAT, type_bits(type), true);
    case CXType_NullPtr: return unit_pointer_to(unit, unit->void_type);
    default:
        if (type.kind >= CXType_Char_U && type.kind <= CXType_Int128)
            return make_scalar(unit, IR_TYPE_INT, type_bits(type), builtin_signed(type));
        return make_scalar(unit, IR_TYPE_UNKNOWN, has_size(type) ? type_bits(type) : 0, false);
    }
}

/*
 * Parenthesised, typeof, deduced and similar types: sugar without a cursor kind of its own, seen through where
 * libclang lets us.
 */
static ir_id make_sugared(struct lowering *unit, CXType type)
{
    CXType canonical = clang_getCanonicalType(type);
    if (canonical.kind == type.kind || canonical.kind == CXType_Unexposed)
        return make_scalar(unit, IR_TYPE_UNKNOWN, 0, false);
    if (canonical.kind == CXType_FunctionProto || canonical.kind == CXType_FunctionNoProto)
        return make_function(unit, type);
    if (canonical.kind == CXType_Pointer && clang_getPointeeType(type).kind != CXType_Invalid)
        return make_pointer(unit, type, clang_getPointeeType(type), false);
    return unit_type(unit, canonical);
}

static ir_id make_any(struct lowering *unit, CXType type)
{
    switch (type.kind) {
    case CXType_Elaborated: return unit_type(unit, clang_Type_getNamedType(type));
    case CXType_Typedef: {
        CXCursor declaration = clang_getTypeDeclaration(type);
        ir_id underlying = unit_type(unit, clang_getTypedefDeclUnderlyingType(declaration));
        return with_name(unit, underlying, cursor_string(&unit->scratch, clang_getTypedefName(type)));
    }
    case CXType_Attributed: return unit_type(unit, clang_Type_getModifiedType(type));
    case CXType_Atomic: return unit_type(unit, clang_Type_getValueType(type));
    case CXType_Pointer: return make_pointer(unit, type, clang_getPointeeType(type), false);
    case CXType_LValueReference:
    case CXType_RValueReference: return make_pointer(unit, type, clang_getPointeeType(type), true);
    case CXType_ConstantArray:
    case CXType_IncompleteArray:
    case CXType_VariableArray:
    case CXType_DependentSizedArray: return make_array(unit, type);
    case CXType_Record: return make_record(unit, type);
    case CXType_Enum: return make_enum(unit, type);
    case CXType_FunctionProto:
    case CXType_FunctionNoProto: return make_function(unit, type);
    case CXType_Unexposed:
    case CXType_Auto: return make_sugared(unit, type);
    default: return make_builtin(unit, type);
    }
}

ir_id unit_type(struct lowering *unit, CXType type)
{
    uint32_t known;
    if (type.kind == CXType_Invalid || !type.data[0])
        return make_scalar(unit, IR_TYPE_UNKNOWN, 0, false);
    if (ptr_map_get(&unit->types, type.data[0], &known))
        return known;
    ir_id id = make_any(unit, type);
    ptr_map_put(&unit->types, type.data[0], id);
    return id;
}

ir_id unit_cursor_type(struct lowering *unit, CXCursor cursor)
{
    return unit_type(unit, clang_getCursorType(cursor));
}

/* ---- records ---- */

static const char *record_name(struct lowering *unit, CXCursor declaration)
{
    if (clang_Cursor_isAnonymous(declaration))
        return "";
    const char *name = unit_qualified_name(unit, declaration);
    return strchr(name, '(') ? "" : name; /* "(unnamed struct at …)", "(lambda at …)" */
}

static bool is_inside_function(CXCursor declaration)
{
    enum CXCursorKind parent = clang_getCursorKind(clang_getCursorSemanticParent(declaration));
    return parent == CXCursor_FunctionDecl || parent == CXCursor_CXXMethod || parent == CXCursor_Constructor ||
           parent == CXCursor_Destructor;
}

static const char *record_key(struct lowering *unit, CXCursor declaration, const char *name)
{
    struct position at = source_written(unit, clang_getCursorLocation(declaration));
    const char *path = at.source ? unit->module->files.items[at.source->file].path : "";
    const char *full = unit->is_cxx ? cursor_string(&unit->scratch, clang_getCursorDisplayName(declaration)) : name;
    if (*name && strstr(full, "(lambda at ")) /* a template's instance for a lambda: named without it */
        name = full;
    if (!*name) {
        struct position spelled = source_spelled(unit, clang_getCursorLocation(declaration));
        if (spelled.source == at.source && spelled.offset == at.offset)
            return arena_printf(&unit->scratch, "%s#%u:%u", path, at.line, at.column);
        /* From a macro, which may hold several. */
        return arena_printf(&unit->scratch, "%s#%u:%u:%u:%u", path, at.line, at.column, spelled.line, spelled.column);
    }
    if (is_inside_function(declaration))
        return arena_printf(&unit->scratch, "%s#%s@%u:%u", path, name, at.line, at.column);
    return arena_printf(&unit->scratch, "%s#%s", path, name);
}

struct field_collector {
    struct lowering *unit;
    struct ir_record *record; /* under construction */
    uint64_t base_end;        /* bits */
};

/*
 * libclang 19 does not tell the offsets of base classes: they are laid out one behind the other, behind the vtable
 * pointer if any.
 */
static void add_bases(struct field_collector *self, CXCursor definition)
{
    struct lowering *unit = self->unit;
    const struct class_info *class = unit_class_bases(unit, definition);
    for (uint32_t i = 0; i < class->bases.count; i++) {
        struct ir_field field = {.type = unit_type(unit, class->bases.items[i]), .offset = self->base_end};
        const char *name = arena_printf(&unit->scratch, "(base) %u", self->record->fields.count);
        field.name = intern_string(&unit->module->strings, name);
        self->base_end += unit_type_get(unit, field.type)->bits;
        VEC_PUSH_IN(unit->module->arena, &self->record->fields, field);
    }
}

/* A lambda's captures have no names of their own, and must not look like anonymous structs. */
static const char *field_name(struct lowering *unit, CXCursor field)
{
    const char *name = cursor_string(&unit->scratch, clang_getCursorSpelling(field));
    if (clang_Cursor_isAnonymous(field) || strchr(name, '('))
        return "";
    if (!*name && class_is_closure(unit, clang_getCursorSemanticParent(field)))
        return arena_printf(&unit->scratch, "(capture) %u",
                            source_written(unit, clang_getCursorLocation(field)).column);
    return name;
}

static enum CXVisitorResult collect_field(CXCursor cursor, CXClientData data)
{
    struct field_collector *self = data;
    struct lowering *unit = self->unit;
    struct ir_field field = {.type = unit_cursor_type(unit, cursor)};
    field.name = intern_string(&unit->module->strings, field_name(unit, cursor));
    long long offset = clang_Cursor_getOffsetOfField(cursor);
    field.offset = offset > 0 ? (uint64_t)offset : 0;
    int width = clang_getFieldDeclBitWidth(cursor);
    field.bit_width = width > 0 ? (uint32_t)width : 0;
    ptr_map_put(&unit->fields, cursor_identity(cursor), self->record->fields.count);
    VEC_PUSH_IN(unit->module->arena, &self->record->fields, field);
    return CXVisit_Continue;
}

/* The fields are gathered aside: their types may add records and move the table. */
static void fill_record(struct lowering *unit, ir_id id, CXCursor definition)
{
    CXType type = clang_getCursorType(definition);
    struct ir_record record = unit->module->records.items[id];
    record.is_union = clang_getCursorKind(definition) == CXCursor_UnionDecl;
    long long size = clang_Type_getSizeOf(type);
    record.size = size > 0 ? (uint64_t)size : 0;
    struct field_collector collector = {unit, &record, 0};
    if (unit->is_cxx)
        add_bases(&collector, definition);
    while (unit->declarations.count <= id)
        VEC_PUSH(&unit->declarations, clang_getNullCursor());
    unit->declarations.items[id] = definition;
    clang_Type_visitFields(type, collect_field, &collector);
    unit->module->records.items[id] = record;
}

ir_id unit_record(struct lowering *unit, CXCursor declaration)
{
    if (cursor_is_null(declaration))
        return IR_NONE;
    CXCursor definition = clang_getCursorDefinition(declaration);
    bool is_complete = !cursor_is_null(definition);
    CXCursor cursor = is_complete ? definition : clang_getCanonicalCursor(declaration);
    uint32_t known;
    if (ptr_map_get(&unit->records, cursor_identity(cursor), &known))
        return known;
    const char *name = record_name(unit, cursor);
    const char *key = record_key(unit, cursor, name);
    bool is_new;
    ir_id id = ir_module_record(unit->module, key, name, &is_new);
    for (uint32_t again = 2; !is_new && is_complete && again < 1000;
         again++) /* another declaration of that name or place */
        id = ir_module_record(unit->module, arena_printf(&unit->scratch, "%s#%u", key, again), name, &is_new);
    ptr_map_put(&unit->records, cursor_identity(cursor), id);
    if (is_complete)
        fill_record(unit, id, cursor);
    return id;
}

/*
 * clang lays out no record that has an invalid field, and then lists none of its fields: those that the program
 * uses are added as they are met.
 */
static void add_missing_field(struct lowering *unit, CXCursor field, ir_id record)
{
    struct ir_record copy = unit->module->records.items[record];
    collect_field(field, &(struct field_collector){unit, &copy, 0});
    unit->module->records.items[record].fields.items = copy.fields.items;
    unit->module->records.items[record].fields.count = copy.fields.count;
    unit->module->records.items[record].fields.capacity = copy.fields.capacity;
}

bool unit_field(struct lowering *unit, CXCursor field, ir_id *record, ir_id *index)
{
    if (clang_getCursorKind(field) != CXCursor_FieldDecl)
        return false;
    *record = unit_record(unit, clang_getCursorSemanticParent(field));
    if (*record == IR_NONE)
        return false;
    if (!ptr_map_get(&unit->fields, cursor_identity(field), index)) {
        add_missing_field(unit, field, *record);
        if (!ptr_map_get(&unit->fields, cursor_identity(field), index))
            return false;
    }
    return *index < unit->module->records.items[*record].fields.count;
}
