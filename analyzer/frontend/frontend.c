/*
 * frontend.c - one translation unit: parse it, gather what it defines, lower it.
 *
 * Order of the functions: those defined in the main file and the project's headers as they appear, then what they
 * refer to, as it is met.
 */
#include "frontend/frontend.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "frontend/lower_int.h"

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

static bool is_cxx_source(const struct frontend_input *input)
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

static void make_arguments(const struct frontend_input *input, bool with_keywords, struct arena *arena,
                           struct argument_list *out)
{
    add_argument(out, arena, "clang");
    add_argument(out, arena, "-fms-extensions");
    for (size_t i = 0; i < COUNT_OF(seh_names); i++)
        add_argument(out, arena, seh_names[i]);
    for (size_t i = 0; !is_cxx_source(input) && i < COUNT_OF(c_names); i++)
        add_argument(out, arena, c_names[i]);
    for (size_t i = 0; with_keywords && i < COUNT_OF(seh_keywords); i++)
        add_argument(out, arena, seh_keywords[i]);
    for (uint32_t i = 0; i < input->arg_count; i++)
        add_argument(out, arena, input->args[i]);
    const char *resources = input->resource_dir ? input->resource_dir : MDLGUARD_RESOURCE_DIR;
    add_argument(out, arena, "-resource-dir");
    add_argument(out, arena, resources);
    for (size_t i = 0; i < COUNT_OF(tolerated); i++)
        add_argument(out, arena, tolerated[i]);
    add_argument(out, arena, "-w");
    add_argument(out, arena, "-ferror-limit=0");
    add_argument(out, arena, "-fno-spell-checking");
    if (input->directory)
        add_argument(out, arena, arena_printf(arena, "-working-directory=%s", input->directory));
}

static const char *parse_error_text(enum CXErrorCode code)
{
    switch (code) {
    case CXError_Crashed: return "clang crashed while parsing";
    case CXError_InvalidArguments: return "clang refuses the arguments";
    default: return "clang cannot parse this: no such file, or arguments that do not fit the language";
    }
}

static enum mg_status parse(const struct frontend_input *input, CXIndex index, bool with_keywords, struct arena *arena,
                            CXTranslationUnit *out, struct mg_error *error)
{
    struct argument_list args = {0};
    make_arguments(input, with_keywords, arena, &args);
    struct CXUnsavedFile *unsaved = ARENA_NEW_ARRAY(arena, struct CXUnsavedFile, input->unsaved_count + 1u);
    for (uint32_t i = 0; i < input->unsaved_count; i++)
        unsaved[i] = (struct CXUnsavedFile){input->unsaved[i].path, input->unsaved[i].text, input->unsaved[i].length};
    unsigned options = CXTranslationUnit_KeepGoing;
    enum CXErrorCode code = clang_parseTranslationUnit2FullArgv(
        index, input->path, args.items.items, (int)args.items.count, unsaved, input->unsaved_count, options, out);
    if (code != CXError_Success || !*out)
        return mg_fail(error, MG_INPUT, input->path, 0, 0, "%s", parse_error_text(code));
    return MG_OK;
}

/* ---- errors of the source ---- */

static bool is_error(CXDiagnostic diagnostic)
{
    return clang_getDiagnosticSeverity(diagnostic) >= CXDiagnostic_Error;
}

/* clang_getNumDiagnostics makes all diagnostics anew each time it is asked when there are notes among them. */
static uint32_t count_errors(CXTranslationUnit tu)
{
    uint32_t count = 0;
    unsigned diagnostics = clang_getNumDiagnostics(tu);
    for (unsigned i = 0; i < diagnostics; i++) {
        CXDiagnostic diagnostic = clang_getDiagnostic(tu, i);
        count += is_error(diagnostic);
        clang_disposeDiagnostic(diagnostic);
    }
    return count;
}

static const char *describe_error(struct lowering *unit, CXDiagnostic diagnostic)
{
    const char *text = cursor_string(&unit->scratch, clang_getDiagnosticSpelling(diagnostic));
    CXFile file;
    unsigned line, column;
    clang_getFileLocation(clang_getDiagnosticLocation(diagnostic), &file, &line, &column, NULL);
    const char *path = file ? unit_path(unit, file) : unit->input->path;
    return arena_printf(unit->module->arena, "%s:%u:%u: %s", path, line, column, text);
}

static void record_errors(struct lowering *unit)
{
    unsigned diagnostics = clang_getNumDiagnostics(unit->tu);
    for (unsigned i = 0; i < diagnostics; i++) {
        CXDiagnostic diagnostic = clang_getDiagnostic(unit->tu, i);
        struct ir_unit *entry = &unit->module->units.items[unit->unit];
        if (is_error(diagnostic) && entry->error_count++ == 0)
            entry->first_error = intern_string(&unit->module->strings, describe_error(unit, diagnostic));
        clang_disposeDiagnostic(diagnostic);
    }
}

/* ---- what the unit defines ---- */

static void gather_variable(struct lowering *unit, CXCursor cursor)
{
    CXCursor init = clang_Cursor_getVarDeclInitializer(cursor);
    int64_t constant;
    if (cursor_is_null(init))
        return;
    if (clang_isConstQualifiedType(clang_getCursorType(cursor)) && constant_fold(unit, init, &constant))
        return; /* its uses are constants */
    ir_id global = unit_global(unit, cursor, NULL);
    VEC_PUSH(&unit->initializers, ((struct pending){cursor, global}));
}

/* What has to be known before bodies are lowered: see classes.c. */
static enum CXChildVisitResult gather_special(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    struct lowering *unit = data;
    enum CXCursorKind kind = clang_getCursorKind(cursor);
    if (cxx_is_method(cursor))
        class_add_member(unit, cursor);
    else if (kind == CXCursor_FunctionDecl && cursor_is_allocator(unit, cursor))
        VEC_PUSH(&unit->allocators, cursor);
    return kind == CXCursor_LinkageSpec ? CXChildVisit_Recurse : CXChildVisit_Continue;
}

/* A generic lambda's instantiated call operator: it needs the captures, which the function around it tells. */
static bool is_call_operator(struct lowering *unit, CXCursor function)
{
    CXCursor parent = clang_getCursorSemanticParent(function);
    return unit->is_cxx && cursor_is_class(parent) && class_is_closure(unit, parent);
}

static enum CXChildVisitResult gather(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    struct lowering *unit = data;
    if (clang_Location_isInSystemHeader(clang_getCursorLocation(cursor)))
        return CXChildVisit_Continue;
    switch (clang_getCursorKind(cursor)) {
    case CXCursor_FunctionDecl:
    case CXCursor_CXXMethod:
    case CXCursor_Constructor:
    case CXCursor_Destructor:
    case CXCursor_ConversionFunction:
        if (clang_isCursorDefinition(cursor) && !is_call_operator(unit, cursor))
            unit_function(unit, cursor);
        return CXChildVisit_Continue;
    case CXCursor_VarDecl: gather_variable(unit, cursor); return CXChildVisit_Continue;
    case CXCursor_Namespace:
    case CXCursor_LinkageSpec:
    case CXCursor_UnexposedDecl: return CXChildVisit_Recurse;
    case CXCursor_StructDecl:
    case CXCursor_UnionDecl:
    case CXCursor_ClassDecl: return unit->is_cxx ? CXChildVisit_Recurse : CXChildVisit_Continue;
    default: return CXChildVisit_Continue;
    }
}

/* ---- the synthetic initialiser ---- */

static ir_id initializer_function(struct lowering *unit)
{
    struct arena *arena = unit->module->arena;
    const char *path = unit->input->path;
    uint64_t hash = 0;
    for (uint32_t i = 0; i < unit->input->arg_count; i++)
        hash = hash_mix(hash, hash_string(unit->input->args[i]));
    const char *name = arena_printf(arena, "<init %s>", path);
    const char *key = arena_printf(arena, "%s#<init>#%016llx", path, (unsigned long long)hash);
    ir_id id = ir_module_function(unit->module, unit->unit, key, name, NULL);
    struct ir_type type = {.kind = IR_TYPE_FUNCTION, .target = unit->void_type, .record = IR_NONE};
    ir_id function_type = ir_module_type(unit->module, &type);
    struct ir_function *function = &unit->module->functions.items[id];
    function->type = function_type;
    function->loc = unit->nowhere;
    function->is_initializer = true;
    return id;
}

static void lower_global_initializer(struct body *body, const struct pending *pending)
{
    struct lowering *unit = body->unit;
    const struct ir_place *place = ir_place_global(body->module, pending->id);
    CXCursor init = clang_Cursor_getVarDeclInitializer(pending->cursor);
    body->loc = unit_loc(unit, pending->cursor);
    if (unit_type_get(unit, place->type)->is_reference)
        body_assign(body, place, value_use(body_address(body, lower_place(body, init), place->type)), body->loc);
    else
        lower_initializer(body, place, init);
    body_end_temporaries(body, 0);
}

/* Bodies and initialisers refer to further functions and declare further static locals, until there is nothing new. */
static void lower_all(struct lowering *unit)
{
    struct body initializer;
    bool has_initializer = false;
    uint32_t next_body = 0, next_initializer = 0;
    while (next_body < unit->bodies.count || next_initializer < unit->initializers.count) {
        for (; next_body < unit->bodies.count; next_body++) {
            struct pending function = unit->bodies.items[next_body];
            lower_function(unit, &function);
        }
        if (next_initializer < unit->initializers.count && !has_initializer) {
            body_init(&initializer, unit, initializer_function(unit));
            has_initializer = true;
        }
        for (; next_initializer < unit->initializers.count; next_initializer++) {
            struct pending global = unit->initializers.items[next_initializer];
            lower_global_initializer(&initializer, &global);
        }
    }
    if (has_initializer)
        body_finish(&initializer);
}

/* ---- one unit ---- */

static void lowering_init(struct lowering *self, const struct frontend_input *input, struct ir_module *module,
                          CXTranslationUnit tu)
{
    *self = (struct lowering){.input = input, .tu = tu, .module = module, .is_cxx = is_cxx_source(input)};
    arena_init(&self->scratch);
    self->unit = ir_module_unit(module, input->path, input->directory ? input->directory : "");
    CXTargetInfo target = clang_getTranslationUnitTargetInfo(tu);
    int width = clang_TargetInfo_getPointerWidth(target);
    clang_TargetInfo_dispose(target);
    struct ir_type type = {.kind = IR_TYPE_VOID, .target = IR_NONE, .record = IR_NONE};
    self->void_type = ir_module_type(module, &type);
    self->int_type = ir_module_type(
        module,
        &(struct ir_type){.kind = IR_TYPE_INT, .bits = 32, .is_signed = true, .target = IR_NONE, .record = IR_NONE});
    type = (struct ir_type){.kind = IR_TYPE_INT, .bits = 8, .is_signed = true, .target = IR_NONE, .record = IR_NONE};
    ir_id char_type = ir_module_type(module, &type);
    type = (struct ir_type){
        .kind = IR_TYPE_POINTER, .bits = width > 0 ? (uint32_t)width : 64, .target = char_type, .record = IR_NONE};
    self->char_pointer_type = ir_module_type(module, &type);
    struct ir_loc nowhere = {.at = {.file = IR_NONE}, .spelling = {.file = IR_NONE}};
    self->nowhere = ir_module_loc(module, &nowhere);
}

static void lowering_release(struct lowering *self)
{
    VEC_RELEASE(&self->sources);
    VEC_RELEASE(&self->bodies);
    VEC_RELEASE(&self->initializers);
    VEC_RELEASE(&self->declarations);
    VEC_RELEASE(&self->classes);
    VEC_RELEASE(&self->closures);
    VEC_RELEASE(&self->instantiations);
    VEC_RELEASE(&self->allocators);
    ptr_map_release(&self->class_of);
    ptr_map_release(&self->closure_of);
    ptr_map_release(&self->source_of);
    ptr_map_release(&self->types);
    ptr_map_release(&self->records);
    ptr_map_release(&self->fields);
    ptr_map_release(&self->functions);
    ptr_map_release(&self->globals);
    arena_release(&self->scratch);
}

/*
 * The module names every file of the project that was read, also those of which nothing is lowered: they are what
 * the unit depends on.
 */
static void note_file(CXFile file, CXSourceLocation *stack, unsigned depth, CXClientData data)
{
    struct lowering *unit = data;
    (void)stack;
    (void)depth;
    if (!clang_Location_isInSystemHeader(clang_getLocationForOffset(unit->tu, file, 0)))
        source_get(unit, file, false);
}

static void lower_unit(const struct frontend_input *input, struct ir_module *module, CXTranslationUnit tu)
{
    struct lowering unit;
    lowering_init(&unit, input, module, tu);
    record_errors(&unit);
    if (unit.is_cxx)
        clang_visitChildren(clang_getTranslationUnitCursor(tu), gather_special, &unit);
    clang_visitChildren(clang_getTranslationUnitCursor(tu), gather, &unit);
    lower_all(&unit);
    clang_getInclusions(tu, note_file, &unit);
    lowering_release(&unit);
}

/* Does clang complain of `try` and its kin as unknown names? They may stand in the unit or in a macro of a header. */
static bool lacks_keywords(CXTranslationUnit tu)
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

/* Parses again with the SEH keywords; *TU becomes whichever attempt has fewer errors. */
static void retry_with_keywords(const struct frontend_input *input, CXIndex index, struct arena *arena,
                                CXTranslationUnit *tu)
{
    CXTranslationUnit second;
    uint32_t errors = count_errors(*tu);
    if (!errors || is_cxx_source(input) || !lacks_keywords(*tu))
        return;
    if (parse(input, index, true, arena, &second, NULL) != MG_OK)
        return;
    bool is_better = count_errors(second) < errors;
    clang_disposeTranslationUnit(is_better ? *tu : second);
    if (is_better)
        *tu = second;
}

enum mg_status frontend_lower(const struct frontend_input *input, struct ir_module *module, struct mg_error *error)
{
    /* Declarations "from a precompiled header" excluded: only so libclang lists what was instantiated from templates. */
    CXIndex index = clang_createIndex(1, 0);
    CXTranslationUnit tu = NULL;
    if (!index)
        return mg_fail(error, MG_INPUT, input->path, 0, 0, "libclang cannot be started");
    enum mg_status status = parse(input, index, false, module->arena, &tu, error);
    if (status != MG_OK)
        goto done;
    retry_with_keywords(input, index, module->arena, &tu);
    lower_unit(input, module, tu);
done:
    if (tu)
        clang_disposeTranslationUnit(tu);
    clang_disposeIndex(index);
    return status;
}

void frontend_version(char *out, size_t size)
{
    CXString version = clang_getClangVersion();
    const char *text = clang_getCString(version);
    snprintf(out, size, "%s", text ? text : "");
    clang_disposeString(version);
}
