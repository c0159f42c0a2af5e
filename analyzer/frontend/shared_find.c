/*
 * shared_find.c - finds the declarations of a precompiled header again in a unit that was parsed with it.
 *
 * libclang has two ways that do not read the whole header. One goes by a place, as clang_getCursor does; what a macro declares it does not
 * find, since that is at the place of the macro's name with all else that the macro makes. The other goes by a name: behind the text of
 * the unit stands a typedef for the type of NAME, and the expression in it refers to the declaration.
 */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "frontend/lower_int.h"
#include "frontend/parse_int.h"
#include "frontend/shared.h"

#define NAME_PREFIX "mdlguard_name_"

static uint64_t hash_usr(CXCursor cursor)
{
    CXString usr = clang_getCursorUSR(cursor);
    const char *text = clang_getCString(usr);
    uint64_t hash = hash_string(text ? text : "");
    clang_disposeString(usr);
    return hash;
}

/* The name by which any text at the end of the unit can refer to CURSOR; NULL: there is none. */
static const char *global_name(CXCursor cursor, struct arena *arena)
{
    enum CXCursorKind kind = clang_getCursorKind(cursor);
    if ((kind != CXCursor_FunctionDecl && kind != CXCursor_VarDecl) ||
        clang_getCursorKind(clang_getCursorSemanticParent(cursor)) != CXCursor_TranslationUnit)
        return NULL;
    const char *name = cursor_string(arena, clang_getCursorSpelling(cursor));
    return *name && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$") == strlen(name)
               ? name
               : NULL;
}

struct shared_declaration shared_describe(CXCursor cursor, struct arena *arena)
{
    struct shared_declaration out = {.kind = (uint32_t)clang_getCursorKind(cursor),
                                     .usr = hash_usr(cursor),
                                     .file = "",
                                     .name = global_name(cursor, arena)};
    CXFile file;
    clang_getFileLocation(clang_getCursorLocation(cursor), &file, NULL, NULL, &out.offset);
    if (file)
        out.file = cursor_string(arena, clang_getFileName(file));
    return out;
}

void shared_append_names(const struct shared_header *shared, struct strbuf *text)
{
    for (uint32_t i = 0; i < shared->declarations.count; i++) {
        const char *name = shared->declarations.items[i].name;
        if (shared->declarations.items[i].is_named)
            strbuf_addf(text, "\n#undef %s\ntypedef __typeof__(%s) " NAME_PREFIX "%u;", name, name, i);
    }
}

/* ---- by name ---- */

static enum CXChildVisitResult take_reference(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    CXCursor *out = data;
    if (clang_getCursorKind(cursor) != CXCursor_DeclRefExpr)
        return CXChildVisit_Recurse;
    *out = clang_getCursorDefinition(clang_getCursorReferenced(cursor));
    return CXChildVisit_Break;
}

static enum CXChildVisitResult take_typedef(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    struct shared_finder *self = data;
    if (clang_getCursorKind(cursor) != CXCursor_TypedefDecl)
        return CXChildVisit_Continue;
    CXString name = clang_getCursorSpelling(cursor);
    const char *text = clang_getCString(name);
    if (text && strncmp(text, NAME_PREFIX, strlen(NAME_PREFIX)) == 0) {
        unsigned long index = strtoul(text + strlen(NAME_PREFIX), NULL, 10);
        if (index < self->shared->declarations.count)
            clang_visitChildren(cursor, take_reference, &self->named[index]);
    }
    clang_disposeString(name);
    return CXChildVisit_Continue;
}

void shared_finder_init(struct shared_finder *self, const struct shared_header *shared, CXTranslationUnit tu,
                        struct arena *arena)
{
    uint32_t count = shared->declarations.count;
    bool has_names = false;
    *self = (struct shared_finder){.shared = shared, .tu = tu, .arena = arena};
    self->named = ARENA_NEW_ARRAY(arena, CXCursor, count + 1u);
    for (uint32_t i = 0; i < count; i++) {
        self->named[i] = clang_getNullCursor();
        has_names |= shared->declarations.items[i].is_named;
    }
    if (has_names)
        clang_visitChildren(clang_getTranslationUnitCursor(tu), take_typedef, self);
}

/* ---- one declaration ---- */

static CXCursor at_place(const struct shared_finder *self, const struct shared_declaration *entry)
{
    CXFile file = clang_getFile(self->tu, entry->file);
    return file ? clang_getCursor(self->tu, clang_getLocationForOffset(self->tu, file, entry->offset))
                : clang_getNullCursor();
}

bool shared_find_one(const struct shared_finder *self, uint32_t index, CXCursor *out)
{
    const struct shared_declaration *entry = &self->shared->declarations.items[index];
    *out = entry->is_named ? self->named[index] : at_place(self, entry);
    if (cursor_is_null(*out) || (uint32_t)clang_getCursorKind(*out) != entry->kind || hash_usr(*out) != entry->usr)
        return false;
    if (!entry->is_named)
        return true;
    struct shared_declaration found = shared_describe(*out, self->arena);
    return found.offset == entry->offset && strcmp(found.file, entry->file) == 0;
}

bool shared_find(const struct shared_finder *self, bool is_special, void (*found)(void *context, CXCursor cursor),
                 void *context)
{
    for (uint32_t i = 0; i < self->shared->declarations.count; i++) {
        CXCursor cursor;
        if (self->shared->declarations.items[i].is_special != is_special)
            continue;
        if (!shared_find_one(self, i, &cursor))
            return false;
        found(context, cursor);
    }
    return true;
}
