/*
 * shared.c - makes precompiled headers, and finds out how much of them units can share.
 *
 * Clang compares a precompiled header's arguments and the size and time of every file with what it finds, and refuses it with an error
 * when they differ; so a header that changed at the wrong moment leads to a plain parse.
 */
#include "frontend/shared.h"

#include <string.h>

#include "frontend/lower_int.h"
#include "frontend/parse_int.h"
#include "frontend/vectors.h"
#include "project/path.h"

#define STAND_IN_NAME ".mdlguard-shared"
#define MOST_ATTEMPTS 4
#define END_NAME "mdlguard_end_of_shared_header"

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

static void note_declaration(struct builder *self, CXCursor cursor, bool is_special)
{
    struct shared_declaration entry = shared_describe(cursor, self->arena);
    entry.is_special = is_special;
    entry.is_from_macro = source_is_from_macro(clang_getCursorLocation(cursor));
    VEC_PUSH_IN(self->arena, &self->out->declarations, entry);
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
    if (cxx_is_method(cursor) ? is_instantiated(cursor) : kind == CXCursor_FunctionDecl && cursor_is_allocator(self->arena, cursor))
        note_declaration(self, cursor, true);
    return kind == CXCursor_LinkageSpec ? CXChildVisit_Recurse : CXChildVisit_Continue;
}

/* The cursors for which frontend.c's gather does something; it decides again. */
static enum CXChildVisitResult note_plain(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    struct builder *self = data;
    enum declared declared = cursor_declared(cursor, self->is_cxx);
    if (declared == DECLARED_SCOPE)
        return CXChildVisit_Recurse;
    if (declared != DECLARED_NOTHING)
        note_declaration(self, cursor, false);
    return CXChildVisit_Continue;
}

static void note_declarations(struct builder *self)
{
    CXCursor root = clang_getTranslationUnitCursor(self->tu);
    if (self->is_cxx)
        clang_visitChildren(root, note_special, self);
    clang_visitChildren(root, note_plain, self);
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

/* The line of the stand-in that DIAGNOSTIC comes from, UINT32_MAX when it comes from none; does it stand in a header? */
static unsigned line_of_diagnostic(struct builder *self, CXDiagnostic diagnostic, bool *is_in_header)
{
    CXFile file;
    unsigned line;
    clang_getExpansionLocation(clang_getDiagnosticLocation(diagnostic), &file, &line, NULL, NULL);
    *is_in_header = file && !is_named(file, self->out->stand_in);
    if (!file || *is_in_header)
        line = file ? line_of_file(self, cursor_string(self->arena, clang_getFileName(file))) : 0;
    return line ? line : UINT32_MAX;
}

/*
 * Notes the errors of the header. The line of the first one, if they have to be left to the units: when one stands in no header, or
 * other keywords may do away with it. 0 otherwise.
 */
static unsigned note_errors(struct builder *self)
{
    unsigned count = clang_getNumDiagnostics(self->tu), first = 0;
    bool lacks_keywords = !self->is_cxx && parse_lacks_keywords(self->tu);
    self->out->error_count = 0;
    for (unsigned i = 0; i < count; i++) {
        CXDiagnostic diagnostic = clang_getDiagnostic(self->tu, i);
        if (parse_is_error(diagnostic)) {
            bool is_in_header;
            unsigned line = line_of_diagnostic(self, diagnostic, &is_in_header);
            if (self->out->error_count++ == 0)
                self->out->first_error = parse_describe_error(self->input, diagnostic, self->arena);
            if (!first && (lacks_keywords || !is_in_header || line == UINT32_MAX))
                first = line;
        }
        clang_disposeDiagnostic(diagnostic);
    }
    return first;
}

/* The line of the first declaration that TU, which has the header and no more, does not find again; 0: it finds all. */
static unsigned line_of_lost(struct builder *self, CXTranslationUnit tu)
{
    struct shared_finder finder;
    shared_finder_init(&finder, self->out, tu, self->arena);
    for (uint32_t i = 0; i < self->out->declarations.count; i++) {
        CXCursor cursor;
        if (!shared_find_one(&finder, i, &cursor)) {
            unsigned line = line_of_file(self, self->out->declarations.items[i].file);
            return line ? line : UINT32_MAX;
        }
    }
    return 0;
}

/* Parses a unit that has the header, and what shared_append_names() wants to be there, and no more. */
static bool parse_check(struct builder *self, CXIndex index, CXTranslationUnit *tu)
{
    char *path = arena_printf(self->arena, "%s.check%s", self->out->stand_in, path_extension(self->out->stand_in));
    struct strbuf text;
    strbuf_init(&text);
    shared_append_names(self->out, &text);
    struct parse_request request = {
        .input = self->input, .path = path, .pch = self->out->pch, .text = text.data, .length = text.length,
        .with_vectors = self->out->with_vectors};
    bool is_parsed = parse_file(&request, index, self->arena, tu, NULL) == MG_OK;
    if (is_parsed && parse_count_errors(*tu)) {
        clang_disposeTranslationUnit(*tu);
        is_parsed = false;
    }
    strbuf_release(&text);
    return is_parsed;
}

enum naming { NAME_ALL, NAME_MACROS, NAME_NONE };

/* Which declarations units look for by name. */
static void choose_names(struct builder *self, enum naming naming)
{
    for (uint32_t i = 0; i < self->out->declarations.count; i++) {
        struct shared_declaration *entry = &self->out->declarations.items[i];
        entry->is_named =
            naming != NAME_NONE && entry->name && !entry->is_special && (entry->is_from_macro || naming == NAME_ALL);
    }
}

/* The line of the first declaration that a unit would not find again. Names are cheaper than places, but in C++ they may be ambiguous. */
static unsigned check_finding(struct builder *self, CXIndex index)
{
    unsigned line = UINT32_MAX;
    for (int naming = self->is_cxx ? NAME_MACROS : NAME_ALL; naming <= NAME_NONE && line; naming++) {
        CXTranslationUnit tu;
        choose_names(self, (enum naming)naming);
        if (!parse_check(self, index, &tu))
            continue;
        line = line_of_lost(self, tu);
        clang_disposeTranslationUnit(tu);
    }
    return line;
}

/* ---- errors ---- */

static enum CXChildVisitResult look_for_end(CXCursor cursor, CXCursor parent, CXClientData data)
{
    bool *is_found = data;
    (void)parent;
    CXString name = clang_getCursorSpelling(cursor);
    const char *text = clang_getCString(name);
    *is_found = text && strcmp(text, END_NAME) == 0;
    clang_disposeString(name);
    return CXChildVisit_Continue;
}

/* The errors of LEFT and RIGHT are the same. */
static bool are_same_errors(struct builder *self, CXTranslationUnit left, CXTranslationUnit right)
{
    unsigned count = clang_getNumDiagnostics(left);
    bool is_same = count == clang_getNumDiagnostics(right);
    for (unsigned i = 0; i < count && is_same; i++) {
        CXDiagnostic a = clang_getDiagnostic(left, i), b = clang_getDiagnostic(right, i);
        is_same = strcmp(parse_describe_error(self->input, a, self->arena),
                         parse_describe_error(self->input, b, self->arena)) == 0;
        clang_disposeDiagnostic(a);
        clang_disposeDiagnostic(b);
    }
    return is_same;
}

/* Is there anything in [at, end) but blanks, comments and directives? In doubt, there is not. */
static bool is_significant(const char *at, const char *end)
{
    for (; at < end; at++) {
        bool is_pair = at + 1 < end && *at == '/', is_line = *at == '#' || (is_pair && at[1] == '/');
        if (is_line) {
            at = memchr(at, '\n', (size_t)(end - at));
        } else if (is_pair && at[1] == '*') {
            for (at += 2; at + 1 < end && memcmp(at, "*/", 2) != 0; at++)
                ;
            at++;
        } else if (!strchr(" \t\r\n\f\v", *at)) {
            return true;
        }
        if (!at)
            return false;
    }
    return false;
}

/* May DIAGNOSTIC be there because the text ends? Then nothing stands behind it in its file, or it is a macro's call that does not end. */
static bool is_at_end(struct builder *self, CXDiagnostic diagnostic)
{
    CXFile file;
    unsigned offset;
    size_t length = 0;
    const char *message = cursor_string(self->arena, clang_getDiagnosticSpelling(diagnostic));
    clang_getExpansionLocation(clang_getDiagnosticLocation(diagnostic), &file, NULL, NULL, &offset);
    const char *text = file ? clang_getFileContents(self->tu, file, &length) : NULL;
    if (!text || strstr(message, "unterminated"))
        return true;
    while (offset < length && !strchr(" \t\r\n", text[offset]))
        offset++;
    return offset >= length || !is_significant(text + offset, text + length);
}

static bool some_error_at_end(struct builder *self)
{
    unsigned count = clang_getNumDiagnostics(self->tu);
    bool found = false;
    for (unsigned i = 0; i < count && !found; i++) {
        CXDiagnostic diagnostic = clang_getDiagnostic(self->tu, i);
        found = parse_is_error(diagnostic) && is_at_end(self, diagnostic);
        clang_disposeDiagnostic(diagnostic);
    }
    return found;
}

/*
 * Are the errors over where TEXT ends, so that clang takes what follows as it would anyway? An open brace or an unfinished declaration is
 * an error at the end of the header only because the header ends there. In doubt something is put behind it: a `;` and a declaration,
 * which must be what it is, and change nothing.
 */
static bool errors_end(struct builder *self, CXIndex index, const struct strbuf *lines)
{
    static const char end[] = ";\ntypedef int " END_NAME ";\n";
    struct strbuf text;
    CXTranslationUnit tu;
    bool is_last = false;
    strbuf_init(&text);
    strbuf_add(&text, lines->data, lines->length);
    strbuf_add(&text, end, sizeof(end) - 1);
    struct parse_request request = {.input = self->input,
                                    .path = self->out->stand_in,
                                    .text = text.data,
                                    .length = text.length,
                                    .with_vectors = self->out->with_vectors,
                                    .options = CXTranslationUnit_Incomplete};
    if (parse_file(&request, index, self->arena, &tu, NULL) == MG_OK) {
        clang_visitChildren(clang_getTranslationUnitCursor(tu), look_for_end, &is_last);
        is_last = is_last && are_same_errors(self, self->tu, tu);
        clang_disposeTranslationUnit(tu);
    }
    strbuf_release(&text);
    return is_last;
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

/* Parses the header, with the headers of vectors if it needs them. */
static bool parse_header(struct builder *self, struct parse_request *request, CXIndex index)
{
    request->with_vectors = self->out->with_vectors;
    if (parse_file(request, index, self->arena, &self->tu, NULL) != MG_OK)
        return false;
    if (self->out->with_vectors || !vectors_are_missed(self->tu, parse_resources(self->input)))
        return true;
    clang_disposeTranslationUnit(self->tu);
    request->with_vectors = self->out->with_vectors = true;
    return parse_file(request, index, self->arena, &self->tu, NULL) == MG_OK;
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
    if (parse_header(self, &request, index)) {
        unsigned line = note_errors(self);
        line = line > count ? UINT32_MAX : line;
        if (!line && some_error_at_end(self) && !errors_end(self, index, &text))
            line = UINT32_MAX;
        if (!line && clang_saveTranslationUnit(self->tu, self->out->pch, clang_defaultSaveOptions(self->tu)) != 0)
            line = UINT32_MAX;
        self->out->declarations.count = 0;
        if (!line)
            note_declarations(self);
        line = line ? line : check_finding(self, index);
        kept = line ? cut(lines, count, line) : count;
        self->out->files.list.count = 0;
        parse_list_files(self->input, self->tu, self->out->stand_in, self->arena, &self->out->files);
        self->out->missing.list.count = 0;
        parse_list_missing(self->tu, self->arena, &self->out->missing);
        parse_list_absent(self->input, &self->out->missing, self->arena, &self->out->files);
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
    CXIndex index;
    enum mg_status status = clang_open(input->path, &index, error);
    if (status != MG_OK)
        return status;
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
    blob_number(out, self->with_vectors);
    blob_number(out, self->error_count);
    blob_text(out, self->first_error);
    input_files_pack(&self->files, out);
    blob_number(out, self->missing.list.count);
    for (uint32_t i = 0; i < self->missing.list.count; i++)
        blob_text(out, self->missing.list.items[i]);
    blob_number(out, self->declarations.count);
    for (uint32_t i = 0; i < self->declarations.count; i++) {
        const struct shared_declaration *entry = &self->declarations.items[i];
        blob_text(out, entry->file);
        blob_number(out, entry->offset);
        blob_number(out, entry->kind);
        blob_number(out, entry->usr);
        blob_number(out, entry->is_special);
        blob_text(out, entry->is_named ? entry->name : NULL);
    }
}

void shared_unpack(struct blob_reader *in, struct arena *arena, struct shared_header *out)
{
    *out = (struct shared_header){.stand_in = blob_read_text(in, arena)};
    out->line_count = (uint32_t)blob_read_number(in);
    out->with_vectors = blob_read_number(in) != 0;
    out->error_count = (uint32_t)blob_read_number(in);
    out->first_error = blob_read_text(in, arena);
    input_files_unpack(in, arena, &out->files);
    for (uint32_t left = blob_read_count(in, sizeof(uint64_t)); left && !in->is_bad; left--) {
        const char *name = blob_read_text(in, arena);
        in->is_bad |= !name;
        VEC_PUSH_IN(arena, &out->missing.list, name);
    }
    in->is_bad |= !out->stand_in;
    for (uint32_t left = blob_read_count(in, 6 * sizeof(uint64_t)); left && !in->is_bad; left--) {
        struct shared_declaration entry = {.file = blob_read_text(in, arena)};
        entry.offset = (uint32_t)blob_read_number(in);
        entry.kind = (uint32_t)blob_read_number(in);
        entry.usr = blob_read_number(in);
        entry.is_special = blob_read_number(in) != 0;
        entry.name = blob_read_text(in, arena);
        entry.is_named = entry.name && *entry.name;
        in->is_bad |= !entry.file;
        VEC_PUSH_IN(arena, &out->declarations, entry);
    }
}
