/*
 * glob.c - matching by trying: a star remembers where it stood, and gives up one more character when the rest fails.
 */
#include "cli/glob.h"

#include <string.h>

/* One part of each, up to '/' or the end. */
static bool part_matches(const char *pattern, const char *pattern_end, const char *text, const char *text_end)
{
    const char *star = NULL, *resume = NULL;
    while (text < text_end) {
        if (pattern < pattern_end && *pattern == '*') {
            star = ++pattern;
            resume = text;
        } else if (pattern < pattern_end && (*pattern == '?' || *pattern == *text)) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (pattern < pattern_end && *pattern == '*')
        pattern++;
    return pattern == pattern_end;
}

static const char *part_end(const char *part)
{
    return part + strcspn(part, "/");
}

bool glob_matches(const char *pattern, const char *path)
{
    const char *star = NULL, *resume = NULL; /* behind the last "**", and the part of PATH it gave up last */
    while (*path) {
        const char *pattern_end = part_end(pattern), *path_end = part_end(path);
        if (pattern_end - pattern == 2 && pattern[0] == '*' && pattern[1] == '*') {
            if (!*pattern_end)
                return true;
            star = pattern_end + 1;
            pattern = star;
            resume = path;
        } else if (*pattern && part_matches(pattern, pattern_end, path, path_end) && (!*pattern_end == !*path_end)) {
            pattern = *pattern_end ? pattern_end + 1 : pattern_end;
            path = *path_end ? path_end + 1 : path_end;
        } else if (star) {
            resume = part_end(resume);
            if (!*resume)
                return false;
            path = ++resume;
            pattern = star;
        } else {
            return false;
        }
    }
    return !*pattern;
}
