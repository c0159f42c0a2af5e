/*
 * frontend.c - one translation unit: parse it, gather what it defines, lower it.
 *
 * Order of the functions: those defined in the main file and the project's headers as they appear, then what they
 * refer to, as it is met.
 */
#include "frontend/frontend.h"

#include <string.h>

#include "base/hash.h"
#include "base/inputs.h"
#include "frontend/lower_int.h"
#include "frontend/parse_int.h"
#include "frontend/shared.h"
#include "frontend/vectors.h"

/* ---- errors of the source ---- */

static void record_errors(struct lowering *unit)
{
    unsigned diagnostics = clang_getNumDiagnostics(unit->tu);
    struct ir_unit *entry = &unit->module->units.items[unit->unit];
    const char *first = NULL;
    if (unit->shared && unit->shared->error_count) {
        entry->error_count = unit->shared->error_count;
        first = unit->shared->first_error;
    }
    for (unsigned i = 0; i < diagnostics; i++) {
        CXDiagnostic diagnostic = clang_getDiagnostic(unit->tu, i);
        if (parse_is_error(diagnostic)) {
            if (entry->error_count++ == 0)
                first = parse_describe_error(unit->input, diagnostic, &unit->scratch);
            unit_note_hole(unit, clang_getDiagnosticLocation(diagnostic));
        }
        clang_disposeDiagnostic(diagnostic);
    }
    if (first)
        entry->first_error = intern_string(&unit->module->strings, first);
}

/* ---- what the unit defines ---- */

static void gather_variable(struct lowering *unit, CXCursor cursor)
{
    CXCursor init = clang_Cursor_getVarDeclInitializer(cursor);
    int64_t constant;
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
    else if (kind == CXCursor_FunctionDecl && cursor_is_allocator(&unit->scratch, cursor))
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
    switch (cursor_declared(cursor, unit->is_cxx)) {
    case DECLARED_FUNCTION:
        if (!is_call_operator(unit, cursor))
            unit_function(unit, cursor);
        return CXChildVisit_Continue;
    case DECLARED_VARIABLE: gather_variable(unit, cursor); return CXChildVisit_Continue;
    case DECLARED_SCOPE: return CXChildVisit_Recurse;
    case DECLARED_NOTHING: break;
    }
    return CXChildVisit_Continue;
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
    *self = (struct lowering){.input = input, .tu = tu, .module = module, .is_cxx = parse_is_cxx(input)};
    arena_init(&self->scratch);
    source_init(self);
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
    VEC_RELEASE(&self->holes);
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
static void note_files(struct ir_module *module, const struct input_files *files)
{
    for (uint32_t i = 0; i < files->list.count; i++)
        if (!files->list.items[i].is_system && files->list.items[i].size != INPUT_ABSENT)
            ir_module_file(module, files->list.items[i].path, false);
}

static void gather_special_found(void *context, CXCursor cursor)
{
    gather_special(cursor, clang_getNullCursor(), context);
}

static void gather_found(void *context, CXCursor cursor)
{
    gather(cursor, clang_getNullCursor(), context);
}

/* What the unit defines, that of its shared header first: there it stands in the source. False when that is not found. */
static bool gather_all(struct lowering *unit)
{
    CXCursor root = clang_getTranslationUnitCursor(unit->tu);
    struct shared_finder finder;
    if (unit->shared)
        shared_finder_init(&finder, unit->shared, unit->tu, unit->module->arena);
    if (unit->is_cxx) {
        if (unit->shared && !shared_find(&finder, true, gather_special_found, unit))
            return false;
        clang_visitChildren(root, gather_special, unit);
    }
    if (unit->shared && !shared_find(&finder, false, gather_found, unit))
        return false;
    clang_visitChildren(root, gather, unit);
    return true;
}

static bool names_file(const struct ir_module *module, const char *path)
{
    for (uint32_t i = 0; i < module->files.count; i++)
        if (strcmp(module->files.items[i].path, path) == 0)
            return true;
    return false;
}

/* False when the shared header, if there is one, does not fit: then MODULE is not to be used. */
static bool lower_unit(const struct frontend_input *input, struct ir_module *module, CXTranslationUnit tu,
                       const struct shared_header *shared)
{
    struct lowering unit;
    lowering_init(&unit, input, module, tu);
    unit.shared = shared;
    record_errors(&unit);
    bool fits = gather_all(&unit);
    if (fits)
        lower_all(&unit);
    lowering_release(&unit);
    return fits && !(shared && names_file(module, shared->stand_in));
}

/* The files that the unit was read from. MAIN is the main file as it is on disk, where clang saw another text; else NULL. */
static void list_files(const struct frontend_input *input, CXTranslationUnit tu, const struct strbuf *main,
                       struct ir_module *module)
{
    struct input_files files = {0};
    struct input_file main_file = {.path = input->path};
    struct missing_names missing = {0};
    for (uint32_t i = 0; main && i < input->shared->missing.list.count; i++)
        VEC_PUSH_IN(module->arena, &missing.list, input->shared->missing.list.items[i]);
    for (uint32_t i = 0; main && i < input->shared->files.list.count; i++)
        VEC_PUSH_IN(module->arena, &files.list, input->shared->files.list.items[i]);
    parse_list_files(input, tu, main ? input->path : NULL, module->arena, &files);
    if (main) {
        input_file_stamp(&main_file, main->data, main->length);
        VEC_PUSH_IN(module->arena, &files.list, main_file);
    }
    parse_list_missing(tu, module->arena, &missing);
    parse_list_absent(input, &missing, module->arena, &files);
    input_files_sort(&files);
    note_files(module, &files);
    if (input->files)
        *input->files = files;
}

/* MAIN with the lines blanked that SHARED stands for, and what SHARED wants to stand behind it. False when it has not as many lines. */
static bool replace_prefix(const struct strbuf *main, const struct shared_header *shared, struct arena *arena,
                           struct strbuf *out)
{
    struct prefix prefix;
    prefix_read(main->data, main->length, arena, &prefix);
    if (prefix.lines.count < shared->line_count)
        return false;
    strbuf_add(out, main->data, main->length);
    for (size_t i = 0; i < prefix.lines.items[shared->line_count - 1].end; i++)
        if (out->data[i] != '\n' && out->data[i] != '\r')
            out->data[i] = ' ';
    shared_append_names(shared, out);
    return true;
}

/* The unit with its shared header; false when that does not fit. */
static bool lower_shared(const struct frontend_input *input, CXIndex index, struct ir_module *module)
{
    const struct shared_header *shared = input->shared;
    struct strbuf main, text;
    CXTranslationUnit tu = NULL;
    strbuf_init(&main);
    strbuf_init(&text);
    bool fits =
        strbuf_read_file(&main, input->path, NULL) == MG_OK && replace_prefix(&main, shared, module->arena, &text);
    struct parse_request request = {.input = input,
                                    .path = input->path,
                                    .pch = shared->pch,
                                    .text = text.data,
                                    .length = text.length,
                                    .with_vectors = shared->with_vectors};
    fits = fits && parse_file(&request, index, module->arena, &tu, NULL) == MG_OK &&
           parse_errors_stand(input, tu, main.length) &&
           (shared->with_vectors || !vectors_are_missed(tu, parse_resources(input)));
    fits = fits && lower_unit(input, module, tu, shared);
    if (fits)
        list_files(input, tu, &main, module);
    if (tu)
        clang_disposeTranslationUnit(tu);
    strbuf_release(&main);
    strbuf_release(&text);
    return fits;
}

static enum mg_status lower_plain(const struct frontend_input *input, CXIndex index, struct ir_module *module,
                                  struct mg_error *error)
{
    CXTranslationUnit tu = NULL;
    enum mg_status status = parse_unit(input, index, module->arena, &tu, error);
    if (status != MG_OK)
        return status;
    lower_unit(input, module, tu, NULL);
    list_files(input, tu, NULL, module);
    clang_disposeTranslationUnit(tu);
    return status;
}

/* The module as its caller made it. */
static void start_again(struct ir_module *module)
{
    struct arena *arena = module->arena;
    ir_module_release(module);
    ir_module_init(module, arena);
}

enum mg_status frontend_lower(const struct frontend_input *input, struct ir_module *module, struct mg_error *error)
{
    CXIndex index;
    enum mg_status status = clang_open(input->path, &index, error);
    if (status != MG_OK)
        return status;
    bool is_done = input->shared && input->unsaved_count == 0 && lower_shared(input, index, module);
    if (!is_done) {
        start_again(module);
        status = lower_plain(input, index, module, error);
    }
    clang_disposeIndex(index);
    return status;
}
