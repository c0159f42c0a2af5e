/*
 * liveness.c - see liveness.h. Blocks are swept from late to early until nothing changes; an exception may leave a block anywhere, so what
 * its handler reads is live throughout.
 */
#include "engine/liveness.h"

struct sets {
    struct liveness *self;
    uint64_t *use, *def; /* of the block at hand: read before it is written; written before it is read */
    uint64_t *named;
};

static void set_bit(uint64_t *set, uint32_t i)
{
    set[i / 64] |= UINT64_C(1) << (i % 64);
}

static bool has_bit(const uint64_t *set, uint32_t i)
{
    return (set[i / 64] >> (i % 64)) & 1;
}

static void use_local(struct sets *sets, uint32_t local)
{
    set_bit(sets->named, local);
    if (!has_bit(sets->def, local))
        set_bit(sets->use, local);
}

static void use_place(struct sets *sets, const struct ir_place *place, bool is_address);

static void use_operand(struct sets *sets, const struct ir_operand *operand)
{
    if (operand->kind == IR_OPERAND_LOAD || operand->kind == IR_OPERAND_ADDR)
        use_place(sets, operand->place, operand->kind == IR_OPERAND_ADDR);
}

/* The base is read, or its address taken when no pointer is followed on the way. */
static void use_place(struct sets *sets, const struct ir_place *place, bool is_address)
{
    bool is_followed = false;

    for (uint32_t p = 0; p < place->proj_count; p++) {
        is_followed |= place->projs[p].kind == IR_PROJ_DEREF;
        if (place->projs[p].kind == IR_PROJ_INDEX)
            use_operand(sets, place->projs[p].index);
    }
    if (place->base != IR_BASE_LOCAL)
        return;
    use_local(sets, place->id);
    if (is_address && !is_followed)
        set_bit(sets->self->pinned, place->id);
}

static void scan_instr(struct sets *sets, const struct ir_instr *instr)
{
    if (instr->kind == IR_ASSIGN) {
        use_operand(sets, &instr->value.a);
        if (instr->value.op >= IR_EXPR_ADD)
            use_operand(sets, &instr->value.b);
    }
    if (instr->kind == IR_CALL)
        use_operand(sets, &instr->callee);
    for (uint32_t a = 0; a < instr->arg_count; a++)
        use_operand(sets, &instr->args[a]);
    if (!instr->dst)
        return;
    if (instr->dst->base == IR_BASE_LOCAL && instr->dst->proj_count == 0) {
        set_bit(sets->def, instr->dst->id);
        set_bit(sets->named, instr->dst->id);
    } else
        use_place(sets, instr->dst, false);
}

static void scan_block(struct sets *sets, const struct ir_block *block)
{
    for (uint32_t i = 0; i < block->instrs.count; i++)
        scan_instr(sets, &block->instrs.items[i]);
    if (block->term.kind == IR_BRANCH || block->term.kind == IR_SWITCH || block->term.kind == IR_RETURN)
        use_operand(sets, &block->term.value);
}

/* in = use | (out & ~def), and all that the handler wants. */
static bool update(struct liveness *self, const struct flow *flow, uint32_t block, const uint64_t *use, const uint64_t *def)
{
    const struct ir_block *b = &flow->function->blocks.items[block];
    bool is_changed = false;

    for (uint32_t w = 0; w < self->words; w++) {
        uint64_t out = 0, in;

        for (uint32_t t = 0; t < b->term.target_count; t++)
            out |= self->in[(size_t)b->term.targets[t] * self->words + w];
        in = use[w] | (out & ~def[w]);
        if (b->handler != IR_NONE)
            in |= self->in[(size_t)b->handler * self->words + w];
        is_changed |= in != self->in[(size_t)block * self->words + w];
        self->in[(size_t)block * self->words + w] = in;
    }
    return is_changed;
}

void liveness_init(struct liveness *self, const struct flow *flow, struct arena *arena)
{
    size_t blocks = flow->function->blocks.count;
    uint64_t *use, *def;
    bool is_changed = true;

    self->words = flow->function->locals.count / 64 + 1;
    self->pinned = ARENA_NEW_ARRAY(arena, uint64_t, self->words);
    self->in = ARENA_NEW_ARRAY(arena, uint64_t, (blocks + 1) * self->words);
    self->named = ARENA_NEW_ARRAY(arena, uint64_t, (blocks + 1) * self->words);
    use = ARENA_NEW_ARRAY(arena, uint64_t, (blocks + 1) * self->words);
    def = ARENA_NEW_ARRAY(arena, uint64_t, (blocks + 1) * self->words);
    for (size_t b = 0; b < blocks; b++) {
        struct sets sets = {self, use + b * self->words, def + b * self->words, self->named + b * self->words};
        scan_block(&sets, &flow->function->blocks.items[b]);
    }
    while (is_changed) {
        is_changed = false;
        for (uint32_t i = flow->order_count; i-- > 0;) {
            size_t block = flow->order[i];
            is_changed |= update(self, flow, (uint32_t)block, use + block * self->words, def + block * self->words);
        }
    }
}

bool liveness_is_live(const struct liveness *self, uint32_t block, uint32_t local)
{
    return has_bit(self->pinned, local) || has_bit(self->in + (size_t)block * self->words, local);
}

uint64_t liveness_ended(const struct liveness *self, uint32_t from, uint32_t to, uint32_t word)
{
    const uint64_t *before = self->in + (size_t)from * self->words, *named = self->named + (size_t)from * self->words;

    return (before[word] | named[word]) & ~self->in[(size_t)to * self->words + word] & ~self->pinned[word];
}
