/*
 * compact.c - see compact.h. A copying collection (Fenichel, Yochelson, CACM 1969): nodes are immutable and nearly all of them die young, each with
 * the version of a map that it was made for. Where a block is done, all states are in the lists of those that wait and of those that left, and what
 * leaks were noted with.
 */
#include "engine/compact.h"

#include "engine/report.h"

#define NODES_MIN (4u << 20) /* bytes that are not worth the trouble */
#define GROWTH 3             /* times what was left the last time */

static void move_state(struct state *state, struct arena *to)
{
    const struct pmap **const maps[] = {&state->store,   &state->facts, &state->objects, &state->mappings, &state->unchecked,
                                        &state->used,    &state->escaped, &state->freed, &state->touched,  &state->heads,
                                        &state->loops,   &state->lost,  &state->history, &state->left,     &state->written,
                                        &state->passed};
    struct rest { /* of a state: what is no map */
        const struct step *trace;
        const struct ways *ways;
        uint32_t leftover;
        bool is_blurred;
    };

    _Static_assert(sizeof(struct state) == sizeof(maps) + sizeof(struct rest), "a map of the state is not moved");
    for (size_t m = 0; m < sizeof(maps) / sizeof(maps[0]); m++)
        *maps[m] = pmap_move(*maps[m], to);
}

void compact_nodes(struct analysis *an, struct states *waiting, size_t count, struct function_exits *exits)
{
    struct arena to;

    if (an->nodes.total < NODES_MIN || an->nodes.total / GROWTH < an->nodes_left)
        return;
    arena_init_uncleared(&to);
    for (size_t w = 0; w < count; w++)
        for (uint32_t i = 0; i < waiting[w].list.count; i++)
            move_state(&waiting[w].list.items[i], &to);
    for (uint32_t i = 0; i < exits->list.count; i++)
        move_state(&exits->list.items[i].state, &to);
    for (uint32_t l = 0; l < an->lost.count; l++)
        move_state(&an->lost.items[l]->at, &to);
    an->may_fault = pmap_move(an->may_fault, &to);
    arena_release(&an->nodes);
    an->nodes = to;
    an->nodes_left = to.total;
}
