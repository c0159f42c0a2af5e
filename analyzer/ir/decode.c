/*
 * decode.c - a module from bytes (codec_int.h describes them), whoever wrote them.
 *
 * The reader is sticky: after the first thing wrong every read gives zero and every count none, so that the code below
 * reads straight on and looks once. No count is believed that the bytes left could not hold; ids are compared with
 * their tables here only where the module's own functions rely on it, all others by ir_module_check afterwards.
 */
#include "ir/codec_int.h"
#include "ir/module_int.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"

struct reader {
    struct ir_module *module;
    const unsigned char *next, *end;
    const char **strings;
    uint32_t string_count;
    int depth;         /* of nested operands */
    const char *wrong; /* the first thing wrong, or NULL */
};

static void reader_fail(struct reader *self, const char *wrong)
{
    if (!self->wrong)
        self->wrong = wrong;
    self->next = self->end;
}

/* ---- numbers, ids, strings ---- */

static uint64_t get(struct reader *self)
{
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        if (self->next == self->end)
            break;
        unsigned char byte = *self->next++;
        if (shift == 63 && byte > 1)
            break;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return value;
    }
    reader_fail(self, "a number is cut off or too large");
    return 0;
}

static uint32_t get32(struct reader *self)
{
    uint64_t value = get(self);
    if (value > UINT32_MAX)
        reader_fail(self, "a number is too large");
    return self->wrong ? 0 : (uint32_t)value;
}

/* A number of at most LAST: an enumerator, or flags when LAST is all of them. */
static uint32_t get_upto(struct reader *self, uint32_t last)
{
    uint32_t value = get32(self);
    if (value > last)
        reader_fail(self, "a kind is not known");
    return self->wrong ? 0 : value;
}

static int64_t get_signed(struct reader *self)
{
    uint64_t value = get(self);
    uint64_t bits = value >> 1 ^ (value & 1 ? UINT64_MAX : 0);
    int64_t result;
    memcpy(&result, &bits, sizeof(result));
    return result;
}

static ir_id get_id(struct reader *self)
{
    uint32_t value = get32(self);
    return value ? value - 1 : IR_NONE;
}

/* A count of things that take SIZE bytes or more each. */
static uint32_t get_count(struct reader *self, size_t size)
{
    uint64_t value = get(self);
    if (value > (size_t)(self->end - self->next) / size || value >= IR_NONE)
        reader_fail(self, "a count is larger than what follows");
    return self->wrong ? 0 : (uint32_t)value;
}

static const char *get_optional_string(struct reader *self)
{
    uint32_t value = get32(self);
    if (value > self->string_count)
        reader_fail(self, "a string is not in the table");
    return self->wrong || !value ? NULL : self->strings[value - 1];
}

static const char *get_string(struct reader *self)
{
    const char *text = get_optional_string(self);
    if (!text)
        reader_fail(self, "a string is missing");
    return text ? text : "";
}

/* ---- tables without code ---- */

static void get_strings(struct reader *self)
{
    uint32_t count = get_count(self, 1);
    self->strings = ARENA_NEW_ARRAY(self->module->arena, const char *, count);
    for (uint32_t i = 0; i < count && !self->wrong; i++) {
        uint32_t length = get_count(self, 1);
        if (memchr(self->next, '\0', length))
            reader_fail(self, "a string holds a zero byte");
        if (self->wrong)
            break;
        self->strings[i] = intern_bytes(&self->module->strings, (const char *)self->next, length);
        self->next += length;
        self->string_count = i + 1;
    }
}

static void get_files(struct reader *self)
{
    uint32_t count = get_count(self, 2);
    for (uint32_t i = 0; i < count && !self->wrong; i++) {
        const char *path = get_string(self);
        bool is_system = get_upto(self, CODEC_FILE_SYSTEM) != 0;
        if (ir_module_file(self->module, path, is_system) != i)
            reader_fail(self, "a file is there twice");
    }
}

static struct ir_range get_range(struct reader *self)
{
    struct ir_range range = {.file = get_id(self)};
    range.line = get32(self);
    range.column = get32(self);
    int64_t lines = get_signed(self);
    if (lines < -(int64_t)range.line || lines > (int64_t)(UINT32_MAX - range.line)) {
        reader_fail(self, "a location has no end");
        lines = 0;
    }
    range.end_line = (uint32_t)((int64_t)range.line + lines);
    range.end_column = get32(self);
    return range;
}

static void get_locs(struct reader *self)
{
    uint32_t count = get_count(self, 6);
    for (uint32_t i = 0; i < count && !self->wrong; i++) {
        uint32_t flags = get_upto(self, CODEC_LOC_SPELLED_THERE | CODEC_LOC_MACRO);
        struct ir_loc loc = {.at = get_range(self)};
        loc.spelling = flags & CODEC_LOC_SPELLED_THERE ? loc.at : get_range(self);
        loc.macro = flags & CODEC_LOC_MACRO ? get_string(self) : NULL;
        VEC_PUSH(&self->module->locs, loc); /* they are many, nobody looks for one, and two that are equal do no harm */
    }
}

static void get_fields(struct reader *self, struct ir_record *record)
{
    uint32_t count = get_count(self, 4);
    record->fields.items = ARENA_NEW_ARRAY(self->module->arena, struct ir_field, count);
    record->fields.count = record->fields.capacity = count;
    for (uint32_t i = 0; i < count && !self->wrong; i++) {
        struct ir_field *field = &record->fields.items[i];
        field->name = get_string(self);
        field->type = get_id(self);
        field->offset = get(self);
        field->bit_width = get32(self);
    }
}

static void get_records(struct reader *self)
{
    uint32_t count = get_count(self, 5);
    for (uint32_t i = 0; i < count && !self->wrong; i++) {
        const char *key = get_string(self), *name = get_string(self);
        bool is_new;
        ir_id id = ir_module_record(self->module, key, name, &is_new);
        if (!is_new)
            reader_fail(self, "a record is there twice");
        struct ir_record *record = &self->module->records.items[id];
        record->is_union = get_upto(self, CODEC_RECORD_UNION) != 0;
        record->size = get(self);
        get_fields(self, record);
    }
}

static void get_types(struct reader *self)
{
    uint32_t count = get_count(self, 7);
    for (uint32_t i = 0; i < count && !self->wrong; i++) {
        struct ir_type type = {.kind = (enum ir_type_kind)get_upto(self, IR_TYPE_UNKNOWN)};
        uint32_t flags = get_upto(self, CODEC_TYPE_SIGNED | CODEC_TYPE_CONST | CODEC_TYPE_REFERENCE);
        type.is_signed = flags & CODEC_TYPE_SIGNED;
        type.is_const = flags & CODEC_TYPE_CONST;
        type.is_reference = flags & CODEC_TYPE_REFERENCE;
        type.bits = get32(self);
        type.target = get_id(self);
        type.count = get(self);
        type.record = get_id(self);
        type.name = get_optional_string(self);
        bool has_target = type.kind == IR_TYPE_POINTER || type.kind == IR_TYPE_ARRAY || type.kind == IR_TYPE_FUNCTION;
        if ((has_target && type.target >= i) ||
            (type.kind == IR_TYPE_RECORD && type.record >= self->module->records.count))
            reader_fail(self, "a type refers to what is not there");
        if (!self->wrong && ir_module_type(self->module, &type) != i)
            reader_fail(self, "a type is there twice");
    }
}

static void get_units(struct reader *self)
{
    uint32_t count = get_count(self, 6);
    for (uint32_t i = 0; i < count && !self->wrong; i++) {
        struct ir_unit unit = {.path = get_string(self)};
        unit.directory = get_string(self);
        unit.error_count = get32(self);
        unit.first_error = get_optional_string(self);
        unit.statement_count = get32(self);
        unit.unknown_count = get32(self);
        VEC_PUSH_IN(self->module->arena, &self->module->units, unit);
    }
}

static void get_globals(struct reader *self)
{
    uint32_t count = get_count(self, 6);
    for (uint32_t i = 0; i < count && !self->wrong; i++) {
        ir_id unit = get_id(self);
        const char *key = get_string(self), *name = get_string(self);
        bool is_new;
        ir_id id = ir_module_global(self->module, unit, key, name, &is_new);
        if (!is_new)
            reader_fail(self, "a global is there twice");
        struct ir_global *global = &self->module->globals.items[id];
        global->type = get_id(self);
        global->loc = get_id(self);
        global->is_external = get_upto(self, CODEC_GLOBAL_EXTERNAL) != 0;
    }
}

/* ---- code ---- */

static struct ir_operand get_operand(struct reader *self);

static struct ir_proj get_proj(struct reader *self)
{
    struct ir_proj proj = {
        .kind = (enum ir_proj_kind)get_upto(self, IR_PROJ_INDEX), .record = IR_NONE, .field = IR_NONE};
    proj.type = get_id(self);
    if (proj.kind == IR_PROJ_FIELD) {
        proj.record = get_id(self);
        proj.field = get_id(self);
    } else if (proj.kind == IR_PROJ_INDEX) {
        struct ir_operand index = get_operand(self);
        proj.index = arena_copy(self->module->arena, &index, sizeof(index));
    }
    return proj;
}

static const struct ir_place *get_place(struct reader *self)
{
    struct ir_place *place = ARENA_NEW(self->module->arena, struct ir_place);
    place->base = (enum ir_base)get_upto(self, IR_BASE_GLOBAL);
    place->id = get_id(self);
    place->type = get_id(self);
    uint32_t count = get_count(self, 2);
    if (count > IR_MAX_PROJECTIONS)
        reader_fail(self, "a place has too many projections");
    if (!count || self->wrong)
        return place;
    struct ir_proj *projs = ARENA_NEW_ARRAY(self->module->arena, struct ir_proj, count);
    for (uint32_t i = 0; i < count && !self->wrong; i++)
        projs[i] = get_proj(self);
    place->projs = projs;
    place->proj_count = count;
    return place;
}

static struct ir_operand get_operand(struct reader *self)
{
    struct ir_operand operand = {.kind = (enum ir_operand_kind)get_upto(self, IR_OPERAND_UNDEF)};
    operand.type = get_id(self);
    if (self->depth > IR_MAX_NESTING)
        reader_fail(self, "operands are nested too deeply");
    if (self->wrong)
        return operand;
    self->depth++;
    if (operand.kind == IR_OPERAND_INT)
        operand.value = get_signed(self);
    else if (operand.kind == IR_OPERAND_STRING)
        operand.text = get_string(self);
    else if (operand.kind == IR_OPERAND_LOAD || operand.kind == IR_OPERAND_ADDR)
        operand.place = get_place(self);
    else if (operand.kind == IR_OPERAND_FUNC)
        operand.function = get_id(self);
    self->depth--;
    return operand;
}

static struct ir_expr get_expr(struct reader *self)
{
    struct ir_expr expr = {.op = (enum ir_expr_op)get_upto(self, IR_EXPR_GE)};
    expr.type = get_id(self);
    expr.a = ir_expr_arity(expr.op) > 0 ? get_operand(self) : ir_operand_undef(IR_NONE);
    expr.b = ir_expr_arity(expr.op) > 1 ? get_operand(self) : ir_operand_undef(IR_NONE);
    return expr;
}

static ir_id *get_ids(struct reader *self, uint32_t count)
{
    ir_id *ids = ARENA_NEW_ARRAY(self->module->arena, ir_id, count);
    for (uint32_t i = 0; i < count; i++)
        ids[i] = get_id(self);
    return ids;
}

static void get_args(struct reader *self, struct ir_instr *instr)
{
    uint32_t count = get_count(self, 2);
    struct ir_operand *args = ARENA_NEW_ARRAY(self->module->arena, struct ir_operand, count);
    for (uint32_t i = 0; i < count && !self->wrong; i++)
        args[i] = get_operand(self);
    instr->args = args;
    instr->arg_count = count;
}

static void get_instr(struct reader *self, struct ir_instr *instr)
{
    instr->kind = (enum ir_instr_kind)get_upto(self, IR_SCOPE_END);
    instr->loc = get_id(self);
    instr->value = (struct ir_expr){.type = IR_NONE, .a = ir_operand_undef(IR_NONE), .b = ir_operand_undef(IR_NONE)};
    instr->callee = ir_operand_undef(IR_NONE);
    if (instr->kind == IR_SCOPE_END) {
        instr->local_count = get_count(self, 1);
        instr->locals = get_ids(self, instr->local_count);
        return;
    }
    instr->dst = get_upto(self, 1) ? get_place(self) : NULL;
    if (instr->kind == IR_ASSIGN) {
        instr->value = get_expr(self);
        return;
    }
    if (instr->kind == IR_CALL) {
        instr->callee = get_operand(self);
        instr->is_dispatched = get_upto(self, 1);
    } else {
        instr->what = get_string(self);
    }
    get_args(self, instr);
}

static void get_cases(struct reader *self, struct ir_term *term)
{
    uint32_t count = term->target_count ? term->target_count - 1 : 0;
    int64_t *low = ARENA_NEW_ARRAY(self->module->arena, int64_t, count);
    int64_t *high = ARENA_NEW_ARRAY(self->module->arena, int64_t, count);
    for (uint32_t i = 0; i < count; i++) {
        low[i] = get_signed(self);
        high[i] = get_signed(self);
    }
    term->case_low = low;
    term->case_high = high;
}

static void get_term(struct reader *self, struct ir_term *term)
{
    term->kind = (enum ir_term_kind)get_upto(self, IR_RESUME);
    term->loc = get_id(self);
    term->text = get_optional_string(self);
    term->value = ir_term_has_value(term->kind) ? get_operand(self) : ir_operand_undef(IR_NONE);
    term->target_count = get_count(self, 1);
    term->targets = get_ids(self, term->target_count);
    if (term->kind == IR_SWITCH)
        get_cases(self, term);
}

static void get_block(struct reader *self, struct ir_block *block)
{
    block->handler = get_id(self);
    block->is_loop_head = get_upto(self, CODEC_BLOCK_LOOP_HEAD) != 0;
    uint32_t count = get_count(self, 3);
    block->instrs.items = ARENA_NEW_ARRAY(self->module->arena, struct ir_instr, count);
    block->instrs.count = block->instrs.capacity = count;
    for (uint32_t i = 0; i < count && !self->wrong; i++)
        get_instr(self, &block->instrs.items[i]);
    get_term(self, &block->term);
}

static void get_locals(struct reader *self, struct ir_function *function)
{
    uint32_t count = get_count(self, 4);
    function->locals.items = ARENA_NEW_ARRAY(self->module->arena, struct ir_local, count);
    function->locals.count = function->locals.capacity = count;
    for (uint32_t i = 0; i < count && !self->wrong; i++) {
        struct ir_local *local = &function->locals.items[i];
        local->name = get_string(self);
        local->type = get_id(self);
        local->kind = (enum ir_local_kind)get_upto(self, IR_LOCAL_TEMP);
        local->loc = get_id(self);
    }
}

static void get_function_flags(struct reader *self, struct ir_function *function)
{
    uint32_t flags = get_upto(self, 2 * CODEC_FUNCTION_INITIALIZER - 1);
    function->is_external = flags & CODEC_FUNCTION_EXTERNAL;
    function->is_variadic = flags & CODEC_FUNCTION_VARIADIC;
    function->is_noreturn = flags & CODEC_FUNCTION_NORETURN;
    function->is_virtual = flags & CODEC_FUNCTION_VIRTUAL;
    function->is_system = flags & CODEC_FUNCTION_SYSTEM;
    function->is_initializer = flags & CODEC_FUNCTION_INITIALIZER;
}

static void get_macro_uses(struct reader *self, struct ir_function *function)
{
    uint32_t count = get_count(self, 2);
    for (uint32_t i = 0; i < count && !self->wrong; i++) {
        struct ir_macro_use use = {.name = get_string(self)};
        use.loc = get_id(self);
        VEC_PUSH_IN(self->module->arena, &function->macro_uses, use);
    }
}

static void get_body(struct reader *self, struct ir_function *function)
{
    get_locals(self, function);
    uint32_t annotations = get_count(self, 2);
    for (uint32_t i = 0; i < annotations && !self->wrong; i++) {
        struct ir_annotation annotation = {.param = get_id(self)};
        annotation.text = get_string(self);
        VEC_PUSH_IN(self->module->arena, &function->annotations, annotation);
    }
    get_macro_uses(self, function);
    uint32_t count = get_count(self, 7);
    function->blocks.items = ARENA_NEW_ARRAY(self->module->arena, struct ir_block, count);
    function->blocks.count = function->blocks.capacity = count;
    function->is_defined = count > 0;
    for (uint32_t i = 0; i < count && !self->wrong; i++)
        get_block(self, &function->blocks.items[i]);
}

static void get_functions(struct reader *self)
{
    uint32_t count = get_count(self, 12);
    for (uint32_t i = 0; i < count && !self->wrong; i++) {
        ir_id unit = get_id(self);
        const char *key = get_string(self), *name = get_string(self);
        bool is_new;
        ir_id id = ir_module_function(self->module, unit, key, name, &is_new);
        if (!is_new)
            reader_fail(self, "a function is there twice");
        struct ir_function *function = &self->module->functions.items[id];
        function->type = get_id(self);
        function->loc = get_id(self);
        function->definition = get_id(self);
        function->record = get_id(self);
        get_function_flags(self, function);
        function->param_count = get32(self);
        get_body(self, function);
    }
}

/* ---- the whole ---- */

/* Checks magic and checksum; afterwards the reader stands behind the magic and ends before the checksum. */
static void open_envelope(struct reader *self, const unsigned char *data, size_t length)
{
    self->next = self->end = data;
    if (length < CODEC_MAGIC_SIZE + CODEC_CHECKSUM_SIZE || memcmp(data, CODEC_MAGIC, CODEC_MAGIC_SIZE) != 0) {
        reader_fail(self, "it does not begin like one");
        return;
    }
    size_t covered = length - CODEC_CHECKSUM_SIZE;
    uint64_t checksum = 0;
    for (int i = 0; i < CODEC_CHECKSUM_SIZE; i++)
        checksum |= (uint64_t)data[covered + (size_t)i] << (8 * i);
    if (hash_bytes(data, covered) != checksum) {
        reader_fail(self, "its checksum is wrong");
        return;
    }
    self->next = data + CODEC_MAGIC_SIZE;
    self->end = data + covered;
}

enum mg_status ir_decode(struct ir_module *module, const void *data, size_t length, struct mg_error *error)
{
    assert(module->functions.count == 0 && module->types.count == 0);
    struct reader reader = {.module = module};
    open_envelope(&reader, data, length);
    if (!reader.wrong && get(&reader) != CODEC_VERSION)
        reader_fail(&reader, "it was written by another version");
    get_strings(&reader);
    get_files(&reader);
    get_locs(&reader);
    get_records(&reader);
    get_types(&reader);
    get_units(&reader);
    get_globals(&reader);
    get_functions(&reader);
    if (!reader.wrong && reader.next != reader.end)
        reader_fail(&reader, "bytes are left over");
    if (reader.wrong)
        return mg_fail(error, MG_CORRUPT, NULL, 0, 0, "damaged module: %s", reader.wrong);
    return MG_OK;
}
