/*
 * flow.c - depth-first search over a flow graph with an explicit stack. Loops are the natural loops of back edges (an edge to a block that is not
 * later in reverse postorder); in an irreducible graph that is an approximation from above, which only widens more.
 */
#include "engine/flow.h"

#include <string.h>

ir_id flow_successor(const struct flow *self, uint32_t block, uint32_t i)
{
    const struct ir_block *b = &self->function->blocks.items[block];

    if (i < b->term.target_count)
        return b->term.targets[i];
    return i == b->term.target_count ? b->handler : IR_NONE;
}

static uint32_t successor_count(const struct flow *self, uint32_t block)
{
    const struct ir_block *b = &self->function->blocks.items[block];

    return b->term.target_count + (b->handler != IR_NONE);
}

/* Blocks that have to come later than a block, as far as back edges allow. */
struct later {
    VEC(uint32_t) blocks;
};

struct visit {
    uint32_t block, next;
};

/* Numbers the blocks in reverse postorder of LATER. */
static void number_blocks(struct flow *self, const struct later *later, struct arena *arena)
{
    uint32_t count = self->function->blocks.count, depth = 0, done = 0;
    struct visit *stack = ARENA_NEW_ARRAY(arena, struct visit, (size_t)count + 1);
    uint32_t *postorder = ARENA_NEW_ARRAY(arena, uint32_t, (size_t)count + 1);
    bool *seen = ARENA_NEW_ARRAY(arena, bool, (size_t)count + 1);

    stack[depth++] = (struct visit){0, 0};
    seen[0] = true;
    while (depth > 0) {
        struct visit *top = &stack[depth - 1];
        uint32_t next;

        if (top->next == later[top->block].blocks.count) {
            postorder[done++] = top->block;
            depth--;
            continue;
        }
        next = later[top->block].blocks.items[top->next++];
        if (!seen[next]) {
            seen[next] = true;
            stack[depth++] = (struct visit){next, 0};
        }
    }
    for (uint32_t i = 0; i < done; i++) {
        self->order[i] = postorder[done - 1 - i];
        self->position[self->order[i]] = i;
    }
    self->order_count = done;
}

static struct later *find_successors(const struct flow *self, struct arena *arena)
{
    struct later *later = ARENA_NEW_ARRAY(arena, struct later, (size_t)self->function->blocks.count + 1);

    for (uint32_t b = 0; b < self->function->blocks.count; b++)
        for (uint32_t s = 0; s < successor_count(self, b); s++)
            VEC_PUSH_IN(arena, &later[b].blocks, flow_successor(self, b, s));
    return later;
}

static bool bit_set(uint64_t *set, uint32_t i)
{
    bool was_set = (set[i / 64] >> (i % 64)) & 1;

    set[i / 64] |= UINT64_C(1) << (i % 64);
    return !was_set;
}

/* Adds what reaches the back edge's source without passing the head: repeated sweeps from late to early, since predecessors are not at hand. */
static void grow_loop(struct flow *self, uint64_t *members, uint32_t head, uint32_t source)
{
    bool is_changed = bit_set(members, source);

    bit_set(members, head);
    while (is_changed) {
        is_changed = false;
        for (uint32_t i = self->order_count; i-- > self->position[head] + 1;) {
            uint32_t block = self->order[i];

            if ((members[block / 64] >> (block % 64)) & 1)
                continue;
            for (uint32_t s = 0; s < successor_count(self, block); s++) {
                ir_id next = flow_successor(self, block, s);
                if (next != head && ((members[next / 64] >> (next % 64)) & 1))
                    is_changed |= bit_set(members, block);
            }
        }
    }
}

static void find_loops(struct flow *self, struct arena *arena)
{
    size_t count = (size_t)self->function->blocks.count + 1;

    self->is_head = ARENA_NEW_ARRAY(arena, bool, count);
    self->members = ARENA_NEW_ARRAY(arena, uint64_t *, count);
    for (uint32_t i = 0; i < self->order_count; i++) {
        uint32_t block = self->order[i];

        for (uint32_t s = 0; s < successor_count(self, block); s++) {
            ir_id head = flow_successor(self, block, s);

            if (self->position[head] > i)
                continue;
            if (!self->members[head])
                self->members[head] = ARENA_NEW_ARRAY(arena, uint64_t, self->words);
            self->is_head[head] = true;
            grow_loop(self, self->members[head], head, block);
        }
    }
}

/* Where control goes from the loop of HEAD to blocks outside, each once. */
static void find_exits(struct flow *self, uint32_t head, struct later *out, struct arena *arena)
{
    memset(self->seen, 0, self->function->blocks.count * sizeof(*self->seen));
    for (uint32_t b = 0; b < self->function->blocks.count; b++)
        for (uint32_t s = 0; flow_in_loop(self, head, b) && s < successor_count(self, b); s++) {
            ir_id next = flow_successor(self, b, s);

            if (flow_in_loop(self, head, next) || self->seen[next])
                continue;
            self->seen[next] = true;
            VEC_PUSH_IN(arena, &out->blocks, next);
        }
}

/*
 * All of a loop comes before what follows it. Reverse postorder alone does not see to that: it may put the exits of a loop before its
 * body. A solver that takes the first block with work to do would then run what follows the loop once for each round, and what follows the next loop
 * once for each round of both, and so on.
 */
static void put_exits_behind(struct flow *self, struct later *later, struct arena *arena)
{
    for (uint32_t head = 0; head < self->function->blocks.count; head++) {
        struct later exits = {0};

        if (!self->is_head[head])
            continue;
        find_exits(self, head, &exits, arena);
        for (uint32_t b = 0; b < self->function->blocks.count; b++)
            for (uint32_t e = 0; flow_in_loop(self, head, b) && e < exits.blocks.count; e++)
                VEC_PUSH_IN(arena, &later[b].blocks, exits.blocks.items[e]);
    }
}

bool flow_only_tests(const struct flow *self, uint32_t block)
{
    const struct ir_block *b = &self->function->blocks.items[block];

    for (uint32_t i = 0; i < b->instrs.count; i++) {
        const struct ir_place *dst = b->instrs.items[i].dst;

        if (b->instrs.items[i].kind != IR_ASSIGN || dst->proj_count > 0 || dst->base != IR_BASE_LOCAL ||
            self->function->locals.items[dst->id].name[0])
            return false;
    }
    return b->term.kind == IR_BRANCH;
}

/* The one target of BLOCK, which ends in a test, that stays in the loop of HEAD; IR_NONE: neither or both do. */
static ir_id target_inside(const struct flow *self, uint32_t head, uint32_t block)
{
    const struct ir_term *term = &self->function->blocks.items[block].term;
    bool first, second;

    if (term->kind != IR_BRANCH)
        return IR_NONE;
    first = flow_in_loop(self, head, term->targets[0]);
    second = flow_in_loop(self, head, term->targets[1]);
    return first == second ? IR_NONE : term->targets[first ? 0 : 1];
}

/*
 * The condition of a loop may be several tests in a row, each of which leaves it. They belong to the end of the last round as much as to the
 * beginning of the next: what the round has left behind has to be there until all of them were asked.
 */
static uint32_t find_begin(const struct flow *self, uint32_t head, const uint32_t *sources)
{
    uint32_t block = head;
    ir_id next = target_inside(self, head, head);

    while (next != IR_NONE && !self->is_head[next] && sources[next] == 1 && flow_only_tests(self, next) &&
           target_inside(self, head, next) != IR_NONE) {
        block = next;
        next = target_inside(self, head, next);
    }
    return block;
}

/* Each instruction of a block may lead to its handler. */
static void find_meetings(struct flow *self, uint32_t *sources, struct arena *arena)
{
    self->is_meeting = ARENA_NEW_ARRAY(arena, bool, (size_t)self->function->blocks.count + 1);
    for (uint32_t b = 0; b < self->function->blocks.count; b++)
        for (uint32_t s = 0; s < successor_count(self, b); s++) {
            ir_id next = flow_successor(self, b, s);

            sources[next]++;
            self->is_meeting[next] |= sources[next] > 1 || next == self->function->blocks.items[b].handler;
        }
}

static void find_begins(struct flow *self, const uint32_t *sources, struct arena *arena)
{
    self->begins = ARENA_NEW_ARRAY(arena, ir_id, (size_t)self->function->blocks.count + 1);
    for (uint32_t b = 0; b < self->function->blocks.count; b++)
        self->begins[b] = IR_NONE;
    for (uint32_t b = 0; b < self->function->blocks.count; b++)
        if (self->is_head[b])
            self->begins[find_begin(self, b, sources)] = b;
}

void flow_init(struct flow *self, const struct ir_function *function, struct arena *arena)
{
    size_t count = (size_t)function->blocks.count + 1;
    struct later *later;
    uint32_t *sources;

    memset(self, 0, sizeof(*self));
    self->function = function;
    self->order = ARENA_NEW_ARRAY(arena, uint32_t, count);
    self->position = ARENA_NEW_ARRAY(arena, uint32_t, count);
    memset(self->position, 0xff, count * sizeof(*self->position));
    self->words = (uint32_t)(count + 63) / 64;
    self->stack = ARENA_NEW_ARRAY(arena, uint32_t, count);
    self->catches = ARENA_NEW_ARRAY(arena, uint8_t, count);
    self->seen = ARENA_NEW_ARRAY(arena, bool, count);
    later = find_successors(self, arena);
    number_blocks(self, later, arena);
    find_loops(self, arena);
    put_exits_behind(self, later, arena);
    number_blocks(self, later, arena);
    find_loops(self, arena); /* in irreducible graphs other edges may be back edges now */
    sources = ARENA_NEW_ARRAY(arena, uint32_t, count);
    find_meetings(self, sources, arena);
    find_begins(self, sources, arena);
}

static void push_unseen(struct flow *self, uint32_t *top, ir_id block)
{
    if (block == IR_NONE || self->seen[block])
        return;
    self->seen[block] = true;
    self->stack[(*top)++] = block;
}

/* Is a block that ends the exception reached from HANDLER: by the targets, and where it goes on raising by the next handler? */
static bool find_catch(struct flow *self, ir_id handler)
{
    uint32_t top = 0;

    memset(self->seen, 0, self->function->blocks.count * sizeof(*self->seen));
    push_unseen(self, &top, handler);
    while (top) {
        const struct ir_block *block = &self->function->blocks.items[self->stack[--top]];

        if (block->term.kind == IR_RETURN)
            return true;
        for (uint32_t t = 0; t < block->term.target_count; t++)
            push_unseen(self, &top, block->term.targets[t]);
        if (block->term.kind == IR_RESUME)
            push_unseen(self, &top, block->handler);
    }
    return false;
}

bool flow_catches(struct flow *self, ir_id handler)
{
    if (handler == IR_NONE)
        return false;
    if (!self->catches[handler])
        self->catches[handler] = find_catch(self, handler) ? 2 : 1;
    return self->catches[handler] == 2;
}

bool flow_in_loop(const struct flow *self, uint32_t head, uint32_t block)
{
    const uint64_t *members = self->members[head];

    return members && ((members[block / 64] >> (block % 64)) & 1);
}
