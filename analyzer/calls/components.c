/*
 * components.c - Tarjan's strongly connected components with an explicit stack, so that deep call chains cannot overflow ours.
 *
 * Tarjan emits a component after all components that it reaches: exactly the bottom-up order in which summaries are made.
 */
#include "calls/components.h"

#include <stdlib.h>
#include <string.h>

#define UNSEEN UINT32_MAX

struct frame {
    ir_id function;
    uint32_t edge; /* next edge to follow */
};

struct tarjan {
    struct callgraph *graph;
    uint32_t *index, *low;
    bool *on_stack;
    VEC(ir_id) stack;
    VEC(struct frame) frames;
    uint32_t next_index;
};

static void tarjan_enter(struct tarjan *self, ir_id function)
{
    struct frame frame = {function, self->graph->first_edge[function]};

    self->index[function] = self->low[function] = self->next_index++;
    self->on_stack[function] = true;
    VEC_PUSH(&self->stack, function);
    VEC_PUSH(&self->frames, frame);
}

/* FUNCTION is the root of a component: everything above it on the stack belongs to it. */
static void tarjan_emit(struct tarjan *self, ir_id function)
{
    struct callgraph *graph = self->graph;
    ir_id member;

    graph->first_of_component[graph->component_count] = graph->order_count;
    do {
        member = self->stack.items[--self->stack.count];
        self->on_stack[member] = false;
        graph->component[member] = graph->component_count;
        graph->order[graph->order_count++] = member;
    } while (member != function);
    graph->component_count++;
}

/* One step of the walk: follow the top frame's next edge, or finish the frame. */
static void tarjan_step(struct tarjan *self)
{
    struct callgraph *graph = self->graph;
    struct frame *frame = &self->frames.items[self->frames.count - 1];
    ir_id function = frame->function;

    while (frame->edge < graph->first_edge[function + 1]) {
        ir_id callee = graph->edges.items[frame->edge++].callee;

        if (callee == IR_NONE)
            continue;
        if (self->index[callee] == UNSEEN) {
            tarjan_enter(self, callee);
            return;
        }
        if (self->on_stack[callee] && self->index[callee] < self->low[function])
            self->low[function] = self->index[callee];
    }
    self->frames.count--;
    if (self->frames.count > 0) {
        ir_id parent = self->frames.items[self->frames.count - 1].function;
        if (self->low[function] < self->low[parent])
            self->low[parent] = self->low[function];
    }
    if (self->low[function] == self->index[function])
        tarjan_emit(self, function);
}

void components_find(struct callgraph *self, const struct ir_module *program)
{
    uint32_t count = program->functions.count;
    struct tarjan tarjan = {.graph = self};

    self->component = ARENA_NEW_ARRAY(self->arena, uint32_t, (size_t)count + 1);
    self->order = ARENA_NEW_ARRAY(self->arena, ir_id, (size_t)count + 1);
    self->first_of_component = ARENA_NEW_ARRAY(self->arena, uint32_t, (size_t)count + 1);
    tarjan.index = ARENA_NEW_ARRAY(self->arena, uint32_t, (size_t)count + 1);
    tarjan.low = ARENA_NEW_ARRAY(self->arena, uint32_t, (size_t)count + 1);
    tarjan.on_stack = ARENA_NEW_ARRAY(self->arena, bool, (size_t)count + 1);
    memset(tarjan.index, 0xff, (size_t)count * sizeof(*tarjan.index));
    for (ir_id f = 0; f < count; f++) {
        if (!program->functions.items[f].is_defined || tarjan.index[f] != UNSEEN)
            continue;
        tarjan_enter(&tarjan, f);
        while (tarjan.frames.count > 0)
            tarjan_step(&tarjan);
    }
    self->first_of_component[self->component_count] = self->order_count;
    VEC_RELEASE(&tarjan.stack);
    VEC_RELEASE(&tarjan.frames);
}
