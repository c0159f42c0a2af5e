/*
 * finding.c - the order of findings: total over everything that a report shows, so that equal means exchangeable and
 * the bytes of a report do not depend on the order in which the findings arrived.
 */
#include "report/finding.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static int compare_numbers(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

/* NULL comes first. */
static int compare_texts(const char *a, const char *b)
{
    if (!a || !b)
        return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

static int compare_ends(const struct finding_range *a, const struct finding_range *b)
{
    int order = compare_numbers(a->end_line, b->end_line);

    return order ? order : compare_numbers(a->end_column, b->end_column);
}

static int compare_starts(const struct finding_range *a, const struct finding_range *b)
{
    int order = compare_texts(a->file, b->file);

    if (!order)
        order = compare_numbers(a->line, b->line);
    return order ? order : compare_numbers(a->column, b->column);
}

static int compare_steps(const struct finding_step *a, const struct finding_step *b)
{
    int order = compare_starts(&a->at, &b->at);

    if (!order)
        order = compare_texts(a->message, b->message);
    if (!order)
        order = compare_ends(&a->at, &b->at);
    if (!order)
        order = compare_texts(a->function, b->function);
    if (!order)
        order = compare_numbers(a->depth, b->depth);
    return order ? order : (int)a->is_event - (int)b->is_event;
}

static int compare_step_lists(const struct finding_step *a, uint32_t a_count, const struct finding_step *b,
                              uint32_t b_count)
{
    for (uint32_t i = 0; i < a_count && i < b_count; i++) {
        int order = compare_steps(&a[i], &b[i]);

        if (order)
            return order;
    }
    return compare_numbers(a_count, b_count);
}

/* What the path does not say. */
static int compare_rest(const struct finding *a, const struct finding *b)
{
    int order = compare_ends(&a->at, &b->at);

    if (!order)
        order = compare_texts(a->function, b->function);
    if (!order)
        order = compare_texts(a->fingerprint, b->fingerprint);
    if (!order)
        order = compare_numbers(a->level, b->level);
    if (!order)
        order = compare_texts(a->name, b->name);
    if (!order)
        order = (int)a->is_suppressed - (int)b->is_suppressed;
    if (!order)
        order = (int)a->is_suppressed_externally - (int)b->is_suppressed_externally;
    if (!order)
        order = (int)a->is_baselined - (int)b->is_baselined;
    if (!order)
        order = (int)a->is_confirmed - (int)b->is_confirmed;
    return order ? order : compare_texts(a->suppression, b->suppression);
}

/* Total order: file, line, column, rule, message, then steps. */
static int compare_findings(const struct finding *a, const struct finding *b)
{
    int order = compare_starts(&a->at, &b->at);

    if (!order)
        order = compare_texts(a->rule, b->rule);
    if (!order)
        order = compare_texts(a->message, b->message);
    if (!order)
        order = compare_step_lists(a->steps.items, a->steps.count, b->steps.items, b->steps.count);
    if (!order)
        order = compare_step_lists(a->related.items, a->related.count, b->related.items, b->related.count);
    return order ? order : compare_rest(a, b);
}

static int compare_gaps(const struct finding_gap *a, const struct finding_gap *b)
{
    int order = compare_texts(a->file, b->file);

    if (!order)
        order = compare_numbers(a->line, b->line);
    if (!order)
        order = compare_numbers(a->column, b->column);
    if (!order)
        order = compare_texts(a->text, b->text);
    return order ? order : (int)a->is_partial - (int)b->is_partial;
}

static int compare_finding_items(const void *a, const void *b)
{
    return compare_findings(a, b);
}

static int compare_gap_items(const void *a, const void *b)
{
    return compare_gaps(a, b);
}

/* Sorts COUNT items of SIZE bytes, moves the first of each run of equals to the front and returns how many these are.
 * */
static uint32_t sort_unique(void *items, uint32_t count, size_t size, int (*compare)(const void *, const void *))
{
    char *base = items;
    uint32_t kept = 1;

    if (count < 2)
        return count;
    qsort(base, count, size, compare);
    for (uint32_t i = 1; i < count; i++) {
        char *item = base + i * size;

        if (compare(base + (kept - 1) * size, item) == 0)
            continue;
        if (base + kept * size != item)
            memcpy(base + kept * size, item, size);
        kept++;
    }
    assert(kept <= count);
    return kept;
}

void finding_report_sort(struct finding_report *self)
{
    self->findings.count =
        sort_unique(self->findings.items, self->findings.count, sizeof(*self->findings.items), compare_finding_items);
    self->gaps.count = sort_unique(self->gaps.items, self->gaps.count, sizeof(*self->gaps.items), compare_gap_items);
}

const char *finding_level_name(enum finding_level level)
{
    switch (level) {
    case FINDING_NOTE:
        return "note";
    case FINDING_WARNING:
        return "warning";
    case FINDING_ERROR:
        return "error";
    }
    assert(!"a level of the enum");
    return "error";
}
