/*
 * cursor.c - small questions to the AST as libclang shows it.
 *
 * libclang has no cursors for implicit casts, designators, va_arg and a few more: they appear as UnexposedExpr,
 * told apart here by their children and by the text where they are spelled.
 */
#include "frontend/lower_int.h"

#include <string.h>

bool cursor_is_null(CXCursor cursor)
{
    return clang_Cursor_isNull(cursor) || clang_isInvalid(clang_getCursorKind(cursor));
}

char *cursor_string(struct arena *arena, CXString string)
{
    const char *text = clang_getCString(string);
    char *copy = arena_strdup(arena, text ? text : "");
    clang_disposeString(string);
    return copy;
}

/* For declarations clang's Decl, for statements and expressions its Stmt. */
const void *cursor_identity(CXCursor cursor)
{
    enum CXCursorKind kind = clang_getCursorKind(cursor);
    return clang_isExpression(kind) || clang_isStatement(kind) ? cursor.data[1] : cursor.data[0];
}

struct collector {
    struct arena *arena;
    struct children *out;
    bool operands_only;
};

static bool is_operand(CXCursor cursor)
{
    enum CXCursorKind kind = clang_getCursorKind(cursor);
    if (kind == CXCursor_MemberRef)
        return true;
    return clang_isExpression(kind) || clang_isStatement(kind);
}

static enum CXChildVisitResult collect(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    struct collector *self = data;
    if (!self->operands_only || is_operand(cursor))
        VEC_PUSH_IN(self->arena, self->out, cursor);
    return CXChildVisit_Continue;
}

struct children cursor_children(struct lowering *unit, CXCursor cursor)
{
    struct children out = {0};
    clang_visitChildren(cursor, collect, &(struct collector){&unit->scratch, &out, false});
    return out;
}

struct children cursor_operands(struct lowering *unit, CXCursor cursor)
{
    struct children out = {0};
    clang_visitChildren(cursor, collect, &(struct collector){&unit->scratch, &out, true});
    return out;
}

/* Operators spelled like functions: what follows them is no conversion even if there is one operand. */
static bool is_named_operator(const char *name)
{
    static const char *const prefixes[] = {"__builtin_", "__atomic_",  "__c11_atomic", "va_arg",
                                           "offsetof",   "__offsetof", "__uuidof",     "typeid"};
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return false;
}

static bool same_start(struct lowering *unit, CXCursor a, CXCursor b)
{
    CXSourceLocation x = clang_getRangeStart(clang_getCursorExtent(a)),
                     y = clang_getRangeStart(clang_getCursorExtent(b));
    struct position p = source_spelled(unit, x), q = source_spelled(unit, y);
    return p.source == q.source && p.offset == q.offset;
}

/* Before C++17 a temporary that is made in its place is moved there by a constructor that libclang does not name. */
static bool is_elided_copy(struct lowering *unit, CXCursor cursor, CXCursor *temporary)
{
    if (!unit->is_cxx || clang_getCursorKind(cursor) != CXCursor_CallExpr || clang_Cursor_getNumArguments(cursor) != 1 ||
        !cursor_is_null(clang_getCursorReferenced(cursor)))
        return false;
    struct children operands = cursor_operands(unit, cursor);
    if (operands.count != 1 || !clang_equalCursors(operands.items[0], clang_Cursor_getArgument(cursor, 0)))
        return false;
    *temporary = operands.items[0];
    return true;
}

/*
 * A conversion covers exactly its operand's text; an operator with a name begins before it. A name that stands for a
 * template's argument refers to nothing and has the argument below it.
 */
bool cursor_is_implicit_cast(struct lowering *unit, CXCursor cursor, CXCursor *operand)
{
    enum CXCursorKind kind = clang_getCursorKind(cursor);
    if (is_elided_copy(unit, cursor, operand))
        return true;
    bool is_argument = kind == CXCursor_DeclRefExpr && cursor_is_null(clang_getCursorReferenced(cursor));
    if (kind != CXCursor_UnexposedExpr && !is_argument)
        return false;
    struct children operands = cursor_operands(unit, cursor);
    if (operands.count != 1 || clang_getCursorKind(operands.items[0]) == CXCursor_MemberRef)
        return false;
    if (!same_start(unit, cursor, operands.items[0]) && is_named_operator(source_identifier(unit, cursor)))
        return false;
    *operand = operands.items[0];
    return true;
}

CXCursor cursor_strip(struct lowering *unit, CXCursor cursor)
{
    for (;;) {
        CXCursor inner;
        if (clang_getCursorKind(cursor) == CXCursor_ParenExpr) {
            struct children operands = cursor_operands(unit, cursor);
            if (operands.count != 1)
                return cursor;
            cursor = operands.items[0];
        } else if (cursor_is_implicit_cast(unit, cursor, &inner)) {
            cursor = inner;
        } else {
            return cursor;
        }
    }
}

bool cursor_is_builtin_call(struct lowering *unit, CXCursor call, const char *name)
{
    if (clang_getCursorKind(call) != CXCursor_CallExpr)
        return false;
    return strcmp(cursor_string(&unit->scratch, clang_getCursorSpelling(call)), name) == 0;
}

enum declared cursor_declared(CXCursor cursor, bool is_cxx)
{
    if (clang_Location_isInSystemHeader(clang_getCursorLocation(cursor)))
        return DECLARED_NOTHING;
    if (cursor_is_function(cursor))
        return clang_isCursorDefinition(cursor) ? DECLARED_FUNCTION : DECLARED_NOTHING;
    switch (clang_getCursorKind(cursor)) {
    case CXCursor_VarDecl:
        return cursor_is_null(clang_Cursor_getVarDeclInitializer(cursor)) ? DECLARED_NOTHING : DECLARED_VARIABLE;
    case CXCursor_Namespace:
    case CXCursor_LinkageSpec:
    case CXCursor_UnexposedDecl: return DECLARED_SCOPE;
    case CXCursor_StructDecl:
    case CXCursor_UnionDecl:
    case CXCursor_ClassDecl: return is_cxx ? DECLARED_SCOPE : DECLARED_NOTHING;
    default: return DECLARED_NOTHING;
    }
}
