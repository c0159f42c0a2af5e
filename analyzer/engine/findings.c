/*
 * findings.c - see findings.h.
 */
#include "engine/findings.h"

#include <string.h>

#include "engine/reuse.h"

struct finding_range findings_place(const struct ir_module *program, ir_id loc)
{
    const struct ir_range *at = &program->locs.items[loc].at;
    struct finding_range range = {at->file == IR_NONE ? "" : program->files.items[at->file].path, at->line, at->column, at->end_line,
                                  at->end_column};

    return range;
}

static bool same_place(const struct finding *a, const struct finding *b)
{
    return a->rule == b->rule && strcmp(a->at.file, b->at.file) == 0 && a->at.line == b->at.line && a->at.column == b->at.column &&
           strcmp(a->function, b->function) == 0;
}

static bool is_at(const struct finding_range *a, const struct finding_range *b)
{
    return a->line == b->line && a->column == b->column && strcmp(a->file, b->file) == 0;
}

static const struct finding_step *event_at_end(const struct finding *finding, bool is_last)
{
    for (uint32_t i = 0; i < finding->steps.count; i++) {
        const struct finding_step *step = &finding->steps.items[is_last ? finding->steps.count - 1 - i : i];

        if (step->is_event)
            return step;
    }
    return NULL;
}

/* Does the call at which OUTER stands only lead to what INNER reports of the callee: the same first and last event, both inside it? */
static bool is_told_of_callee(const struct finding *outer, const struct finding *inner)
{
    const struct finding_step *first = event_at_end(outer, false), *last = event_at_end(outer, true);
    const struct finding_step *cause = event_at_end(inner, false);

    return outer->rule == inner->rule && first && cause && first->depth > 0 && last->depth > 0 && is_at(&last->at, &inner->at) &&
           is_at(&first->at, &cause->at);
}

void findings_add(struct engine *engine, const struct finding *finding, bool is_vague)
{
    struct engine_result *result = engine->result;

    reuse_note_add(engine, finding, is_vague);
    for (uint32_t i = 0; i < result->findings.count; i++) {
        struct finding *other = &result->findings.items[i];

        if (is_told_of_callee(finding, other))
            return;
        if (!same_place(other, finding))
            continue;
        if (finding->steps.count < other->steps.count && !is_vague)
            *other = *finding;
        return;
    }
    VEC_PUSH_IN(engine->arena, &result->findings, *finding);
}

void findings_append(struct engine *engine, const char *rule, const struct finding_range *at, const struct finding_step *step)
{
    struct engine_result *result = engine->result;

    reuse_note_append(engine, rule, at, step);
    for (uint32_t f = 0; f < result->findings.count; f++) {
        struct finding *finding = &result->findings.items[f];
        bool is_known = false;

        if (finding->rule != rule || !is_at(&finding->at, at))
            continue;
        for (uint32_t s = 0; s < finding->steps.count; s++)
            is_known |= is_at(&finding->steps.items[s].at, &step->at);
        if (!is_known)
            VEC_PUSH_IN(engine->arena, &finding->steps, *step);
    }
}

bool findings_has(struct engine *engine, const char *rule, const struct finding_range *at)
{
    const struct engine_result *result = engine->result;
    bool is_found = false;

    for (uint32_t f = result->findings.count; f-- > 0 && !is_found;)
        is_found = result->findings.items[f].rule == rule && is_at(&result->findings.items[f].at, at);
    reuse_note_ask(engine, rule, at, is_found);
    return is_found;
}
