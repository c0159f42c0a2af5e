/*
 * classes.c - what is special about a class: its constructors, its destructor, its base classes, how it is copied.
 *
 * libclang shows no members that the compiler makes up, and nothing at all inside a class template's implicit
 * instantiation. The functions that were instantiated stand at the end of the unit's declarations, though, with their
 * class as parent: gather() hands them to class_add_member(). A base class of an instantiation is the template's, its
 * parameters replaced, found by name among the classes that the unit instantiates.
 */
#include "frontend/lower_int.h"

#include <ctype.h>
#include <string.h>

bool cursor_is_class(CXCursor cursor)
{
    enum CXCursorKind kind = clang_getCursorKind(cursor);
    return kind == CXCursor_ClassDecl || kind == CXCursor_StructDecl || kind == CXCursor_UnionDecl;
}

bool type_class(CXType type, CXCursor *declaration)
{
    while (clang_getArraySize(type) >= 0)
        type = clang_getArrayElementType(type);
    *declaration = clang_getCursorDefinition(clang_getTypeDeclaration(clang_getCanonicalType(type)));
    return cursor_is_class(*declaration);
}

bool unit_type_class(struct lowering *unit, ir_id type, CXCursor *declaration)
{
    const struct ir_type *shape = unit_type_get(unit, type);
    if (!unit->is_cxx || shape->kind != IR_TYPE_RECORD || shape->record >= unit->declarations.count)
        return false;
    *declaration = unit->declarations.items[shape->record];
    return !cursor_is_null(*declaration);
}

/* Made up by the compiler, written or not: it has no text of its own, and treats member by member. */
bool method_is_implicit(CXCursor method)
{
    CXCursor parent = clang_getCursorSemanticParent(method);
    CXSourceLocation own = clang_getCursorLocation(method), of_class = clang_getCursorLocation(parent);
    return clang_equalLocations(own, of_class) || clang_CXXMethod_isDefaulted(method);
}

/* ---- members ---- */

static bool is_assignment_operator(struct lowering *unit, CXCursor method)
{
    return strcmp(cursor_string(&unit->scratch, clang_getCursorSpelling(method)), "operator=") == 0;
}

static void add_member(struct lowering *unit, struct class_info *class, CXCursor member)
{
    struct arena *arena = unit->module->arena;
    switch (clang_getCursorKind(member)) {
    case CXCursor_Destructor: class->destructor = member; break;
    case CXCursor_Constructor: VEC_PUSH_IN(arena, &class->constructors, member); break;
    case CXCursor_CXXMethod:
        if (is_assignment_operator(unit, member))
            VEC_PUSH_IN(arena, &class->assignments, member);
        else if (cursor_is_allocator(&unit->scratch, member))
            VEC_PUSH_IN(arena, &class->allocators, member);
        break;
    case CXCursor_CXXBaseSpecifier: VEC_PUSH_IN(arena, &class->bases, clang_getCursorType(member)); break;
    default: break;
    }
}

struct member_collector {
    struct lowering *unit;
    struct class_info *class;
};

static enum CXChildVisitResult collect_member(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    struct member_collector *self = data;
    add_member(self->unit, self->class, cursor);
    return CXChildVisit_Continue;
}

/* ---- base classes of instantiations ---- */

struct instantiation {
    struct lowering *unit;
    struct class_info *class;
    CXType type;
    VEC(const char *) parameters;
};

static enum CXChildVisitResult collect_parameter(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    struct instantiation *self = data;
    enum CXCursorKind kind = clang_getCursorKind(cursor);
    if (kind == CXCursor_TemplateTypeParameter || kind == CXCursor_NonTypeTemplateParameter)
        VEC_PUSH_IN(&self->unit->scratch, &self->parameters,
                    cursor_string(&self->unit->scratch, clang_getCursorSpelling(cursor)));
    return CXChildVisit_Continue;
}

static int parameter_index(const struct instantiation *self, const char *word, size_t length)
{
    for (uint32_t i = 0; i < self->parameters.count; i++)
        if (strlen(self->parameters.items[i]) == length && strncmp(self->parameters.items[i], word, length) == 0)
            return (int)i;
    return -1;
}

static const char *argument_text(const struct instantiation *self, int index)
{
    CXType type = clang_Type_getTemplateArgumentAsType(self->type, (unsigned)index);
    if (type.kind == CXType_Invalid)
        return "?";
    return cursor_string(&self->unit->scratch, clang_getTypeSpelling(clang_getCanonicalType(type)));
}

/* TEXT, a type of the template, with the parameters' names replaced by the arguments. */
static const char *substitute(const struct instantiation *self, const char *text)
{
    struct arena *scratch = &self->unit->scratch;
    const char *out = "";
    while (*text) {
        size_t length = 1;
        bool is_word = isalpha((unsigned char)*text) || *text == '_';
        while (is_word && (isalnum((unsigned char)text[length]) || text[length] == '_'))
            length++;
        int index = is_word ? parameter_index(self, text, length) : -1;
        out = index >= 0 ? arena_printf(scratch, "%s%s", out, argument_text(self, index))
                         : arena_printf(scratch, "%s%.*s", out, (int)length, text);
        text += length;
    }
    return out;
}

static void add_instantiated_base(struct instantiation *self, CXType written)
{
    struct lowering *unit = self->unit;
    CXCursor declaration;
    const char *text = cursor_string(&unit->scratch, clang_getTypeSpelling(written));
    int parameter = parameter_index(self, text, strlen(text));
    CXType argument = {.kind = CXType_Invalid};
    if (parameter >= 0)
        argument = clang_Type_getTemplateArgumentAsType(self->type, (unsigned)parameter);
    if (argument.kind != CXType_Invalid || type_class(written, &declaration)) {
        VEC_PUSH_IN(unit->module->arena, &self->class->bases,
                    argument.kind != CXType_Invalid ? argument : clang_getCanonicalType(written));
        return;
    }
    const char *wanted = substitute(self, text);
    for (uint32_t i = 0; i < unit->instantiations.count; i++) {
        CXType type = clang_getCursorType(unit->instantiations.items[i]);
        const char *name = cursor_string(&unit->scratch, clang_getTypeSpelling(clang_getCanonicalType(type)));
        size_t length = strlen(name), tail = strlen(wanted);
        if (length >= tail && strcmp(name + length - tail, wanted) == 0 &&
            (length == tail || name[length - tail - 1] == ':')) {
            VEC_PUSH_IN(unit->module->arena, &self->class->bases, type);
            return;
        }
    }
}

static enum CXChildVisitResult collect_written_base(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    if (clang_getCursorKind(cursor) == CXCursor_CXXBaseSpecifier)
        add_instantiated_base(data, clang_getCursorType(cursor));
    return CXChildVisit_Continue;
}

static void find_instantiated_bases(struct lowering *unit, struct class_info *class, CXCursor template)
{
    struct instantiation self = {.unit = unit, .class = class, .type = clang_getCursorType(class->declaration)};
    clang_visitChildren(template, collect_parameter, &self);
    clang_visitChildren(template, collect_written_base, &self);
}

/* ---- classes ---- */

struct class_info *unit_class(struct lowering *unit, CXCursor declaration)
{
    uint32_t known;
    if (ptr_map_get(&unit->class_of, cursor_identity(declaration), &known))
        return unit->classes.items[known];
    struct class_info *class = ARENA_NEW(unit->module->arena, struct class_info);
    class->declaration = declaration;
    class->destructor = clang_getNullCursor();
    ptr_map_put(&unit->class_of, cursor_identity(declaration), unit->classes.count);
    VEC_PUSH(&unit->classes, class);
    clang_visitChildren(declaration, collect_member, &(struct member_collector){unit, class});
    return class;
}

void class_add_member(struct lowering *unit, CXCursor member)
{
    CXCursor parent = clang_getCursorDefinition(clang_getCursorSemanticParent(member));
    if (!cursor_is_class(parent) || cursor_is_null(clang_getSpecializedCursorTemplate(parent)))
        return;
    uint32_t known;
    if (!ptr_map_get(&unit->class_of, cursor_identity(parent), &known))
        VEC_PUSH(&unit->instantiations, parent);
    add_member(unit, unit_class(unit, parent), member);
}

const struct class_info *unit_class_bases(struct lowering *unit, CXCursor declaration)
{
    struct class_info *class = unit_class(unit, declaration);
    CXCursor template = clang_getSpecializedCursorTemplate(declaration);
    if (!class->has_bases && !class->bases.count && !cursor_is_null(template))
        find_instantiated_bases(unit, class, template);
    class->has_bases = true;
    return class;
}

struct field_list {
    struct lowering *unit;
    struct children fields;
};

static enum CXVisitorResult collect_field(CXCursor cursor, CXClientData data)
{
    struct field_list *self = data;
    VEC_PUSH_IN(&self->unit->scratch, &self->fields, cursor);
    return CXVisit_Continue;
}

struct children class_fields(struct lowering *unit, CXCursor declaration)
{
    struct field_list list = {unit, {0}};
    clang_Type_visitFields(clang_getCursorType(declaration), collect_field, &list);
    return list.fields;
}

/* ---- what is asked of a class ---- */

bool class_is_closure(struct lowering *unit, CXCursor declaration)
{
    if (clang_getCursorKind(declaration) != CXCursor_ClassDecl)
        return false;
    return strstr(cursor_string(&unit->scratch, clang_getCursorSpelling(declaration)), "(lambda at ") != NULL;
}

/* Does ASK hold for a base class or a member of DECLARATION? */
static bool any_part(struct lowering *unit, CXCursor declaration, bool (*ask)(struct lowering *, CXType))
{
    const struct class_info *class = unit_class_bases(unit, declaration);
    for (uint32_t i = 0; i < class->bases.count; i++)
        if (ask(unit, class->bases.items[i]))
            return true;
    struct children fields = class_fields(unit, declaration);
    for (uint32_t i = 0; i < fields.count; i++)
        if (ask(unit, clang_getCursorType(fields.items[i])))
            return true;
    return false;
}

bool unit_needs_destruction(struct lowering *unit, CXType type)
{
    CXCursor declaration;
    if (!unit->is_cxx || !type_class(type, &declaration))
        return false;
    struct class_info *class = unit_class(unit, declaration);
    if (!class->is_destruction_known) {
        class->is_destruction_known = true;
        bool is_written = !cursor_is_null(class->destructor) && !method_is_implicit(class->destructor);
        class->needs_destruction = is_written || (clang_getCursorKind(declaration) != CXCursor_UnionDecl &&
                                                  any_part(unit, declaration, unit_needs_destruction));
    }
    return class->needs_destruction;
}

bool constructor_copies(CXCursor constructor)
{
    return clang_CXXConstructor_isCopyConstructor(constructor) || clang_CXXConstructor_isMoveConstructor(constructor);
}

bool unit_is_copied_specially(struct lowering *unit, CXType type)
{
    CXCursor declaration;
    if (!unit->is_cxx || !type_class(type, &declaration) || clang_getCursorKind(declaration) == CXCursor_UnionDecl)
        return false;
    struct class_info *class = unit_class(unit, declaration);
    if (class->is_copying_known)
        return class->is_copied_specially;
    class->is_copying_known = true;
    for (uint32_t i = 0; i < class->constructors.count; i++)
        if (constructor_copies(class->constructors.items[i]) && !method_is_implicit(class->constructors.items[i]))
            class->is_copied_specially = true;
    for (uint32_t i = 0; i < class->assignments.count; i++)
        if (!method_is_implicit(class->assignments.items[i]))
            class->is_copied_specially = true;
    class->is_copied_specially = class->is_copied_specially || any_part(unit, declaration, unit_is_copied_specially);
    return class->is_copied_specially;
}

bool unit_is_passed_by_address(struct lowering *unit, CXType type)
{
    CXCursor declaration;
    if (!unit->is_cxx || clang_getArraySize(type) >= 0 || !type_class(type, &declaration))
        return false;
    return unit_needs_destruction(unit, type) || unit_is_copied_specially(unit, type) ||
           class_is_closure(unit, declaration);
}

static bool takes_nothing(struct lowering *unit, CXCursor constructor)
{
    int count = clang_Cursor_getNumArguments(constructor);
    for (int i = 0; i < count; i++)
        if (!cursor_operands(unit, clang_Cursor_getArgument(constructor, (unsigned)i)).count)
            return false;
    return true;
}

bool class_default_constructor(struct lowering *unit, CXCursor declaration, CXCursor *constructor)
{
    const struct class_info *class = unit_class(unit, declaration);
    for (uint32_t i = 0; i < class->constructors.count; i++) {
        *constructor = class->constructors.items[i];
        if (!method_is_implicit(*constructor) && takes_nothing(unit, *constructor))
            return true;
    }
    return false;
}

bool class_converting_constructor(struct lowering *unit, CXCursor declaration, CXCursor *constructor)
{
    const struct class_info *class = unit_class(unit, declaration);
    uint32_t found = 0;
    for (uint32_t i = 0; i < class->constructors.count; i++) {
        CXCursor candidate = class->constructors.items[i];
        if (constructor_copies(candidate) || clang_Cursor_getNumArguments(candidate) != 1)
            continue;
        *constructor = candidate;
        found++;
    }
    return found == 1;
}
