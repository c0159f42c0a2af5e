/*
 * causes.c - see causes.h. Each finding's cause is written out as a text; equal texts are one cause.
 */
#include "report/causes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

struct cause {
    const char *text;
    uint32_t finding; /* index in the report */
};

static bool is_consequence(const struct finding_report *report, const char *rule)
{
    for (uint32_t i = 0; i < report->rule_count; i++)
        if (strcmp(report->rules[i].id, rule) == 0)
            return report->rules[i].is_consequence;
    return false;
}

static void add_step(struct strbuf *out, const struct finding_step *step)
{
    strbuf_addf(out, "%s:%" PRIu32 ":%" PRIu32 ": %s\n", step->at.file, step->at.line, step->at.column, step->message);
}

static uint32_t last_event(const struct finding *finding)
{
    uint32_t last = finding->steps.count;

    while (last > 0 && !finding->steps.items[last - 1].is_event)
        last--;
    return last ? last - 1 : 0;
}

/* The event at index EVENT, after the calls that lead there from the path's first function. */
static void add_event(struct strbuf *out, const struct finding *finding, uint32_t event)
{
    const struct finding_step *steps = finding->steps.items;
    uint32_t depth = 0;

    while (depth < steps[event].depth) {
        uint32_t call = event;

        while (call > 0 && steps[call - 1].depth > depth)
            call--;
        if (call > 0 && steps[call - 1].depth == depth)
            add_step(out, &steps[call - 1]);
        depth++;
    }
    add_step(out, &steps[event]);
}

/* NULL: nothing that the finding's place could share with another. */
static const char *write_cause(const struct finding *finding, struct strbuf *text, struct arena *arena)
{
    uint32_t last = last_event(finding), events = 0;

    strbuf_clear(text);
    strbuf_addf(text, "%s\n%s\n%s\n%s\n", finding->rule, finding->at.file, finding->function, finding->message);
    for (uint32_t i = 0; i < last; i++) {
        if (!finding->steps.items[i].is_event)
            continue;
        add_event(text, finding, i);
        events++;
    }
    return events ? arena_strdup(arena, text->data) : NULL;
}

static int compare_causes(const void *a, const void *b)
{
    const struct cause *x = a, *y = b;
    int order = strcmp(x->text, y->text);

    return order ? order : (x->finding > y->finding) - (x->finding < y->finding);
}

/* OTHER is an alternative of FINDING from now on. */
static void join(struct finding *finding, const struct finding *other, struct arena *arena)
{
    struct finding_step step = {.at = other->at, .function = other->function, .is_event = true};

    step.message = arena_printf(arena, "also: %s", other->steps.items[last_event(other)].message);
    VEC_PUSH_IN(arena, &finding->related, step);
}

/* The causes of SELF's findings, findings of one cause next to each other in their order. */
static struct cause *sort_causes(const struct finding_report *self, struct arena *arena, uint32_t *count)
{
    struct cause *causes = ARENA_NEW_ARRAY(arena, struct cause, self->findings.count + 1);
    struct strbuf text;

    strbuf_init(&text);
    *count = 0;
    for (uint32_t i = 0; i < self->findings.count; i++) {
        const struct finding *finding = &self->findings.items[i];
        struct cause cause = {.finding = i};

        if (!finding->is_suppressed && is_consequence(self, finding->rule))
            cause.text = write_cause(finding, &text, arena);
        if (cause.text)
            causes[(*count)++] = cause;
    }
    strbuf_release(&text);
    qsort(causes, *count, sizeof(*causes), compare_causes);
    return causes;
}

void finding_join_causes(struct finding_report *self, struct arena *arena)
{
    bool *is_joined = ARENA_NEW_ARRAY(arena, bool, self->findings.count + 1);
    uint32_t count, kept = 0;
    const struct cause *causes = sort_causes(self, arena, &count);

    for (uint32_t i = 1, first = 0; i < count; i++) {
        if (strcmp(causes[i].text, causes[first].text) != 0) {
            first = i;
            continue;
        }
        join(&self->findings.items[causes[first].finding], &self->findings.items[causes[i].finding], arena);
        is_joined[causes[i].finding] = true;
    }
    for (uint32_t i = 0; i < self->findings.count; i++)
        if (!is_joined[i])
            self->findings.items[kept++] = self->findings.items[i];
    self->findings.count = kept;
}
