/*
 * problems.c - the list of mistakes, and the guess of what was meant.
 *
 * The guess is the name with the least edit distance, counting a swap of two neighbours as one edit (Damerau 1964; the
 * restricted form, "optimal string alignment").
 */
#include "ruleset/problems.h"

#include <stdio.h>
#include <string.h>

#define NAME_MAX_LENGTH 63

void problems_add(struct problems *self, const char *file, uint32_t line, uint32_t column, const char *format, ...)
{
    struct mg_error error = {0};
    char text[sizeof(error.text)];
    va_list args;

    if (self->items.count >= PROBLEMS_MAX)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    mg_fail(&error, MG_USAGE, file, line, column, "%s", text);
    VEC_PUSH_IN(self->arena, &self->items, error);
}

static uint32_t file_rank(const char *file, const char *const *files, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(files[i], file) == 0)
            return i;
    return count;
}

static int compare(const struct mg_error *a, const struct mg_error *b, const char *const *files, uint32_t count)
{
    uint32_t rank_a = file_rank(a->file, files, count), rank_b = file_rank(b->file, files, count);

    if (rank_a != rank_b)
        return rank_a < rank_b ? -1 : 1;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    return (a->column > b->column) - (a->column < b->column);
}

/* Insertion sort: stable, and the list is short and nearly sorted. */
void problems_sort(struct problems *self, const char *const *files, uint32_t file_count)
{
    for (uint32_t i = 1; i < self->items.count; i++) {
        struct mg_error error = self->items.items[i];
        uint32_t j = i;
        for (; j > 0 && compare(&self->items.items[j - 1], &error, files, file_count) > 0; j--)
            self->items.items[j] = self->items.items[j - 1];
        self->items.items[j] = error;
    }
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t edit_distance(const char *a, const char *b)
{
    uint32_t rows[3][NAME_MAX_LENGTH + 1] = {{0}};
    size_t na = strlen(a), nb = strlen(b);

    if (na > NAME_MAX_LENGTH || nb > NAME_MAX_LENGTH)
        return UINT32_MAX;
    for (size_t j = 0; j <= nb; j++)
        rows[0][j] = (uint32_t)j;
    for (size_t i = 1; i <= na; i++) {
        uint32_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];
        row[0] = (uint32_t)i;
        for (size_t j = 1; j <= nb; j++) {
            row[j] = least(least(row[j - 1], above[j]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], above2[j - 2] + 1);
        }
    }
    return rows[na % 3][nb];
}

const char *problems_nearest(const char *text, const char *const *names, uint32_t count)
{
    const char *best = NULL;
    uint32_t best_distance = (uint32_t)(strlen(text) / 3 + 2);

    for (uint32_t i = 0; i < count; i++) {
        uint32_t distance = edit_distance(text, names[i]);
        /* Replacing every letter is no likeness. */
        if (distance < best_distance && distance < strlen(names[i])) {
            best = names[i];
            best_distance = distance;
        }
    }
    return best;
}
