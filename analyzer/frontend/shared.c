/*
 * shared.c - makes precompiled headers, and finds their declarations again.
 *
 * Clang compares a precompiled header's arguments and the size and time of every file with what it finds, and refuses it with an error
 * when they differ; so a header that changed at the wrong moment leads to a plain parse.
 */
#include "frontend/shared.h"

#include <string.h>

#include "base/hash.h"
#include "frontend/lower_int.h"
#include "frontend/parse_int.h"
#include "project/path.h"
#include "project/project.h"

#define STAND_IN_NAME ".mdlguard-shared"
#define MOST_ATTEMPTS 4

struct builder {
    const struct frontend_input *input;
    struct arena *arena;
    struct shared_header *out;
    CXTranslationUnit tu;
    bool is_cxx;
};

const char *shared_stand_in(struct arena *arena, const char *path)
{
    const char *name = arena_printf(arena, STAND_IN_NAME "%s", path_extension(path));
    return path_join(arena, path_parent(arena, path), name);
}

/* ---- declarations ---- */

static uint64_t hash_usr(CXCursor cursor)
{
    CXString usr = clang_getCursorUSR(cursor);
    const char *text = clang_getCString(usr);
    uint64_t hash = hash_string(text ? text : "");
    clang_disposeString(usr);
    return hash;
}

static void note_declaration(struct builder *self, CXCursor cursor, bool is_special)
{
    CXFile file;
    unsigned offset;
    clang_getFileLocation(clang_getCursorLocation(cursor), &file, NULL, NULL, &offset);
    struct shared_declaration entry = {.offset = offset,
                                       .kind = (uint32_t)clang_getCursorKind(cursor),
                                       .usr = hash_usr(cursor),
                                       .is_special = is_special,
                                       .file = ""};
    if (file)
        entry.file = cursor_string(self->arena, clang_getFileName(file));
    VEC_PUSH_IN(self->arena, &self->out->declarations, entry);
}

static bool is_allocator(struct builder *self, CXCursor cursor)
{
    const char *name = cursor_string(self->arena, clang_getCursorSpelling(cursor));
    return strncmp(name, "operator new", 12) == 0 || strncmp(name, "operator delete", 15) == 0;
}

static bool is_instantiated(CXCursor method)
{
    CXCursor parent = clang_getCursorDefinition(clang_getCursorSemanticParent(method));
    return cursor_is_class(parent) && !cursor_is_null(clang_getSpecializedCursorTemplate(parent));
}

/* The cursors for which frontend.c's gather_special does something. */
static enum CXChildVisitResult note_special(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    struct builder *self = data;
    enum CXCursorKind kind = clang_getCursorKind(cursor);
    if (cxx_is_method(cursor) ? is_instantiated(cursor) : kind == CXCursor_FunctionDecl && is_allocator(self, cursor))
        note_declaration(self, cursor, true);
    return kind == CXCursor_LinkageSpec ? CXChildVisit_Recurse : CXChildVisit_Continue;
}

/* The cursors for which frontend.c's gather does something; it decides again. */
static enum CXChildVisitResult note_plain(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    struct builder *self = data;
    if (clang_Location_isInSystemHeader(clang_getCursorLocation(cursor)))
        return CXChildVisit_Continue;
    switch (clang_getCursorKind(cursor)) {
    case CXCursor_FunctionDecl:
    case CXCursor_CXXMethod:
    case CXCursor_Constructor:
    case CXCursor_Destructor:
    case CXCursor_ConversionFunction:
        if (clang_isCursorDefinition(cursor))
            note_declaration(self, cursor, false);
        return CXChildVisit_Continue;
    case CXCursor_VarDecl:
        if (!cursor_is_null(clang_Cursor_getVarDeclInitializer(cursor)))
            note_declaration(self, cursor, false);
        return CXChildVisit_Continue;
    case CXCursor_Namespace:
    case CXCursor_LinkageSpec:
    case CXCursor_UnexposedDecl: return CXChildVisit_Recurse;
    case CXCursor_StructDecl:
    case CXCursor_UnionDecl:
    case CXCursor_ClassDecl: return self->is_cxx ? CXChildVisit_Recurse : CXChildVisit_Continue;
    default: return CXChildVisit_Continue;
    }
}

static void note_declarations(struct builder *self)
{
    CXCursor root = clang_getTranslationUnitCursor(self->tu);
    if (self->is_cxx)
        clang_visitChildren(root, note_special, self);
    clang_visitChildren(root, note_plain, self);
}

static bool find_declaration(const struct shared_declaration *entry, CXTranslationUnit tu, CXCursor *out)
{
    CXFile file = clang_getFile(tu, entry->file);
    if (!file)
        return false;
    *out = clang_getCursor(tu, clang_getLocationForOffset(tu, file, entry->offset));
    return (uint32_t)clang_getCursorKind(*out) == entry->kind && hash_usr(*out) == entry->usr;
}

bool shared_find(const struct shared_header *shared, CXTranslationUnit tu, bool is_special,
                 void (*found)(void *context, CXCursor cursor), void *context)
{
    for (uint32_t i = 0; i < shared->declarations.count; i++) {
        const struct shared_declaration *entry = &shared->declarations.items[i];
        CXCursor cursor;
        if (entry->is_special != is_special)
            continue;
        if (!find_declaration(entry, tu, &cursor))
            return false;
        found(context, cursor);
    }
    return true;
}

/* ---- how many lines can be shared ---- */

/* Which line of the stand-in leads to FILE, counted from 1; 0: none. */
struct line_search {
    const char *file, *stand_in;
    unsigned line;
};

static bool is_named(CXFile file, const char *name)
{
    CXString text = clang_getFileName(file);
    const char *path = clang_getCString(text);
    bool is_same = path && strcmp(path, name) == 0;
    clang_disposeString(text);
    return is_same;
}

static void look_for_line(CXFile file, CXSourceLocation *stack, unsigned depth, CXClientData data)
{
    struct line_search *self = data;
    if (self->line || !is_named(file, self->file))
        return;
    for (unsigned i = 0; i < depth; i++) {
        CXFile at;
        unsigned line;
        clang_getExpansionLocation(stack[i], &at, &line, NULL, NULL);
        if (at && is_named(at, self->stand_in))
            self->line = line;
    }
}

static unsigned line_of_file(const struct builder *self, const char *file)
{
    struct line_search search = {file, self->out->stand_in, 0};
    clang_getInclusions(self->tu, look_for_line, &search);
    return search.line;
}

/* The line of the first error; 0 when there is none; UINT32_MAX when it stands in no line. */
static unsigned line_of_error(struct builder *self)
{
    unsigned count = clang_getNumDiagnostics(self->tu);
    for (unsigned i = 0; i < count; i++) {
        CXDiagnostic diagnostic = clang_getDiagnostic(self->tu, i);
        bool is_error = parse_is_error(diagnostic);
        CXFile file;
        unsigned line;
        clang_getExpansionLocation(clang_getDiagnosticLocation(diagnostic), &file, &line, NULL, NULL);
        clang_disposeDiagnostic(diagnostic);
        if (!is_error)
            continue;
        const char *name = file ? cursor_string(self->arena, clang_getFileName(file)) : "";
        if (strcmp(name, self->out->stand_in) != 0)
            line = line_of_file(self, name);
        return line ? line : UINT32_MAX;
    }
    return 0;
}

/* The same for the first declaration that a unit would not find again. */
static unsigned line_of_lost(struct builder *self, CXIndex index)
{
    char *path = arena_printf(self->arena, "%s.check%s", self->out->stand_in, path_extension(self->out->stand_in));
    struct parse_request request = {.input = self->input, .path = path, .pch = self->out->pch, .text = ""};
    CXTranslationUnit tu;
    unsigned line = 0;
    if (parse_file(&request, index, self->arena, &tu, NULL) != MG_OK)
        return UINT32_MAX;
    if (parse_count_errors(tu))
        line = UINT32_MAX;
    for (uint32_t i = 0; i < self->out->declarations.count && !line; i++) {
        CXCursor cursor;
        if (!find_declaration(&self->out->declarations.items[i], tu, &cursor)) {
            line = line_of_file(self, self->out->declarations.items[i].file);
            line = line ? line : UINT32_MAX;
        }
    }
    clang_disposeTranslationUnit(tu);
    return line;
}

/* The lines in front of LINE, the last of them an #include. */
static uint32_t cut(const struct prefix_line *lines, uint32_t count, unsigned line)
{
    if (line == UINT32_MAX)
        return 0;
    count = line - 1 < count ? line - 1 : count;
    while (count && !lines[count - 1].is_include)
        count--;
    return count;
}

/* One attempt with COUNT lines: how many of them can be shared; when that is COUNT, the header is there. */
static uint32_t attempt(struct builder *self, CXIndex index, const struct prefix_line *lines, uint32_t count)
{
    struct strbuf text;
    strbuf_init(&text);
    for (uint32_t i = 0; i < count; i++)
        strbuf_addf(&text, "%s\n", lines[i].text);
    struct parse_request request = {.input = self->input,
                                    .path = self->out->stand_in,
                                    .text = text.data,
                                    .length = text.length,
                                    .options = CXTranslationUnit_Incomplete | CXTranslationUnit_ForSerialization};
    uint32_t kept = 0;
    if (parse_file(&request, index, self->arena, &self->tu, NULL) == MG_OK) {
        unsigned line = line_of_error(self);
        if (!line && clang_saveTranslationUnit(self->tu, self->out->pch, clang_defaultSaveOptions(self->tu)) != 0)
            line = UINT32_MAX;
        self->out->declarations.count = 0;
        if (!line)
            note_declarations(self);
        line = line ? line : line_of_lost(self, index);
        kept = line ? cut(lines, count, line) : count;
        self->out->files.list.count = 0;
        parse_list_files(self->input, self->tu, self->out->stand_in, self->arena, &self->out->files);
        clang_disposeTranslationUnit(self->tu);
    }
    strbuf_release(&text);
    return kept;
}

enum mg_status shared_build(const struct frontend_input *input, const struct prefix_line *lines, uint32_t count,
                            const char *pch, struct arena *arena, struct shared_header *out, struct mg_error *error)
{
    *out = (struct shared_header){.pch = pch, .stand_in = shared_stand_in(arena, input->path)};
    struct builder self = {.input = input, .arena = arena, .out = out, .is_cxx = parse_is_cxx(input)};
    CXIndex index = clang_createIndex(1, 0);
    if (!index)
        return mg_fail(error, MG_INPUT, input->path, 0, 0, "libclang cannot be started");
    for (int i = 0; i < MOST_ATTEMPTS && count && out->line_count == 0; i++) {
        uint32_t kept = attempt(&self, index, lines, count);
        out->line_count = kept == count ? count : 0;
        count = kept;
    }
    input_files_sort(&out->files);
    clang_disposeIndex(index);
    return MG_OK;
}

/* ---- the list beside the precompiled header ---- */

void shared_pack(const struct shared_header *self, struct strbuf *out)
{
    blob_text(out, self->stand_in);
    blob_number(out, self->line_count);
    input_files_pack(&self->files, out);
    blob_number(out, self->declarations.count);
    for (uint32_t i = 0; i < self->declarations.count; i++) {
        const struct shared_declaration *entry = &self->declarations.items[i];
        blob_text(out, entry->file);
        blob_number(out, entry->offset);
        blob_number(out, entry->kind);
        blob_number(out, entry->usr);
        blob_number(out, entry->is_special);
    }
}

void shared_unpack(struct blob_reader *in, struct arena *arena, struct shared_header *out)
{
    *out = (struct shared_header){.stand_in = blob_read_text(in, arena)};
    out->line_count = (uint32_t)blob_read_number(in);
    input_files_unpack(in, arena, &out->files);
    in->is_bad |= !out->stand_in;
    for (uint32_t left = blob_read_count(in, 5 * sizeof(uint64_t)); left && !in->is_bad; left--) {
        struct shared_declaration entry = {.file = blob_read_text(in, arena)};
        entry.offset = (uint32_t)blob_read_number(in);
        entry.kind = (uint32_t)blob_read_number(in);
        entry.usr = blob_read_number(in);
        entry.is_special = blob_read_number(in) != 0;
        in->is_bad |= !entry.file;
        VEC_PUSH_IN(arena, &out->declarations, entry);
    }
}
