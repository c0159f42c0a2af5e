/*
 * trace.c - see trace.h.
 */
#include "engine/trace.h"

const struct step *trace_push(struct arena *arena, const struct step *list, const struct step *step)
{
    struct step *top = arena_copy(arena, step, sizeof(*step));

    top->prev = list;
    top->length = list ? list->length + 1 : 1;
    return top;
}

bool step_is_for_callers(enum step_kind kind)
{
    return kind != STEP_DECISION && kind != STEP_ENTER && kind != STEP_LEAVE && kind != STEP_LINK;
}
