/*
 * member_steps.c - what the stores of a member do to it: see members.h.
 *
 * Each store is a step from what the member held to what it holds: (old & keep) | set. Where one store follows another one to the same place with nothing in
 * between (`flags &= ~ALL; flags |= ONE`), the second is both steps.
 */
#include "engine/members_int.h"

#include "engine/code.h"

#define CHAIN_MAX 8   /* stores in a row */
#define SOURCES_MAX 8 /* constants that a variable may hold */

static const struct ir_function *function_of(const struct members *self, const struct member_store *store)
{
    return &self->engine->program->functions.items[store->function];
}

/* Does OPERAND give away the address of LOCAL? */
static bool is_address_of(const struct ir_operand *operand, ir_id local)
{
    return operand->kind == IR_OPERAND_ADDR && operand->place->base == IR_BASE_LOCAL && operand->place->id == local;
}

bool member_gives_away(const struct ir_instr *instr, ir_id local)
{
    bool is_given = instr->kind == IR_ASSIGN && (is_address_of(&instr->value.a, local) || is_address_of(&instr->value.b, local));

    for (uint32_t a = 0; a < instr->arg_count; a++)
        is_given |= is_address_of(&instr->args[a], local);
    return is_given;
}

const struct ir_instr *member_next_source(struct members *self, const struct ir_function *function, ir_id local, uint32_t *block, uint32_t *index)
{
    for (; *block < function->blocks.count; (*block)++, *index = 0)
        while (self->looks_left > 0 && *index < function->blocks.items[*block].instrs.count) {
            const struct ir_instr *instr = &function->blocks.items[*block].instrs.items[(*index)++];

            self->looks_left--;
            if (member_gives_away(instr, local) || (instr->dst && code_is_local(instr->dst) && instr->dst->id == local))
                return instr;
        }
    return NULL;
}

static bool is_constant(const struct ir_expr *value)
{
    return (value->op == IR_EXPR_USE || value->op == IR_EXPR_CAST) && value->a.kind == IR_OPERAND_INT;
}

static void add_step(struct members *self, struct member *member, struct member_step step)
{
    VEC_PUSH_IN(self->engine->arena, &member->steps, step);
    member->seen |= step.set;
}

/* The constants that LOCAL may hold are steps of MEMBER. False: it may hold others. */
static bool add_constants(struct members *self, struct member *member, const struct ir_function *function, ir_id local)
{
    const struct ir_instr *source;
    uint32_t block = 0, index = 0, count = 0;

    while (local >= function->param_count && (source = member_next_source(self, function, local, &block, &index))) {
        if (source->kind != IR_ASSIGN || member_gives_away(source, local) || !is_constant(&source->value) || ++count > SOURCES_MAX)
            return false;
        add_step(self, member, (struct member_step){0, (uint64_t)source->value.a.value});
    }
    return count > 0 && self->looks_left > 0;
}

/* PLACE is found again as long as its variable holds what it does: it is in the variable, or where the variable points to. */
static bool is_near(const struct ir_place *place)
{
    for (uint32_t p = 0; p < place->proj_count; p++)
        if (place->projs[p].kind != IR_PROJ_FIELD && !(p == 0 && place->projs[p].kind == IR_PROJ_DEREF))
            return false;
    return place->base == IR_BASE_LOCAL;
}

/* The one block from which control comes to BLOCK; IR_NONE: there are several, or none. */
static uint32_t only_before(const struct ir_function *function, uint32_t block)
{
    uint32_t result = IR_NONE, count = block == 0;

    for (uint32_t b = 0; b < function->blocks.count; b++) {
        const struct ir_block *other = &function->blocks.items[b];

        count += other->handler == block;
        for (uint32_t t = 0; t < other->term.target_count; t++)
            if (other->term.targets[t] == block) {
                result = b;
                count++;
            }
    }
    return count == 1 ? result : IR_NONE;
}

/* The store to the same place before STORE, where nothing in between could have changed it or what leads there. */
static bool find_before(struct members *self, const struct member_store *store, struct member_store *out)
{
    const struct ir_function *function = function_of(self, store);
    const struct ir_place *place = member_store_instr(self, store)->dst;

    *out = *store;
    if (!is_near(place))
        return false;
    for (uint32_t blocks = 0; blocks < CHAIN_MAX; blocks++) {
        while (out->instr-- > 0) {
            const struct ir_instr *instr = member_store_instr(self, out);
            bool is_whole = instr->dst && self->engine->program->types.items[instr->dst->type].kind == IR_TYPE_RECORD;

            if (instr->kind == IR_CALL || instr->kind == IR_UNKNOWN || is_whole ||
                (instr->dst && code_is_local(instr->dst) && instr->dst->id == place->id))
                return false;
            if (instr->dst && members_find_place(self, instr->dst) == store->member)
                return code_is_same_place(instr->dst, place);
        }
        out->block = only_before(function, out->block);
        if (out->block == IR_NONE)
            return false;
        out->instr = function->blocks.items[out->block].instrs.count;
    }
    return false;
}

/* The step that STORE is, with those right before it. False: it is none, or not one. */
static bool find_step(struct members *self, const struct member_store *store, uint32_t depth, struct member_step *out)
{
    const struct ir_instr *instr = member_store_instr(self, store);
    const struct ir_expr *value = &instr->value;
    bool is_or = value->op == IR_EXPR_OR, is_change = is_or || value->op == IR_EXPR_AND;
    struct member_store before;
    struct member_step first;

    if (instr->kind != IR_ASSIGN)
        return false;
    if (is_constant(value)) {
        *out = (struct member_step){0, (uint64_t)value->a.value};
        return true;
    }
    if (value->op == IR_EXPR_USE && value->a.kind == IR_OPERAND_LOAD && members_find_place(self, value->a.place) == store->member) {
        *out = (struct member_step){UINT64_MAX, 0};
        return true;
    }
    if (!is_change || value->a.kind != IR_OPERAND_LOAD || value->b.kind != IR_OPERAND_INT || !code_is_same_place(value->a.place, instr->dst))
        return false;
    *out = is_or ? (struct member_step){~(uint64_t)value->b.value, (uint64_t)value->b.value} : (struct member_step){(uint64_t)value->b.value, 0};
    if (depth < CHAIN_MAX && find_before(self, store, &before) && find_step(self, &before, depth + 1, &first))
        *out = (struct member_step){first.keep & out->keep, (first.set & out->keep) | out->set};
    return true;
}

void member_settle_store(struct members *self, const struct member_store *store)
{
    struct member *member = &self->members.items[store->member];
    const struct ir_instr *instr = member_store_instr(self, store);
    const struct ir_expr *value = &instr->value;
    bool is_copy = instr->kind == IR_ASSIGN && (value->op == IR_EXPR_USE || value->op == IR_EXPR_CAST) && value->a.kind == IR_OPERAND_LOAD;
    struct member_step step;

    if (find_step(self, store, 0, &step)) {
        add_step(self, member, step);
    } else if (instr->kind == IR_ASSIGN && ir_expr_is_truth(value->op)) {
        add_step(self, member, (struct member_step){0, 0});
        add_step(self, member, (struct member_step){0, 1});
    } else if (!is_copy || !code_is_local(value->a.place) || !add_constants(self, member, function_of(self, store), value->a.place->id)) {
        member->is_mixed = true;
    }
}
