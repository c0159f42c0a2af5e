/*
 * parse.c - the arguments that libclang is given, parsing, and what it says about errors and files.
 */
#include "frontend/parse_int.h"

#include <string.h>

#include "base/inputs.h"
#include "base/strbuf.h"
#include "frontend/lower_int.h"
#include "frontend/vectors.h"
#include "project/path.h"
#include "project/project.h"

#ifndef MDLGUARD_RESOURCE_DIR
#error "the build defines MDLGUARD_RESOURCE_DIR, clang's resource directory"
#endif

/*
 * Windows' excpt.h gives the SEH functions these names; mingw-w64's does not. Where a header defines them too, the
 * texts agree or the header's wins.
 */
static const char *const seh_names[] = {
    "-DGetExceptionCode=_exception_code",
    "-DGetExceptionInformation()=((struct _EXCEPTION_POINTERS*)_exception_info())",
    "-DAbnormalTermination=_abnormal_termination",
};

/* What a driver tells static analyzers: sal.h makes nothing of it, unless it is there already; specstrings_strict.h would make something else. */
static const char *const assumptions[] = {"-D__analysis_assume(e)=__builtin_assume(e)", "-D_Analysis_assume_(e)=__builtin_assume(e)",
                                          "-D__SPECSTRINGS_STRICT_LEVEL=0"};

/* A keyword of Microsoft's C, which takes the message as C++ does. */
static const char *const c_names[] = {"-Dstatic_assert=_Static_assert"};

/* The WDK's headers define these for C; with other headers a unit that uses them is parsed again with these. */
static const char *const seh_keywords[] = {"-Dtry=__try", "-Dexcept=__except", "-Dfinally=__finally",
                                           "-Dleave=__leave"};

/* What Microsoft's compiler takes with a warning at most, and clang calls an error. */
static const char *const tolerated[] = {
    "-Wno-implicit-function-declaration",
    "-Wno-implicit-int",
    "-Wno-int-conversion",
    "-Wno-incompatible-pointer-types",
    "-Wno-return-type",
    "-Wno-incompatible-function-pointer-types",
    "-Wno-c++11-narrowing",
    "-Wno-microsoft-enum-forward-reference",
};

#define COUNT_OF(array) (sizeof(array) / sizeof(*(array)))

struct argument_list {
    VEC(const char *) items; /* in the module's arena */
};

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

bool parse_is_cxx(const struct frontend_input *input)
{
    static const char *const endings[] = {".cpp", ".cc", ".cxx", ".c++", ".C", ".CPP", ".hpp", ".hxx", ".hh"};
    bool is_cxx = false;
    for (size_t i = 0; i < COUNT_OF(endings); i++)
        is_cxx = is_cxx || ends_with(input->path, endings[i]);
    for (uint32_t i = 0; i < input->arg_count; i++) {
        const char *arg = input->args[i], *language = NULL;
        if (strcmp(arg, "-x") == 0 && i + 1 < input->arg_count)
            language = input->args[i + 1];
        else if (strncmp(arg, "-x", 2) == 0)
            language = arg + 2;
        if (language)
            is_cxx = strncmp(language, "c++", 3) == 0;
    }
    return is_cxx;
}

static void add_argument(struct argument_list *self, struct arena *arena, const char *argument)
{
    VEC_PUSH_IN(arena, &self->items, argument);
}

const char *parse_resources(const struct frontend_input *input)
{
    return input->resource_dir ? input->resource_dir : MDLGUARD_RESOURCE_DIR;
}

static void leave_out_vectors(struct argument_list *self, struct arena *arena)
{
    uint32_t count;
    const char *const *names = vectors_left_out(&count);
    for (uint32_t i = 0; i < count; i++)
        add_argument(self, arena, names[i]);
}

static void make_arguments(const struct parse_request *request, struct arena *arena, struct argument_list *out)
{
    const struct frontend_input *input = request->input;
    add_argument(out, arena, "clang");
    add_argument(out, arena, "-fms-extensions");
    for (size_t i = 0; i < COUNT_OF(seh_names); i++)
        add_argument(out, arena, seh_names[i]);
    for (size_t i = 0; i < COUNT_OF(assumptions); i++)
        add_argument(out, arena, assumptions[i]);
    for (size_t i = 0; !parse_is_cxx(input) && i < COUNT_OF(c_names); i++)
        add_argument(out, arena, c_names[i]);
    for (size_t i = 0; request->with_keywords && i < COUNT_OF(seh_keywords); i++)
        add_argument(out, arena, seh_keywords[i]);
    for (uint32_t i = 0; i < input->arg_count; i++)
        add_argument(out, arena, input->args[i]);
    if (!request->with_vectors)
        leave_out_vectors(out, arena);
    add_argument(out, arena, "-resource-dir");
    add_argument(out, arena, parse_resources(input));
    for (size_t i = 0; i < COUNT_OF(tolerated); i++)
        add_argument(out, arena, tolerated[i]);
    add_argument(out, arena, "-w");
    add_argument(out, arena, "-ferror-limit=0");
    add_argument(out, arena, "-fno-spell-checking");
    if (input->directory)
        add_argument(out, arena, arena_printf(arena, "-working-directory=%s", input->directory));
}

/* Clang does not say why it gave no tree: a file that is there has arguments that it cannot do anything with. */
static enum mg_status refuse(const char *path, enum CXErrorCode code, struct mg_error *error)
{
    struct strbuf text;
    strbuf_init(&text);
    enum mg_status status = strbuf_read_file(&text, path, error);
    strbuf_release(&text);
    if (status == MG_OK)
        mg_fail(error, MG_INPUT, path, 0, 0, "%s",
                code == CXError_Crashed ? "clang crashed while parsing" : "clang refuses the arguments");
    return MG_INPUT;
}

/* The caller's unsaved texts, and the request's own. */
static struct CXUnsavedFile *make_unsaved(const struct parse_request *request, struct arena *arena, unsigned *count)
{
    const struct frontend_input *input = request->input;
    struct CXUnsavedFile *unsaved = ARENA_NEW_ARRAY(arena, struct CXUnsavedFile, input->unsaved_count + 2u);
    *count = 0;
    for (uint32_t i = 0; i < input->unsaved_count; i++)
        unsaved[(*count)++] =
            (struct CXUnsavedFile){input->unsaved[i].path, input->unsaved[i].text, input->unsaved[i].length};
    if (request->text)
        unsaved[(*count)++] = (struct CXUnsavedFile){request->path, request->text, request->length};
    return unsaved;
}

enum mg_status parse_file(const struct parse_request *request, CXIndex index, struct arena *arena,
                          CXTranslationUnit *out, struct mg_error *error)
{
    struct argument_list args = {0};
    make_arguments(request, arena, &args);
    if (request->pch) {
        add_argument(&args, arena, "-include-pch");
        add_argument(&args, arena, request->pch);
    }
    unsigned unsaved_count;
    struct CXUnsavedFile *unsaved = make_unsaved(request, arena, &unsaved_count);
    unsigned options = CXTranslationUnit_KeepGoing | request->options;
    enum CXErrorCode code = clang_parseTranslationUnit2FullArgv(
        index, request->path, args.items.items, (int)args.items.count, unsaved, unsaved_count, options, out);
    if (code != CXError_Success || !*out)
        return refuse(request->path, code, error);
    return MG_OK;
}

/* ---- errors of the source ---- */

bool parse_is_error(CXDiagnostic diagnostic)
{
    return clang_getDiagnosticSeverity(diagnostic) >= CXDiagnostic_Error;
}

/* clang_getNumDiagnostics makes all diagnostics anew each time it is asked when there are notes among them. */
uint32_t parse_count_errors(CXTranslationUnit tu)
{
    uint32_t count = 0;
    unsigned diagnostics = clang_getNumDiagnostics(tu);
    for (unsigned i = 0; i < diagnostics; i++) {
        CXDiagnostic diagnostic = clang_getDiagnostic(tu, i);
        count += parse_is_error(diagnostic);
        clang_disposeDiagnostic(diagnostic);
    }
    return count;
}

char *parse_describe_error(const struct frontend_input *input, CXDiagnostic diagnostic, struct arena *arena)
{
    char *text = cursor_string(arena, clang_getDiagnosticSpelling(diagnostic));
    CXFile file;
    unsigned line, column;
    clang_getFileLocation(clang_getDiagnosticLocation(diagnostic), &file, &line, &column, NULL);
    const char *path = input->path;
    if (file)
        path = project_path(arena, input->directory, cursor_string(arena, clang_getFileName(file)));
    else
        line = column = 0; /* of what clang makes of the arguments */
    return arena_printf(arena, "%s:%u:%u: %s", path, line, column, text);
}

bool parse_lacks_keywords(CXTranslationUnit tu)
{
    static const char *const words[] = {"'try'", "'except'", "'finally'", "'leave'"};
    unsigned count = clang_getNumDiagnostics(tu);
    bool lacks = false;

    for (unsigned d = 0; d < count && !lacks; d++) {
        CXDiagnostic diagnostic = clang_getDiagnostic(tu, d);
        CXString text = clang_getDiagnosticSpelling(diagnostic);

        for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++)
            lacks |= strstr(clang_getCString(text), words[w]) != NULL;
        clang_disposeString(text);
        clang_disposeDiagnostic(diagnostic);
    }
    return lacks;
}

bool parse_errors_stand(const struct frontend_input *input, CXTranslationUnit tu, size_t length)
{
    unsigned count = clang_getNumDiagnostics(tu);
    CXFile main = clang_getFile(tu, input->path);
    bool stand = true;
    for (unsigned i = 0; i < count && stand; i++) {
        CXDiagnostic diagnostic = clang_getDiagnostic(tu, i);
        CXFile file = NULL;
        unsigned offset = 0;
        clang_getFileLocation(clang_getDiagnosticLocation(diagnostic), &file, NULL, NULL, &offset);
        stand = !parse_is_error(diagnostic) || (file && (offset <= length || !main || !clang_File_isEqual(file, main)));
        clang_disposeDiagnostic(diagnostic);
    }
    return stand && (parse_is_cxx(input) || !parse_lacks_keywords(tu));
}

/* Parses again with the SEH keywords; *TU becomes whichever attempt has fewer errors. */
static void retry_with_keywords(struct parse_request request, CXIndex index, struct arena *arena, CXTranslationUnit *tu)
{
    CXTranslationUnit second;
    uint32_t errors = parse_count_errors(*tu);
    if (!errors || parse_is_cxx(request.input) || !parse_lacks_keywords(*tu))
        return;
    request.with_keywords = true;
    if (parse_file(&request, index, arena, &second, NULL) != MG_OK)
        return;
    bool is_better = parse_count_errors(second) < errors;
    clang_disposeTranslationUnit(is_better ? *tu : second);
    if (is_better)
        *tu = second;
}

enum mg_status parse_unit(const struct frontend_input *input, CXIndex index, struct arena *arena,
                          CXTranslationUnit *out, struct mg_error *error)
{
    struct parse_request request = {.input = input, .path = input->path};
    enum mg_status status = parse_file(&request, index, arena, out, error);
    if (status == MG_OK && vectors_are_missed(*out, parse_resources(input))) {
        clang_disposeTranslationUnit(*out);
        request.with_vectors = true;
        status = parse_file(&request, index, arena, out, error);
    }
    if (status == MG_OK)
        retry_with_keywords(request, index, arena, out);
    return status;
}

/* ---- files ---- */

struct file_list {
    const struct frontend_input *input;
    CXTranslationUnit tu;
    const char *skipped;
    struct arena *arena;
    struct input_files *out;
};

/* Clang has no text of a file that it refused, such as one in UTF-16: what is on disk has to do. */
static void stamp_refused(struct input_file *entry)
{
    struct strbuf text;
    strbuf_init(&text);
    strbuf_read_file(&text, entry->path, NULL); /* one that is gone counts as empty, and so as changed */
    input_file_stamp(entry, text.data, text.length);
    strbuf_release(&text);
}

static void list_file(CXFile file, CXSourceLocation *stack, unsigned depth, CXClientData data)
{
    struct file_list *self = data;
    (void)stack;
    (void)depth;
    CXString name = clang_getFileName(file);
    const char *text = clang_getCString(name);
    struct input_file entry = {.path = project_path(self->arena, self->input->directory, text ? text : "")};
    clang_disposeString(name);
    if (self->skipped && strcmp(entry.path, self->skipped) == 0)
        return;
    size_t length = 0;
    const char *content = clang_getFileContents(self->tu, file, &length);
    entry.is_system = clang_Location_isInSystemHeader(clang_getLocationForOffset(self->tu, file, 0)) != 0;
    if (content)
        input_file_stamp(&entry, content, length);
    else
        stamp_refused(&entry);
    VEC_PUSH_IN(self->arena, &self->out->list, entry);
}

void parse_list_files(const struct frontend_input *input, CXTranslationUnit tu, const char *skipped,
                      struct arena *arena, struct input_files *out)
{
    struct file_list list = {input, tu, skipped, arena, out};
    clang_getInclusions(tu, list_file, &list);
}

/* ---- files that are not there ---- */

struct absent_search {
    const struct frontend_input *input;
    struct arena *arena;
    VEC(const char *) folders; /* absolute */
    struct input_files *out;
};

static void add_folder(struct absent_search *self, const char *path)
{
    const char *folder = project_path(self->arena, self->input->directory, path);
    for (uint32_t i = 0; i < self->folders.count; i++)
        if (strcmp(self->folders.items[i], folder) == 0)
            return;
    VEC_PUSH_IN(self->arena, &self->folders, folder);
}

static void add_argument_folders(struct absent_search *self)
{
    static const char *const options[] = {"-I", "-isystem", "-iquote", "-idirafter"};
    const struct frontend_input *input = self->input;
    add_folder(self, ".");
    for (uint32_t i = 0; i < input->arg_count; i++)
        for (size_t j = 0; j < COUNT_OF(options); j++) {
            size_t length = strlen(options[j]);
            if (strncmp(input->args[i], options[j], length) != 0)
                continue;
            if (input->args[i][length])
                add_folder(self, input->args[i] + length);
            else if (i + 1 < input->arg_count)
                add_folder(self, input->args[i + 1]);
        }
}

void parse_list_missing(CXTranslationUnit tu, struct arena *arena, struct missing_names *out)
{
    unsigned count = clang_getNumDiagnostics(tu);
    for (unsigned i = 0; i < count; i++) {
        CXDiagnostic diagnostic = clang_getDiagnostic(tu, i);
        const char *text =
            parse_is_error(diagnostic) ? cursor_string(arena, clang_getDiagnosticSpelling(diagnostic)) : "";
        const char *name = strchr(text, '\''), *end = strstr(text, "' file not found");
        if (name && end > name)
            VEC_PUSH_IN(arena, &out->list, arena_strndup(arena, name + 1, (size_t)(end - name - 1)));
        clang_disposeDiagnostic(diagnostic);
    }
}

static void add_absent(struct absent_search *self, const char *name)
{
    uint32_t places = path_is_absolute(name) ? 1 : self->folders.count;
    for (uint32_t i = 0; i < places; i++) {
        const char *path = project_path(self->arena, self->folders.items[i], name);
        struct input_file file = {.path = path, .size = INPUT_ABSENT};
        if (!path_is_file(path))
            VEC_PUSH_IN(self->arena, &self->out->list, file);
    }
}

void parse_list_absent(const struct frontend_input *input, const struct missing_names *names, struct arena *arena,
                       struct input_files *out)
{
    struct absent_search search = {.input = input, .arena = arena, .out = out};
    if (!names->list.count)
        return;
    add_folder(&search, path_parent(arena, input->path));
    add_argument_folders(&search);
    for (uint32_t i = 0; i < out->list.count; i++)
        add_folder(&search, path_parent(arena, out->list.items[i].path));
    for (uint32_t i = 0; i < names->list.count; i++)
        add_absent(&search, names->list.items[i]);
}
