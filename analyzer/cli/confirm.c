/*
 * confirm.c - matching violations of a trace with findings. A compiler names a file as its command line did ("..\\src\\dma.c"), the analyzer by
 * its absolute path: two names are of one file when one is the tail of the other.
 */
#include "cli/confirm.h"

#include <stdlib.h>
#include <string.h>

/* NAME with '/' between its parts and no "./" and "../" in front. */
static const char *plain_name(struct arena *arena, const char *name)
{
    char *plain = arena_strdup(arena, name);

    for (char *c = plain; *c; c++)
        if (*c == '\\')
            *c = '/';
    while (strncmp(plain, "./", 2) == 0 || strncmp(plain, "../", 3) == 0)
        plain += plain[1] == '.' ? 3 : 2;
    return plain;
}

/* Both as plain_name makes them. */
static bool is_same_file(const char *a, const char *b)
{
    size_t a_length = strlen(a), b_length = strlen(b);
    const char *longer = a_length > b_length ? a : b, *shorter = a_length > b_length ? b : a;
    size_t more = strlen(longer) - strlen(shorter);

    return strcmp(longer + more, shorter) == 0 && (more == 0 || longer[more - 1] == '/' || shorter[0] == '/');
}

/* A call that takes several lines is known by its last one. */
static bool is_at(const struct finding_range *range, const struct trace_place *place)
{
    uint32_t last = range->end_line > range->line ? range->end_line : range->line;

    return range->file && place->file && place->line >= range->line && place->line <= last && is_same_file(range->file, place->file);
}

static bool has_event_at(const struct finding *finding, const struct trace_place *place)
{
    for (uint32_t s = 0; s < finding->steps.count; s++)
        if (finding->steps.items[s].is_event && is_at(&finding->steps.items[s].at, place))
            return true;
    return false;
}

static bool is_reported_at(const struct finding *finding, const struct trace_place *place)
{
    bool is_here = is_at(&finding->at, place);

    for (uint32_t i = 0; i < finding->related.count && !is_here; i++)
        is_here = is_at(&finding->related.items[i].at, place);
    return is_here;
}

/* True: VIOLATION has a finding. */
static bool confirm(struct finding_report *report, const struct trace_violation *violation, bool is_exact)
{
    bool is_found = false;

    for (uint32_t f = 0; f < report->findings.count; f++) {
        struct finding *finding = &report->findings.items[f];

        if (strcmp(finding->rule, violation->rule) != 0)
            continue;
        if (is_exact ? is_reported_at(finding, &violation->at) : has_event_at(finding, &violation->at))
            is_found = finding->is_confirmed = true;
    }
    return is_found;
}

/* ---- what is not explained ---- */

static const char *find_file(const struct project *project, const char *name)
{
    for (uint32_t u = 0; u < project->units.count; u++)
        if (is_same_file(project->units.items[u].path, name))
            return project->units.items[u].path;
    return name;
}

static struct finding_range make_range(const struct project *project, const struct trace_place *place)
{
    struct finding_range range = {.line = place->line};

    if (place->file)
        range.file = find_file(project, place->file);
    return range;
}

static void add_step(struct finding_sighting *sighting, const struct project *project, struct arena *arena, const struct trace_event *event,
                     const char *what)
{
    struct finding_step step = {.is_event = true};

    if (!event->routine || !event->at.file)
        return;
    step.at = make_range(project, &event->at);
    step.message = arena_printf(arena, "%s by %s", what, event->routine);
    VEC_PUSH_IN(arena, &sighting->steps, step);
}

static const struct finding_rule *find_rule(const struct finding_report *report, const char *id)
{
    for (uint32_t r = 0; r < report->rule_count; r++)
        if (strcmp(report->rules[r].id, id) == 0)
            return &report->rules[r];
    return NULL;
}

static void add_sighting(struct finding_report *report, const struct project *project, struct arena *arena,
                         const struct trace_violation *violation)
{
    const struct finding_rule *rule = find_rule(report, violation->rule);
    struct finding_sighting sighting = {.rule = violation->rule, .name = rule ? rule->name : "", .level = FINDING_WARNING};

    if (rule)
        sighting.level = rule->level;
    sighting.message = violation->message ? violation->message : rule ? rule->summary : violation->rule;
    sighting.at = make_range(project, &violation->at);
    add_step(&sighting, project, arena, &violation->made, "mapping made");
    add_step(&sighting, project, arena, &violation->ended, "mapping ended");
    add_step(&sighting, project, arena, &violation->noticed, "noticed");
    VEC_PUSH_IN(arena, &report->sightings, sighting);
}

/* By place, rule and message: what was seen often is listed once. */
static int compare_sightings(const void *left, const void *right)
{
    const struct finding_sighting *a = left, *b = right;
    int order = strcmp(a->at.file ? a->at.file : "", b->at.file ? b->at.file : "");

    if (!order)
        order = (a->at.line > b->at.line) - (a->at.line < b->at.line);
    if (!order)
        order = strcmp(a->rule, b->rule);
    return order ? order : strcmp(a->message, b->message);
}

static void sort_sightings(struct finding_report *report)
{
    struct finding_sighting *items = report->sightings.items;
    uint32_t kept = 0;

    if (report->sightings.count < 2)
        return;
    qsort(items, report->sightings.count, sizeof(*items), compare_sightings);
    for (uint32_t s = 0; s < report->sightings.count; s++)
        if (kept == 0 || compare_sightings(&items[kept - 1], &items[s]) != 0)
            items[kept++] = items[s];
    report->sightings.count = kept;
}

void confirm_findings(const struct trace *trace, const struct project *project, struct arena *arena, struct finding_report *report)
{
    report->has_trace = true;
    for (uint32_t v = 0; v < trace->violations.count; v++) {
        struct trace_violation violation = trace->violations.items[v];
        struct trace_place *places[] = {&violation.at, &violation.made.at, &violation.ended.at, &violation.noticed.at};

        for (uint32_t p = 0; p < sizeof(places) / sizeof(places[0]); p++)
            if (places[p]->file)
                places[p]->file = plain_name(arena, places[p]->file);
        if (!confirm(report, &violation, true) && !confirm(report, &violation, false))
            add_sighting(report, project, arena, &violation);
    }
    sort_sightings(report);
}
