/*
 * members.c - see members.h.
 *
 * What a member can hold is 0, as memory that is made does, and whatever a step (member_steps.c) makes of something it can hold: a value set as in
 * Balakrishnan, Reps, "Analyzing memory accesses in x86 executables", CC 2004, of members, without paths.
 */
#include "engine/members_int.h"

#include "base/hash.h"
#include "engine/code.h"
#include "engine/reuse.h"
#include "engine/typed.h"

#define LOOKS_MAX 20000000

/* ---- which members ---- */

static uint64_t name_of(ir_id record, ir_id field)
{
    return (uint64_t)record << 32 | field;
}

static bool is_number(const struct ir_module *program, ir_id type)
{
    return type != IR_NONE && (program->types.items[type].kind == IR_TYPE_INT || program->types.items[type].kind == IR_TYPE_BOOL);
}

static uint32_t add_member(struct members *self, ir_id record, ir_id field, uint64_t mask, bool is_typed)
{
    struct member member = {.values = {.record = record, .field = field, .mask = mask}, .is_typed = is_typed};
    uint32_t index = self->members.count;

    if (word_map_add(&self->by_name, name_of(record, field), index))
        VEC_PUSH_IN(self->engine->arena, &self->members, member);
    else
        word_map_get(&self->by_name, name_of(record, field), &index);
    return index;
}

static void find_reserved(struct members *self, const struct ruleset_reserved *reserved)
{
    const struct ir_module *program = self->engine->program;

    for (uint32_t u = 0; u < program->units.count; u++)
        if (program->units.items[u].error_count > 0)
            return; /* some code is missing */
    for (ir_id r = 0; r < program->records.count; r++)
        for (ir_id f = 0; f < program->records.items[r].fields.count; f++)
            if (program->records.items[r].name && program->records.items[r].fields.items[f].name &&
                ruleset_is_reserved(reserved, program->records.items[r].name, program->records.items[r].fields.items[f].name)) {
                (void)add_member(self, r, f, reserved->bits, false);
                self->is_reserved[r] = true;
            }
}

uint32_t members_find_place(const struct members *self, const struct ir_place *place)
{
    const struct ir_proj *last = place->proj_count ? &place->projs[place->proj_count - 1] : NULL;
    uint32_t index;

    return last && last->kind == IR_PROJ_FIELD && (self->is_typed[last->record] || self->is_reserved[last->record]) &&
                   word_map_get(&self->by_name, name_of(last->record, last->field), &index) ? index : 0;
}

/* The same, with one that is not there yet added. */
static uint32_t add_place(struct members *self, const struct ir_place *place)
{
    const struct ir_proj *last = place->proj_count ? &place->projs[place->proj_count - 1] : NULL;

    if (last && last->kind == IR_PROJ_FIELD && self->is_typed[last->record] && is_number(self->engine->program, place->type))
        return add_member(self, last->record, last->field, UINT64_MAX, true);
    return members_find_place(self, place);
}

/* ---- the walk ---- */

static void open_member(struct members *self, const struct ir_operand *operand)
{
    uint32_t member = operand->kind == IR_OPERAND_ADDR ? add_place(self, operand->place) : 0;

    self->members.items[member].is_open = true;
}

static ir_id pointed_record(const struct ir_module *program, const struct ir_operand *operand)
{
    ir_id type = operand->kind == IR_OPERAND_ADDR ? operand->place->type : operand->type;

    if (operand->kind != IR_OPERAND_ADDR && type != IR_NONE)
        type = program->types.items[type].kind == IR_TYPE_POINTER ? program->types.items[type].target : IR_NONE;
    return type != IR_NONE && program->types.items[type].kind == IR_TYPE_RECORD ? program->types.items[type].record : IR_NONE;
}

/* A record with reserved bits that CALL writes whole. */
static void open_argument(struct members *self, const struct ir_instr *call, uint32_t arg)
{
    ir_id record = pointed_record(self->engine->program, &call->args[arg]);
    const struct ruleset_routine *routine;

    if (record == IR_NONE || !self->is_reserved[record])
        return;
    routine = callgraph_routine(self->engine->program, self->engine->rules, call);
    if (!routine || code_change_of_argument(routine, call, arg) < CODE_COPY)
        return;
    for (uint32_t m = 1; m < self->members.count; m++)
        self->members.items[m].is_open |= self->members.items[m].values.record == record;
}

static void note_instr(struct members *self, ir_id function, uint32_t block, uint32_t index)
{
    const struct ir_instr *instr = &self->engine->program->functions.items[function].blocks.items[block].instrs.items[index];
    struct member_store store = {instr->dst ? add_place(self, instr->dst) : 0, function, block, index};

    if (store.member)
        VEC_PUSH(&self->stores, store);
    if (instr->kind == IR_ASSIGN) {
        open_member(self, &instr->value.a);
        open_member(self, &instr->value.b);
    }
    for (uint32_t a = 0; a < instr->arg_count; a++) {
        open_member(self, &instr->args[a]);
        if (instr->kind == IR_CALL)
            open_argument(self, instr, a);
    }
}

static void walk(struct members *self)
{
    const struct ir_module *program = self->engine->program;

    for (ir_id f = 0; f < program->functions.count; f++)
        for (uint32_t b = 0; b < program->functions.items[f].blocks.count; b++)
            for (uint32_t i = 0; i < program->functions.items[f].blocks.items[b].instrs.count; i++)
                note_instr(self, f, b, i);
}

/* ---- what comes of stores ---- */

/* NUMBER as MEMBER holds it. */
static int64_t wrap(const struct members *self, const struct member *member, uint64_t number)
{
    const struct ir_type *type = &self->engine->program->types.items[member_field(self, member)->type];
    uint32_t shift = type->bits > 0 && type->bits < 64 ? 64 - type->bits : 0;

    if (type->kind == IR_TYPE_BOOL)
        return number != 0;
    number &= member->values.mask;
    return type->is_signed ? (int64_t)(number << shift) >> shift : (int64_t)((number << shift) >> shift);
}

/* Adds NUMBER, sorted; false: there is no room. */
static bool add_pattern(struct member_values *values, int64_t number)
{
    uint32_t i = 0, k;

    while (i < values->pattern_count && values->patterns[i] < number)
        i++;
    if (i < values->pattern_count && values->patterns[i] == number)
        return true;
    if (values->pattern_count == MEMBER_PATTERNS_MAX)
        return false;
    for (k = values->pattern_count++; k > i; k--)
        values->patterns[k] = values->patterns[k - 1];
    values->patterns[i] = number;
    return true;
}

/* All that the steps make of 0; false: too much. */
static bool find_patterns(const struct members *self, struct member *member)
{
    struct member_values *values = &member->values;
    uint32_t before = 0;

    values->pattern_count = 0;
    (void)add_pattern(values, 0);
    while (before != values->pattern_count) {
        before = values->pattern_count;
        for (uint32_t s = 0; s < member->steps.count; s++)
            for (uint32_t p = 0; p < values->pattern_count; p++) {
                const struct member_step *step = &member->steps.items[s];

                if (!add_pattern(values, wrap(self, member, ((uint64_t)values->patterns[p] & step->keep) | step->set)))
                    return false;
            }
    }
    return true;
}

static void settle_patterns(struct members *self, struct member *member)
{
    struct member_values *values = &member->values;

    if (!member->is_typed)
        values->mask &= member->seen;
    if (member->is_open || member->is_mixed || !member->steps.count || member_is_bit_field(self, member) || values->mask == 0 || !find_patterns(self, member))
        values->mask = values->pattern_count = 0;
}

/* ---- the program ---- */

static void settle_range(struct members *self, struct member *member)
{
    struct member_values *values = &member->values;
    const struct ir_type *type = &self->engine->program->types.items[member_field(self, member)->type];

    values->low = INT64_MIN;
    values->high = INT64_MAX;
    if (type->kind == IR_TYPE_BOOL || (type->bits > 0 && type->bits < 64)) {
        values->high = type->kind == IR_TYPE_BOOL ? 1 : (int64_t)((UINT64_C(1) << (type->is_signed ? type->bits - 1 : type->bits)) - 1);
        values->low = type->kind == IR_TYPE_INT && type->is_signed ? -values->high - 1 : 0;
    }
    if (values->is_never_negative && values->low < 0)
        values->low = 0;
    if (values->mask == UINT64_MAX) {
        values->low = values->patterns[0];
        values->high = values->patterns[values->pattern_count - 1];
    }
    if (member->is_open || (values->mask == 0 && !values->is_never_negative))
        values->mask = values->is_never_negative = 0;
}

/* What is known of MEMBER counts in the answer for its record. */
static void add_answer(struct members *self, const struct member_values *values)
{
    uint64_t hash = hash_mix(hash_mix(values->field, values->is_never_negative), values->mask);

    for (uint32_t p = 0; p < values->pattern_count; p++)
        hash = hash_mix(hash, (uint64_t)values->patterns[p]);
    if (values->mask != 0 || values->is_never_negative)
        self->answers[values->record] += hash;
}

struct members *members_find(struct engine *engine)
{
    struct members *self = ARENA_NEW(engine->arena, struct members);

    self->engine = engine;
    self->looks_left = LOOKS_MAX;
    self->is_typed = typed_find(engine, &self->is_own);
    self->is_reserved = ARENA_NEW_ARRAY(engine->arena, bool, (size_t)engine->program->records.count + 1);
    self->answers = ARENA_NEW_ARRAY(engine->arena, uint64_t, (size_t)engine->program->records.count + 1);
    for (ir_id r = 0; r < engine->program->records.count; r++)
        self->answers[r] = 1; /* 0 is no answer */
    VEC_PUSH_IN(engine->arena, &self->members, (struct member){0});
    for (uint32_t r = 0; r < engine->rules->reserved.count; r++)
        find_reserved(self, &engine->rules->reserved.items[r]);
    walk(self);
    for (uint32_t s = 0; s < self->stores.count; s++)
        member_settle_store(self, &self->stores.items[s]);
    member_settle_signs(self);
    for (uint32_t m = 1; m < self->members.count; m++) {
        settle_patterns(self, &self->members.items[m]);
        settle_range(self, &self->members.items[m]);
        add_answer(self, &self->members.items[m].values);
    }
    VEC_RELEASE(&self->stores);
    return self;
}

void members_release(struct members *self)
{
    if (self)
        word_map_release(&self->by_name);
}

bool members_follow(const struct members *self, ir_id record)
{
    return self && (self->is_own[record] || self->is_reserved[record]);
}

uint32_t members_number(const struct members *self, ir_id record, ir_id field)
{
    const struct member_values *values;
    uint32_t index;

    if (!members_follow(self, record))
        return 0;
    reuse_ask(self->engine, REUSE_MEMBERS, record);
    if (!word_map_get(&self->by_name, name_of(record, field), &index))
        return 0;
    values = &self->members.items[index].values;
    return values->mask != 0 || values->is_never_negative ? index : 0;
}

const struct member_values *members_get(const struct members *self, uint32_t number)
{
    return &self->members.items[number].values;
}

uint64_t members_answer(const struct members *self, ir_id record)
{
    return self->answers[record];
}
