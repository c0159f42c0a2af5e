/*
 * print.c - modules as text: places as C writes them, functions one instruction a line, flow graphs.
 *
 * The dump names every local by its name; where two locals of a function share one, the later ones get their id behind
 * it ("i.7"). Messages for users (ir_place_print) leave that out.
 */
#include "ir/module_int.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#define MAX_TYPE_DEPTH 24

struct printer {
    const struct ir_module *module;
    const struct ir_function *function; /* NULL: places of globals only */
    bool is_exact;                      /* tell locals of one name apart */
    struct strbuf *out;
};

static void print_operand(const struct printer *self, const struct ir_operand *operand);

/* ---- places ---- */

static bool local_is_shadow(const struct ir_function *function, ir_id id)
{
    for (ir_id i = 0; i < id; i++)
        if (function->locals.items[i].name == function->locals.items[id].name)
            return true;
    return false;
}

static void print_local(const struct printer *self, ir_id id)
{
    const struct ir_local *local = &self->function->locals.items[id];
    if (local->kind == IR_LOCAL_PARAM && !local->name[0])
        strbuf_addf(self->out, "arg%" PRIu32, id + 1);
    else if (local->kind == IR_LOCAL_TEMP || !local->name[0])
        strbuf_addf(self->out, "%%%" PRIu32, id);
    else if (self->is_exact && local_is_shadow(self->function, id))
        strbuf_addf(self->out, "%s.%" PRIu32, local->name, id);
    else
        strbuf_adds(self->out, local->name);
}

static const struct ir_field *proj_field(const struct printer *self, const struct ir_proj *proj)
{
    return &self->module->records.items[proj->record].fields.items[proj->field];
}

/* How many of the first COUNT projections are left when the trailing anonymous members, which C does not write, are
   dropped. */
static uint32_t skip_transparent(const struct printer *self, const struct ir_place *place, uint32_t count)
{
    while (count && place->projs[count - 1].kind == IR_PROJ_FIELD &&
           ir_field_is_transparent(proj_field(self, &place->projs[count - 1])))
        count--;
    return count;
}

static ir_id base_type(const struct printer *self, const struct ir_place *place)
{
    return place->base == IR_BASE_LOCAL ? self->function->locals.items[place->id].type
                                        : self->module->globals.items[place->id].type;
}

static const struct ir_type *type_before(const struct printer *self, const struct ir_place *place, uint32_t at)
{
    return &self->module->types.items[at ? place->projs[at - 1].type : base_type(self, place)];
}

/* True when projection AT is a DEREF that C writes: that of a C++ reference is silent. */
static bool is_written_deref(const struct printer *self, const struct ir_place *place, uint32_t at)
{
    return place->projs[at].kind == IR_PROJ_DEREF && !type_before(self, place, at)->is_reference;
}

/* p[i] is (DEREF, INDEX) with one type for both; (*p)[i], of a pointer to an array, has the element's type last. */
static bool index_takes_deref(const struct printer *self, const struct ir_place *place, uint32_t at)
{
    if (!at || !is_written_deref(self, place, at - 1))
        return false;
    ir_id pointee = place->projs[at - 1].type;
    return self->module->types.items[pointee].kind != IR_TYPE_ARRAY || pointee == place->projs[at].type;
}

/* The first COUNT projections of PLACE; IS_PREFIX: a postfix operator follows, which binds tighter than `*`. */
static void print_projections(const struct printer *self, const struct ir_place *place, uint32_t count, bool is_prefix)
{
    count = skip_transparent(self, place, count);
    if (!count) {
        if (place->base == IR_BASE_LOCAL)
            print_local(self, place->id);
        else
            strbuf_adds(self->out, self->module->globals.items[place->id].name);
        return;
    }
    uint32_t last = count - 1;
    const struct ir_proj *proj = &place->projs[last];
    if (proj->kind == IR_PROJ_FIELD) {
        uint32_t rest = skip_transparent(self, place, last);
        bool is_arrow = rest && is_written_deref(self, place, rest - 1);
        print_projections(self, place, is_arrow ? rest - 1 : rest, true);
        strbuf_addf(self->out, "%s%s", is_arrow ? "->" : ".", proj_field(self, proj)->name);
    } else if (proj->kind == IR_PROJ_INDEX) {
        print_projections(self, place, index_takes_deref(self, place, last) ? last - 1 : last, true);
        strbuf_addc(self->out, '[');
        print_operand(self, proj->index);
        strbuf_addc(self->out, ']');
    } else if (!is_written_deref(self, place, last)) {
        print_projections(self, place, last, is_prefix);
    } else {
        strbuf_adds(self->out, is_prefix ? "(*" : "*");
        print_projections(self, place, last, false);
        strbuf_adds(self->out, is_prefix ? ")" : "");
    }
}

static void print_place(const struct printer *self, const struct ir_place *place)
{
    assert(place->base == IR_BASE_GLOBAL || self->function);
    print_projections(self, place, place->proj_count, false);
}

void ir_place_print(const struct ir_module *module, const struct ir_function *function, const struct ir_place *place,
                    struct strbuf *out)
{
    struct printer printer = {module, function, false, out};
    print_place(&printer, place);
}

/* ---- types ---- */

static void print_type(const struct printer *self, ir_id id, int depth);

static void print_scalar_type(const struct printer *self, const struct ir_type *type)
{
    static const char *const names[] = {
#define X(id, text) #text,
        IR_TYPE_KINDS(X)
#undef X
    };
    bool has_bits = type->kind == IR_TYPE_INT || type->kind == IR_TYPE_FLOAT;
    strbuf_addf(self->out, "%s%s", type->kind == IR_TYPE_INT && !type->is_signed ? "u" : "", names[type->kind]);
    if (has_bits)
        strbuf_addf(self->out, "%" PRIu32, type->bits);
}

static void print_unnamed_type(const struct printer *self, const struct ir_type *type, int depth)
{
    switch (type->kind) {
    case IR_TYPE_POINTER:
        print_type(self, type->target, depth);
        strbuf_addc(self->out, type->is_reference ? '&' : '*');
        break;
    case IR_TYPE_ARRAY:
        print_type(self, type->target, depth);
        strbuf_addf(self->out, "[%.0" PRIu64 "]", type->count);
        break;
    case IR_TYPE_RECORD: {
        const struct ir_record *record = &self->module->records.items[type->record];
        strbuf_addf(self->out, "%s %s", record->is_union ? "union" : "struct",
                    record->name[0] ? record->name : "{...}");
        break;
    }
    case IR_TYPE_FUNCTION:
        strbuf_adds(self->out, "function -> ");
        print_type(self, type->target, depth);
        break;
    default:
        print_scalar_type(self, type);
    }
}

static void print_type(const struct printer *self, ir_id id, int depth)
{
    if (id == IR_NONE || depth > MAX_TYPE_DEPTH) {
        strbuf_adds(self->out, id == IR_NONE ? "?" : "...");
        return;
    }
    const struct ir_type *type = &self->module->types.items[id];
    strbuf_adds(self->out, type->is_const ? "const " : "");
    if (type->name)
        strbuf_adds(self->out, type->name);
    else
        print_unnamed_type(self, type, depth + 1);
}

void ir_type_print(const struct ir_module *module, ir_id type, struct strbuf *out)
{
    struct printer printer = {module, NULL, false, out};
    print_type(&printer, type, 0);
}

/* ---- operands and expressions ---- */

static void print_quoted(struct strbuf *out, const char *text)
{
    strbuf_addc(out, '"');
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            strbuf_addf(out, "\\%c", c);
        else if (c == '\n')
            strbuf_adds(out, "\\n");
        else if (c < 0x20 || c == 0x7f)
            strbuf_addf(out, "\\%03o", c);
        else
            strbuf_addc(out, *text);
    }
    strbuf_addc(out, '"');
}

static void print_operand(const struct printer *self, const struct ir_operand *operand)
{
    switch (operand->kind) {
    case IR_OPERAND_INT:
        strbuf_addf(self->out, "%" PRId64, operand->value);
        break;
    case IR_OPERAND_FLOAT:
        strbuf_adds(self->out, "float");
        break;
    case IR_OPERAND_STRING:
        print_quoted(self->out, operand->text);
        break;
    case IR_OPERAND_LOAD:
        print_place(self, operand->place);
        break;
    case IR_OPERAND_ADDR:
        strbuf_addc(self->out, '&');
        print_place(self, operand->place);
        break;
    case IR_OPERAND_FUNC:
        strbuf_adds(self->out, self->module->functions.items[operand->function].name);
        break;
    case IR_OPERAND_UNDEF:
        strbuf_adds(self->out, "undef");
        break;
    }
}

static void print_expr(const struct printer *self, const struct ir_expr *expr)
{
    static const char *const binary[] = {
        [IR_EXPR_ADD] = "+", [IR_EXPR_SUB] = "-",  [IR_EXPR_MUL] = "*",  [IR_EXPR_DIV] = "/",
        [IR_EXPR_REM] = "%", [IR_EXPR_SHL] = "<<", [IR_EXPR_SHR] = ">>", [IR_EXPR_AND] = "&",
        [IR_EXPR_OR] = "|",  [IR_EXPR_XOR] = "^",  [IR_EXPR_EQ] = "==",  [IR_EXPR_NE] = "!=",
        [IR_EXPR_LT] = "<",  [IR_EXPR_LE] = "<=",  [IR_EXPR_GT] = ">",   [IR_EXPR_GE] = ">=",
    };
    if (expr->op == IR_EXPR_ZERO) {
        strbuf_adds(self->out, "zero");
        return;
    }
    if (expr->op == IR_EXPR_CAST) {
        strbuf_addc(self->out, '(');
        print_type(self, expr->type, 0);
        strbuf_adds(self->out, ") ");
    } else if (expr->op != IR_EXPR_USE && !binary[expr->op]) {
        strbuf_addc(self->out, expr->op == IR_EXPR_NEG ? '-' : expr->op == IR_EXPR_BITNOT ? '~' : '!');
    }
    print_operand(self, &expr->a);
    if (binary[expr->op]) {
        strbuf_addf(self->out, " %s ", binary[expr->op]);
        print_operand(self, &expr->b);
    }
}

/* ---- instructions and terminators ---- */

/* "   ; file.c:12:5", with the file's name without its folder, and the macro it comes from. */
static void print_loc(const struct printer *self, ir_id id)
{
    if (id == IR_NONE || !self->module->locs.items[id].at.line)
        return;
    const struct ir_loc *loc = &self->module->locs.items[id];
    const char *path = loc->at.file == IR_NONE ? "?" : self->module->files.items[loc->at.file].path;
    const char *slash = strrchr(path, '/');
    strbuf_addf(self->out, "   ; %s:%" PRIu32 ":%" PRIu32, slash ? slash + 1 : path, loc->at.line, loc->at.column);
    if (loc->macro)
        strbuf_addf(self->out, " %s", loc->macro);
}

static void print_args(const struct printer *self, const struct ir_operand *args, uint32_t count)
{
    strbuf_addc(self->out, '(');
    for (uint32_t i = 0; i < count; i++) {
        strbuf_adds(self->out, i ? ", " : "");
        print_operand(self, &args[i]);
    }
    strbuf_addc(self->out, ')');
}

static void print_scope_end(const struct printer *self, const struct ir_instr *instr)
{
    strbuf_adds(self->out, "scope_end");
    for (uint32_t i = 0; i < instr->local_count; i++) {
        strbuf_adds(self->out, i ? ", " : " ");
        print_local(self, instr->locals[i]);
    }
}

static void print_instr(const struct printer *self, const struct ir_instr *instr)
{
    strbuf_adds(self->out, "  ");
    if (instr->dst && instr->kind != IR_SCOPE_END) {
        print_place(self, instr->dst);
        strbuf_adds(self->out, " = ");
    }
    switch (instr->kind) {
    case IR_ASSIGN:
        print_expr(self, &instr->value);
        break;
    case IR_CALL:
        strbuf_adds(self->out, instr->is_dispatched ? "call virtual " : "call ");
        print_operand(self, &instr->callee);
        print_args(self, instr->args, instr->arg_count);
        break;
    case IR_UNKNOWN:
        strbuf_addf(self->out, "unknown %s", instr->what);
        print_args(self, instr->args, instr->arg_count);
        break;
    case IR_SCOPE_END:
        print_scope_end(self, instr);
        break;
    }
    print_loc(self, instr->loc);
    strbuf_addc(self->out, '\n');
}

static void print_cases(const struct printer *self, const struct ir_term *term)
{
    strbuf_adds(self->out, " {");
    for (uint32_t i = 0; i + 1 < term->target_count; i++) {
        strbuf_addf(self->out, "%" PRId64, term->case_low[i]);
        if (term->case_high[i] != term->case_low[i])
            strbuf_addf(self->out, "..%" PRId64, term->case_high[i]);
        strbuf_addf(self->out, ": b%" PRIu32 ", ", term->targets[i]);
    }
    strbuf_addf(self->out, "else: b%" PRIu32 "}", term->targets[term->target_count - 1]);
}

static void print_term_operands(const struct printer *self, const struct ir_term *term)
{
    if (term->kind <= IR_SWITCH && !term->target_count) {
        strbuf_adds(self->out, " ?"); /* under construction */
        return;
    }
    switch (term->kind) {
    case IR_GOTO:
        strbuf_addf(self->out, " b%" PRIu32, term->targets[0]);
        break;
    case IR_BRANCH:
        strbuf_addc(self->out, ' ');
        print_operand(self, &term->value);
        strbuf_addf(self->out, " ? b%" PRIu32 " : b%" PRIu32, term->targets[0], term->targets[1]);
        break;
    case IR_SWITCH:
        strbuf_addc(self->out, ' ');
        print_operand(self, &term->value);
        print_cases(self, term);
        break;
    case IR_RETURN:
        strbuf_addc(self->out, ' ');
        print_operand(self, &term->value);
        break;
    case IR_UNREACHABLE:
    case IR_RESUME:
        break;
    }
}

static bool returns_void(const struct printer *self)
{
    ir_id result = self->module->types.items[self->function->type].target;
    return self->module->types.items[result].kind == IR_TYPE_VOID;
}

static void print_term(const struct printer *self, const struct ir_term *term)
{
    static const char *const names[] = {
        [IR_GOTO] = "goto",     [IR_BRANCH] = "branch",           [IR_SWITCH] = "switch",
        [IR_RETURN] = "return", [IR_UNREACHABLE] = "unreachable", [IR_RESUME] = "resume",
    };
    strbuf_addf(self->out, "  %s", names[term->kind]);
    if (term->kind != IR_RETURN || !returns_void(self))
        print_term_operands(self, term);
    if (term->text && (term->kind == IR_BRANCH || term->kind == IR_SWITCH)) {
        strbuf_adds(self->out, "   ");
        print_quoted(self->out, term->text);
    }
    print_loc(self, term->loc);
    strbuf_addc(self->out, '\n');
}

static void print_block_head(const struct printer *self, ir_id id)
{
    const struct ir_block *block = &self->function->blocks.items[id];
    strbuf_addf(self->out, "b%" PRIu32 ":", id);
    strbuf_adds(self->out, block->is_loop_head ? " loop" : "");
    if (block->handler != IR_NONE)
        strbuf_addf(self->out, " handler b%" PRIu32, block->handler);
    strbuf_addc(self->out, '\n');
}

/* ---- functions ---- */

static void print_signature(const struct printer *self)
{
    const struct ir_function *function = self->function;
    strbuf_addf(self->out, "function %s(", function->name);
    for (ir_id i = 0; i < function->param_count; i++) {
        strbuf_adds(self->out, i ? ", " : "");
        print_local(self, i);
        strbuf_adds(self->out, ": ");
        print_type(self, function->locals.items[i].type, 0);
    }
    if (function->is_variadic)
        strbuf_adds(self->out, function->param_count ? ", ..." : "...");
    strbuf_adds(self->out, ") -> ");
    print_type(self, self->module->types.items[function->type].target, 0);
    strbuf_adds(self->out, function->is_external ? "" : " internal");
    strbuf_adds(self->out, function->is_noreturn ? " noreturn" : "");
    print_loc(self, function->loc);
    strbuf_addc(self->out, '\n');
}

static void print_locals(const struct printer *self)
{
    for (ir_id i = self->function->param_count; i < self->function->locals.count; i++) {
        strbuf_adds(self->out, "  local ");
        print_local(self, i);
        strbuf_adds(self->out, ": ");
        print_type(self, self->function->locals.items[i].type, 0);
        strbuf_addc(self->out, '\n');
    }
}

static void print_body(const struct printer *self)
{
    print_signature(self);
    print_locals(self);
    for (ir_id b = 0; b < self->function->blocks.count; b++) {
        const struct ir_block *block = &self->function->blocks.items[b];
        print_block_head(self, b);
        for (uint32_t i = 0; i < block->instrs.count; i++)
            print_instr(self, &block->instrs.items[i]);
        print_term(self, &block->term);
    }
    strbuf_addc(self->out, '\n');
}

static void print_graph(const struct printer *self)
{
    strbuf_addf(self->out, "function %s\n", self->function->name);
    for (ir_id b = 0; b < self->function->blocks.count; b++) {
        const struct ir_block *block = &self->function->blocks.items[b];
        strbuf_addf(self->out, "  b%" PRIu32 "%s ->", b, block->is_loop_head ? " loop" : "");
        for (uint32_t i = 0; i < block->term.target_count; i++)
            strbuf_addf(self->out, " b%" PRIu32, block->term.targets[i]);
        if (!block->term.target_count)
            strbuf_adds(self->out, block->term.kind == IR_RETURN   ? " return"
                                   : block->term.kind == IR_RESUME ? " resume"
                                                                   : " unreachable");
        if (block->handler != IR_NONE)
            strbuf_addf(self->out, "   raises to b%" PRIu32, block->handler);
        strbuf_addc(self->out, '\n');
    }
    strbuf_addc(self->out, '\n');
}

static void print_some(const struct ir_module *module, ir_id function, struct strbuf *out,
                       void (*print)(const struct printer *))
{
    ir_id first = function == IR_NONE ? 0 : function;
    ir_id end = function == IR_NONE ? module->functions.count : function + 1;
    for (ir_id i = first; i < end; i++) {
        struct printer printer = {module, &module->functions.items[i], true, out};
        if (function != IR_NONE || printer.function->is_defined)
            print(&printer);
    }
}

void ir_print_function(const struct ir_module *module, ir_id function, struct strbuf *out)
{
    print_some(module, function, out, print_body);
}

void ir_print_cfg(const struct ir_module *module, ir_id function, struct strbuf *out)
{
    print_some(module, function, out, print_graph);
}
