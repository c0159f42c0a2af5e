/*
 * check_flow.c - temporaries are assigned before they are used, on every path.
 *
 * The textbook forward must-analysis: what is assigned on entry to a block is what is assigned at the end of all its
 * predecessors. A raise may happen before the first instruction of a block has had its effect, so a handler starts
 * from what was assigned on entry to the blocks it serves. Only temporaries that some block uses without assigning
 * them itself need any of this; they are taken 64 at a time, one bit each, so that the work stays proportional to the
 * function.
 */
#include "ir/module_int.h"

#include <assert.h>
#include <inttypes.h>

#define NO_SLOT UINT8_MAX

struct flow {
    const struct ir_module *module;
    const struct ir_function *function;
    struct arena *scratch;
    ir_id block;                          /* being walked */
    ir_id *stamps;                        /* by local: 1 + the last block in which an assignment was seen */
    bool *is_exposed;                     /* by local */
    VEC(ir_id) exposed;                   /* temporaries used in a block before any assignment in it */
    uint8_t *slots;                       /* by local: bit in the masks of the present round, or NO_SLOT */
    uint64_t *assigned, *used, *on_entry; /* by block */
};

typedef void (*event_fn)(struct flow *flow, ir_id local, bool is_assignment);

/* ---- reads and writes of temporaries, in the order of evaluation ---- */

static void walk_operand(struct flow *flow, const struct ir_operand *operand, event_fn event);

static bool place_has_deref(const struct ir_place *place)
{
    for (uint32_t i = 0; i < place->proj_count; i++)
        if (place->projs[i].kind == IR_PROJ_DEREF)
            return true;
    return false;
}

/* A write to a part, and handing out the address, count as assignments: aggregates are made in pieces or by a
   callee. */
static void walk_place(struct flow *flow, const struct ir_place *place, bool is_write, event_fn event)
{
    for (uint32_t i = 0; i < place->proj_count; i++)
        if (place->projs[i].kind == IR_PROJ_INDEX)
            walk_operand(flow, place->projs[i].index, event);
    if (place->base == IR_BASE_LOCAL && flow->function->locals.items[place->id].kind == IR_LOCAL_TEMP)
        event(flow, place->id, is_write && !place_has_deref(place));
}

static void walk_operand(struct flow *flow, const struct ir_operand *operand, event_fn event)
{
    if (operand->kind == IR_OPERAND_LOAD || operand->kind == IR_OPERAND_ADDR)
        walk_place(flow, operand->place, operand->kind == IR_OPERAND_ADDR, event);
}

static void walk_instr(struct flow *flow, const struct ir_instr *instr, event_fn event)
{
    if (instr->kind == IR_SCOPE_END)
        return;
    if (instr->kind == IR_ASSIGN && ir_expr_arity(instr->value.op) > 0)
        walk_operand(flow, &instr->value.a, event);
    if (instr->kind == IR_ASSIGN && ir_expr_arity(instr->value.op) > 1)
        walk_operand(flow, &instr->value.b, event);
    if (instr->kind == IR_CALL)
        walk_operand(flow, &instr->callee, event);
    if (instr->kind != IR_ASSIGN)
        for (uint32_t i = 0; i < instr->arg_count; i++)
            walk_operand(flow, &instr->args[i], event);
    if (instr->dst)
        walk_place(flow, instr->dst, true, event);
}

static void walk_blocks(struct flow *flow, event_fn event)
{
    for (flow->block = 0; flow->block < flow->function->blocks.count; flow->block++) {
        const struct ir_block *block = &flow->function->blocks.items[flow->block];
        for (uint32_t i = 0; i < block->instrs.count; i++)
            walk_instr(flow, &block->instrs.items[i], event);
        if (ir_term_has_value(block->term.kind))
            walk_operand(flow, &block->term.value, event);
    }
}

static void find_exposed(struct flow *flow, ir_id local, bool is_assignment)
{
    if (is_assignment) {
        flow->stamps[local] = flow->block + 1;
    } else if (flow->stamps[local] != flow->block + 1 && !flow->is_exposed[local]) {
        flow->is_exposed[local] = true;
        VEC_PUSH_IN(flow->scratch, &flow->exposed, local);
    }
}

static void fill_masks(struct flow *flow, ir_id local, bool is_assignment)
{
    if (flow->slots[local] == NO_SLOT)
        return;
    uint64_t bit = (uint64_t)1 << flow->slots[local];
    if (is_assignment)
        flow->assigned[flow->block] |= bit;
    else if (!(flow->assigned[flow->block] & bit))
        flow->used[flow->block] |= bit;
}

/* ---- the analysis ---- */

struct worklist {
    ir_id *blocks;
    uint32_t count;
    bool *is_listed, *is_reached;
};

/* BLOCK is entered with KNOWN assigned; it is looked at again when that is news. */
static void enter_block(struct flow *flow, struct worklist *list, ir_id block, uint64_t known)
{
    uint64_t before = flow->on_entry[block];
    flow->on_entry[block] &= known;
    if (list->is_listed[block] || (list->is_reached[block] && flow->on_entry[block] == before))
        return;
    list->is_listed[block] = list->is_reached[block] = true;
    list->blocks[list->count++] = block;
}

static void solve(struct flow *flow)
{
    uint32_t count = flow->function->blocks.count;
    struct worklist list = {ARENA_NEW_ARRAY(flow->scratch, ir_id, count), 0,
                            ARENA_NEW_ARRAY(flow->scratch, bool, count), ARENA_NEW_ARRAY(flow->scratch, bool, count)};
    for (uint32_t b = 0; b < count; b++)
        flow->on_entry[b] = UINT64_MAX; /* stays so where no path leads */
    enter_block(flow, &list, 0, 0);
    while (list.count) {
        ir_id b = list.blocks[--list.count];
        const struct ir_block *block = &flow->function->blocks.items[b];
        list.is_listed[b] = false;
        for (uint32_t i = 0; i < block->term.target_count; i++)
            enter_block(flow, &list, block->term.targets[i], flow->on_entry[b] | flow->assigned[b]);
        if (block->handler != IR_NONE)
            enter_block(flow, &list, block->handler, flow->on_entry[b]);
    }
}

static enum mg_status report_use(const struct flow *flow, ir_id block, ir_id local, struct mg_error *error)
{
    return mg_fail(error, MG_CORRUPT, NULL, 0, 0,
                   "function '%s', block %" PRIu32 ": temporary %%%" PRIu32
                   " is used before it is assigned on some path",
                   flow->function->name, block, local);
}

/* The exposed temporaries [first, first + count), count <= 64. */
static enum mg_status check_round(struct flow *flow, uint32_t first, uint32_t count, struct mg_error *error)
{
    uint32_t blocks = flow->function->blocks.count;
    for (uint32_t i = 0; i < count; i++)
        flow->slots[flow->exposed.items[first + i]] = (uint8_t)i;
    for (uint32_t b = 0; b < blocks; b++)
        flow->assigned[b] = flow->used[b] = 0;
    walk_blocks(flow, fill_masks);
    solve(flow);
    for (uint32_t b = 0; b < blocks; b++)
        for (uint32_t i = 0; i < count; i++)
            if (flow->used[b] & ~flow->on_entry[b] & (uint64_t)1 << i)
                return report_use(flow, b, flow->exposed.items[first + i], error);
    for (uint32_t i = 0; i < count; i++)
        flow->slots[flow->exposed.items[first + i]] = NO_SLOT;
    return MG_OK;
}

static enum mg_status check_exposed(struct flow *flow, struct mg_error *error)
{
    uint32_t blocks = flow->function->blocks.count, locals = flow->function->locals.count;
    flow->slots = ARENA_NEW_ARRAY(flow->scratch, uint8_t, locals);
    for (uint32_t i = 0; i < locals; i++)
        flow->slots[i] = NO_SLOT;
    flow->assigned = ARENA_NEW_ARRAY(flow->scratch, uint64_t, blocks);
    flow->used = ARENA_NEW_ARRAY(flow->scratch, uint64_t, blocks);
    flow->on_entry = ARENA_NEW_ARRAY(flow->scratch, uint64_t, blocks);
    for (uint32_t first = 0; first < flow->exposed.count; first += 64) {
        uint32_t left = flow->exposed.count - first;
        enum mg_status status = check_round(flow, first, left < 64 ? left : 64, error);
        if (status != MG_OK)
            return status;
    }
    return MG_OK;
}

enum mg_status ir_check_temporaries(const struct ir_module *module, ir_id function, struct arena *scratch, struct mg_error *error)
{
    struct flow flow = {.module = module, .function = &module->functions.items[function], .scratch = scratch};
    assert(flow.function->is_defined);
    flow.stamps = ARENA_NEW_ARRAY(flow.scratch, ir_id, flow.function->locals.count);
    flow.is_exposed = ARENA_NEW_ARRAY(flow.scratch, bool, flow.function->locals.count);
    walk_blocks(&flow, find_exposed);
    enum mg_status status = flow.exposed.count ? check_exposed(&flow, error) : MG_OK;
    arena_clear(scratch);
    return status;
}
