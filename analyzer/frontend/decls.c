/*
 * decls.c - functions and globals as entries of the module: names, linkage keys, attributes.
 *
 * External functions are keyed by their symbol: the name in C and for extern "C", the mangled name in C++. Internal
 * ones by "path#name#hash", where the hash covers the body as clang understood it (kinds, names, operators,
 * constants), so that the same inline function of a header is one function in two units exactly when both compile
 * it alike.
 */
#include "frontend/lower_int.h"

#include <string.h>

#include "base/hash.h"

/* ---- names ---- */

static bool is_scope(CXCursor cursor)
{
    switch (clang_getCursorKind(cursor)) {
    case CXCursor_Namespace:
    case CXCursor_StructDecl:
    case CXCursor_UnionDecl:
    case CXCursor_ClassDecl:
    case CXCursor_ClassTemplate:
    case CXCursor_ClassTemplatePartialSpecialization: return true;
    default: return false;
    }
}

static const char *own_name(struct lowering *unit, CXCursor declaration)
{
    enum CXCursorKind kind = clang_getCursorKind(declaration);
    bool is_class = kind == CXCursor_ClassDecl || kind == CXCursor_StructDecl;
    if (is_class && unit->is_cxx && class_is_closure(unit, declaration))
        return "[lambda]";
    const char *name = cursor_string(&unit->scratch, clang_getCursorSpelling(declaration));
    if (!is_class || !unit->is_cxx)
        return name;
    const char *full = cursor_string(&unit->scratch, clang_getCursorDisplayName(declaration));
    return strchr(full, '(') ? name : full; /* with template arguments, unless they have no name */
}

const char *unit_qualified_name(struct lowering *unit, CXCursor declaration)
{
    const char *name = own_name(unit, declaration);
    if (!unit->is_cxx)
        return name;
    CXCursor parent = clang_getCursorSemanticParent(declaration);
    for (int levels = 0; levels < 64 && is_scope(parent); levels++) {
        const char *outer = own_name(unit, parent);
        if (*outer && !strchr(outer, '('))
            name = arena_printf(&unit->scratch, "%s::%s", outer, name);
        parent = clang_getCursorSemanticParent(parent);
    }
    return name;
}

static const char *declaring_path(struct lowering *unit, CXCursor declaration)
{
    struct position at = source_written(unit, clang_getCursorLocation(declaration));
    return at.source ? unit->module->files.items[at.source->file].path : "";
}

static bool is_internal(CXCursor declaration)
{
    enum CXLinkageKind linkage = clang_getCursorLinkage(declaration);
    return linkage != CXLinkage_External;
}

/* The mangled name where C++ mangles, else the plain one: a C symbol is the same whoever declares it. */
static const char *symbol(struct lowering *unit, CXCursor declaration, const char *name)
{
    if (!unit->is_cxx)
        return name;
    const char *mangled = cursor_string(&unit->scratch, clang_Cursor_getMangling(declaration));
    if (strncmp(mangled, "_Z", 2) == 0 || strncmp(mangled, "__Z", 3) == 0 || *mangled == '?')
        return mangled;
    return own_name(unit, declaration);
}

/* ---- the hash of a body ---- */

struct tree_hash {
    struct lowering *unit;
    uint64_t value;
};

static bool has_value(enum CXCursorKind kind)
{
    return kind == CXCursor_IntegerLiteral || kind == CXCursor_CharacterLiteral || kind == CXCursor_UnaryExpr;
}

static enum CXChildVisitResult hash_cursor(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    struct tree_hash *self = data;
    enum CXCursorKind kind = clang_getCursorKind(cursor);
    self->value = hash_mix(self->value, (uint64_t)kind);
    CXString name = clang_getCursorSpelling(cursor);
    const char *text = clang_getCString(name);
    if (text && *text)
        self->value = hash_mix(self->value, hash_string(text));
    clang_disposeString(name);
    int64_t constant;
    if (has_value(kind) && constant_evaluate(cursor, &constant))
        self->value = hash_mix(self->value, (uint64_t)constant);
    if (kind == CXCursor_BinaryOperator || kind == CXCursor_CompoundAssignOperator)
        self->value = hash_mix(self->value, (uint64_t)clang_getCursorBinaryOperatorKind(cursor));
    if (kind == CXCursor_UnaryOperator)
        self->value = hash_mix(self->value, (uint64_t)clang_getCursorUnaryOperatorKind(cursor));
    return CXChildVisit_Recurse;
}

static uint64_t unit_hash_tree(struct lowering *unit, CXCursor root)
{
    struct tree_hash hash = {unit, 0};
    hash_cursor(root, root, &hash);
    clang_visitChildren(root, hash_cursor, &hash);
    return hash.value;
}

/* ---- functions ---- */

struct body_search {
    CXCursor body;
    bool found;
};

static enum CXChildVisitResult find_body(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    struct body_search *self = data;
    enum CXCursorKind kind = clang_getCursorKind(cursor);
    if (kind != CXCursor_CompoundStmt && kind != CXCursor_CXXTryStmt)
        return CXChildVisit_Continue;
    *self = (struct body_search){cursor, true};
    return CXChildVisit_Break;
}

bool cursor_has_body(CXCursor declaration, CXCursor *body)
{
    struct body_search search = {.found = false};
    clang_visitChildren(declaration, find_body, &search);
    *body = search.body;
    return search.found;
}

struct attribute_collector {
    struct lowering *unit;
    struct ir_function *function;
    ir_id param; /* whose attributes they are; IR_NONE: the function's */
};

static enum CXChildVisitResult collect_attribute(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    struct attribute_collector *self = data;
    struct lowering *unit = self->unit;
    enum CXCursorKind kind = clang_getCursorKind(cursor);
    if (kind == CXCursor_AnnotateAttr) {
        const char *text = cursor_string(&unit->scratch, clang_getCursorSpelling(cursor));
        struct ir_annotation annotation = {self->param, intern_string(&unit->module->strings, text)};
        VEC_PUSH_IN(unit->module->arena, &self->function->annotations, annotation);
    } else if (self->param == IR_NONE && kind == CXCursor_UnexposedAttr && strcmp(source_identifier(unit, cursor), "_Noreturn") == 0) {
        self->function->is_noreturn = true;
    }
    return CXChildVisit_Continue;
}

/* clang prints the attribute as part of the type, also for __declspec(noreturn). */
static bool type_is_noreturn(struct lowering *unit, CXType type)
{
    return strstr(cursor_string(&unit->scratch, clang_getTypeSpelling(type)), "((noreturn))") != NULL;
}

static bool name_is_noreturn(const char *name)
{
    return strcmp(name, "__builtin_unreachable") == 0 || strcmp(name, "__builtin_trap") == 0 ||
           strcmp(name, "__fastfail") == 0;
}

/* An array or function that is a parameter is a pointer; libclang names the type as it is written. */
static ir_id parameter_type(struct lowering *unit, CXCursor parameter)
{
    ir_id id = unit_cursor_type(unit, parameter);
    const struct ir_type *type = unit_type_get(unit, id);

    if (unit_is_passed_by_address(unit, clang_getCursorType(parameter)))
        return unit_reference_to(unit, id);
    if (type->kind == IR_TYPE_ARRAY)
        return unit_pointer_to(unit, type->target);
    return type->kind == IR_TYPE_FUNCTION ? unit_pointer_to(unit, id) : id;
}

static void add_parameters(struct lowering *unit, struct ir_function *function, CXCursor declaration)
{
    struct ir_module *module = unit->module;
    if (function->record != IR_NONE && method_takes_this(unit, declaration)) {
        CXType class_type = clang_getCursorType(clang_getCursorSemanticParent(declaration));
        ir_id type = unit_pointer_to(unit, unit_type(unit, class_type));
        ir_function_add_local(module, function, IR_LOCAL_PARAM, "this", type, function->loc);
        function->param_count++;
    }
    int count = clang_Cursor_getNumArguments(declaration);
    for (int i = 0; i < count; i++) {
        CXCursor parameter = clang_Cursor_getArgument(declaration, (unsigned)i);
        const char *name = cursor_string(&unit->scratch, clang_getCursorSpelling(parameter));
        ir_function_add_local(module, function, IR_LOCAL_PARAM, name, parameter_type(unit, parameter),
                              unit_name_loc(unit, parameter));
        clang_visitChildren(parameter, collect_attribute,
                            &(struct attribute_collector){unit, function, function->param_count});
        function->param_count++;
    }
    CXType result = clang_getResultType(clang_getCursorType(declaration));
    if (unit_is_passed_by_address(unit, result)) {
        ir_id type = unit_pointer_to(unit, unit_type(unit, result));
        ir_function_add_local(module, function, IR_LOCAL_PARAM, "", type, function->loc);
        function->param_count++;
        function->type = ir_module_type(
            module, &(struct ir_type){.kind = IR_TYPE_FUNCTION, .target = unit->void_type, .record = IR_NONE});
    }
}

/* CURSOR is the definition when there is one, else the canonical declaration. */
static struct ir_function describe_function(struct lowering *unit, CXCursor cursor)
{
    CXType type = clang_getCursorType(cursor);
    CXCursor parent = clang_getCursorSemanticParent(cursor);
    struct ir_function function = {
        .type = unit_type(unit, type),
        .loc = unit_name_loc(unit, cursor),
        .definition = IR_NONE,
        .record = IR_NONE,
        .is_external = !is_internal(cursor),
        .is_variadic = clang_isFunctionTypeVariadic(type) != 0,
        .is_noreturn = type_is_noreturn(unit, type),
        .is_virtual = clang_CXXMethod_isVirtual(cursor) != 0,
        .is_system = clang_Location_isInSystemHeader(clang_getCursorLocation(cursor)) != 0,
    };
    if (cxx_is_method(cursor))
        function.record = unit_record(unit, parent);
    clang_visitChildren(cursor, collect_attribute, &(struct attribute_collector){unit, &function, IR_NONE});
    add_parameters(unit, &function, cursor);
    return function;
}

static ir_id register_function(struct lowering *unit, CXCursor cursor, bool is_defined)
{
    const char *name = unit_qualified_name(unit, cursor);
    const char *key = symbol(unit, cursor, name);
    if (is_internal(cursor)) {
        unsigned long long hash = is_defined ? unit_hash_tree(unit, cursor) : 0;
        if (unit->is_cxx) /* overloads, and instances of a template */
            hash = hash_mix(hash, hash_string(cursor_string(&unit->scratch,
                                                            clang_getTypeSpelling(clang_getCursorType(cursor)))));
        key = arena_printf(&unit->scratch, "%s#%s#%016llx", declaring_path(unit, cursor), name, hash);
    }
    ir_id owner = cxx_is_method(cursor) ? unit_record(unit, clang_getCursorSemanticParent(cursor)) : IR_NONE;
    if (owner != IR_NONE && is_internal(cursor)) /* of lambdas and of what is made for them; they may look alike */
        key = arena_printf(&unit->scratch, "%s#%s", unit->module->records.items[owner].key, key);
    bool is_new;
    ir_id id = ir_module_function(unit->module, unit->unit, key, name, &is_new);
    if (!is_new && !is_defined)
        return id;
    struct ir_function function = describe_function(unit, cursor);
    struct ir_function *entry = &unit->module->functions.items[id];
    function.name = entry->name;
    function.key = entry->key;
    function.unit = entry->unit;
    function.is_noreturn = function.is_noreturn || name_is_noreturn(name);
    if (!entry->is_defined)
        *entry = function;
    return id;
}

ir_id unit_function(struct lowering *unit, CXCursor declaration)
{
    CXCursor canonical = clang_getCanonicalCursor(declaration);
    ir_id id;
    if (ptr_map_get(&unit->functions, cursor_identity(canonical), &id))
        return id;
    CXCursor definition = clang_getCursorDefinition(declaration), body;
    bool is_defined = !cursor_is_null(definition) && cursor_has_body(definition, &body);
    id = register_function(unit, is_defined ? definition : canonical, is_defined);
    ptr_map_put(&unit->functions, cursor_identity(canonical), id);
    if (is_defined)
        VEC_PUSH(&unit->bodies, ((struct pending){definition, id}));
    return id;
}

ir_id unit_builtin(struct lowering *unit, const char *name, ir_id result_type)
{
    bool is_new;
    ir_id id = ir_module_function(unit->module, unit->unit, name, name, &is_new);
    if (!is_new)
        return id;
    struct ir_type type = {.kind = IR_TYPE_FUNCTION, .target = result_type, .record = IR_NONE};
    ir_id function_type = ir_module_type(unit->module, &type);
    struct ir_function *function = &unit->module->functions.items[id];
    function->type = function_type;
    function->loc = unit->nowhere;
    function->definition = function->record = IR_NONE;
    function->is_external = function->is_system = true;
    function->is_variadic = true;
    function->is_noreturn = name_is_noreturn(name);
    return id;
}

/* ---- globals ---- */

/* A function may have several static variables of one name, in its blocks: the second, the third. Not where they stand, which every line before them moves. */
static ir_id add_global(struct lowering *unit, const char *key, const char *name, bool may_have_namesakes)
{
    bool is_new;
    ir_id id = ir_module_global(unit->module, unit->unit, key, name, &is_new);
    for (uint32_t n = 2; may_have_namesakes && !is_new; n++)
        id = ir_module_global(unit->module, unit->unit, arena_printf(&unit->scratch, "%s@%u", key, n), name, &is_new);
    return id;
}

ir_id unit_global(struct lowering *unit, CXCursor declaration, const char *owner)
{
    CXCursor canonical = clang_getCanonicalCursor(declaration);
    ir_id id;
    if (ptr_map_get(&unit->globals, cursor_identity(canonical), &id))
        return id;
    const char *name = unit_qualified_name(unit, declaration), *key = name;
    bool internal = is_internal(declaration);
    if (!internal)
        key = symbol(unit, declaration, name);
    else if (owner)
        key = arena_printf(&unit->scratch, "%s#%s.%s", declaring_path(unit, canonical), owner, name);
    else
        key = arena_printf(&unit->scratch, "%s#%s", declaring_path(unit, canonical), name);
    ir_id type = unit_cursor_type(unit, declaration), loc = unit_name_loc(unit, canonical);
    id = add_global(unit, key, name, internal && owner);
    struct ir_global *global = &unit->module->globals.items[id];
    global->type = type;
    global->loc = loc;
    global->is_external = !internal;
    ptr_map_put(&unit->globals, cursor_identity(canonical), id);
    return id;
}
