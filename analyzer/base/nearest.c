/*
 * nearest.c - optimal string alignment distance (Damerau, CACM 1964; by rows as Wagner and Fischer, JACM 1974): letters that are missing, too
 * many, wrong, or two that changed places.
 */
#include "base/nearest.h"

#include <ctype.h>
#include <string.h>

#define LONGEST 63

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t distance(const char *a, const char *b)
{
    uint32_t rows[3][LONGEST + 1] = {{0}};
    size_t na = strlen(a), nb = strlen(b);

    if (na > LONGEST || nb > LONGEST)
        return UINT32_MAX;
    for (size_t j = 0; j <= nb; j++)
        rows[0][j] = (uint32_t)j;
    for (size_t i = 1; i <= na; i++) {
        uint32_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];
        int letter = tolower((unsigned char)a[i - 1]), before = i > 1 ? tolower((unsigned char)a[i - 2]) : 0;
        row[0] = (uint32_t)i;
        for (size_t j = 1; j <= nb; j++) {
            int other = tolower((unsigned char)b[j - 1]);
            row[j] = least(least(row[j - 1], above[j]) + 1, above[j - 1] + (letter != other));
            if (j > 1 && before == other && letter == tolower((unsigned char)b[j - 2]))
                row[j] = least(row[j], above2[j - 2] + 1);
        }
    }
    return rows[na % 3][nb];
}

const char *nearest_name(const char *wanted, const char *const *names, uint32_t count)
{
    const char *best = NULL;
    uint32_t best_distance = (uint32_t)(strlen(wanted) / 3 + 2);

    for (uint32_t i = 0; i < count; i++) {
        uint32_t edits = distance(wanted, names[i]);
        /* Replacing every letter is no likeness. */
        if (edits < best_distance && edits < strlen(names[i])) {
            best = names[i];
            best_distance = edits;
        }
    }
    return best;
}
