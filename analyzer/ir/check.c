/*
 * check.c - the invariants of ir.h, verified. Run between stages, and on everything that was decoded.
 *
 * Beyond the ids: tables hold no two equal entries, a type's target and everything a record contains by value come to
 * an end (no type or record contains itself), and nesting is bounded, so that later stages may recurse over what has
 * passed.
 */
#include "ir/module_int.h"

#include <inttypes.h>
#include <stdlib.h>

struct checker {
    const struct ir_module *module;
    ir_id function, block; /* where it is, or IR_NONE */
    int depth;             /* of nested indices */
    bool is_decoded;       /* see ir_check_decoded */
    struct arena scratch;  /* empty between functions */
    struct mg_error *error;
};

#define REQUIRE(condition, ...)                                                                                        \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            return broken(self, __VA_ARGS__);                                                                          \
    } while (0)

#define TRY(call)                                                                                                      \
    do {                                                                                                               \
        enum mg_status try_status = (call);                                                                            \
        if (try_status != MG_OK)                                                                                       \
            return try_status;                                                                                         \
    } while (0)

static enum mg_status broken(const struct checker *self, const char *format, ...) __attribute__((format(printf, 2, 3)));

static enum mg_status broken(const struct checker *self, const char *format, ...)
{
    struct strbuf text;
    strbuf_init(&text);
    if (self->function != IR_NONE)
        strbuf_addf(&text, "function '%s'", self->module->functions.items[self->function].name);
    if (self->function != IR_NONE && self->block != IR_NONE)
        strbuf_addf(&text, ", block %" PRIu32, self->block);
    strbuf_adds(&text, self->function != IR_NONE ? ": " : "");
    va_list args;
    va_start(args, format);
    strbuf_vaddf(&text, format, args);
    va_end(args);
    enum mg_status status = mg_fail(self->error, MG_CORRUPT, NULL, 0, 0, "%s", text.data);
    strbuf_release(&text);
    return status;
}

static enum mg_status check_text(const struct checker *self, const char *text, const char *what)
{
    REQUIRE(text, "%s is missing", what);
    REQUIRE(self->is_decoded || intern_find(&self->module->strings, text) == text, "%s '%s' is not interned", what, text);
    return MG_OK;
}

static enum mg_status check_optional_text(const struct checker *self, const char *text, const char *what)
{
    return text ? check_text(self, text, what) : MG_OK;
}

static enum mg_status check_id(const struct checker *self, ir_id id, uint32_t count, const char *what)
{
    REQUIRE(id < count, "%s %" PRId64 " is out of range (there are %" PRIu32 ")", what,
            id == IR_NONE ? (int64_t)-1 : (int64_t)id, count);
    return MG_OK;
}

static enum mg_status check_optional_id(const struct checker *self, ir_id id, uint32_t count, const char *what)
{
    return id == IR_NONE ? MG_OK : check_id(self, id, count, what);
}

static enum mg_status check_type_id(const struct checker *self, ir_id id)
{
    return check_id(self, id, self->module->types.count, "type");
}

static enum mg_status check_loc_id(const struct checker *self, ir_id id)
{
    return check_id(self, id, self->module->locs.count, "location");
}

/* ---- tables ---- */

static enum mg_status check_files(const struct checker *self)
{
    for (uint32_t i = 0; i < self->module->files.count; i++) {
        const char *path = self->module->files.items[i].path;
        TRY(check_text(self, path, "path"));
        REQUIRE(self->is_decoded || ir_module_find_file(self->module, path) == i, "file %" PRIu32 " '%s' is there twice", i, path);
    }
    return MG_OK;
}

static enum mg_status check_locs(const struct checker *self)
{
    for (uint32_t i = 0; i < self->module->locs.count; i++) {
        const struct ir_loc *loc = &self->module->locs.items[i];
        TRY(check_optional_id(self, loc->at.file, self->module->files.count, "file of a location"));
        TRY(check_optional_id(self, loc->spelling.file, self->module->files.count, "file of a location"));
        TRY(check_optional_text(self, loc->macro, "macro"));
        REQUIRE(self->is_decoded || ir_module_find_loc(self->module, loc) == i, "location %" PRIu32 " is there twice", i);
    }
    return MG_OK;
}

static enum mg_status check_type(const struct checker *self, ir_id id)
{
    const struct ir_type *type = &self->module->types.items[id];
    REQUIRE(type->kind <= IR_TYPE_UNKNOWN, "type %" PRIu32 " has no kind", id);
    if (type->kind == IR_TYPE_POINTER || type->kind == IR_TYPE_ARRAY || type->kind == IR_TYPE_FUNCTION)
        REQUIRE(type->target < id, "target of type %" PRIu32 " is not an earlier type", id);
    else
        REQUIRE(type->target == IR_NONE, "type %" PRIu32 " has a target that its kind has not", id);
    if (type->kind == IR_TYPE_RECORD)
        TRY(check_id(self, type->record, self->module->records.count, "record of a type"));
    else
        REQUIRE(type->record == IR_NONE, "type %" PRIu32 " has a record that its kind has not", id);
    TRY(check_optional_text(self, type->name, "name of a type"));
    REQUIRE(self->is_decoded || ir_module_find_type(self->module, type) == id, "type %" PRIu32 " is there twice", id);
    return MG_OK;
}

static enum mg_status check_types(const struct checker *self)
{
    for (uint32_t i = 0; i < self->module->types.count; i++)
        TRY(check_type(self, i));
    return MG_OK;
}

static enum mg_status check_records(const struct checker *self)
{
    for (uint32_t i = 0; i < self->module->records.count; i++) {
        const struct ir_record *record = &self->module->records.items[i];
        TRY(check_text(self, record->name, "name of a record"));
        TRY(check_text(self, record->key, "key of a record"));
        REQUIRE(self->is_decoded || ir_module_find_record(self->module, record->key) == i, "record '%s' is there twice", record->key);
        for (uint32_t f = 0; f < record->fields.count; f++) {
            TRY(check_text(self, record->fields.items[f].name, "name of a member"));
            TRY(check_type_id(self, record->fields.items[f].type));
        }
    }
    return MG_OK;
}

static enum mg_status check_globals(const struct checker *self)
{
    for (uint32_t i = 0; i < self->module->globals.count; i++) {
        const struct ir_global *global = &self->module->globals.items[i];
        TRY(check_text(self, global->name, "name of a global"));
        TRY(check_text(self, global->key, "key of a global"));
        TRY(check_id(self, global->unit, self->module->units.count, "unit of a global"));
        TRY(check_type_id(self, global->type));
        TRY(check_optional_id(self, global->loc, self->module->locs.count, "location of a global"));
        REQUIRE(self->is_decoded || ir_module_find_global(self->module, global->unit, global->key) == i,
                "global '%s' is there twice in its unit", global->key);
    }
    return MG_OK;
}

static enum mg_status check_units(const struct checker *self)
{
    for (uint32_t i = 0; i < self->module->units.count; i++) {
        const struct ir_unit *unit = &self->module->units.items[i];
        TRY(check_text(self, unit->path, "path of a unit"));
        TRY(check_text(self, unit->directory, "folder of a unit"));
        TRY(check_optional_text(self, unit->first_error, "error of a unit"));
    }
    return MG_OK;
}

/* ---- containment by value ---- */

enum { NEW, OPEN, DONE };

struct containment {
    const struct ir_module *module;
    uint8_t *states;  /* by record */
    uint32_t *fields; /* by record: the next member to look at */
    VEC(ir_id) path;  /* records that are OPEN, each contained in the one before */
};

/* The record that a member of TYPE holds by value, or IR_NONE. */
static ir_id contained_record(const struct ir_module *module, ir_id type)
{
    while (module->types.items[type].kind == IR_TYPE_ARRAY)
        type = module->types.items[type].target;
    return module->types.items[type].record;
}

/* Depth first from ROOT. Returns a record that contains itself, or IR_NONE. */
static ir_id find_containment_cycle(struct containment *self, ir_id root)
{
    VEC_PUSH(&self->path, root);
    self->states[root] = OPEN;
    while (self->path.count) {
        ir_id top = self->path.items[self->path.count - 1];
        const struct ir_record *record = &self->module->records.items[top];
        if (self->fields[top] == record->fields.count) {
            self->states[top] = DONE;
            self->path.count--;
            continue;
        }
        ir_id inner = contained_record(self->module, record->fields.items[self->fields[top]++].type);
        if (inner == IR_NONE || self->states[inner] == DONE)
            continue;
        if (self->states[inner] == OPEN)
            return inner;
        self->states[inner] = OPEN;
        VEC_PUSH(&self->path, inner);
    }
    return IR_NONE;
}

static enum mg_status check_containment(const struct checker *self)
{
    struct arena scratch;
    arena_init(&scratch);
    uint32_t count = self->module->records.count;
    struct containment search = {.module = self->module};
    search.states = ARENA_NEW_ARRAY(&scratch, uint8_t, count);
    search.fields = ARENA_NEW_ARRAY(&scratch, uint32_t, count);
    ir_id found = IR_NONE;
    for (uint32_t i = 0; i < count && found == IR_NONE; i++)
        if (search.states[i] == NEW)
            found = find_containment_cycle(&search, i);
    VEC_RELEASE(&search.path);
    arena_release(&scratch);
    REQUIRE(found == IR_NONE, "record '%s' contains itself", self->module->records.items[found].key);
    return MG_OK;
}

/* ---- operands and places ---- */

static enum mg_status check_operand(struct checker *self, const struct ir_operand *operand);

static const struct ir_function *here(const struct checker *self)
{
    return &self->module->functions.items[self->function];
}

static enum mg_status check_proj(struct checker *self, const struct ir_proj *proj)
{
    REQUIRE(proj->kind <= IR_PROJ_INDEX, "a projection has no kind");
    TRY(check_type_id(self, proj->type));
    if (proj->kind == IR_PROJ_FIELD) {
        TRY(check_id(self, proj->record, self->module->records.count, "record of a member"));
        TRY(check_id(self, proj->field, self->module->records.items[proj->record].fields.count, "member"));
    }
    if (proj->kind == IR_PROJ_INDEX) {
        REQUIRE(proj->index, "an index is missing");
        REQUIRE(self->depth < IR_MAX_NESTING, "indices are nested too deeply");
        self->depth++;
        TRY(check_operand(self, proj->index));
        self->depth--;
    }
    return MG_OK;
}

static enum mg_status check_place(struct checker *self, const struct ir_place *place)
{
    REQUIRE(place, "a place is missing");
    REQUIRE(place->base <= IR_BASE_GLOBAL, "a place has no base");
    if (place->base == IR_BASE_LOCAL)
        TRY(check_id(self, place->id, here(self)->locals.count, "local"));
    else
        TRY(check_id(self, place->id, self->module->globals.count, "global"));
    TRY(check_type_id(self, place->type));
    REQUIRE(place->proj_count <= IR_MAX_PROJECTIONS, "a place has too many projections");
    for (uint32_t i = 0; i < place->proj_count; i++)
        TRY(check_proj(self, &place->projs[i]));
    if (place->proj_count)
        REQUIRE(place->type == place->projs[place->proj_count - 1].type,
                "the type of a place is not that of its last projection");
    return MG_OK;
}

static enum mg_status check_operand(struct checker *self, const struct ir_operand *operand)
{
    REQUIRE(operand->kind <= IR_OPERAND_UNDEF, "an operand has no kind");
    TRY(check_type_id(self, operand->type));
    if (operand->kind == IR_OPERAND_STRING)
        return check_text(self, operand->text, "string");
    if (operand->kind == IR_OPERAND_LOAD || operand->kind == IR_OPERAND_ADDR)
        return check_place(self, operand->place);
    if (operand->kind == IR_OPERAND_FUNC)
        return check_id(self, operand->function, self->module->functions.count, "function");
    return MG_OK;
}

/* ---- instructions and terminators ---- */

static enum mg_status check_expr(struct checker *self, const struct ir_expr *expr)
{
    REQUIRE(expr->op <= IR_EXPR_GE, "an expression has no operator");
    TRY(check_type_id(self, expr->type));
    if (ir_expr_arity(expr->op) > 0)
        TRY(check_operand(self, &expr->a));
    if (ir_expr_arity(expr->op) > 1)
        TRY(check_operand(self, &expr->b));
    return MG_OK;
}

static enum mg_status check_args(struct checker *self, const struct ir_instr *instr)
{
    REQUIRE(instr->args || !instr->arg_count, "arguments are missing");
    for (uint32_t i = 0; i < instr->arg_count; i++)
        TRY(check_operand(self, &instr->args[i]));
    return MG_OK;
}

static enum mg_status check_instr(struct checker *self, const struct ir_instr *instr)
{
    REQUIRE(instr->kind <= IR_SCOPE_END, "an instruction has no kind");
    TRY(check_loc_id(self, instr->loc));
    if (instr->kind == IR_SCOPE_END) {
        REQUIRE(instr->locals || !instr->local_count, "locals are missing");
        for (uint32_t i = 0; i < instr->local_count; i++)
            TRY(check_id(self, instr->locals[i], here(self)->locals.count, "local"));
        return MG_OK;
    }
    if (instr->dst || instr->kind == IR_ASSIGN)
        TRY(check_place(self, instr->dst));
    if (instr->kind == IR_ASSIGN)
        return check_expr(self, &instr->value);
    REQUIRE(!instr->is_dispatched ||
                (instr->kind == IR_CALL && instr->callee.kind == IR_OPERAND_FUNC && instr->arg_count),
            "a dispatched call has no method or no object");
    if (instr->kind == IR_CALL)
        TRY(check_operand(self, &instr->callee));
    else
        TRY(check_text(self, instr->what, "name of an unknown construct"));
    return check_args(self, instr);
}

static enum mg_status check_targets(struct checker *self, const struct ir_term *term)
{
    static const uint32_t counts[] = {[IR_GOTO] = 1, [IR_BRANCH] = 2, [IR_RESUME] = 0};
    REQUIRE(term->kind != IR_GOTO || term->target_count, "the block has no terminator");
    if (term->kind == IR_SWITCH)
        REQUIRE(term->target_count, "a switch has no default");
    else
        REQUIRE(term->target_count == counts[term->kind], "a terminator has %" PRIu32 " targets", term->target_count);
    REQUIRE(term->targets || !term->target_count, "targets are missing");
    for (uint32_t i = 0; i < term->target_count; i++)
        TRY(check_id(self, term->targets[i], here(self)->blocks.count, "target"));
    if (term->kind == IR_SWITCH && term->target_count > 1)
        REQUIRE(term->case_low && term->case_high, "the cases of a switch are missing");
    return MG_OK;
}

static enum mg_status check_term(struct checker *self, const struct ir_term *term)
{
    REQUIRE(term->kind <= IR_RESUME, "a terminator has no kind");
    TRY(check_targets(self, term));
    TRY(check_loc_id(self, term->loc));
    TRY(check_optional_text(self, term->text, "condition"));
    if (term->kind == IR_BRANCH || term->kind == IR_SWITCH)
        return check_operand(self, &term->value);
    if (term->kind != IR_RETURN)
        return MG_OK;
    ir_id result = self->module->types.items[here(self)->type].target;
    if (self->module->types.items[result].kind != IR_TYPE_VOID)
        return check_operand(self, &term->value);
    REQUIRE(term->value.kind == IR_OPERAND_UNDEF, "a function without result returns a value");
    return check_optional_id(self, term->value.type, self->module->types.count, "type");
}

/* ---- functions ---- */

static enum mg_status check_locals(const struct checker *self)
{
    const struct ir_function *function = here(self);
    REQUIRE(function->param_count <= function->locals.count, "there are fewer locals than parameters");
    for (uint32_t i = 0; i < function->locals.count; i++) {
        const struct ir_local *local = &function->locals.items[i];
        TRY(check_text(self, local->name, "name of a local"));
        TRY(check_type_id(self, local->type));
        TRY(check_optional_id(self, local->loc, self->module->locs.count, "location of a local"));
        REQUIRE(local->kind <= IR_LOCAL_TEMP, "local %" PRIu32 " has no kind", i);
        REQUIRE((local->kind == IR_LOCAL_PARAM) == (i < function->param_count),
                "local %" PRIu32 " is a parameter out of place", i);
    }
    return MG_OK;
}

static enum mg_status check_signature(const struct checker *self)
{
    const struct ir_module *module = self->module;
    const struct ir_function *function = here(self);
    TRY(check_text(self, function->key, "key"));
    TRY(check_id(self, function->unit, module->units.count, "unit"));
    TRY(check_type_id(self, function->type));
    REQUIRE(module->types.items[function->type].kind == IR_TYPE_FUNCTION, "its type is not a function type");
    TRY(check_optional_id(self, function->loc, module->locs.count, "location"));
    TRY(check_optional_id(self, function->record, module->records.count, "class"));
    TRY(check_optional_id(self, function->definition, module->functions.count, "definition"));
    REQUIRE(function->definition == IR_NONE || module->functions.items[function->definition].is_defined,
            "its definition has no body");
    REQUIRE(function->is_defined == (function->blocks.count > 0), "is_defined does not tell whether there are blocks");
    REQUIRE(self->is_decoded || ir_module_find_function(module, function->unit, function->key) == self->function,
            "the key '%s' is there twice in its unit", function->key);
    TRY(check_locals(self));
    for (uint32_t i = 0; i < function->annotations.count; i++) {
        const struct ir_annotation *annotation = &function->annotations.items[i];
        REQUIRE(annotation->param == IR_NONE || annotation->param < function->param_count, "an annotation of parameter %u",
                annotation->param);
        TRY(check_text(self, annotation->text, "annotation"));
    }
    for (uint32_t i = 0; i < function->macro_uses.count; i++) {
        TRY(check_text(self, function->macro_uses.items[i].name, "macro"));
        TRY(check_id(self, function->macro_uses.items[i].loc, module->locs.count, "location of a macro"));
    }
    return MG_OK;
}

static enum mg_status check_body(struct checker *self)
{
    const struct ir_function *function = here(self);
    for (self->block = 0; self->block < function->blocks.count; self->block++) {
        const struct ir_block *block = &function->blocks.items[self->block];
        TRY(check_optional_id(self, block->handler, function->blocks.count, "handler"));
        for (uint32_t i = 0; i < block->instrs.count; i++)
            TRY(check_instr(self, &block->instrs.items[i]));
        TRY(check_term(self, &block->term));
    }
    self->block = IR_NONE;
    return function->is_defined ? ir_check_temporaries(self->module, self->function, &self->scratch, self->error) : MG_OK;
}

static enum mg_status check_functions(struct checker *self)
{
    for (ir_id i = 0; i < self->module->functions.count; i++) {
        TRY(check_text(self, self->module->functions.items[i].name, "name of a function"));
        self->function = i;
        TRY(check_signature(self));
        TRY(check_body(self));
        self->function = IR_NONE;
    }
    return MG_OK;
}

static enum mg_status check_all(struct checker *self)
{
    TRY(check_files(self));
    TRY(check_locs(self));
    TRY(check_types(self));
    TRY(check_records(self));
    TRY(check_containment(self));
    TRY(check_units(self));
    TRY(check_globals(self));
    return check_functions(self);
}

static enum mg_status run(struct checker *self)
{
    arena_init(&self->scratch);
    enum mg_status status = check_all(self);
    arena_release(&self->scratch);
    return status;
}

enum mg_status ir_module_check(const struct ir_module *self, struct mg_error *error)
{
    struct checker checker = {.module = self, .function = IR_NONE, .block = IR_NONE, .error = error};
    return run(&checker);
}

enum mg_status ir_check_decoded(const struct ir_module *self, struct mg_error *error)
{
    struct checker checker = {.module = self, .function = IR_NONE, .block = IR_NONE, .is_decoded = true, .error = error};
    return run(&checker);
}
