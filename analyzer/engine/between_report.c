/*
 * between_report.c - see between_report.h.
 */
#include "engine/between_report.h"

#include <string.h>

#include "engine/report.h"

void between_reports_init(struct between_reports *self, struct engine *engine)
{
    memset(self, 0, sizeof(*self));
    self->engine = engine;
    self->first = engine->result->findings.count;
}

void between_reports_begin(struct between_reports *self)
{
    self->waiting.count = 0;
}

void between_reports_take(struct between_reports *self, struct engine_result *result, ir_id event_loc)
{
    for (uint32_t i = 0; i < result->findings.count; i++) {
        struct between_finding found = {result->findings.items[i], event_loc};

        VEC_PUSH_IN(self->engine->arena, &self->waiting, found);
    }
    memset(&result->findings, 0, sizeof(result->findings));
}

/* ---- publishing ---- */

/* Says in each step that an entry point does by itself which one it is: the path begins in one and ends in another. */
static void name_functions(struct arena *arena, struct finding *finding)
{
    for (uint32_t s = 0; s < finding->steps.count; s++) {
        struct finding_step *step = &finding->steps.items[s];

        if (step->depth == 0)
            step->message = arena_printf(arena, "in '%s': %s", step->function, step->message);
    }
}

static bool same_place(const struct finding *a, const struct finding *b)
{
    return a->rule == b->rule && a->at.line == b->at.line && a->at.column == b->at.column &&
           strcmp(a->at.file, b->at.file) == 0;
}

/* Does FINDING, of a caller in the program, come to the event at AT? */
static bool passes(const struct finding *finding, const struct finding_range *at)
{
    bool is_passed = false;

    for (uint32_t s = 0; s < finding->steps.count; s++) {
        const struct finding_range *step = &finding->steps.items[s].at;

        is_passed |= finding->steps.items[s].is_event && step->line == at->line && step->column == at->column &&
                     strcmp(step->file, at->file) == 0;
    }
    return is_passed;
}

/* The finding that already speaks of the same mistake; NULL: none. */
static struct finding *find_known(struct between_reports *self, const struct between_finding *found)
{
    struct engine_result *result = self->engine->result;

    for (uint32_t i = 0; i < result->findings.count; i++)
        if (same_place(&result->findings.items[i], &found->finding) ||
            (i < self->first && result->findings.items[i].rule == found->finding.rule && passes(&result->findings.items[i], &found->finding.at)))
            return &result->findings.items[i];
    for (uint32_t i = 0; i < self->published.count; i++)
        if (self->published.items[i].event_loc == found->event_loc && found->event_loc != IR_NONE &&
            self->published.items[i].finding.rule == found->finding.rule)
            for (uint32_t f = self->first; f < result->findings.count; f++)
                if (same_place(&result->findings.items[f], &self->published.items[i].finding))
                    return &result->findings.items[f];
    return NULL;
}

static void publish(struct between_reports *self, const struct between_finding *found)
{
    struct engine_result *result = self->engine->result;
    struct finding *known = find_known(self, found);
    struct between_finding copy = *found;

    if (known && (known < result->findings.items + self->first || !same_place(known, &found->finding) ||
                  known->steps.count <= found->finding.steps.count))
        return;
    name_functions(self->engine->arena, &copy.finding);
    if (known) {
        *known = copy.finding; /* the shortest path stands */
        return;
    }
    VEC_PUSH_IN(self->engine->arena, &result->findings, copy.finding);
    VEC_PUSH_IN(self->engine->arena, &self->published, copy);
}

void between_reports_add(struct between_reports *self)
{
    for (uint32_t i = 0; i < self->waiting.count; i++)
        publish(self, &self->waiting.items[i]);
    self->waiting.count = 0;
}

/* ---- leaks of the whole program ---- */

static bool is_within(uint32_t possible, uint32_t asked)
{
    return asked == RULESET_ANY || (possible & ~asked) == 0;
}

/* The entry of the leak table that LEFT, whose object is in state OBJECT, fits. */
static const struct ruleset_leak *find_leak(const struct ruleset *rules, const struct left *left,
                                            const struct object *object)
{
    for (uint32_t l = 0; l < rules->leaks.count; l++) {
        const struct ruleset_leak *leak = &rules->leaks.items[l];
        bool fits;

        if (left->kind == LEFT_MAPPED)
            fits = leak->at == RULESET_LEAK_AT_MAPPING && leak->pages == RULESET_ANY &&
                   (leak->mappings & RULESET_BIT(left->mapping)) && left->is_explicit;
        else
            fits = !leak->mappings && !leak->is_chained && !leak->is_dropped && is_within(object->descriptor, leak->descriptor) &&
                   is_within(object->pages, leak->pages) && is_within(object->origin, leak->origin) &&
                   (leak->at == RULESET_LEAK_AT_PAGES) == (left->kind == LEFT_LOCKED);
        if (fits)
            return leak;
    }
    return NULL;
}

static const struct step *find_acquisition(const struct state *state, const struct left *left, value_id token,
                                           value_id object)
{
    switch (left->kind) {
    case LEFT_MAPPED: return report_find_token(state, token);
    case LEFT_LOCKED: return report_find_event(state, object, RULESET_EFFECT_SET_PAGES, RULESET_PAGES_LOCKED);
    case LEFT_OBJECT: return report_find_event(state, object, RULESET_EFFECT_NEW, RULESET_ANY);
    }
    return NULL;
}

static const char *name_holder(struct analysis *an, struct player *player, const struct left *left)
{
    const char *name = NULL;

    for (uint32_t h = 0; h < left->holders.count && !name; h++) {
        struct strbuf text;

        strbuf_init(&text);
        if (region_describe(&an->values, an->function, import_region(&player->importer, left->holders.items[h].region),
                            &text))
            name = arena_printf(an->arena, "'%.*s'", (int)text.length, text.data);
        strbuf_release(&text);
    }
    return name ? name : "a field";
}

static void report_state(struct analysis *an, struct player *player, const struct left *left, const struct state *state)
{
    static const char *const subjects[] = {"The {mapping} mapping made here", "Pages locked here",
                                           "MDL allocated here"};
    static const char *const verbs[] = {"unmaps it", "unlocks them", "frees it"};
    static const char *const kept[] = {"is", "are", "is"};
    value_id token = import_value(&player->importer, left->token),
             object = import_value(&player->importer, left->object);
    struct object o = state_object(an, state, object);
    const struct ruleset_leak *leak = find_leak(an->rules, left, &o);
    const struct step *acquired = find_acquisition(state, left, token, object);
    struct violation violation = {.object = object, .token = token, .exit_loc = IR_NONE};

    if (!leak || !acquired)
        return;
    violation.rule = leak->rule;
    violation.loc = report_project(state, acquired);
    if (violation.loc == IR_NONE)
        return;
    violation.message = arena_printf(an->arena, "%s %s kept in %s, and nothing in the program %s", subjects[left->kind],
                                     kept[left->kind], name_holder(an, player, left), verbs[left->kind]);
    report_violation(an, state, &violation);
}

bool between_report_leak(struct between_reports *self, struct entries *entries, const struct left *left)
{
    const struct summary *summary = entries->list.items[left->entry].summary;
    struct engine_result result = *self->engine->result;
    struct engine quiet = *self->engine;
    struct successors next = {0};
    struct state start = {0};
    struct player player;
    struct analysis an;
    struct arena arena;
    bool is_found;

    arena_init(&arena);
    memset(&result.findings, 0, sizeof(result.findings));
    quiet.result = &result;
    analysis_init(&an, &quiet, summary->function, &arena);
    an.is_silent = true;
    player_init(&player, &an, summary, &start, true);
    values_at(&an.values, 1);
    summary_follow(&player.importer, &summary->cases.items[left->case_index], &start, &next);
    an.is_silent = false;
    for (uint32_t i = 0; i < next.normal.list.count && i < 1; i++)
        report_state(&an, &player, left, &next.normal.list.items[i]);
    is_found = result.findings.count > 0;
    between_reports_begin(self);
    between_reports_take(self, &result, IR_NONE);
    between_reports_add(self);
    successors_release(&next);
    analysis_release(&an);
    arena_release(&arena);
    return is_found;
}
