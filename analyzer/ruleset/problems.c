/*
 * problems.c - the list of mistakes, in the order of the files and lines.
 */
#include "ruleset/problems.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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
