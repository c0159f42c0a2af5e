/*
 * nearest.c - Levenshtein distance by rows (Wagner, Fischer, JACM 1974), for names of a few dozen characters.
 */
#include "cli/nearest.h"

#include <ctype.h>
#include <string.h>

#define LONGEST 64

static uint32_t smallest(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t least = a < b ? a : b;
    return least < c ? least : c;
}

static uint32_t distance(const char *a, const char *b)
{
    size_t a_length = strlen(a), b_length = strlen(b);
    if (a_length >= LONGEST || b_length >= LONGEST)
        return UINT32_MAX;
    uint32_t row[LONGEST];
    for (uint32_t j = 0; j <= b_length; j++)
        row[j] = j;
    for (size_t i = 0; i < a_length; i++) {
        uint32_t diagonal = row[0];
        row[0] = (uint32_t)i + 1;
        for (size_t j = 0; j < b_length; j++) {
            uint32_t above = row[j + 1];
            uint32_t differs = tolower((unsigned char)a[i]) != tolower((unsigned char)b[j]);
            row[j + 1] = smallest(above + 1, row[j] + 1, diagonal + differs);
            diagonal = above;
        }
    }
    return row[b_length];
}

const char *nearest_name(const char *wanted, const char *const *names, uint32_t count)
{
    const char *nearest = NULL;
    uint32_t best = (uint32_t)(strlen(wanted) / 2); /* more than half of it wrong: it is another word */
    if (best > 3)
        best = 3;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t edits = distance(wanted, names[i]);
        if (edits <= best && (!nearest || edits < distance(wanted, nearest)))
            nearest = names[i];
    }
    return nearest;
}
